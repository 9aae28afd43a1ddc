"""What each thing's corruption buys an attacker: the threat table of ledger/DESIGN.md, row by row.

Here stands what shows at the ledger itself; copied codes, guessed codes and what a thief can do
over HTTP are in tests/http/test_attacks.py.
"""

import json
from base64 import b64decode
from copy import deepcopy

import pytest
from msgspec.structs import replace

from ledger.audit.replay import audit
from ledger.canonical import JsonObject
from ledger.errors import StoreError
from ledger.evidence.make import make_evidence
from ledger.evidence.verdict import Verdict
from ledger.evidence.verify import verify_bundle
from ledger.log.checkpoint import Checkpoint, Note, parse_note, parse_vkey, verified_keys
from ledger.log.leaves import EventLeaf, StateLeaf, format_leaf, parse_leaf, subject_key
from ledger.log.merkle import MerkleTree, leaf_hash, verify_inclusion
from ledger.log.subject_map import SubjectMap, map_value, verify_map_proof
from ledger.replica import Replica
from ledger.statements.keys import verify_note_line
from ledger.statements.pen import Pen
from ledger.store.ledger import find_claim, sign_head
from ledger.store.startup import check_start
from tests.attacker import attack, drop_triggers, flipped, read_bytes, write_entry
from tests.chain import DAY_MS, Chain, clock_text, one
from tests.parcels import codes, refusal, silent, stored
from tests.season import dry, grow


def verified(chain: Chain, bundle: JsonObject, asked: str) -> Verdict:
    """What a stranger with the printed code makes of a bundle."""
    return verify_bundle(json.dumps(bundle, ensure_ascii=False).encode(), chain.policy(asked))


def named(chain: Chain) -> set[int | None]:
    """Leaves that an audit names."""
    return {finding.leaf for finding in audit(chain.store, progress=silent).findings}


def making(chain: Chain, lot: str) -> int:
    """Index of the leaf that made a lot."""
    with chain.store.reading() as reading:
        return reading.things([lot])[lot].made_index


def test_a_changed_entry_fails_audit_and_evidence_at_its_leaf(chain: Chain) -> None:
    season = grow(chain)
    index = making(chain, season.dried)
    assert verified(chain, chain.evidence(season.pack), season.pack).outcome == "holds"
    drop_triggers(chain.store.engine)
    signature = read_bytes(chain.store.engine, index, "signature")
    write_entry(chain.store.engine, index, "signature", flipped(signature, 40))
    verdict = verified(chain, chain.evidence(season.pack), season.pack)
    assert (verdict.outcome, verdict.check, verdict.leaf) == ("does_not_hold", "statement", index)
    assert named(chain) == {index}


def test_a_changed_statement_fails_audit_and_evidence_at_its_leaf(chain: Chain) -> None:
    season = grow(chain)
    index = making(chain, season.fresh)
    drop_triggers(chain.store.engine)
    payload = read_bytes(chain.store.engine, index, "payload")
    heavier = payload.replace(b'"quantity":3000', b'"quantity":9000')
    assert heavier != payload
    write_entry(chain.store.engine, index, "payload", heavier)
    verdict = verified(chain, chain.evidence(season.pack), season.pack)
    assert verdict.outcome == "does_not_hold"
    assert named(chain) >= {index}


@pytest.mark.parametrize("how", ["removed", "inserted", "reordered"])
def test_entries_removed_inserted_or_reordered_fail_the_audit_and_stop_the_server(
    chain: Chain, how: str
) -> None:
    grow(chain)
    drop_triggers(chain.store.engine)
    if how == "removed":
        attack(chain.store.engine, "DELETE FROM entry WHERE leaf_index = 24")
    elif how == "inserted":
        attack(
            chain.store.engine,
            f"INSERT INTO entry (leaf_index, leaf) SELECT {chain.replica.size}, leaf "
            "FROM entry WHERE leaf_index = 25",
        )
    else:
        for old, new in ((24, 900), (26, 24), (900, 26)):
            attack(
                chain.store.engine,
                f"UPDATE entry SET leaf_index = {new} WHERE leaf_index = {old}",
            )
    culprits = {"removed": {24}, "inserted": {chain.replica.size}, "reordered": {24, 26}}
    assert named(chain) >= culprits[how]
    with pytest.raises(StoreError) as stopped:
        check_start(chain.store, Replica(find_claim(chain.store)))
    assert stopped.value.code == "database_damaged"


