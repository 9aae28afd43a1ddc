"""Frames on a pipe: four bytes of length, big-endian, then so many bytes."""

from typing import IO, Final

_LENGTH_BYTES: Final = 4


def write_frame(pipe: IO[bytes], content: bytes) -> None:
    """Write one frame. Raises OSError when nobody reads any more."""
    left = memoryview(len(content).to_bytes(_LENGTH_BYTES, "big") + content)
    while left:
        left = left[pipe.write(left) :]
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """The next frame, None when the pipe ended before it was whole."""
    head = _read(pipe, _LENGTH_BYTES)
    return None if head is None else _read(pipe, int.from_bytes(head, "big"))


def _read(pipe: IO[bytes], length: int) -> bytes | None:
    """So many bytes; a pipe that is not buffered gives them in parts."""
    parts = []
    while length:
        part = pipe.read(length)
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
