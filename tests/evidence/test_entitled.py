"""Check 5: roots, log keys, actors and keys, against a log that lets anybody say anything."""

import pytest

from ledger.canonical import JsonObject
from ledger.evidence.verdict import Policy
from tests.evidence.forge import GONE, LEDGER, Forge, Signer, signer
from tests.evidence.judges import CANNOT, HOLDS, judge
from tests.evidence.people import (
    COOP,
    FARMER,
    LOG,
    LOT,
    MILL,
    MILLER,
    NEXT_ROOT,
    OTHER_KEY,
    OTHER_VKEY,
    REFUSED,
    ROOT,
    a_ledger,
    a_season,
    judged,
    made,
)

# The genesis


@pytest.mark.parametrize(
    "genesis",
    [
        {"origin": "other.example"},
        {"map_depth": 9},
        {"map_depth": 0},
        {"map_depth": "8"},
        {"map_depth": True},
        {"registrar": FARMER.named},
        {"registrar": {**ROOT.named, "alg": "Ed25519"}},
        {"registrar": {**ROOT.named, "spki": "AA=="}},
        {"registrar": {**ROOT.named, "more": 1}},
        {"registrar": None},
        {"log_keys": []},
        {"log_keys": [OTHER_VKEY]},
        {"log_keys": "none"},
        {"log_keys": ["none"]},
        {"log_keys": [1]},
        {"log_keys": GONE},
        {"more": 1},
    ],
    ids=str,
)
def test_a_genesis_is_the_pinned_roots_and_the_checkpoints(genesis: dict[str, object]) -> None:
    assert made(a_season(**genesis)) == REFUSED


def test_log_keys_of_any_algorithm_and_name_stand_beside_the_one_that_signed() -> None:
    forge = Forge(root=ROOT, log_key=LOG)
    odd = ["other+01020304+CWFi", "bare+01020304+CQ==", forge.vkey, forge.vkey]
    assert made(a_season(log_keys=odd)) == HOLDS


def test_a_ledger_begins_with_its_genesis() -> None:
    late = Forge(root=ROOT, log_key=LOG)
    late.admit(COOP)
    late.found()
    late.enrol(FARMER, COOP)
    assert made(late) == REFUSED
    empty = Forge(root=ROOT, log_key=LOG)
    assert judged(empty) == REFUSED
    other = Forge(root=ROOT, log_key=LOG)
    other.say(ROOT, "log.key.rotate", {"add": [], "remove": []}, [LEDGER])
    assert judged(other) == REFUSED
    twice = a_season()
    twice.found()
    assert made(twice) == REFUSED
    unread = Forge(root=ROOT, log_key=LOG)
    unread.say(ROOT, "genesis", {}, [LEDGER], v=2)
    assert judged(unread) == CANNOT
    theirs = Policy(asked=LOT, log_keys=(unread.vkey,), registrar=FARMER.kid)
    assert judge(unread.bundle(LOT), theirs) == REFUSED


# Rotations


def test_a_log_key_is_in_force_from_its_rotation_and_removed_where_both_are_said() -> None:
    for lists, judgement in (
        ({"add": [OTHER_VKEY], "remove": []}, HOLDS),
        ({"add": [], "remove": [OTHER_VKEY]}, HOLDS),
        ({"add": [], "remove": [Forge(root=ROOT, log_key=LOG).vkey]}, REFUSED),
        ({"add": [Forge(root=ROOT, log_key=LOG).vkey], "remove": [OTHER_VKEY]}, HOLDS),
        ({"add": ["x"], "remove": []}, REFUSED),
        ({"add": []}, REFUSED),
    ):
        forge = a_season()
        forge.say(ROOT, "log.key.rotate", dict[str, object](lists), [LEDGER])
        assert made(forge) == judgement


def test_only_the_root_rotates() -> None:
    for kind, body in (
        ("log.key.rotate", {"add": [], "remove": []}),
        ("registrar.rotate", NEXT_ROOT.named),
    ):
        forge = a_season()
        forge.say(FARMER, kind, body, [LEDGER])
        assert made(forge) == REFUSED


