"""Who asks: a bearer token stands for one person of an actor; without one, the public."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from api.opened.ledger import OpenedLedger
from ledger.errors import AccessError
from ledger.evidence.make import follow
from ledger.store.tokens import Bearer, bearer_of_session, bearer_of_token
from ledger.trace.judged import Reader

SUPERVISOR_ROLES: Final = frozenset({"supervisor", "registrar"})
# What a browser keeps after login; HttpOnly, SameSite=Strict. Over HTTPS under a name that neither
# a page of HTTP nor one of a neighbouring name can set: RFC 6265bis section 4.1.3.2.
COOKIE: Final = "daodi_token"
SECURE_COOKIE: Final = f"__Host-{COOKIE}"
SESSION: Final = "session."  # how the secret of a session begins, beside the tokens of programs
SESSION_S: Final = (
    30 * 86_400
)  # a month: a clerk logs in once a month, a lost phone is not for ever


class Schemed(Protocol):
    """An address."""

    @property
    def scheme(self) -> str:
        """Such as `https`."""


class Headed(Protocol):
    """What is read of a request; commands know callers too, and start without Litestar."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """By name."""

    @property
    def url(self) -> Schemed:
        """Under which the browser asked, as far as a proxy tells."""


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
    cookie = request.cookies.get(cookie_name(request))
    try:
        return caller_with(cookie, opened) if cookie else Caller()
    except AccessError:
        # A browser keeps the cookie of a ledger that was here before: to the public page, nobody.
        return Caller()


def caller_with(token: str, opened: OpenedLedger) -> Caller:
    """Return whom a token stands for. Raises AccessError `unauthorised`."""
    follow(opened.store, opened.replica)  # another process may have admitted or suspended it
    bearer = _bearer(token, opened)
    record = opened.replica.registry.actors.get(bearer.actor) if bearer else None
    if bearer is None or record is None or record.suspended:
        raise AccessError("unauthorised", "the token stands for no actor")
    return Caller(
        actor=record.actor,
        name=record.name,
        roles=frozenset(record.roles),
        holder=bearer.holder,
    )


def cookie_name(request: Headed) -> str:
    """Under which name this browser keeps its session."""
    return SECURE_COOKIE if request.url.scheme == "https" else COOKIE


def hash_of(secret: str) -> str:
    """What is kept of a token or a session."""
    return sha256(secret.encode()).hexdigest()


def _bearer(token: str, opened: OpenedLedger) -> Bearer | None:
    if not token.startswith(SESSION):
        return bearer_of_token(opened.store, hash_of(token))
    since_ms = opened.clock() - SESSION_S * 1000
    return bearer_of_session(opened.store, hash_of(token), since_ms=since_ms)


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
