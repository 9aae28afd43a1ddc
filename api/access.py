"""Who asks: a bearer token stands for one person of an actor; without one, the public."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from api.opened import OpenedLedger
from ledger.errors import AccessError
from ledger.evidence.make import follow
from ledger.store.tokens import bearer_of_token
from ledger.trace.judged import Reader

SUPERVISOR_ROLES: Final = frozenset({"supervisor", "registrar"})
COOKIE: Final = "daodi_token"  # what a page keeps after login; HttpOnly, SameSite=Strict


class Headed(Protocol):
    """What is read of a request; commands know callers too, and start without Litestar."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """By name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An actor with its roles, or nobody in particular.

    `holder` is the pseudonym of the person whose token it is, "" where no token was shown.
    """

    actor: str | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    holder: str = ""

    @property
    def supervisor(self) -> bool:
        """Whether it may see every chain."""
        return bool(self.roles & SUPERVISOR_ROLES)

    @property
    def reader(self) -> Reader:
        """The same, as traces ask for it."""
        return Reader(actor=self.actor, supervisor=self.supervisor)


def caller_of(request: Headed, opened: OpenedLedger) -> Caller:
    """Return who asks. Raises AccessError for a token that nobody was given."""
    token = _token(request)
    if token is not None:
        return caller_with(token, opened)
    cookie = request.cookies.get(COOKIE)
    try:
        return caller_with(cookie, opened) if cookie else Caller()
    except AccessError:
        # A browser keeps the cookie of a ledger that was here before: to the public page, nobody.
        return Caller()


def caller_with(token: str, opened: OpenedLedger) -> Caller:
    """Return whom a token stands for. Raises AccessError `unauthorised`."""
    follow(opened.store, opened.replica)  # another process may have admitted or suspended it
    bearer = bearer_of_token(opened.store, sha256(token.encode()).hexdigest())
    record = opened.replica.registry.actors.get(bearer.actor) if bearer else None
    if bearer is None or record is None or record.suspended:
        raise AccessError("unauthorised", "the token stands for no actor")
    return Caller(
        actor=record.actor,
        name=record.name,
        roles=frozenset(record.roles),
        holder=bearer.holder,
    )


def require_actor(caller: Caller) -> str:
    """The caller's actor. Raises AccessError for the public."""
    if caller.actor is None:
        raise AccessError("unauthorised", "this needs an actor's token")
    return caller.actor


def _token(request: Headed) -> str | None:
    header = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    if header:
        raise AccessError("unauthorised", "Authorization is not a bearer token")
    return None
