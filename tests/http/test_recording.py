"""Recording over HTTP: receipts that prove themselves, chains that continue, readers by role."""

from hashlib import sha256
from json import dumps

import pytest

from ledger.canonical import JsonObject
from ledger.log.checkpoint import parse_checkpoint, parse_note, parse_vkey, verified_keys
from ledger.log.leaves import EventLeaf, parse_leaf, subject_key
from ledger.log.merkle import MerkleTree, leaf_hash, verify_inclusion
from ledger.statements.envelope import decode_base64
from ledger.statements.keys import verify_note_line
from ledger.statements.pen import Pen
from tests.http.served import Served, as_json, assert_document, assert_problem
from tests.log.bundles import leaves_in

RECEIPT = {
    "statement_id",
    "index",
    "admitted_ms",
    "leaf",
    "leaf_hash",
    "links",
    "checkpoint",
    "finality",
}


def test_a_receipt_has_the_members_that_the_interface_names(served: Served) -> None:
    answer = served.post(served.harvest())

    assert answer.status_code == 201
    assert set(answer.json()) == RECEIPT
    assert answer.json()["finality"] == "recorded"


def test_a_receipt_agrees_with_itself(served: Served) -> None:
    parcel = served.harvest()
    receipt = served.post(parcel).json()
    raw = decode_base64(receipt["leaf"])
    leaf = parse_leaf(raw)

    assert isinstance(leaf, EventLeaf)
    assert leaf.index == receipt["index"]
    assert leaf.admitted_ms == receipt["admitted_ms"]
    assert leaf.statement_id.hex() == receipt["statement_id"]
    assert leaf.key_id.hex() == served.chain.pens["cooperative"].key.key_id
    assert leaf_hash(raw).hex() == receipt["leaf_hash"]
    assert [subject_key(link["subject"]) for link in receipt["links"]] == [
        link.subject_key for link in leaf.links
    ]
    assert all(link == {**link, "seq": 0, "prev": None} for link in receipt["links"])


def test_a_receipts_leaf_lies_in_the_tree_that_its_checkpoint_signs(served: Served) -> None:
    receipt = served.post(served.harvest()).json()
    note = parse_note(receipt["checkpoint"])
    keys = [parse_vkey(vkey) for vkey in served.client.get("/v1/ledger").json()["log_keys"]]
    assert len(verified_keys(note, keys, verify_note_line)) == 2

    checkpoint = parse_checkpoint(note.text)
    bundle = served.client.get(f"/log/tile/entries/000.p/{checkpoint.size}").content
    tree = MerkleTree()
    tree.extend(leaf_hash(leaf) for leaf in leaves_in(bundle))
    verify_inclusion(
        bytes.fromhex(receipt["leaf_hash"]),
        index=receipt["index"],
        size=checkpoint.size,
        proof=tree.inclusion_proof(receipt["index"], checkpoint.size),
        root=checkpoint.root,
    )


def test_a_second_statement_about_a_lot_links_to_the_first(served: Served) -> None:
    parcel = served.harvest()
    first = served.post(parcel).json()
    lot = next(link["subject"] for link in first["links"] if "/lot/" in link["subject"])
    held = served.chain.event("quality", "HOLD", about=[(lot, None)], reason="抽检")

    second = served.post(held).json()

    assert {"subject": lot, "seq": 1, "prev": first["leaf_hash"]} in second["links"]


def test_the_same_statement_again_gets_its_first_receipt(served: Served) -> None:
    parcel = served.harvest()
    first = served.post(parcel).json()
    served.post(served.harvest())
    before = served.tables()

    again = served.post(parcel)

    assert (again.status_code, again.json()) == (201, first)
    assert served.tables() == before


def test_the_receipt_does_not_depend_on_how_the_statement_came(served: Served) -> None:
    parcel = served.harvest()
    first = served.post(parcel).json()
    body = _dump(as_json(parcel))

    for media_type in ("application/octet-stream", "text/plain", "application/json; charset=x"):
        assert served.post_bytes(body, media_type).json() == first
    (line,) = served.post_bytes(body, "application/x-ndjson").json()["receipts"]
    assert line == first


def test_the_same_statement_twice_in_one_request_is_recorded_once(served: Served) -> None:
    parcel = served.harvest()
    answer = served.post(parcel, parcel)

    assert answer.status_code == 201
    assert answer.json()["receipts"][0] == answer.json()["receipts"][1]
    assert served.next_seq("cooperative") == 1


