"""Approvals, where kinds stand, and the fold: format v1 section 6, check 5 of section 7."""

import pytest

from ledger.statements.statement import read_claim
from tests.statements.founding import (
    LEDGER,
    ORIGIN,
    Founding,
    a_key,
    actor_of,
    chain_of,
    making,
    named,
    refused,
)

LOT, CROP, SITE = "https://h.example/lot/1", "https://h.example/crop/1", "https://h.example/site/1"
ROOT, NEXT_ROOT = a_key("root"), a_key("next root", "ES256")


# Approvals.


def test_another_holder_approves_on_the_own_chains_of_what_is_approved(ledger: Founding) -> None:
    mill, laboratory = ledger.member("mill"), ledger.member("laboratory")
    made = ledger.event(mill, LOT, CROP + "#out", things=making(LOT, CROP))
    approval = ledger.approve(laboratory, made)
    assert approval.subjects == (LOT,)
    ledger.approve(mill, approval)


def test_two_keys_of_one_person_are_one_holder(ledger: Founding) -> None:
    mill = ledger.member("mill", holder="zhang")
    second = ledger.member("shop", holder="zhang")
    made = ledger.event(mill, LOT, things=making(LOT))
    for key in (mill, second):
        with refused("not_allowed"):
            ledger.approve(key, made)


def test_a_colleague_of_the_same_actor_is_another_holder(ledger: Founding) -> None:
    mill = ledger.member("mill")
    colleague = a_key("colleague")
    ledger.enrol(colleague, "mill")
    ledger.approve(colleague, ledger.event(mill, LOT))


def test_a_statement_of_the_root_counts_as_another_holders(ledger: Founding) -> None:
    mill = ledger.member("mill")
    ledger.approve(mill, ledger.event(ROOT, LOT))
    ledger.approve(mill, ledger.claims[next(iter(ledger.claims))])


def test_the_root_does_not_approve(ledger: Founding) -> None:
    made = ledger.event(ledger.member("mill"), LOT)
    with refused("not_allowed"):
        ledger.approve(ROOT, made)


def test_an_approval_stands_exactly_on_those_chains(ledger: Founding) -> None:
    mill, laboratory = ledger.member("mill"), ledger.member("laboratory")
    made = ledger.event(mill, LOT, CROP + "#out", things=making(LOT, CROP))
    for subjects in ([LOT, CROP + "#out"], [CROP], [LOT, CROP]):
        with refused("bad_body"):
            ledger.approve(laboratory, made, *subjects)


def test_a_statement_on_out_chains_alone_cannot_be_approved(ledger: Founding) -> None:
    mill, laboratory = ledger.member("mill"), ledger.member("laboratory")
    sold = ledger.event(mill, LOT + "#out")
    with refused("not_allowed"):
        ledger.approve(laboratory, sold, LOT)


def test_what_is_not_in_the_log_cannot_be_approved(ledger: Founding) -> None:
    mill, laboratory = ledger.member("mill"), ledger.member("laboratory")
    not_sent = ledger.sign(mill, "event", {}, [LOT])
    with refused("unknown_statement"):
        ledger.approve(laboratory, not_sent)


# Where kinds stand.


@pytest.mark.parametrize("who", ["root", "member"])
def test_no_event_squats_on_the_chain_of_a_ledger_key_or_actor(ledger: Founding, who: str) -> None:
    key = ROOT if who == "root" else ledger.member("mill")
    for uri in (LEDGER, chain_of(a_key("mill")), actor_of("mill"), actor_of("nobody")):
        with refused("not_allowed"):
            ledger.event(key, uri)
        with refused("not_allowed"):
            ledger.event(key, uri, things=making(uri))


def test_their_out_chains_are_free(ledger: Founding) -> None:
    for uri in (LEDGER, chain_of(ROOT), actor_of("mill")):
        ledger.event(ROOT, uri + "#out")


def test_no_actor_is_sown_or_consumed(ledger: Founding) -> None:
    actor = actor_of("mill")
    with refused("not_allowed"):
        ledger.event(ROOT, LOT, actor + "#out", things=making(LOT, actor))


@pytest.mark.parametrize("extra", [LOT, "urn:daodi:actor:mill", "x:a#out"])
def test_a_registry_statement_stands_on_no_other_chain(ledger: Founding, extra: str) -> None:
    key = a_key("mill")
    body = {"actor": actor_of("shop"), "name": "x", "roles": []}
    with refused("bad_body"):
        ledger.add(ROOT, "actor.admit", body, [actor_of("shop"), extra])
    body = {**named(key), "actor": actor_of("shop"), "roles": [], "holder": "x"}
    with refused("bad_body"):
        ledger.add(ROOT, "key.enrol", body, [chain_of(key), extra])


def test_an_enrolment_also_stands_on_its_actors_out_chain(ledger: Founding) -> None:
    key = a_key("mill")
    body = {**named(key), "actor": actor_of("shop"), "roles": [], "holder": "x"}
    with refused("bad_body"):
        ledger.add(ROOT, "key.enrol", body, [chain_of(key)])


def test_an_unknown_kind_is_judged_as_an_event_so_that_a_verifier_can_go_on(
    ledger: Founding,
) -> None:
    claim = ledger.sign(ROOT, "event", {}, [LOT])
    unknown = read_claim(claim.payload.replace(b'"kind":"event"', b'"kind":"weather"'))
    ledger.judge(unknown, ROOT.alg)
    ledger.apply(unknown)
    claim = ledger.sign(ROOT, "event", {}, [LEDGER])
    with refused("not_allowed"):
        ledger.judge(read_claim(claim.payload.replace(b'"event"', b'"weather"')), ROOT.alg)


# The fold.


def test_judging_changes_nothing(ledger: Founding) -> None:
    before = vars(ledger.registry.copy())
    body = {"actor": actor_of("mill"), "name": "x", "roles": []}
    ledger.judge(ledger.sign(ROOT, "actor.admit", body, [actor_of("mill")]), ROOT.alg)
    assert vars(ledger.registry) == before


def test_a_copy_goes_its_own_way(ledger: Founding) -> None:
    kept = ledger.registry
    ledger.registry = kept.copy()
    mill = ledger.member("mill")
    assert mill.key_id in ledger.registry.keys
    assert mill.key_id not in kept.keys
    assert kept.origin == ledger.registry.origin == ORIGIN
