"""A pool of processes that examines an audit's batches on every core, in order, a few ahead."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Final

from ledger.audit.examine import Examined
from ledger.audit.replay import Batch, MapBatches, examine_batch

AHEAD: Final = 2  # batches a process has waiting: it never idles, and few MB are in memory


@contextmanager
def examining_pool(processes: int | None = None) -> Iterator[MapBatches]:
    """Yield a `map_batches` for `audit`; one process for each core when not told how many."""
    count = processes or len(os.sched_getaffinity(0))
    # Not forked from this process: it may have threads and open databases.
    context = get_context("forkserver")
    context.set_forkserver_preload([examine_batch.__module__])
    with ProcessPoolExecutor(count, mp_context=context) as executor:
        yield lambda batches: _in_order(executor, batches, AHEAD * count)


def _in_order(
    executor: ProcessPoolExecutor, batches: Iterable[Batch], ahead: int
) -> Iterator[list[Examined]]:
    waiting: deque[Future[list[Examined]]] = deque()
    for batch in batches:
        waiting.append(executor.submit(examine_batch, batch))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
