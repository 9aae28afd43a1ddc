"""Standing: who may sign what, where and when: section 6, and check 5 of section 7."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pytest

from ledger.errors import FormError, StandingError
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import PrivateKey
from ledger.statements.standing import Registry
from ledger.statements.statement import Claim, draft, read_claim
from tests.statements.founding import (
    LEDGER,
    NOON,
    ORIGIN,
    Founding,
    a_key,
    a_log_key,
    actor_of,
    chain_of,
    named,
)

LOT, CROP, SITE = "https://h.example/lot/1", "https://h.example/crop/1", "https://h.example/site/1"
ROOT, NEXT_ROOT = a_key("root"), a_key("next root", "ES256")


@pytest.fixture
def ledger() -> Founding:
    return Founding().found()


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises((StandingError, FormError)) as found:
        yield
    assert found.value.code == code, found.value


def making(lot: str, *inputs: str) -> dict[str, object]:
    return {"outputs": [lot], "inputs": inputs}


# The genesis.


def test_a_log_begins_with_the_genesis_of_its_root():
    registry = Founding().found().registry
    assert (registry.origin, registry.map_depth) == (ORIGIN, 20)
    assert registry.root == ROOT.key_id
    assert registry.log_keys == (a_log_key("log"),)
    assert registry.find_key(ROOT.key_id) == ROOT.public
    assert registry.is_registrar(ROOT.key_id)
    assert registry.roots[ROOT.key_id].from_index == 0
    assert not registry.keys


def test_nothing_comes_before_the_genesis():
    log = Founding()
    with refused("not_allowed"):
        log.event(ROOT, LOT)


def test_the_genesis_is_leaf_0_and_no_other():
    late = Founding()
    late.index = 1
    with refused("not_allowed"):
        late.found()


def test_there_is_one_genesis(ledger):
    with refused("not_allowed"):
        ledger.add(ROOT, "genesis", ledger.genesis_body(), [LEDGER])
    ledger.index = 0
    with refused("not_allowed"):
        ledger.add(ROOT, "genesis", ledger.genesis_body(), [LEDGER])


def test_a_pinned_root_is_the_only_one_that_may_begin():
    Founding(pinned_root=ROOT.key_id).found()
    with refused("not_allowed"):
        Founding(pinned_root="ab" * 32).found()


def test_the_genesis_is_signed_by_the_root_that_it_names():
    log = Founding()
    with refused("not_allowed"):
        log.add(a_key("stranger"), "genesis", log.genesis_body(), [LEDGER])
    claim = log.sign(ROOT, "genesis", log.genesis_body(), [LEDGER])
    with refused("not_allowed"):
        log.judge(claim, "ES256")


def test_the_genesis_names_the_ledger_that_it_is_written_for():
    log = Founding()
    with refused("wrong_ledger"):
        log.add(ROOT, "genesis", log.genesis_body(), [LEDGER], ledger="other.example/herbs")


def test_the_genesis_stands_on_the_ledgers_chain_alone():
    log = Founding()
    with refused("bad_body"):
        log.add(ROOT, "genesis", log.genesis_body(), [LEDGER, LOT])


def test_a_malformed_genesis_founds_nothing():
    log = Founding()
    with refused("bad_body"):
        log.add(ROOT, "genesis", log.genesis_body(origin=7), [LEDGER])
    assert log.registry.origin is None


def test_a_statement_for_another_ledger_is_refused(ledger):
    with refused("wrong_ledger"):
        ledger.add(ROOT, "event", {}, [LOT], ledger="other.example/herbs")


# Log keys.


def test_the_root_rotates_log_keys(ledger):
    ledger.rotate_log_keys(add=[a_log_key("new")], remove=[a_log_key("log")])
    assert ledger.registry.log_keys == (a_log_key("new"),)
    ledger.rotate_log_keys(add=[a_log_key("more")])
    assert ledger.registry.log_keys == (a_log_key("new"), a_log_key("more"))


def test_a_registrar_does_not_rotate_log_keys(ledger):
    registrar = ledger.member("county", roles=["registrar"])
    with refused("not_allowed"):
        ledger.rotate_log_keys(add=[a_log_key("new")], by=registrar)


def test_a_log_key_that_is_not_in_force_is_not_removed(ledger):
    with refused("not_allowed"):
        ledger.rotate_log_keys(remove=[a_log_key("other")])


def test_a_log_key_in_force_is_not_added(ledger):
    with refused("already_registered"):
        ledger.rotate_log_keys(add=[a_log_key("log")])


def test_a_log_key_has_the_ledgers_name(ledger):
    with refused("bad_body"):
        ledger.rotate_log_keys(add=[a_log_key("new", "other.example/herbs")])


def test_the_last_log_key_stays(ledger):
    with refused("not_allowed"):
        ledger.rotate_log_keys(remove=[a_log_key("log")])


# Roots.


def test_the_next_root_takes_over_and_the_old_one_signs_nothing_more(ledger):
    ledger.rotate(NEXT_ROOT)
    assert ledger.registry.root == NEXT_ROOT.key_id
    assert ledger.registry.roots[ROOT.key_id].until_index == 1
    assert ledger.registry.find_key(ROOT.key_id) == ROOT.public
    ledger.admit("mill", by=NEXT_ROOT)
    with refused("key_retired"):
        ledger.event(ROOT, LOT)
    with refused("key_retired"):
        ledger.admit("shop", by=ROOT)


def test_only_the_root_names_the_next(ledger):
    registrar = ledger.member("county", roles=["registrar"])
    with refused("not_allowed"):
        ledger.rotate(NEXT_ROOT, by=registrar)


def test_the_next_root_was_never_root_before(ledger):
    with refused("not_allowed"):
        ledger.rotate(ROOT)
    ledger.rotate(NEXT_ROOT)
    with refused("not_allowed"):
        ledger.rotate(ROOT, by=NEXT_ROOT)


def test_the_next_root_was_never_enrolled(ledger):
    key = ledger.member("mill")
    with refused("not_allowed"):
        ledger.rotate(key)


def test_a_root_is_never_enrolled(ledger):
    ledger.admit("mill")
    with refused("not_allowed"):
        ledger.enrol(ROOT, "mill")
    ledger.rotate(NEXT_ROOT)
    with refused("not_allowed"):
        ledger.enrol(ROOT, "mill", by=NEXT_ROOT)


def test_a_root_is_rotated_never_retired(ledger):
    with refused("not_allowed"):
        ledger.retire(ROOT, by=ROOT)
    registrar = ledger.member("county", roles=["registrar"])
    with refused("not_allowed"):
        ledger.retire(ROOT, by=registrar)


def test_a_roots_chain_may_hold_suspicions_of_which_the_earliest_counts(ledger):
    registrar = ledger.member("county", roles=["registrar"])
    for from_seq in (5, 2, 9):
        ledger.suspect(ROOT, from_seq, by=registrar)
    assert ledger.registry.roots[ROOT.key_id].suspect_from == 2
    ledger.event(ROOT, LOT)


def test_the_root_needs_neither_enrolment_nor_actor(ledger):
    ledger.event(ROOT, LOT, things=making(LOT))


def test_a_root_signs_with_the_algorithm_that_it_was_named_with(ledger):
    claim = ledger.sign(ROOT, "event", {}, [LOT])
    with refused("not_allowed"):
        ledger.judge(claim, "ES256")


# Actors.


def test_an_actor_is_admitted_suspended_and_restored(ledger):
    key = ledger.member("mill")
    assert ledger.registry.actors[actor_of("mill")].admitted_index == 1
    ledger.event(key, LOT)
    ledger.judged("actor.suspend", "mill")
    assert ledger.registry.actors[actor_of("mill")].suspended
    with refused("actor_suspended"):
        ledger.event(key, LOT)
    ledger.judged("actor.restore", "mill")
    ledger.event(key, LOT)


def test_an_admission_begins_its_chain(ledger):
    ledger.admit("mill")
    with refused("already_registered"):
        ledger.admit("mill")


def test_who_was_not_admitted_is_not_suspended(ledger):
    with refused("unknown_actor"):
        ledger.judged("actor.suspend", "mill")
    with refused("unknown_actor"):
        ledger.judged("actor.restore", "mill")


@pytest.mark.parametrize("act", ["admit", "suspend", "enrol", "retire", "suspect"])
def test_a_cooperative_is_no_registrar(ledger, act):
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


def test_a_registrar_enrolled_by_a_registrar_enrols_in_turn(ledger):
    county = ledger.member("county", roles=["registrar"])
    town = ledger.member("town", roles=["registrar", "clerk"], by=county)
    mill = ledger.member("mill", by=town)
    record = ledger.registry.keys[mill.key_id]
    assert ledger.registry.is_registrar(town.key_id)
    assert not ledger.registry.is_registrar(mill.key_id)
    assert not ledger.registry.is_registrar("ab" * 32)
    assert (record.actor, record.roles, record.registrar) == (
        actor_of("mill"),
        ("cooperative",),
        False,
    )
    assert ledger.registry.find_key(mill.key_id) == mill.public


def test_what_a_registrar_did_outlasts_the_registrar(ledger):
    county = ledger.member("county", roles=["registrar"])
    mill = ledger.member("mill", by=county)
    ledger.retire(county, by=ROOT)
    ledger.event(mill, LOT)
    with refused("key_retired"):
        ledger.member("shop", by=county)


def test_a_key_that_nobody_enrolled_signs_nothing(ledger):
    ledger.admit("mill")
    with refused("unknown_key"):
        ledger.event(a_key("mill"), LOT)


def test_a_key_may_be_enrolled_before_its_actor_is_admitted_but_signs_only_after(ledger):
    # Evidence shows the actor of a key that signed; of any other key it cannot be asked.
    key = a_key("mill")
    ledger.enrol(key, "mill")
    with refused("unknown_actor"):
        ledger.event(key, LOT)
    ledger.admit("mill")
    ledger.event(key, LOT)


def test_an_enrolment_begins_its_chain_and_there_is_no_second(ledger):
    ledger.member("mill")
    with refused("already_registered"):
        ledger.enrol(a_key("mill"), "mill")


def test_the_bytes_of_an_enrolled_key_are_safe_and_of_its_algorithm(ledger):
    ledger.admit("mill")
    mixed = {**named(a_key("mill")), "alg": "ES256"}
    with refused("bad_key"):
        ledger.enrol(a_key("mill"), "mill", **mixed)


def test_an_unknown_algorithm_is_refused_last_and_a_verifier_may_go_on(ledger):
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


def test_a_key_that_judge_never_saw_does_not_enter_the_roll(ledger):
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


def test_a_key_signs_with_the_algorithm_of_its_enrolment(ledger):
    key = ledger.member("mill")
    claim = ledger.sign(key, "event", {}, [LOT])
    with refused("not_allowed"):
        ledger.judge(claim, "ES256")


def test_a_retired_key_signs_nothing_more_and_what_it_signed_stays(ledger):
    key = ledger.member("mill")
    ledger.event(key, LOT)
    ledger.retire(key, by=ROOT)
    assert ledger.registry.keys[key.key_id].retired_index == 4
    assert ledger.registry.find_key(key.key_id) == key.public
    with refused("key_retired"):
        ledger.event(key, LOT)


def test_a_key_retires_itself_with_its_last_statement(ledger):
    key = ledger.member("mill")
    ledger.retire(key, by=key)
    with refused("key_retired"):
        ledger.event(key, LOT)


def test_a_second_retirement_changes_nothing(ledger):
    key = ledger.member("mill")
    ledger.retire(key, by=ROOT)
    ledger.retire(key, by=ROOT)
    assert ledger.registry.keys[key.key_id].retired_index == 3


def test_a_key_that_nobody_enrolled_is_neither_retired_nor_suspected(ledger):
    with refused("unknown_key"):
        ledger.retire(a_key("mill"), by=ROOT)
    with refused("unknown_key"):
        ledger.suspect(a_key("mill"), 0, by=ROOT)


def test_a_suspected_key_is_marked_and_never_removed(ledger):
    key = ledger.member("mill")
    ledger.suspect(key, 4, by=ROOT)
    ledger.suspect(key, 6, by=ROOT)
    assert ledger.registry.keys[key.key_id].suspect_from == 4
    ledger.event(key, LOT)


# Sites.


def test_an_actor_registers_its_site_and_amends_it(ledger):
    key = ledger.member("mill")
    ledger.site("site.register", SITE, by=key, county="410823")
    colleague = a_key("colleague")
    ledger.enrol(colleague, "mill")
    ledger.site("site.amend", SITE, by=colleague, area_m2=700)
    site = ledger.registry.sites[SITE]
    assert (site.actor, site.key_id, site.index) == (actor_of("mill"), key.key_id, 3)
    assert (site.area_m2, site.county, site.amended_index) == (700, "", 5)
    assert site.body["area_m2"] == 700


def test_a_registrar_registers_and_amends_any_site(ledger):
    county, mill = ledger.member("county", roles=["registrar"]), ledger.member("mill")
    ledger.site("site.register", SITE, by=ROOT)
    assert ledger.registry.sites[SITE].actor is None
    ledger.site("site.amend", SITE, by=county)
    ledger.site("site.amend", SITE, by=ROOT)
    with refused("not_allowed"):
        ledger.site("site.amend", SITE, by=mill)


def test_a_neighbour_does_not_amend(ledger):
    ledger.site("site.register", SITE, by=ledger.member("mill"))
    with refused("not_allowed"):
        ledger.site("site.amend", SITE, by=ledger.member("shop"))


def test_a_registration_begins_its_chain(ledger):
    key = ledger.member("mill")
    ledger.site("site.register", SITE, by=key)
    with refused("already_registered"):
        ledger.site("site.register", SITE, by=ROOT)


def test_a_site_that_is_not_registered_is_not_amended(ledger):
    with refused("not_allowed"):
        ledger.site("site.amend", SITE, by=ROOT)


# Approvals.


def test_another_holder_approves_on_the_own_chains_of_what_is_approved(ledger):
    mill, laboratory = ledger.member("mill"), ledger.member("laboratory")
    made = ledger.event(mill, LOT, CROP + "#out", things=making(LOT, CROP))
    approval = ledger.approve(laboratory, made)
    assert approval.subjects == (LOT,)
    ledger.approve(mill, approval)


def test_two_keys_of_one_person_are_one_holder(ledger):
    mill = ledger.member("mill", holder="zhang")
    second = ledger.member("shop", holder="zhang")
    made = ledger.event(mill, LOT, things=making(LOT))
    for key in (mill, second):
        with refused("not_allowed"):
            ledger.approve(key, made)


def test_a_colleague_of_the_same_actor_is_another_holder(ledger):
    mill = ledger.member("mill")
    colleague = a_key("colleague")
    ledger.enrol(colleague, "mill")
    ledger.approve(colleague, ledger.event(mill, LOT))


def test_a_statement_of_the_root_counts_as_another_holders(ledger):
    mill = ledger.member("mill")
    ledger.approve(mill, ledger.event(ROOT, LOT))
    ledger.approve(mill, ledger.claims[next(iter(ledger.claims))])


def test_the_root_does_not_approve(ledger):
    made = ledger.event(ledger.member("mill"), LOT)
    with refused("not_allowed"):
        ledger.approve(ROOT, made)


def test_an_approval_stands_exactly_on_those_chains(ledger):
    mill, laboratory = ledger.member("mill"), ledger.member("laboratory")
    made = ledger.event(mill, LOT, CROP + "#out", things=making(LOT, CROP))
    for subjects in ([LOT, CROP + "#out"], [CROP], [LOT, CROP]):
        with refused("bad_body"):
            ledger.approve(laboratory, made, *subjects)


def test_a_statement_on_out_chains_alone_cannot_be_approved(ledger):
    mill, laboratory = ledger.member("mill"), ledger.member("laboratory")
    sold = ledger.event(mill, LOT + "#out")
    with refused("not_allowed"):
        ledger.approve(laboratory, sold, LOT)


def test_what_is_not_in_the_log_cannot_be_approved(ledger):
    mill, laboratory = ledger.member("mill"), ledger.member("laboratory")
    not_sent = ledger.sign(mill, "event", {}, [LOT])
    with refused("unknown_statement"):
        ledger.approve(laboratory, not_sent)


def approved_early(ledger: Founding, author: PrivateKey) -> Claim:
    """Approve, in a file of evidence, what lies further on in the log than its approval."""
    claim, _ = draft(
        ledger=ORIGIN,
        key=author,
        seq=0,
        prev=None,
        signed_at=NOON,
        kind="event",
        body={},
        subjects=[LOT],
    )
    ledger.claims[claim.statement_id] = claim
    return ledger.approve(ledger.member("laboratory", holder="zhang"), claim)


def test_in_evidence_an_approval_may_lie_before_what_it_approves(ledger):
    mill = ledger.member("mill")
    approved_early(ledger, mill)


def test_an_early_approval_is_judged_when_the_authors_holder_is_known(ledger):
    approved_early(ledger, a_key("mill"))
    ledger.admit("mill")
    with refused("not_allowed"):
        ledger.enrol(a_key("mill"), "mill", holder="zhang")
    ledger.enrol(a_key("mill"), "mill", holder="li")


def test_an_early_approval_of_the_next_root_is_another_holders(ledger):
    approved_early(ledger, NEXT_ROOT)
    ledger.rotate(NEXT_ROOT)


def test_applying_an_approval_whose_statement_is_not_at_hand_changes_nothing(ledger):
    mill, laboratory = ledger.member("mill"), ledger.member("laboratory")
    approval = ledger.approve(laboratory, ledger.event(mill, LOT))
    ledger.claims.clear()
    ledger.registry.apply(approval, index=ledger.index)


# Where kinds stand.


@pytest.mark.parametrize("who", ["root", "member"])
def test_no_event_squats_on_the_chain_of_a_ledger_key_or_actor(ledger, who):
    key = ROOT if who == "root" else ledger.member("mill")
    for uri in (LEDGER, chain_of(a_key("mill")), actor_of("mill"), actor_of("nobody")):
        with refused("not_allowed"):
            ledger.event(key, uri)
        with refused("not_allowed"):
            ledger.event(key, uri, things=making(uri))


def test_their_out_chains_are_free(ledger):
    for uri in (LEDGER, chain_of(ROOT), actor_of("mill")):
        ledger.event(ROOT, uri + "#out")


def test_no_actor_is_sown_or_consumed(ledger):
    actor = actor_of("mill")
    with refused("not_allowed"):
        ledger.event(ROOT, LOT, actor + "#out", things=making(LOT, actor))


@pytest.mark.parametrize("extra", [LOT, "urn:daodi:actor:mill", "x:a#out"])
def test_a_registry_statement_stands_on_no_other_chain(ledger, extra):
    key = a_key("mill")
    body = {"actor": actor_of("shop"), "name": "x", "roles": []}
    with refused("bad_body"):
        ledger.add(ROOT, "actor.admit", body, [actor_of("shop"), extra])
    body = {**named(key), "actor": actor_of("shop"), "roles": [], "holder": "x"}
    with refused("bad_body"):
        ledger.add(ROOT, "key.enrol", body, [chain_of(key), extra])


def test_an_enrolment_also_stands_on_its_actors_out_chain(ledger):
    key = a_key("mill")
    body = {**named(key), "actor": actor_of("shop"), "roles": [], "holder": "x"}
    with refused("bad_body"):
        ledger.add(ROOT, "key.enrol", body, [chain_of(key)])


def test_an_unknown_kind_is_judged_as_an_event_so_that_a_verifier_can_go_on(ledger):
    claim = ledger.sign(ROOT, "event", {}, [LOT])
    unknown = read_claim(claim.payload.replace(b'"kind":"event"', b'"kind":"weather"'))
    ledger.judge(unknown, ROOT.alg)
    ledger.apply(unknown)
    claim = ledger.sign(ROOT, "event", {}, [LEDGER])
    with refused("not_allowed"):
        ledger.judge(read_claim(claim.payload.replace(b'"event"', b'"weather"')), ROOT.alg)


# The fold.


def test_judging_changes_nothing(ledger):
    before = vars(ledger.registry.copy())
    body = {"actor": actor_of("mill"), "name": "x", "roles": []}
    ledger.judge(ledger.sign(ROOT, "actor.admit", body, [actor_of("mill")]), ROOT.alg)
    assert vars(ledger.registry) == before


def test_a_copy_goes_its_own_way(ledger):
    kept = ledger.registry
    ledger.registry = kept.copy()
    mill = ledger.member("mill")
    assert mill.key_id in ledger.registry.keys
    assert mill.key_id not in kept.keys
    assert kept.origin == ledger.registry.origin == ORIGIN


def test_a_verifier_that_sees_only_some_chains_judges_what_it_sees_alike(ledger):
    # All chains of the lot's maker are shown, and none of the shop, the site or their keys.
    mill = ledger.member("mill")
    shop = ledger.member("shop")
    ledger.site("site.register", SITE, by=shop)
    made = ledger.event(mill, LOT, SITE + "#out", things=making(LOT, SITE))
    ledger.event(shop, LOT + "#out")
    approval = ledger.approve(shop, made)
    shown = {LEDGER, LOT, chain_of(mill), actor_of("mill"), chain_of(shop), actor_of("shop")}
    registry = Registry(find_claim=ledger.claims.get, pinned_root=ROOT.key_id)
    counts: dict[str, int] = {}
    for index, claim in enumerate(ledger.claims.values()):
        seqs = {uri: counts.get(uri, 0) for uri in claim.subjects}
        counts.update({uri: seq + 1 for uri, seq in seqs.items()})
        if not shown.isdisjoint(claim.subjects):
            registry.judge(claim, index=index, alg="Ed25519", subject_seqs=seqs)
            registry.apply(claim, index=index)
    assert approval.statement_id in ledger.claims
    assert registry.keys == ledger.registry.keys
    assert not registry.sites


def test_a_next_root_with_unsafe_bytes_is_refused(ledger):
    spki = ROOT.spki[:12] + bytes(32)
    kid = sha256(spki).hexdigest()
    with refused("bad_key"):
        ledger.add(
            ROOT,
            "registrar.rotate",
            {"alg": "Ed25519", "kid": kid, "spki": encode_base64(spki)},
            [LEDGER],
        )
