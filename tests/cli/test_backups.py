"""Backups are whole, hold no keys unless asked, and never fork a log that was served further."""

import shutil
import stat

import pytest

from ledger.store.engine import open_engine
from ledger.store.migrate import migrate
from tests.cli.desk import Desk


@pytest.fixture
def backed(desk: Desk) -> Desk:
    """A desk whose ledger is backed up, and has gone on since."""
    desk.on("backup", "--to", desk.folder / "backup")
    desk.season()
    return desk


def other_desk(desk: Desk) -> Desk:
    return Desk(desk.folder / "other", now_ms=desk.now_ms)


def test_a_backup_holds_everything_but_keys_and_guard(backed: Desk) -> None:
    names = {path.name for path in (backed.folder / "backup").iterdir()}
    assert names == {"ledger.db", "blobs"}


def test_a_backup_with_keys_keeps_them_private(desk: Desk) -> None:
    folder = desk.folder / "backup"
    desk.on("backup", "--to", folder, "--with-keys")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder / "keys").iterdir()}
    assert modes == {0o600}
    assert not (folder / "head.guard").exists()


def test_a_backup_overwrites_nothing(backed: Desk) -> None:
    refused = backed.on("backup", "--to", backed.folder / "backup", expect=2)
    assert "不是空文件夹" in refused.stderr


def test_a_restored_ledger_is_the_backed_up_one(backed: Desk) -> None:
    other = other_desk(backed)
    said = other.on("restore", backed.folder / "backup")
    assert "守护文件" in said.stderr  # it may be behind what was served: a person must look
    assert other.answer("audit")["clean"]
    shutil.copytree(backed.data / "keys", other.data / "keys", dirs_exist_ok=True)
    other.device("new")


def test_a_restore_overwrites_nothing(backed: Desk) -> None:
    before = (backed.data / "ledger.db").read_bytes()
    refused = backed.on("restore", backed.folder / "backup", expect=1)
    assert "already_registered" in refused.stderr
    assert (backed.data / "ledger.db").read_bytes() == before


def test_a_backup_older_than_the_guard_is_not_put_back(backed: Desk) -> None:
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (backed.data / name).unlink(missing_ok=True)
    refused = backed.on("restore", backed.folder / "backup", expect=3)
    assert "database_behind" in refused.stderr
    assert "never delete the guard" in refused.stderr
    assert not (backed.data / "ledger.db").exists()


def test_a_database_put_back_by_hand_is_not_opened_either(backed: Desk) -> None:
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (backed.data / name).unlink(missing_ok=True)
    shutil.copy(backed.folder / "backup" / "ledger.db", backed.data / "ledger.db")
    refused = backed.record({"kind": "SEED_REGISTER", "outputs": [backed.lot()]}, expect=3)
    assert "database_behind" in refused.stderr
    report = backed.answer("audit", expect=1)
    assert {finding["code"] for finding in report["findings"]} == {"head_lost"}


def test_a_file_that_does_not_copy_whole_is_no_backup(desk: Desk) -> None:
    desk.season()
    path = desk.data / "ledger.db"
    content = bytearray(path.read_bytes())
    page = int.from_bytes(content[16:18])  # SQLite's file format, section 1.3
    content[-page:] = b"\xff" * page
    path.write_bytes(content)
    for _ in range(2):  # the first left nothing behind that the second would not overwrite
        refused = desk.on("backup", "--to", desk.folder / "backup", expect=3)
        assert "database_damaged" in refused.stderr


def test_a_backup_in_which_nothing_was_ever_signed_is_not_put_back(desk: Desk) -> None:
    folder = desk.folder / "backup"
    folder.mkdir()
    engine = open_engine(f"sqlite:///{folder / 'ledger.db'}")
    migrate(engine)
    engine.dispose()
    other = other_desk(desk)
    assert "not_set_up" in other.on("restore", folder, expect=3).stderr
    assert not other.data.exists()


def test_a_folder_without_a_ledger_restores_nothing(backed: Desk) -> None:
    (backed.folder / "empty").mkdir()
    other_desk(backed).on("restore", backed.folder / "empty", expect=3)


def test_postgresql_is_backed_up_by_its_own_means(desk: Desk) -> None:
    said = desk.on("backup", "--to", desk.folder / "b", "--database", "postgresql://h/d", expect=2)
    assert "pg_dump" in said.stderr
