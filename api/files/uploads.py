"""Uploads that no statement names go when their time is over; what a statement names is kept.

A statement that is recorded at the same moment waits: the last look and the removal hold the lock
of whoever writes to the log.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec
import structlog

from api.files.blobs import Blobs
from api.opened.ledger import OpenedLedger
from ledger.errors import DaodiError
from ledger.seam import Entry, Reading

DAY_MS: Final = 86_400_000
HOUR_S: Final = 3_600
BLOCK: Final = 500  # entries read in one go
# How canonical JSON names a file by its hash, wherever in a statement or in an opening.
_NAMED: Final = re.compile(rb'"sha256":"([0-9a-f]{64})"')


def remove_unnamed(opened: OpenedLedger) -> list[str]:
    """Remove uploads whose time is over and that no statement names; returns their hashes.

    What turns out to be named is kept for ever, also when its opening is erased later.
    """
    days = opened.settings.uploads_kept_days
    blobs = Blobs(opened.folder.blobs)
    over = blobs.waiting(before_ms=opened.clock() - days * DAY_MS) if days else []
    if not over:
        return []
    with opened.store.reading() as reading:
        read = reading.size()
        named = _named(reading, 0, read)
    found = blobs.settle(named.intersection(over))
    over = [digest for digest in over if digest not in found]
    with opened.store.writing() as writing:
        late = _named(writing, read, writing.size())
        return [
            digest
            for digest in over
            if digest not in late and blobs.remove(digest, before_ms=opened.clock() - days * DAY_MS)
        ]


async def keep_sweeping(opened: OpenedLedger) -> None:
    """Remove them as their time comes, every hour, as long as the server runs."""
    while True:
        try:
            removed = await asyncio.to_thread(remove_unnamed, opened)
            if removed:
                structlog.get_logger().info("unnamed uploads", removed=len(removed))
        except (DaodiError, OSError) as error:
            structlog.get_logger().error("unnamed uploads", detail=str(error))
        await asyncio.sleep(HOUR_S)


def _named(reading: Reading, start: int, stop: int) -> set[str]:
    """Hashes of files that statements from `start` to before `stop` name, sealed ones too."""
    found: set[str] = set()
    entries = reading.entries(start, stop)
    for block in _blocks(entries):
        payloads = [entry.payload for entry in block if entry.payload is not None]
        ids = [entry.statement_id for entry in block if entry.statement_id is not None]
        opened = [msgspec.json.encode(each.value) for each in reading.openings(ids)]
        for text in (*payloads, *opened):
            found.update(digest.decode() for digest in _NAMED.findall(text))
    return found


def _blocks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    left = iter(entries)
    while block := [*islice(left, BLOCK)]:
        yield block