def test_a_changed_projection_lies_until_the_audit_and_leaves_evidence_untouched(
    chain: Chain,
) -> None:
    season = grow(chain)
    before = chain.evidence(season.pack)
    index = making(chain, season.dried)
    attack(chain.store.engine, f"UPDATE thing SET mass_g = 9 WHERE leaf_index = {index}")
    with chain.store.reading() as reading:
        assert reading.things([season.dried])[season.dried].mass_g == 9
    assert chain.evidence(season.pack) == before
    findings = audit(chain.store, progress=silent).findings
    assert {(finding.table, finding.leaf) for finding in findings} == {("thing", index)}


def test_a_withheld_event_does_not_fit_the_map(chain: Chain) -> None:
    """The last word on the packet is that it was recalled; the server shows all but that."""
    season = grow(chain)
    honest = chain.evidence(season.pack)
    recall(chain, season.pack)
    shown = chain.evidence(season.pack)
    assert verified(chain, shown, season.pack).outcome == "holds"
    stale = {**honest, "checkpoint": shown["checkpoint"], "log": shown["log"]}
    assert verified(chain, stale, season.pack).outcome == "does_not_hold"
    verdict = verified(chain, without_last_leaf(shown, season.pack), season.pack)
    assert (verdict.outcome, verdict.check) == ("does_not_hold", "map")


def recall(chain: Chain, lot: str) -> None:
    """The mill takes a lot back."""
    chain.do(
        "mill", "RECALL", about=[(lot, None)], reason="二氧化硫超标", scope=["全部"], level="1"
    )


def without_last_leaf(bundle: JsonObject, uri: str) -> JsonObject:
    """The bundle as a server shows it that hides the newest leaf of one chain."""
    forged = deepcopy(bundle)
    subjects, leaves, log = forged["subjects"], forged["leaves"], forged["log"]
    assert isinstance(subjects, list)
    assert isinstance(leaves, dict)
    assert isinstance(log, dict)
    assert isinstance(log["proofs"], dict)
    assert isinstance(forged["statements"], dict)
    for subject in subjects:
        assert isinstance(subject, dict)
        if subject["uri"] == uri:
            assert isinstance(subject["leaves"], list)
            index = str(subject["leaves"].pop())
            del leaves[index], log["proofs"][index]
    shown = {leaf.statement_id.hex() for leaf in map(leaf_of, leaves.values()) if leaf}
    forged["statements"] = {
        identity: said for identity, said in forged["statements"].items() if identity in shown
    }
    return forged


def leaf_of(text: object) -> EventLeaf | None:
    """The event leaf of a bundle's text, None for the state leaf."""
    leaf = parse_leaf(b64decode(str(text)))
    return leaf if isinstance(leaf, EventLeaf) else None


