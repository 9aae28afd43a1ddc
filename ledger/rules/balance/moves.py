"""Movements of weighed kilograms, read from a history: who gained or gave up how much of which lot.

Integers in grams. A thing without a weight (a crop, a plot) moves no mass.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ledger.herbs.events import Thing
from ledger.rules.history.fact import Fact, whole
from ledger.rules.history.history import History

Sort: TypeAlias = Literal[
    "made", "arrived", "returned", "stored", "counted", "used", "left", "lost"
]

# What happens first when two things happen at one instant: goods come before they go.
_FIRST: Final[Mapping[str, int]] = {
    "made": 0, "arrived": 1, "returned": 2, "stored": 3, "used": 4, "left": 5, "lost": 6,
    "counted": 7,
}  # fmt: skip
_SORTS: Final[Mapping[str, Sort]] = {
    "PURCHASE": "arrived",
    "RECEIVE": "arrived",
    "RETURN": "returned",
    "STORE_IN": "stored",
    "STOCKTAKE": "counted",
    "SALE_B2B": "left",
    "STORE_OUT": "left",
    "SEED_TRANSFER": "left",
    "SALE_RETAIL": "used",
    "DISPENSE": "used",
    "DESTROY": "lost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """So many grams of a lot, with the one who stated it and where. `paper` is the event's kind.

    `sent_g` is what the sender says he sent, beside `mass_g`, which the receiver weighed. Several
    papers may speak of one departure (sale and dispatch) or one arrival (purchase and receipt).
    """

    lot: str
    holder: str
    site: str
    sort: Sort
    paper: str
    mass_g: int
    sent_g: int
    time_ms: int
    statement_id: str


def moves_of(history: History) -> list[Move]:
    """Return every movement of what is asked in order of time; of one instant, first what comes.

    A sample moves nothing: scales for tonnes do not see it, and packing the rest is no surplus.
    """
    moves = (move for fact in history.own for move in _moves(history, fact))
    return sorted((move for move in moves if history.is_asked(move.lot)), key=_in_order)


def _in_order(move: Move) -> tuple[int, int, str, str]:
    return move.time_ms, _FIRST[move.sort], move.statement_id, move.lot


def _moves(history: History, fact: Fact) -> Iterator[Move]:
    for thing in fact.event.outputs:
        # A second making of a lot adds nothing: it is shown as a conflict, not as kilograms.
        if history.makings[thing.uri] is fact and thing.mass_g is not None:
            yield _move(fact, thing, "made", thing.mass_g)
    for thing in fact.event.inputs:
        if thing.mass_g is not None:
            yield _move(fact, thing, "used", thing.mass_g)
    sort = _SORTS.get(fact.event.kind)
    if sort is None:
        return
    for thing in fact.event.about:
        mass_g = _unit_g(history, thing) if fact.event.kind == "SALE_RETAIL" else thing.mass_g
        if mass_g is not None:
            yield _move(fact, thing, sort, mass_g)


def _unit_g(history: History, thing: Thing) -> int | None:
    """What one pack of the lot weighs: a retail sale names a code, not a weight."""
    made = history.makings.get(thing.uri)
    return whole(made, "unit_g") if made is not None else None


def _move(fact: Fact, thing: Thing, sort: Sort, mass_g: int) -> Move:
    # A receipt of several lots gives one sum of what was sent, which belongs to none of them.
    alone = fact.event.kind == "RECEIVE" and len(fact.event.about) == 1
    sent_g = whole(fact, "sent_g") if alone else None
    return Move(
        lot=thing.uri,
        holder=fact.actor,
        site=fact.event.site or "",
        sort=sort,
        paper=fact.event.kind,
        mass_g=mass_g,
        sent_g=mass_g if sent_g is None else sent_g,
        time_ms=fact.event.event_time_ms,
        statement_id=fact.statement_id,
    )
