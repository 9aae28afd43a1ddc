"""What a snapshot answers: entries, heads, chains, things and where they came from."""

from ledger.log.leaves import EventLeaf, StateLeaf, parse_leaf, subject_key
from ledger.seam import Edge, Thing
from ledger.statements.statement import parse_claim
from ledger.store.read import NAMES_MAX
from tests.chain import Chain, one
from tests.parcels import receipts, stored
from tests.season import dry, grow, store_in


def test_entries_come_in_order_and_only_those_asked_for(chain: Chain) -> None:
    with chain.store.reading() as reading:
        size = reading.size()
        assert [entry.index for entry in reading.entries(0, size)] == [*range(size)]
        assert [entry.index for entry in reading.entries(3, 6)] == [3, 4, 5]
        assert [entry.index for entry in reading.entries_at([7, 2, 7, size])] == [2, 7]
        assert list(reading.entries(size, size + 10)) == []
        assert reading.entries_at([]) == []


def test_a_snapshot_does_not_see_what_is_appended_meanwhile(chain: Chain) -> None:
    with chain.store.reading() as reading:
        before = reading.size()
        one(chain.send(stored(chain)))
        assert reading.size() == before
    with chain.store.reading() as reading:
        assert reading.size() == before + 2


def test_statements_are_found_by_id_also_many_at_once(chain: Chain) -> None:
    sent = receipts(chain.send(*[stored(chain) for _ in range(20)]))
    ids = [receipt.leaf.statement_id.hex() for receipt in sent]
    unknown = [f"{number:064x}" for number in range(NAMES_MAX)]
    with chain.store.reading() as reading:
        assert reading.index_of([*unknown, *ids]) == {
            receipt.leaf.statement_id.hex(): receipt.leaf.index for receipt in sent
        }
        assert reading.index_of([]) == {}


def test_the_first_head_that_covers_a_leaf_is_its_groups(chain: Chain) -> None:
    first, second = (one(chain.send(stored(chain))) for _ in range(2))
    with chain.store.reading() as reading:
        for receipt in (first, second):
            head = reading.signed_head(covering=receipt.leaf.index)
            assert head is not None
            assert head.note == receipt.checkpoint
        newest = reading.signed_head()
        assert newest is not None
        assert newest.note == second.checkpoint
        assert reading.signed_head(covering=newest.size) is None
        assert [head.size for head in reading.signed_heads()][-1] == newest.size


def test_chains_hold_the_leaves_that_their_links_tell(chain: Chain) -> None:
    season = grow(chain)
    asked = [season.fresh, f"{season.fresh}#out", chain.lot()]
    with chain.store.reading() as reading:
        chains = reading.chains(asked)
        entries = list(reading.entries(0, reading.size()))
    assert set(chains) == {season.fresh, f"{season.fresh}#out"}
    for uri, indices in chains.items():
        linked = [
            (link.subject_seq, leaf.index)
            for leaf in (parse_leaf(entry.leaf) for entry in entries)
            if isinstance(leaf, EventLeaf)
            for link in leaf.links
            if link.subject_key == subject_key(uri)
        ]
        assert [*enumerate(indices)] == linked


def test_a_thing_is_as_its_making_states_it(chain: Chain) -> None:
    season = grow(chain)
    with chain.store.reading() as reading:
        things = reading.things([season.fresh, season.plot, season.crop, chain.lot()])
    assert things[season.fresh] == Thing(
        uri=season.fresh,
        made_index=things[season.fresh].made_index,
        kind="lot",
        herb="huaidihuang",
        name="",
        mass_g=3_000_000,
    )
    assert (things[season.plot].kind, things[season.plot].mass_g) == ("site", None)
    assert (things[season.crop].kind, things[season.crop].mass_g) == ("crop", None)
    assert len(things) == 3


def test_a_thing_that_is_named_before_it_is_made_is_not_there_yet(chain: Chain) -> None:
    fresh, dried = chain.lot(), chain.lot()
    dry(chain, fresh, dried)
    with chain.store.reading() as reading:
        assert set(reading.things([fresh, dried])) == {dried}
        assert reading.ancestors(dried, limit=9).things == (fresh,)


