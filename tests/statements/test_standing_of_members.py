"""Standing of actors, keys and sites: format v1 section 6."""

import pytest

from tests.statements.founding import (
    Founding,
    a_key,
    actor_of,
    chain_of,
    named,
    refused,
)

LOT, SITE = "https://h.example/lot/1", "https://h.example/site/1"
ROOT = a_key("root")


# Actors.


def test_an_actor_is_admitted_suspended_and_restored(ledger: Founding) -> None:
    key = ledger.member("mill")
    assert ledger.registry.actors[actor_of("mill")].admitted_index == 1
    ledger.event(key, LOT)
    ledger.judged("actor.suspend", "mill")
    assert ledger.registry.actors[actor_of("mill")].suspended
    with refused("actor_suspended"):
        ledger.event(key, LOT)
    ledger.judged("actor.restore", "mill")
    ledger.event(key, LOT)


def test_an_admission_begins_its_chain(ledger: Founding) -> None:
    ledger.admit("mill")
    with refused("already_registered"):
        ledger.admit("mill")


def test_who_was_not_admitted_is_not_suspended(ledger: Founding) -> None:
    with refused("unknown_actor"):
        ledger.judged("actor.suspend", "mill")
    with refused("unknown_actor"):
        ledger.judged("actor.restore", "mill")


@pytest.mark.parametrize("act", ["admit", "suspend", "enrol", "retire", "suspect"])
def test_a_cooperative_is_no_registrar(ledger: Founding, act: str) -> None:
    key, other = ledger.member("mill"), ledger.member("shop")
    with refused("not_registrar"):
        match act:
            case "admit":
                ledger.admit("friend", by=key)
            case "suspend":
                ledger.judged("actor.suspend", "shop", by=key)
            case "enrol":
                ledger.enrol(a_key("friend"), "mill", by=key)
            case "retire":
                ledger.retire(other, by=key)
            case "suspect":
                ledger.suspect(key, 0, by=key)


# Keys.


def test_a_registrar_enrolled_by_a_registrar_enrols_in_turn(ledger: Founding) -> None:
    county = ledger.member("county", roles=["registrar"])
    town = ledger.member("town", roles=["registrar", "clerk"], by=county)
    mill = ledger.member("mill", by=town)
    record = ledger.registry.keys[mill.key_id]
    assert ledger.registry.keys[town.key_id].registrar
    assert (record.actor, record.roles, record.registrar) == (
        actor_of("mill"),
        ("cooperative",),
        False,
    )
    assert ledger.registry.find_key(mill.key_id) == mill.public


def test_what_a_registrar_did_outlasts_the_registrar(ledger: Founding) -> None:
    county = ledger.member("county", roles=["registrar"])
    mill = ledger.member("mill", by=county)
    ledger.retire(county, by=ROOT)
    ledger.event(mill, LOT)
    with refused("key_retired"):
        ledger.member("shop", by=county)


def test_a_key_that_nobody_enrolled_signs_nothing(ledger: Founding) -> None:
    ledger.admit("mill")
    with refused("unknown_key"):
        ledger.event(a_key("mill"), LOT)


def test_a_key_may_be_enrolled_before_its_actor_is_admitted_but_signs_only_after(
    ledger: Founding,
) -> None:
    # Evidence shows the actor of a key that signed; of any other key it cannot be asked.
    key = a_key("mill")
    ledger.enrol(key, "mill")
    with refused("unknown_actor"):
        ledger.event(key, LOT)
    ledger.admit("mill")
    ledger.event(key, LOT)


def test_an_enrolment_begins_its_chain_and_there_is_no_second(ledger: Founding) -> None:
    ledger.member("mill")
    with refused("already_registered"):
        ledger.enrol(a_key("mill"), "mill")


def test_the_bytes_of_an_enrolled_key_are_safe_and_of_its_algorithm(ledger: Founding) -> None:
    ledger.admit("mill")
    mixed = {**named(a_key("mill")), "alg": "ES256"}
    with refused("bad_key"):
        ledger.enrol(a_key("mill"), "mill", **mixed)
    assert not ledger.registry.keys  # refused before anything is taken in


def test_an_unknown_algorithm_is_refused_last_and_a_verifier_may_go_on(ledger: Founding) -> None:
    key = a_key("mill")
    ledger.admit("mill")
    body = {
        **named(key),
        "alg": "SM2",
        "actor": actor_of("mill"),
        "roles": [],
        "holder": "x",
    }
    claim = ledger.sign(ROOT, "key.enrol", body, [chain_of(key), actor_of("mill") + "#out"])
    with refused("unknown_algorithm"):
        ledger.judge(claim, ROOT.alg)
    ledger.apply(claim)
    assert ledger.registry.keys[key.key_id].alg == "SM2"
    assert ledger.registry.find_key(key.key_id) is None
    ledger.judge(ledger.sign(key, "event", {}, [LOT]), "SM2")


