"""One ledger in one database: snapshots, the writer's transaction, the guard, rebuilding."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine

from ledger.errors import StoreError
from ledger.log.leaves import EventLeaf, parse_leaf
from ledger.log.merkle import leaf_hash
from ledger.seam import (
    Entry,
    OutcomeUnknownError,
    Progress,
    Reading,
    Recorded,
    RefusedRowError,
    SignedHead,
    Verdicts,
)
from ledger.store.checks import SqlProjectionCheck
from ledger.store.engine import (
    DRIVER_ERRORS,
    is_refusal,
    reading_connection,
    writing_connection,
)
from ledger.store.guard import Guard
from ledger.store.judged import forget_judgement, keep_verdicts, prove_room
from ledger.store.leaves import BATCH_ROWS
from ledger.store.read import SqlReading
from ledger.store.troubles import room_or_rights
from ledger.store.write import SqlWriting
from ledger.store.writer import Writer

Understand = Callable[[Entry, EventLeaf, bytes], Recorded]


class SqlStore:
    """The seam's one implementation, on SQLite and on PostgreSQL."""

    def __init__(self, engine: Engine, guard: Guard | None) -> None:
        self.engine: Final = engine
        self._guard = guard
        self._writer = Writer(engine)
        self._owed: SignedHead | None = None  # to the guard, which could not be written
        self.trouble: StoreError | None = None
        """Why the last group could not be written: want of room or rights; None once one was."""

    @contextmanager
    def reading(self) -> Iterator[SqlReading]:
        """Open a snapshot."""
        try:
            with reading_connection(self.engine) as connection, connection.begin():
                yield SqlReading(connection)
        except DRIVER_ERRORS as error:
            raise _unavailable(error) from error

    @contextmanager
    def writing(self, subject_keys: Sequence[bytes] = ()) -> Iterator[SqlWriting]:
        """Take the writer's lock; commit on leaving, then advance the guard.

        What is stored of these subjects is read with the lock, in one round trip.
        Raises RefusedRowError when the database refuses a row (rolled back), OutcomeUnknownError
        when the commit broke, StoreError when the database or the guard cannot be reached.
        """
        committing = False
        try:
            with self._writer.locked(subject_keys) as (connection, begun):
                writing = SqlWriting(connection, begun)
                yield writing
                committing = True
                writing.commit()
        except (*DRIVER_ERRORS, OverflowError) as error:
            # A refusal is the database's own word that nothing was committed.
            if is_refusal(error):
                raise RefusedRowError(str(error)) from error
            if (trouble := room_or_rights(error)) is not None:
                self.trouble = trouble  # and so is this, be it of the commit itself
                raise trouble from error
            if committing:
                raise OutcomeUnknownError(str(error)) from error
            raise _unavailable(error) from error
        self.trouble = None
        # Whoever sends again what a full disk kept from the guard waits for the guard too.
        head = writing.new_head or self._owed
        if head is not None and self._guard is not None:
            self._advance(self._guard, head)

    def guarded_head(self) -> SignedHead | None:
        """Newest head that the guard outside the database remembers."""
        try:
            return self._guard.read() if self._guard else None
        except OSError as error:
            raise _guard_failed(error) from error

    def _advance(self, guard: Guard, head: SignedHead) -> None:
        """After the commit, before any answer: whoever holds a receipt is covered by the guard."""
        try:
            guard.advance(head)
        except OSError as error:
            self._owed, self.trouble = head, _guard_failed(error)
            raise self.trouble from error
        self._owed = None

    def keep_verdicts(self, verdicts: Verdicts) -> bool:
        """Keep what a pass of judging found; False when another one was faster."""
        try:
            with writing_connection(self.engine) as connection, connection.begin():
                return keep_verdicts(connection, verdicts)
        except DRIVER_ERRORS as error:
            raise _unavailable(error) from error

    def try_writing(self) -> None:
        """Write a row and remove it, then the guard. Raises StoreError, naming what is wanting."""
        try:
            with writing_connection(self.engine) as connection, connection.begin():
                prove_room(connection)
        except DRIVER_ERRORS as error:
            self.trouble = _unavailable(error)
            raise self.trouble from error
        with self.reading() as reading:
            head = reading.signed_head()
        if head is not None and self._guard is not None:
            self._advance(self._guard, head)
        self.trouble = None

    def projection_check(self, reading: Reading) -> SqlProjectionCheck:
        """Start a comparison of every projection with replay."""
        assert isinstance(reading, SqlReading)  # the seam's other half is ours
        return SqlProjectionCheck(reading)

    def rebuild(self, understand: Understand, progress: Progress) -> int:
        """Drop every projection and make it again by replay; returns the leaves read.

        Judgement is forgotten: what was judged from false projections is judged anew.
        """
        with self.writing() as writing:
            forget_judgement(writing.connection)
            writing.clear_projections()
            size = writing.size()
            for start in range(0, size, BATCH_ROWS):
                writing.project(_recorded(writing, understand, start, start + BATCH_ROWS))
                progress(min(start + BATCH_ROWS, size), size)
        return size


def _recorded(writing: SqlWriting, understand: Understand, start: int, stop: int) -> list[Recorded]:
    recorded = []
    for entry in writing.entries(start, stop):
        leaf = parse_leaf(entry.leaf)
        if isinstance(leaf, EventLeaf):
            recorded.append(understand(entry, leaf, leaf_hash(entry.leaf)))
    return recorded


def _unavailable(error: Exception) -> StoreError:
    named = room_or_rights(error)
    return named or StoreError("database_unavailable", f"the database answered: {error}")


def _guard_failed(error: OSError) -> StoreError:
    named = room_or_rights(error)
    return StoreError(named.code if named else "database_unavailable", f"the guard: {error}")
