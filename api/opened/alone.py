"""One server process for one SQLite file: a lock of the kernel's, which dies with its process."""

from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Final

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from api.settings import Settings
from ledger.errors import StoreError

SUFFIX: Final = ".serving"  # beside the database: two folders may name the same file


@contextmanager
def served_alone(settings: Settings) -> Iterator[None]:
    """Be the one server of a SQLite file until the end, however that comes.

    Each server judges, sweeps, draws and remembers for itself; on PostgreSQL they meet at the
    database, on SQLite nothing but this keeps them apart. Commands do not ask for it: they work
    beside a server. Raises StoreError `served_already`, and `database_unavailable` where the lock
    cannot be made.
    """
    path = _lock_of(settings)
    if path is None:
        yield
        return
    try:
        # Neither forgotten nor handed on to programs that the server starts.
        file = path.open("ab")
    except OSError as error:
        raise StoreError("database_unavailable", f"{path}: {error.strerror}") from error
    with file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            why = (
                f"another `daodi serve` has {path.name.removesuffix(SUFFIX)} in {path.parent}: end "
                "it, or move to PostgreSQL (--database postgresql://…), which several may serve"
            )
            raise StoreError("served_already", why) from error
        yield


def _lock_of(settings: Settings) -> Path | None:
    """The file to lock; None for PostgreSQL, and where there is no ledger yet."""
    try:
        url = make_url(settings.database_url)
    except ArgumentError:  # whoever opens it says so
        return None
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    database = Path(url.database).resolve()
    return database.with_name(database.name + SUFFIX) if database.exists() else None
