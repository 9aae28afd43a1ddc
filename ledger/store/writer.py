"""The connection of the one writer, kept open from group to group: opening it costs more than one.

What the pool does for it each time, a look whether it still lives among it, costs round trips.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine, event

from ledger.store.arrays import Blobs
from ledger.store.driver import ask_named, begin_with, give_up, is_sqlite
from ledger.store.engine import DRIVER_ERRORS, WRITER_LOCK, writing_connection
from ledger.store.leaves import Row

SUBJECTS: Final = (
    "SELECT s.id, s.subject_key, s.uri, s.count, s.head_hash, t.subject_id"
    " FROM subject AS s LEFT JOIN thing AS t ON t.subject_id = s.id WHERE s.subject_key ?…"
)
_SUBJECTS_AT_ONCE: Final = SUBJECTS.replace("?…", "= ANY(?)")
# All that a writer asks finds rows by their keys, and planning the statement that writes to seven
# tables takes as long as running it. So until the commit each plan serves for good; it must be one
# that stays good while the tables grow, not one made for the first hundred rows.
_SETTINGS: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
_LOCK: Final = f"SELECT pg_advisory_xact_lock({WRITER_LOCK})" + "".join(
    f", set_config('{name}', '{value}', true)" for name, value in _SETTINGS.items()
)
_NEWEST: Final = "SELECT (SELECT max(leaf_index) FROM entry), (SELECT max(id) FROM subject)"


class Begun(NamedTuple):
    """What was read under the lock, in one round trip with taking it where that is one.

    `subjects` are rows of `SUBJECTS` for the keys that were `asked`.
    """

    newest_leaf: int | None
    newest_subject: int | None
    asked: Sequence[bytes]
    subjects: Sequence[Row]


class Writer:
    """Lends a connection in a transaction that holds the writer's lock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: Connection | None = None
        self._taking = Lock()
        event.listen(engine, "engine_disposed", self._dispose)

    @contextmanager
    def locked(self, subject_keys: Sequence[bytes]) -> Iterator[tuple[Connection, Begun]]:
        """Yield the connection and what was read under the lock, with these keys' subjects.

        Whoever takes it commits; an exception rolls back, and the connection is not used again.
        """
        connection, begun = self._begin(subject_keys)
        try:
            yield connection, begun
        except BaseException:
            with suppress(*DRIVER_ERRORS):
                give_up(connection)
            self._close(connection)
            raise
        self._keep(connection)

    def _begin(self, subject_keys: Sequence[bytes]) -> tuple[Connection, Begun]:
        kept = self._take()
        if kept is not None:
            try:
                return kept, _begin(kept, subject_keys)
            except DRIVER_ERRORS:  # nothing was done yet
                self._close(kept)
                if is_sqlite(kept):  # a file's connection does not break: another writer took long
                    raise
        connection = writing_connection(self._engine)
        try:
            return connection, _begin(connection, subject_keys)
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


def _begin(connection: Connection, subject_keys: Sequence[bytes]) -> Begun:
    """Begin, wait for the lock, then read: each a statement of its own, with its own snapshot."""
    if is_sqlite(connection):  # beginning takes the lock
        (((leaf, subject),),) = begin_with(connection, [(_NEWEST, ())])
        return Begun(leaf, subject, subject_keys, ask_named(connection, SUBJECTS, subject_keys))
    _, ((leaf, subject),), rows = begin_with(
        connection, [(_LOCK, ()), (_NEWEST, ()), (_SUBJECTS_AT_ONCE, (Blobs(subject_keys),))]
    )
    return Begun(leaf, subject, subject_keys, rows)