def test_the_first_making_counts_and_a_later_one_changes_nothing(chain: Chain) -> None:
    season = grow(chain)
    with chain.store.reading() as reading:
        before = reading.things([season.dried]), reading.ancestors(season.dried, limit=50)
    dry(chain, chain.lot(), season.dried)
    with chain.store.reading() as reading:
        after = reading.things([season.dried]), reading.ancestors(season.dried, limit=50)
    assert after == before


def test_ancestors_and_descendants_are_walked_nearest_first(chain: Chain) -> None:
    season = grow(chain)
    with chain.store.reading() as reading:
        up = reading.ancestors(season.pack, limit=50)
        down = reading.descendants(season.seed, limit=50)
        made = reading.things([season.dried, season.pack])
    assert up.complete
    assert up.things[:3] == (season.dried, season.fresh, season.crop)
    assert set(up.things[3:]) == {season.seed, season.plot}
    assert down.things == (season.crop, season.fresh, season.dried, season.pack)
    assert up.edges[0] == Edge(
        parent=season.dried,
        child=season.pack,
        index=made[season.pack].made_index,
        mass_g=700_000,
    )


def test_a_walk_stops_at_its_limit_and_says_so(chain: Chain) -> None:
    season = grow(chain)
    with chain.store.reading() as reading:
        cut = reading.ancestors(season.pack, limit=2)
        whole = reading.ancestors(season.pack, limit=5)
        assert reading.descendants(season.seed, limit=1).complete is False
    assert (len(cut.edges), cut.complete) == (2, False)
    assert (len(whole.edges), whole.complete) == (5, True)


def test_a_circle_of_makings_ends(chain: Chain) -> None:
    first, second = chain.lot(), chain.lot()
    dry(chain, first, second)
    dry(chain, second, first)
    with chain.store.reading() as reading:
        assert set(reading.ancestors(first, limit=50).things) == {first, second}
        assert set(reading.descendants(first, limit=50).things) == {first, second}


def test_what_is_not_in_the_ledger_came_from_nothing(chain: Chain) -> None:
    with chain.store.reading() as reading:
        assert reading.ancestors(chain.lot(), limit=5).things == ()
        assert reading.chains([]) == {}


def test_an_input_is_shared_among_several_outputs_by_their_weight(chain: Chain) -> None:
    parent, large, small = chain.lot(), chain.lot(), chain.lot()
    sent = chain.event(
        "mill",
        "SPLIT",
        inputs=[(parent, 1_000)],
        outputs=[(large, 600), (small, 300)],
        parts=2,
    )
    receipts(chain.send(sent))
    with chain.store.reading() as reading:
        shares = {edge.child: edge.mass_g for edge in reading.descendants(parent, limit=9).edges}
    assert shares == {large: 666, small: 333}


def test_the_newest_things_and_statements_come_first(chain: Chain) -> None:
    season = grow(chain)
    with chain.store.reading() as reading:
        things = reading.recent_things(limit=2)
        entries = reading.recent_entries(limit=3)
    assert [thing.uri for thing in things] == [season.pack, season.dried]
    assert [entry.index for entry in entries] == sorted(
        (entry.index for entry in entries), reverse=True
    )
    assert not any(isinstance(parse_leaf(entry.leaf), StateLeaf) for entry in entries)
    assert entries[0].payload is not None
    assert parse_claim(entries[0].payload).subjects == (f"{season.pack}#out",)


def test_openings_are_found_by_their_statements(chain: Chain) -> None:
    season = grow(chain)
    store_in(chain, season.pack)
    with chain.store.reading() as reading:
        ids = [entry.statement_id or "" for entry in reading.entries(0, reading.size())]
        (opening,) = reading.openings(ids)
        assert opening.value == ["李四"]
        assert reading.openings(["00" * 32]) == []
