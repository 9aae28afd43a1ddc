"""Writes rows at the speed of the driver: arrays or COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Executable, Table

from ledger.store.driver import Row, column_types, insert_arrays, is_sqlite, is_together
from ledger.store.tables import subject

ARRAYS_MAX: Final = 256  # rows; from here on, COPY's two round trips are the cheaper way


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows whose values stand in the order of the table's columns."""
    if not rows:
        return
    cursor = connection.connection.cursor()
    try:
        if is_sqlite(connection):
            cursor.executemany(_sqlite_insert(table), rows)
            return
        if len(rows) <= ARRAYS_MAX or is_together(connection):
            insert_arrays(connection, table, rows)
            return
        copying: psycopg.Cursor[Any] = cursor  # type: ignore[assignment]  # SQLAlchemy's DBAPI type
        with copying.copy(_copy(table)) as copy:
            copy.set_types(column_types(table))
            for row in rows:
                copy.write_row(row)
    finally:
        cursor.close()


def move_heads(connection: Connection, rows: Sequence[tuple[int, int, bytes]]) -> None:
    """Set (count, head) of subjects that already stand, given as (id, count, head hash)."""
    if not rows:
        return
    cursor = connection.connection.cursor()
    try:
        if connection.dialect.name == "sqlite":
            cursor.executemany(
                f"UPDATE {subject.name} SET count = ?, head_hash = ? WHERE id = ?",  # noqa: S608 — own table name
                [(count, head, number) for number, count, head in rows],
            )
            return
        numbers, counts, heads = zip(*rows, strict=True)
        cursor.execute(
            f"UPDATE {subject.name} SET count = moved.count, head_hash = moved.head "  # noqa: S608 — own table name
            "FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[]) AS moved(id, count, head) "
            f"WHERE {subject.name}.id = moved.id",
            (list(numbers), list(counts), list(heads)),
        )
    finally:
        cursor.close()


def fetch_rows(
    connection: Connection, query: Executable, named: Mapping[str, object] | None = None
) -> list[Row]:
    """Every row as the driver gives it: plain tuples, a third of the time of SQLAlchemy's rows."""
    result = connection.execute(query, named)
    cursor = result.cursor
    assert cursor is not None  # a query returns rows
    rows = cursor.fetchall()
    result.close()
    return list(rows)


@cache
def _sqlite_insert(table: Table) -> str:
    names = [column.name for column in table.columns]
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 — own names


@cache
def _copy(table: Table) -> str:
    names = ", ".join(column.name for column in table.columns)
    return f"COPY {table.name} ({names}) FROM STDIN (FORMAT BINARY)"
