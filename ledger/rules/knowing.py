"""What was opened to the rules, read into `Known`: sealed names, outlines, positions; and scans.

Who may open what is decided before; here it is only understood. What cannot be read is unknown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from ledger.canonical import JsonValue
from ledger.rules.reading import Stated
from ledger.rules.season import CHINA, HOUR_MS, Guess, Known, Position, Sighting
from ledger.statements.roll import ActorRecord
from ledger.statements.sealed import Opening

ACCURACY_M: Final = 30.0  # of a phone in the open, where it did not say
APART_MS: Final = 3 * HOUR_MS  # more than CL1's two hours
_TWO_PLACES: Final = ("one", "another")  # which ones was not kept
_SELLING: Final = "SALE_B2B"
_BUYING: Final = "PURCHASE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How often one pack's code was scanned on a day in a province, "" where it is unknown.

    `at_once` counts no scans: that day the code was in two provinces within two hours.
    """

    lot: str
    serial: int
    day: date
    province: str
    times: int
    at_once: bool = False


def known_of(
    stated: Iterable[Stated],
    openings: Iterable[Opening],
    *,
    actors: Mapping[str, ActorRecord],
    counted: Iterable[Counted] = (),
    guesses: Iterable[Guess] = (),
    complaints: Mapping[str, tuple[int, ...]] | None = None,
) -> Known:
    """Return what openings, counters, guesses and complaints say besides the statements.

    A sealed name is an actor's when it is its URI or the name under which it was admitted; any
    other is that of somebody outside the ledger.
    """
    by_id = {row.claim.statement_id: row for row in stated}
    named = {actor.name: actor.actor for actor in actors.values()}
    named |= {uri: uri for uri in actors}
    sellers: dict[str, str] = {}
    buyers: dict[str, str] = {}
    outlines: dict[str, list[tuple[float, float]]] = {}
    positions: dict[str, Position] = {}
    for opening in openings:
        row = by_id.get(opening.statement)
        if row is None:
            continue
        kind = row.event.kind if row.event is not None else ""
        if opening.name == "seller" and kind == _BUYING:
            sellers[opening.statement] = named.get(str(opening.value).strip(), "")
        elif opening.name == "buyer" and kind == _SELLING:
            buyers[opening.statement] = named.get(str(opening.value).strip(), "")
        elif opening.name == "outline" and row.claim.body.get("site"):
            outlines[str(row.claim.body["site"])] = corners_of(opening.value)
        elif opening.name == "geo" and (where := position_of(opening.value)) is not None:
            positions[opening.statement] = where
    return Known(
        sightings=tuple(sightings_of(counted)),
        guesses=tuple(guesses),
        sellers=sellers,
        buyers=buyers,
        outlines=outlines,
        positions=positions,
        complaints=complaints or {},
    )


def corners_of(value: JsonValue) -> list[tuple[float, float]]:
    """Corners as (latitude, longitude) of a GeoJSON polygon's outer ring; none of anything else."""
    match value:
        case {"type": "Polygon", "coordinates": [[*ring], *_]}:
            corners = [_corner(point) for point in ring]
        case _:
            return []
    found = [corner for corner in corners if corner is not None]
    if len(found) != len(corners):
        return []
    return found[:-1] if found[:1] == found[-1:] else found


def position_of(value: JsonValue) -> Position | None:
    """The position that a device stated as {lat, lon, accuracy_m}, or None."""
    match value:
        case {"lat": int() | float() as latitude, "lon": int() | float() as longitude}:
            said = value.get("accuracy_m") if isinstance(value, dict) else None
            accuracy_m = float(said) if isinstance(said, int | float) else ACCURACY_M
            return Position(latitude=latitude, longitude=longitude, accuracy_m=accuracy_m)
        case _:
            return None


def sightings_of(counted: Iterable[Counted]) -> list[Sighting]:
    """Sightings from counters, which keep a day, never an hour or a device.

    What they cannot prove is read in favour of the pack: a day's provinces lie hours apart, the
    day is over when it is counted, and a province is one device.
    """
    by_day: dict[tuple[str, int, date], list[Counted]] = {}
    found: list[Sighting] = []
    for each in counted:
        if each.at_once:
            found += [_sighting(each, _end_ms(each.day), place) for place in _TWO_PLACES]
        elif each.province:
            by_day.setdefault((each.lot, each.serial, each.day), []).append(each)
    for rows in by_day.values():
        for number, each in enumerate(sorted(rows, key=lambda row: row.province)):
            when_ms = _end_ms(each.day) - number * APART_MS
            found += [_sighting(each, when_ms, each.province)] * each.times
    return found


def _sighting(row: Counted, time_ms: int, place: str) -> Sighting:
    return Sighting(lot=row.lot, serial=row.serial, time_ms=time_ms, province=place, device=place)


def _end_ms(day: date) -> int:
    """The last second of a day in China."""
    return int(datetime.combine(day, time(23, 59, 59), CHINA).timestamp()) * 1000


def _corner(point: JsonValue) -> tuple[float, float] | None:
    match point:
        case [int() | float() as longitude, int() | float() as latitude, *_]:
            return float(latitude), float(longitude)
        case _:
            return None
