"""Compares each projection with what replay gives, a range of leaves at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain as chained
from itertools import islice
from typing import Final

from sqlalchemy import Connection, Table, or_, select

from ledger.log.leaves import NO_PREVIOUS, subject_key
from ledger.seam import Agreement, Difference, Recorded, Standing
from ledger.store.bulk import fetch_rows
from ledger.store.driver import Row, ask, ask_named
from ledger.store.projections import Fold, SubjectRow, named_in_order
from ledger.store.read import BATCH_ROWS
from ledger.store.tables import chain, edge, statement, subject, thing

BY_LEAF: Final = (statement, chain, thing, edge)  # each row names the leaf that it follows from
_SUBJECTS: Final = "SELECT uri, id, subject_key FROM subject WHERE uri ?…"
_NONE: Final[Row] = (None, None)
NUMBER_MIN: Final = -(2**63)  # what a row may say, not what it should
_OF_LEAVES: Final = {
    table: f"SELECT {', '.join(column.name for column in table.columns)} FROM {table.name}"  # noqa: S608 — own names
    " WHERE leaf_index >= ? AND leaf_index < ?"
    for table in BY_LEAF
}


class SqlProjectionCheck:
    """Runs the fold beside the tables of one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def agreement(self, recorded: Sequence[Recorded], start: int, stop: int) -> Agreement | None:
        """Terms on which all that follows from these leaves is stored and nothing else; or None.

        The subjects bear the numbers that are stored for them: whether these are right shows when
        the whole log is known.
        """
        names = named_in_order(recorded)
        keys = [*map(subject_key, names)]
        stored = self._numbered(names)
        if [stored.get(uri, _NONE)[1] for uri in names] != keys:
            return None
        numbers = [stored[uri][0] for uri in names]
        fold = Fold(_subjects(names, numbers), set(), 0)
        for _ in self._compared(fold, recorded, start, stop):
            return None
        return Agreement(names=keys, numbers=numbers, made=[*map(subject_key, fold.made)])

    def differences(
        self,
        recorded: Sequence[Recorded],
        start: int,
        stop: int,
        *,
        numbers: Mapping[bytes, int],
        made: AbstractSet[bytes],
    ) -> tuple[list[Difference], list[bytes]]:
        """Differences in what follows from these leaves, and the subject keys of what they made."""
        names = named_in_order(recorded)
        before = {uri for uri in names if subject_key(uri) in made}
        known = _subjects(names, [numbers[subject_key(uri)] for uri in names])
        fold = Fold(known, set(before), 0)
        found = [*self._compared(fold, recorded, start, stop)]
        return found, [*map(subject_key, fold.made - before)]

    def subject_differences(
        self, heads: Iterable[Standing], name: Callable[[bytes], str]
    ) -> Iterator[Difference]:
        """Differences in subjects, given in the order of their numbers by subject key."""
        expected = _Expected(heads, name)
        for stored in self._stored_subjects():
            yield from expected.compare(stored)
        yield from expected.rest()

    def strays(self, size: int) -> list[Difference]:
        """Rows that claim to follow from leaves which a log of this size does not have."""
        found: list[Difference] = []
        for table in BY_LEAF:
            leaf_index = table.c.leaf_index
            query = select(table).where(or_(leaf_index < 0, leaf_index >= size))
            found.extend(_compare(table, [], fetch_rows(self._connection, query)))
        return found

    def _compared(
        self, fold: Fold, recorded: Sequence[Recorded], start: int, stop: int
    ) -> Iterator[Difference]:
        for one in recorded:
            fold.take(one)
        rows = fold.take_rows()
        expected = (rows.statement, rows.chain, rows.thing, rows.edge)
        for table, right in zip(BY_LEAF, expected, strict=True):
            yield from _compare(
                table, right, ask(self._connection, _OF_LEAVES[table], (start, stop))
            )

    def _numbered(self, names: Sequence[str]) -> dict[str, Row]:
        rows = ask_named(self._connection, _SUBJECTS, names)
        return {uri: (number, key) for uri, number, key in rows}

    def _stored_subjects(self) -> Iterator[list[Row]]:
        """Every subject in the order of numbers, some at a time."""
        query = (
            "SELECT id, subject_key, uri, count, head_hash FROM subject"
            " WHERE id >= ? ORDER BY id LIMIT ?"
        )
        start = NUMBER_MIN
        while rows := ask(self._connection, query, (start, BATCH_ROWS)):
            yield rows
            if len(rows) < BATCH_ROWS:
                return
            start = rows[-1][0] + 1


class _Expected:
    """Subjects as they should be stored, compared in the order of their numbers."""

    def __init__(self, heads: Iterable[Standing], name: Callable[[bytes], str]) -> None:
        self._heads = iter(heads)
        self._name = name
        self._number = 0

    def compare(self, stored: Sequence[Row]) -> Iterator[Difference]:
        """Differences in the next stored rows."""
        right = [*islice(self._heads, len(stored))]
        numbers = range(self._number, self._number + len(right))
        if [(n, key, *head) for n, (key, head) in zip(numbers, right, strict=True)] == [
            (number, key, count, head) for number, key, _, count, head in stored
        ] and [subject_key(uri) for _, _, uri, _, _ in stored] == [key for key, _ in right]:
            self._number += len(right)
            return
        self._heads = chained(right, self._heads)
        for row in stored:
            yield from self._compare_one(row)

    def _compare_one(self, row: Row) -> Iterator[Difference]:
        yield from self._missing(until=row[0])
        expected = self._next() if row[0] == self._number else None
        if expected != row:
            yield subject.name, None, f"row {_shown(row)} follows from no leaf"
            if expected is not None:
                yield subject.name, None, f"row {_shown(expected)} is missing"

    def rest(self) -> Iterator[Difference]:
        """Those that are stored nowhere."""
        yield from self._missing(until=None)

    def _missing(self, until: int | None) -> Iterator[Difference]:
        while until is None or self._number < until:
            row = self._next()
            if row is None:
                return
            yield subject.name, None, f"row {_shown(row)} is missing"

    def _next(self) -> Row | None:
        for key, (count, head) in self._heads:
            number, self._number = self._number, self._number + 1
            return (number, key, self._name(key), count, head)
        return None


def _subjects(names: Sequence[str], numbers: Sequence[int]) -> dict[str, SubjectRow]:
    return {
        uri: SubjectRow(number, uri, 0, NO_PREVIOUS)
        for uri, number in zip(names, numbers, strict=True)
    }


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
