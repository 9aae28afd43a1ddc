"""Where a thing came from: shares by county, and what its release rests on. Arithmetic only."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from ledger.rules.season import passed_on
from ledger.seam import Edge

UNKNOWN_COUNTY = ""


def county_shares(
    asked: str, edges: Sequence[Edge], county_of: Callable[[str], str | None]
) -> dict[str, Fraction]:
    """Share of each county in `asked`, by the grams that went into each making.

    `county_of` gives the county of a site, None for other things. A crop stands where its plot
    is; a thing with no recorded origin counts as unknown. Shares add up to one.
    """
    parents: dict[str, list[Edge]] = {}
    for edge in edges:
        parents.setdefault(edge.child, []).append(edge)
    known: dict[str, dict[str, Fraction]] = {}
    return _shares(asked, parents, county_of, known, frozenset())


def released_as(asked: str, edges: Sequence[Edge], kind_of: Mapping[str, str]) -> list[str]:
    """The asked thing and those that it was only packed or split from, nearest first.

    `kind_of` gives the kind of each thing's making.
    """

    def parents_of(thing: str) -> list[str]:
        return [edge.parent for edge in edges if edge.child == thing]

    return passed_on(asked, kind_of.get, parents_of)


def _shares(
    uri: str,
    parents: Mapping[str, list[Edge]],
    county_of: Callable[[str], str | None],
    known: dict[str, dict[str, Fraction]],
    above: frozenset[str],
) -> dict[str, Fraction]:
    if uri in known:
        return known[uri]
    county = county_of(uri)
    edges = [edge for edge in parents.get(uri, []) if edge.parent not in above]
    plots = [found for edge in edges if (found := county_of(edge.parent)) is not None]
    if county is not None:
        shares = {county: Fraction(1)}
    elif plots:
        shares = {plots[0]: Fraction(1)}
    elif not edges:
        shares = {UNKNOWN_COUNTY: Fraction(1)}
    else:
        shares = {}
        masses = [edge.mass_g for edge in edges]
        # Without a weight for each part, the parts count alike.
        weights = (
            [m or 0 for m in masses] if any(masses) and None not in masses else [1] * len(edges)
        )
        for edge, weight in zip(edges, weights, strict=True):
            part = Fraction(weight, sum(weights))
            for name, share in _shares(
                edge.parent, parents, county_of, known, above | {uri}
            ).items():
                shares[name] = shares.get(name, Fraction(0)) + part * share
    known[uri] = shares
    return shares
