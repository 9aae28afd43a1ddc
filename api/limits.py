"""How often one address may ask, and how often it may guess codes: counters of a minute each.

In this process's memory: a proxy in front of several processes limits for all of them.
"""

from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseBodyEvent, HTTPResponseStartEvent, Message
from litestar.types import Receive, Scope, Send
from prometheus_client import Counter

from api.problems import PROBLEM_JSON, problem
from api.requests import QUIET
from ledger.errors import AccessError

MINUTE_S: Final = 60
NOT_FOUND: Final = 404
# Routes that answer for a code: a 404 here is a guess, or a typing error.
CODE_ROUTES: Final = ("/v1/trace", "/v1/evidence", "/t/", "/01/")

guesses: Final = Counter("daodi_unknown_codes", "Codes asked for that nobody issued")


class Window:
    """Counts by address within one minute, then starts anew; so it holds one minute's addresses."""

    def __init__(self, most: int, clock: Callable[[], float] = monotonic) -> None:
        self._most = most
        self._clock = clock
        self._ends_s = 0.0
        self._counts: dict[str, int] = {}

    def count(self, address: str) -> None:
        """Add one."""
        self._turn()
        self._counts[address] = self._counts.get(address, 0) + 1

    def wait_s(self, address: str) -> int:
        """Whole seconds until the address may ask again; 0 when it may now."""
        self._turn()
        if not self._most or self._counts.get(address, 0) < self._most:
            return 0
        return max(1, ceil(self._ends_s - self._clock()))

    def _turn(self) -> None:
        now_s = self._clock()
        if now_s >= self._ends_s:
            self._ends_s = now_s + MINUTE_S
            self._counts.clear()


def limit_requests(app: ASGIApp, *, requests: Window, unknown_codes: Window) -> ASGIApp:
    """Middleware: refuse an address that asks too often, or that asks for many unknown codes."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"] in QUIET:
            await app(scope, receive, send)
            return
        client = scope["client"]
        address = client[0] if client else ""
        asks_for_code = scope["path"].startswith(CODE_ROUTES)
        wait_s = requests.wait_s(address)
        if asks_for_code:
            wait_s = max(wait_s, unknown_codes.wait_s(address))
        if wait_s:
            await _refuse(send, wait_s)
            return
        requests.count(address)

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == NOT_FOUND:
                unknown_codes.count(address)
                guesses.inc()
            await send(message)

        await app(scope, receive, counting if asks_for_code else send)

    return middleware


async def _refuse(send: Send, wait_s: int) -> None:
    error = AccessError("rate_limited", f"too many requests; try again in {wait_s} s")
    body = msgspec.json.encode(problem(error))
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": error.status,
        "headers": [
            (b"content-type", PROBLEM_JSON.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"retry-after", str(wait_s).encode()),
        ],
    }
    end: HTTPResponseBodyEvent = {"type": "http.response.body", "body": body, "more_body": False}
    await send(start)
    await send(end)
