"""Every request gets an id and one line in the log: method, route, status, time; never a body."""

import secrets
from time import perf_counter
from typing import Final

import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID: Final = "x-request-id"
ID_LENGTH_MAX: Final = 64
QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
# What every answer says; pages add their own Content-Security-Policy.
SAFE_HEADERS: Final = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
)


def log_requests(app: ASGIApp) -> ASGIApp:
    """Middleware: names the request in the log, in metrics' neighbourhood and in the answer."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        request_id = _given(scope) or secrets.token_hex(8)
        started = perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableScopeHeaders.from_message(message)
                headers[REQUEST_ID] = request_id
                for name, value in SAFE_HEADERS:
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await app(scope, receive, sending)
            finally:
                path = scope.get("path_template") or "unrouted"
                if path not in QUIET:
                    structlog.get_logger().info(
                        "request",
                        method=scope["method"],
                        route=path,
                        status=status,
                        ms=round((perf_counter() - started) * 1000, 1),
                    )

    return middleware


def _given(scope: Scope) -> str | None:
    """An id that a proxy gave, if it is one: short, printable, nothing to forge a log line with."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID.encode():
            text = value.decode("latin-1")
            if len(text) <= ID_LENGTH_MAX and text.replace("-", "").isalnum() and text.isascii():
                return text
    return None
