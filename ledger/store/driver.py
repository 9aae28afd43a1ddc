"""Asks the driver itself: a group waits for each answer, and SQLAlchemy takes longer than it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from sqlalchemy import Connection

from ledger.store.leaves import Row, in_lists
from ledger.store.postgresql import any_of, sent


def ask(connection: Connection, query: str, values: Sequence[Any] = ()) -> list[Row]:
    """Rows of a query of our own, in which `?` stands for each value."""
    if not is_sqlite(connection):
        return ask_later(connection, query, values)()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(query, values)
        return cast("list[Row]", cursor.fetchall())
    finally:
        cursor.close()


def ask_in_turn(
    connection: Connection, queries: Sequence[tuple[str, Sequence[Any]]]
) -> list[list[Row]]:
    """Rows of several queries that PostgreSQL answers one after another, in one round trip."""
    with _psycopg(connection).pipeline():
        answers = [ask_later(connection, query, values) for query, values in queries]
    return [answer() for answer in answers]  # read behind the block, or its end waits once more


def ask_named(connection: Connection, query: str, names: Sequence[Any]) -> list[Row]:
    """Rows of a query in which `?…` stands for any of these names, however many they are."""
    if not names:
        return []
    if not is_sqlite(connection):
        return ask(connection, *any_of(query, names))
    return [row for part, values in in_lists(query, names) for row in ask(connection, part, values)]


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Send what is written inside without waiting for each answer, where the database can.

    An error comes up when the block ends.
    """
    if is_sqlite(connection):
        yield
        return
    with _psycopg(connection).pipeline():
        yield


def ask_later(connection: Connection, query: str, values: Sequence[Any]) -> Callable[[], list[Row]]:
    """Send a query among what is sent `together` on PostgreSQL; call the result once that ended."""
    return sent(_psycopg(connection), query, values).fetchall


def commit_together(connection: Connection) -> None:
    """Commit behind what is sent `together` on PostgreSQL, in the same round trip.

    As a command of its own: the driver's `commit` waits for an answer before the block's end does.
    """
    _psycopg(connection).execute("COMMIT", prepare=False)


def send(connection: Connection, query: str, values: Sequence[Any]) -> None:
    """Send a statement of PostgreSQL's, in its own spelling, that answers no rows."""
    with _psycopg(connection).cursor() as cursor:
        cursor.execute(query, values)


def is_sqlite(connection: Connection) -> bool:
    """Whether this is SQLite; else it is PostgreSQL."""
    return connection.dialect.name == "sqlite"


def _psycopg(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
