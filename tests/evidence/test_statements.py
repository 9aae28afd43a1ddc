"""Checks 1 to 4 against a log that signs anything: notes, leaves, forms of statements, keys."""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

import pytest

from ledger.canonical import JsonObject
from ledger.evidence.verdict import Policy
from ledger.log.checkpoint import NoteSignature, VerifierKey, format_vkey, parse_vkey
from ledger.log.leaves import NO_PREVIOUS
from ledger.statements.keys import PrivateKey, generate_private_key
from tests.evidence.forge import (
    GONE,
    ORIGIN,
    START_MS,
    Forge,
    Signer,
    new_key,
    sign_note,
    signer,
)
from tests.evidence.judges import CANNOT, HOLDS, fails, judge

ROOT, FARMER, LOG = signer("ES256"), signer(), new_key("Ed25519")
COOP = "urn:daodi:actor:coop"
LOT, NEXT = "https://ledger.example/lot/a", "https://ledger.example/lot/b"


def a_ledger() -> Forge:
    forge = Forge(root=ROOT, log_key=LOG)
    forge.found()
    forge.admit(COOP)
    forge.enrol(FARMER, COOP)
    return forge


def a_lot(**changes: object) -> Forge:
    """A ledger whose farmer made one lot, by a statement with these changes."""
    forge = a_ledger()
    forge.say(FARMER, "event", {}, [LOT], **{"outputs": [LOT], **changes})
    return forge


def judged(forge: Forge, asked: str = LOT) -> tuple[str, str | None]:
    return judge(forge.bundle(asked), forge.policy(asked))


def test_a_lot_made_by_an_enrolled_key_holds() -> None:
    assert judged(a_lot()) == HOLDS


# A statement with one of these changes is not of section 1's form.
FORBIDDEN: Final[list[dict[str, object]]] = [
    {"ledger": "other.example/herbs"},
    {"key": "ab" * 32},
    {"key": "AB"},
    {"seq": 1},
    {"seq": -1},
    {"seq": "0"},
    {"prev": "ab" * 32},
    {"signed_at": "2026-02-29T12:00:00+08:00"},
    {"signed_at": "2026-04-01T12:00:60+08:00"},
    {"signed_at": "2026-04-01T24:00:00+08:00"},
    {"signed_at": "2026-04-01T12:00:00Z"},
    {"signed_at": "2026-04-01T12:00:00+24:00"},
    {"signed_at": "0000-04-01T12:00:00+08:00"},
    {"signed_at": 1},
    {"kind": 1},
    {"body": None},
    {"body": GONE},
    {"more": 1},
    {"v": True},
    {"v": "1"},
    {"v": GONE},
    {"subjects": []},
    {"subjects": [LOT, NEXT]},
    {"subjects": [f"{LOT}#out"]},
    {"outputs": []},
    {"outputs": [f"{LOT}#out"]},
    {"outputs": None},
    {"outputs": [NEXT]},
    {"inputs": [NEXT]},
    {"inputs": [LOT]},
    {"kind": "approve", "body": {"statement": "ab" * 32}},
    {"sealed": {"buyer": "x"}},
    {"sealed": {"buyer": 1}},
    {"sealed": None},
    {"anchor": {"size": 99, "root": "A" * 43 + "="}},
    {"anchor": {"size": -1, "root": "A" * 43 + "="}},
    {"anchor": {"size": 0}},
    {"anchor": None},
    {"body": {"inputEPCList": [LOT]}},
    {"body": {"inputEPCList": None}},
    {"body": {"outputEPCList": [NEXT]}},
    {"body": {"inputQuantityList": [{"epcClass": NEXT}]}},
    {"body": {"outputQuantityList": [{}]}},
    {"body": {"outputQuantityList": [1]}},
    {"body": {"outputQuantityList": {}}},
    {"body": {"重": 1}},
    {"body": {"kg": 1e-7}},
    {"body": {"kg": 1e21}},
    {"body": {"text": "x" * 32768}},
    {"signature": bytes(64)},
    {"signature": bytes(63)},
    {"payload": "{}"},
    {"payload": "no json"},
    {"payload": '{"v": 2}'},
    {"payload": '{"v":2,"v":2}'},
    {"payload": '{"a":"\\ud800","v":2}'},
    {"payload": "[]"},
]


@pytest.mark.parametrize("changes", FORBIDDEN, ids=str)
def test_a_statement_of_another_form_fails(changes: dict[str, object]) -> None:
    assert judged(a_lot(**changes)) == fails("statement")


@pytest.mark.parametrize(
    "changes",
    [
        {"sealed": {}},
        {"sealed": {"buyer": "A" * 43}},
        {"anchor": {"size": 3, "root": "A" * 43 + "="}},
        {"signed_at": "9999-12-31T23:59:59-00:00"},
        {"signed_at": "0001-01-01T00:00:00+23:59"},
        {"body": {"outputEPCList": [LOT], "kg": 1.5, "name": "é"}},
    ],
    ids=str,
)
def test_what_section_1_allows_holds(changes: dict[str, object]) -> None:
    assert judged(a_lot(**changes)) == HOLDS


