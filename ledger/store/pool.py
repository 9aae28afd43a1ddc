"""A pool of processes that examines an audit's batches on every core, in order, a few ahead."""

import gc
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Final

import msgspec

from ledger.audit.examine import Examined
from ledger.audit.replay import Batch, MapBatches, examine_batch
from ledger.seam import Entry

AHEAD: Final = 2  # batches a process has waiting: it never idles, and few MB are in memory


# Packed by msgspec: a tenth of the time of pickle, which would cost as much as the form's check.
_batch: Final = msgspec.msgpack.Decoder(tuple[list[Entry], dict[str, tuple[str, bytes]]])
_examined: Final = msgspec.msgpack.Decoder(list[Examined])


@contextmanager
def examining_pool(processes: int | None = None) -> Iterator[MapBatches]:
    """Yield a `map_batches` for `audit`; one process for each core when not told how many."""
    count = processes or len(os.sched_getaffinity(0))
    # Not forked from this process: it may have threads and open databases.
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    # What a batch makes has no cycles, so collecting them would be a fifth of the time for nothing.
    with ProcessPoolExecutor(count, mp_context=context, initializer=gc.disable) as executor:
        yield lambda batches: _in_order(executor, batches, AHEAD * count)


def examine_packed(packed: bytes) -> bytes:
    """Examine one batch; what the processes run."""
    return msgspec.msgpack.encode(examine_batch(_batch.decode(packed)))


def _in_order(
    executor: ProcessPoolExecutor, batches: Iterable[Batch], ahead: int
) -> Iterator[list[Examined]]:
    waiting: deque[Future[bytes]] = deque()
    for batch in batches:
        waiting.append(executor.submit(examine_packed, msgspec.msgpack.encode(batch)))
        if len(waiting) >= ahead:
            yield _examined.decode(waiting.popleft().result())
    while waiting:
        yield _examined.decode(waiting.popleft().result())
