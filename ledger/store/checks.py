"""Compares each projection with what replay gives, a range of leaves at a time."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, or_, select

from ledger.log.leaves import subject_key
from ledger.seam import Difference, Recorded
from ledger.store.bulk import fetch_rows
from ledger.store.driver import Row
from ledger.store.projections import Fold, SubjectRow
from ledger.store.read import BATCH_ROWS
from ledger.store.tables import alias, chain, edge, statement, subject, thing

BY_LEAF: Final = (
    statement,
    chain,
    thing,
    edge,
    alias,
)  # each row names the leaf that it follows from


class SqlProjectionCheck:
    """A replay of the fold beside the tables; fed with every event leaf in order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._fold = Fold({}, set(), 0)
        self._start = 0

    def feed(self, recorded: Sequence[Recorded], stop: int) -> list[Difference]:
        """Differences in rows that follow from leaves below `stop` and not yet compared."""
        for one in recorded:
            self._fold.take(one)
        rows = self._fold.take_rows()
        self._fold.moved.clear()
        self._fold.new.clear()
        expected = (rows.statement, rows.chain, rows.thing, rows.edge, rows.alias)
        found: list[Difference] = []
        for table, right in zip(BY_LEAF, expected, strict=True):
            leaf_index = table.c.leaf_index
            stored = self._rows(table, leaf_index >= self._start, leaf_index < stop)
            found.extend(_compare(table, right, stored))
        self._start = stop
        return found

    def finish(self) -> list[Difference]:
        """Differences in the heads of chains, and rows that no leaf accounts for."""
        found = list(self._compare_subjects())
        for table in BY_LEAF:
            leaf_index = table.c.leaf_index
            stored = self._rows(table, or_(leaf_index < 0, leaf_index >= self._start))
            found.extend(_compare(table, [], stored))
        return found

    def _compare_subjects(self) -> Iterator[Difference]:
        """Subjects follow from whole chains, not from one leaf: compared at the end, by number."""
        right = {row.number: row for row in self._fold.subjects.values()}
        after: int | None = None
        while stored := self._subjects(after):
            after = stored[-1][0]
            for row in stored:
                expected = right.pop(row[0], None)
                if expected is None or _subject(expected) != row:
                    yield subject.name, None, f"row {_shown(row)} follows from no leaf"
                    if expected is not None:
                        yield subject.name, None, f"row {_shown(_subject(expected))} is missing"
        for missing in right.values():
            yield subject.name, None, f"row {_shown(_subject(missing))} is missing"

    def _subjects(self, after: int | None) -> list[Row]:
        query = select(subject).order_by(subject.c.id).limit(BATCH_ROWS)
        if after is not None:
            query = query.where(subject.c.id > after)
        return fetch_rows(self._connection, query)

    def _rows(self, table: Table, *where: Any) -> list[Row]:  # noqa: ANN401 — SQL expressions
        return fetch_rows(self._connection, select(table).where(*where))


def _subject(row: SubjectRow) -> Row:
    return (row.number, subject_key(row.uri), row.uri, row.count, row.head_hash)


def _compare(table: Table, expected: Sequence[Row], stored: Sequence[Row]) -> list[Difference]:
    right, present = set(expected), set(stored)
    if right == present and len(stored) == len(present):
        return []
    place = list(table.c.keys()).index("leaf_index")
    missing = [(row[place], f"row {_shown(row)} is missing") for row in right - present]
    surplus = [(row[place], f"row {_shown(row)} follows from no leaf") for row in present - right]
    # SQLite keeps text in a column of numbers, if somebody writes it there.
    return [
        (table.name, index if isinstance(index, int) else None, what)
        for index, what in (*missing, *surplus)
    ]


def _shown(row: Row) -> str:
    return "(" + ", ".join(v.hex() if isinstance(v, bytes) else str(v) for v in row) + ")"