@pytest.mark.parametrize(
    ("uri", "holds"),
    [
        ("urn:x://A", True),
        ("https://h/a//B", True),
        ("x:", True),
        ("https://H/a", False),
        ("https://h/é", False),
        ("https://h/a b", False),
        ("Https://h", False),
        ("x:" + "a" * 254, True),
        ("x:" + "a" * 255, False),
    ],
)
def test_a_thing_has_a_uri_of_section_1(uri: str, holds: bool) -> None:
    forge = a_ledger()
    forge.make(FARMER, uri)
    assert judged(forge, uri) == (HOLDS if holds else fails("statement"))


@pytest.mark.parametrize(
    "changes", [{"v": 2}, {"v": 0, "body": GONE, "more": 1}, {"kind": "bless"}]
)
def test_what_a_later_version_brings_cannot_be_checked(changes: dict[str, object]) -> None:
    forge = a_lot()
    forge.say(FARMER, "event", {}, [LOT], **changes)
    assert judged(forge) == CANNOT
    forge.say(FARMER, "event", {}, [LOT], signature=bytes(64))
    assert judged(forge) == fails("statement")  # what is stronger is still looked for


@pytest.mark.parametrize("alg", ["SM2", "ES512"])
def test_an_unknown_algorithm_cannot_be_checked(alg: str) -> None:
    forge = a_lot()
    other = signer(told=alg, spki=b"bytes of another kind")
    forge.enrol(other, COOP)
    forge.make(other, NEXT, [LOT])
    assert judged(forge, NEXT) == CANNOT
    assert judged(forge) == HOLDS  # nothing shown is signed by it
    forge.make(other, "https://ledger.example/lot/c", [LOT], prev="ab" * 32)
    assert judged(forge, "https://ledger.example/lot/c") == CANNOT


@pytest.mark.parametrize(
    "who",
    [
        signer("ES256", told="Ed25519"),
        signer("Ed25519", told="ES256"),
        signer(spki=bytes.fromhex("302a300506032b6570032100") + bytes(32)),
    ],
)
def test_a_key_has_its_one_form(who: Signer) -> None:
    forge = a_lot()
    forge.enrol(who, COOP)
    forge.make(who, NEXT)
    assert judged(forge, NEXT) == fails("statement")


def test_a_key_says_nothing_twice_and_each_after_the_other() -> None:
    again = a_lot()
    again.say(FARMER, "event", {}, [LOT], payload=again.said[3][1], leaf={"key_seq": 0})
    assert judged(again) == fails("statement")
    rival = a_lot()
    rival.say(FARMER, "event", {"rival": 1}, [LOT], seq=0, prev=None, leaf={"key_seq": 0})
    assert judged(rival) == fails("statement")
    unlinked = a_lot()
    unlinked.say(FARMER, "event", {}, [LOT], prev="ab" * 32)
    assert judged(unlinked) == fails("statement")
    gap = a_lot()
    gap.say(FARMER, "event", {}, [LOT], seq=7, prev="ab" * 32, leaf={"key_seq": 7})
    assert judged(gap) == HOLDS  # what lies between may stand on chains that are not shown
    backwards = a_lot()
    backwards.say(FARMER, "event", {}, [LOT], seq=7, prev="ab" * 32, leaf={"key_seq": 7})
    backwards.say(FARMER, "event", {}, [LOT], seq=3, prev="ab" * 32, leaf={"key_seq": 3})
    assert judged(backwards) == fails("statement")


@pytest.mark.parametrize(
    ("leaf", "check"),
    [
        ({"index": 7}, "log"),
        ({"admitted_ms": 5}, "log"),
        ({"links_count": 2}, "log"),
        ({"key_seq": 9}, "statement"),
        ({"statement_id": "ab" * 32}, "statement"),
    ],
)
def test_a_leaf_says_what_its_statement_says(leaf: dict[str, object], check: str) -> None:
    assert judged(a_lot(leaf=leaf)) == fails(check)


def test_the_links_of_a_leaf_are_judged_by_the_map_and_the_statement() -> None:
    head = b"h" * 32
    assert judged(a_lot(links=[(LOT, 0, head)])) == fails("map")
    assert judged(a_lot(links=[(LOT, 1, NO_PREVIOUS)])) == fails("map")
    assert judged(a_lot(links=[])) == fails("map")
    beside = [(LOT, 0, NO_PREVIOUS), (NEXT, 0, NO_PREVIOUS)]
    assert judged(a_lot(links=beside)) == fails("statement")
    # Of a chain that is not shown, only "no leaf before the first" can be seen.
    assert judged(a_lot(links=[(LOT, 0, NO_PREVIOUS), (NEXT, 0, head)])) == fails("map")
    twice = [(LOT, 0, NO_PREVIOUS), (LOT, 0, NO_PREVIOUS)]
    assert judged(a_lot(links=twice)) == fails("log")


