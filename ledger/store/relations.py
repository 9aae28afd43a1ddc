"""The table of drug codes beside packs: an import's word, no record, and nobody signed it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, tuple_

from ledger.store.database import SqlStore
from ledger.store.engine import writing_connection
from ledger.store.tables import relation

ROWS_AT_ONCE = 400  # of a query: SQLite takes 999 values


class RelationRow(NamedTuple):
    """A 药品追溯码 of 20 digits and the pack, by lot and serial, that carries it."""

    number: str
    lot: str
    serial: int
    actor: str
    imported_ms: int


def add_relations(store: SqlStore, rows: Sequence[RelationRow]) -> None:
    """Keep every row, or none where one is refused by the table."""
    with writing_connection(store.engine) as connection, connection.begin():
        connection.execute(insert(relation), [row._asdict() for row in rows])


def relation_of(store: SqlStore, number: str) -> RelationRow | None:
    """The pack that a number was imported for."""
    return next(iter(relations_by_number(store, [number])), None)


def relations_by_number(store: SqlStore, numbers: Sequence[str]) -> list[RelationRow]:
    """What is kept of numbers."""
    query = select(relation).where(relation.c.number.in_(bindparam("names", expanding=True)))
    found: list[RelationRow] = []
    with store.engine.connect() as connection:
        for start in range(0, len(numbers), ROWS_AT_ONCE):
            part = numbers[start : start + ROWS_AT_ONCE]
            found += map(RelationRow._make, connection.execute(query, {"names": part}))
    return found


def relations_by_pack(store: SqlStore, packs: Sequence[tuple[str, int]]) -> list[RelationRow]:
    """What is kept of packs, each by lot and serial."""
    found: list[RelationRow] = []
    with store.engine.connect() as connection:
        for start in range(0, len(packs), ROWS_AT_ONCE):
            part = packs[start : start + ROWS_AT_ONCE]
            query = select(relation).where(tuple_(relation.c.lot, relation.c.serial).in_(part))
            found += map(RelationRow._make, connection.execute(query))
    return found


def relations_of(store: SqlStore, lot: str) -> Iterable[RelationRow]:
    """Every row of a lot, by its serials."""
    query = select(relation).where(relation.c.lot == lot).order_by(relation.c.serial)
    with store.engine.connect() as connection:
        return [RelationRow._make(row) for row in connection.execute(query)]
