"""Whole tables as lists of rows, to be compared, and what an attacker with the database does."""

from sqlalchemy import Engine, Table, select

from ledger.store.tables import PROJECTIONS

Dump = dict[str, list[tuple[object, ...]]]


def dump(engine: Engine, tables: tuple[Table, ...] = PROJECTIONS) -> Dump:
    """Every row of the tables, in the order of their first columns."""
    with engine.connect() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.columns))
            ]
            for table in tables
        }


def drop_triggers(engine: Engine) -> None:
    """What somebody with the database's own password does first."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER entry_refuses_update")
            connection.exec_driver_sql("DROP TRIGGER entry_refuses_delete")
        else:
            connection.exec_driver_sql("ALTER TABLE entry DISABLE TRIGGER ALL")


def attack(engine: Engine, command: str) -> None:
    """Run one statement of SQL past every rule of the ledger."""
    with engine.begin() as connection:
        connection.exec_driver_sql(command)
