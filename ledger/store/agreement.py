"""Holds what is projected against what replay gives, leaf by leaf, through whoever can ask."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ledger.log.leaves import NO_PREVIOUS, subject_key
from ledger.seam import Agreement, Difference, Recorded
from ledger.store.leaves import LeafReading, Row
from ledger.store.projections import (
    COLUMNS,
    SUBJECT_COLUMNS,
    Fold,
    SubjectRow,
    named_in_order,
)

_NUMBERED: Final = "SELECT subject_key, id FROM subject WHERE id ?…"
_NAMED: Final = "SELECT subject_key, id FROM subject WHERE subject_key ?…"
_ROWS: Final = {
    name: f"SELECT {', '.join(columns)} FROM {name}"  # noqa: S608 — own names
    for name, columns in COLUMNS.items()
}
# Where numbers of subjects stand in a row.
_SUBJECT_PLACES: Final = {
    name: [place for place, column in enumerate(columns) if column in SUBJECT_COLUMNS]
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
        stored = self._stored(start, stop)
        names = named_in_order(recorded)
        keys = [*map(subject_key, names)]
        numbers = self._numbers(keys, stored)
        if numbers is None:
            return None
        fold = Fold(subject_rows(names, numbers), set(), 0)
        for _ in _compared(fold, recorded, stored):
            return None
        return Agreement(names=keys, numbers=numbers, made=[*map(subject_key, fold.made)])

    def compared(
        self, fold: Fold, recorded: Sequence[Recorded], start: int, stop: int
    ) -> Iterator[Difference]:
        """Differences between what the fold makes of these leaves and what is stored of them."""
        return _compared(fold, recorded, self._stored(start, stop))

    def outside(self, size: int) -> Iterator[Difference]:
        """Rows that claim to follow from leaves which a log of this size does not have."""
        for name, query in _ROWS.items():
            stored = self._reading.ask(
                f"{query} WHERE leaf_index < ? OR leaf_index >= ?", (0, size)
            )
            yield from _compare(name, [], stored)

    def _stored(self, start: int, stop: int) -> dict[str, list[Row]]:
        """Rows that say to follow from these leaves, by table."""
        return {
            name: self._reading.ask(
                f"{query} WHERE leaf_index >= ? AND leaf_index < ?", (start, stop)
            )
            for name, query in _ROWS.items()
        }

    def _numbers(
        self, keys: Sequence[bytes], stored: Mapping[str, Sequence[Row]]
    ) -> list[int] | None:
        """Subjects' numbers as stored; None where one of them has none.

        Nearly all stand in the rows, and what bears a number is found faster than what bears a
        key. Whatever else is wrong with a subject shows when all of them are compared.
        """
        meant = {
            row[place]
            for name, places in _SUBJECT_PLACES.items()
            for row in stored[name]
            for place in places
        }
        found: dict[bytes, int] = dict(
            self._reading.ask_named(_NUMBERED, [*filter(_is_number, meant)])
        )
        found.update(self._reading.ask_named(_NAMED, [key for key in keys if key not in found]))
        if not all(map(found.__contains__, keys)):
            return None
        return [found[key] for key in keys]


def _is_number(value: object) -> bool:
    """SQLite keeps text in a column of numbers, if somebody writes it there."""
    return isinstance(value, int)


def _compared(
    fold: Fold, recorded: Sequence[Recorded], stored: Mapping[str, Sequence[Row]]
) -> Iterator[Difference]:
    for one in recorded:
        fold.take(one)
    rows = fold.take_rows()
    for name in _ROWS:
        yield from _compare(name, getattr(rows, name), stored[name])


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
