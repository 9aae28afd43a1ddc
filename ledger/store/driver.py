"""Asks the driver itself: a group waits for each answer, and SQLAlchemy takes longer than it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

import psycopg
from sqlalchemy import Connection

from ledger.store.arrays import names_column

NAMES_MAX: Final = 512  # names in one list: SQLite's oldest limit is 999 variables

Row = tuple[Any, ...]


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
        return ask(connection, query.replace("?…", "= ANY(?)"), (names_column(names),))
    rows: list[Row] = []
    for start in range(0, len(names), NAMES_MAX):
        part = names[start : start + NAMES_MAX]
        # Filled up to a power of two: the driver keeps a few queries prepared, not five hundred.
        width = 1 << (len(part) - 1).bit_length()
        marks = ",".join("?" * width)
        rows += ask(
            connection,
            query.replace("?…", f"IN ({marks})"),
            [*part, *[part[-1]] * (width - len(part))],
        )
    return rows


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
    cursor = _psycopg(connection).execute(query.replace("?", "%s"), values, binary=True)
    return cursor.fetchall


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
