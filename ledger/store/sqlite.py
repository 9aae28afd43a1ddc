"""Reads leaves of a SQLite file by its driver alone."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from ledger.errors import StoreError
from ledger.store.leaves import OwnReading, Row, in_lists

BUSY_MS: Final = 60_000  # whoever finds the file locked waits this long before it gives up


class SqliteLeaves(OwnReading):
    """Reads and never writes."""

    def __init__(self, path: str) -> None:
        """Open a file. Raises StoreError, as all its questions do."""
        try:
            self._connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
            self._connection.text_factory = shown_text
            self._connection.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise StoreError("database_unavailable", str(error)) from error

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Rows of a query of our own, in which `?` stands for each value."""
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError("database_unavailable", str(error)) from error

    def ask_named(self, query: str, names: Sequence[Any]) -> list[Row]:
        """Rows of a query in which `?…` stands for any of these names, however many they are."""
        return [row for part, values in in_lists(query, names) for row in self.ask(part, values)]

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def shown_text(raw: bytes) -> str:
    """Text that is no UTF-8 was put there by somebody else: it is shown, so that audits name it."""
    return raw.decode("utf-8", "backslashreplace")
