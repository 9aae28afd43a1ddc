"""Group commit: requests wait for their group without holding a thread each.

What arrives while one batch is recorded goes together, and is verified in other processes when it
is much: a commit costs nearly as much for one statement as for ten. A request that comes
alone is verified and recorded at once by the thread that took it: each hand-over to another
thread would cost it a twentieth of a millisecond.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from typing import Final

from prometheus_client import Counter as Meter

from api.opened.ledger import Clock
from api.verifying.pool import Verifiers, gathered
from ledger.errors import StoreError
from ledger.register.door import STATEMENTS_MAX, Parcel
from ledger.register.gate import Gate
from ledger.register.group import Candidate, Outcome, Register

WAITING_MAX: Final = 4_096  # requests; beyond, a client is told that the server is busy
GROUP_MAX: Final = STATEMENTS_MAX  # statements of one commit: a tenth of a second of work
# A large batch is verified while the one before it is recorded. A small one waits until that is
# done, so that more comes together: groups of 32 instead of 20 at 64 clients, a tenth less time.
LARGE: Final = 100  # statements
BATCHES: Final = 2  # large ones under way at the same time
ALONE_MAX: Final = 2  # statements of a request that is recorded by the thread that took it


delayed: Final = Meter(
    "daodi_requests_delayed", "Requests to record that must wait for a measure", ["code"]
)


@dataclass(slots=True)
class _Request:
    """The parcels of one request, and where its answer goes: a future of the server's loop."""

    parcels: Sequence[Parcel]
    answer: asyncio.Future[list[Outcome]]


@dataclass(slots=True)
class _Batch:
    """Requests that are verified together; the slices give their candidates in their order."""

    requests: Sequence[_Request]
    slices: list[Future[list[Candidate]]]
    room: int  # how much of what may be under way it takes


class Appender:
    """The one appender of this process. `start` before use, `stop` waits for what was accepted."""

    def __init__(self, register: Register, clock: Clock, *, gate: Gate | None = None) -> None:
        """With a gate, a request that must wait is answered so, and nothing of it is recorded."""
        self._register = register
        self._gate = gate
        self._clock = clock
        self._verifiers = Verifiers(register)
        self._arrived: SimpleQueue[_Request | None] = SimpleQueue()
        self._verifying: SimpleQueue[_Batch | None] = SimpleQueue()
        self._room = Semaphore(BATCHES)
        # Batches begun and recorded, each counted by one thread alone.
        self._begun = 0
        self._recorded = 0
        self._threads = (
            Thread(target=self._gather, name="daodi-gather", daemon=True),
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
        self._verifiers.close()

    async def submit(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Record parcels; returns when their group is committed. Raises StoreError."""
        if self._arrived.qsize() >= WAITING_MAX:
            raise StoreError("busy", f"{WAITING_MAX} requests are waiting")
        request = _Request(parcels, asyncio.get_running_loop().create_future())
        self._arrived.put(request)
        return await request.answer

    def _gather(self) -> None:
        while (request := self._arrived.get()) is not None:
            if request.answer.cancelled():
                continue  # whoever asked has gone before anything was done
            if self._is_alone(request):
                self._record_alone(request)
            elif self._begin(request):
                break
        self._verifying.put(None)

    def _is_alone(self, request: _Request) -> bool:
        """Whether nothing else is under way: then nobody gains by another thread or process."""
        return (
            self._begun == self._recorded
            and self._arrived.empty()
            and len(request.parcels) <= ALONE_MAX
        )

    def _record_alone(self, request: _Request) -> None:
        if (candidates := self._check(request)) is not None:
            self._record([request], candidates)

    def _begin(self, first: _Request) -> bool:
        """Start verifying a request and those behind it; whether they were the last."""
        requests = [first]
        room = 1
        self._room.acquire()
        is_last = self._drain(requests)
        if not is_last and _count(requests) < LARGE:
            self._room.acquire()
            room = BATCHES
            is_last = self._drain(requests)
        parcels = [parcel for request in requests for parcel in request.parcels]
        self._begun += 1
        self._verifying.put(_Batch(requests, self._verifiers.begin(parcels), room))
        return is_last

    def _drain(self, requests: list[_Request]) -> bool:
        """Add what has arrived, up to one group; whether it was the last."""
        count = _count(requests)
        while count < GROUP_MAX:
            try:
                request = self._arrived.get_nowait()
            except Empty:
                return False
            if request is None:
                return True
            if not request.answer.cancelled():
                requests.append(request)
                count += len(request.parcels)
        return False

    def _append(self) -> None:
        while (batch := self._verifying.get()) is not None:
            try:
                candidates = gathered(batch.slices)
            except Exception:  # noqa: BLE001 — one request's misfortune must not be the others'
                self._record_each(batch.requests)
            else:
                self._record(batch.requests, candidates)
            self._recorded += 1
            self._room.release(batch.room)

    def _record_each(self, requests: Sequence[_Request]) -> None:
        for request in requests:
            self._record_alone(request)

    def _check(self, request: _Request) -> list[Candidate] | None:
        """Verify a request here; None when nobody waits or an error of ours was answered."""
        if request.answer.cancelled():
            return None
        try:
            return [self._register.check(parcel) for parcel in request.parcels]
        except Exception as error:  # noqa: BLE001 — it must not end the thread
            _deliver([(request, error)])
            return None

    def _record(self, requests: Sequence[_Request], candidates: Sequence[Candidate]) -> None:
        now_ms = self._clock()
        try:
            requests, candidates = self._let_in(requests, candidates, now_ms)
            outcomes = self._register.record(candidates, now_ms=now_ms) if requests else []
        except BaseException as error:  # noqa: BLE001 — whoever waits must hear of it
            _deliver([(request, error) for request in requests])
            return
        waiting = iter(outcomes)
        _deliver([(one, [*islice(waiting, len(one.parcels))]) for one in requests])

    def _let_in(
        self, requests: Sequence[_Request], candidates: Sequence[Candidate], now_ms: int
    ) -> tuple[Sequence[_Request], Sequence[Candidate]]:
        """The requests that need not wait, with their candidates; the others are answered."""
        if self._gate is None:
            return requests, candidates
        each = iter(candidates)
        parts = [[*islice(each, len(request.parcels))] for request in requests]
        refusals = self._gate.refusals(parts, now_ms=now_ms)
        if not any(refusals):
            return requests, candidates
        told = zip(requests, parts, refusals, strict=True)
        let_in = [(request, part) for request, part, error in told if error is None]
        for request, error in zip(requests, refusals, strict=True):
            if error is not None:
                delayed.labels(error.code).inc()
                _deliver([(request, error)])
        return [request for request, _ in let_in], [one for _, part in let_in for one in part]


def _count(requests: Sequence[_Request]) -> int:
    """Statements of these requests."""
    return sum(len(request.parcels) for request in requests)


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
