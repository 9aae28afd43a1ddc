"""A full disk and a file that cannot be written: said by name, nothing acknowledged is lost."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, event

from api.cli import main
from api.opened.folder import LedgerFolder
from ledger.audit.replay import audit
from ledger.register.door import Parcel
from ledger.store.guard import Guard
from ledger.store.troubles import room_or_rights, store_error
from tests import packets
from tests.attacker import attack
from tests.http.served import Served, assert_problem, opened_in
from tests.parcels import silent

TRIES = 60
PAGE = {"accept": "text/html", "sec-fetch-dest": "document"}
FULL_SINCE_NOW = """
    CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device'
       USING ERRCODE = 'disk_full'; END $$
"""

END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def engine_of(served: Served) -> Engine:
    return opened_in(served.client.app).store.engine


@contextmanager
def asking_at_connect(engine: Engine, pragma: str) -> Iterator[None]:
    """Every connection of a SQLite engine begins with a PRAGMA, those that stand are closed."""

    def begin(connection: object, _record: object) -> None:
        connection.execute(pragma)  # type: ignore[attr-defined]  # sqlite3's, which SQLAlchemy calls Any

    event.listen(engine, "connect", begin)
    engine.dispose()
    yield
    event.remove(engine, "connect", begin)
    engine.dispose()


@contextmanager
def full_disk(served: Served) -> Iterator[None]:
    """The database finds no room for another page, and says so as it says it of a real disk."""
    engine = engine_of(served)
    if engine.dialect.name == "sqlite":
        with asking_at_connect(engine, "PRAGMA max_page_count = 1"):  # as many as there are
            yield
        return
    attack(engine, FULL_SINCE_NOW)
    for table in ("entry", "scan", "waiting"):
        attack(engine, f"CREATE TRIGGER full_{table} BEFORE INSERT ON {table} "
               "EXECUTE FUNCTION is_full()")  # fmt: skip
    yield
    attack(engine, "DROP FUNCTION is_full CASCADE")


@contextmanager
def read_only(served: Served) -> Iterator[None]:
    """The database takes no writing, as on a file system or a standby that is only read."""
    engine = engine_of(served)
    if engine.dialect.name == "sqlite":
        with asking_at_connect(engine, "PRAGMA query_only = ON"):
            yield
        return
    name, mode = engine.url.database, "default_transaction_read_only"
    attack(engine, f"ALTER DATABASE {name} SET {mode} = on")
    attack(served.beside.store.engine, END_OTHERS)  # it counts for connections to come
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("SET TRANSACTION READ WRITE")
        connection.exec_driver_sql(f"ALTER DATABASE {name} RESET {mode}")
    attack(engine, END_OTHERS)


def refused(served: Served) -> tuple[Parcel, int, str]:
    """Record until it is refused; the statement that was, with status and code."""
    for _ in range(TRIES):
        parcel = served.harvest(pickers=["某" * 400])
        answer = served.post(parcel)
        if answer.status_code != 201:
            return parcel, answer.status_code, answer.json()["code"]
    raise AssertionError("the disk was never full")


@pytest.mark.parametrize(
    ("wanting", "status", "code"), [(full_disk, 507, "disk_full"), (read_only, 503, "not_writable")]
)
def test_what_cannot_be_written_is_refused_by_name_and_recorded_when_it_can_be(
    served: Served, wanting: Callable[[Served], object], status: int, code: str
) -> None:
    packet = packets.packet(served.chain, served.beside.folder.secret())
    first = served.harvest()
    receipt = served.post(first).json()
    with wanting(served):  # type: ignore[attr-defined]  # both are context managers
        waiting, *told = refused(served)
        assert told == [status, code]
        ready = served.client.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"status": "unavailable", "code": code})
        if wanting is full_disk:  # SQLite gives nobody its lock where nothing may be written
            assert served.post(first).json() == receipt, "who has a receipt gets it again"
        page = served.client.get(f"/t/{packet.code}", headers=PAGE)
        assert (page.status_code, "12315" in page.text) == (200, True)
        assert served.client.get("/healthz").status_code == 200
    assert served.client.get("/readyz").json()["status"] == "ready"
    assert served.post(waiting).status_code == 201
    assert served.post(first).json() == receipt
    assert audit(served.beside.store, progress=silent).clean


def test_a_guard_that_finds_no_room_gives_no_receipt_and_is_written_before_the_server_is_ready(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = served.harvest()
    with monkeypatch.context() as patched:
        patched.setattr(Guard, "advance", _no_room)
        assert_problem(served.post(parcel), 507, "disk_full")
        assert_problem(served.post(parcel), 507, "disk_full")
        assert served.client.get("/readyz").json()["code"] == "disk_full"
    assert served.client.get("/readyz").json()["status"] == "ready"
    guarded, size = served.beside.store.guarded_head(), served.client.get("/readyz").json()["size"]
    assert guarded is not None
    assert guarded.size == size
    assert served.post(parcel).status_code == 201


def test_a_guard_that_cannot_be_read_is_named(
    file_served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_guard: Guard) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Guard, "read", unreadable)
    ready = file_served.client.get("/readyz")
    assert (ready.status_code, ready.json()["code"]) == (503, "not_writable")


def test_a_form_that_finds_no_room_says_so_in_words(served: Served) -> None:
    given = {"kind": "quality", "text": "霉" * 900}
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    with read_only(served):
        answer = served.client.post("/complaint", data=given, headers=headers)
    assert answer.status_code == 503
    assert "写不了" in answer.text
    assert "internal" not in answer.text


def test_a_file_that_finds_no_room_is_refused_by_name(
    file_served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearing = file_served.bearing("mill")
    monkeypatch.setattr(os, "fsync", _no_room)  # which is when a disk tells at the latest
    answer = file_served.client.post(
        "/v1/files", content=b"%PDF-1.4\n%%EOF\n",
        headers={**bearing, "content-type": "application/pdf"},
    )  # fmt: skip
    monkeypatch.undo()
    assert_problem(answer, 507, "disk_full")


def test_a_command_says_what_it_cannot_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only_system(_folder: LedgerFolder) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(LedgerFolder, "make", read_only_system)
    result = CliRunner().invoke(main, ["ledger", "found", "--data", str(tmp_path)], obj=lambda: 1)
    assert result.exit_code == 3
    assert "[not_writable]" in result.stderr
    assert "Read-only file system" in result.stderr


def test_other_errors_are_no_want_of_room() -> None:
    assert room_or_rights(ValueError("x")) is None
    assert room_or_rights(FileNotFoundError(errno.ENOENT, "gone")) is None
    assert store_error(ValueError("x")) is None


def _no_room(*_given: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
