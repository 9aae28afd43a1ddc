"""First pages' login: a session in a cookie that no script reads and no other site sends.

State-changing requests by cookie are also held to their origin: Sec-Fetch-Site, else Origin.
"""

import secrets
from asyncio import to_thread
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

from litestar import Request, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.handlers import BaseRouteHandler
from litestar.params import FromQuery
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from api.access import (
    SESSION,
    SESSION_S,
    Caller,
    caller_of,
    caller_with,
    cookie_name,
    hash_of,
    require_actor,
)
from api.answers.forms import texts_of
from api.answers.pages import page
from api.answers.problems import refuse
from api.opened.ledger import OpenedLedger
from ledger.errors import AccessError, DaodiError
from ledger.store.tokens import Bearer, end_session, keep_session

SESSION_BYTES: Final = 32
SEE_OTHER: Final = 303
# Pages with forms tell ourselves where they come from, or a browser writes `Origin: null`.
FORM_HEADERS: Final = {"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}


# Not sync_to_thread: where two handlers share a path, the framework would wrap it twice.
@get("/login", include_in_schema=False)
async def login_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    next: FromQuery[str] = "",  # noqa: A002 — the name in the link
) -> Response[Any]:
    """The login form; who is logged in already goes on."""
    target = safe_target(next)
    caller = await to_thread(caller_of, request, opened)
    if caller.actor is not None:
        return Redirect(target, status_code=SEE_OTHER)
    return _login_form(request, target, status=200)


@post("/login", include_in_schema=False)
async def login(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]
) -> Response[Any]:
    """Take a token from the form; the answer sets the cookie or shows the form again.

    The cookie holds a secret of this login alone: it ends with it, and the token stays unknown to
    the browser. What cookie came along is never taken over.
    """
    refuse_cross_site(request)
    form = await texts_of(request)
    target = safe_target(form.get("next", ""))
    token = form.get("token", "").strip()
    try:
        session = await to_thread(_begin, request, token, opened)
    except AccessError:
        return _login_form(request, target, status=401, refused=True)
    return Redirect(
        target,
        status_code=SEE_OTHER,
        headers=FORM_HEADERS,
        cookies=[_cookie(request, session, SESSION_S)],
    )


@post("/logout", sync_to_thread=True, include_in_schema=False)
def logout(request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]) -> Response[Any]:
    """End the session, wherever its cookie is. The token itself stays good for programs."""
    refuse_cross_site(request)
    if request.cookies.get(cookie_name(request)):
        _end(request, opened)
    return Redirect("/login", status_code=SEE_OTHER, cookies=[_cookie(request, "", 0)])


def _begin(request: Request[Any, Any, Any], token: str, opened: OpenedLedger) -> str:
    """Begin a session by a token, in place of the browser's older one. Raises AccessError."""
    if token.startswith(SESSION):
        raise AccessError("unauthorised", "a session is no token")
    caller = caller_with(token, opened)
    session = SESSION + secrets.token_urlsafe(SESSION_BYTES)
    _end(request, opened)
    bearer = Bearer(actor=require_actor(caller), holder=caller.holder)
    keep_session(opened.store, hash_of(session), bearer, created_ms=opened.clock())
    return session


def _end(request: Request[Any, Any, Any], opened: OpenedLedger) -> None:
    old = request.cookies.get(cookie_name(request), "")
    before_ms = opened.clock() - SESSION_S * 1000
    end_session(opened.store, hash_of(old), before_ms=before_ms)


def desk(
    opened: Callable[[], OpenedLedger],
    handlers: Sequence[ControllerRouterHandler],
    *,
    supervisors: bool = False,
) -> Router:
    """Pages behind the login: the public is sent there, actors without the role are refused.

    A guard, not only a dependency: a handler that forgets to ask who calls is guarded all the same.
    """

    def known(request: Request[Any, Any, Any]) -> Caller:
        return supervisor(request, opened()) if supervisors else member(request, opened())

    async def let_in(
        connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler
    ) -> None:
        await to_thread(supervisor if supervisors else member, connection, opened())

    return Router(
        path="/",
        route_handlers=handlers,
        guards=[let_in],
        dependencies={"caller": Provide(known, sync_to_thread=True)},
        exception_handlers={AccessError: send_to_login},
    )


def member(connection: ASGIConnection[Any, Any, Any, Any], opened: OpenedLedger) -> Caller:
    """The actor who asks. Raises AccessError `unauthorised` for the public."""
    caller = caller_of(connection, opened)
    require_actor(caller)
    return caller


def supervisor(connection: ASGIConnection[Any, Any, Any, Any], opened: OpenedLedger) -> Caller:
    """The supervisor who asks. Raises AccessError `forbidden` for other actors."""
    caller = member(connection, opened)
    if not caller.supervisor:
        raise AccessError("forbidden", "this is for supervisors")
    return caller


def send_to_login(request: Request[Any, Any, Any], error: DaodiError) -> Response[Any]:
    """Show the public the way in; any other refusal is answered as everywhere."""
    if error.code != "unauthorised" or request.method != "GET":
        return refuse(request, error)
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Redirect(f"/login?next={quote(path)}", status_code=SEE_OTHER)


def refuse_cross_site(request: Request[Any, Any, Any]) -> None:
    """Raise AccessError `forbidden` unless our own page sent this request.

    A program with a bearer token needs no origin: no other site makes a browser send it. A link
    that names a user makes it send `Authorization: Basic`, so no other scheme will do.
    """
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        own = site == "same-origin"
    else:
        origin = request.headers.get("origin", "")
        own = bool(origin) and urlsplit(origin).netloc == request.headers.get("host")
    if not own:
        raise AccessError("forbidden", "the request does not come from a page of this server")


def safe_target(path: str) -> str:
    """A path on this server to go on to; anything else becomes the enterprise's first page."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if plain and path.isprintable() else "/enterprise"


def _cookie(request: Request[Any, Any, Any], token: str, max_age_s: int) -> Cookie:
    return Cookie(
        key=cookie_name(request),
        value=token,
        path="/",
        max_age=max_age_s,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _login_form(
    request: Request[Any, Any, Any], target: str, *, status: int, refused: bool = False
) -> Response[str]:
    return page(
        request,
        "login.html",
        {"next": target, "refused": refused},
        status_code=status,
        headers=FORM_HEADERS,
    )
