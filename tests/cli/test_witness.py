"""Two checkpoints of one log: the older is a prefix of the newer, or the command says no."""

import json
from pathlib import Path

from api.opened.folder import LedgerFolder
from ledger.log.checkpoint import Checkpoint, format_checkpoint
from ledger.store.ledger import sign_head, sign_text
from tests.cli.desk import ORIGIN, Desk


def kept(desk: Desk, name: str) -> Path:
    path = desk.folder / name
    path.write_text(desk.on("witness", "checkpoint").stdout, encoding="utf-8")
    return path


def test_a_log_that_only_grew_is_consistent(desk: Desk) -> None:
    old = kept(desk, "old")
    desk.season()
    new = kept(desk, "new")
    assert desk.answer("witness", "checkpoint", "--old", old)["consistent"]
    desk.on("witness", "checkpoint", "--old", old, "--new", new)
    desk.on("witness", "checkpoint", "--old", old, "--new", old)


def test_a_changed_checkpoint_is_not_the_logs(desk: Desk) -> None:
    old = kept(desk, "old")
    desk.season()
    lines = old.read_text().splitlines(keepends=True)
    old.write_text("".join([lines[0], "2\n", *lines[2:]]))
    desk.on("witness", "checkpoint", "--old", old, expect=1)


def test_a_checkpoint_of_another_log_is_refused(desk: Desk, tmp_path: Path) -> None:
    other = Desk(tmp_path / "other")
    other.folder.mkdir()
    other.found()
    foreign = kept(other, "foreign")
    refused = desk.on("witness", "checkpoint", "--old", foreign, expect=1)
    assert "does_not_hold" in refused.stderr


def test_another_history_that_the_log_itself_signed_is_not_this_one(desk: Desk) -> None:
    """Two notes of one size and two roots: kept by a witness, shown to the operator."""
    size = desk.answer("ledger", "show")["size"]
    other = desk.folder / "other"
    keys = LedgerFolder(desk.data).log_keys()
    other.write_text(sign_head(keys)(Checkpoint(origin=ORIGIN, size=size, root=bytes(32))))
    for typed in (("--old", other), ("--old", other, "--new", other)):
        refused = desk.on("witness", "checkpoint", *typed, expect=1)
        assert "does_not_hold" in refused.stderr


def test_a_checkpoint_in_the_name_of_another_log_is_refused_though_our_keys_signed(
    desk: Desk,
) -> None:
    lent = desk.folder / "lent"
    text = format_checkpoint(Checkpoint(origin="other.example/log", size=1, root=bytes(32)))
    lent.write_text(sign_text(LedgerFolder(desk.data).log_keys(), ORIGIN, text))
    refused = desk.on("witness", "checkpoint", "--old", lent, expect=1)
    assert "other.example/log" in refused.stderr


def test_a_checkpoint_beyond_this_ledger_cannot_be_checked(desk: Desk) -> None:
    desk.on("backup", "--to", desk.folder / "backup", "--with-keys")
    desk.season()
    newer = kept(desk, "newer")
    other = Desk(desk.folder / "other", now_ms=desk.now_ms)
    other.on("restore", desk.folder / "backup")
    other.on("witness", "checkpoint", "--old", newer, expect=3)


def test_an_older_checkpoint_does_not_follow_a_newer_one(desk: Desk) -> None:
    old = kept(desk, "old")
    desk.season()
    new = kept(desk, "new")
    desk.on("witness", "checkpoint", "--old", new, "--new", old, expect=1)


def test_a_checkpoint_is_printed_as_it_is_served(desk: Desk) -> None:
    note = desk.answer("ledger", "show")["checkpoint"]
    assert desk.on("witness", "checkpoint").stdout == note
    assert json.loads(desk.on("witness", "checkpoint", "--json").stdout) == {"checkpoint": note}
