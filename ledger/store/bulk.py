"""Writes rows at the speed of the driver: whole columns on PostgreSQL, executemany on SQLite."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Executable, LargeBinary, Table, Text

from ledger.store.arrays import Blobs, Column, Numbers, Texts
from ledger.store.driver import ask_in_turn, is_sqlite, send, sqlite, tell
from ledger.store.leaves import Row
from ledger.store.tables import PROJECTIONS, entry, subject
from ledger.store.wire import Question

GROUP: Final = (entry, *PROJECTIONS)
"""The tables that a group of the log writes to."""

Moved = tuple[int, int, bytes]
"""A subject that stands already: its id, its count and its head's hash after the group."""


_MOVE: Final = f"UPDATE {subject.name} SET count = ?, head_hash = ? WHERE id = ?"  # noqa: S608 — own table name
_TYPES: Final[dict[type[Column], str]] = {Numbers: "int8", Texts: "text", Blobs: "bytea"}


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows whose values stand in the order of the table's columns."""
    if not rows:
        return
    if is_sqlite(connection):
        sqlite(connection).executemany(_sqlite_insert(table), rows)
    else:
        send(connection, *insertion(table, rows))


def write_group(
    connection: Connection,
    rows: Mapping[Table, Sequence[Row]],
    moved: Sequence[Moved],
    then: Sequence[Question] = (),
    *,
    more: bool = False,
) -> list[list[Row]]:
    """Insert a group's rows, set the heads of subjects that stand already, and ask what is behind.

    On PostgreSQL it is one statement, however large the group: a statement for each table takes
    twice the time for one entry, and COPY takes longer for a thousand. What is asked behind it
    comes in the same round trip. When there is `more`, PostgreSQL is left at work until it comes.
    """
    if not is_sqlite(connection):
        group = _group(rows, moved)
        if more:
            tell(connection, group)
            return []
        return ask_in_turn(connection, [group, *then])[1:]
    driver = sqlite(connection)  # once: asking for it costs a third of inserting a row
    for table in GROUP:
        if found := rows.get(table):
            driver.executemany(_sqlite_insert(table), found)
    driver.executemany(_MOVE, [(count, head, number) for number, count, head in moved])
    return ask_in_turn(connection, then)


def insertion(table: Table, rows: Sequence[Row]) -> Question:
    """The statement that inserts rows into a table of PostgreSQL."""
    return _insert_columns(table), _table_columns(table, rows)


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


def _group(rows: Mapping[Table, Sequence[Row]], moved: Sequence[Moved]) -> Question:
    """The statement that writes a group; a plain one for entries from which nothing follows."""
    if not moved and not any(rows.get(table) for table in PROJECTIONS):
        return insertion(entry, rows.get(entry, ()))
    return _write_group(), [*_columns(rows), *_moved(moved)]


def _columns(rows: Mapping[Table, Sequence[Row]]) -> list[Column]:
    return [column for table in GROUP for column in _table_columns(table, rows.get(table, ()))]


def _moved(moved: Sequence[Moved]) -> tuple[Column, ...]:
    numbers, counts, heads = zip(*moved, strict=True) if moved else ((), (), ())
    return Numbers(numbers), Numbers(counts), Blobs(heads)


@cache
def _write_group() -> str:
    inserts = ", ".join(f"to_{table.name} AS ({_insert_columns(table)})" for table in GROUP)
    return (
        f"WITH {inserts} UPDATE {subject.name} SET count = moved.count, head_hash = moved.head"  # noqa: S608 — own names
        " FROM unnest(?::int8[], ?::int8[], ?::bytea[]) AS moved(id, count, head)"
        f" WHERE {subject.name}.id = moved.id"
    )


@cache
def _sqlite_insert(table: Table) -> str:
    names = [column.name for column in table.columns]
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 — own names


def _table_columns(table: Table, rows: Sequence[Sequence[Any]]) -> list[Column]:
    """Rows in the order of the table's columns, turned into columns."""
    kinds = _kinds(table)
    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return [kind(values) for kind, values in zip(kinds, columns, strict=True)]


def _insert_columns(table: Table) -> str:
    """The statement that inserts rows, given as `_table_columns`."""
    names = ", ".join(column.name for column in table.columns)
    arrays = ", ".join(f"?::{_TYPES[kind]}[]" for kind in _kinds(table))
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608 — own names


@cache
def _kinds(table: Table) -> tuple[type[Column], ...]:
    return tuple(
        Blobs
        if isinstance(column.type, LargeBinary)
        else Texts
        if isinstance(column.type, Text)
        else Numbers
        for column in table.columns
    )
