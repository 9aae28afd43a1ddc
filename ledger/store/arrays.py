"""Columns of values as PostgreSQL takes them whole: int8[], text[] and bytea[], binary.

The driver's own lists are looked through for the smallest type that holds them, which takes longer
than all else that it does for a group; and each type is another statement to prepare.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Any, Final

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD: Final = struct.Struct(">iiIii")  # dimensions, whether NULLs may come, type, length, first
_INT: Final = struct.Struct(">iq")
_LENGTH: Final = struct.Struct(">i")
_NULL: Final = _LENGTH.pack(-1)
_INT_BYTES: Final = 8
_BYTEA, _INT8, _TEXT = 17, 20, 25  # types of elements


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


class _ColumnDumper(Dumper):
    """A column as an array of one dimension."""

    format = Format.BINARY

    def dump(self, obj: Column) -> bytes:
        """Raises psycopg.DataError for a number that fits no column."""
        return packed(obj)


class _NumbersDumper(_ColumnDumper):
    oid = 1016


class _BlobsDumper(_ColumnDumper):
    oid = 1001


class _TextsDumper(_ColumnDumper):
    oid = 1009


for _column, _dumper in ((Numbers, _NumbersDumper), (Texts, _TextsDumper), (Blobs, _BlobsDumper)):
    psycopg.adapters.register_dumper(_column, _dumper)


def packed(column: Column) -> bytes:
    """A column in PostgreSQL's binary form. Raises psycopg.DataError for a number too large."""
    if isinstance(column, Numbers):
        try:
            return _array(_INT8, [_NULL if n is None else _INT.pack(_INT_BYTES, n) for n in column])
        except struct.error as error:
            raise psycopg.DataError(f"a number does not fit: {error}") from error
    if isinstance(column, Blobs):
        return _array(_BYTEA, [_NULL if b is None else _LENGTH.pack(len(b)) + b for b in column])
    encoded = [None if text is None else text.encode() for text in column]
    return _array(_TEXT, [_NULL if b is None else _LENGTH.pack(len(b)) + b for b in encoded])


def _array(element: int, parts: Sequence[bytes]) -> bytes:
    return _HEAD.pack(1, 1, element, len(parts), 1) + b"".join(parts)


def names_column(names: Iterable[Any]) -> Column:
    """Names, which are all texts, all bytes or all numbers, as one column."""
    found = tuple(names)
    first = found[0] if found else ""
    if isinstance(first, bytes):
        return Blobs(found)
    return Numbers(found) if isinstance(first, int) else Texts(found)