def test_a_lying_map_is_convicted_by_two_signed_proofs_and_never_cosigned(chain: Chain) -> None:
    """The operator leaves a lot's newest leaf out of the map, and signs that."""
    lot = chain.lot()
    dry(chain, chain.lot(), lot)
    receipt = one(chain.send(stored(chain, "quality", lot=lot)))
    omitted = subject_key(f"{lot}#out")
    drop_triggers(chain.store.engine)
    size = chain.replica.size
    with chain.store.reading() as reading:
        leaves = [entry.leaf for entry in reading.entries(0, size - 1)]
    values: dict[bytes, bytes] = {}
    for leaf in map(parse_leaf, leaves):
        for link in leaf.links if isinstance(leaf, EventLeaf) else ():
            value = map_value(link.subject_seq + 1, leaf_hash(leaves[leaf.index]))
            values[link.subject_key] = value
    del values[omitted]
    lie = SubjectMap.build(20, values.items())
    at_ms = receipt.leaf.admitted_ms
    state = format_leaf(StateLeaf(index=size - 1, at_ms=at_ms, map_root=lie.root()))
    write_entry(chain.store.engine, size - 1, "leaf", state)
    tree = MerkleTree()
    tree.extend(map(leaf_hash, [*leaves, state]))
    note = sign_head(chain.log_keys)(Checkpoint(origin=chain.origin, size=size, root=tree.root()))
    attack(chain.store.engine, f"UPDATE signed_head SET note = '{note}' WHERE size = {size}")

    # Under one signed root: the leaf is in the log, and the map says that its chain is empty.
    raw = format_leaf(receipt.leaf)
    verify_inclusion(
        leaf_hash(raw),
        index=receipt.leaf.index,
        size=size,
        proof=tree.inclusion_proof(receipt.leaf.index, size),
        root=tree.root(),
    )
    absent = verify_map_proof(lie.prove(omitted), key=omitted, depth=20, root=lie.root())
    assert absent is None
    assert signers(chain, parse_note(note))
    findings = audit(chain.store, progress=silent).findings
    assert ("map_differs", size - 1) in {(finding.code, finding.leaf) for finding in findings}


def signers(chain: Chain, note: Note) -> int:
    """How many of the log's keys signed a note."""
    return len(verified_keys(note, [parse_vkey(key) for key in chain.vkeys], verify_note_line))


def test_two_histories_are_convicted_by_two_notes_of_one_size(chain: Chain) -> None:
    one(chain.send(stored(chain)))
    size = chain.replica.size
    shown = parse_note(chain.replica.note)
    other = parse_note(
        sign_head(chain.log_keys)(Checkpoint(origin=chain.origin, size=size, root=bytes(32)))
    )
    assert signers(chain, shown) == signers(chain, other) == 2
    assert shown.text.splitlines()[:2] == other.text.splitlines()[:2]
    assert shown.text != other.text


def test_a_stolen_key_signs_until_it_is_retired_and_nothing_after(chain: Chain) -> None:
    season = grow(chain)
    owner = chain.pens["mill"]
    kid = owner.key.key_id
    thief = Pen(owner.key, ledger=chain.origin, salts=chain.chance, seq=owner.seq, prev=owner.prev)
    suspect_from = owner.seq
    chain.pens["mill"] = thief
    assert codes(chain.send(stored(chain))) == [""]  # as that device, until somebody notices
    own = [f"urn:daodi:key:{kid}"]
    suspect = chain.write(
        "root", "key.suspect", {"kid": kid, "from_seq": suspect_from, "reason": "stolen"}, own
    )
    retire = chain.write("root", "key.retire", {"kid": kid, "reason": "stolen"}, own)
    assert codes(chain.send(suspect, retire)) == ["", ""]
    assert codes(chain.send(stored(chain))) == ["key_retired"]
    assert verified(chain, chain.evidence(season.pack), season.pack).outcome == "holds"
    assert chain.replica.registry.keys[kid].suspect_from == suspect_from
    assert audit(chain.store, progress=silent).clean


