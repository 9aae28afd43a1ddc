"""How the lot was stored: what sensors and store-keepers noted, as a small picture with its words.

The records stand on the `#out` chains of lots and stores, which also say whose they are. Only
figures and days come out here; who kept the lot does not.

The door admits what anybody says: drawn is what was noted by who made or released the goods, or was
handed them by a paper that names him, and what was measured in the store where he keeps them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

from api.answers.pages import Display
from api.opened.ledger import OpenedLedger
from api.shown.values import shown_day
from ledger.canonical import JsonValue
from ledger.herbs.events import OUT, Event, parse_recorded_event
from ledger.rules.history.voices import HANDING, holders_from
from ledger.seam import Thing
from ledger.statements.statement import EVENT, parse_claim
from ledger.store.walks import marks_on, sample_of
from ledger.trace.claims import answerable
from ledger.trace.hands import handed_by
from ledger.trace.trace import Trace

KINDS: Final = ("STORE_IN", "STORE_OUT", "STORE_CARE")
LOTS_MAX: Final = 20  # nearest first; a lot of a hundred parts is not kept in a hundred stores
MARKS_MAX: Final = 200
HANDS_MAX: Final = 8  # from whoever made it through so many hands
STORES_MAX: Final = 4
SAMPLE_MAX: Final = 96  # of one store: two readings a week over a year
LATE_MS: Final = 3 * 86_400_000  # a gateway without network sends its readings later
WIDTH: Final = 320
HEIGHT: Final = 56
EDGE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One quantity: its name, its range in words; `drawn` has the points of its line, if any."""

    name: str
    range: str
    drawn: tuple[str, ...]
    first: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """What the page shows of storing: curves, days, how many readings, how often it was cared."""

    curves: tuple[Curve, ...]
    count: int
    days: tuple[str, str]
    cares: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stay:
    """A lot in a store from one time to another, by the word of the actor who keeps it there."""

    site: str
    actor: str
    since_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A record and whose it is, "" when nobody knows."""

    actor: str
    event: Event


Point = tuple[int, float]  # when, how much


def climates_of(trace: Trace, opened: OpenedLedger, display: Display) -> tuple[Climate, ...]:
    """One picture, or none where nobody noted how the lot was kept."""
    lots = [thing.uri for thing in reversed(_kept(trace))][:LOTS_MAX]
    by_lot = _noted(opened, _keepers(trace, opened, lots))
    noted = [said.event for records in by_lot.values() for said in records]
    stays = [
        stay for uri, said in by_lot.items() for stay in _stays(uri, said, _end_of(uri, trace))
    ]
    read = [event for event in noted if event.kind == "STORE_IN"]
    read += _sensed(opened, stays)
    heat = sorted(point for event in read for point in _points(event, "air_temperature"))
    damp = sorted(point for event in read for point in _points(event, "air_humidity"))
    curves = [
        _curve(display.say(name), unit, points)
        for name, unit, points in (("温度", "℃", heat), ("相对湿度", "%", damp))
        if points
    ]
    if not curves:
        return ()
    times = [time_ms for time_ms, _ in (*heat, *damp)]
    day, last = (shown_day(at, english=display.english) for at in (min(times), max(times)))
    cares = sum(event.kind == "STORE_CARE" for event in noted)
    return (
        Climate(curves=tuple(curves), count=len(heat) + len(damp), days=(day, last), cares=cares),
    )


def _keepers(trace: Trace, opened: OpenedLedger, lots: Sequence[str]) -> dict[str, set[str]]:
    """Whose word about storing each lot counts; none where nobody noted anything.

    Papers are read of those alone who are known to have had a lot: what others write hides none.
    """
    chains = [uri + OUT for uri in lots]
    if not marks_on(opened.store, chains, KINDS, limit=1):
        return {}
    own = answerable(trace.steps)
    keepers = {uri: set(own) for uri in lots}
    handed: dict[str, list[tuple[str, str]]] = {chain: [] for chain in chains}
    met: set[str] = set()
    for _ in range(HANDS_MAX):
        new = set[str]().union(*keepers.values()) - met
        if not new:
            break
        met |= new
        marks = marks_on(opened.store, chains, HANDING, limit=MARKS_MAX, keys=_keys_of(opened, new))
        papers: dict[str, list[int]] = {}
        for mark in marks:
            papers.setdefault(mark.uri, []).append(mark.leaf)
        with opened.store.reading() as reading:
            for chain, pairs in handed_by(reading, opened.replica.registry, papers).items():
                handed[chain] += pairs
        keepers = {uri: holders_from(own, handed[uri + OUT]) for uri in lots}
    return keepers


def _keys_of(opened: OpenedLedger, actors: Collection[str]) -> list[str]:
    keys = opened.replica.registry.keys
    return [kid for kid, key in keys.items() if key.actor in actors]


def _noted(opened: OpenedLedger, keepers: Mapping[str, set[str]]) -> dict[str, list[_Said]]:
    """What was noted of storing each lot by those whose word counts, in order of the log."""
    if not keepers:
        return {}
    every = set[str]().union(*keepers.values())
    marks = marks_on(
        opened.store,
        [uri + OUT for uri in keepers],
        KINDS,
        limit=MARKS_MAX,
        keys=_keys_of(opened, every),
    )
    records = _records(opened, [mark.leaf for mark in marks])
    by_lot: dict[str, list[_Said]] = {}
    for mark in marks:
        lot, said = mark.uri.removesuffix(OUT), records[mark.leaf]
        if said.actor in keepers[lot]:
            by_lot.setdefault(lot, []).append(said)
    return by_lot


def _kept(trace: Trace) -> list[Thing]:
    """The asked lot and the lots that it came from, the eldest first."""
    # Steps are those of the asked thing and its ancestors; what was made of it has none here.
    told = {step.subject for step in trace.steps}
    return [thing for thing in trace.things if thing.kind == "lot" and thing.uri in told]


def _end_of(uri: str, trace: Trace) -> int:
    """When a lot was used up at the latest; for the asked one and unused ones, now."""
    used = [
        step.event_ms for step in trace.steps if uri in step.claim.inputs and uri != trace.asked.uri
    ]
    return max(used, default=trace.time_ms)


def _stays(lot: str, records: Sequence[_Said], end_ms: int) -> list[_Stay]:
    """When the lot was where, as each of its keepers tells it."""
    keepers = dict.fromkeys(said.actor for said in records)
    return [
        stay
        for actor in keepers
        for stay in _stays_of(
            lot, actor, [said.event for said in records if said.actor == actor], end_ms
        )
    ]


def _stays_of(lot: str, actor: str, events: Sequence[Event], end_ms: int) -> list[_Stay]:
    """From each receipt until all that came in has gone out again."""
    into = [event for event in events if event.kind == "STORE_IN"]
    out = [event for event in events if event.kind == "STORE_OUT"]
    left_g = sum(_mass_g(event, lot) for event in into)
    gone_ms = end_ms
    for event in sorted(out, key=lambda each: each.event_time_ms):
        left_g -= _mass_g(event, lot)
        if left_g <= 0:
            gone_ms = min(end_ms, event.event_time_ms)
            break
    return [
        _Stay(site=event.site, actor=actor, since_ms=event.event_time_ms, until_ms=gone_ms)
        for event in into
        if event.site is not None and event.event_time_ms <= gone_ms
    ]


def _mass_g(event: Event, lot: str) -> int:
    return sum(thing.mass_g or 0 for thing in event.about if thing.uri == lot)


def _sensed(opened: OpenedLedger, stays: Sequence[_Stay]) -> list[Event]:
    found: dict[int, Event] = {}
    sites = opened.replica.registry.sites
    for stay in stays[:STORES_MAX]:
        owner = sites[stay.site].actor if stay.site in sites else None
        heard = {stay.actor, owner or stay.actor}
        sample = sample_of(
            opened.store,
            stay.site + OUT,
            since_ms=stay.since_ms,
            until_ms=stay.until_ms + LATE_MS,
            most=SAMPLE_MAX,
            keys=_keys_of(opened, heard),
        )
        found |= {
            index: said.event
            for index, said in _records(opened, sample).items()
            if said.event.kind == "SENSOR"
            and said.actor in heard
            and stay.since_ms <= said.event.event_time_ms <= stay.until_ms
        }
    return [*found.values()]


def _records(opened: OpenedLedger, indices: Sequence[int]) -> dict[int, _Said]:
    keys = opened.replica.registry.keys
    with opened.store.reading() as reading:
        entries = reading.entries_at(indices)
    claims = {each.index: parse_claim(each.payload) for each in entries if each.payload is not None}
    return {
        index: _Said(
            actor=keys[claim.key].actor if claim.key in keys else "",
            event=parse_recorded_event(claim.body),
        )
        for index, claim in claims.items()
        if claim.kind == EVENT
    }


def _points(event: Event, metric: str) -> list[Point]:
    """What a record says of a quantity: a sensor's one value, or what the store-keeper wrote."""
    if event.kind == "SENSOR":
        value = event.elements.get("value") if event.text("metric") == metric else None
    else:
        value = event.elements.get(_WRITTEN[metric])
    return [(event.event_time_ms, float(value))] if _is_number(value) else []


_WRITTEN: Final = {"air_temperature": "temperature_c", "air_humidity": "humidity"}


def _is_number(value: JsonValue) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _curve(name: str, unit: str, points: Sequence[Point]) -> Curve:
    times, values = [time for time, _ in points], [value for _, value in points]
    start, span = min(times), max(times) - min(times) or 1
    low, rise = min(values), max(values) - min(values) or 1.0
    places = [
        (
            f"{EDGE + (WIDTH - 2 * EDGE) * (time - start) / span:.0f}",
            f"{HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (value - low) / rise:.0f}",
        )
        for time, value in points
    ]
    least, most = f"{low:g}", f"{max(values):g}"
    return Curve(
        name=name,
        range=f"{least} {unit}" if least == most else f"{least}–{most} {unit}",
        drawn=(" ".join(",".join(place) for place in places),) if len(places) > 1 else (),
        first=places[0],
    )
