"""What no public statement says, read into `Known`: openings of seals, counters of scans, reports.

Who may open what is decided before; here it is only understood. What cannot be read is unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from ledger.canonical import JsonValue
from ledger.rules.history.days import CHINA, DAY_MS
from ledger.rules.history.fact import Fact
from ledger.rules.history.known import Known, Outline, Position, Sighting
from ledger.rules.history.topics import Sited
from ledger.statements.roll import ActorRecord
from ledger.statements.sealed import Opening

ACCURACY_M: Final = 30.0  # of a phone in the open, where it did not say
# Counted in place of a province on a day when a code was in two of them within two hours: no time
# has to be kept for that.
TWO_AT_ONCE: Final = "*"
UNKNOWN_PROVINCE: Final = ""
_NAMED: Final[Mapping[str, str]] = {
    "PURCHASE": "seller", "SALE_B2B": "buyer", "STORE_OUT": "to_org", "SEED_TRANSFER": "to_org",
}  # fmt: skip
_PLACED: Final = "HARVEST"
OPENED: Final = frozenset({*_NAMED, _PLACED})  # kinds of whose sealed values rules read some

Corner = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How often one pack's code was scanned on a day in China in a province, "" where unknown.

    In place of a province, `TWO_AT_ONCE` counts no scans but such days.
    """

    lot: str
    serial: int
    day: date
    province: str
    times: int


class Names:
    """The actors of a registry by their URIs and by the names under which they were admitted."""

    def __init__(self, actors: Iterable[ActorRecord]) -> None:
        self._actors: dict[str, list[tuple[int, str]]] = {}
        for actor in actors:
            for name in {actor.actor, actor.name}:
                self._actors.setdefault(name, []).append((actor.admitted_index, actor.actor))

    def behind(self, text: str, index: int) -> str:
        """The actor of that URI or name, if it was admitted by then; "" for somebody outside."""
        found = [each for each in self._actors.get(text.strip(), ()) if each[0] < index]
        return min(found)[1] if found else ""


def known_of(
    facts: Iterable[Fact],
    openings: Iterable[Opening],
    *,
    names: Names,
    sites: Iterable[Sited] = (),
    counted: Iterable[Counted] = (),
    complaints: Mapping[str, Sequence[int]] | None = None,
) -> Known:
    """Return what openings, counters and reports say of facts and sites.

    `sites` are the statements that speak of sites, in order of the log. `complaints` has epoch
    milliseconds by lot.
    """
    by_id = {fact.statement_id: fact for fact in facts}
    traders: dict[str, dict[str, str]] = {"seller": {}, "buyer": {}, "to_org": {}}
    drawn: dict[str, tuple[Corner, ...]] = {}
    positions: dict[str, Position] = {}
    for opening in openings:
        named, value = opening.statement, opening.value
        fact = by_id.get(named)
        if fact is None:
            if opening.name == "outline" and (corners := corners_of(value)):
                drawn[named] = corners
        elif opening.name == _NAMED.get(fact.event.kind) and isinstance(value, str):
            traders[opening.name][named] = names.behind(value, fact.index)
        elif opening.name == "geo" and fact.event.kind == _PLACED and (at := position_of(value)):
            positions[named] = at
    outlines: dict[str, tuple[Outline, ...]] = {}
    for told in sites:
        if told.statement_id in drawn:
            outline = Outline(since=told.since, corners=drawn[told.statement_id])
            outlines[told.site] = (*outlines.get(told.site, ()), outline)
    return Known(
        sightings=tuple(sightings_of(counted)),
        sellers=traders["seller"],
        buyers=traders["buyer"],
        receivers=traders["to_org"],
        outlines=outlines,
        positions=positions,
        complaints=complaints or {},
    )


def corners_of(value: JsonValue) -> tuple[Corner, ...]:
    """Corners as (latitude, longitude) of a GeoJSON polygon's outer ring; none of anything else."""
    match value:
        case {"type": "Polygon", "coordinates": [[*ring], *_]}:
            corners = [_corner(point) for point in ring]
        case _:
            return ()
    found = [corner for corner in corners if corner is not None]
    if len(found) != len(corners):
        return ()
    return tuple(found[:-1] if found[:1] == found[-1:] else found)


def position_of(value: JsonValue) -> Position | None:
    """The position that a device stated as {lat, lon, accuracy_m}, or None."""
    match value:
        case {"lat": int() | float() as latitude, "lon": int() | float() as longitude}:
            said = value.get("accuracy_m") if isinstance(value, dict) else None
            accuracy_m = float(said) if isinstance(said, int | float) else ACCURACY_M
            return Position(latitude=latitude, longitude=longitude, accuracy_m=accuracy_m)
        case _:
            return None


def sightings_of(counted: Iterable[Counted]) -> Iterable[Sighting]:
    """Sightings from counters, which keep a day, never an hour or a device.

    What they cannot prove is read in favour of the pack: the day is over when it is counted, and a
    province is one device.
    """
    for row in counted:
        if row.province == UNKNOWN_PROVINCE:
            continue
        began = datetime.combine(row.day, time(), CHINA)
        from_ms = int(began.timestamp()) * 1000
        at_once = row.province == TWO_AT_ONCE
        yield Sighting(
            lot=row.lot,
            serial=row.serial,
            time_ms=from_ms + DAY_MS - 1,
            province=row.province,
            device=f"{row.day.isoformat()} {row.province}",
            from_ms=from_ms,
            times=0 if at_once else row.times,
            at_once=at_once,
        )


def _corner(point: JsonValue) -> Corner | None:
    match point:
        case [int() | float() as longitude, int() | float() as latitude, *_]:
            return float(latitude), float(longitude)
        case _:
            return None
