"""The processes that examine an audit's stretches on every other core while this one folds."""

import fcntl
import gc
import os
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from select import select
from typing import Final

import msgspec

from ledger.audit.replay import ExamineSpans, Span
from ledger.audit.stretch import Stretch
from ledger.errors import StoreError
from ledger.store.database import SqlStore
from ledger.store.examining import Examiner, serve
from ledger.store.forking import Forked, may_fork
from ledger.store.frames import read_frame, write_frame

AHEAD: Final = 3  # spans that a process has before it: it never waits for the next
HELD_MAX: Final = 64  # stretches that wait for one before them: few MB are in memory
PIPE_BYTES: Final = 1 << 20  # Linux' most: all that a process has before it fits, packed
STOP_SECONDS: Final = 10

_stretch: Final = msgspec.msgpack.Decoder(Stretch)


@contextmanager
def examining_pool(store: SqlStore, processes: int | None = None) -> Iterator[ExamineSpans]:
    """Yield an `examine_spans` for `audit`, which makes `processes` besides this one examine.

    When not told how many, one for each other core. Each reads for itself. What it reads are
    entries below a size that the audit's own snapshot has, and rows that follow from them: neither
    is ever changed by the ledger, so whoever does not look earlier sees the same.
    """
    count = len(os.sched_getaffinity(0)) - 1 if processes is None else processes
    started: list[_Process] = []
    collects = gc.isenabled()
    gc.disable()  # as the processes do, and for the same reason
    try:
        address = _address(store)
        store.engine.dispose()  # what is open here would keep this process from forking
        forks = may_fork(_file(store))
        for _ in range(count):
            forked = [child for one in started if isinstance(child := one.child, Forked)]
            started.append(_Process(address, Forked(serve, forked) if forks else _program()))
        with closing(Examiner(address)) as here:
            yield lambda spans: _in_order(started, spans, here)
    finally:
        if collects:
            gc.enable()
        for process in started:
            process.end()


class _Process:
    """One process, which answers in the order in which it is asked."""

    def __init__(self, address: str, child: Forked | subprocess.Popen[bytes]) -> None:
        self.child = child
        assert child.stdin is not None  # both were opened as pipes
        assert child.stdout is not None
        self._to, self._from = child.stdin, child.stdout
        self._unheard = 0  # answers that nobody waits for any more
        with suppress(OSError):  # a smaller pipe only makes it wait
            fcntl.fcntl(self._from, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._write(address.encode())

    def ask(self, span: Span) -> None:
        """Send it a span."""
        self._write(msgspec.msgpack.encode(span))

    def has_answered(self) -> bool:
        """Whether something may be read, be it that it has ended."""
        return bool(select([self._from], [], [], 0)[0])

    def answer(self) -> Stretch | None:
        """Wait for its next answer; None when it has ended."""
        while self._unheard and read_frame(self._from) is not None:
            self._unheard -= 1
        packed = read_frame(self._from)
        return None if packed is None else _stretch.decode(packed)

    def forget(self) -> None:
        """Nobody waits for the next answer any more."""
        self._unheard += 1

    def end(self) -> None:
        """Close both pipes, which ends it, and wait."""
        self._to.close()
        self._from.close()
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def _write(self, content: bytes) -> None:
        with suppress(BrokenPipeError):  # it has ended: so say its answers
            write_frame(self._to, content)


class _Held:
    """Spans in their order, each with its stretch or with the process that was asked for it."""

    def __init__(self, spans: Iterable[Span], here: Examiner) -> None:
        self._coming = iter(spans)
        self._here = here
        self._held: deque[tuple[Span, _Process | Stretch]] = deque()

    def give(self, process: _Process) -> None:
        """Ask a process for the next span, if there is one."""
        if span := next(self._coming, None):
            process.ask(span)
            self._held.append((span, process))

    def examine(self) -> bool:
        """Examine the next span here, unless the first stretch is there or too many wait for it."""
        if self._held and (len(self._held) >= HELD_MAX or _is_there(self._held[0][1])):
            return False
        span = next(self._coming, None)
        if span is not None:
            self._held.append((span, self._examined(span)))
        return span is not None

    def first(self) -> Stretch | None:
        """The first stretch, waited for; None when there are no more."""
        if not self._held:
            return None
        span, told = self._held.popleft()
        if isinstance(told, Stretch):
            return told
        stretch = told.answer()
        self.give(told)
        return stretch or self._examined(span)

    def _examined(self, span: Span) -> Stretch:
        """Examined here. Where the database cannot be read, nothing is said of it."""
        try:
            return self._here.examine(*span)
        except StoreError:
            start, stop = span
            return Stretch(start=start, stop=stop)  # the audit reads it itself, and says why not

    def forget(self) -> None:
        """Nobody waits for any of them."""
        for _, told in self._held:
            if isinstance(told, _Process):
                told.forget()


def _in_order(
    processes: Sequence[_Process], spans: Iterable[Span], here: Examiner
) -> Generator[Stretch]:
    held = _Held(spans, here)
    for process in [*processes] * AHEAD:
        held.give(process)
    try:
        while True:
            # What can be folded is; else this process examines too, and waits at the very end.
            while held.examine():
                pass
            if (stretch := held.first()) is None:
                return
            yield stretch
    finally:
        held.forget()


def _is_there(told: _Process | Stretch) -> bool:
    return isinstance(told, Stretch) or told.has_answered()


def _program() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ledger.store.examining"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )


def _file(store: SqlStore) -> str | None:
    """The database's file, if it is one."""
    url = store.engine.url
    return url.database if url.get_backend_name() == "sqlite" else None


def _address(store: SqlStore) -> str:
    """The database as its driver alone is told of it; on a pipe, since it may hold a password."""
    url = store.engine.url
    if url.get_backend_name() == "sqlite":
        return f"sqlite {url.database}"
    named = url.set(drivername="postgresql")
    return f"postgresql {named.render_as_string(hide_password=False)}"
