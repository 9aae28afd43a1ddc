"""RC1, CR1, RS1, EW1: recall, credit, draw and warning by the formulas of the house rules."""

from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import JsonValue
from ledger.errors import FormError
from ledger.rules.credit import POINTS, Charge, Confirmed, credit
from ledger.rules.draw import RATES, Roster, commitment, draw, parse_roster, roster_hash
from ledger.rules.recall import Closure, recall_closure
from ledger.rules.warning import WEIGHTS, CountyWarning, Seen, Signal, price_spikes, warnings
from tests.rules.story import HOUR_MS, KG, Story, lot

TODAY = date(2026, 11, 1)
SEED = sha256(b"seed").digest()


def recalled(story: Story, level: str = "1") -> Closure:
    """A lot of 100 kg, packed in two lots of 60 and 40 kg, is recalled on 2026-12-20."""
    story.do("mill", "RECALL", "2026-12-20", about=[(lot("a"), None)], level=level,
             deadline="2026-12-30T00:00:00+08:00")  # fmt: skip
    recall = story.facts[-1]
    masses: dict[str, int | None] = {lot("a"): 100 * KG, lot("p"): 60 * KG, lot("q"): 40 * KG}
    children = {lot("a"): [lot("p"), lot("q")]}
    return recall_closure(recall, story.facts, children=children, masses_g=masses)


def test_a_recall_reaches_all_that_was_made_of_the_lot_and_counts_each_gram_once() -> None:
    story = Story()
    story.do("mill", "SALE_B2B", "2026-12-10", about=[(lot("p"), 50 * KG)])
    story.do("shop", "SALE_RETAIL", "2026-12-12", about=[(lot("p"), 20 * KG)])
    story.do("mill", "SALE_B2B", "2026-12-10", about=[(lot("q"), 30 * KG)])
    story.do("shop", "RETURN", "2026-12-11", about=[(lot("p"), 9 * KG)])  # before the recall
    story.do("shop", "RETURN", "2026-12-21", about=[(lot("p"), 20 * KG)])
    story.do("shop", "RETURN", "2026-12-21", about=[(lot("other"), 99 * KG)])
    closure = recalled(story)
    assert closure.reached == (lot("a"), lot("p"), lot("q"))
    assert (closure.reached_g, closure.shipped_g, closure.recovered_g) == (100_000, 80_000, 20_000)
    assert closure.rate == Fraction(1, 4)
    assert not closure.closed
    assert closure.notice_mark == "unverified"


def test_what_was_sold_before_it_was_packed_again_is_not_shipped_twice() -> None:
    story = Story()
    story.do("mill", "SALE_B2B", "2026-12-10", about=[(lot("a"), 100 * KG)])
    story.do("trader", "SALE_B2B", "2026-12-12", about=[(lot("p"), 60 * KG)])
    story.do("mill", "RECALL", "2026-12-25", about=[(lot("a"), None)], recovered_g=100 * KG)
    closure = recalled(story)
    assert (closure.shipped_g, closure.rate, closure.closed) == (100_000, Fraction(1), True)


@pytest.mark.parametrize(("level", "hours"), [("1", 24), ("2", 48), ("3", 72), ("9", None)])
def test_the_level_of_a_recall_says_by_when_everybody_is_told(
    level: str, hours: int | None
) -> None:
    story = Story()
    closure = recalled(story, level)
    began_ms = story.facts[-1].event.event_time_ms
    due_ms = None if hours is None else began_ms + hours * HOUR_MS
    assert (closure.notice_due_ms, closure.rate) == (due_ms, None)


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


names = st.text("abcdefgh", min_size=1, max_size=6)
rosters = st.builds(
    Roster,
    name=names,
    actors=st.dictionaries(names, st.sampled_from(sorted(RATES)), max_size=40),
    officers=st.frozensets(names, max_size=6),
    conflicts=st.frozensets(st.tuples(names, names), max_size=10),
)


