"""The guard remembers the newest signed head outside the database: torn, late or twice written."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.seam import SignedHead
from ledger.store.guard import SLOT_BYTES, Guard


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the guard's file will be."""
    return tmp_path / "head.guard"


def head(size: int) -> SignedHead:
    """A head that says its size."""
    return SignedHead(size=size, note=f"ledger\n{size}\n— 签名\n")


def spoil(path: Path, slot: int, place: int) -> None:
    """Flip the bits of one byte of a slot."""
    raw = bytearray(path.read_bytes())
    raw[slot * SLOT_BYTES + place] ^= 0xFF
    path.write_bytes(raw)


def test_a_guard_that_was_never_written_remembers_nothing(path: Path) -> None:
    assert Guard(path).read() is None


def test_the_newest_head_is_remembered(path: Path) -> None:
    for size in (1, 2, 5, 9):
        Guard(path).advance(head(size))
        assert Guard(path).read() == head(size)


def test_an_older_or_equal_head_changes_nothing(path: Path) -> None:
    guard = Guard(path)
    guard.advance(head(9))
    raw = path.read_bytes()
    guard.advance(head(8))
    guard.advance(SignedHead(size=9, note="another note of this size"))
    assert path.read_bytes() == raw


@pytest.mark.parametrize("place", [0, 8, 16, 20, 40, 51])
def test_a_torn_slot_leaves_the_head_before_it(path: Path, place: int) -> None:
    guard = Guard(path)
    guard.advance(head(1))
    guard.advance(head(2))
    spoil(path, 1, place)
    assert guard.read() == head(1)
    guard.advance(head(3))
    assert guard.read() == head(3)
    spoil(path, 1, place)  # the torn slot was the one to be written again
    assert guard.read() == head(1)


def test_two_torn_slots_remember_nothing(path: Path) -> None:
    guard = Guard(path)
    guard.advance(head(1))
    guard.advance(head(2))
    spoil(path, 0, 0)
    spoil(path, 1, 0)
    assert guard.read() is None


@pytest.mark.parametrize("length", [0, 7, 20, SLOT_BYTES - 1, SLOT_BYTES, SLOT_BYTES + 30])
def test_a_file_cut_short_never_invents_a_head(path: Path, length: int) -> None:
    guard = Guard(path)
    guard.advance(head(1))
    guard.advance(head(2))
    path.write_bytes(path.read_bytes()[:length])
    assert guard.read() in {None, head(1)}


def test_only_the_owner_reads_the_guard(path: Path) -> None:
    Guard(path).advance(head(1))
    assert path.stat().st_mode & 0o777 == 0o600


def test_writers_at_once_leave_the_largest(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda size: Guard(path).advance(head(size)), range(60)))
    assert Guard(path).read() == head(59)
