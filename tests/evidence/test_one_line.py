"""Files that a single line of a check stops: where it stands no more, no other check fails."""

import json
from base64 import b64decode
from copy import deepcopy
from typing import Any

import pytest

from ledger.canonical import JsonObject, JsonValue
from ledger.evidence.verdict import CHECKS, Policy
from ledger.evidence.verify import verify_bundle
from ledger.log.checkpoint import NoteSignature, ed25519_vkey, format_vkey
from ledger.log.leaves import NO_PREVIOUS, subject_key
from ledger.log.map_pages import node_hash
from ledger.log.merkle import leaf_hash
from ledger.log.subject_map import bucket_hash, bucket_number, empty_roots
from ledger.statements.envelope import encode_base64, pae
from ledger.statements.sealed import commitment
from tests.evidence.conftest import Season
from tests.evidence.forge import LEDGER, ORIGIN, Forge, signer
from tests.evidence.judges import HOLDS, fails, judge
from tests.evidence.people import (
    COOP,
    FARMER,
    LOG,
    LOT,
    MILL,
    MILLER,
    OTHER_LOG,
    OTHER_VKEY,
    REFUSED,
    ROOT,
    SITE,
    a_season,
    judged,
)

Bundle = Any  # JSON whose shape is known to the attack
EMPTY = empty_roots(0)[0]  # an empty bucket


def bound(sibling: str, level: int) -> bytes:
    """The hash that a sibling stands for."""
    return b64decode(sibling) or empty_roots(level)[level]


def sealing(value: JsonValue, salt: str = "AAECAwQFBgcICQoLDA0ODw") -> tuple[Forge, JsonObject]:
    """A lot whose making seals a value, and the opening."""
    forge = a_season()
    hidden = commitment(ledger=ORIGIN, key=FARMER.kid, seq=0, name="buyer", salt=salt, value=value)
    index = forge.make(FARMER, LOT, sealed={"buyer": hidden})
    return forge, {"statement": forge.said[index][0], "name": "buyer", "salt": salt, "value": value}


def a_lot() -> Forge:
    """A season in which the farmer made one lot."""
    forge = a_season()
    forge.make(FARMER, LOT)
    return forge


def test_a_thiefs_key_under_the_right_id_signs_nothing() -> None:
    forge = a_lot()
    bundle: Bundle = forge.bundle(LOT)
    thief = signer()
    bundle["keys"][FARMER.kid] = {"alg": thief.alg, "spki": encode_base64(thief.spki)}
    for index, (name, text, _) in forge.said.items():
        if forge.signers[index] is FARMER:
            bundle["statements"][name]["sig"] = encode_base64(thief.key.sign(pae(text.encode())))
    assert judge(bundle, forge.policy(LOT)) == fails("statement")


def test_what_a_key_signed_beside_its_statement_does_not_stand_in_its_place() -> None:
    forge = a_season()
    text = forge.draft(FARMER, "event", {"kg": 900}, [LOT], outputs=[LOT])
    index = forge.make(FARMER, LOT)
    bundle: Bundle = forge.bundle(LOT)
    assert judge(bundle, forge.policy(LOT)) == HOLDS
    sig = encode_base64(FARMER.key.sign(pae(text.encode())))
    bundle["statements"][forge.said[index][0]] = {"payload": text, "sig": sig}
    assert judge(bundle, forge.policy(LOT)) == fails("statement")


def test_a_chain_never_goes_back_in_the_log() -> None:
    twin = a_season()  # of the two leaves the later one does not depend on the earlier
    twin.say(MILLER, "event", {}, [LOT])
    twin.say(FARMER, "event", {}, [LOT], outputs=[LOT], links=[(LOT, 0, NO_PREVIOUS)])
    forge = a_season()
    forge.say(MILLER, "event", {}, [LOT], links=[(LOT, 1, leaf_hash(twin.leaves[-1]))])
    forge.say(FARMER, "event", {}, [LOT], outputs=[LOT], links=[(LOT, 0, NO_PREVIOUS)])
    assert forge.leaves[-1] == twin.leaves[-1]
    forge.chains[LOT].reverse()
    assert judged(forge) == fails("map")


