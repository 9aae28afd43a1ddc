"""Asks the driver itself: a group waits for each answer, and SQLAlchemy takes longer than it."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final, cast

import psycopg
from sqlalchemy import Connection

from ledger.store.leaves import Row, in_lists
from ledger.store.postgresql import any_of, sent
from ledger.store.wire import Question, Wire

_WIRE: Final = "daodi_wire"
_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
_COMMIT: Final = "COMMIT"


def ask(connection: Connection, query: str, values: Sequence[Any] = ()) -> list[Row]:
    """Rows of a query of our own, in which `?` stands for each value."""
    if is_sqlite(connection):
        return sqlite(connection).execute(query, values).fetchall()
    return sent(_psycopg(connection), query, values).fetchall()


def ask_named(connection: Connection, query: str, names: Sequence[Any]) -> list[Row]:
    """Rows of a query in which `?…` stands for any of these names, however many they are."""
    if not names:
        return []
    if not is_sqlite(connection):
        return ask(connection, *any_of(query, names))
    return [row for part, values in in_lists(query, names) for row in ask(connection, part, values)]


def ask_in_turn(connection: Connection, questions: Sequence[Question]) -> list[list[Row]]:
    """Rows of several questions; PostgreSQL answers them in one round trip."""
    if is_sqlite(connection):
        return [ask(connection, query, values) for query, values in questions]
    return _wire(connection).ask(questions)


def tell(connection: Connection, question: Question) -> None:
    """Let PostgreSQL work at a statement while this thread goes on; the next question waits.

    What is refused comes up there.
    """
    _wire(connection).tell([question])


def give_up(connection: Connection) -> None:
    """Before a transaction is given up: hear the end of what was told. Raises psycopg.Error."""
    if not is_sqlite(connection):
        _wire(connection).give_up()


def begin_with(connection: Connection, questions: Sequence[Question]) -> list[list[Row]]:
    """Begin a writer's transaction and ask; past SQLAlchemy, which need not know of it.

    Each question is a statement of its own, with its own snapshot.
    """
    if is_sqlite(connection):
        sqlite(connection).execute("BEGIN IMMEDIATE")
        return ask_in_turn(connection, questions)
    return _wire(connection).ask([(_BEGIN, ()), *questions])[1:]


def commit_with(connection: Connection, questions: Sequence[Question]) -> None:
    """Commit behind these statements; PostgreSQL takes all in one round trip.

    One that it refuses is never committed: it passes over the commit, and the refusal comes up.
    """
    ask_in_turn(connection, [*questions, (_COMMIT, ())])
    if connection.in_transaction():  # something went by SQLAlchemy; nothing is left to commit
        connection.commit()


def send(connection: Connection, query: str, values: Sequence[Any]) -> None:
    """Send a statement of PostgreSQL's that answers no rows."""
    sent(_psycopg(connection), query, values).close()


def is_sqlite(connection: Connection) -> bool:
    """Whether this is SQLite; else it is PostgreSQL."""
    return connection.dialect.name == "sqlite"


def sqlite(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection of a SQLite file."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _wire(connection: Connection) -> Wire:
    """The wire of this connection of the driver, as long as it lives."""
    kept = connection.info.get(_WIRE)
    if kept is None:
        kept = connection.info[_WIRE] = Wire(_psycopg(connection).pgconn)
    return cast("Wire", kept)


def _psycopg(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
