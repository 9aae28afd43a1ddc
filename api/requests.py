"""Every request gets an id and one line in the log: method, route, status, time; never a body."""

import asyncio
import secrets
import sys
from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import Final

import msgspec
import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPResponseStartEvent,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
)

from api.metrics import count_request

REQUEST_ID: Final = "x-request-id"
ID_LENGTH_MAX: Final = 64
HEAD_ONLY: Final = "head_only"  # in the scope's state: nobody will see the answer's body
QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
# What every answer says that says nothing else: what may be kept, and by whom, is said on purpose.
# Pages add their own Content-Security-Policy.
SAFE_HEADERS: Final = (
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("content-security-policy", "frame-ancestors 'none'"),
)
# Browsers keep to HTTPS once they have come by it under a certificate that they trust: RFC 6797.
SECURE_HEADERS: Final = (*SAFE_HEADERS, ("strict-transport-security", "max-age=31536000"))
_SAFE: Final = tuple((name.encode(), value.encode()) for name, value in SAFE_HEADERS)
_SECURE: Final = tuple((name.encode(), value.encode()) for name, value in SECURE_HEADERS)
MOMENT_S = 0.001  # tests have none
_stamp: Final = structlog.processors.TimeStamper(fmt="iso", utc=True)
_REQUEST_ID: Final = REQUEST_ID.encode()
_ID_BYTES: Final = 8
_IDS_DRAWN: Final = 256


class RequestLog:
    """Counts requests and says that they were answered, in lines as structlog writes them.

    All of a moment are said in one write behind it: each would give the interpreter's lock away,
    and a client that sends its next request at once would wait for the line of the last one.
    """

    def __init__(self) -> None:
        self._answered: list[tuple[HTTPScope, int, float, str]] = []

    def add(self, scope: HTTPScope, status: int, seconds: float, request_id: str) -> None:
        """Note that a request was answered."""
        if not self._answered:
            asyncio.get_running_loop().call_later(MOMENT_S, self.say)
        self._answered.append((scope, status, seconds, request_id))

    def say(self) -> None:
        """Say what was noted and not yet said."""
        answered, self._answered = self._answered, []
        lines = []
        for scope, status, seconds, request_id in answered:
            method, route = scope["method"], scope.get("path_template") or "unrouted"
            count_request(method, route, status, seconds)
            if route not in QUIET:
                lines.append(_line(method, route, status, seconds, request_id))
        if lines:
            sys.stderr.write(b"".join(lines).decode())
            sys.stderr.flush()


def _line(method: str, route: str, status: int, seconds: float, request_id: str) -> bytes:
    line: structlog.typing.EventDict = {
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "event": "request",
        "request_id": request_id,
        "level": "info",
    }
    return msgspec.json.encode(_stamp(None, "info", line)) + b"\n"


def log_requests(app: ASGIApp) -> ASGIApp:
    """Middleware around everything: names the request in the log and in the answer.

    Around the router too: what no route answers is logged and named like the rest.
    """
    log = RequestLog()
    new_id = _new_ids().__next__

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:  # a server's whole life: nothing is unsaid behind it
            await app(scope, receive, send)
            log.say()
            return
        request_id = _given(scope) or new_id()
        started = perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                said = _SECURE if scope.get("scheme") == "https" else _SAFE
                _add_headers(message, said, request_id)
            await send(message)

        # For what is logged meanwhile; each request runs in a task, and so a context, of its own.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await app(scope, receive, sending)
        finally:
            log.add(scope, status, perf_counter() - started, request_id)

    return middleware


def _new_ids() -> Iterator[str]:
    """Random ids for ever, 16 hex digits each.

    Drawn many at a time: each draw gives the interpreter's lock away, and under load that request
    waits 70 µs to get it back.
    """
    while True:
        drawn = secrets.token_hex(_IDS_DRAWN * _ID_BYTES)
        for start in range(0, len(drawn), 2 * _ID_BYTES):
            yield drawn[start : start + 2 * _ID_BYTES]


def _add_headers(
    message: HTTPResponseStartEvent, said: Iterable[tuple[bytes, bytes]], request_id: str
) -> None:
    """Name the request, and say what every answer says unless this one says otherwise."""
    headers = [*message["headers"]]
    present = {name.lower() for name, _ in headers}
    headers += [(name, value) for name, value in said if name not in present]
    headers.append((_REQUEST_ID, request_id.encode()))
    message["headers"] = headers


def answer_head(app: ASGIApp) -> ASGIApp:
    """Middleware: HEAD is answered as GET without the body, as RFC 9110 section 9.3.2 says."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                _allow_head(message)
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A scope of its own: the server looks at the method of its own one to frame the answer.
        inner: HTTPScope = {**scope, "method": "GET"} if is_head else scope
        inner["state"] = {**inner["state"], HEAD_ONLY: is_head}
        try:
            await app(inner, receive, sending)
        finally:
            scope["path_template"] = inner.get("path_template", "")

    return middleware


def _allow_head(message: HTTPResponseStartEvent) -> None:
    if all(name != b"allow" for name, _ in message["headers"]):
        return
    headers = MutableScopeHeaders.from_message(message)
    allowed = headers.get("allow", "").split(", ")
    if "GET" in allowed and "HEAD" not in allowed:
        headers["allow"] = ", ".join([*allowed, "HEAD"])


def _given(scope: Scope) -> str | None:
    """An id that a proxy gave, if it is one: short, printable, nothing to forge a log line with."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID.encode():
            text = value.decode("latin-1")
            if len(text) <= ID_LENGTH_MAX and text.replace("-", "").isalnum() and text.isascii():
                return text
    return None
