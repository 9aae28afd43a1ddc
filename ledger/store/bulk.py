"""Writes many rows at the speed of the driver: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import Connection, LargeBinary, Table, Text

from ledger.store.tables import subject

Row = tuple[Any, ...]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows whose values stand in the order of the table's columns."""
    if not rows:
        return
    cursor = connection.connection.cursor()
    try:
        if connection.dialect.name == "sqlite":
            cursor.executemany(_sqlite_insert(table), rows)
            return
        copying: psycopg.Cursor[Any] = cursor  # type: ignore[assignment]  # SQLAlchemy's DBAPI type
        with copying.copy(_copy(table)) as copy:
            copy.set_types(_types(table))
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


@cache
def _sqlite_insert(table: Table) -> str:
    names = [column.name for column in table.columns]
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 — own names


@cache
def _copy(table: Table) -> str:
    names = ", ".join(column.name for column in table.columns)
    return f"COPY {table.name} ({names}) FROM STDIN (FORMAT BINARY)"


@cache
def _types(table: Table) -> list[str]:
    return [
        "bytea"
        if isinstance(column.type, LargeBinary)
        else "text"
        if isinstance(column.type, Text)
        else "int8"
        for column in table.columns
    ]