@pytest.mark.parametrize(
    "place", [(LOT, 1, b"x" * 32), (LOT, 1, NO_PREVIOUS), (LOT, 2, b""), (LOT, 0, NO_PREVIOUS)]
)
def test_each_leaf_of_a_chain_is_linked_to_the_one_before(place: tuple[str, int, bytes]) -> None:
    forge = a_lot()
    subject, seq, previous = place
    linked = (subject, seq, previous or leaf_hash(forge.leaves[-1]))
    forge.say(FARMER, "event", {}, [LOT], links=[linked])
    assert judged(forge) == fails("map")


def chain_of(bundle: Bundle, uri: str) -> Bundle:
    """What a file shows of a chain."""
    return next(subject for subject in bundle["subjects"] if subject["uri"] == uri)


def test_a_chain_names_event_leaves_of_the_file_by_their_numbers() -> None:
    forge = a_lot()
    bundle: Bundle = forge.bundle(LOT)
    assert chain_of(bundle, COOP)["leaves"] == [1]
    last = max(map(int, bundle["leaves"]))
    for leaves in ([last], [last + 1], [4], [True], ["1"], [-1], [None], [1, 1]):
        spoiled = deepcopy(bundle)
        chain_of(spoiled, COOP)["leaves"] = leaves
        assert judge(spoiled, forge.policy(LOT)) == fails("map")


def test_a_proof_names_its_nodes_from_the_first_on() -> None:
    forge = a_lot()
    bundle: Bundle = forge.bundle(LOT)
    proofs, count = bundle["log"]["proofs"], len(bundle["log"]["nodes"])
    for name in proofs:
        spoiled = deepcopy(bundle)
        spoiled["log"]["proofs"][name] = [number - count for number in proofs[name]]
        assert judge(spoiled, forge.policy(LOT)) == fails("log")


def test_every_map_proof_of_a_file_has_the_depth_of_the_genesis() -> None:
    forge = a_lot()
    bundle: Bundle = forge.bundle(LOT)
    for subject in bundle["subjects"]:
        for siblings in ([], subject["map"]["siblings"][1:], [""] * 257):
            spoiled = deepcopy(bundle)
            chain_of(spoiled, subject["uri"])["map"]["siblings"] = siblings
            assert judge(spoiled, forge.policy(LOT)) == fails("map")


@pytest.mark.parametrize("depth", [1, 256])
def test_a_map_is_as_deep_as_its_genesis_says_up_to_every_bit_of_a_key(depth: int) -> None:
    forge = Forge(root=ROOT, log_key=LOG, depth=depth)
    forge.found()
    forge.make(ROOT, LOT)
    assert judged(forge) == HOLDS


def test_a_proof_of_another_depth_fails_even_where_it_leads_to_the_signed_root() -> None:
    forge = a_lot()
    bundle: Bundle = forge.bundle(LOT)
    proof = chain_of(bundle, LOT)["map"]
    number = bucket_number(subject_key(LOT), forge.depth)
    # The bucket is stated one level lower, beside an empty one; all else stays where it was.
    deeper = [EMPTY, *(bound(one, level) for level, one in enumerate(proof["siblings"]))]
    path = [bucket_hash([(b64decode(key), b64decode(value)) for key, value in proof["bucket"]])]
    turn = bucket_number(subject_key(LOT), forge.depth + 1)
    for level, one in enumerate(deeper):
        pair = (one, path[-1]) if turn >> level & 1 else (path[-1], one)
        path.append(node_hash(b"".join(pair)))
    for subject in bundle["subjects"]:
        other = bucket_number(subject_key(subject["uri"]), forge.depth)
        assert other != number or subject["uri"] == LOT
        if other != number:
            level = (other ^ number).bit_length() - 1
            subject["map"]["siblings"][level] = encode_base64(path[level + 1])
    proof["siblings"] = [encode_base64(one) for one in deeper]
    told = a_lot()
    told.state(root=path[-1])
    signed: Bundle = told.cut(LOT)
    signed["subjects"] = bundle["subjects"]
    assert judge(signed, forge.policy(LOT)) == fails("map")