def test_the_next_root_signs_after_its_rotation_and_the_old_one_no_more() -> None:
    forge = a_season()
    forge.say(ROOT, "registrar.rotate", NEXT_ROOT.named, [LEDGER])
    forge.say(NEXT_ROOT, "key.suspect", {"kid": ROOT.kid, "from_seq": 0, "reason": "x"}, [ROOT.uri])
    forge.say(FARMER, "approve", {"statement": forge.said[6][0]}, [ROOT.uri])
    assert made(forge, NEXT_ROOT) == HOLDS
    old = a_season()
    old.say(ROOT, "registrar.rotate", NEXT_ROOT.named, [LEDGER])
    assert made(old, ROOT) == REFUSED
    early = a_season()
    early.make(NEXT_ROOT, LOT)
    early.say(ROOT, "registrar.rotate", NEXT_ROOT.named, [LEDGER])
    assert judged(early) == REFUSED


@pytest.mark.parametrize("following", [ROOT, FARMER])
def test_the_next_root_was_never_root_nor_enrolled(following: Signer) -> None:
    forge = a_season()
    forge.say(ROOT, "registrar.rotate", following.named, [LEDGER])
    assert made(forge) == REFUSED


@pytest.mark.parametrize(
    "body",
    [
        {**NEXT_ROOT.named, "alg": "ES256"},
        {**NEXT_ROOT.named, "kid": "ab" * 32},
        {**NEXT_ROOT.named, "spki": "?"},
        {**NEXT_ROOT.named, "alg": 1},
        {"kid": NEXT_ROOT.kid},
    ],
)
def test_the_next_root_is_named_in_its_one_form(body: JsonObject) -> None:
    forge = a_season()
    forge.say(ROOT, "registrar.rotate", body, [LEDGER])
    assert made(forge) == REFUSED


def test_a_root_of_an_unknown_algorithm_cannot_be_checked() -> None:
    forge = a_season()
    forge.say(ROOT, "registrar.rotate", OTHER_KEY.named, [LEDGER])
    assert made(forge) == HOLDS
    forge.admit("urn:daodi:actor:new", by=OTHER_KEY)
    forge.make(OTHER_KEY, LOT)
    assert judged(forge) == CANNOT
    told = a_season()
    told.say(ROOT, "registrar.rotate", {**OTHER_KEY.named, "alg": "SM9"}, [LEDGER])
    assert made(told, OTHER_KEY) == REFUSED


def test_a_roots_chain_holds_suspicions_and_approvals_alone() -> None:
    retired = a_season()
    retired.say(ROOT, "key.retire", {"kid": ROOT.kid, "reason": "x"}, [ROOT.uri])
    assert made(retired, ROOT) == REFUSED
    enrolled = a_season()
    enrolled.enrol(ROOT, COOP)
    enrolled.actors.clear()
    enrolled.make(ROOT, LOT)
    assert judged(enrolled) == REFUSED


# Actors and keys


def test_an_actor_is_admitted_before_its_key_signs_and_once() -> None:
    forge = a_ledger()
    forge.enrol(FARMER, COOP)
    forge.admit(COOP)
    assert made(forge) == HOLDS  # enrolled before its actor was admitted: nothing was signed yet
    late = a_ledger()
    late.enrol(FARMER, COOP)
    late.make(FARMER, LOT)
    late.admit(COOP)
    assert judged(late) == REFUSED
    never = a_ledger()
    never.enrol(FARMER, COOP)
    assert made(never) == REFUSED
    twice = a_season()
    twice.admit(COOP)
    assert made(twice) == REFUSED
    judged_first = a_ledger()
    judged_first.say(ROOT, "actor.restore", {"actor": COOP, "reason": "x"}, [COOP])
    judged_first.admit(COOP)
    judged_first.enrol(FARMER, COOP)
    assert made(judged_first) == REFUSED


def test_a_suspended_actor_signs_again_after_its_restoration() -> None:
    forge = a_season()
    forge.say(ROOT, "actor.suspend", {"actor": COOP, "reason": "x", "legal_basis": 1}, [COOP])
    forge.say(ROOT, "actor.restore", {"actor": COOP, "reason": "x"}, [COOP])
    assert made(forge) == HOLDS
    forge.say(ROOT, "actor.suspend", {"actor": COOP, "reason": "x"}, [COOP])
    assert judged(forge) == HOLDS  # what was in the log before stays good
    forge.say(FARMER, "event", {}, [LOT])
    assert judged(forge) == REFUSED


