"""A pool of processes that examines an audit's stretches on every core, in order, a few ahead."""

import gc
import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Final

import msgspec

from ledger.audit.replay import ExamineSpans, Span
from ledger.audit.stated import FoundKeys
from ledger.audit.stretch import Stretch, examine_stretch
from ledger.errors import StoreError
from ledger.store.database import SqlStore
from ledger.store.engine import open_engine

AHEAD: Final = 3  # stretches a process has waiting: it never idles, and few MB are in memory

_stretch: Final = msgspec.msgpack.Decoder(Stretch)


@contextmanager
def examining_pool(store: SqlStore, processes: int | None = None) -> Iterator[ExamineSpans]:
    """Yield an `examine_spans` for `audit`; one process for each core when not told how many.

    Each process reads for itself. What it reads are entries below a size that the audit's own
    snapshot has, and rows that follow from them: neither is ever changed by the ledger, so every
    snapshot that is not older has the same.
    """
    count = processes or len(os.sched_getaffinity(0))
    # Not forked from this process: it may have threads and open databases.
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    url = store.engine.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(
        count, mp_context=context, initializer=_open, initargs=(url,)
    ) as executor:
        here = _Examiner(store)
        yield lambda spans: _in_order(executor, spans, AHEAD * count, here)


class _Examiner:
    """What a process needs to examine spans: the database, and the keys that it has met."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._keys = FoundKeys()

    def examine(self, start: int, stop: int) -> Stretch:
        """Examine a span. Where the database cannot be read, nothing is said of it."""
        try:
            with self._store.reading() as reading:
                check = self._store.projection_check(reading)
                return examine_stretch(reading, check, self._keys, start, stop)
        except StoreError:
            return Stretch(start=start, stop=stop)  # the audit reads it itself, and says why not


_examiner: list[_Examiner] = []  # the one of this process, if it is one of a pool


def _open(url: str) -> None:
    # What a stretch makes has no cycles, so collecting them would be a fifth of the time.
    gc.disable()
    _examiner.append(_Examiner(SqlStore(open_engine(url), None)))


def _examine(start: int, stop: int) -> bytes:
    """Examine a span; what the processes run. Packed: a tenth of the time of pickle."""
    return msgspec.msgpack.encode(_examiner[0].examine(start, stop))


def _in_order(
    executor: ProcessPoolExecutor, spans: Iterable[Span], ahead: int, here: _Examiner
) -> Generator[Stretch]:
    coming = iter(spans)
    waiting: deque[Future[bytes]] = deque()
    ready = executor.submit(_ready)
    # While processes start, this one does not wait for them.
    while not ready.done() and (span := next(coming, None)):
        yield here.examine(*span)
    try:
        for span in coming:
            waiting.append(executor.submit(_examine, *span))
            if len(waiting) >= ahead:
                yield _stretch.decode(waiting.popleft().result())
        while waiting:
            yield _stretch.decode(waiting.popleft().result())
    finally:
        for future in waiting:
            future.cancel()


def _ready() -> None:
    """Nothing: whoever answers has started."""
