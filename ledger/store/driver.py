"""Asks the driver itself: a group waits for each answer, and SQLAlchemy takes longer than it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, cast

import psycopg
from sqlalchemy import Connection, LargeBinary, Table, Text

NAMES_MAX: Final = 512  # names in one list: SQLite's oldest limit is 999 variables

Row = tuple[Any, ...]


def ask(connection: Connection, query: str, values: Sequence[Any] = ()) -> list[Row]:
    """Rows of a query of our own, in which `?` stands for each value."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(query if is_sqlite(connection) else query.replace("?", "%s"), values)
        return cast("list[Row]", cursor.fetchall())
    finally:
        cursor.close()


def ask_in_turn(
    connection: Connection, queries: Sequence[tuple[str, Sequence[Any]]]
) -> list[list[Row]]:
    """Rows of several queries that PostgreSQL answers one after another, in one round trip."""
    driver = _psycopg(connection)
    with driver.pipeline():
        cursors = [driver.execute(query.replace("?", "%s"), values) for query, values in queries]
        return [cursor.fetchall() for cursor in cursors]


def ask_named(connection: Connection, query: str, names: Sequence[Any]) -> list[Row]:
    """Rows of a query in which `?…` stands for any of these names, however many they are."""
    if not names:
        return []
    if not is_sqlite(connection):
        return ask(connection, query.replace("?…", "= ANY(?)"), ([*names],))
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
    cursor = _psycopg(connection).execute(query.replace("?", "%s"), values)
    return cursor.fetchall


def commit_together(connection: Connection) -> None:
    """Commit behind what is sent `together` on PostgreSQL, in the same round trip."""
    _psycopg(connection).commit()


def is_together(connection: Connection) -> bool:
    """Whether answers are not waited for just now: then nothing can be copied."""
    return not is_sqlite(connection) and bool(_psycopg(connection).pgconn.pipeline_status)


def insert_arrays(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows in one message on PostgreSQL: a few rows are not worth a COPY's round trips."""
    with _psycopg(connection).cursor() as cursor:
        cursor.execute(_insert_arrays(table), [[*column] for column in zip(*rows, strict=True)])


def is_sqlite(connection: Connection) -> bool:
    """Whether this is SQLite; else it is PostgreSQL."""
    return connection.dialect.name == "sqlite"


def _psycopg(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def column_types(table: Table) -> list[str]:
    """PostgreSQL's types of the table's columns, in their order."""
    return [
        "bytea"
        if isinstance(column.type, LargeBinary)
        else "text"
        if isinstance(column.type, Text)
        else "int8"
        for column in table.columns
    ]


@cache
def _insert_arrays(table: Table) -> str:
    names = ", ".join(column.name for column in table.columns)
    arrays = ", ".join(f"%b::{name}[]" for name in column_types(table))
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608 — own names
