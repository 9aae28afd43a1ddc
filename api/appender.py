"""Group commit: requests wait for their group without holding a thread each.

One thread verifies what has arrived while the other appends what was verified: the signatures of
the next group are checked during the commit of this one. What arrived together goes on together:
a commit costs nearly as much for one statement as for ten.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from api.opened import Clock
from ledger.errors import StoreError
from ledger.register.door import STATEMENTS_MAX, Parcel
from ledger.register.group import Candidate, Outcome, Register

WAITING_MAX: Final = 4_096  # requests; beyond, a client is told that the server is busy
GROUP_MAX: Final = STATEMENTS_MAX  # statements of one commit: a tenth of a second of work
TOGETHER: Final = 48  # requests verified before the first of them goes on: some milliseconds


@dataclass(slots=True)
class _Request:
    """The parcels of one request, and where its answer goes: a future of the server's loop."""

    parcels: Sequence[Parcel]
    answer: asyncio.Future[list[Outcome]]
    candidates: list[Candidate] = field(default_factory=list)


class Appender:
    """The one appender of this process. `start` before use, `stop` waits for what was accepted."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register = register
        self._clock = clock
        self._arrived: SimpleQueue[_Request | None] = SimpleQueue()
        self._verified: SimpleQueue[_Request | None] = SimpleQueue()
        self._threads = (
            Thread(target=self._verify, name="daodi-verify", daemon=True),
            Thread(target=self._append, name="daodi-append", daemon=True),
        )

    def start(self) -> None:
        """Start the two threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what was accepted, then end."""
        self._arrived.put(None)
        for thread in self._threads:
            thread.join()

    async def submit(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Record parcels; returns when their group is committed. Raises StoreError."""
        if self._arrived.qsize() + self._verified.qsize() >= WAITING_MAX:
            raise StoreError("busy", f"{WAITING_MAX} requests are waiting")
        request = _Request(parcels, asyncio.get_running_loop().create_future())
        self._arrived.put(request)
        return await request.answer

    def _verify(self) -> None:
        together: list[_Request] = []
        while (request := self._arrived.get()) is not None:
            if self._check(request):
                together.append(request)
            if self._arrived.empty() or len(together) >= TOGETHER:
                self._hand_on(together)
        self._hand_on(together)
        self._verified.put(None)

    def _hand_on(self, together: list[_Request]) -> None:
        for request in together:
            self._verified.put(request)
        together.clear()

    def _check(self, request: _Request) -> bool:
        """Verify a request's parcels; False when nobody waits or an error of ours was answered."""
        if request.answer.cancelled():
            return False  # whoever asked has gone before anything was done
        try:
            request.candidates = [self._register.check(parcel) for parcel in request.parcels]
        except Exception as error:  # noqa: BLE001 — one request's misfortune must not end the thread
            _deliver([(request, error)])
            return False
        return True

    def _take(self) -> tuple[list[_Request], bool]:
        """What has been verified, up to one group; whether it was the last.

        Whatever came during the last commit goes into one: it costs as much for one as for ten.
        """
        request = self._verified.get()
        requests: list[_Request] = []
        count = 0
        while request is not None:
            requests.append(request)
            count += len(request.parcels)
            if count >= GROUP_MAX:
                return requests, False
            try:
                request = self._verified.get_nowait()
            except Empty:
                return requests, False
        return requests, True

    def _append(self) -> None:
        last = False
        while not last:
            requests, last = self._take()
            if requests:
                self._record(requests)

    def _record(self, requests: Sequence[_Request]) -> None:
        candidates = [one for request in requests for one in request.candidates]
        try:
            outcomes = self._register.record(candidates, now_ms=self._clock())
        except BaseException as error:  # noqa: BLE001 — whoever waits must hear of it
            _deliver([(request, error) for request in requests])
            return
        waiting = iter(outcomes)
        _deliver([(one, [*islice(waiting, len(one.candidates))]) for one in requests])


def _deliver(answers: Sequence[tuple[_Request, list[Outcome] | BaseException]]) -> None:
    """Wake those who wait: their loop is called once for a whole group."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Request, list[Outcome] | BaseException]]]
    by_loop = {}
    for answer in answers:
        by_loop.setdefault(answer[0].answer.get_loop(), []).append(answer)
    for loop, mine in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed, and nobody waits any more
            loop.call_soon_threadsafe(_set_answers, mine)


def _set_answers(answers: Sequence[tuple[_Request, list[Outcome] | BaseException]]) -> None:
    for request, answer in answers:
        if request.answer.done():
            continue  # whoever asked has gone
        if isinstance(answer, BaseException):
            request.answer.set_exception(answer)
        else:
            request.answer.set_result(answer)