def test_a_log_key_that_a_rotation_added_signs_when_the_first_one_is_removed() -> None:
    forge = a_season()
    rotation: dict[str, object] = {"add": [OTHER_VKEY], "remove": [forge.vkey]}
    forge.say(ROOT, "log.key.rotate", rotation, [LEDGER])  # type: ignore[arg-type]
    forge.make(FARMER, LOT)
    forge.state()
    before = forge.policy(LOT)
    assert judge(forge.cut(LOT), before) == REFUSED
    forge.log_key = OTHER_LOG
    assert judge(forge.cut(LOT), forge.policy(LOT)) == HOLDS
    assert judge(forge.cut(LOT), before) == fails("checkpoint")


def test_a_given_key_with_which_anybody_could_sign_is_as_if_not_given() -> None:
    forge = a_lot()
    weak = ed25519_vkey(ORIGIN, bytes(32))  # of low order
    line = NoteSignature(name=ORIGIN, key_hash=weak.key_hash, signature=bytes(64))
    bundle: Bundle = forge.bundle(LOT)
    bundle["checkpoint"] = forge.note(line)
    policy = forge.policy(LOT)
    for given in ((format_vkey(weak),), (*policy.log_keys, format_vkey(weak))):
        told = Policy(asked=LOT, log_keys=given, registrar=policy.registrar)
        assert judge(bundle, told) == (HOLDS if given[1:] else fails("checkpoint"))


def test_a_given_log_key_of_which_no_line_is_there_is_not_in_force_for_the_file() -> None:
    forge = a_lot()
    bundle: Bundle = forge.bundle(LOT)
    given = (OTHER_VKEY, forge.vkey)
    policy = Policy(asked=LOT, log_keys=given, registrar=ROOT.kid)
    assert judge(bundle, policy) == HOLDS
    unsigned = Policy(asked=LOT, log_keys=(OTHER_VKEY,), registrar=ROOT.kid)
    assert judge(bundle, unsigned) == fails("checkpoint")
    foreign = a_season(log_keys=[OTHER_VKEY])
    foreign.make(FARMER, LOT)
    assert judge(foreign.bundle(LOT), policy) == REFUSED  # the ledger never named who signed


def test_an_amendment_makes_no_site_and_an_unknown_kind_makes_nothing() -> None:
    for kind in ("site.amend", "bless"):
        forge = a_season()
        forge.say(ROOT, "site.register", {"site": SITE}, [SITE])
        forge.say(ROOT, kind, {"site": LOT}, [LOT])
        assert judged(forge)[0] == "does_not_hold"
        assert judged(forge, SITE) == HOLDS
    amended = a_season()
    amended.say(ROOT, "site.amend", {"site": SITE}, [SITE])
    assert judged(amended, SITE) == fails("ancestry")
    blessed = a_season()
    blessed.say(FARMER, "bless", {"site": LOT}, [LOT])
    assert judged(blessed) == fails("ancestry")


def test_a_number_beyond_what_is_exact_means_the_double_that_a_phone_reads() -> None:
    forge, opening = sealing(2.0**53)
    bundle: Bundle = forge.bundle(LOT)
    bundle["openings"] = [{**opening, "value": 12345.5}]
    raw = json.dumps(bundle).encode()
    for digits in (b"9007199254740992", b"9007199254740993", b"9007199254740992.0"):
        assert judge(raw.replace(b"12345.5", digits), forge.policy(LOT)) == HOLDS
    for digits in (b"9007199254740991", b"1" + b"0" * 5_000):
        assert judge(raw.replace(b"12345.5", digits), forge.policy(LOT)) == fails("opening")


def test_a_ledger_that_begins_with_an_event_has_no_founder() -> None:
    forge = Forge(root=ROOT, log_key=LOG)
    forge.say(ROOT, "event", {}, [LEDGER])
    assert judged(forge) == REFUSED
    other = a_season(registrar={**ROOT.named, "alg": "SM2"})
    other.make(FARMER, LOT)
    assert judged(other) == REFUSED


