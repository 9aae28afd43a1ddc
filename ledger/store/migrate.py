"""Brings a database to the newest version of Alembic's one history."""

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from ledger.store.engine import take_writers_lock, writing_connection


def migrate(engine: Engine) -> bool:
    """Run what is missing of the history, under the writer's lock. Doing it twice is harmless.

    Returns whether tables of an older version stood there: then projections must be rebuilt.
    """
    older = _revision(engine) is not None and not is_current(engine)
    with as_file(files("migrations")) as folder, writing_connection(engine) as connection:
        configuration = _configuration(str(folder))
        with connection.begin():
            take_writers_lock(connection)
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
    return older


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(engine: Engine) -> bool:
    """Whether the database stands at the newest version."""
    with as_file(files("migrations")) as folder, engine.connect() as connection:
        newest = ScriptDirectory.from_config(_configuration(str(folder))).get_current_head()
        return MigrationContext.configure(connection).get_current_revision() == newest


def _configuration(folder: str) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", folder.replace("%", "%%"))
    return configuration
