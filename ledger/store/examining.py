"""What an auditing process runs: spans from standard input, packed stretches to standard output.

Forked by the pool, or run as `python -m ledger.store.examining`, which imports no more than
examining needs: a quarter of a second. It ends with its input, or when the database cannot be
read: the audit then reads itself, and says why not.
"""

import gc
import signal
import sys
from contextlib import closing, suppress
from typing import IO, Final

import msgspec

from ledger.audit.stated import FoundKeys
from ledger.audit.stretch import Stretch, examine_stretch
from ledger.errors import StoreError
from ledger.store.agreement import AgreementCheck
from ledger.store.frames import read_frame, write_frame
from ledger.store.leaves import OwnReading

_span: Final = msgspec.msgpack.Decoder(tuple[int, int])


class Examiner:
    """Examines spans of the ledger at an address, here or in a process of its own."""

    def __init__(self, address: str) -> None:
        """Open the database. Raises StoreError."""
        self._reading = _opened(address)
        self._check = AgreementCheck(self._reading)
        self._keys = FoundKeys()

    def examine(self, start: int, stop: int) -> Stretch:
        """Examine a span. Raises StoreError where the database cannot be read."""
        return examine_stretch(self._reading, self._check, self._keys, start, stop)

    def close(self) -> None:
        """Give the connection back."""
        self._reading.close()


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Examine spans until the input ends; its first frame is the database's address."""
    # An interrupt from the terminal is the parent's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a stretch makes has no cycles, so collecting them would be a fifth of the time.
    gc.disable()
    address = (read_frame(asked) or b"").decode()
    with suppress(StoreError, BrokenPipeError), closing(Examiner(address)) as examiner:
        while (span := read_frame(asked)) is not None:
            write_frame(answers, msgspec.msgpack.encode(examiner.examine(*_span.decode(span))))


def _opened(address: str) -> OwnReading:
    # Each imports a driver, and one of them takes as long to import as all else here.
    backend, _, where = address.partition(" ")
    if backend == "sqlite":
        from ledger.store.sqlite import SqliteLeaves  # noqa: PLC0415 — as said

        return SqliteLeaves(where)
    from ledger.store.postgresql import PostgresqlLeaves  # noqa: PLC0415 — as said

    return PostgresqlLeaves(where)


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
