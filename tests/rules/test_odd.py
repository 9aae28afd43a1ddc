"""No body that the door takes ends judging: rules read odd values as unknown, and never raise."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ledger.canonical import INTEGER_MAX, JsonValue
from ledger.herbs.epcis import time_ms
from ledger.rules.findings.finding import Found, Reference, Rule
from ledger.rules.history.days import day_of
from ledger.rules.history.fact import Fact
from ledger.rules.history.history import History
from ledger.rules.history.topics import Told
from ledger.rules.judge import complete_judgement, judge
from ledger.rules.rulebook import RULES
from tests.rules.scopes.test_bench import seasons, shelf
from tests.rules.shelves import Follower
from tests.rules.story import KG, Story, crop, lot, ms, plot

NUMBERS = (0, 1, -1, 7, INTEGER_MAX, -INTEGER_MAX, 1e300, -1e300, 5e-324, 0.1)
TEXTS = (
    "", "NaN", "Infinity", "-0", "1e999", "9" * 400, "9999-12-31", "0001-01-01", "2026-02-30",
    "甲胺磷", "温县", "无硫", "40克/亩", "10公斤", "\x00", "\ud7ff", "1-9007199254740991", "秤",
    "release",
    plot(), lot("a"), "huaidihuang",
)  # fmt: skip
TIMES = (
    "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.999Z", "1969-12-31T23:59:59+08:00", "2026-11-05T08:00:00+08:00",
    "2026-02-28T23:59:59.999-12:00",
)  # fmt: skip
MASSES = (None, 0, 1, 500 * KG, INTEGER_MAX)
NOW_MS = ms("2027-06-01")
SIGNED_MS = (NOW_MS, 0, -62_000_000_000_000, 253_000_000_000_000)

scalars = st.one_of(st.none(), st.booleans(), st.sampled_from(NUMBERS), st.sampled_from(TEXTS))


def odd(draw: st.DrawFn, value: JsonValue) -> JsonValue:
    """A value like this one with something odd in it, or something else instead."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.one_of(scalars, st.just([]), st.just({}), st.lists(scalars, max_size=2)))
    if isinstance(value, list):
        return [odd(draw, each) for each in value] + draw(st.lists(scalars, max_size=1))
    if isinstance(value, dict):
        return {key: odd(draw, each) for key, each in value.items()}
    return draw(scalars)


@st.composite
def odd_seasons(draw: st.DrawFn) -> list[Told]:
    """A season in which events have odd values, which are JSON all the same, and odd times."""
    found: list[Told] = []
    for told in draw(seasons()):
        if not isinstance(told, Fact) or draw(st.booleans()):
            found.append(told)
            continue
        elements = {
            key: odd(draw, value) if draw(st.booleans()) else value
            for key, value in told.event.elements.items()
        }
        time = draw(st.sampled_from((told.event.event_time, *TIMES)))
        things = {
            side: tuple(
                structs.replace(thing, mass_g=draw(st.sampled_from((thing.mass_g, *MASSES))))
                for thing in getattr(told.event, side)
            )
            for side in ("inputs", "outputs", "about")
        }
        event = structs.replace(
            told.event,
            elements=elements,
            event_time=time,
            event_time_ms=time_ms(time, ""),
            **things,
        )
        signed_ms = draw(st.sampled_from((told.signed_ms, *SIGNED_MS)))
        found.append(replace(told, event=event, signed_ms=signed_ms))
    return found


@settings(max_examples=150)
@given(told=odd_seasons())
def test_no_rule_raises_over_odd_values(told: list[Told]) -> None:
    follower = Follower(shelf())
    follower.take(told, NOW_MS)
    assert [(each.rule, repr(each.error)) for each in follower.defects] == []
    complete = complete_judgement(follower.shelf.whole(), Reference(), NOW_MS)
    assert [(each.rule, repr(each.error)) for each in complete.defects] == []
    assert follower.findings(NOW_MS) == set(complete.findings)


def test_a_spray_with_an_interval_of_any_length_is_judged() -> None:
    story = Story()
    fresh = story.grow()
    story.do("coop", "PESTICIDE", "2026-07-20", about=[(crop(), None)], phi_days=INTEGER_MAX)
    (found,) = story.findings("PH1")
    assert (found.subject, found.severity) == (fresh, "hold")


@pytest.mark.parametrize(
    ("instant_ms", "day"),
    [
        (0, "1970-01-01"),
        (16 * 3_600_000 - 1, "1970-01-01"),
        (16 * 3_600_000, "1970-01-02"),
        (-8 * 3_600_000 - 1, "1969-12-31"),
        (-(10**17), "0001-01-01"),
        (10**17, "9999-12-31"),
    ],
)
def test_every_time_has_a_day_in_china(instant_ms: int, day: str) -> None:
    assert day_of(instant_ms).isoformat() == day


def failing(name: str) -> Rule:
    """A rule that fails on every history."""

    def judge_nothing(history: History, _reference: Reference, _now_ms: int) -> list[Found]:
        raise ZeroDivisionError(f"{len(history.facts)} facts")

    (rule,) = [rule for rule in RULES if rule.id == name]
    return Rule(
        id=rule.id, cn=rule.cn, en=rule.en, severity=rule.severity, hook=rule.hook,
        false_alarm=rule.false_alarm, judge=judge_nothing,
    )  # fmt: skip


def test_a_rule_that_fails_is_a_named_defect_and_the_others_go_on() -> None:
    story = Story()
    story.grow(herb="huainiuxi", cut="2026-08-01")
    rules = [failing(rule.id) if rule.id == "MB1" else rule for rule in RULES]
    complete = complete_judgement(story.history(), Reference(), NOW_MS, rules=rules)
    assert [(each.rule, type(each.error)) for each in complete.defects] == [
        ("MB1", ZeroDivisionError)
    ]
    assert {found.rule for found in complete.findings} == {"TT4"}
    with pytest.raises(ZeroDivisionError):
        judge(story.history(), Reference(), NOW_MS, rules=rules)
