"""How often one address may ask, and that it may not go on guessing codes.

In this process's memory: a proxy in front of several processes limits for all of them.
"""

from asyncio import Semaphore, sleep, to_thread
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import AddressValueError, IPv6Address
from math import ceil
from threading import Lock
from time import monotonic
from typing import Final, Protocol, TypeVar

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
from prometheus_client import Counter as Meter

from api.answers.problems import PROBLEM_JSON, problem
from api.requests import QUIET
from ledger.errors import AccessError, StoreError

MINUTE_S: Final = 60
WAIT_S: Final = 5
PAUSE_S: Final = 0.25
ADDRESSES_MAX: Final = 100_000  # of one window: some ten megabytes
HOST_BITS: Final = 64  # RFC 4291 section 2.5.1: what a network of IPv6 leaves to its hosts
NOT_FOUND: Final = 404
# Routes that answer for a code: a 404 here is a guess, or a typing error. Pages judge guesses
# themselves, for they answer people with a page; programs are judged here.
CODE_ROUTES: Final = ("/v1/trace", "/v1/evidence", "/v1/balance", "/t/", "/00/", "/01/", "/proof")
PROGRAM_ROUTES: Final = ("/v1/trace", "/v1/evidence", "/v1/balance")

READINGS_AT_ONCE: Final = 3  # of one address: half the threads of the smallest machine
READINGS_WAITING: Final = 500  # a whole town may have one address; more is no crowd of readers
AT_DESKS: Final = 3  # of what tokens ask for and what takes long; one for each actor
READS: Final = frozenset({"GET", "HEAD"})

T = TypeVar("T")

unknown_codes: Final = Meter("daodi_unknown_codes", "Codes asked for that nobody issued")


class Guesses(Protocol):
    """Remembers who asked for codes that nobody issued; pages and programs share one."""

    def refuse_guessing(self, address: str, *, now_ms: int) -> None:
        """Raise AccessError `rate_limited` for an address that has asked for too many."""

    def count(self, address: str, code: str, *, now_ms: int) -> None:
        """Note a code that nobody issued."""


class Window:
    """Counts by address within one window, then starts anew; so it holds one window's addresses.

    Of more than `ADDRESSES_MAX` the oldest is forgotten first.
    """

    def __init__(
        self, most: int, clock: Callable[[], float] = monotonic, *, window_s: int = MINUTE_S
    ) -> None:
        self._most = most
        self._window_s = window_s
        self._clock = clock
        self._ends_s = 0.0
        self._counts: OrderedDict[str, int] = OrderedDict()

    def refuse_haste(self, address: str, weight: int = 1) -> None:
        """Count what a request weighs. AccessError `rate_limited` beyond `most` (0: no limit)."""
        now_s = self._clock()
        if now_s >= self._ends_s:
            self._ends_s = now_s + self._window_s
            self._counts.clear()
        count = self._counts.get(address, 0)
        if self._most and count + weight > self._most:
            wait_s = max(1, ceil(self._ends_s - now_s))
            raise AccessError("rate_limited", f"try again in {wait_s} s", wait_s=wait_s)
        self._counts[address] = count + weight
        if len(self._counts) > ADDRESSES_MAX:
            self._counts.popitem(last=False)


def address_of(client: tuple[str, int] | None) -> str:
    """Whom a request is counted for: its address, of IPv6 the network of 64 bits.

    Everybody at home has 2^64 addresses of IPv6, and would be somebody new at each request.
    """
    host = client[0] if client else ""
    if ":" not in host:
        return host
    try:
        found = IPv6Address(host.partition("%")[0])
    except AddressValueError:
        return host
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> HOST_BITS << HOST_BITS))


class Lanes:
    """So many readings of one address are under way at a time; its others wait on the loop.

    A page may take a second of a thread, and a server has six threads: whoever asks for ten at
    once waits for himself, and for nobody else. A lane is free again when its answer begins, so
    that slow phones behind one address do not wait for each other.
    """

    def __init__(self, most: int = READINGS_AT_ONCE, *, waiting: int = READINGS_WAITING) -> None:
        self._most = most
        self._all = most + waiting
        self._lanes: dict[str, tuple[Semaphore, list[int]]] = {}

    async def enter(self, address: str) -> Callable[[], None]:
        """Wait for a lane; what is returned frees it, however often it is called.

        Raises AccessError `rate_limited` where too many wait already.
        """
        free, inside = self._lanes.setdefault(address, (Semaphore(self._most), [0]))
        if inside[0] >= self._all:
            raise AccessError("rate_limited", f"{inside[0]} requests are under way", wait_s=1)
        inside[0] += 1
        try:
            await free.acquire()
        except BaseException:
            self._leave(address, inside)
            raise
        left = False

        def leave() -> None:
            nonlocal left
            if not left:
                left = True
                free.release()
                self._leave(address, inside)

        return leave

    def _leave(self, address: str, inside: list[int]) -> None:
        inside[0] -= 1
        if not inside[0]:
            del self._lanes[address]


class Turns:
    """So many at a time of what takes a processor for seconds; who waits holds no thread.

    With `each`, so many at a time for one of those who ask, where `taken` is told who that is: the
    rest is left for the others.
    """

    def __init__(self, at_once: int, *, each: int | None = None) -> None:
        self._at_once = at_once
        self._each = each or at_once
        self._lock = Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, whom: str = "") -> Iterator[None]:
        """A turn, given back at the end. Raises StoreError `busy` while there is none."""
        most = self._each if whom else self._at_once
        with self._lock:
            if self._taken.total() >= self._at_once or self._taken[whom] >= most:
                raise StoreError("busy", "others are being served")
            self._taken[whom] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[whom] -= 1
                self._taken += Counter()  # forgets whoever has none


# Drafts that rules read, tables that are imported, labels drawn at once: each may take seconds.
desk_turns: Final = Turns(AT_DESKS, each=1)


async def in_turn(work: Callable[..., T], *given: object) -> T:
    """What a function returns in a thread of its own that takes a turn; waits on the loop for it.

    Raises StoreError `busy` after WAIT_S.
    """
    for _ in range(int(WAIT_S / PAUSE_S)):
        try:
            return await to_thread(work, *given)
        except StoreError as error:
            if error.code != "busy":
                raise
            await sleep(PAUSE_S)
    return await to_thread(work, *given)


def limit_requests(
    app: ASGIApp, *, requests: Window, guesses: Guesses, clock: Callable[[], int]
) -> ASGIApp:
    """Middleware: refuse an address that asks too often, or for too many unknown codes."""
    lanes = Lanes()

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"] in QUIET:
            await app(scope, receive, send)
            return
        address = address_of(scope["client"])
        is_program = scope["path"].startswith(PROGRAM_ROUTES)
        try:
            requests.refuse_haste(address)
            if is_program:
                guesses.refuse_guessing(address, now_ms=clock())
            reads = scope["method"] in READS
            leave = await lanes.enter(address) if reads else _nothing
        except AccessError as error:
            await _refuse(send, error)
            return

        def begun(status: int) -> None:
            leave()
            if status == NOT_FOUND and scope["path"].startswith(CODE_ROUTES):
                unknown_codes.inc()
                if is_program:
                    asked = scope["query_string"].decode("latin-1")
                    guesses.count(address, asked, now_ms=clock())

        try:
            await app(scope, receive, _telling(send, begun))
        finally:
            leave()

    return middleware


def _telling(send: Send, begun: Callable[[int], None]) -> Send:
    """Sends, and tells of an answer's status when it begins."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun(message["status"])
        await send(message)

    return sending


def _nothing() -> None:
    """What is done at the end of a request that takes no lane."""


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
