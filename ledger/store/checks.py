"""Compares each projection with what replay gives, a range of leaves at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain as chained
from itertools import islice
from typing import Any, Final

from ledger.log.leaves import subject_key
from ledger.seam import Difference, Recorded, Standing
from ledger.store.agreement import AgreementCheck, shown_row, subject_rows
from ledger.store.leaves import BATCH_ROWS, Row
from ledger.store.projections import Fold, named_in_order

_SUBJECT: Final = "subject"
NUMBER_MIN: Final = -(2**63)  # what a row may say, not what it should
_STORED: Final = (
    "SELECT id, subject_key, uri, count, head_hash FROM subject WHERE id >= ? ORDER BY id LIMIT ?"
)


class SqlProjectionCheck(AgreementCheck):
    """Runs the fold beside the tables of one snapshot, and says what differs."""

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
        known = subject_rows(names, [numbers[subject_key(uri)] for uri in names])
        fold = Fold(known, set(before), 0)
        found = [*self.compared(fold, recorded, start, stop)]
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
        return [*self.outside(size)]

    def _stored_subjects(self) -> Iterator[list[Row]]:
        """Every subject in the order of numbers, some at a time."""
        start = NUMBER_MIN
        while rows := self._reading.ask(_STORED, (start, BATCH_ROWS)):
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
        after = self._number + len(right)
        if _columns(stored) == _expected_columns(right, range(self._number, after)):
            self._number = after
            return
        self._heads = chained(right, self._heads)
        for row in stored:
            yield from self._compare_one(row)

    def _compare_one(self, row: Row) -> Iterator[Difference]:
        yield from self._missing(until=row[0])
        expected = self._next() if row[0] == self._number else None
        if expected != row:
            yield _SUBJECT, None, f"row {shown_row(row)} follows from no leaf"
            if expected is not None:
                yield _SUBJECT, None, f"row {shown_row(expected)} is missing"

    def rest(self) -> Iterator[Difference]:
        """Those that are stored nowhere."""
        yield from self._missing(until=None)

    def _missing(self, until: int | None) -> Iterator[Difference]:
        while until is None or self._number < until:
            row = self._next()
            if row is None:
                return
            yield _SUBJECT, None, f"row {shown_row(row)} is missing"

    def _next(self) -> Row | None:
        for key, (count, head) in self._heads:
            number, self._number = self._number, self._number + 1
            return (number, key, self._name(key), count, head)
        return None


def _columns(stored: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Number, key, key of the URI, count and head, each as a column: compared without rows."""
    numbers, keys, uris, counts, heads = zip(*stored, strict=True)
    # SQLite keeps bytes in a column of texts, if somebody writes them there.
    named = [subject_key(uri) if isinstance(uri, str) else None for uri in uris]
    return [numbers, keys, tuple(named), counts, heads]


def _expected_columns(right: Sequence[Standing], numbers: range) -> list[tuple[Any, ...]]:
    if not right:
        return []
    keys, standings = zip(*right, strict=True)
    counts, heads = zip(*standings, strict=True)
    return [tuple(numbers), keys, keys, counts, heads]
