"""The demonstration: every case shows what it says, and nothing in it was let in by the back."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.demonstration.mark import MARK, ORIGIN, is_demonstration
from api.demonstration.stage import season_of
from ledger.statements.keys import parse_private_key
from tests.cli.desk import Desk

NOW_MS = int(datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp()) * 1000
STATUS = {
    "honest": "recorded",
    "blend": "recorded",
    "late": "recorded",
    "corrected": "recorded",
    "held": "held",
    "recalled": "recalled",
    "expired": "expired",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One demonstration for all of these: they only read it."""
    desk = Desk(tmp_path_factory.mktemp("demo"), now_ms=NOW_MS)
    desk.on("demo")
    return desk


def cases(demo: Desk) -> dict[str, dict[str, str]]:
    listed = json.loads((demo.data / "demo.json").read_text())["cases"]
    return {case["shows"]: case for case in listed}


def traced(demo: Desk, shows: str) -> dict[str, list[dict[str, str]]]:
    answer: dict[str, list[dict[str, str]]] = demo.answer("trace", cases(demo)[shows]["code"])
    return answer


def test_every_case_has_the_status_that_it_shows(demo: Desk) -> None:
    assert {shows: traced(demo, shows)["status"] for shows in cases(demo)} == STATUS


def test_every_case_is_proved_by_its_evidence(demo: Desk) -> None:
    described = demo.answer("ledger", "show")
    pinned = ("--log-key", described["log_keys"][0], "--registrar", described["registrar"])
    for case in cases(demo).values():
        bundle = demo.folder / "bundle.json"
        demo.on("evidence", case["code"], "--out", bundle)
        demo.run("verify", bundle, "--asked", case["code"], *pinned)


def test_the_whole_demonstration_passes_its_audit(demo: Desk) -> None:
    report = demo.answer("audit")
    assert report["clean"]
    assert report["statements"] > 100


def test_nothing_in_it_was_recorded_afterwards(demo: Desk) -> None:
    for shows in cases(demo):
        marks = {step["late"] for step in traced(demo, shows)["steps"]} - {None}
        assert marks == ({"late"} if shows == "late" else set())


def test_a_blend_shows_both_counties_with_their_shares(demo: Desk) -> None:
    origin = traced(demo, "blend")["origin"]
    assert [(one["county"], one["share"]) for one in origin] == [("温县", 0.6), ("武陟县", 0.4)]


def test_a_corrected_record_names_its_correction(demo: Desk) -> None:
    corrected = [step for step in traced(demo, "corrected")["steps"] if step["corrected_by"]]
    assert [step["kind"] for step in corrected] == ["HARVEST"]


def test_every_name_says_that_it_is_invented(demo: Desk) -> None:
    for shows in cases(demo):
        names = {step["actor"] for step in traced(demo, shows)["steps"]}
        assert all(name.endswith(MARK) for name in names)
    assert is_demonstration(demo.answer("ledger", "show")["origin"])
    assert not is_demonstration("ledger.example/herbs")


def test_people_prices_and_buyers_stay_sealed(demo: Desk) -> None:
    whole = demo.on("export").stdout
    for hidden in ("演示人名", "演示-发票", "46.5"):
        assert hidden not in whole
    code = cases(demo)["honest"]["code"]
    opened = {one["name"] for one in demo.answer("trace", code, "--sealed")["openings"]}
    assert {"pickers", "samplers", "operator", "buyer", "price", "seller"} <= opened


def test_its_label_says_so_too(demo: Desk) -> None:
    lot, out = cases(demo)["honest"]["lot"], demo.folder / "label.svg"
    demo.on("labels", "--lot", lot, "--count", 1, "--format", "svg", "--out", out)
    assert "演示数据" in out.read_text()


def test_the_last_state_leaf_carries_the_real_time(demo: Desk) -> None:
    bundle = json.loads(demo.on("evidence", cases(demo)["honest"]["code"]).stdout)
    described = demo.answer("trace", cases(demo)["honest"]["code"])
    assert bundle["origin"] == ORIGIN
    assert described["checkpoint"]["time"].startswith("2026-11-22T")


def test_its_devices_keys_are_there_to_try(demo: Desk, tmp_path: Path) -> None:
    keys = sorted((demo.data / "demo-keys").glob("*.pem"))
    assert "mill.pem" in {key.name for key in keys}
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert len({parse_private_key(key.read_bytes()).key_id for key in keys}) == len(keys)
    demo.on("backup", "--to", tmp_path / "copy", "--with-keys")
    other = Desk(tmp_path / "other", now_ms=demo.now_ms)
    other.on("restore", tmp_path / "copy")
    mill = demo.data / "demo-keys" / "mill.pem"
    event = {"kind": "STORE_IN", "about": [[cases(demo)["honest"]["lot"], 1_000]]}
    raw = json.dumps(event).encode()
    other.on("record", "--key", mill, "--event", "-", stdin=raw)


def test_the_demonstration_is_never_made_where_something_is(demo: Desk, tmp_path: Path) -> None:
    assert "already_registered" in demo.on("demo", expect=1).stderr
    other = Desk(tmp_path)
    other.data.mkdir()
    (other.data / "mine.txt").write_text("mine")
    other.on("demo", expect=1)
    assert [path.name for path in other.data.iterdir()] == ["mine.txt"]


def test_an_interrupted_making_leaves_no_half_and_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, now_ms=NOW_MS)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("api.demonstration.build.write_cases", interrupted)
        desk.on("demo", expect=1)
    assert not desk.data.exists()
    assert len(desk.answer("demo")["cases"]) == len(STATUS)


@pytest.mark.parametrize(
    ("today", "season"), [((2026, 11, 22), 2025), ((2027, 3, 1), 2026), ((2027, 2, 28), 2025)]
)
def test_the_season_lies_wholly_in_the_past(today: tuple[int, int, int], season: int) -> None:
    now_ms = int(datetime(*today, 12, tzinfo=UTC).timestamp()) * 1000
    assert season_of(now_ms) == season
