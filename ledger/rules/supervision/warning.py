"""EW1 多触点预警: one level of warning for a herb of a county, from several kinds of signal.

The house rules name the signals and z > 3 for prices; weights and levels were chosen here and are
marked unverified, so a level only asks somebody to look. The log tells of every signal but weather.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, pstdev
from typing import Final, Literal, TypeAlias

from ledger.herbs.vocabulary import Mark, kind
from ledger.rules.findings.finding import Finding
from ledger.rules.history.fact import Fact
from ledger.rules.history.history import History
from ledger.rules.history.results import passed

Signal: TypeAlias = Literal["complaint", "failed_test", "clone", "price_spike", "weather"]
Level: TypeAlias = Literal["none", "watch", "warn", "alarm"]
PRICE_Z: Final = 3.0
PRICES_MIN: Final = 8  # fewer tell nothing of what is usual
WEIGHTS: Final[Mapping[Signal, int]] = {
    "complaint": 1,
    "failed_test": 5,
    "clone": 3,
    "price_spike": 4,
    "weather": 2,
}
LEVELS: Final[tuple[tuple[int, Level], ...]] = ((15, "alarm"), (8, "warn"), (3, "watch"))
WEIGHTS_MARK: Final[Mark] = "unverified"
COPIED: Final = frozenset({"CL1", "CL2", "CL3"})  # rules that say a pack's code was copied
_TESTS: Final = ("TEST", "RETEST", "SUPERVISE_SAMPLE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One signal about a herb of a county; `statement_ids` are what it rests on, if statements."""

    county: str
    herb: str
    signal: Signal
    statement_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountyWarning:
    """The level of a herb of a county, with how many of each signal made it."""

    county: str
    herb: str
    level: Level
    score: int
    counts: Mapping[Signal, int]
    statement_ids: tuple[str, ...]
    mark: Mark = field(default=WEIGHTS_MARK)


def price_spikes(earlier: Sequence[float], price: float) -> bool:
    """Whether a price stands more than three standard deviations above those before it."""
    if len(earlier) < PRICES_MIN:
        return False
    usual, spread = fmean(earlier), pstdev(earlier)
    return price > usual and (spread == 0 or (price - usual) / spread > PRICE_Z)


def signals(
    history: History,
    findings: Iterable[Finding],
    complaints: Mapping[str, Sequence[int]],
    *,
    since_ms: int,
) -> Iterator[Seen]:
    """Every signal from `since_ms` on, once for each county that its lot's herb grew in.

    `complaints` are the instants at which lots were complained of, in epoch milliseconds. A finding
    has no day of its own: those given are taken to stand now. What is of no known herb or county
    is no signal, nor is what strangers alone say: their tests, their sales, and prices by whose
    role it is not to report them.
    """
    history = history.quiet or history
    for fact in history.of_kind(*_TESTS):
        if fact.event.event_time_ms >= since_ms and not passed(fact):
            about = {place for each in fact.event.about for place in _origins(history, each.uri)}
            yield from _seen(about, "failed_test", (fact.statement_id,))
    for finding in findings:
        if finding.rule in COPIED and not finding.is_claim:
            yield from _seen(_origins(history, finding.subject), "clone", finding.statement_ids)
    for lot, times in complaints.items():
        for time_ms in times:
            if time_ms >= since_ms:
                yield from _seen(_origins(history, lot), "complaint", ())
    yield from _spikes(history, since_ms)


def _seen(
    places: Iterable[tuple[str, str]], signal: Signal, statement_ids: tuple[str, ...]
) -> Iterator[Seen]:
    for county, herb in sorted(places):
        yield Seen(county=county, herb=herb, signal=signal, statement_ids=statement_ids)


def _origins(history: History, lot: str) -> set[tuple[str, str]]:
    """Counties where the herb of a lot was cut, or that a purchase names, each with the herb."""
    herb = history.herb(lot)
    if herb is None:
        return set()
    makings = [history.makings.get(each) for each in (lot, *history.ancestors(lot))]
    counties = {_county(history, fact) for fact in makings if fact is not None}
    return {(county, herb.id) for county in counties if county is not None}


def _county(history: History, making: Fact) -> str | None:
    place = history.places.get(making.event.text("plot") or "")
    return making.event.text("county") if place is None else place.county


def _spikes(history: History, since_ms: int) -> Iterator[Seen]:
    """Prices far above those before them at one market: of concern wherever the herb is cut."""
    grown: set[tuple[str, str]] = set()
    for harvest in history.of_kind("HARVEST"):
        for thing in harvest.event.outputs:
            grown |= _origins(history, thing.uri)
    earlier: dict[tuple[str, str, str], list[float]] = {}
    for fact in history.of_kind("PRICE_REPORT"):
        price, herb = fact.event.elements.get("price"), fact.event.herb
        if herb is None or not isinstance(price, int | float) or not _reports(history, fact):
            continue
        for market in fact.event.about:
            prices = earlier.setdefault((market.uri, herb.id, fact.event.text("spec") or ""), [])
            if fact.event.event_time_ms >= since_ms and price_spikes(prices, price):
                where = {place for place in grown if place[1] == herb.id}
                yield from _seen(where, "price_spike", (fact.statement_id,))
            prices.append(price)


def _reports(history: History, fact: Fact) -> bool:
    """Whether it is a signer's role: a market is nobody's, so that anybody may speak of it."""
    known = [history.roles.get(actor) for actor in fact.signers]
    return any(roles is None or kind(fact.event.kind).is_for(roles) for roles in known)


def warnings(
    seen: Iterable[Seen], *, weights: Mapping[Signal, int] = WEIGHTS
) -> list[CountyWarning]:
    """One level per county and herb that any signal is about, the highest score first."""
    groups: dict[tuple[str, str], list[Seen]] = {}
    for each in seen:
        groups.setdefault((each.county, each.herb), []).append(each)
    found = [_warning(place, herb, group, weights) for (place, herb), group in groups.items()]
    return sorted(found, key=lambda each: (-each.score, each.county, each.herb))


def _warning(
    county: str, herb: str, group: Sequence[Seen], weights: Mapping[Signal, int]
) -> CountyWarning:
    counts: dict[Signal, int] = {}
    for each in group:
        counts[each.signal] = counts.get(each.signal, 0) + 1
    score = sum(weights[signal] * count for signal, count in counts.items())
    return CountyWarning(
        county=county,
        herb=herb,
        level=next((level for least, level in LEVELS if score >= least), "none"),
        score=score,
        counts=counts,
        statement_ids=tuple(dict.fromkeys(found for each in group for found in each.statement_ids)),
    )
