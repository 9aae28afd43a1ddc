"""CR1 信用分级: a score from confirmed findings alone, each with its reason and how to appeal.

The points, grades and half-life are those of the house rules. Source: 农产品质量安全法 54.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias

from ledger.rules.draw import Grade

Charge: TypeAlias = Literal[
    "banned_pesticide", "forged_record", "failed_official_sample", "red", "amber", "late_week"
]
START: Final = 100
POINTS: Final[Mapping[Charge, int]] = {
    "banned_pesticide": 40,
    "forged_record": 40,
    "failed_official_sample": 25,
    "red": 15,
    "amber": 5,
    "late_week": 2,
}
CLEAN_MONTHS_MAX: Final = 10
HALF_LIFE_DAYS: Final = 365
MONTH_DAYS: Final = 30
APPEAL_DAYS: Final = 15
GRADES: Final[tuple[tuple[int, Grade], ...]] = ((90, "A"), (75, "B"), (60, "C"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A finding that an officer confirmed on a day. A raw alert is none.

    An appeal suspends it until it is decided; one that was upheld takes it away. `severe` (严重)
    vetoes every grade but D while it counts.
    """

    charge: Charge
    confirmed: date
    statement_ids: tuple[str, ...]
    reason_cn: str
    severe: bool = False
    appeal: Literal["none", "pending", "rejected", "upheld"] = "none"

    @property
    def appeal_until(self) -> date:
        """The last day on which the actor may appeal."""
        return self.confirmed + timedelta(days=APPEAL_DAYS)

    @property
    def counts(self) -> bool:
        """Whether it weighs now."""
        return self.appeal in {"none", "rejected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one confirmed finding takes away on the day of the score, to a hundredth."""

    confirmed: Confirmed
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A score with everything that made it. `clean_months` were added, one point each."""

    score: float
    grade: Grade
    clean_months: int
    reasons: tuple[Reason, ...]


def credit(findings: Iterable[Confirmed], *, since: date, today: date) -> Credit:
    """Score an actor that was admitted `since`, as of `today`; later findings are left out."""
    counted = [each for each in findings if each.counts and each.confirmed <= today]
    reasons = tuple(
        Reason(confirmed=each, points=_points(each, today))
        for each in sorted(counted, key=lambda each: (each.confirmed, each.charge))
    )
    last = max([since, *(each.confirmed for each in counted)])
    clean = min(CLEAN_MONTHS_MAX, max(0, (today - last).days // MONTH_DAYS))
    score = round(START + clean - sum(reason.points for reason in reasons), 2)
    return Credit(
        score=score,
        grade="D" if any(each.severe for each in counted) else _grade(score),
        clean_months=clean,
        reasons=reasons,
    )


def _points(confirmed: Confirmed, today: date) -> float:
    """The charge's points, halved with every year since."""
    years = (today - confirmed.confirmed).days / HALF_LIFE_DAYS
    return float(round(POINTS[confirmed.charge] * 0.5**years, 2))


def _grade(score: float) -> Grade:
    return next((grade for least, grade in GRADES if score >= least), "D")
