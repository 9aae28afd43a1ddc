"""Bounded reads along chains for pages: statements of a kind, even samples of a long chain."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import select

from ledger.store.database import SqlStore
from ledger.store.read import NAMES_MAX, SqlReading
from ledger.store.tables import chain, statement, subject


class Mark(NamedTuple):
    """Where a statement of a kind stands: the chain's URI, its leaf, and when it happened."""

    uri: str
    leaf: int
    kind: str
    event_ms: int


def marks_on(
    store: SqlStore,
    uris: Sequence[str],
    kinds: Iterable[str],
    *,
    limit: int,
    keys: Sequence[str] | None = None,
) -> list[Mark]:
    """Statements of these kinds on these chains (500 chains at most), in order of the log.

    With `keys`, those alone that one of these keys signed (500 at most).
    """
    query = (
        select(subject.c.uri, chain.c.leaf_index, statement.c.event_kind, statement.c.event_ms)
        .join_from(subject, chain, chain.c.subject_id == subject.c.id)
        .join(statement, statement.c.leaf_index == chain.c.leaf_index)
        .where(subject.c.uri.in_(list(uris)[:NAMES_MAX]))
        .where(statement.c.event_kind.in_(list(kinds)))
        .order_by(chain.c.leaf_index)
        .limit(limit)
    )
    if keys is not None:
        query = query.where(statement.c.key_id.in_(list(keys)[:NAMES_MAX]))
    with store.reading() as reading:
        return [Mark(*row) for row in reading.connection.execute(query)]


def leaves_of_kinds(store: SqlStore, kinds: Sequence[str], *, start: int) -> list[int]:
    """Leaves from `start` on whose statement is of one of these kinds, in order."""
    query = (
        select(statement.c.leaf_index)
        .where(statement.c.leaf_index >= start, statement.c.event_kind.in_(list(kinds)))
        .order_by(statement.c.leaf_index)
    )
    with store.reading() as reading:
        return [int(index) for (index,) in reading.connection.execute(query)]


def sample_of(store: SqlStore, uri: str, *, since_ms: int, until_ms: int, most: int) -> list[int]:
    """Leaves of a chain recorded within a time, at most so many, evenly spaced along it.

    A sensor's chain may be a million leaves long: two searches by halves find the ends, and only
    the sample is read.
    """
    with store.reading() as reading:
        found = reading.connection.execute(
            select(subject.c.id, subject.c.count).where(subject.c.uri == uri)
        ).first()
        if found is None:
            return []
        number, length = found
        walk = _Walk(reading, number, length)
        first, stop = walk.place_of(since_ms), walk.place_of(until_ms + 1)
        between = stop - first
        taken = min(between, most)
        places = [first + step * between // taken for step in range(taken)]
        query = select(chain.c.leaf_index).where(
            chain.c.subject_id == walk.number, chain.c.subject_seq.in_(places)
        )
        rows = reading.connection.execute(query.order_by(chain.c.subject_seq))
        return [int(index) for (index,) in rows]


class _Walk:
    """One chain, in which leaves stand by the time at which they were recorded."""

    def __init__(self, reading: SqlReading, number: int, length: int) -> None:
        self.number: Final = number
        self._reading = reading
        self._length = length

    def place_of(self, time_ms: int) -> int:
        """The first place whose leaf was recorded at the time or later; the length if none was."""
        low, high = 0, self._length
        while low < high:
            middle = (low + high) // 2
            if self._recorded_ms(middle) < time_ms:
                low = middle + 1
            else:
                high = middle
        return low

    def _recorded_ms(self, place: int) -> int:
        query = (
            select(statement.c.admitted_ms)
            .join_from(chain, statement, statement.c.leaf_index == chain.c.leaf_index)
            .where(chain.c.subject_id == self.number, chain.c.subject_seq == place)
        )
        return int(self._reading.connection.execute(query).scalar() or 0)