def test_a_key_that_judge_never_saw_does_not_enter_the_roll(ledger: Founding) -> None:
    body = {
        **named(a_key("mill")),
        "alg": "ES256",
        "actor": actor_of("mill"),
        "roles": [],
        "holder": "x",
    }
    subjects = [chain_of(a_key("mill")), actor_of("mill") + "#out"]
    claim = ledger.sign(ROOT, "key.enrol", body, subjects)
    with refused("bad_key"):
        ledger.apply(claim)


def test_a_key_signs_with_the_algorithm_of_its_enrolment(ledger: Founding) -> None:
    key = ledger.member("mill")
    claim = ledger.sign(key, "event", {}, [LOT])
    with refused("not_allowed"):
        ledger.judge(claim, "ES256")


def test_a_retired_key_signs_nothing_more_and_what_it_signed_stays(ledger: Founding) -> None:
    key = ledger.member("mill")
    ledger.event(key, LOT)
    ledger.retire(key, by=ROOT)
    assert ledger.registry.keys[key.key_id].retired_index == 4
    assert ledger.registry.find_key(key.key_id) == key.public
    with refused("key_retired"):
        ledger.event(key, LOT)


def test_it_is_counted_whose_devices_record_and_of_no_registrar(ledger: Founding) -> None:
    mill, clerk = ledger.member("mill"), ledger.member("county", roles=["registrar"])
    assert ledger.registry.counted_actor(mill.key_id) == "urn:daodi:actor:mill"
    for key in (clerk, ledger.root, a_key("nobody")):
        assert ledger.registry.counted_actor(key.key_id) is None


def test_a_key_retires_itself_with_its_last_statement(ledger: Founding) -> None:
    key = ledger.member("mill")
    ledger.retire(key, by=key)
    with refused("key_retired"):
        ledger.event(key, LOT)


def test_a_second_retirement_changes_nothing(ledger: Founding) -> None:
    key = ledger.member("mill")
    ledger.retire(key, by=ROOT)
    ledger.retire(key, by=ROOT)
    assert ledger.registry.keys[key.key_id].retired_index == 3


def test_a_key_that_nobody_enrolled_is_neither_retired_nor_suspected(ledger: Founding) -> None:
    with refused("unknown_key"):
        ledger.retire(a_key("mill"), by=ROOT)
    with refused("unknown_key"):
        ledger.suspect(a_key("mill"), 0, by=ROOT)


def test_a_suspected_key_is_marked_and_never_removed(ledger: Founding) -> None:
    key = ledger.member("mill")
    ledger.suspect(key, 4, by=ROOT)
    ledger.suspect(key, 6, by=ROOT)
    assert ledger.registry.keys[key.key_id].suspect_from == 4
    ledger.event(key, LOT)


# Sites.


def test_an_actor_registers_its_site_and_amends_it(ledger: Founding) -> None:
    key = ledger.member("mill")
    ledger.site("site.register", SITE, by=key, county="410823")
    colleague = a_key("colleague")
    ledger.enrol(colleague, "mill")
    ledger.site("site.amend", SITE, by=colleague, area_m2=700)
    site = ledger.registry.sites[SITE]
    assert (site.actor, site.key_id, site.index) == (actor_of("mill"), key.key_id, 3)
    assert (site.area_m2, site.county, site.amended) == (700, "", (5,))
    assert site.body["area_m2"] == 700


def test_a_registrar_registers_and_amends_any_site(ledger: Founding) -> None:
    county, mill = ledger.member("county", roles=["registrar"]), ledger.member("mill")
    ledger.site("site.register", SITE, by=ROOT)
    assert ledger.registry.sites[SITE].actor is None
    ledger.site("site.amend", SITE, by=county)
    ledger.site("site.amend", SITE, by=ROOT)
    with refused("not_allowed"):
        ledger.site("site.amend", SITE, by=mill)


def test_a_neighbour_does_not_amend(ledger: Founding) -> None:
    ledger.site("site.register", SITE, by=ledger.member("mill"))
    with refused("not_allowed"):
        ledger.site("site.amend", SITE, by=ledger.member("shop"))


def test_a_registration_begins_its_chain(ledger: Founding) -> None:
    key = ledger.member("mill")
    ledger.site("site.register", SITE, by=key)
    with refused("already_registered"):
        ledger.site("site.register", SITE, by=ROOT)


def test_a_site_that_is_not_registered_is_not_amended(ledger: Founding) -> None:
    with refused("not_allowed"):
        ledger.site("site.amend", SITE, by=ROOT)
