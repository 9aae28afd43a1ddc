"""Envelopes taken out and put in again: nothing is lost, what is refused is named by its line."""

import json
from pathlib import Path

import pytest

from api.commands import moving
from api.commands.moving import LINE_BYTES_MAX
from tests.cli.desk import Desk


def exported(desk: Desk, *options: str) -> list[str]:
    return desk.on("export", *options).stdout.splitlines()


def test_an_export_holds_every_statement_in_order_of_the_log(desk: Desk) -> None:
    desk.season()
    lines = [json.loads(line) for line in exported(desk)]
    assert len(lines) == desk.answer("audit")["statements"]
    assert all(set(line) == {"payload", "payloadType", "signatures"} for line in lines)


def test_what_is_in_the_log_already_is_passed_over(desk: Desk) -> None:
    desk.season()
    path = desk.folder / "all.ndjson"
    desk.on("export", "--out", path)
    size = desk.answer("ledger", "show")["size"]
    said = desk.answer("import", path)
    assert said == {"recorded": 0, "again": 9, "refused": []}
    assert desk.answer("ledger", "show")["size"] == size


def test_a_file_of_several_groups_is_taken_in_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.on("backup", "--to", desk.folder / "backup", "--with-keys")
    desk.season()
    path = desk.folder / "all.ndjson"
    desk.on("export", "--out", path)
    for each in (1, 3, 4, 9):  # a last group of one, of three, of one, and one whole group
        other = Desk(desk.folder / f"other-{each}", now_ms=desk.now_ms)
        other.on("restore", desk.folder / "backup")
        monkeypatch.setattr(moving, "STATEMENTS_MAX", each)
        assert other.answer("import", path) == {"recorded": 6, "again": 3, "refused": []}
        assert exported(other) == exported(desk)


def test_openings_leave_only_when_asked_for(desk: Desk) -> None:
    desk.season()
    assert not any("openings" in json.loads(line) for line in exported(desk))
    opened = [json.loads(line) for line in exported(desk, "--openings")]
    values = [one["value"] for line in opened for one in line.get("openings", [])]
    assert values == [["李四"]]


def test_a_ledger_restored_to_an_earlier_state_takes_in_what_it_lacks(desk: Desk) -> None:
    desk.on("backup", "--to", desk.folder / "backup", "--with-keys")
    pack = desk.season()
    path = desk.folder / "all.ndjson"
    desk.on("export", "--openings", "--out", path)
    other = Desk(desk.folder / "other", now_ms=desk.now_ms)
    other.on("restore", desk.folder / "backup")
    assert other.answer("import", path) == {"recorded": 6, "again": 3, "refused": []}
    assert other.answer("trace", pack, "--sealed")["openings"]
    assert other.answer("audit")["clean"]


def test_an_operators_own_commands_never_wait_for_a_measure(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAODI_STATEMENTS_PER_DAY", "1")
    monkeypatch.setenv("DAODI_OUTSIDE_PER_DAY", "1")
    desk.on("backup", "--to", desk.folder / "backup", "--with-keys")
    for _ in range(2):  # twelve statements of one key, which has a measure of seven
        desk.season()
    path = desk.folder / "all.ndjson"
    desk.on("export", "--openings", "--out", path)
    other = Desk(desk.folder / "other", now_ms=desk.now_ms)
    other.on("restore", desk.folder / "backup")
    assert other.answer("import", path) == {"recorded": 12, "again": 3, "refused": []}


def test_refused_lines_are_named_and_the_others_kept(desk: Desk) -> None:
    desk.on("backup", "--to", desk.folder / "backup", "--with-keys")
    desk.season()
    lines = exported(desk)
    other = Desk(desk.folder / "other", now_ms=desk.now_ms)
    other.on("restore", desk.folder / "backup")
    forged = json.loads(lines[5])
    forged["signatures"][0]["sig"] = json.loads(lines[6])["signatures"][0]["sig"]
    lines[5] = json.dumps(forged)
    path = _written(other, [*lines[:4], "", "nonsense", *lines[4:]])
    said = other.answer("import", path, expect=1)
    # The forged line leaves a gap, and what follows on that key's chain waits for it.
    assert [(one["line"], one["code"]) for one in said["refused"]] == [
        (6, "not_json"),
        (8, "bad_signature"),
        (9, "seq_gap"),
        (10, "seq_gap"),
        (11, "seq_gap"),
    ]
    assert said["recorded"] == 2
    shown = other.on("import", path, expect=1).stderr
    assert "第 6 行" in shown
    assert "第 8 行" in shown


def test_a_line_without_end_is_refused(desk: Desk) -> None:
    path = desk.folder / "long.ndjson"
    path.write_text("1" * LINE_BYTES_MAX)
    assert desk.answer("import", path, expect=1)["refused"][0]["code"] == "too_large"


def test_an_import_reads_stdin_too(desk: Desk) -> None:
    lines = "\n".join(exported(desk))
    assert desk.answer("import", "-", stdin=lines.encode())["again"] == 3


def _written(desk: Desk, lines: list[str]) -> Path:
    path = desk.folder / "lines.ndjson"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_what_a_stranger_wrote_moves_nothing_on_an_operators_terminal(desk: Desk) -> None:
    lot, drug = desk.lot(), "\x1b[2J\x9b31m合格\u202e"
    desk.record({"kind": "PURCHASE", "outputs": [[lot, 1_000]],
                 "elements": {"seller": "某人", "drug": drug}})  # fmt: skip
    shown = desk.on("trace", lot).stdout
    assert "合格" in shown
    assert not any(sign in shown for sign in ("\x1b", "\x9b", "\u202e"))
    told = desk.on("trace", lot, "--json").stdout
    assert json.loads(told)["drug"] == drug
    assert not any(sign in told for sign in ("\x1b", "\x9b", "\u202e"))


def test_of_a_file_of_nothing_but_refused_lines_the_first_are_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "REFUSED_NAMED", 2)
    path = _written(desk, ["nonsense"] * 5)
    said = desk.answer("import", path, expect=1)
    assert [one["line"] for one in said["refused"]] == [1, 2]
    assert said["unnamed"] == 3
    assert "拒绝 5" in desk.on("import", path, expect=1).stdout
