"""Strict spellings and shapes: base64 and base64url (RFC 4648), lowercase hex, JSON members."""

import base64
import binascii
import re
from collections.abc import Collection
from typing import TypeAlias

from tests.stranger.verdict import Fails

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

HASH_BYTES = 32
HEX_32 = re.compile(r"[0-9a-f]{64}")
DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")  # below 10^19: every u64 index that a log can reach


def read_b64(value: Json, what: str, *, size: int | None = None, leaf: int | None = None) -> bytes:
    """Read standard base64 whose one spelling `value` is; `size` in bytes when it is fixed."""
    text = read_text(value, what, leaf=leaf)
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fails(f"{what} is not base64: {error}", leaf=leaf) from error
    if base64.b64encode(found).decode() != text:
        raise Fails(f"{what} is not base64 in its one spelling", leaf=leaf)
    if size is not None and len(found) != size:
        raise Fails(f"{what} has {len(found)} bytes, not {size}", leaf=leaf)
    return found


def write_b64url(found: bytes) -> str:
    """Write base64url without padding."""
    return base64.urlsafe_b64encode(found).decode().rstrip("=")


def is_b64url(value: Json, size: int) -> bool:
    """Whether `value` is the one base64url spelling, without padding, of `size` bytes."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]+", value):
        return False
    try:
        found = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        return False
    return len(found) == size and write_b64url(found) == value


def is_hex_32(value: Json) -> bool:
    """Whether `value` is 32 bytes in lowercase hex."""
    return isinstance(value, str) and HEX_32.fullmatch(value) is not None


def read_integer(value: Json, what: str, *, leaf: int | None = None) -> int:
    """Read an integer that is not negative; JSON's true and false are none."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Fails(f"{what} is not an integer from 0 up", leaf=leaf)
    return value


def read_text(value: Json, what: str, *, leaf: int | None = None) -> str:
    """Read a string that UTF-8 can write: no lone surrogate."""
    if not isinstance(value, str):
        raise Fails(f"{what} is not a string", leaf=leaf)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Fails(f"{what} holds a lone surrogate", leaf=leaf) from error
    return value


def read_list(value: Json, what: str, *, leaf: int | None = None) -> list[Json]:
    """Read a list."""
    if not isinstance(value, list):
        raise Fails(f"{what} is not a list", leaf=leaf)
    return value


def read_object(value: Json, what: str, *, leaf: int | None = None) -> dict[str, Json]:
    """Read an object."""
    if not isinstance(value, dict):
        raise Fails(f"{what} is not an object", leaf=leaf)
    return value


def read_member(holder: dict[str, Json], name: str, what: str, *, leaf: int | None = None) -> Json:
    """Read the member `name`, which must be there; its value may be null."""
    if name not in holder:
        raise Fails(f"{what} has no member {name}", leaf=leaf)
    return holder[name]


def refuse_members_but(
    holder: dict[str, Json],
    allowed: Collection[str],
    what: str,
    *,
    leaf: int | None = None,
) -> None:
    """Fail when `holder` has a member that is not in `allowed`."""
    strange = sorted(set(holder) - set(allowed))
    if strange:
        raise Fails(f"{what} has a member that the format does not know: {strange[0]!r}", leaf=leaf)
