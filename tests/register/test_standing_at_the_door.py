"""Whose statements come in: keys unknown, retired, suspended; anchors, approvals, openings."""

from ledger.canonical import JsonObject
from ledger.errors import StandingError
from ledger.herbs.identifiers import new_code, site_uri
from ledger.register.door import Parcel
from ledger.statements.statement import Anchor, parse_claim
from tests.chain import Chain, clock_text, one
from tests.parcels import codes, harvest, newcomer, receipts, refusal, stored
from tests.season import grow


def retire(chain: Chain, who: str, by: str = "root") -> Parcel:
    """Sign the end of somebody's key."""
    kid = chain.pens[who].key.key_id
    return chain.write(by, "key.retire", {"kid": kid, "reason": "lost"}, [f"urn:daodi:key:{kid}"])


def judge(chain: Chain, kind: str, who: str) -> Parcel:
    """Sign the suspension or restoration of an actor."""
    actor = chain.actors[who]
    return chain.write("root", kind, {"actor": actor, "reason": "inspection"}, [actor])


def test_a_key_that_nobody_enrolled_is_refused(chain: Chain) -> None:
    newcomer(chain, "stranger", "processor")
    refused = refusal(chain.send(stored(chain, "stranger"))[0])
    assert isinstance(refused, StandingError)
    assert (refused.code, refused.status) == ("unknown_key", 403)


def test_a_retired_key_signs_nothing_more_and_what_it_signed_stays(chain: Chain) -> None:
    before = stored(chain)
    first = one(chain.send(before))
    one(chain.send(retire(chain, "mill")))
    assert codes(chain.send(stored(chain))) == ["key_retired"]
    assert one(chain.send(before)).leaf == first.leaf


def test_a_key_retires_itself_with_its_last_statement(chain: Chain) -> None:
    parcels = [stored(chain), retire(chain, "mill", by="mill"), stored(chain)]
    assert codes(chain.send(*parcels)) == ["", "", "key_retired"]


def test_a_suspended_actor_waits_until_it_is_restored(chain: Chain) -> None:
    one(chain.send(judge(chain, "actor.suspend", "mill")))
    waiting = stored(chain)
    assert codes(chain.send(waiting)) == ["actor_suspended"]
    one(chain.send(judge(chain, "actor.restore", "mill")))
    assert codes(chain.send(waiting)) == [""]


def test_only_a_registrar_admits_and_an_enrolled_registrar_is_one(chain: Chain) -> None:
    body: JsonObject = {"actor": "urn:daodi:actor:x", "name": "x", "roles": []}
    admission = chain.write("mill", "actor.admit", body, ["urn:daodi:actor:x"])
    assert codes(chain.send(admission)) == ["not_registrar"]
    county = newcomer(chain, "county", "registrar")
    by_county = chain.write("county", "actor.admit", body, ["urn:daodi:actor:x"])
    assert codes(chain.send(county.admission, county.enrolment, by_county)) == ["", "", ""]


def anchored(chain: Chain, anchor: Anchor) -> Parcel:
    """An event of the mill's, signed by a device that had seen a checkpoint."""
    mill = chain.pens["mill"]
    body = parse_claim(stored(chain, "nursery").envelope.payload).body
    _, envelope, _ = mill.write(
        "event", body, signed_at=clock_text(chain.now_ms), subjects=[chain.lot()], anchor=anchor
    )
    return Parcel(envelope=envelope)


def test_an_anchor_of_the_newest_checkpoint_is_taken(chain: Chain) -> None:
    size = chain.replica.size
    sent = anchored(chain, Anchor(size=size, root=chain.replica.tree.root(size)))
    assert codes(chain.send(sent)) == [""]


def test_an_anchor_beyond_its_own_leaf_is_refused(chain: Chain) -> None:
    sent = anchored(chain, Anchor(size=chain.replica.size + 1, root=bytes(32)))
    refused = refusal(chain.send(sent)[0])
    assert (refused.code, refused.status) == ("bad_anchor", 400)


def site_of_the_mill(chain: Chain) -> tuple[str, str, Parcel]:
    """A statement on a chain of its own, with its id: the mill registers a site."""
    site = site_uri(chain.origin, new_code(chain.chance()))
    body: JsonObject = {"site": site, "kind": "mill", "county": "410825", "area_m2": 900}
    sent = chain.write("mill", "site.register", body, [site])
    return site, chain.pens["mill"].prev or "", sent


def test_a_second_person_approves_what_is_in_the_log(chain: Chain) -> None:
    site, identity, said = site_of_the_mill(chain)
    one(chain.send(said))
    approval = chain.write("quality", "approve", {"statement": identity}, [site])
    assert codes(chain.send(approval)) == [""]


def test_an_approval_may_come_in_the_batch_of_what_it_approves(chain: Chain) -> None:
    site, identity, said = site_of_the_mill(chain)
    approval = chain.write("quality", "approve", {"statement": identity}, [site])
    assert codes(chain.send(said, approval)) == ["", ""]


def test_nobody_approves_what_has_not_arrived_nor_what_is_own(chain: Chain) -> None:
    site, identity, said = site_of_the_mill(chain)
    early = chain.write("quality", "approve", {"statement": identity}, [site])
    assert codes(chain.send(early)) == ["unknown_statement"]
    own = chain.write("mill", "approve", {"statement": identity}, [site])
    assert codes(chain.send(said, own, early)) == ["", "not_allowed", ""]


def test_openings_come_with_their_statement_and_go_without_it(chain: Chain) -> None:
    season = grow(chain)
    with chain.store.reading() as reading:
        (harvest,) = reading.entries_at([reading.chains([season.fresh])[season.fresh][0]])
        (kept,) = reading.openings([str(harvest.statement_id)])
    assert kept.name == "pickers"
    assert kept.value == ["李四"]


def test_an_opening_of_another_value_refuses_its_statement_and_no_other(chain: Chain) -> None:
    sent = harvest(chain)
    assert isinstance(sent.openings[0], dict)
    false = Parcel(envelope=sent.envelope, openings=({**sent.openings[0], "value": ["王五"]},))
    other = stored(chain)
    assert codes(chain.send(false, other)) == ["bad_opening", ""]
    with chain.store.reading() as reading:
        assert reading.openings([chain.pens["cooperative"].prev or ""]) == []
    assert codes(chain.send(sent)) == [""]


def test_one_value_is_not_opened_twice(chain: Chain) -> None:
    sent = harvest(chain)
    twice = Parcel(envelope=sent.envelope, openings=sent.openings * 2)
    assert codes(chain.send(twice)) == ["bad_opening"]


def test_an_erased_value_does_not_come_back_with_a_resent_statement(chain: Chain) -> None:
    sent = harvest(chain)
    identity = one(chain.send(sent)).leaf.statement_id.hex()
    with chain.store.writing() as writing:
        writing.connection.exec_driver_sql("DELETE FROM opening")
    assert receipts(chain.send(sent))[0].again
    with chain.store.reading() as reading:
        assert reading.openings([identity]) == []