@given(rosters, st.binary(min_size=32, max_size=32))
def test_a_draw_takes_each_grades_rate_and_keeps_to_the_conflicts(
    roster: Roster, seed: bytes
) -> None:
    drawn = draw(roster, seed)
    for grade, rate in RATES.items():
        of_grade = [actor for actor, graded in roster.actors.items() if graded == grade]
        assert sum(one.grade == grade for one in drawn) == ceil(rate * len(of_grade))
    assert len({one.actor for one in drawn}) == len(drawn)
    for one in drawn:
        assert roster.actors[one.actor] == one.grade
        free = {officer for officer in roster.officers
                if (officer, one.actor) not in roster.conflicts}  # fmt: skip
        assert set(one.officers) <= free
        assert len(set(one.officers)) == min(2, len(free))


@given(rosters, st.binary(min_size=32, max_size=32))
def test_anybody_draws_the_same_from_the_same_roster_and_seed(roster: Roster, seed: bytes) -> None:
    turned = Roster(name=roster.name, actors=dict(reversed(list(roster.actors.items()))),
                    officers=roster.officers, conflicts=roster.conflicts)  # fmt: skip
    assert draw(turned, seed) == draw(roster, seed)
    assert roster_hash(turned) == roster_hash(roster)
    assert commitment(seed) == sha256(seed).hexdigest()


def test_another_seed_draws_others_and_over_many_seeds_everybody_is_drawn() -> None:
    roster = parse_roster({"name": "2027", "actors": {f"a{n}": "B" for n in range(20)},
                           "officers": ["x", "y", "z"], "conflicts": [["x", "a1"]]})  # fmt: skip
    drawn = [{one.actor for one in draw(roster, sha256(bytes([n])).digest())} for n in range(80)]
    assert {len(each) for each in drawn} == {2}
    assert set().union(*drawn) == set(roster.actors)


@pytest.mark.parametrize(
    "wrong",
    [None, [], {}, {"name": "", "actors": {}}, {"name": "n", "actors": []}, {"name": "n",
     "actors": {"a": "E"}}, {"name": "n", "actors": {}, "officers": "x"}, {"name": "n",
     "actors": {}, "conflicts": [["x"]]}, {"name": "n", "actors": {}, "conflicts": "x"},
     {"name": "n", "actors": {}, "more": 1}],
)  # fmt: skip
def test_what_is_no_roster_is_refused(wrong: JsonValue) -> None:
    with pytest.raises(FormError) as refusal:
        parse_roster(wrong)
    assert refusal.value.code == "bad_body"


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(FormError, match="32 bytes"):
        commitment(b"short")


def seen(signal: Signal, times: int = 1, county: str = "410825") -> list[Seen]:
    return [Seen(county=county, herb="huainiuxi", signal=signal, statement_ids=(f"s{n}",))
            for n in range(times)]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "level"),
    [([("complaint", 2)], "none"), ([("complaint", 3)], "watch"), ([("clone", 1)], "watch"),
     ([("failed_test", 1), ("complaint", 3)], "warn"), ([("failed_test", 3)], "alarm"),
     ([("weather", 1), ("price_spike", 1), ("weather", 1)], "warn")],
)  # fmt: skip
def test_signals_of_a_county_and_herb_make_one_level(
    told: list[tuple[Signal, int]], level: str
) -> None:
    (found,) = warnings([each for signal, times in told for each in seen(signal, times)])
    assert isinstance(found, CountyWarning)
    assert (found.level, found.mark) == (level, "unverified")
    assert found.score == sum(WEIGHTS[signal] * times for signal, times in told)


def test_counties_are_warned_of_apart_the_worst_first() -> None:
    found = warnings([*seen("complaint"), *seen("failed_test", county="410823")])
    assert [each.county for each in found] == ["410823", "410825"]
    assert found[0].statement_ids == ("s0",)


@pytest.mark.parametrize(
    ("earlier", "price", "spikes"),
    [([10.0] * 8, 10.0, False), ([10.0] * 8, 10.1, True), ([10.0] * 7, 99.0, False),
     ([9.0, 11.0] * 4, 13.0, False), ([9.0, 11.0] * 4, 13.1, True), ([9.0, 11.0] * 4, 1.0, False)],
)  # fmt: skip
def test_a_price_spikes_above_three_standard_deviations(
    earlier: list[float], price: float, spikes: bool
) -> None:
    assert price_spikes(earlier, price) is spikes
