"""Balances of lots of which strangers say that they took some: whose kilograms there never were.

What its makers and those to whom it was handed on took of a lot comes first. Strangers follow in
the order in which they first spoke of it: kilograms that were gone by then cannot be theirs.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from ledger.rules.balance.book import Reweighing
from ledger.rules.balance.excess import Excess, excesses_of
from ledger.rules.balance.moves import Move

Key: TypeAlias = tuple[str, str]  # sum and holder of an excess of one lot
TAKING: Final[Mapping[str, frozenset[str]]] = {
    "consumed": frozenset({"used", "lost"}),
    "held": frozenset({"arrived", "returned", "stored", "counted"}),
}


def excesses_claimed(
    moves: Sequence[Move], strange: frozenset[tuple[str, str]], index_of: Mapping[str, int]
) -> tuple[list[tuple[Excess, tuple[str, ...]]], list[tuple[Reweighing, str]]]:
    """Return sums of a lot that only strangers' moves exceed, and goods only they weighed twice.

    Each with those who say so: of an excess over everybody, those who took what was gone already.
    `moves` are in order of time; `index_of` gives each statement's place in the log.
    """
    odd = {move.lot for move in moves if (move.statement_id, move.lot) in strange}
    lots: dict[str, list[Move]] = {}
    for move in moves:
        if move.lot in odd:
            lots.setdefault(move.lot, []).append(move)
    excesses: list[tuple[Excess, tuple[str, ...]]] = []
    reweighings: list[tuple[Reweighing, str]] = []
    for its_moves in lots.values():
        own = _Lot(its_moves, strange, index_of)
        excesses += own.excesses()
        reweighings += own.reweighings()
    return excesses, reweighings


class _Lot:
    """One lot's moves, and the strangers among those who moved it."""

    def __init__(
        self,
        moves: Sequence[Move],
        strange: frozenset[tuple[str, str]],
        index_of: Mapping[str, int],
    ) -> None:
        self._moves = moves
        self._odd = {
            move.statement_id for move in moves if (move.statement_id, move.lot) in strange
        }
        first: dict[str, int] = {}
        for move in moves:
            if move.statement_id in self._odd:
                index = index_of[move.statement_id]
                first[move.holder] = min(first.get(move.holder, index), index)
        self._strangers = sorted(first, key=first.__getitem__)

    def excesses(self) -> list[tuple[Excess, tuple[str, ...]]]:
        """What is exceeded with all strangers and not without any."""
        known = self._exceeded(0)
        every = self._exceeded(len(self._strangers))
        return [(excess, self._claimants(key)) for key, excess in every.items() if key not in known]

    def reweighings(self) -> list[tuple[Reweighing, str]]:
        """Goods that a stranger weighed again, and found heavier than damp air makes them."""
        _, weighed = excesses_of(self._moves)
        return [
            (again, again.holder)
            for again in weighed
            if again.surplus_g and again.statement_id in self._odd
        ]

    def _claimants(self, key: Key) -> tuple[str, ...]:
        name, holder = key
        if holder:
            return (holder,)
        low, high = 0, len(self._strangers)
        while high - low > 1:  # the fewest strangers, in their order, with whom it is exceeded
            middle = (low + high) // 2
            low, high = (low, middle) if key in self._exceeded(middle) else (middle, high)
        took = {
            move.holder
            for move in self._moves
            if move.sort in TAKING[name] and move.statement_id in self._odd
        }
        return tuple(each for each in self._strangers[high - 1 :] if each in took)

    def _exceeded(self, count: int) -> dict[Key, Excess]:
        """What is exceeded by those who are heard and by the first so many strangers."""
        heard = set(self._strangers[:count])
        moves = [m for m in self._moves if m.statement_id not in self._odd or m.holder in heard]
        excesses, _ = excesses_of(moves)
        return {(excess.sum, excess.holder): excess for excess in excesses}
