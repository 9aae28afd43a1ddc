"""Holds what is projected against what replay gives, leaf by leaf, through whoever can ask."""

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.log.leaves import NO_PREVIOUS, subject_key
from ledger.seam import Agreement, Difference, Recorded
from ledger.store.leaves import LeafReading, Row
from ledger.store.projections import COLUMNS, Fold, SubjectRow, named_in_order

_SUBJECTS: Final = "SELECT uri, id, subject_key FROM subject WHERE uri ?…"
_NONE: Final[Row] = (None, None)
_ROWS: Final = {
    name: f"SELECT {', '.join(columns)} FROM {name}"  # noqa: S608 — own names
    for name, columns in COLUMNS.items()
}


class AgreementCheck:
    """Runs the fold beside the tables that a reading reads."""

    def __init__(self, reading: LeafReading) -> None:
        self._reading = reading

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
        fold = Fold(subject_rows(names, numbers), set(), 0)
        for _ in self.compared(fold, recorded, start, stop):
            return None
        return Agreement(names=keys, numbers=numbers, made=[*map(subject_key, fold.made)])

    def compared(
        self, fold: Fold, recorded: Sequence[Recorded], start: int, stop: int
    ) -> Iterator[Difference]:
        """Differences between what the fold makes of these leaves and what is stored of them."""
        for one in recorded:
            fold.take(one)
        rows = fold.take_rows()
        for name, query in _ROWS.items():
            stored = self._reading.ask(
                f"{query} WHERE leaf_index >= ? AND leaf_index < ?", (start, stop)
            )
            yield from _compare(name, getattr(rows, name), stored)

    def outside(self, size: int) -> Iterator[Difference]:
        """Rows that claim to follow from leaves which a log of this size does not have."""
        for name, query in _ROWS.items():
            stored = self._reading.ask(
                f"{query} WHERE leaf_index < ? OR leaf_index >= ?", (0, size)
            )
            yield from _compare(name, [], stored)

    def _numbered(self, names: Sequence[str]) -> dict[str, Row]:
        rows = self._reading.ask_named(_SUBJECTS, names)
        return {uri: (number, key) for uri, number, key in rows}


def subject_rows(names: Sequence[str], numbers: Sequence[int]) -> dict[str, SubjectRow]:
    """Subjects as the fold is given them, by URI."""
    return {
        uri: SubjectRow(number, uri, 0, NO_PREVIOUS)
        for uri, number in zip(names, numbers, strict=True)
    }


def shown_row(row: Row) -> str:
    """A row as a reason shows it."""
    return "(" + ", ".join(v.hex() if isinstance(v, bytes) else str(v) for v in row) + ")"


def _compare(name: str, expected: Sequence[Row], stored: Sequence[Row]) -> list[Difference]:
    right, present = set(expected), set(stored)
    if right == present and len(stored) == len(present):
        return []
    place = COLUMNS[name].index("leaf_index")
    missing = [(row[place], f"row {shown_row(row)} is missing") for row in right - present]
    surplus = [
        (row[place], f"row {shown_row(row)} follows from no leaf") for row in present - right
    ]
    # SQLite keeps text in a column of numbers, if somebody writes it there.
    return [
        (name, index if isinstance(index, int) else None, what)
        for index, what in (*missing, *surplus)
    ]
