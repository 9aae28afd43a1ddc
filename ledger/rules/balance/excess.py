"""Where the arithmetic of a lot does not close: more gone than there was, at some instant.

Three sums, each at every instant of event time: what was consumed by all against what was made,
what one holder gave up against what he had, what others hold against what was made.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from ledger.rules.balance.book import Book, Reweighing
from ledger.rules.balance.moves import Move

Sum: TypeAlias = Literal["consumed", "given_up", "held"]
_CONSUMING: Final = frozenset({"used", "lost"})
_TO_CONSUMERS: Final = frozenset({"SALE_RETAIL", "DISPENSE"})
_GOING: Final = frozenset({"used", "left", "lost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """A sum that is exceeded: since when, by how much at worst, and the statements summed.

    `holder` is "" for the sums over everybody. `had_g` is what there was at the worst instant.
    """

    sum: Sum
    lot: str
    holder: str
    since_ms: int
    excess_g: int
    had_g: int
    statement_ids: tuple[str, ...]


@dataclass
class _Lot:
    """One lot's running sums. `made_g` is None while its making has not arrived."""

    seed: bool = False
    made_g: int | None = None
    makers: frozenset[str] = frozenset()
    consumed_g: int = 0
    retailed_g: dict[str, int] = field(default_factory=dict)
    holders: tuple[str, ...] = ()


def excesses_of(moves: Sequence[Move]) -> tuple[list[Excess], list[Reweighing]]:
    """Return every sum that is exceeded at some instant, and goods weighed twice that differ.

    `moves` are in order of time. Of a lot whose making has not arrived nothing is said.
    """
    weighed = {move.lot for move in moves if move.sort == "made"}
    lots: dict[str, _Lot] = {}
    gone: dict[tuple[str, str], list[str]] = {}
    found: dict[tuple[Sum, str, str], Excess] = {}
    book = Book()
    for move in moves:
        if move.lot not in weighed:
            continue
        book.enter(move)
        lot = lots.setdefault(move.lot, _Lot())
        _add_up(lot, move)
        for name in ("", move.holder) if move.sort in _GOING else ():
            gone.setdefault((move.lot, name), []).append(move.statement_id)
        for excess in _check(book, lot, move):
            _keep(found, excess, gone)
    return list(found.values()), book.reweighings


def _add_up(lot: _Lot, move: Move) -> None:
    if move.holder not in lot.holders:
        lot.holders = (*lot.holders, move.holder)
    if move.sort == "made":
        lot.seed = move.paper == "SEED_REGISTER"
        lot.made_g = (lot.made_g or 0) + move.mass_g
        lot.makers |= {move.holder}
    elif move.sort in _CONSUMING:
        lot.consumed_g += move.mass_g
        if move.paper in _TO_CONSUMERS:
            lot.retailed_g[move.holder] = lot.retailed_g.get(move.holder, 0) + move.mass_g
    elif move.sort == "returned":
        # Goods that a consumer brings back were not consumed after all.
        back_g = min(move.mass_g, lot.retailed_g.get(move.holder, 0))
        lot.consumed_g -= back_g
        lot.retailed_g[move.holder] = lot.retailed_g.get(move.holder, 0) - back_g


def _check(book: Book, lot: _Lot, move: Move) -> list[Excess]:
    """The sums that are exceeded after this move."""
    held = {holder: book.held(move.lot, holder) for holder in lot.holders}
    damp_g = sum(each.dampened_g for each in held.values())
    made_g = (lot.made_g or 0) + damp_g
    away_g = sum(max(0, each.left_g) for name, each in held.items() if name not in lot.makers)
    mine = held[move.holder]
    sums: list[tuple[Sum, str, int, int]] = [("consumed", "", lot.consumed_g, made_g)]
    if move.holder in lot.makers or not lot.seed:
        # Seed goes from the nursery to the field without a receipt: events.json has none for it.
        gone_g = mine.used_g + mine.sent_g + mine.lost_g
        sums.append(("given_up", move.holder, gone_g, gone_g + mine.left_g))
    if lot.consumed_g <= made_g:
        sums.append(("held", "", lot.consumed_g + away_g, made_g))
    return [
        Excess(
            sum=name,
            lot=move.lot,
            holder=holder,
            since_ms=move.time_ms,
            excess_g=gone_g - had_g,
            had_g=had_g,
            statement_ids=(move.statement_id,),
        )
        for name, holder, gone_g, had_g in sums
        if gone_g > had_g
    ]


def _keep(
    found: dict[tuple[Sum, str, str], Excess],
    excess: Excess,
    gone: dict[tuple[str, str], list[str]],
) -> None:
    """Keep the first instant and the worst sum, with all that was given up until then."""
    key = (excess.sum, excess.lot, excess.holder)
    first = found.get(key)
    if first is not None and excess.excess_g <= first.excess_g:
        return
    listed = (*gone.get((excess.lot, excess.holder), ()), *excess.statement_ids)
    found[key] = replace(
        excess,
        since_ms=first.since_ms if first else excess.since_ms,
        statement_ids=tuple(dict.fromkeys(listed)),
    )
