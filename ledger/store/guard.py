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
            slots = [os.pread(descriptor, SLOT_BYTES, start) for start in (0, SLOT_BYTES)]
            sizes = [found.size if (found := _parse_slot(slot)) else -1 for slot in slots]
            if head.size <= max(sizes):
                return
            # The older slot is overwritten: the newest stays whole if the write is torn.
            start = SLOT_BYTES * sizes.index(min(sizes))
            os.pwrite(descriptor, _format_slot(head), start)
            os.fdatasync(descriptor)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        is_new = not self._path.exists()
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if is_new:
                self._sync_folder()  # a power failure must not take the new file's name with it
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _sync_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _format_slot(head: SignedHead) -> bytes:
    note = head.note.encode()
    body = _PREFIX.pack(_MARK, head.size, len(note)) + note
    slot = body + sha256(body).digest()
    assert len(slot) <= SLOT_BYTES, len(slot)  # a note of two lines is 300 bytes
    return slot.ljust(SLOT_BYTES, b"\0")


def _parse_slot(slot: bytes) -> SignedHead | None:
    if len(slot) < _PREFIX.size or not slot.startswith(_MARK):
        return None
    _, size, length = _PREFIX.unpack_from(slot)
    body_end = _PREFIX.size + length
    body, checksum = slot[:body_end], slot[body_end : body_end + sha256().digest_size]
    if sha256(body).digest() != checksum:
        return None
    return SignedHead(size=size, note=body[_PREFIX.size :].decode())
