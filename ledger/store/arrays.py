"""Columns of values as PostgreSQL takes them whole: int8[], text[] and bytea[], binary.

The driver's own lists are looked through for the smallest type that holds them, which takes longer
than all else that it does for a group; and each type is another statement to prepare.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD: Final = struct.Struct(">iiIii")  # dimensions, whether NULLs may come, type, length, first
_INT: Final = struct.Struct(">iq")
_LENGTH: Final = struct.Struct(">i")
_NULL: Final = _LENGTH.pack(-1)
_INT_BYTES: Final = 8


class Numbers(tuple[int | None, ...]):
    """A column of whole numbers."""

    __slots__ = ()


class Texts(tuple[str | None, ...]):
    """A column of texts."""

    __slots__ = ()


class Blobs(tuple[bytes | None, ...]):
    """A column of bytes."""

    __slots__ = ()


Column = Numbers | Texts | Blobs


class _ArrayDumper(Dumper):
    """An array of one dimension; `element` is the type of what it holds."""

    format = Format.BINARY
    element: ClassVar[int]

    def _array(self, parts: Sequence[bytes]) -> bytes:
        return _HEAD.pack(1, 1, self.element, len(parts), 1) + b"".join(parts)


class _NumbersDumper(_ArrayDumper):
    oid, element = 1016, 20

    def dump(self, obj: Numbers) -> bytes:
        """Raises psycopg.DataError for a number that fits no column."""
        try:
            return self._array([_NULL if n is None else _INT.pack(_INT_BYTES, n) for n in obj])
        except struct.error as error:
            raise psycopg.DataError(f"a number does not fit: {error}") from error


class _BlobsDumper(_ArrayDumper):
    oid, element = 1001, 17

    def dump(self, obj: Blobs) -> bytes:
        return self._array([_NULL if b is None else _LENGTH.pack(len(b)) + b for b in obj])


class _TextsDumper(_ArrayDumper):
    oid, element = 1009, 25

    def dump(self, obj: Texts) -> bytes:
        encoded = [None if text is None else text.encode() for text in obj]
        return self._array([_NULL if b is None else _LENGTH.pack(len(b)) + b for b in encoded])


for _column, _dumper in ((Numbers, _NumbersDumper), (Texts, _TextsDumper), (Blobs, _BlobsDumper)):
    psycopg.adapters.register_dumper(_column, _dumper)


def names_column(names: Iterable[Any]) -> Column:
    """Names, which are all texts, all bytes or all numbers, as one column."""
    found = tuple(names)
    first = found[0] if found else ""
    if isinstance(first, bytes):
        return Blobs(found)
    return Numbers(found) if isinstance(first, int) else Texts(found)
