"""The connection of the one writer, kept open from group to group: opening it costs more than one.

What the pool does for it each time, a look whether it still lives among it, costs round trips.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

from sqlalchemy import Connection, Engine, event

from ledger.store.driver import ask, ask_in_turn, is_sqlite
from ledger.store.engine import DRIVER_ERRORS, WRITER_LOCK, writing_connection

_NEWEST_LEAF = "SELECT max(leaf_index) FROM entry"
_NEWEST_SUBJECT = "SELECT max(id) FROM subject"


class Writer:
    """Lends a connection in a transaction that holds the writer's lock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: Connection | None = None
        self._taking = Lock()
        event.listen(engine, "engine_disposed", self._dispose)

    @contextmanager
    def locked(self) -> Iterator[tuple[Connection, int | None, int | None]]:
        """Yield the connection, the newest leaf and the newest subject, read under the lock.

        Whoever takes it commits; an exception rolls back, and the connection is not used again.
        """
        connection, newest = self._begin()
        try:
            yield connection, *newest
        except BaseException:
            self._close(connection)
            raise
        self._keep(connection)

    def _begin(self) -> tuple[Connection, tuple[int | None, int | None]]:
        kept = self._take()
        if kept is not None:
            try:
                return kept, _begin(kept)
            except DRIVER_ERRORS:  # nothing was done yet
                self._close(kept)
                if is_sqlite(kept):  # a file's connection does not break: another writer took long
                    raise
        connection = writing_connection(self._engine)
        try:
            return connection, _begin(connection)
        except BaseException:
            self._close(connection)
            raise

    def _take(self) -> Connection | None:
        with self._taking:
            kept, self._kept = self._kept, None
            return kept

    def _keep(self, connection: Connection) -> None:
        with self._taking:
            other, self._kept = self._kept, connection
        self._close(other)

    def _dispose(self, _engine: Engine) -> None:
        kept = self._take()
        if kept is not None:
            kept.detach()  # its pool is gone: closing shall close
            self._close(kept)

    @staticmethod
    def _close(connection: Connection | None) -> None:
        if connection is not None:
            with suppress(*DRIVER_ERRORS):
                connection.close()


def _begin(connection: Connection) -> tuple[int | None, int | None]:
    """Begin, wait for the lock, then read: each a statement of its own, with its own snapshot."""
    connection.begin()
    if is_sqlite(connection):  # BEGIN IMMEDIATE took the lock
        ((leaf,),), ((subject,),) = ask(connection, _NEWEST_LEAF), ask(connection, _NEWEST_SUBJECT)
    else:
        lock = (f"SELECT pg_advisory_xact_lock({WRITER_LOCK})", ())
        _, ((leaf,),), ((subject,),) = ask_in_turn(
            connection, [lock, (_NEWEST_LEAF, ()), (_NEWEST_SUBJECT, ())]
        )
    return leaf, subject
