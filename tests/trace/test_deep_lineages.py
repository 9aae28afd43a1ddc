"""Histories a thousand things deep, and circles: shares are found, and cost no more than due."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ledger.seam import Edge
from ledger.trace.lineage import FINE, UNKNOWN_COUNTY, county_shares, shares_above
from ledger.trace.past import EDGES_MAX


def edge(parent: str, child: str, mass_g: int | None = 1) -> Edge:
    return Edge(parent=parent, child=child, index=0, mass_g=mass_g)


def in_county(thing: str) -> str | None:
    return thing if thing.startswith("c") else None


def test_a_chain_as_deep_as_a_trace_reads_has_its_origin() -> None:
    chain = [edge(f"l{depth + 1}", f"l{depth}") for depth in range(EDGES_MAX)]
    assert county_shares("l0", chain, in_county) == {UNKNOWN_COUNTY: 1}
    chain.append(edge("c1", f"l{EDGES_MAX}"))
    assert county_shares("l0", chain, in_county) == {"c1": 1}


def test_a_lot_that_was_blended_hundreds_of_times_has_shares_of_few_digits() -> None:
    edges = []
    for depth in range(EDGES_MAX // 3):
        weights = [10**12 + 2 * depth + 1, 10**12 + 7 * depth**2 + 3]
        edges += [
            edge(f"l{depth + 1}", f"l{depth}", weights[0]),
            edge(f"m{depth}", f"l{depth}", weights[1]),
            edge(f"c{depth % 90}", f"m{depth}"),
        ]
    shares = county_shares("l0", edges, in_county)
    assert sum(shares.values()) == 1
    assert max(share.denominator for share in shares.values()) <= FINE
    assert len(shares) == 90 + 1


def test_few_blends_are_as_exact_as_they_were_weighed() -> None:
    edges = [edge("a", "x", 1), edge("b", "x", 2), edge("c1", "a"), edge("c2", "b")]
    assert county_shares("x", edges, in_county) == {"c1": Fraction(1, 3), "c2": Fraction(2, 3)}


THINGS = st.sampled_from(["a", "b", "d", "e", "c1", "c2"])


@given(edges=st.lists(st.builds(edge, THINGS, THINGS, st.one_of(st.none(), st.integers(0, 9)))))
def test_circles_of_any_shape_end_and_shares_add_up_to_one(edges: list[Edge]) -> None:
    for thing, shares in shares_above("a", edges, in_county).items():
        assert sum(shares.values()) == 1, thing
        assert all(share >= 0 for share in shares.values())
