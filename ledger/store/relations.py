"""The table of drug codes beside packs: an import's word, no record, and nobody signed it."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, func, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

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


def add_relations(store: SqlStore, rows: Sequence[RelationRow]) -> bool:
    """Keep every row, or none: False where another import took a number or a pack meanwhile."""
    try:
        with writing_connection(store.engine) as connection, connection.begin():
            connection.execute(insert(relation), [row._asdict() for row in rows])
    except IntegrityError:
        return False
    return True


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


def relations_of(
    store: SqlStore, lot: str, *, after: int = -1, limit: int | None = None
) -> list[RelationRow]:
    """Rows of a lot by their serials, those behind a serial; all of them without a limit."""
    query = select(relation).where(relation.c.lot == lot, relation.c.serial > after)
    query = query.order_by(relation.c.serial).limit(limit)
    with store.engine.connect() as connection:
        return [RelationRow._make(row) for row in connection.execute(query)]


def relations_counted(store: SqlStore, lots: Sequence[str]) -> dict[str, int]:
    """How many packs of each lot have a number; a lot without any is left out."""
    query = select(relation.c.lot, func.count()).group_by(relation.c.lot)
    counted: dict[str, int] = {}
    with store.engine.connect() as connection:
        for start in range(0, len(lots), ROWS_AT_ONCE):
            part = query.where(relation.c.lot.in_(lots[start : start + ROWS_AT_ONCE]))
            counted.update((lot, count) for lot, count in connection.execute(part))
    return counted
