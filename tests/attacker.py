"""Whole tables as lists of rows, to be compared, and what an attacker with the database does."""

from typing import overload

from sqlalchemy import Engine, Table, select, update

from ledger.store.tables import PROJECTIONS, entry

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


def write_entry(engine: Engine, index: int, column: str, value: object) -> None:
    """Overwrite one column of one row of `entry`."""
    with engine.begin() as connection:
        connection.execute(update(entry).where(entry.c.leaf_index == index).values({column: value}))


def read_entry(engine: Engine, index: int) -> dict[str, object]:
    """One row of `entry` by its columns."""
    with engine.connect() as connection:
        row = connection.execute(select(entry).where(entry.c.leaf_index == index)).one()
        return dict(row._mapping)


def read_bytes(engine: Engine, index: int, column: str = "leaf") -> bytes:
    """One column of bytes of one row of `entry`."""
    value = read_entry(engine, index)[column]
    assert isinstance(value, bytes)
    return value


@overload
def flipped(value: bytes, place: int) -> bytes: ...
@overload
def flipped(value: str, place: int) -> str: ...
def flipped(value: bytes | str, place: int) -> bytes | str:
    """The value with one byte changed; of text, one hexadecimal digit."""
    if isinstance(value, str):
        return value[:place] + ("1" if value[place] != "1" else "2") + value[place + 1 :]
    changed = bytearray(value)
    changed[place] ^= 1
    return bytes(changed)
