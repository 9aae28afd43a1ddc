"""Asks PostgreSQL by its driver alone, and reads leaves so."""

from collections.abc import Sequence
from typing import Any

import psycopg

from ledger.errors import StoreError
from ledger.store.arrays import Column, names_column
from ledger.store.leaves import OwnReading, Row


class PostgresqlLeaves(OwnReading):
    """Reads and never writes."""

    def __init__(self, url: str) -> None:
        """Open a connection. Raises StoreError, as all its questions do."""
        try:
            self._connection = psycopg.connect(url, autocommit=True)
            self._connection.execute("SET default_transaction_read_only = on")
        except psycopg.Error as error:
            raise StoreError("database_unavailable", str(error)) from error

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Rows of a query of our own, in which `?` stands for each value."""
        try:
            return sent(self._connection, query, values).fetchall()
        except psycopg.Error as error:
            raise StoreError("database_unavailable", str(error)) from error

    def ask_named(self, query: str, names: Sequence[Any]) -> list[Row]:
        """Rows of a query in which `?…` stands for any of these names, however many they are."""
        return self.ask(*any_of(query, names)) if names else []

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def sent(
    connection: psycopg.Connection[Any], query: str, values: Sequence[Any]
) -> psycopg.Cursor[Row]:
    """Send a query in which `?` stands for each value; its rows come in binary."""
    return connection.execute(query.replace("?", "%s"), values, binary=True)


def any_of(query: str, names: Sequence[Any]) -> tuple[str, tuple[Column]]:
    """A query in which `?…` stands for any of these names, with them as one column."""
    return query.replace("?…", "= ANY(?)"), (names_column(names),)
