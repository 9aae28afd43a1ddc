"""The processes that examine for an audit: only helpers, which may end or be asked in vain."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import IO

import pytest

from ledger.audit.replay import audit
from ledger.audit.stretch import Stretch
from ledger.errors import StoreError
from ledger.store import pool
from ledger.store.examining import Examiner
from ledger.store.forking import Forked
from ledger.store.pool import examining_pool
from ledger.store.postgresql import PostgresqlLeaves
from ledger.store.projections import COLUMNS
from ledger.store.sqlite import SqliteLeaves
from ledger.store.tables import metadata
from tests.attacker import drop_triggers, write_entry
from tests.chain import Chain
from tests.parcels import silent
from tests.season import grow


@pytest.mark.parametrize("processes", [0, 1, 3])
def test_an_audit_that_starts_anew_behind_each_damage_hears_no_old_answer(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    grow(chain)
    drop_triggers(chain.store.engine)
    for index in (20, 21, 30, 41):
        write_entry(chain.store.engine, index, "signature", bytes(64))
    alone = audit(chain.store, progress=silent)
    assert {f.leaf for f in alone.findings if f.code == "signature_false"} <= {20, 21, 30, 41}
    assert not alone.clean
    monkeypatch.setattr("ledger.audit.replay.STRETCH_LEAVES", 2)
    with examining_pool(chain.store, processes) as examine_spans:
        assert audit(chain.store, progress=silent, examine_spans=examine_spans) == alone


def test_processes_that_end_at_once_cost_time_alone(
    file_chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(file_chain)
    alone = audit(file_chain.store, progress=silent)
    monkeypatch.setattr("ledger.audit.replay.STRETCH_LEAVES", 5)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with examining_pool(file_chain.store, 2) as examine_spans:
        assert audit(file_chain.store, progress=silent, examine_spans=examine_spans) == alone


def hang(asked: IO[bytes], answers: IO[bytes]) -> None:
    sleep(600)


def hung_program() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["sleep", "600"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )


@pytest.mark.parametrize("begin", [lambda: Forked(hang, []), hung_program])
def test_a_process_that_does_not_end_is_ended(
    monkeypatch: pytest.MonkeyPatch, begin: Callable[[], Forked | subprocess.Popen[bytes]]
) -> None:
    monkeypatch.setattr(pool, "STOP_SECONDS", 0.05)
    child = begin()
    process = pool._Process("sqlite nowhere", child)
    process.end()
    child.wait(0)  # it has ended: raises TimeoutExpired otherwise


def test_where_this_process_reads_nothing_the_audit_itself_reads_all(
    file_chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(file_chain)
    alone = audit(file_chain.store, progress=silent)

    def unread(examiner: Examiner, start: int, stop: int) -> Stretch:
        raise StoreError("database_unavailable", "as a file that somebody has locked")

    monkeypatch.setattr(Examiner, "examine", unread)
    with examining_pool(file_chain.store, 0) as examine_spans:
        assert audit(file_chain.store, progress=silent, examine_spans=examine_spans) == alone


def test_a_file_that_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        SqliteLeaves(str(tmp_path / "nowhere" / "ledger.db"))
    assert refused.value.code == "database_unavailable"
    with (
        closing(SqliteLeaves(str(tmp_path / "empty.db"))) as leaves,
        pytest.raises(StoreError) as refused,
    ):
        leaves.ask("SELECT leaf FROM entry")
    assert refused.value.code == "database_unavailable"


@pytest.mark.postgres
def test_a_server_that_cannot_be_read_is_unavailable(postgres_url: str) -> None:
    with pytest.raises(StoreError) as refused:
        PostgresqlLeaves(f"{postgres_url}&dbname=nowhere")
    assert refused.value.code == "database_unavailable"
    with (
        closing(PostgresqlLeaves(postgres_url)) as leaves,
        pytest.raises(StoreError) as refused,
    ):
        leaves.ask("SELECT nothing FROM nowhere WHERE n = ?", (1,))
    assert refused.value.code == "database_unavailable"


def test_rows_are_compared_in_the_order_of_their_tables_columns() -> None:
    following = {
        name: tuple(table.columns.keys())
        for name, table in metadata.tables.items()
        if name in COLUMNS
    }
    assert following == COLUMNS
