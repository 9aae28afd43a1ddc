"""EW1 多触点预警: one level of warning for a herb of a county, from several kinds of signal.

The house rules name the signals and z > 3 for prices; weights and levels were chosen here and are
marked unverified, so a level only asks somebody to look.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, pstdev
from typing import Final, Literal, TypeAlias

from ledger.herbs.vocabulary import Mark

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
