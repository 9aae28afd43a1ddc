"""Check 5: sites, approvals, reserved chains, and statements that cannot be read here."""

from collections.abc import Callable

import pytest

from ledger.canonical import JsonObject
from ledger.statements.envelope import statement_id
from tests.evidence.forge import LEDGER, Forge, signer
from tests.evidence.judges import CANNOT, HOLDS
from tests.evidence.people import (
    COOP,
    FARMER,
    LOT,
    MILL,
    MILLER,
    REFUSED,
    ROOT,
    SITE,
    a_ledger,
    a_season,
    judged,
)

# Sites


def test_a_site_is_its_actors_or_a_registrars_to_amend() -> None:
    body: JsonObject = {"site": SITE}
    for first, then, judgement in (
        (FARMER, FARMER, HOLDS),
        (FARMER, MILLER, REFUSED),
        (FARMER, ROOT, HOLDS),
        (ROOT, FARMER, REFUSED),
        (ROOT, ROOT, HOLDS),
    ):
        forge = a_season()
        forge.say(first, "site.register", body, [SITE])
        forge.say(then, "site.amend", body, [SITE])
        assert judged(forge, SITE) == judgement
    early = a_season()
    early.say(FARMER, "site.amend", body, [SITE])
    early.say(FARMER, "site.register", body, [SITE])
    assert judged(early, SITE) == REFUSED
    never = a_season()
    never.say(FARMER, "site.amend", body, [SITE])
    assert judged(never, SITE) == REFUSED
    tended = a_season()
    tended.say(MILLER, "event", {}, [SITE])
    tended.say(ROOT, "site.amend", body, [SITE])
    tended.say(FARMER, "site.register", {**body, "kind": 1, "area_m2": "x", "soil": 1}, [SITE])
    tended.say(MILLER, "site.register", body, [SITE])
    tended.say(FARMER, "site.amend", body, [SITE])
    assert judged(tended, SITE) == HOLDS  # a later registration is a conflict, no failure


@pytest.mark.parametrize("body", [{}, {"site": COOP}, {"site": LOT}, {"site": f"{SITE}#out"}])
def test_a_site_stands_on_its_own_chain(body: JsonObject) -> None:
    forge = a_season()
    forge.say(FARMER, "site.register", body, [SITE])
    assert judged(forge, SITE) == REFUSED


# Approvals


def test_another_holder_approves_on_the_own_chains_of_what_is_approved() -> None:
    forge = a_season()
    forge.make(FARMER, LOT)
    statement: JsonObject = {"statement": forge.said[5][0]}
    forge.say(MILLER, "approve", statement, [LOT])
    assert judged(forge) == HOLDS
    for who, subjects in ((FARMER, [LOT]), (ROOT, [LOT]), (MILLER, [LOT, SITE])):
        wrong = a_season()
        wrong.make(FARMER, LOT)
        assert wrong.said[5][0] == forge.said[5][0] or wrong.said[5][0]
        wrong.say(who, "approve", {"statement": wrong.said[5][0]}, subjects)
        assert judged(wrong) == REFUSED


def test_two_keys_of_one_holder_do_not_approve_each_other() -> None:
    forge = a_ledger()
    for actor, key in ((COOP, FARMER), (MILL, MILLER)):
        forge.admit(actor)
        forge.enrol(key, actor, holder="one person")
    forge.make(FARMER, LOT)
    forge.say(MILLER, "approve", {"statement": forge.said[5][0]}, [LOT])
    assert judged(forge) == REFUSED


def test_a_statement_of_the_root_counts_as_another_holders() -> None:
    forge = a_season()
    forge.make(ROOT, LOT)
    forge.say(MILLER, "approve", {"statement": forge.said[5][0]}, [LOT])
    assert judged(forge) == HOLDS


def test_what_is_not_shown_may_be_approved_but_nothing_on_out() -> None:
    forge = a_season()
    forge.make(FARMER, LOT)
    forge.say(MILLER, "approve", {"statement": "ab" * 32}, [LOT])
    assert judged(forge) == HOLDS
    forge.say(MILLER, "approve", {"statement": "ab" * 32}, [LOT, f"{LOT}#out"])
    assert judged(forge) == REFUSED
    sold = a_season()
    sold.make(FARMER, LOT)
    sale = sold.draft(FARMER, "event", {}, [f"{LOT}#out"])
    sold.say(MILLER, "approve", {"statement": statement_id(sale.encode())}, [LOT])
    assert judged(sold) == HOLDS


def test_an_approval_may_lie_before_what_it_approves() -> None:
    for holder, judgement in (("another", HOLDS), ("one person", REFUSED)):
        forge = a_ledger()
        for actor, key, held_by in ((COOP, FARMER, "one person"), (MILL, MILLER, holder)):
            forge.admit(actor)
            forge.enrol(key, actor, holder=held_by)
        text = forge.draft(FARMER, "event", {}, [LOT], outputs=[LOT])
        forge.say(MILLER, "approve", {"statement": statement_id(text.encode())}, [LOT])
        forge.say(FARMER, "event", {}, [LOT], payload=text, outputs=[LOT])
        assert judged(forge) == judgement


