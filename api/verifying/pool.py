"""The pool of verifying processes: one for each core, started once there is work for them."""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import IO, Final

from ledger.register.door import Parcel
from ledger.register.group import Candidate, Register
from ledger.store.frames import read_frame, write_frame

PROCESSES_MAX: Final = 8  # beyond, the one appending thread is what everybody waits for
APART_MIN: Final = 4  # statements: the way there and back costs as much as verifying one here
SLICE_MIN: Final = 24  # statements of one message: fewer are not worth a second process
SLICE_MAX: Final = 128  # 20 ms of work: small enough to share out evenly
AHEAD: Final = 1  # batches that are verified while one is recorded
START_AFTER: Final = 256  # statements that came in bulk: starting costs as much as verifying these
STOP_SECONDS: Final = 10
LOOK_SECONDS: Final = 30.0  # a slice takes a fiftieth of one; what is longer at it hangs


class Verifiers:
    """Verifies parcels for one register, in other processes once they are many.

    Where a process fails or none runs yet, its work is done here; one that hangs is killed within
    two looks. `close` ends the processes.
    """

    def __init__(
        self, register: Register, *, processes: int | None = None, look_s: float = LOOK_SECONDS
    ) -> None:
        found = len(os.sched_getaffinity(0)) if processes is None else processes
        self._register = register
        # A single core gains nothing by a second process.
        self._processes: Final = min(found, PROCESSES_MAX) if found > 1 else 0
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        self._all: list[_Process] = []
        self._seen = 0
        self._changing = Lock()
        self._starting: Thread | None = None
        self._threads = ThreadPoolExecutor(self.width, thread_name_prefix="daodi-verify")
        self._closing = Event()
        self._look_s = look_s

    @property
    def width(self) -> int:
        """Slices that are worked on at the same time."""
        return max(1, self._processes)

    def begin(self, parcels: Sequence[Parcel]) -> list[Future[list[Candidate]]]:
        """Start verifying; the results together give each parcel's candidate, in their order."""
        share = -(-len(parcels) // self.width)
        size = min(max(share, SLICE_MIN), SLICE_MAX)
        slices = [parcels[n : n + size] for n in range(0, len(parcels), size)]
        return [self._threads.submit(self._check, each) for each in slices]

    def ahead(self, batches: Iterable[Sequence[Parcel]]) -> Iterator[list[Candidate]]:
        """Each batch's candidates in their order; while one is used, the next is verified."""
        begun: deque[list[Future[list[Candidate]]]] = deque()
        for batch in batches:
            begun.append(self.begin(batch))
            if len(begun) > AHEAD:
                yield gathered(begun.popleft())
        yield from map(gathered, begun)

    def start(self) -> None:
        """Start the processes now and wait for them, instead of when there is work."""
        self._begin_start()
        if self._starting is not None:
            self._starting.join()

    def close(self) -> None:
        """Finish what was begun, then end."""
        self._threads.shutdown()
        if self._starting is not None:
            self._starting.join()
        self._closing.set()
        for process in self._all:
            process.end()

    def _check(self, parcels: Sequence[Parcel]) -> list[Candidate]:
        process = self._take(len(parcels))
        if process is None:
            return [self._register.check(parcel) for parcel in parcels]
        try:
            return self._register.check_apart(parcels, process.ask)
        finally:
            if process.is_good:
                self._idle.put(process)

    def _take(self, count: int) -> "_Process | None":
        if count < APART_MIN:
            return None
        try:
            return self._idle.get_nowait()
        except Empty:
            self._seen += count  # by several threads: a count lost delays the start by a moment
            if self._seen >= START_AFTER:
                self._begin_start()
            return None

    def _begin_start(self) -> None:
        with self._changing:
            if self._starting is None and self._processes:
                self._starting = Thread(target=self._start, name="daodi-start-verifiers")
                self._starting.start()

    def _start(self) -> None:
        for _ in range(self._processes):
            with suppress(OSError):  # no process to be had: everything is verified here as before
                self._all.append(_Process())
        Thread(target=self._watch, name="daodi-watch-verifiers", daemon=True).start()
        for process in self._all:
            if process.is_ready():
                self._idle.put(process)

    def _watch(self) -> None:
        """End each process that is at one piece of work from one look to the next: it hangs."""
        while not self._closing.wait(self._look_s):
            for process in self._all:
                process.end_if_stuck()


def gathered(slices: Sequence[Future[list[Candidate]]]) -> list[Candidate]:
    """The candidates of slices in their order. Raises what verifying one of them raised."""
    return [candidate for part in slices for candidate in part.result()]


class _Process:
    """One verifying process, asked by one thread at a time. Raises OSError when it cannot start."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "api.verifying.program"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._child.stdin is not None  # both were opened as pipes
        assert self._child.stdout is not None
        self._to: IO[bytes] = self._child.stdin
        self._from: IO[bytes] = self._child.stdout
        self.is_good = True
        self._asked = 0
        self._answered = -1  # until it has started
        self._seen: int | None = None

    def is_ready(self) -> bool:
        """Wait until it has started; False when it ended instead."""
        started = read_frame(self._from) is not None
        self._answered = self._asked
        return started

    def end_if_stuck(self) -> None:
        """Kill it when it is still at the work that it was at when this was asked last."""
        busy = self._asked if self._answered != self._asked else None
        if busy is not None and busy == self._seen:
            self._child.kill()
        self._seen = busy

    def ask(self, packed: bytes) -> bytes | None:
        """Its word on packed work; None when it has ended, and is not to be asked again."""
        self._asked += 1
        try:
            write_frame(self._to, packed)
            word = read_frame(self._from)
        except OSError:
            word = None
        self._answered = self._asked
        self.is_good = word is not None
        return word

    def end(self) -> None:
        """Close its input, which ends it, and wait."""
        with suppress(OSError):
            self._to.close()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._from.close()
