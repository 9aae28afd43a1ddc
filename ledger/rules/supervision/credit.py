"""CR1 信用分级: a score from confirmed findings alone, each with its reason and how to appeal.

The points, grades and half-life are those of the house rules. Source: 农产品质量安全法 54.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ledger.canonical import JsonValue
from ledger.errors import FormError
from ledger.rules.supervision.draw import Grade

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


class Confirmed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding that an officer confirmed on a day. A raw alert is none.

    An appeal suspends it until it is decided; one that was upheld takes it away. `severe` (严重)
    vetoes every grade but D while it counts.
    """

    charge: Charge
    confirmed: date
    statement_ids: Annotated[tuple[str, ...], Meta(min_length=1)]
    reason_cn: Annotated[str, Meta(pattern=r"\S")]
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


class Conduct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The day on which an actor was admitted, and everything that was confirmed of it since."""

    since: date
    findings: tuple[Confirmed, ...] = ()


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


def parse_conducts(value: JsonValue) -> dict[str, Conduct]:
    """Read `{"actors": {actor: {"since": day, "findings": [..]}}}`, what officers keep.

    Raises FormError `bad_body` naming what was expected, and where.
    """
    if not isinstance(value, dict) or value.keys() != {"actors"}:
        raise FormError("bad_body", "decisions are an object with actors alone")
    try:
        return msgspec.convert(value["actors"], dict[str, Conduct])
    except msgspec.ValidationError as error:
        raise FormError("bad_body", str(error)) from error


def _points(confirmed: Confirmed, today: date) -> float:
    """The charge's points, halved with every year since."""
    years = (today - confirmed.confirmed).days / HALF_LIFE_DAYS
    return float(round(POINTS[confirmed.charge] * 0.5**years, 2))


def _grade(score: float) -> Grade:
    return next((grade for least, grade in GRADES if score >= least), "D")
