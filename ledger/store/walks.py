"""Bounded reads along chains for pages: statements of a kind, even samples of a long chain."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Column, ColumnElement, func, select

from ledger.log.leaves import subject_key
from ledger.store.database import SqlStore
from ledger.store.read import NAMES_MAX, SqlReading
from ledger.store.tables import chain, statement, subject

KEYS_MAX: Final = 32  # of one holder, the newest; each costs some forty short questions
LOOKED_MAX: Final = 2_000


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
        .where(subject.c.subject_key.in_([*map(subject_key, uris)][:NAMES_MAX]))
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


def sample_of(
    store: SqlStore, uri: str, *, since_ms: int, until_ms: int, most: int, keys: Sequence[str]
) -> list[int]:
    """Leaves of a chain recorded within a time and signed by these keys, at most so many.

    They are evenly spaced. A sensor's chain may be a million leaves long: two searches by halves
    find the ends, and only the sample is read. Where others wrote so much on the chain that it
    would be thinned out, what these keys signed within the time is looked through besides: 2,000
    of their statements by 32 of them at most, and nobody else adds to these.
    """
    with store.reading() as reading:
        found = reading.connection.execute(
            select(subject.c.id, subject.c.count).where(subject.c.subject_key == subject_key(uri))
        ).first()
        if found is None:
            return []
        number, length = found
        walk = _Walk(reading, chain.c.subject_id == number, chain.c.subject_seq)
        places = _spread(walk.within(length, since_ms, until_ms), most)
        query = (
            select(chain.c.leaf_index)
            .join_from(chain, statement, statement.c.leaf_index == chain.c.leaf_index)
            .where(chain.c.subject_id == number, chain.c.subject_seq.in_(places))
            .where(statement.c.key_id.in_(keys[:NAMES_MAX]))
        )
        leaves = {int(index) for (index,) in reading.connection.execute(query)}
        if len(leaves) < len(places):
            leaves |= _signed_by(reading, number, since_ms, until_ms, keys[-KEYS_MAX:])
    ordered = sorted(leaves)
    return [ordered[place] for place in _spread(range(len(ordered)), most)]


def _signed_by(
    reading: SqlReading, number: int, since_ms: int, until_ms: int, keys: Sequence[str]
) -> set[int]:
    """Leaves of a chain by these keys, among an even sample of all that they signed in a time."""
    signed: list[tuple[str, range]] = []
    for key in keys:
        walk = _Walk(reading, statement.c.key_id == key, statement.c.key_seq)
        signed.append((key, walk.within(walk.length(), since_ms, until_ms)))
    every = sum(len(numbers) for _, numbers in signed)
    found: set[int] = set()
    for key, numbers in signed:
        looked = _spread(numbers, LOOKED_MAX * len(numbers) // max(1, every))
        for start in range(0, len(looked), NAMES_MAX):
            query = (
                select(chain.c.leaf_index)
                .join_from(statement, chain, statement.c.leaf_index == chain.c.leaf_index)
                .where(statement.c.key_id == key, chain.c.subject_id == number)
                .where(statement.c.key_seq.in_(looked[start : start + NAMES_MAX]))
            )
            found |= {int(index) for (index,) in reading.connection.execute(query)}
    return found


def _spread(places: range, most: int) -> list[int]:
    """At most so many of these, evenly spaced."""
    taken = min(len(places), most)
    return [places[step * len(places) // taken] for step in range(taken)]


class _Walk:
    """One chain, of a subject or of a key: its leaves stand by the time of their recording."""

    def __init__(self, reading: SqlReading, of: ColumnElement[bool], place: Column[int]) -> None:
        self._reading = reading
        self._of = of
        self._place = place
        self._recorded = select(statement.c.admitted_ms)
        if place.table is chain:
            self._recorded = self._recorded.join_from(
                chain, statement, statement.c.leaf_index == chain.c.leaf_index
            )

    def length(self) -> int:
        """How many places there are: none is left out."""
        last = select(func.max(self._place)).where(self._of)
        newest = self._reading.connection.execute(last).scalar()
        return 0 if newest is None else int(newest) + 1

    def within(self, length: int, since_ms: int, until_ms: int) -> range:
        """The places whose leaves were recorded within a time."""
        return range(self._first(length, since_ms), self._first(length, until_ms + 1))

    def _first(self, length: int, time_ms: int) -> int:
        """The first place whose leaf was recorded at the time or later; the length if none was."""
        return bisect_left(range(length), time_ms, key=self._recorded_ms)

    def _recorded_ms(self, place: int) -> int:
        query = self._recorded.where(self._of, self._place == place)
        return int(self._reading.connection.execute(query).scalar() or 0)
