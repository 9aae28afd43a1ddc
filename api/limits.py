"""How often one address may ask, and that it may not go on guessing codes.

In this process's memory: a proxy in front of several processes limits for all of them.
"""

from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Final, Protocol

import msgspec
from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    Message,
    Receive,
    Scope,
    Send,
)
from prometheus_client import Counter

from api.problems import PROBLEM_JSON, problem
from api.requests import QUIET
from ledger.errors import AccessError

MINUTE_S: Final = 60
NOT_FOUND: Final = 404
# Routes that answer for a code: a 404 here is a guess, or a typing error. Pages judge guesses
# themselves, for they answer people with a page; programs are judged here.
CODE_ROUTES: Final = ("/v1/trace", "/v1/evidence", "/v1/balance", "/t/", "/00/", "/01/")
PROGRAM_ROUTES: Final = ("/v1/trace", "/v1/evidence", "/v1/balance")

unknown_codes: Final = Counter("daodi_unknown_codes", "Codes asked for that nobody issued")


class Guesses(Protocol):
    """Remembers who asked for codes that nobody issued; pages and programs share one."""

    def refuse_guessing(self, address: str, *, now_ms: int) -> None:
        """Raise AccessError `rate_limited` for an address that has asked for too many."""

    def count(self, address: str, code: str, *, now_ms: int) -> None:
        """Note a code that nobody issued."""


class Window:
    """Counts by address within one window, then starts anew; so it holds one window's addresses."""

    def __init__(
        self, most: int, clock: Callable[[], float] = monotonic, *, window_s: int = MINUTE_S
    ) -> None:
        self._most = most
        self._window_s = window_s
        self._clock = clock
        self._ends_s = 0.0
        self._counts: dict[str, int] = {}

    def refuse_haste(self, address: str) -> None:
        """Count a request. Raises AccessError `rate_limited` beyond `most` (0 is no limit)."""
        now_s = self._clock()
        if now_s >= self._ends_s:
            self._ends_s = now_s + self._window_s
            self._counts.clear()
        count = self._counts.get(address, 0)
        if self._most and count >= self._most:
            wait_s = max(1, ceil(self._ends_s - now_s))
            raise AccessError("rate_limited", f"try again in {wait_s} s", wait_s=wait_s)
        self._counts[address] = count + 1


def limit_requests(
    app: ASGIApp, *, requests: Window, guesses: Guesses, clock: Callable[[], int]
) -> ASGIApp:
    """Middleware: refuse an address that asks too often, or for too many unknown codes."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"] in QUIET:
            await app(scope, receive, send)
            return
        client = scope["client"]
        address = client[0] if client else ""
        is_program = scope["path"].startswith(PROGRAM_ROUTES)
        try:
            requests.refuse_haste(address)
            if is_program:
                guesses.refuse_guessing(address, now_ms=clock())
        except AccessError as error:
            await _refuse(send, error)
            return

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == NOT_FOUND:
                unknown_codes.inc()
                if is_program:
                    asked = scope["query_string"].decode("latin-1")
                    guesses.count(address, asked, now_ms=clock())
            await send(message)

        await app(scope, receive, counting if scope["path"].startswith(CODE_ROUTES) else send)

    return middleware


async def _refuse(send: Send, error: AccessError) -> None:
    body = msgspec.json.encode(problem(error))
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": error.status,
        "headers": [
            (b"content-type", PROBLEM_JSON.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"retry-after", str(error.details.get("wait_s", MINUTE_S)).encode()),
        ],
    }
    end: HTTPResponseBodyEvent = {"type": "http.response.body", "body": body, "more_body": False}
    await send(start)
    await send(end)
