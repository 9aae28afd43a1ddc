"""`daodi rules`: the list, the table of cases, and an exit code that can be trusted."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from api.commands import rules as command
from api.demonstration.cases.playing import CASES, Outcome, play_cases
from ledger.rules.rulebook import RULES
from tests.cli.desk import Desk

FEW = tuple(case for case in CASES if case.rule in {"MB1", "MB7", "PB1"})


@pytest.fixture(scope="module")
def few() -> list[Outcome]:
    return play_cases(FEW, progress=lambda _done, _of: None)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: list[Outcome]) -> Desk:
    """A desk where only three rules are played, for speed."""
    monkeypatch.setattr(command, "play_cases", lambda **_: few)
    return Desk(tmp_path)


def test_the_rules_are_listed_with_severity_law_and_sentence(desk: Desk) -> None:
    listed = json.loads(desk.run("rules", "--json").stdout)["rules"]
    assert [rule["id"] for rule in listed] == [rule.id for rule in RULES]
    assert all(rule["says"].endswith(".") for rule in listed)
    printed = desk.run("rules").stdout
    assert all(rule.id in printed for rule in RULES)
    assert "…" not in printed
    assert max(len(line) for line in printed.splitlines()) <= command.NARROW


def test_the_table_names_both_sides_of_a_rule(desk: Desk) -> None:
    printed = desk.run("rules", "--cases").stdout
    assert "演示数据。3 对故事，3 条规则中 3 条相符" in printed
    assert "黄" in printed
    assert "暂控" in printed
    assert "无" in printed
    for outcome in json.loads(desk.run("rules", "--cases", "--json").stdout)["cases"]:
        assert outcome["holds"]
        assert outcome["planted"]["severity"] in {"hold", "red", "amber"}
        assert outcome["planted"]["findings"][0]["statements"]
        assert outcome["alike"] == {**outcome["alike"], "severity": None, "findings": []}


def test_a_missed_case_is_named_and_leaves_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: list[Outcome]
) -> None:
    blind = [replace(few[0], planted=few[0].alike), *few[1:]]
    monkeypatch.setattr(command, "play_cases", lambda **_: blind)
    desk = Desk(tmp_path)
    printed = desk.run("rules", "--cases", expect=1).stdout
    assert "没有发现" in printed
    assert "3 条规则中 2 条相符：不对：MB1。" in printed
    assert json.loads(desk.run("rules", "--cases", "--json", expect=1).stdout)["failed"] == ["MB1"]


def test_a_look_alike_that_is_accused_leaves_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: list[Outcome]
) -> None:
    unfair = [replace(each, alike=each.planted) for each in few]
    monkeypatch.setattr(command, "play_cases", lambda **_: unfair)
    failed = json.loads(Desk(tmp_path).run("rules", "--cases", "--json", expect=1).stdout)["failed"]
    assert failed == ["MB1", "PB1"]  # MB7 only warns