def test_the_last_leaf_is_a_state_leaf_and_time_does_not_go_back() -> None:
    early = a_lot()
    early.state(at_ms=START_MS - 1)
    assert judge(early.cut(LOT), early.policy(LOT)) == fails("log")
    headless = a_lot()
    assert judge(headless.cut(LOT), headless.policy(LOT)) == fails("log")


def test_a_state_leaf_that_lies_about_the_map_is_found_by_its_proofs() -> None:
    forge = a_lot()
    forge.state(root=bytes(32))
    assert judge(forge.cut(LOT), forge.policy(LOT)) == fails("map")


def test_a_map_that_leaves_out_an_event_is_found_where_the_event_is_shown() -> None:
    forge = a_lot()
    forge.make(FARMER, NEXT, [LOT])
    forge.say(FARMER, "event", {}, [LOT, NEXT])
    assert judged(forge, NEXT) == HOLDS
    forge.chains[LOT].pop()
    assert judged(forge, NEXT) == fails("map")


# Witnesses and notes


def cosigner(name: str) -> tuple[PrivateKey, str]:
    """A witness and its vkey (type 04)."""
    key = generate_private_key("Ed25519")
    public = key.spki[-32:]
    key_hash = sha256(f"{name}\n\x04".encode() + public).digest()[:4]
    told = VerifierKey(name=name, key_hash=key_hash, algorithm=4, public=public)
    return key, format_vkey(told)


def cosigned(
    text: str, key: PrivateKey, vkey: str, *, seconds: int = 1_775_000_000
) -> NoteSignature:
    told = parse_vkey(vkey)
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    signature = (seconds % 2**64).to_bytes(8) + key.sign(message)
    return NoteSignature(name=told.name, key_hash=told.key_hash, signature=signature)


Change = Callable[[str], str]


def with_note(change: Change, *more: Callable[[str], NoteSignature]) -> tuple[JsonObject, Policy]:
    """A good bundle whose note was changed before it was signed, with more lines."""
    forge = a_lot()
    bundle = forge.bundle(LOT)
    text = change(str(bundle["checkpoint"]).split("\n\n")[0] + "\n")
    bundle["checkpoint"] = sign_note(text, LOG, *(line(text) for line in more))
    return bundle, forge.policy(LOT)


def asking(policy: Policy, witnesses: tuple[str, ...], quorum: int) -> Policy:
    return Policy(
        asked=policy.asked,
        log_keys=policy.log_keys,
        registrar=policy.registrar,
        witnesses=witnesses,
        quorum=quorum,
    )


def test_a_quorum_counts_witnesses_by_their_keys() -> None:
    first, second, third = (cosigner(f"w{number}.example") for number in range(3))
    lines = [lambda text, who=who: cosigned(text, *who) for who in (first, second)]
    bundle, policy = with_note(lambda text: text, *lines, *lines)
    given = (first[1], second[1], third[1], second[1])
    assert judge(bundle, asking(policy, given, 2)) == HOLDS
    assert judge(bundle, asking(policy, given, 3)) == fails("checkpoint")
    assert judge(bundle, asking(policy, policy.log_keys, 1)) == fails("checkpoint")
    assert judge(bundle, policy) == HOLDS


def test_a_false_line_of_a_given_witness_refuses_the_note_and_of_another_does_not() -> None:
    (key, vkey), (other, _) = cosigner("w.example"), cosigner("v.example")
    bundle, policy = with_note(lambda text: text, lambda text: cosigned(text, other, vkey))
    assert judge(bundle, asking(policy, (vkey,), 0)) == fails("checkpoint")
    assert judge(bundle, policy) == HOLDS
    late, policy = with_note(
        lambda text: text, lambda text: cosigned(text, key, vkey, seconds=2**63)
    )
    assert judge(late, asking(policy, (vkey,), 1)) == fails("checkpoint")


def test_a_note_may_have_extension_lines_and_many_strangers_lines() -> None:
    stranger, vkey = cosigner("w.example")
    many = [
        lambda text, number=number: cosigned(text, stranger, vkey, seconds=number)
        for number in range(150)
    ]
    bundle, policy = with_note(lambda text: f"{text}more\n", *many)
    assert judge(bundle, policy) == HOLDS


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(ORIGIN, "other.example"),
        lambda text: text.replace("\n5\n", "\n6\n"),
        lambda text: text.replace("\n5\n", "\n05\n"),
        lambda text: text.replace("\n5\n", "\n0\n"),
        lambda text: text.replace("=\n", "\n"),
        lambda text: f"{text}\n",
    ],
)
def test_a_note_of_another_text_does_not_hold(change: Change) -> None:
    bundle, policy = with_note(change)
    outcome, check = judge(bundle, policy)
    assert outcome == "does_not_hold"
    assert check in {"checkpoint", "log"}
