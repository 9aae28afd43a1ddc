"""Where a thing came from: shares by county, and what its release rests on. Arithmetic only."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from ledger.rules.history.history import passed_on
from ledger.seam import Edge

UNKNOWN_COUNTY = ""
FINE = 10**18  # parts of one: a share of a microgram in a thousand tonnes


def county_shares(
    asked: str, edges: Sequence[Edge], county_of: Callable[[str], str | None]
) -> dict[str, Fraction]:
    """Share of each county in `asked`, by the grams that went into each making.

    `county_of` gives the county of a site, None for other things. A crop stands where its plot
    is; a thing with no recorded origin counts as unknown. Shares add up to one.
    """
    return shares_above(asked, edges, county_of)[asked]


def shares_above(
    asked: str, edges: Sequence[Edge], county_of: Callable[[str], str | None]
) -> dict[str, dict[str, Fraction]]:
    """The same of the asked thing and of each thing that it came from, by their URIs."""
    parents: dict[str, list[Edge]] = {}
    for edge in edges:
        parents.setdefault(edge.child, []).append(edge)
    known: dict[str, dict[str, Fraction]] = {}
    for uri, made_of in _eldest_first(asked, parents):
        known[uri] = _mixed(uri, made_of, county_of, known)
    return known


def released_as(asked: str, edges: Sequence[Edge], kind_of: Mapping[str, str]) -> list[str]:
    """The asked thing and those that it was only packed or split from, nearest first.

    `kind_of` gives the kind of each thing's making.
    """

    def parents_of(thing: str) -> list[str]:
        return [edge.parent for edge in edges if edge.child == thing]

    return passed_on(asked, kind_of.get, parents_of)


def _eldest_first(
    asked: str, parents: Mapping[str, list[Edge]]
) -> Iterator[tuple[str, list[Edge]]]:
    """Each thing after all that it was made of, with what that is; nothing is made of itself.

    By a list of what is begun, not by a call for each: a history may be a thousand things deep.
    """
    begun: dict[str, list[Edge]] = {}
    seen: set[str] = set()
    left: list[tuple[str, Iterator[Edge]]] = []

    def begin(uri: str) -> None:
        seen.add(uri)
        begun[uri] = []
        begun[uri] = [edge for edge in parents.get(uri, []) if edge.parent not in begun]
        left.append((uri, iter(begun[uri])))

    begin(asked)
    while left:
        uri, edges = left[-1]
        edge = next(edges, None)
        if edge is None:
            left.pop()
            yield uri, begun.pop(uri)
        elif edge.parent not in seen:
            begin(edge.parent)


def _mixed(
    uri: str,
    edges: Sequence[Edge],
    county_of: Callable[[str], str | None],
    known: Mapping[str, dict[str, Fraction]],
) -> dict[str, Fraction]:
    """Shares of a thing, those of its parts being known."""
    county = county_of(uri)
    plots = [found for edge in edges if (found := county_of(edge.parent)) is not None]
    if county is not None or plots or not edges:
        first = county if county is not None else next(iter(plots), UNKNOWN_COUNTY)
        return {first: Fraction(1)}
    masses = [edge.mass_g for edge in edges]
    # Without a weight for each part, the parts count alike.
    weights = [m or 0 for m in masses] if any(masses) and None not in masses else [1] * len(edges)
    shares: dict[str, Fraction] = {}
    for edge, weight in zip(edges, weights, strict=True):
        part = Fraction(weight, sum(weights))
        for name, share in known[edge.parent].items():
            shares[name] = shares.get(name, Fraction(0)) + part * share
    return _rounded(shares)


def _rounded(shares: dict[str, Fraction]) -> dict[str, Fraction]:
    """Shares that still add up to one, none finer than FINE.

    Exact ones of a lot that was blended hundreds of times have numbers of thousands of digits.
    """
    if all(share.denominator <= FINE for share in shares.values()):
        return shares
    parts = {name: int(share * FINE) for name, share in shares.items()}
    parts[max(parts, key=parts.__getitem__)] += FINE - sum(parts.values())
    return {name: Fraction(part, FINE) for name, part in parts.items()}
