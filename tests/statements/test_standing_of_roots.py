"""Standing of roots: the genesis, log keys, rotation: format v1 section 6."""

from hashlib import sha256

from msgspec.structs import replace

from ledger.statements.envelope import encode_base64
from tests.statements.founding import (
    LEDGER,
    ORIGIN,
    Founding,
    a_key,
    a_log_key,
    making,
    refused,
)

LOT = "https://h.example/lot/1"
ROOT, NEXT_ROOT = a_key("root"), a_key("next root", "ES256")


# The genesis.


def test_a_log_begins_with_the_genesis_of_its_root() -> None:
    registry = Founding().found().registry
    assert (registry.origin, registry.map_depth) == (ORIGIN, 20)
    assert registry.root == ROOT.key_id
    assert registry.log_keys == (a_log_key("log"),)
    assert registry.find_key(ROOT.key_id) == ROOT.public
    assert registry.roots[ROOT.key_id].from_index == 0
    assert not registry.keys


def test_nothing_comes_before_the_genesis() -> None:
    log = Founding()
    with refused("not_allowed"):
        log.event(ROOT, LOT)


def test_the_genesis_is_leaf_0_and_no_other() -> None:
    late = Founding()
    late.index = 1
    with refused("not_allowed"):
        late.found()


def test_there_is_one_genesis(ledger: Founding) -> None:
    with refused("not_allowed"):
        ledger.add(ROOT, "genesis", ledger.genesis_body(), [LEDGER])
    ledger.index = 0
    with refused("not_allowed"):
        ledger.add(ROOT, "genesis", ledger.genesis_body(), [LEDGER])


def test_the_genesis_is_signed_by_the_root_that_it_names() -> None:
    log = Founding()
    with refused("not_allowed"):
        log.add(a_key("stranger"), "genesis", log.genesis_body(), [LEDGER])
    claim = log.sign(ROOT, "genesis", log.genesis_body(), [LEDGER])
    with refused("not_allowed"):
        log.judge(claim, "ES256")


def test_the_genesis_names_the_ledger_that_it_is_written_for() -> None:
    log = Founding()
    with refused("wrong_ledger"):
        log.add(ROOT, "genesis", log.genesis_body(), [LEDGER], ledger="other.example/herbs")


def test_the_genesis_stands_on_the_ledgers_chain_alone() -> None:
    log = Founding()
    with refused("bad_body"):
        log.add(ROOT, "genesis", log.genesis_body(), [LEDGER, LOT])


def test_a_malformed_genesis_founds_nothing() -> None:
    log = Founding()
    with refused("bad_body"):
        log.add(ROOT, "genesis", log.genesis_body(origin=7), [LEDGER])
    assert log.registry.origin is None


def test_a_statement_for_another_ledger_is_refused(ledger: Founding) -> None:
    with refused("wrong_ledger"):
        ledger.add(ROOT, "event", {}, [LOT], ledger="other.example/herbs")


# Log keys.


def test_the_root_rotates_log_keys(ledger: Founding) -> None:
    ledger.rotate_log_keys(add=[a_log_key("new")], remove=[a_log_key("log")])
    assert ledger.registry.log_keys == (a_log_key("new"),)
    ledger.rotate_log_keys(add=[a_log_key("more")])
    assert ledger.registry.log_keys == (a_log_key("new"), a_log_key("more"))


def test_a_registrar_does_not_rotate_log_keys(ledger: Founding) -> None:
    registrar = ledger.member("county", roles=["registrar"])
    with refused("not_allowed"):
        ledger.rotate_log_keys(add=[a_log_key("new")], by=registrar)


def test_a_log_key_that_is_not_in_force_is_not_removed(ledger: Founding) -> None:
    with refused("not_allowed"):
        ledger.rotate_log_keys(remove=[a_log_key("other")])


def test_a_log_key_in_force_is_not_added(ledger: Founding) -> None:
    with refused("already_registered"):
        ledger.rotate_log_keys(add=[a_log_key("log")])


def test_a_log_key_has_the_ledgers_name(ledger: Founding) -> None:
    with refused("bad_body"):
        ledger.rotate_log_keys(add=[a_log_key("new", "other.example/herbs")])