@pytest.mark.parametrize(
    "changes",
    [
        {"name": 1},
        {"name": GONE},
        {"roles": "processor"},
        {"roles": [1]},
        {"actor": "urn:daodi:actor:"},
        {"actor": MILL},
        {"more": 1},
    ],
)
def test_an_admission_has_the_members_of_section_6(changes: dict[str, object]) -> None:
    forge = a_ledger()
    forge.admit(COOP, **changes)
    forge.enrol(FARMER, COOP)
    assert made(forge) == REFUSED


@pytest.mark.parametrize("member", ["county", "licences", "valid_to"])
def test_the_optional_members_of_an_admission_are_of_any_type(member: str) -> None:
    forge = a_ledger()
    forge.admit(COOP, **{member: [1]})
    forge.enrol(FARMER, COOP)
    assert made(forge) == HOLDS


def test_a_key_is_enrolled_before_it_signs_and_once() -> None:
    assert made(a_season(), signer()) == REFUSED
    late = a_season()
    new = signer()
    late.actors[new.kid] = COOP
    late.make(new, LOT)
    late.enrol(new, COOP)
    assert judged(late) == REFUSED
    twice = a_season()
    twice.enrol(FARMER, MILL)
    assert made(twice) == REFUSED
    squatted = a_season()
    squatted.say(FARMER, "approve", {"statement": "ab" * 32}, [new.uri])
    squatted.enrol(new, COOP)
    assert made(squatted, new) == REFUSED


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "ES256"},
        {"alg": "SM2"},
        {"kid": "ab" * 32},
        {"spki": "?"},
        {"holder": 1},
        {"roles": None},
        {"actor": "coop"},
        {"more": 1},
    ],
)
def test_an_enrolment_names_the_key_that_signs(changes: dict[str, object]) -> None:
    forge = a_ledger()
    forge.admit(COOP)
    forge.enrol(FARMER, COOP, **changes)
    assert made(forge) == REFUSED


def test_a_retired_key_signs_nothing_more_and_what_it_signed_stays() -> None:
    retirement: JsonObject = {"kid": FARMER.kid, "reason": "lost"}
    for by in (ROOT, FARMER):
        forge = a_season()
        forge.make(FARMER, LOT)
        forge.say(by, "key.retire", retirement, [FARMER.uri])
        assert judged(forge) == HOLDS
        forge.say(ROOT, "key.retire", retirement, [FARMER.uri])
        assert judged(forge) == HOLDS
        forge.say(FARMER, "event", {}, [LOT])
        assert judged(forge) == REFUSED


def test_only_a_registrar_enrols_admits_suspects_and_retires_others() -> None:
    for kind, body, subjects in (
        ("key.retire", {"kid": MILLER.kid, "reason": "x"}, [MILLER.uri]),
        ("key.suspect", {"kid": MILLER.kid, "from_seq": 0, "reason": "x"}, [MILLER.uri]),
        ("actor.suspend", {"actor": MILL, "reason": "x"}, [MILL]),
    ):
        forge = a_season()
        forge.make(MILLER, LOT)
        forge.say(FARMER, kind, body, subjects)
        assert judged(forge) == REFUSED
    friend = a_season()
    new = signer()
    friend.enrol(new, COOP, by=FARMER)
    assert made(friend, new) == REFUSED


def test_a_registrar_enrolled_by_a_registrar_enrols_in_turn() -> None:
    forge, clerk, new = a_season(), signer(), signer()
    forge.enrol(clerk, MILL, roles=["registrar"])
    forge.enrol(new, COOP, by=clerk)
    assert made(forge, new) == HOLDS
    late, friend = a_season(), signer()
    late.enrol(friend, COOP, by=FARMER, roles=["registrar"])
    late.enrol(new, COOP, by=friend)
    assert made(late, new) == REFUSED


def test_chains_that_signers_need_are_shown() -> None:
    forge = a_season()
    forge.make(FARMER, LOT)
    needed = forge.needed(LOT)
    for uri in (FARMER.uri, COOP, ROOT.uri, LEDGER):
        show = [one for one in needed if one != uri]
        assert judge(forge.bundle(LOT, show), forge.policy(LOT)) == REFUSED
