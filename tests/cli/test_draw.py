"""`daodi draw`: committed to before, revealed after, drawn again by anybody."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk

ROSTER = {
    "name": "2027 年第一季度",
    "actors": {"urn:daodi:actor:a": "A", "urn:daodi:actor:b": "D", "urn:daodi:actor:c": "D"},
    "officers": ["officer-1", "officer-2", "officer-3"],
    "conflicts": [["officer-1", "urn:daodi:actor:b"]],
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "roster.json").write_text(json.dumps(ROSTER))
    return Desk(tmp_path)


def told(desk: Desk, name: str, *typed: object) -> Any:  # noqa: ANN401 — any JSON
    """Run a part of the draw and keep what it prints."""
    printed = desk.run("draw", *typed).stdout
    (desk.folder / name).write_text(printed)
    return json.loads(printed)


def check(desk: Desk, *, expect: int) -> list[str]:
    """Draw again from what was published; what differs."""
    folder = desk.folder
    printed = desk.run(
        "draw", "check", folder / "roster.json", "--committed", folder / "before.json",
        "--revealed", folder / "after.json", expect=expect,
    ).stdout  # fmt: skip
    differing: list[str] = json.loads(printed)["differing"]
    return differing


def test_a_draw_is_committed_to_revealed_and_drawn_again(desk: Desk) -> None:
    roster, seed = desk.folder / "roster.json", desk.folder / "seed"
    before = told(desk, "before.json", "commit", roster, "--seed", seed)
    assert "seed" not in before
    assert stat.S_IMODE(seed.stat().st_mode) == 0o600
    after = told(desk, "after.json", "reveal", roster, "--seed", seed)
    assert {one["actor"] for one in after["drawn"]} == set(ROSTER["actors"])
    officers = {one["actor"]: one["officers"] for one in after["drawn"]}
    assert sorted(officers["urn:daodi:actor:b"]) == ["officer-2", "officer-3"]
    assert check(desk, expect=0) == []


def test_another_seed_roster_or_result_than_committed_to_is_found(desk: Desk) -> None:
    roster, seed = desk.folder / "roster.json", desk.folder / "seed"
    told(desk, "before.json", "commit", roster, "--seed", seed)
    after = told(desk, "after.json", "reveal", roster, "--seed", seed)
    (desk.folder / "after.json").write_text(json.dumps(after | {"drawn": after["drawn"][:1]}))
    assert check(desk, expect=1) == ["drawn"]
    other = desk.folder / "other"
    told(desk, "unused.json", "commit", roster, "--seed", other)
    told(desk, "after.json", "reveal", roster, "--seed", other)
    assert check(desk, expect=1) == ["commitment"]
    told(desk, "after.json", "reveal", roster, "--seed", seed)
    roster.write_text(json.dumps(ROSTER | {"officers": ["officer-1"]}))
    assert "roster_sha256" in check(desk, expect=1)


def test_a_seed_is_made_once(desk: Desk) -> None:
    roster, seed = desk.folder / "roster.json", desk.folder / "seed"
    told(desk, "before.json", "commit", roster, "--seed", seed)
    desk.run("draw", "commit", roster, "--seed", seed, expect=1)
    seed.write_text("not hex")
    desk.run("draw", "reveal", roster, "--seed", seed, expect=1)
