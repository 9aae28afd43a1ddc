"""The guard: the newest signed head in a file outside the database and its backups.

A restored backup is older than the guard, and the server that finds it so does not start: it
would otherwise sign a second history over numbers that it has already given out.
"""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from ledger.seam import SignedHead

SLOT_BYTES: Final = 4096  # one page, so that a torn write spoils one slot only
_PREFIX: Final = struct.Struct(">8sQI")  # mark, size, length of the note
_MARK: Final = b"daodi-1\n"
_DIGEST_BYTES: Final = 32


class Guard:
    """Two fixed slots, written in turn; a reader takes the larger one whose hash is right."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> SignedHead | None:
        """Newest head in the file, None when there is none yet."""
        if not self._path.exists():
            return None
        raw = self._path.read_bytes()
        heads = [_parse_slot(raw[start : start + SLOT_BYTES]) for start in (0, SLOT_BYTES)]
        return max((head for head in heads if head), key=lambda head: head.size, default=None)

    def advance(self, head: SignedHead) -> None:
        """Remember `head` if it is larger than what is remembered; on disk when this returns."""
        with self._locked() as descriptor:
            raw = os.pread(descriptor, 2 * SLOT_BYTES, 0)
            sizes = [_slot_size(raw[:SLOT_BYTES]), _slot_size(raw[SLOT_BYTES:])]
            if head.size <= max(sizes):
                return
            # The older slot is overwritten: the newest stays whole if the write is torn.
            start = SLOT_BYTES * sizes.index(min(sizes))
            os.pwrite(descriptor, _format_slot(head), start)
            os.fdatasync(descriptor)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        # By its name each time: the file that everybody finds there is the one that counts.
        try:
            descriptor = os.open(self._path, os.O_RDWR)
        except FileNotFoundError:
            descriptor = self._made()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _made(self) -> int:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        # A power failure must not take the new file's name with it.
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return descriptor


def _format_slot(head: SignedHead) -> bytes:
    note = head.note.encode()
    body = _PREFIX.pack(_MARK, head.size, len(note)) + note
    slot = body + sha256(body).digest()
    assert len(slot) <= SLOT_BYTES, len(slot)  # a note of two lines is 300 bytes
    return slot.ljust(SLOT_BYTES, b"\0")


def _parse_slot(slot: bytes) -> SignedHead | None:
    size = _slot_size(slot)
    if size < 0:
        return None
    _, _, length = _PREFIX.unpack_from(slot)
    return SignedHead(size=size, note=slot[_PREFIX.size : _PREFIX.size + length].decode())


def _slot_size(slot: bytes) -> int:
    """The size that a slot remembers, -1 when it is empty or torn."""
    if len(slot) < _PREFIX.size or not slot.startswith(_MARK):
        return -1
    _, size, length = _PREFIX.unpack_from(slot)
    body_end = _PREFIX.size + length
    if sha256(slot[:body_end]).digest() != slot[body_end : body_end + _DIGEST_BYTES]:
        return -1
    return int(size)