def test_a_batch_is_answered_in_its_order(served: Served) -> None:
    parcels = [served.harvest(who) for who in ("mill", "cooperative", "mill", "nursery")]
    answer = served.post(*parcels)

    assert answer.status_code == 201
    assert [receipt["statement_id"] for receipt in answer.json()["receipts"]] == [
        sha256(_pae(parcel.envelope.payload)).hexdigest() for parcel in parcels
    ]
    assert len({receipt["checkpoint"] for receipt in answer.json()["receipts"]}) == 1


def test_lines_of_ndjson_are_recorded_like_a_batch(served: Served) -> None:
    parcels = [served.harvest() for _ in range(3)]
    lines = b"\n".join(_dump(as_json(parcel)) for parcel in parcels) + b"\n"

    answer = served.post_bytes(lines, "application/x-ndjson; charset=utf-8")

    assert answer.status_code == 201
    assert len(answer.json()["receipts"]) == 3
    assert served.next_seq("cooperative") == 3


def test_openings_are_kept_and_shown_by_right_only(served: Served) -> None:
    parcel = served.harvest(pickers=["李四", "王五"])
    receipt = served.post(parcel).json()
    path = f"/v1/statements/{receipt['statement_id']}"
    served.chain.admit("inspector", "supervisor")

    assert served.client.get(path).json()["openings"] == []
    assert served.client.get(path, headers=served.bearing("mill")).json()["openings"] == []
    for who in ("cooperative", "inspector"):
        (opening,) = served.client.get(path, headers=served.bearing(who)).json()["openings"]
        assert (opening["name"], opening["value"]) == ("pickers", ["李四", "王五"])


def test_a_second_statement_at_a_number_is_equivocation_and_kept_as_evidence(
    served: Served,
) -> None:
    pen = served.chain.pens["cooperative"]
    restored = Pen(pen.key, ledger=pen.ledger, salts=served.chain.chance)
    first = served.post(served.harvest()).json()
    served.chain.pens["cooperative"] = restored
    rival = served.harvest()
    before = served.tables()

    problem = assert_problem(served.post(rival), 409, "equivocation")
    assert_problem(served.post(rival), 409, "equivocation")

    assert (problem["next_seq"], problem["head"]) == (1, first["statement_id"])
    after = served.tables()
    (kept,) = after.pop("rival")
    assert before.pop("rival") == []
    assert after == before
    assert rival.envelope.payload in kept
    assert rival.envelope.signature in kept


def test_a_gap_is_answered_with_the_missing_numbers(served: Served) -> None:
    parcels = [served.harvest() for _ in range(4)]
    assert served.post(parcels[0]).status_code == 201
    before = served.tables()

    problem = assert_problem(served.post(parcels[3]), 409, "seq_gap")

    assert problem["missing"] == {"from": 1, "to": 2}
    assert problem["next_seq"] == 1
    assert served.tables() == before
    assert served.post(*parcels[1:]).status_code == 201


def test_a_batch_may_hold_a_keys_statements_in_any_order(served: Served) -> None:
    parcels = [served.harvest() for _ in range(4)]
    assert served.post(*reversed(parcels)).status_code == 201


def test_the_key_endpoint_tells_where_a_device_goes_on(served: Served) -> None:
    pen = served.chain.pens["cooperative"]
    path = f"/v1/keys/{pen.key.key_id}"
    fresh = served.client.get(path).json()
    receipt = served.post(served.harvest()).json()
    after = served.client.get(path).json()

    assert (fresh["next_seq"], fresh["head"], fresh["status"]) == (0, None, "enrolled")
    assert (after["next_seq"], after["head"]) == (1, receipt["statement_id"])
    assert (after["alg"], after["actor"], after["ledger"]) == (
        "ES256",
        "urn:daodi:actor:cooperative",
        served.chain.origin,
    )
    assert after["anchor"]["size"] == parse_checkpoint(parse_note(receipt["checkpoint"]).text).size


def test_the_key_endpoint_knows_what_another_process_recorded(served: Served) -> None:
    served.chain.send(served.harvest())  # past this server, as the daodi command does
    assert served.next_seq("cooperative") == 1


def test_the_key_endpoint_tells_root_retired_and_suspended_apart(served: Served) -> None:
    chain = served.chain
    kids = {name: chain.pens[name].key.key_id for name in ("root", "mill", "nursery")}
    retirement: JsonObject = {"kid": kids["mill"], "reason": "lost"}
    chain.record("root", "key.retire", retirement, [f"urn:daodi:key:{kids['mill']}"])
    _suspend(served, "nursery")

    found = {name: served.client.get(f"/v1/keys/{kid}").json() for name, kid in kids.items()}

    assert {name: one["status"] for name, one in found.items()} == {
        "root": "root",
        "mill": "retired",
        "nursery": "suspended",
    }
    assert_problem(served.client.get(f"/v1/keys/{'0' * 64}"), 404, "not_found")
    assert_problem(served.client.get("/v1/keys/%00"), 404, "not_found")
    assert_problem(served.post(served.harvest("mill")), 403, "key_retired")
    assert_problem(served.post(served.harvest("nursery")), 403, "actor_suspended")


