"""Brings a database to the newest version of Alembic's one history.

Alembic is imported by whoever brings a database up to date, and not by whoever only asks whether it
is: a server would spend a tenth of its start on it.
"""

from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError

from ledger.errors import StoreError
from ledger.store.engine import take_writers_lock, writing_connection
from ledger.store.troubles import room_or_rights

if TYPE_CHECKING:
    from alembic.config import Config

REVISION_DIGITS: Final = 4  # a migration's file begins with the number that is its revision
_REVISION: Final = text("SELECT version_num FROM alembic_version")


def migrate(engine: Engine) -> bool:
    """Run what is missing of the history, under the writer's lock. Doing it twice is harmless.

    Returns whether tables of an older version stood there: then projections must be rebuilt.
    Raises StoreError when the database cannot be reached or written.
    """
    found = _revision(engine)
    if found == newest_revision():
        return False
    from alembic import command  # noqa: PLC0415 — as said above

    try:
        with as_file(files("migrations")) as folder, writing_connection(engine) as connection:
            configuration = _configuration(str(folder))
            with connection.begin():
                take_writers_lock(connection)
                configuration.attributes["connection"] = connection
                command.upgrade(configuration, "head")
    except DatabaseError as error:
        raise _unavailable(error) from error
    return found is not None


def is_current(engine: Engine) -> bool:
    """Whether the database stands at the newest version. Raises StoreError."""
    return _revision(engine) == newest_revision()


def newest_revision() -> str:
    """The last revision of the history that comes with this program."""
    folder = files("migrations") / "versions"
    return max(path.name for path in folder.iterdir() if path.name[0].isdigit())[:REVISION_DIGITS]


def _revision(engine: Engine) -> str | None:
    """What the database was last brought to; None where there are no tables yet."""
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(_REVISION)
            return found
    except DatabaseError as error:
        raise _unavailable(error) from error


def _unavailable(error: DatabaseError) -> StoreError:
    return room_or_rights(error) or StoreError(
        "database_unavailable", f"the database answered: {error.orig}"
    )


def _configuration(folder: str) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 — as said above

    configuration = Config()
    configuration.set_main_option("script_location", folder.replace("%", "%%"))
    return configuration