def test_every_check_of_a_good_file_held_and_in_a_bad_one_those_before_it(season: Season) -> None:
    raw = json.dumps(season.bundle).encode()
    whole = verify_bundle(raw, season.policy)
    assert whole.held == CHECKS
    assert whole.size == season.chain.replica.size
    assert (whole.why, whole.leaf, whole.unchecked) == ("", None, ())
    stranger = Policy(asked="urn:other", log_keys=season.policy.log_keys, registrar="ab" * 32)
    refused = verify_bundle(raw, stranger)
    assert (refused.held, refused.size, refused.time_ms) == ((), None, None)
    assert refused.why
    assert not refused.unchecked


def test_what_cannot_be_checked_is_named_with_its_leaf() -> None:
    forge = a_lot()
    index = forge.say(FARMER, "bless", {}, [LOT])
    verdict = verify_bundle(json.dumps(forge.bundle(LOT)).encode(), forge.policy(LOT))
    assert verdict.outcome == "cannot_be_checked"
    assert (verdict.check, verdict.leaf) == (None, index)
    assert verdict.why == verdict.unchecked[0]
    assert verdict.why.startswith(f"leaf {index}: ")
    assert verdict.held == CHECKS[:3]
    large = verify_bundle(b" " * (8 * 1024 * 1024 + 1), forge.policy(LOT))
    assert (large.outcome, large.leaf) == ("cannot_be_checked", None)


@pytest.mark.parametrize(
    "salt", ["", "A", "A" * 21, "A" * 23, "A" * 22 + "==", "AAECAwQFBgcICQoLDA0ODx"]
)
def test_a_salt_of_another_form_opens_nothing_even_where_it_was_sealed_with(salt: str) -> None:
    forge, opening = sealing("张三", salt)
    bundle: Bundle = forge.bundle(LOT)
    bundle["openings"] = [opening]
    assert judge(bundle, forge.policy(LOT)) == fails("opening")


def test_a_statement_of_a_later_version_stands_at_one_leaf() -> None:
    forge = a_lot()
    text = forge.draft(FARMER, "event", {}, [LOT], v=2)
    for _ in range(2):  # its own number is not read: only the leaves' numbers rise
        forge.say(FARMER, "event", {}, [LOT], payload=text)
    assert judged(forge) == fails("statement")


def test_every_leaf_of_a_file_is_on_a_chain_that_it_shows() -> None:
    forge = a_lot()
    other = "https://ledger.example/lot/b"
    forge.make(FARMER, other)
    bundle: Bundle = forge.bundle(LOT, [*forge.needed(LOT), other])
    bundle["subjects"] = [one for one in bundle["subjects"] if one["uri"] != other]
    assert judge(bundle, forge.policy(LOT)) == fails("statement")


@pytest.mark.parametrize("more", [1, ["A" * 43 + "="], [], {}, "pair"])
def test_a_bucket_holds_pairs_and_nothing_beside_them(more: JsonValue) -> None:
    forge = a_lot()
    bundle: Bundle = forge.bundle(LOT)
    chain_of(bundle, LOT)["map"]["bucket"].append(more)
    assert judge(bundle, forge.policy(LOT)) == fails("map")


def test_a_node_is_a_hash_also_where_no_proof_names_it() -> None:
    forge = a_lot()
    for node, judgement in ((bytes(31), fails("log")), (bytes(33), fails("log"))):
        bundle: Bundle = forge.bundle(LOT)
        bundle["log"]["nodes"].append(encode_base64(node))
        assert judge(bundle, forge.policy(LOT)) == judgement


def test_a_registrar_may_suspend_the_actor_that_it_signs_for() -> None:
    forge, clerk = a_season(), signer()
    forge.enrol(clerk, MILL, roles=["registrar"])
    forge.make(clerk, LOT)
    forge.say(clerk, "actor.suspend", {"actor": MILL, "reason": "x"}, [MILL])
    assert judged(forge) == HOLDS
    forge.say(clerk, "actor.restore", {"actor": MILL, "reason": "x"}, [MILL])
    assert judged(forge) == REFUSED


def test_an_approval_on_its_chain_restores_no_suspended_actor() -> None:
    forge = a_season()
    index = forge.say(ROOT, "actor.suspend", {"actor": COOP, "reason": "x"}, [COOP])
    forge.say(MILLER, "approve", {"statement": forge.said[index][0]}, [COOP])
    forge.make(FARMER, LOT)
    assert judged(forge) == REFUSED