def test_a_statement_on_an_own_chain_is_public(served: Served) -> None:
    parcel = served.harvest()
    receipt = served.post(parcel).json()

    shown = served.client.get(f"/v1/statements/{receipt['statement_id']}").json()

    assert decode_base64(shown["envelope"]["payload"]) == parcel.envelope.payload
    assert (shown["leaf"], shown["leaf_hash"]) == (receipt["leaf"], receipt["leaf_hash"])
    assert shown["kind"] == "event"


def test_a_statement_on_out_chains_is_shown_to_its_signer_and_to_supervisors(
    served: Served,
) -> None:
    served.chain.admit("inspector", "supervisor")
    lot = served.chain.lot()
    sale = served.chain.event("mill", "STORE_OUT", about=[(lot, 1_000)], to_org="某药店")
    path = f"/v1/statements/{served.post(sale).json()['statement_id']}"

    assert_problem(served.client.get(path), 404, "not_found")
    assert_problem(served.client.get(path, headers=served.bearing("nursery")), 404, "not_found")
    for who in ("mill", "inspector"):
        assert served.client.get(path, headers=served.bearing(who)).status_code == 200


@pytest.mark.parametrize("statement_id", ["0" * 64, "zz", "%00", "0" * 63, "%F0%9F%8C%BF"])
def test_a_statement_that_is_not_there_is_not_found(served: Served, statement_id: str) -> None:
    assert_problem(served.client.get(f"/v1/statements/{statement_id}"), 404, "not_found")


@pytest.mark.parametrize("header", ["Bearer nobody", "Basic YTpi", "Bearer", "Bearer \t"])
def test_a_token_that_nobody_was_given_is_refused(file_served: Served, header: str) -> None:
    receipt = file_served.post(file_served.harvest()).json()
    answer = file_served.client.get(
        f"/v1/statements/{receipt['statement_id']}", headers={"authorization": header}
    )

    assert_problem(answer, 401, "unauthorised")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_the_token_of_a_suspended_actor_is_refused_at_once(file_served: Served) -> None:
    receipt = file_served.post(file_served.harvest()).json()
    path = f"/v1/statements/{receipt['statement_id']}"
    bearing = file_served.bearing("mill")
    assert file_served.client.get(path, headers=bearing).status_code == 200

    _suspend(file_served, "mill")  # by another process of the operator

    assert_problem(file_served.client.get(path, headers=bearing), 401, "unauthorised")


def test_a_token_of_an_actor_admitted_meanwhile_is_known(file_served: Served) -> None:
    file_served.chain.admit("newcomer", "cooperative")
    answer = file_served.client.get(
        f"/v1/statements/{'0' * 64}", headers=file_served.bearing("newcomer")
    )
    assert_problem(answer, 404, "not_found")


def test_one_bad_statement_does_not_harm_the_others_of_its_batch(served: Served) -> None:
    good = [served.harvest() for _ in range(2)]
    forged = as_json(served.harvest("mill"))
    forged["signatures"] = as_json(good[0])["signatures"]
    body = {"statements": [as_json(good[0]), forged, as_json(good[1])]}

    answer = served.client.post("/v1/statements", json=body)

    assert answer.status_code == 207
    first, refused, last = answer.json()["receipts"]
    assert set(first) == set(last) == RECEIPT
    assert_document(refused, 401, "bad_signature")
    assert (served.next_seq("cooperative"), served.next_seq("mill")) == (2, 0)


def test_a_new_device_may_sign_in_the_request_that_enrols_it(served: Served) -> None:
    key = served.chain.admit("late", "cooperative").key
    again = served.chain.pens["late"]
    assert again.key is key
    retirement = served.chain.write(
        "root",
        "key.retire",
        {"kid": key.key_id, "reason": "replaced"},
        [f"urn:daodi:key:{key.key_id}"],
    )

    answer = served.post(served.harvest("late"), retirement, served.harvest("late"))

    assert [one.get("code") for one in answer.json()["receipts"]] == [None, None, "key_retired"]


def _suspend(served: Served, who: str) -> None:
    actor = served.chain.actors[who]
    body: JsonObject = {"actor": actor, "reason": "抽检不合格"}
    served.chain.record("root", "actor.suspend", body, [actor])


def _pae(payload: bytes) -> bytes:
    kind = b"application/vnd.daodi.statement.v1+json"
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _dump(posted: JsonObject) -> bytes:
    return dumps(posted).encode()
