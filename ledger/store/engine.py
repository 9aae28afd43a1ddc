"""Opens a database as the ledger needs it: durable, with explicit transactions, on two dialects."""

import sqlite3
from typing import Final, cast

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from ledger.errors import StoreError
from ledger.store.sqlite import BUSY_MS, shown_text

WRITER_LOCK: Final = 0x6461_6F64_6900  # "daodi": the advisory lock of the one writer
# Pages of SQLite's log before they go to the file, 16 MB: a group of hundreds writes 500 to 1,000,
# many of them again and again, so that at the file's own 1,000 every other commit copied them all.
# Of a longer log lone commits write less over what is there and lengthen the file, which is synced
# more slowly.
CHECKPOINT_PAGES: Final = 4_000
POOL_SIZE: Final = 8  # the appender, and a snapshot for each of a few readers

# Rows are also written past SQLAlchemy, so both kinds of error come up; a pool may be used up.
DRIVER_ERRORS: Final = (DBAPIError, PoolTimeoutError, sqlite3.Error, psycopg.Error)
# Classes of SQLSTATE that judge a row, not the server: bad values, broken constraints, limits of
# a row's size, what a trigger raised.
_REFUSALS: Final = ("22", "23", "44", "54", "P0")


def is_refusal(error: BaseException) -> bool:
    """Tell whether the database refused a row, rather than failed. It would refuse it again."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.Error):
        return isinstance(cause, psycopg.DataError) or (cause.sqlstate or "").startswith(_REFUSALS)
    return isinstance(cause, sqlite3.IntegrityError | sqlite3.DataError | OverflowError)


def open_engine(url: str) -> Engine:
    """Open `sqlite:///…` or `postgresql://…`. Nothing is created but SQLite's empty file.

    Raises StoreError `database_unavailable` for what is neither.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        # What was written may be sealed: an error that is logged must not show it.
        engine = create_engine(parsed, pool_size=POOL_SIZE, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() != "postgresql":
        found = parsed.get_backend_name()
        raise StoreError(
            "database_unavailable", f"expected sqlite:///… or postgresql://…, found {found}"
        )
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=POOL_SIZE,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:  # its own words would repeat the password
        raise StoreError(
            "database_unavailable", "expected sqlite:///… or postgresql://…"
        ) from error


def writing_connection(engine: Engine) -> Connection:
    """A connection whose transaction will hold the writer's lock."""
    if engine.dialect.name == "sqlite":
        return engine.connect().execution_options(daodi_writing=True)
    # READ COMMITTED: under REPEATABLE READ the second writer reads a head from before its lock.
    return engine.connect().execution_options(isolation_level="READ COMMITTED")


def reading_connection(engine: Engine) -> Connection:
    """A connection whose transaction is one snapshot."""
    if engine.dialect.name == "sqlite":
        return engine.connect()
    return engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )


def take_writers_lock(connection: Connection) -> None:
    """Wait for the writer's lock, in a statement of its own: the head is read after it."""
    if connection.dialect.name != "sqlite":  # SQLite took it with BEGIN IMMEDIATE
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transactions are deferred and begin too late; ours are explicit.
    connection.isolation_level = None
    connection.text_factory = shown_text
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged statement survives power loss
    cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    cursor.execute("PRAGMA cache_size = -65536")  # 64 MiB: the heads of a county
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("daodi_writing", False)
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    if not driver.in_transaction:  # else the writer began past SQLAlchemy
        # By the driver: a third of SQLAlchemy's time for it.
        driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