def test_the_last_log_key_stays(ledger: Founding) -> None:
    with refused("not_allowed"):
        ledger.rotate_log_keys(remove=[a_log_key("log")])


# Roots.


def test_the_next_root_takes_over_and_the_old_one_signs_nothing_more(ledger: Founding) -> None:
    ledger.rotate(NEXT_ROOT)
    assert ledger.registry.root == NEXT_ROOT.key_id
    assert ledger.registry.roots[ROOT.key_id].until_index == 1
    assert ledger.registry.find_key(ROOT.key_id) == ROOT.public
    ledger.admit("mill", by=NEXT_ROOT)
    with refused("key_retired"):
        ledger.event(ROOT, LOT)
    with refused("key_retired"):
        ledger.admit("shop", by=ROOT)


def test_only_the_root_names_the_next(ledger: Founding) -> None:
    registrar = ledger.member("county", roles=["registrar"])
    with refused("not_allowed"):
        ledger.rotate(NEXT_ROOT, by=registrar)


def test_the_next_root_was_never_root_before(ledger: Founding) -> None:
    with refused("not_allowed"):
        ledger.rotate(ROOT)
    ledger.rotate(NEXT_ROOT)
    with refused("not_allowed"):
        ledger.rotate(ROOT, by=NEXT_ROOT)


def test_the_next_root_was_never_enrolled(ledger: Founding) -> None:
    key = ledger.member("mill")
    with refused("not_allowed"):
        ledger.rotate(key)


def test_a_root_is_never_enrolled(ledger: Founding) -> None:
    ledger.admit("mill")
    with refused("not_allowed"):
        ledger.enrol(ROOT, "mill")
    ledger.rotate(NEXT_ROOT)
    with refused("not_allowed"):
        ledger.enrol(ROOT, "mill", by=NEXT_ROOT)


def test_a_root_is_rotated_never_retired(ledger: Founding) -> None:
    with refused("not_allowed"):
        ledger.retire(ROOT, by=ROOT)
    registrar = ledger.member("county", roles=["registrar"])
    with refused("not_allowed"):
        ledger.retire(ROOT, by=registrar)


def test_a_roots_chain_may_hold_suspicions_of_which_the_earliest_counts(ledger: Founding) -> None:
    registrar = ledger.member("county", roles=["registrar"])
    for from_seq in (5, 2, 9):
        ledger.suspect(ROOT, from_seq, by=registrar)
    assert ledger.registry.roots[ROOT.key_id].suspect_from == 2
    ledger.event(ROOT, LOT)


def test_the_root_needs_neither_enrolment_nor_actor(ledger: Founding) -> None:
    ledger.event(ROOT, LOT, things=making(LOT))


def test_a_root_signs_with_the_algorithm_that_it_was_named_with(ledger: Founding) -> None:
    claim = ledger.sign(ROOT, "event", {}, [LOT])
    with refused("not_allowed"):
        ledger.judge(claim, "ES256")


def test_a_next_root_with_unsafe_bytes_is_refused(ledger: Founding) -> None:
    spki = ROOT.spki[:12] + bytes(32)
    kid = sha256(spki).hexdigest()
    with refused("bad_key"):
        ledger.add(
            ROOT,
            "registrar.rotate",
            {"alg": "Ed25519", "kid": kid, "spki": encode_base64(spki)},
            [LEDGER],
        )
    assert ledger.registry.root == ROOT.key_id  # refused before anything is taken in
    weak = {"alg": "Ed25519", "kid": kid, "spki": encode_base64(spki)}
    unfounded = Founding()
    claim = unfounded.sign(ROOT, "genesis", unfounded.genesis_body(registrar=weak), [LEDGER])
    with refused("bad_key"):
        unfounded.judge(replace(claim, key=kid), "Ed25519")


def test_the_founder_stays_who_signed_the_genesis(ledger: Founding) -> None:
    assert Founding().registry.founder is None
    ledger.rotate(NEXT_ROOT)
    assert ledger.registry.root == NEXT_ROOT.key_id
    assert ledger.registry.founder == ROOT.key_id
