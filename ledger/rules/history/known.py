"""What rules know beside the facts: sites and what they bear, opened seals, scans, complaints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseCap:
    """The most that a base says its land bears of a herb, in kg fresh per 亩, from a day on.

    It counts from no earlier day than that of its recording: no harvest is excused afterwards.
    """

    herb: str
    fresh_kg_mu: int
    effective_from: date
    source: str
    statement_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A registered site: county by its code, area in m², the actor whose it is.

    `caps` are what the site's own signed statements say, in order of the log.
    """

    uri: str
    kind: str
    county: str
    area_m2: int
    actor: str
    caps: tuple[BaseCap, ...] = ()

    def cap(self, herb: str, day: date) -> BaseCap | None:
        """The site's cap for a herb in force on a day; of several of one day, the last stated."""
        in_force = [cap for cap in self.caps if cap.herb == herb and cap.effective_from <= day]
        # Python's sort keeps the order of the log among caps of one day.
        return next(iter(sorted(in_force, key=lambda cap: cap.effective_from)[-1:]), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Scans of one pack's code: the province and a hash of the device, never finer.

    A counter of a day stands for `times` scans between `from_ms` and `time_ms`, of which no device
    is known: it counts as one of its own. `at_once` stands for no scan and no place: that day the
    code was in two provinces within two hours, and only that was kept.
    """

    lot: str
    serial: int
    time_ms: int
    province: str
    device: str
    from_ms: int | None = None
    times: int = 1
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """One code that nobody issued, asked for over one connection."""

    connection: str
    code: str
    time_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a device was when it signed, in degrees, true to `accuracy_m`; opened for rules."""

    latitude: float
    longitude: float
    accuracy_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A site's corners as (latitude, longitude), as its people drew them on a day."""

    since: date
    corners: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What no public statement says and rules need: opened seals, scans, complaints.

    `sellers`, `buyers` and `receivers` of what is handed on without a sale give the actor behind a
    sealed name by statement id, "" for one outside the ledger; `outlines` how a site was drawn,
    each time in order of the log; `positions` by statement id; `complaints` when a lot was
    complained of; `opening_g` the stock of a county's herb, by (county, herb id), that was there
    before the ledger was.
    """

    sightings: tuple[Sighting, ...] = ()
    guesses: tuple[Guess, ...] = ()
    sellers: Mapping[str, str] = field(default_factory=dict)
    buyers: Mapping[str, str] = field(default_factory=dict)
    receivers: Mapping[str, str] = field(default_factory=dict)
    outlines: Mapping[str, tuple[Outline, ...]] = field(default_factory=dict)
    positions: Mapping[str, Position] = field(default_factory=dict)
    complaints: Mapping[str, Sequence[int]] = field(default_factory=dict)
    opening_g: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def corners(self, site: str, day: date = date.max) -> Sequence[tuple[float, float]]:
        """The corners of a site as last drawn by a day; none when no outline is known.

        Drawn for the first time later than that day, these: whoever draws a plot anew after a
        harvest does not move the harvest into it.
        """
        drawn = self.outlines.get(site, ())
        by_then = [outline for outline in drawn if outline.since <= day] or drawn[:1]
        return by_then[-1].corners if by_then else ()
