"""CR1: credit from confirmed findings alone, by the formula of the house rules."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rules.supervision.credit import POINTS, Charge, Confirmed, credit

TODAY = date(2026, 11, 1)


def finding(charge: Charge, days_ago: int = 0, **more: object) -> Confirmed:
    return Confirmed(charge=charge, confirmed=TODAY - timedelta(days=days_ago),
                     statement_ids=("s",), reason_cn="查实", **more)  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize(
    ("findings", "score", "grade"),
    [
        ([], 110, "A"),
        ([finding("banned_pesticide")], 60, "C"),
        ([finding("forged_record")], 60, "C"),
        ([finding("failed_official_sample")], 75, "B"),
        ([finding("red")], 85, "B"),
        ([finding("amber")], 95, "A"),
        ([finding("late_week")], 98, "A"),
        ([finding("red"), finding("amber"), finding("amber")], 75, "B"),
        ([finding("banned_pesticide"), finding("late_week")], 58, "D"),
        ([finding("amber", severe=True)], 95, "D"),
        ([finding("banned_pesticide", days_ago=365)], 90, "A"),  # 100 + 10 − 20
        ([finding("banned_pesticide", days_ago=730)], 100, "A"),
        ([finding("red", days_ago=-1)], 110, "A"),  # not yet confirmed
        ([finding("red", appeal="upheld"), finding("red", appeal="pending")], 110, "A"),
        ([finding("red", appeal="rejected")], 85, "B"),
    ],
)
def test_credit_counts_confirmed_findings_alone(
    findings: list[Confirmed], score: float, grade: str
) -> None:
    found = credit(findings, since=date(2020, 1, 1), today=TODAY)
    assert (found.score, found.grade) == (score, grade)
    assert all(reason.confirmed.reason_cn for reason in found.reasons)


def test_a_newcomer_earns_its_clean_months_and_an_appeal_has_fifteen_days() -> None:
    since = TODAY - timedelta(days=95)
    assert credit([], since=since, today=TODAY).clean_months == 3
    assert finding("red").appeal_until == TODAY + timedelta(days=15)


@given(st.lists(st.tuples(st.sampled_from(sorted(POINTS)), st.integers(0, 3_000)), max_size=8))
def test_one_more_finding_never_raises_a_score_and_the_order_does_not_matter(
    told: list[tuple[Charge, int]],
) -> None:
    findings = [finding(charge, days) for charge, days in told]
    whole = credit(findings, since=date(2010, 1, 1), today=TODAY)
    assert credit(findings[::-1], since=date(2010, 1, 1), today=TODAY).score == whole.score
    assert credit(findings[1:], since=date(2010, 1, 1), today=TODAY).score >= whole.score