def test_a_backdated_event_keeps_both_its_times(chain: Chain) -> None:
    claimed = chain.now_ms - 5 * DAY_MS
    lot = chain.lot()
    sent = chain.event(
        "mill",
        "STORE_IN",
        about=[(lot, None)],
        zone="a",
        temperature_c=9,
        humidity=50,
        event_ms=claimed,
    )
    leaf = one(chain.send(sent)).leaf
    assert leaf.admitted_ms == chain.now_ms  # the ledger's own clock, not the actor's
    assert clock_text(claimed).encode() in sent.envelope.payload
    with chain.store.engine.connect() as connection:
        row = connection.exec_driver_sql(
            f"SELECT event_ms, admitted_ms FROM statement WHERE leaf_index = {leaf.index}"
        ).one()
    assert tuple(row) == (claimed // 1000 * 1000, chain.now_ms)


def test_sending_twice_out_of_order_or_days_later_harms_nothing(chain: Chain) -> None:
    offline = [stored(chain) for _ in range(3)]
    chain.now_ms += 6 * DAY_MS
    gap = refusal(chain.send(offline[2])[0])
    assert gap.details["missing"] == {"from": 0, "to": 1}
    first = one(chain.send(offline[0]))
    assert codes(chain.send(offline[2], offline[1])) == ["", ""]
    assert one(chain.send(offline[0])).leaf == first.leaf
    assert audit(chain.store, progress=silent).clean


def test_another_honest_lot_is_no_answer_to_the_code_that_was_asked(chain: Chain) -> None:
    season = grow(chain)
    other = chain.lot()
    dry(chain, season.fresh, other)
    bundle = chain.evidence(other)
    assert verified(chain, bundle, other).outcome == "holds"
    verdict = verified(chain, bundle, season.pack)
    assert (verdict.outcome, verdict.check) == ("does_not_hold", "checkpoint")
    renamed = {**bundle, "asked": season.pack}
    assert verified(chain, renamed, season.pack).outcome == "does_not_hold"


def test_a_restored_backup_is_stopped_by_the_guard_before_it_forks_the_log(chain: Chain) -> None:
    backup = chain.replica.size
    grow(chain)
    drop_triggers(chain.store.engine)
    attack(chain.store.engine, f"DELETE FROM entry WHERE leaf_index >= {backup}")
    attack(chain.store.engine, f"DELETE FROM signed_head WHERE size > {backup}")
    with pytest.raises(StoreError) as stopped:
        check_start(chain.store, Replica(find_claim(chain.store)))
    assert stopped.value.code == "database_behind"
    with pytest.raises(StoreError):  # the server that still runs notices it, too
        chain.send(stored(chain))


def test_an_erased_value_is_gone_and_every_proof_still_holds(chain: Chain) -> None:
    season = grow(chain)
    with_names = make_evidence(chain.store, chain.replica, season.pack, openings=True)
    assert "李四" in json.dumps(with_names, ensure_ascii=False)
    attack(chain.store.engine, "DELETE FROM opening")
    erased = make_evidence(chain.store, chain.replica, season.pack, openings=True)
    assert "李四" not in json.dumps(erased, ensure_ascii=False)
    assert verified(chain, erased, season.pack).outcome == "holds"
    assert audit(chain.store, progress=silent).clean


def test_an_opening_that_was_altered_fails_its_commitment(chain: Chain) -> None:
    season = grow(chain)
    bundle = make_evidence(chain.store, chain.replica, season.pack, openings=True)
    assert verified(chain, bundle, season.pack).outcome == "holds"
    assert isinstance(bundle["openings"], list)
    (opening,) = bundle["openings"]
    assert isinstance(opening, dict)
    lie: JsonObject = {**bundle, "openings": [{**opening, "value": ["王五"]}]}
    verdict = verified(chain, lie, season.pack)
    assert (verdict.outcome, verdict.check) == ("does_not_hold", "opening")


def test_a_statement_of_another_ledger_is_not_taken(chain: Chain) -> None:
    pen = chain.pens["mill"]
    chain.pens["mill"] = Pen(pen.key, ledger="other.example/herbs", salts=chain.chance)
    assert codes(chain.send(stored(chain))) == ["wrong_ledger"]


def test_a_signature_of_one_statement_signs_no_other(chain: Chain) -> None:
    first, second = stored(chain), stored(chain)
    mixed = replace(first, envelope=replace(first.envelope, signature=second.envelope.signature))
    assert codes(chain.send(mixed)) == ["bad_signature"]
    assert codes(chain.send(first, second)) == ["", ""]
