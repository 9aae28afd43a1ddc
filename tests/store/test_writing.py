"""One writing transaction: what it refuses, what a refusal leaves, what the guard then knows."""

import sqlite3

import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError

from ledger.errors import StoreError
from ledger.log.leaves import subject_key
from ledger.seam import Entry, RefusedRowError, SignedHead
from ledger.store.database import SqlStore
from ledger.store.engine import is_refusal
from tests.chain import Chain, one
from tests.parcels import stored


def test_a_row_that_breaks_a_constraint_is_refused_and_nothing_of_its_group_stays(
    chain: Chain,
) -> None:
    with chain.store.reading() as reading:
        size = reading.size()
        (taken,) = reading.entries_at([0])
    fresh = Entry(index=size, leaf=b"leaf")
    with pytest.raises(RefusedRowError), chain.store.writing() as writing:
        writing.append([fresh, replace(taken, index=size + 1)], [])  # a statement is in one leaf
    with chain.store.reading() as reading:
        assert reading.size() == size


@pytest.mark.parametrize("index", [0, 2**63, -(2**63) - 1])
def test_an_index_that_is_taken_or_fits_no_column_is_refused(chain: Chain, index: int) -> None:
    with pytest.raises(RefusedRowError), chain.store.writing() as writing:
        writing.append([Entry(index=index, leaf=b"leaf")], [])


def test_errors_of_the_caller_roll_back_and_pass(chain: Chain) -> None:
    with chain.store.reading() as reading:
        size = reading.size()
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(chain, SignedHead(size=size + 1, note="never committed"))
    with chain.store.reading() as reading:
        assert reading.size() == size


def test_a_broken_query_is_a_failure_not_a_refusal(chain: Chain) -> None:
    with pytest.raises(StoreError), chain.store.writing() as writing:
        writing.connection.exec_driver_sql("SELECT nothing FROM nowhere")


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (sqlite3.IntegrityError("UNIQUE"), True),
        (sqlite3.OperationalError("database is locked"), False),
        (OverflowError("Python int too large"), True),
        (psycopg.errors.CheckViolation("check"), True),
        (psycopg.errors.RaiseException("a trigger"), True),
        (psycopg.errors.ProgramLimitExceeded("index row"), True),
        (psycopg.errors.NumericValueOutOfRange("bigint"), True),
        (psycopg.DataError("no binary form"), True),
        (psycopg.errors.DeadlockDetected("deadlock"), False),
        (psycopg.errors.AdminShutdown("shutdown"), False),
        (psycopg.errors.DiskFull("disk"), False),
        (psycopg.OperationalError("connection lost"), False),
        (IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE")), True),
    ],
)
def test_a_judgement_of_a_row_is_told_from_a_failure_of_the_server(
    error: Exception, *, refused: bool
) -> None:
    assert is_refusal(error) is refused


def test_the_guard_follows_every_commit_and_no_rollback(chain: Chain) -> None:
    one(chain.send(stored(chain)))
    guarded = chain.store.guarded_head()
    assert guarded == SignedHead(size=chain.replica.size, note=chain.replica.note)
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(chain, SignedHead(size=10**6, note="never committed"))
    assert chain.store.guarded_head() == guarded


def test_a_store_without_a_guard_remembers_nothing(chain: Chain) -> None:
    store = SqlStore(chain.store.engine, None)
    with store.writing() as writing:
        writing.keep_signed_head(SignedHead(size=10**6, note="kept"))
    assert store.guarded_head() is None


def test_a_signed_head_that_the_database_refuses_is_a_refusal_and_nothing_is_committed(
    chain: Chain,
) -> None:
    one(chain.send(stored(chain)))
    size, guarded = chain.replica.size, chain.store.guarded_head()
    with pytest.raises(RefusedRowError):
        _read_back(chain, [Entry(index=size, leaf=b"leaf")], [])
    assert chain.store.guarded_head() == guarded
    with chain.store.reading() as reading:
        assert reading.size() == size
    assert not one(chain.send(stored(chain))).again


def test_what_was_appended_is_read_back_from_the_database(chain: Chain) -> None:
    size = chain.replica.size
    written = [Entry(index=size, leaf=b"first"), Entry(index=size + 1, leaf=b"second")]
    found: list[list[Entry]] = []
    with pytest.raises(RefusedRowError):
        _read_back(chain, written, found)
    assert found == [written, written[1:], written]


def test_heads_of_chains_are_those_that_have_a_leaf(chain: Chain) -> None:
    lot, parent = chain.lot(), chain.lot()
    made = chain.event(
        "mill",
        "DRY",
        inputs=[(parent, 10)],
        outputs=[(lot, 5)],
        method="sun",
        temperature_c=30,
        hours=9,
        final_moisture_pct=14,
    )
    one(chain.send(made))
    keys = [subject_key(uri) for uri in (lot, f"{parent}#out", parent, chain.lot())]
    with chain.store.writing() as writing:
        heads = writing.heads(keys)
    assert set(heads) == set(keys[:2])  # the parent is named as an input, but has no leaf
    assert {head.count for head in heads.values()} == {1}


def _write_and_fail(chain: Chain, head: SignedHead) -> None:
    """A caller that fails between writing and committing."""
    with chain.store.writing() as writing:
        writing.append([Entry(index=head.size - 1, leaf=b"leaf")], [])
        writing.keep_signed_head(head)
        raise ZeroDivisionError


def _read_back(chain: Chain, written: list[Entry], found: list[list[Entry]]) -> None:
    """Append, read back three times, and sign a head that the database refuses."""
    size = chain.replica.size
    with chain.store.writing() as writing:
        writing.append(written, [])
        found += [[*writing.entries(start, size + 2)] for start in (size, size + 1, size)]
        writing.keep_signed_head(SignedHead(size=size, note="a second head of one size"))
