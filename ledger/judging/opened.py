"""What no public statement says, for rules: seals that are still open, and counters of scans.

An erased opening is unknown again. Scans are counters of a day and a province: no device is kept,
and of an hour nothing is known.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from ledger.canonical import JsonValue
from ledger.errors import FormError
from ledger.herbs.identifiers import code_of_uri, parse_code, serial_of
from ledger.rules.history import Fact
from ledger.rules.season import CHINA, DAY_MS, Known, Position, Sighting
from ledger.seam import Reading
from ledger.statements.sealed import Opening
from ledger.statements.standing import Registry

_NAMED: Final[Mapping[str, str]] = {"PURCHASE": "seller", "SALE_B2B": "buyer"}
_PLACED: Final = frozenset({"HARVEST"})
_READ: Final = _PLACED | frozenset(_NAMED)
_NOWHERE: Final = frozenset({"", "*"})  # a province that is not known; a mark, not a place
PACKING: Final = "PACK_LABEL"
Corner = tuple[float, float]


class Secrets:
    """Reads openings and counters for the facts that are judged."""

    def __init__(self, reading: Reading, registry: Registry) -> None:
        self._reading = reading
        self._registry = registry
        self._actors: dict[str, list[tuple[int, str]]] | None = None

    def known(self, facts: Sequence[Fact], *, every_site: bool) -> Known:
        """What is known of these facts, and of the plots that they name or of every site."""
        by_id = {fact.statement_id: fact for fact in facts if fact.event.kind in _READ}
        opened = self._reading.openings([*by_id]) if by_id else []
        sellers: dict[str, str] = {}
        buyers: dict[str, str] = {}
        positions: dict[str, Position] = {}
        for opening in opened:
            fact = by_id[opening.statement]
            name = _NAMED.get(fact.event.kind)
            if opening.name == name and isinstance(opening.value, str):
                named = sellers if name == "seller" else buyers
                named[fact.statement_id] = self._actor(opening.value, fact.index)
            elif opening.name == "geo" and (position := _position(opening.value)) is not None:
                positions[fact.statement_id] = position
        return Known(
            sightings=tuple(self._sightings(facts)),
            sellers=sellers,
            buyers=buyers,
            positions=positions,
            outlines=self._outlines(sorted(self._registry.sites) if every_site else _plots(facts)),
        )

    def _actor(self, text: str, index: int) -> str:
        """The actor of that URI or name, if it was admitted by then; "" for somebody outside."""
        if self._actors is None:
            self._actors = {}
            for actor in self._registry.actors.values():
                for name in (actor.actor, actor.name):
                    self._actors.setdefault(name, []).append((actor.admitted_index, actor.actor))
        found = [each for each in self._actors.get(text.strip(), ()) if each[0] < index]
        return min(found)[1] if found else ""

    def _outlines(self, sites: Sequence[str]) -> dict[str, Sequence[Corner]]:
        """Corners of these sites, as their registration sealed them, where that is open."""
        indices = {
            self._registry.sites[uri].index: uri for uri in sites if uri in self._registry.sites
        }
        entries = self._reading.entries_at(indices) if indices else []
        by_id = {e.statement_id: indices[e.index] for e in entries if e.statement_id is not None}
        found: dict[str, Sequence[Corner]] = {}
        for opening in self._reading.openings([*by_id]) if by_id else ():
            if opening.name == "outline" and (corners := _corners(opening)):
                found[by_id[opening.statement]] = corners
        return found

    def _sightings(self, facts: Iterable[Fact]) -> Iterable[Sighting]:
        lots: dict[str, str] = {}
        for fact in facts:
            for thing in fact.event.outputs if fact.event.kind == PACKING else ():
                if (code := _lot_code(thing.uri)) is not None:
                    lots[code] = thing.uri
        for code, rows in self._reading.scanned(sorted(lots)).items():
            for text, day, province, times in rows:
                serial = _serial(text)
                if serial is not None and province not in _NOWHERE:
                    from_ms = _day_ms(day)
                    yield Sighting(
                        lot=lots[code],
                        serial=serial,
                        time_ms=from_ms + DAY_MS - 1,
                        province=province,
                        device=f"{day} {province}",
                        from_ms=from_ms,
                        times=times,
                    )


def _plots(facts: Iterable[Fact]) -> list[str]:
    """The plots that harvests name."""
    plots = (fact.event.text("plot") for fact in facts if fact.event.kind in _PLACED)
    return sorted({plot for plot in plots if plot})


def _lot_code(uri: str) -> str | None:
    try:
        return code_of_uri(uri)
    except FormError:
        return None


def _serial(text: str) -> int | None:
    try:
        code = parse_code(text)
    except FormError:
        return None
    return serial_of(code)


def _day_ms(day: str) -> int:
    """When a day in China began."""
    began = datetime.fromisoformat(day).replace(tzinfo=CHINA).astimezone(UTC)
    return int(began.timestamp()) * 1000


def _position(value: JsonValue) -> Position | None:
    if not isinstance(value, dict):
        return None
    found = [_number(value, *names) for names in _POSITION]
    latitude, longitude, accuracy_m = found
    if latitude is None or longitude is None:
        return None
    return Position(latitude=latitude, longitude=longitude, accuracy_m=accuracy_m or 0.0)


_POSITION: Final = (
    ("lat", "latitude"), ("lon", "lng", "longitude"), ("accuracy_m", "accuracy"),
)  # fmt: skip


def _number(value: Mapping[str, JsonValue], *names: str) -> float | None:
    for name in names:
        found = value.get(name)
        if isinstance(found, int | float) and not isinstance(found, bool):
            return float(found)
    return None


def _corners(opening: Opening) -> tuple[Corner, ...]:
    """Corners of an outline: GeoJSON's polygon, longitude first, or a list of named corners."""
    value = opening.value
    ring: JsonValue = value
    if isinstance(value, dict):
        ring = value.get("corners", value.get("coordinates"))
        if (
            isinstance(ring, list)
            and ring
            and isinstance(ring[0], list)
            and ring[0]
            and isinstance(ring[0][0], list)
        ):
            ring = ring[0]
    found = [_corner(each) for each in ring] if isinstance(ring, list) else []
    return tuple(each for each in found if each is not None)


def _corner(value: JsonValue) -> Corner | None:
    if isinstance(value, dict):
        position = _position(value)
        return (position.latitude, position.longitude) if position else None
    if isinstance(value, list) and len(value) >= len(("longitude", "latitude")):
        longitude, latitude = value[0], value[1]
        if isinstance(longitude, int | float) and isinstance(latitude, int | float):
            return float(latitude), float(longitude)
    return None
