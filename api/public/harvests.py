"""What each base harvested, packed and labelled in a season, kept up with the log a part at a time.

A request reads at most so many leaves that it has not seen, so that none pays for the whole log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from threading import Lock
from typing import Final

from api.opened.ledger import OpenedLedger
from ledger.canonical import JsonValue
from ledger.errors import DaodiError
from ledger.evidence.make import follow
from ledger.herbs.events import Event, parse_recorded_event
from ledger.herbs.vocabulary import Herb, herb_named
from ledger.herbs.vocabulary import herb as herb_of
from ledger.rules.history.days import day_of
from ledger.seam import Reading
from ledger.statements.statement import parse_claim
from ledger.store.walks import leaves_of_kinds
from ledger.trace.lineage import UNKNOWN_COUNTY, county_shares

HARVEST: Final = "HARVEST"
PACKING: Final = "PACK_LABEL"
LEAVES_MAX: Final = 2_000  # for one request: about a second on a small server
EDGES_MAX: Final = 1_000
UNKNOWN_SITE: Final = UNKNOWN_COUNTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """One harvest in force: grams of fresh herb from so many m² of a plot."""

    statement_id: str
    lot: str
    site: str
    herb: str
    season: int
    area_m2: int
    mass_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One packing: its grams, those of its labels, and the share of each plot in them."""

    statement_id: str
    lot: str
    herb: str
    season: int
    mass_g: int
    labelled_g: int
    labels: int
    shares: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What was read so far: `size` leaves of `of`."""

    harvests: Sequence[Harvest] = ()
    packings: Sequence[Packed] = ()
    size: int = 0
    of: int = 0


@dataclass(slots=True)
class _Read:
    """Statements by id, in order of the log."""

    harvests: dict[str, Harvest] = field(default_factory=dict)
    packings: dict[str, Packed] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # who signed, for corrections
    by_lot: dict[str, Harvest] = field(default_factory=dict)


class HarvestBook:
    """Harvests and packings of a ledger."""

    def __init__(self, opened: OpenedLedger) -> None:
        self._opened = opened
        self._lock = Lock()
        self._read = _Read()
        self._picture = Picture()

    def picture(self) -> Picture:
        """What is known, after reading on by one part."""
        opened = self._opened
        follow(opened.store, opened.replica)
        with self._lock:
            size, start = opened.replica.size, self._picture.size
            if size > start:
                leaves = leaves_of_kinds(opened.store, [HARVEST, PACKING], start=start)
                part = leaves[:LEAVES_MAX]
                with opened.store.reading() as reading:
                    for entry in reading.entries_at(part):
                        self._take(reading, entry.payload or b"")
                stop = size if len(part) == len(leaves) else part[-1] + 1
                self._picture = Picture(
                    harvests=tuple(self._read.harvests.values()),
                    packings=tuple(self._read.packings.values()),
                    size=stop,
                    of=size,
                )
            return self._picture

    def _take(self, reading: Reading, payload: bytes) -> None:
        try:
            claim = parse_claim(payload)
            event = parse_recorded_event(claim.body)
        except DaodiError:  # a row changed behind our back: the audit's business
            return
        statement_id, read = claim.statement_id, self._read
        signer = self._opened.replica.registry.keys.get(claim.key)
        actor = signer.actor if signer else ""
        if event.corrects is not None:
            if read.keys.get(event.corrects) == actor:
                read.keys[statement_id] = actor
                self._right(event.corrects, event)
            return
        read.keys[statement_id] = actor
        made = event.outputs[0].uri if event.outputs else ""
        if not made or reading.things([made]).get(made) is None:
            return
        if event.kind == HARVEST:
            harvest = self._harvest(reading, statement_id, made, event)
            read.harvests[statement_id] = harvest
            read.by_lot[made] = harvest
        elif event.event_type == "TransformationEvent":
            read.packings[statement_id] = self._packed(reading, statement_id, made, event)

    def _harvest(self, reading: Reading, statement_id: str, lot: str, event: Event) -> Harvest:
        herb = event.herb or herb_above(reading, lot)
        return Harvest(
            statement_id=statement_id,
            lot=lot,
            site=event.text("plot") or UNKNOWN_SITE,
            herb=herb.id if herb else "",
            season=season_of(herb, event.event_time_ms),
            area_m2=_whole(event.elements.get("area_m2")),
            mass_g=sum(thing.mass_g or 0 for thing in event.outputs),
        )

    def _packed(self, reading: Reading, statement_id: str, lot: str, event: Event) -> Packed:
        above = reading.ancestors(lot, limit=EDGES_MAX)
        sites = self._opened.replica.registry.sites
        harvests = [
            found for uri in above.things if (found := self._read.by_lot.get(uri)) is not None
        ]
        herb = event.herb or herb_above(reading, lot)
        labels = _whole(event.elements.get("count"))
        return Packed(
            statement_id=statement_id,
            lot=lot,
            herb=herb.id if herb else "",
            season=max(
                (each.season for each in harvests), default=season_of(herb, event.event_time_ms)
            ),
            mass_g=sum(thing.mass_g or 0 for thing in event.outputs),
            labelled_g=labels * _whole(event.elements.get("unit_g")),
            labels=labels,
            shares=county_shares(lot, above.edges, lambda uri: uri if uri in sites else None),
        )

    def _right(self, corrected: str, event: Event) -> None:
        """Give a statement the right values that its own actor states."""
        read, said = self._read, event.elements
        mass_g = sum(thing.mass_g or 0 for thing in event.about) or None
        harvest, packed = read.harvests.get(corrected), read.packings.get(corrected)
        if harvest is not None:
            righted = replace(
                harvest,
                area_m2=_whole(said.get("area_m2")) or harvest.area_m2,
                mass_g=mass_g or harvest.mass_g,
            )
            read.harvests[corrected] = read.by_lot[harvest.lot] = righted
        elif packed is not None:
            labels = _whole(said.get("count")) or packed.labels
            unit_g = packed.labelled_g // packed.labels if packed.labels else 0
            read.packings[corrected] = replace(
                packed,
                mass_g=mass_g or packed.mass_g,
                labels=labels,
                labelled_g=labels * (_whole(said.get("unit_g")) or unit_g),
            )


def season_of(herb: Herb | None, time_ms: int) -> int:
    """The year in which a herb's season began, which the first month of its harvest opens."""
    day = day_of(time_ms)
    opens = herb.harvest_months.value[0] if herb and herb.harvest_months else 1
    return day.year if day.month >= opens else day.year - 1


def herb_above(reading: Reading, lot: str) -> Herb | None:
    """The herb that the thing's making names, or the nearest ancestor's."""
    above = reading.ancestors(lot, limit=EDGES_MAX).things
    things = reading.things([lot, *above])
    named = (things[uri].herb for uri in (lot, *above) if uri in things and things[uri].herb)
    text = next(named, "")
    return herb_of(text) or herb_named(text)


def _whole(value: JsonValue) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
