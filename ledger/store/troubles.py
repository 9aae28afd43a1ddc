"""What the operating system or the database says of its own room and rights, under stable codes.

A full disk or a file that cannot be written undoes what was being written, and the database says
so itself: nothing was committed, and nobody holds a receipt for it.
"""

import errno
import sqlite3
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError

from ledger.errors import StoreError
from ledger.store.engine import DRIVER_ERRORS

_PRIMARY: Final = 0xFF  # SQLite's extended codes carry the primary one in their low byte
_OF_SQLITE: Final = {
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_READONLY: "not_writable",
    sqlite3.SQLITE_PERM: "not_writable",
}
# SQLSTATE: disk_full, and read_only_sql_transaction, as on a standby.
_OF_POSTGRESQL: Final = {"53100": "disk_full", "25006": "not_writable"}
_OF_SYSTEM: Final = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EROFS: "not_writable",
    errno.EACCES: "not_writable",
    errno.EPERM: "not_writable",
}


def room_or_rights(error: BaseException) -> StoreError | None:
    """The error with its code where room or rights are wanting, None for every other one."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = None
    if isinstance(cause, sqlite3.Error):
        code = _OF_SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & _PRIMARY)
    elif isinstance(cause, psycopg.Error):
        code = _OF_POSTGRESQL.get(cause.sqlstate or "")
    elif isinstance(cause, OSError):
        code = _OF_SYSTEM.get(cause.errno or 0)
    return StoreError(code, str(cause)) if code else None


def store_error(error: BaseException) -> StoreError | None:
    """The same, and `database_unavailable` for all else that a database's driver says."""
    if (named := room_or_rights(error)) is not None:
        return named
    if isinstance(error, DRIVER_ERRORS):
        cause = error.orig if isinstance(error, DBAPIError) else error
        return StoreError("database_unavailable", f"the database answered: {cause}")
    return None
