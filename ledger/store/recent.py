"""What first pages show: counts of today, things that an actor's keys made, newest first."""

from collections.abc import Sequence

from sqlalchemy import func, select

from ledger.seam import Thing
from ledger.store.database import SqlStore
from ledger.store.tables import statement, subject, thing

KEYS_MAX = 500  # devices of one actor: both databases take that many names


def things_made_by(store: SqlStore, key_ids: Sequence[str], *, limit: int) -> list[Thing]:
    """Things whose making one of these keys signed, newest first."""
    query = (
        select(
            subject.c.uri,
            thing.c.leaf_index,
            thing.c.kind,
            thing.c.herb,
            thing.c.name,
            thing.c.mass_g,
        )
        .join_from(thing, subject, subject.c.id == thing.c.subject_id)
        .join(statement, statement.c.leaf_index == thing.c.leaf_index)
        .where(statement.c.key_id.in_(list(key_ids)[:KEYS_MAX]))
        .order_by(thing.c.leaf_index.desc())
        .limit(limit)
    )
    with store.engine.connect() as connection:
        rows = connection.execute(query).all()
    return [
        Thing(
            uri=row.uri,
            made_index=row.leaf_index,
            kind=row.kind,
            herb=row.herb,
            name=row.name,
            mass_g=row.mass_g,
        )
        for row in rows
    ]


def statements_by_kind(store: SqlStore, *, since_ms: int) -> dict[str, int]:
    """How many statements of each kind of event were recorded since then; registry's under ""."""
    query = (
        select(statement.c.event_kind, func.count())
        .where(statement.c.admitted_ms >= since_ms)
        .group_by(statement.c.event_kind)
    )
    with store.engine.connect() as connection:
        return {kind: int(count) for kind, count in connection.execute(query)}


def statement_count(store: SqlStore) -> int:
    """Statements in the log."""
    with store.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(statement)).scalar() or 0)
