"""What first pages show: counts of today, things that an actor's keys made, newest first."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select

from ledger.log.leaves import subject_key
from ledger.seam import Thing
from ledger.store.database import SqlStore
from ledger.store.tables import edge, statement, subject, thing

KEYS_MAX: Final = 500  # names in one query: both databases take that many


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


def uris_of(store: SqlStore, subject_keys: Sequence[bytes]) -> dict[bytes, str]:
    """What these subject keys are hashes of; of so many that one query names the first."""
    query = select(subject.c.subject_key, subject.c.uri).where(
        subject.c.subject_key.in_(list(subject_keys)[:KEYS_MAX])
    )
    with store.engine.connect() as connection:
        return {row.subject_key: row.uri for row in connection.execute(query)}


def used_g(store: SqlStore, uris: Sequence[str]) -> dict[str, int]:
    """Grams of these things that makings took in; what nobody used is left out."""
    query = (
        select(subject.c.uri, func.sum(edge.c.mass_g).label("mass_g"))
        .join_from(edge, subject, subject.c.id == edge.c.parent_id)
        .group_by(subject.c.uri)
    )
    used: dict[str, int] = {}
    with store.engine.connect() as connection:
        for start in range(0, len(uris), KEYS_MAX):
            part = [*map(subject_key, uris[start : start + KEYS_MAX])]
            rows = connection.execute(query.where(subject.c.subject_key.in_(part)))
            used.update((row.uri, int(row.mass_g or 0)) for row in rows)
    return used


def kinds_at(store: SqlStore, indices: Sequence[int]) -> dict[int, str]:
    """The kind of event of each statement at these indices; registry's are ""."""
    kinds: dict[int, str] = {}
    with store.engine.connect() as connection:
        for start in range(0, len(indices), KEYS_MAX):
            part = list(indices[start : start + KEYS_MAX])
            query = select(statement.c.leaf_index, statement.c.event_kind)
            rows = connection.execute(query.where(statement.c.leaf_index.in_(part)))
            kinds.update((row.leaf_index, row.event_kind) for row in rows)
    return kinds


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
