"""Frames on a pipe: four bytes of length, big-endian, then so many bytes."""

from typing import IO, Final

_LENGTH_BYTES: Final = 4


def write_frame(pipe: IO[bytes], content: bytes) -> None:
    """Write one frame. Raises OSError when nobody reads any more."""
    pipe.write(len(content).to_bytes(_LENGTH_BYTES, "big") + content)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """The next frame, None when the pipe ended before it was whole."""
    head = pipe.read(_LENGTH_BYTES)
    if len(head) < _LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    content = pipe.read(length)
    return content if len(content) == length else None
