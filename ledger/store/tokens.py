"""The table of bearer tokens and of sessions: only hashes are kept; no record of the log."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert, select

from ledger.store.database import SqlStore
from ledger.store.engine import writing_connection
from ledger.store.tables import token

SESSION_MARK: Final = "s"  # before a session's hash: no hash in hex begins so


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Whom a token stands for: one person of an actor, by the pseudonym of a key's `holder`."""

    actor: str
    holder: str


def keep_token(store: SqlStore, token_hash: str, bearer: Bearer, *, created_ms: int) -> None:
    """Keep the SHA-256 (hex) of a new token, and whom it stands for."""
    row = {"actor": bearer.actor, "holder": bearer.holder, "created_ms": created_ms}
    with writing_connection(store.engine) as connection, connection.begin():
        connection.execute(insert(token).values(token_hash=token_hash, **row))


def revoke_tokens(store: SqlStore, actor: str, holder: str | None = None) -> int:
    """Forget every token of an actor, or only one person's; returns how many there were."""
    ended = delete(token).where(token.c.actor == actor)
    if holder is not None:
        ended = ended.where(token.c.holder == holder)
    with writing_connection(store.engine) as connection, connection.begin():
        return connection.execute(ended).rowcount


def bearer_of_token(store: SqlStore, token_hash: str, *, since_ms: int = 0) -> Bearer | None:
    """Whom the token of this hash stands for, made since then; None when there is none."""
    query = select(token.c.actor, token.c.holder).where(
        token.c.token_hash == token_hash, token.c.created_ms >= since_ms
    )
    with store.engine.connect() as connection:
        found = connection.execute(query).one_or_none()
    return Bearer(actor=found.actor, holder=found.holder) if found else None


def keep_session(store: SqlStore, token_hash: str, bearer: Bearer, *, created_ms: int) -> None:
    """Keep the hash of a browser's session; it ends with its person's tokens."""
    keep_token(store, SESSION_MARK + token_hash, bearer, created_ms=created_ms)


def bearer_of_session(store: SqlStore, token_hash: str, *, since_ms: int) -> Bearer | None:
    """Whom a session stands for that began since then, None when there is none."""
    return bearer_of_token(store, SESSION_MARK + token_hash, since_ms=since_ms)


def end_session(store: SqlStore, token_hash: str, *, before_ms: int) -> None:
    """Forget one session, and all that began before then."""
    ended = token.c.token_hash == SESSION_MARK + token_hash
    old = token.c.token_hash.startswith(SESSION_MARK) & (token.c.created_ms < before_ms)
    with writing_connection(store.engine) as connection, connection.begin():
        connection.execute(delete(token).where(ended | old))