# Places, and what cannot be read


@pytest.mark.parametrize("uri", [LEDGER, COOP, FARMER.uri])
def test_no_event_squats_on_a_chain_of_section_6(uri: str) -> None:
    forge = a_season()
    forge.make(FARMER, LOT)
    forge.say(FARMER, "event", {}, sorted([LOT, uri]))
    assert judged(forge) == REFUSED
    free = a_season()
    free.make(FARMER, LOT)
    free.say(FARMER, "event", {}, sorted([LOT, f"{uri}#out"]))
    assert judged(free) == HOLDS
    unknown = a_season()
    unknown.make(FARMER, LOT)
    unknown.say(FARMER, "bless", {}, sorted([LOT, uri]))
    assert judged(unknown) == REFUSED


def test_a_registry_statement_stands_on_no_other_chain() -> None:
    forge = a_season()
    forge.make(FARMER, LOT)
    body: JsonObject = {"kid": FARMER.kid, "from_seq": -1, "reason": "x"}
    forge.say(ROOT, "key.suspect", body, [FARMER.uri])
    assert judged(forge) == REFUSED
    more = a_season()
    more.make(FARMER, LOT)
    more.say(ROOT, "key.suspect", {**body, "from_seq": 0}, sorted([FARMER.uri, LOT]))
    assert judged(more) == REFUSED


NEW = signer()


def enrol_nobody(forge: Forge) -> None:
    forge.make(NEW, LOT)


def suspend(forge: Forge) -> None:
    forge.say(ROOT, "actor.suspend", {"actor": COOP, "reason": "x"}, [COOP])
    forge.make(FARMER, LOT)


def usurp(forge: Forge) -> None:
    forge.say(FARMER, "log.key.rotate", {"add": [], "remove": []}, [LEDGER])
    forge.make(FARMER, LOT)


def remove_the_log_key(forge: Forge) -> None:
    forge.say(ROOT, "log.key.rotate", {"add": [], "remove": [forge.vkey]}, [LEDGER])
    forge.make(FARMER, LOT)


def amend_unregistered(forge: Forge) -> None:
    forge.say(MILLER, "site.amend", {"site": SITE}, [SITE])
    forge.say(FARMER, "site.register", {"site": SITE}, [SITE])
    forge.make(FARMER, LOT, [SITE])


def amend_of_the_unenrolled(forge: Forge) -> None:
    forge.say(NEW, "site.register", {"site": SITE}, [SITE])
    forge.say(FARMER, "site.amend", {"site": SITE}, [SITE])
    forge.make(FARMER, LOT, [SITE])


def approve_unenrolled(forge: Forge) -> None:
    forge.make(FARMER, LOT)
    forge.say(NEW, "approve", {"statement": "ab" * 32}, [LOT])


def admit_unentitled(forge: Forge) -> None:
    forge.admit("urn:daodi:actor:new", by=MILLER)
    forge.enrol(NEW, "urn:daodi:actor:new")
    forge.make(NEW, LOT)


def make_nothing(forge: Forge) -> None:
    forge.say(FARMER, "event", {}, [LOT])


@pytest.mark.parametrize(
    ("act", "chain"),
    [
        (enrol_nobody, NEW.uri),
        (enrol_nobody, LEDGER),
        (suspend, COOP),
        (usurp, LEDGER),
        (usurp, FARMER.uri),
        (remove_the_log_key, LEDGER),
        (amend_unregistered, SITE),
        (amend_unregistered, MILLER.uri),
        (amend_of_the_unenrolled, NEW.uri),
        (approve_unenrolled, NEW.uri),
        (admit_unentitled, MILLER.uri),
        (make_nothing, LOT),
    ],
)
def test_nothing_is_found_that_an_unreadable_statement_could_overturn(
    act: Callable[[Forge], None], chain: str
) -> None:
    plain = a_season()
    act(plain)
    assert judged(plain)[0] == "does_not_hold"
    unsure = a_season()
    unsure.say(ROOT, "event", {}, [chain], v=2)
    act(unsure)
    assert judged(unsure) == CANNOT


def test_the_first_readable_statement_of_an_unsure_chain_begins_it() -> None:
    forge = a_ledger()
    new = signer()
    forge.say(ROOT, "event", {}, [COOP], v=2)
    forge.admit(COOP)
    forge.enrol(FARMER, COOP)
    forge.say(ROOT, "event", {}, [new.uri], v=2)
    forge.make(FARMER, LOT)
    forge.say(new, "event", {}, [LOT])
    assert judged(forge) == CANNOT
    forge.admit(COOP)
    assert judged(forge) == REFUSED
