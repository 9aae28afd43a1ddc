"""A database as older versions of the program left it, with what stands in it."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, Engine, Text

from tests.attacker import attack


def undo_0011(engine: Engine) -> None:
    """Findings that bear no version of the rules."""
    for table, column in (
        ("judged", "version"), ("judged", "to_index"), ("judged", "to_judge"),
        ("finding", "version"),
    ):  # fmt: skip
        attack(engine, f"ALTER TABLE {table} DROP COLUMN {column}")


def undo_0010(engine: Engine) -> None:
    """The tables as they were before it, with what stands in them."""
    with engine.connect() as connection, connection.begin():
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("subject") as batch:
            batch.create_unique_constraint("uq_subject_uri", ["uri"])
        with operations.batch_alter_table("statement") as batch:
            batch.add_column(Column("statement_id", Text, nullable=False, server_default="an id"))
