"""What is left of each lot with each holder at each site, at any instant, by replay in event time.

Integers in grams. Where papers leave a doubt it is read in the holder's favour: what does not
close here closes under no reading.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from ledger.rules.balance.moves import Move

DAMP_PER_MILLE: Final = 5  # MB2's half per cent: what damp air may add between two scales

Key: TypeAlias = tuple[str, str, str]  # lot, holder, site; "" is no site in particular


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One lot with one holder at one site. `dried_g` and `dampened_g` are between two weighings.

    `moved_g` came from the holder's other sites, negative where it went there.
    """

    received_g: int = 0
    made_g: int = 0
    used_g: int = 0
    sent_g: int = 0
    lost_g: int = 0
    dried_g: int = 0
    dampened_g: int = 0
    moved_g: int = 0

    @property
    def left_g(self) -> int:
        """What should be there; below zero the arithmetic does not close."""
        gained = self.received_g + self.made_g + self.dampened_g + self.moved_g
        return gained - self.used_g - self.sent_g - self.lost_g - self.dried_g


@dataclass(frozen=True, slots=True, kw_only=True)
class Reweighing:
    """Two weights of the same goods side by side: sender's and receiver's, book's and count's."""

    lot: str
    holder: str
    statement_id: str
    time_ms: int
    before_g: int
    after_g: int

    @property
    def surplus_g(self) -> int:
        """What the second weight has beyond the first and what damp air may add."""
        return max(0, self.after_g - self.before_g - damp_g(max(0, self.before_g)))


@dataclass
class Account:
    """What one holder's papers say of one lot, added up; arrivals and departures once each."""

    made_g: int = 0
    arrived_g: int = 0
    departed_g: int = 0
    stored_g: int = 0
    arrivals: dict[str, int] = field(default_factory=dict)
    departures: dict[str, int] = field(default_factory=dict)


class Book:
    """The positions after the moves that were entered, which come in order of time."""

    def __init__(self) -> None:
        self.positions: dict[Key, Position] = {}
        self.reweighings: list[Reweighing] = []
        self._accounts: dict[tuple[str, str], Account] = {}
        self._sites: dict[tuple[str, str], list[str]] = {}

    def enter(self, move: Move) -> None:
        """Book one move."""
        account = self._accounts.setdefault((move.lot, move.holder), Account())
        match move.sort:
            case "made":
                self._make(account, move)
            case "arrived":
                self._arrive(account, move)
            case "returned":
                self._add(move, received_g=move.mass_g)
            case "stored":
                self._store(account, move)
            case "counted":
                self._count(move)
            case "left":
                self._depart(account, move)
            case "used":
                self._take(move, move.mass_g, "used_g")
            case "lost":
                self._take(move, move.mass_g, "lost_g")

    def held(self, lot: str, holder: str) -> Position:
        """All that one holder has of a lot, whatever the site."""
        sites = self._sites.get((lot, holder), [])
        return total(self.positions[lot, holder, site] for site in sites)

    def _make(self, account: Account, move: Move) -> None:
        if move.paper == "PURCHASE":  # bought from outside the ledger: received, not grown
            self._arrive(account, move)
            return
        account.made_g += move.mass_g
        self._add(move, made_g=move.mass_g)

    def _arrive(self, account: Account, move: Move) -> None:
        account.arrivals[move.paper] = account.arrivals.get(move.paper, 0) + move.sent_g
        new_g = max(0, account.arrivals[move.paper] - account.arrived_g)
        account.arrived_g += new_g
        self._add(move, received_g=new_g)
        again = self._weigh_again(move, move.sent_g)
        gain_g = again.after_g - again.before_g
        self._add(move, dried_g=max(0, -gain_g), dampened_g=max(0, gain_g - again.surplus_g))

    def _store(self, account: Account, move: Move) -> None:
        """Goods put into a store are the holder's own, moved; beyond these they arrived."""
        account.stored_g += move.mass_g
        arrived_g = max(0, account.stored_g - account.made_g - account.arrived_g)
        account.arrived_g += arrived_g
        self._add(move, received_g=arrived_g)
        wanted_g = move.mass_g - arrived_g
        for site in self._others(move):
            here = self.positions[move.lot, move.holder, site]
            part_g = min(wanted_g, max(0, here.left_g))
            if part_g:
                self._book((move.lot, move.holder, site), moved_g=-part_g)
                self._add(move, moved_g=part_g)
                wanted_g -= part_g

    def _count(self, move: Move) -> None:
        """A stocktake: less is dried, more is damp within tolerance and beyond it nothing."""
        place = self.positions.get((move.lot, move.holder, move.site))
        if place is None or not move.site:
            place = self.held(move.lot, move.holder)
        again = self._weigh_again(move, place.left_g)
        gain_g = again.after_g - again.before_g
        if gain_g > 0:
            self._add(move, dampened_g=gain_g - again.surplus_g)
        else:
            self._take(move, -gain_g, "dried_g")

    def _weigh_again(self, move: Move, before_g: int) -> Reweighing:
        again = Reweighing(
            lot=move.lot,
            holder=move.holder,
            statement_id=move.statement_id,
            time_ms=move.time_ms,
            before_g=before_g,
            after_g=move.mass_g,
        )
        if again.before_g != again.after_g:
            self.reweighings.append(again)
        return again

    def _depart(self, account: Account, move: Move) -> None:
        account.departures[move.paper] = account.departures.get(move.paper, 0) + move.mass_g
        new_g = max(0, account.departures[move.paper] - account.departed_g)
        account.departed_g += new_g
        self._take(move, new_g, "sent_g")

    def _take(self, move: Move, mass_g: int, column: str) -> None:
        """Take from the site of the event, then from the holder's other sites; then go below."""
        wanted_g = mass_g
        for site in (move.site, *self._others(move)):
            here = self.positions.get((move.lot, move.holder, site), Position())
            part_g = min(wanted_g, max(0, here.left_g))
            if part_g:
                self._book((move.lot, move.holder, site), **{column: part_g})
                wanted_g -= part_g
        if wanted_g:
            self._add(move, **{column: wanted_g})

    def _others(self, move: Move) -> list[str]:
        sites = self._sites.get((move.lot, move.holder), [])
        return [site for site in sites if site != move.site]

    def _add(self, move: Move, **grams: int) -> None:
        self._book((move.lot, move.holder, move.site), **grams)

    def _book(self, key: Key, **grams: int) -> None:
        if key not in self.positions:
            self._sites.setdefault(key[:2], []).append(key[2])
        here = self.positions.get(key, Position())
        added = {column: getattr(here, column) + each for column, each in grams.items()}
        self.positions[key] = replace(here, **added)


def balance_at(moves: Iterable[Move], at_ms: int) -> dict[Key, Position]:
    """Return what each holder has of each lot at each site after all that happened by then."""
    book = Book()
    for move in moves:
        if move.time_ms <= at_ms:
            book.enter(move)
    return book.positions


def damp_g(mass_g: int) -> int:
    """What damp air may add to so many grams."""
    return mass_g * DAMP_PER_MILLE // 1000


def total(positions: Iterable[Position]) -> Position:
    """Several positions as one."""
    whole = Position()
    for each in positions:
        whole = Position(
            received_g=whole.received_g + each.received_g,
            made_g=whole.made_g + each.made_g,
            used_g=whole.used_g + each.used_g,
            sent_g=whole.sent_g + each.sent_g,
            lost_g=whole.lost_g + each.lost_g,
            dried_g=whole.dried_g + each.dried_g,
            dampened_g=whole.dampened_g + each.dampened_g,
            moved_g=whole.moved_g + each.moved_g,
        )
    return whole
