"""The table of bearer tokens: only their hashes are kept; no record of the log."""

from sqlalchemy import delete, insert, select

from ledger.store.database import SqlStore
from ledger.store.engine import writing_connection
from ledger.store.tables import token


def keep_token(store: SqlStore, token_hash: str, actor: str, *, created_ms: int) -> None:
    """Keep the SHA-256 (hex) of a new token that stands for an actor."""
    with writing_connection(store.engine) as connection, connection.begin():
        connection.execute(
            insert(token).values(token_hash=token_hash, actor=actor, created_ms=created_ms)
        )


def revoke_tokens(store: SqlStore, actor: str) -> int:
    """Forget every token of an actor; returns how many there were."""
    with writing_connection(store.engine) as connection, connection.begin():
        return connection.execute(delete(token).where(token.c.actor == actor)).rowcount


def actor_of_token(store: SqlStore, token_hash: str) -> str | None:
    """The actor that the token of this hash stands for, None when there is none."""
    query = select(token.c.actor).where(token.c.token_hash == token_hash)
    with store.engine.connect() as connection:
        found: str | None = connection.execute(query).scalar()
        return found
