"""Every rule finds its planted case and lets its honest look-alike pass, recorded for real."""

import pytest

from api.demonstration.cases.case import Case, Side
from api.demonstration.cases.playing import CASES, Outcome, play_cases
from api.demonstration.cases.scene import Scene
from ledger.rules.rulebook import RULES


@pytest.fixture(scope="module")
def told() -> list[tuple[int, int]]:
    return []


@pytest.fixture(scope="module")
def outcomes(told: list[tuple[int, int]]) -> list[Outcome]:
    return play_cases(progress=lambda done, of: told.append((done, of)))


def test_every_rule_has_both_sides_and_a_story_for_each() -> None:
    assert [*dict.fromkeys(case.rule for case in CASES)] == [rule.id for rule in RULES]
    stories = [side.cn for case in CASES for side in (case.planted, case.alike)]
    assert len({*stories}) == len(stories) == 2 * len(CASES)


def test_thirty_three_of_thirty_three(outcomes: list[Outcome]) -> None:
    assert [outcome.rule for outcome in outcomes if not outcome.holds] == []
    assert len({outcome.rule for outcome in outcomes}) == 33


def test_a_release_is_found_by_three_stories_and_a_date_alone_only_warns(
    outcomes: list[Outcome],
) -> None:
    found = [outcome.planted for outcome in outcomes if outcome.rule == "TS1"]
    assert [(played.severity, len(played.findings)) for played in found] == [
        ("hold", 1), ("hold", 1), ("amber", 1),
    ]  # fmt: skip
    assert "此后没有人再测过：二氧化硫" in found[1].findings[0].message_cn


def test_what_is_planted_is_as_severe_as_its_rule_says(outcomes: list[Outcome]) -> None:
    unverified = {
        outcome.rule
        for outcome in outcomes
        if all(finding.unverified for finding in outcome.planted.findings)
    }
    severities = {rule.id: rule.severity for rule in RULES}
    found = {}
    for outcome in outcomes:  # a rule's first case is the one that names it
        found.setdefault(outcome.rule, outcome.planted.severity)
    assert {rule: found[rule] for rule in found if rule not in unverified} == {
        rule: severity for rule, severity in severities.items() if rule not in unverified
    }


def test_no_look_alike_is_even_warned_of(outcomes: list[Outcome]) -> None:
    warned = [(outcome.rule, outcome.alike.severity) for outcome in outcomes]
    assert [each for each in warned if each[1] is not None] == []


def test_the_playing_tells_how_far_it_is(
    outcomes: list[Outcome], told: list[tuple[int, int]]
) -> None:
    assert [done for done, _ in told] == [*range(2 * len(CASES) + 1)]
    assert {of for _, of in told} == {2 * len(CASES)}


@pytest.mark.parametrize("swapped", [False, True])
def test_a_case_that_nobody_finds_and_a_look_alike_that_is_accused_both_fail(
    *, swapped: bool
) -> None:
    def nothing(_scene: Scene) -> None:
        """Nothing happens."""

    planted = next(case.planted for case in CASES if case.rule == "MB1")
    quiet = Side(cn="什么也没有", plan=nothing)
    sides = (planted, planted) if swapped else (quiet, quiet)
    case = Case(rule="MB1", planted=sides[0], alike=sides[1])
    (outcome,) = play_cases((case,), progress=lambda _done, _of: None)
    assert not outcome.holds


def test_a_warning_of_a_look_alike_is_no_alarm(outcomes: list[Outcome]) -> None:
    found = {outcome.rule: outcome.planted for outcome in outcomes}
    warned = Outcome(rule="MB7", planted=found["MB7"], alike=found["MB7"])
    accused = Outcome(rule="MB1", planted=found["MB1"], alike=found["MB1"])
    assert (warned.holds, accused.holds) == (True, False)
