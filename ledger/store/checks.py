"""Compares each projection with what replay gives, a range of leaves at a time."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, or_, select

from ledger.log.leaves import subject_key
from ledger.seam import Recorded
from ledger.store.bulk import Row
from ledger.store.projections import Fold
from ledger.store.tables import chain, edge, statement, subject, thing

Difference = tuple[str, int, str]
BY_LEAF: Final = (statement, chain, thing, edge)  # each row names the leaf that it follows from


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
        expected = {
            statement: rows.statement,
            chain: rows.chain,
            thing: rows.thing,
            edge: rows.edge,
        }
        found: list[Difference] = []
        for table in BY_LEAF:
            leaf_index = table.c.leaf_index
            stored = self._rows(table, leaf_index >= self._start, leaf_index < stop)
            found.extend(_compare(table, expected[table], stored))
        self._start = stop
        return found

    def finish(self) -> list[Difference]:
        """Differences in the heads of chains, and rows that no leaf accounts for."""
        expected = [
            (row.number, subject_key(row.uri), row.uri, row.count, row.head_hash)
            for row in self._fold.subjects.values()
        ]
        found = _compare(subject, expected, self._rows(subject))
        for table in BY_LEAF:
            leaf_index = table.c.leaf_index
            stored = self._rows(table, or_(leaf_index < 0, leaf_index >= self._start))
            found.extend(_compare(table, [], stored))
        return found

    def _rows(self, table: Table, *where: Any) -> list[Row]:  # noqa: ANN401 — SQL expressions
        return [tuple(row) for row in self._connection.execute(select(table).where(*where))]


def _compare(table: Table, expected: Sequence[Row], stored: Sequence[Row]) -> list[Difference]:
    right, present = set(expected), set(stored)
    if right == present and len(stored) == len(present):
        return []
    place = list(table.c.keys()).index("leaf_index") if "leaf_index" in table.c else 0
    return [
        *((table.name, row[place], f"row {_shown(row)} is missing") for row in right - present),
        *(
            (table.name, row[place], f"row {_shown(row)} follows from no leaf")
            for row in present - right
        ),
    ]


def _shown(row: Row) -> str:
    return "(" + ", ".join(v.hex() if isinstance(v, bytes) else str(v) for v in row) + ")"
