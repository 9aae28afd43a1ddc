"""`daodi credit`: what officers confirmed becomes grades, each with its reasons, for a draw."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk

GOOD, BAD = "urn:daodi:actor:good", "urn:daodi:actor:bad"
FAILED = {
    "charge": "failed_official_sample",
    "confirmed": "2026-09-01",
    "statement_ids": ["ab" * 32],
    "reason_cn": "监督抽检二氧化硫不合格",
}
DECISIONS = {
    "actors": {
        GOOD: {"since": "2020-01-01"},
        BAD: {
            "since": "2020-01-01",
            "findings": [
                FAILED,
                FAILED | {"charge": "red", "appeal": "pending"},
                FAILED | {"charge": "amber", "appeal": "upheld"},
            ],
        },
    }
}


def graded(desk: Desk, decisions: object, *typed: object, expect: int = 0) -> Any:  # noqa: ANN401 — any JSON
    """What the command prints of a file of decisions."""
    path = desk.folder / "decisions.json"
    path.write_text(json.dumps(decisions))
    result = desk.run("credit", path, *typed, expect=expect)
    return json.loads(result.stdout) if expect == 0 else result.stderr


def test_grades_follow_from_what_was_confirmed_each_point_with_its_reason(tmp_path: Path) -> None:
    told = graded(Desk(tmp_path), DECISIONS, "--day", "2026-09-02")
    assert (told["day"], told["grades"]) == ("2026-09-02", {GOOD: "A", BAD: "B"})
    assert told["actors"][GOOD]["score"] == 110
    bad = told["actors"][BAD]
    assert (bad["score"], bad["under_appeal"]) == (75.05, 1)
    (reason,) = bad["reasons"]
    assert (reason["charge"], reason["points"]) == ("failed_official_sample", 24.95)
    assert (reason["reason_cn"], reason["appeal_until"]) == (FAILED["reason_cn"], "2026-09-16")


def test_without_a_day_the_clock_says_today_and_nothing_later_counts(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    later = deepcopy(DECISIONS)
    later["actors"][BAD]["findings"][0]["confirmed"] = "2199-01-01"  # type: ignore[index]  # JSON
    told = graded(desk, later)
    assert told["day"] == graded(desk, DECISIONS)["day"] < "2199"
    assert told["actors"][BAD]["reasons"] == []


def test_grades_are_the_actors_of_a_draws_roster(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    grades = graded(desk, DECISIONS, "--day", "2026-09-02")["grades"]
    roster, seed = tmp_path / "roster.json", tmp_path / "seed"
    roster.write_text(json.dumps({"name": "2026", "actors": grades, "officers": ["x", "y"]}))
    desk.run("draw", "commit", roster, "--seed", seed)
    drawn = json.loads(desk.run("draw", "reveal", roster, "--seed", seed).stdout)["drawn"]
    assert {one["actor"]: one["grade"] for one in drawn} == grades


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"actors": []},
        {"actors": {}, "more": 1},
        {"actors": {BAD: {}}},
        {"actors": {BAD: {"since": "last year"}}},
        {"actors": {BAD: {"since": "2020-01-01", "findings": [FAILED | {"charge": "rumour"}]}}},
        {"actors": {BAD: {"since": "2020-01-01", "findings": [FAILED | {"reason_cn": " "}]}}},
        {"actors": {BAD: {"since": "2020-01-01", "findings": [FAILED | {"statement_ids": []}]}}},
        {"actors": {BAD: {"since": "2020-01-01", "findings": [FAILED | {"apeal": "upheld"}]}}},
    ],
)
def test_what_is_no_file_of_decisions_is_refused(tmp_path: Path, wrong: object) -> None:
    assert "[bad_body]" in graded(Desk(tmp_path), wrong, expect=1)
