"""What an auditing process runs: spans from standard input, packed stretches to standard output.

Run as `python -m ledger.store.examining` by the pool alone; a quarter of a second of an audit's
time is that this imports no more than examining needs. It ends with its input, or when the
database cannot be read: the audit then reads itself, and says why not.
"""

import gc
import signal
import sys
from contextlib import suppress
from typing import Final

import msgspec

from ledger.audit.stated import FoundKeys
from ledger.audit.stretch import examine_stretch
from ledger.errors import StoreError
from ledger.store.agreement import AgreementCheck
from ledger.store.frames import read_frame, write_frame
from ledger.store.leaves import LeafReading

_span: Final = msgspec.msgpack.Decoder(tuple[int, int])


def run() -> None:
    """Examine spans until the input ends; its first frame is the database's address."""
    # An interrupt from the terminal is the parent's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a stretch makes has no cycles, so collecting them would be a fifth of the time.
    gc.disable()
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    with suppress(StoreError, BrokenPipeError):
        reading = _opened((read_frame(asked) or b"").decode())
        check, keys = AgreementCheck(reading), FoundKeys()
        while (span := read_frame(asked)) is not None:
            stretch = examine_stretch(reading, check, keys, *_span.decode(span))
            write_frame(answers, msgspec.msgpack.encode(stretch))


def _opened(address: str) -> LeafReading:
    # Each imports a driver, and one of them takes as long to import as all else here.
    backend, _, where = address.partition(" ")
    if backend == "sqlite":
        from ledger.store.sqlite import SqliteLeaves  # noqa: PLC0415 — as said

        return SqliteLeaves(where)
    from ledger.store.postgresql import PostgresqlLeaves  # noqa: PLC0415 — as said

    return PostgresqlLeaves(where)


if __name__ == "__main__":
    run()
