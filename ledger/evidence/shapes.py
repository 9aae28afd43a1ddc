"""JSON shapes of a bundle: what is read with the wrong one fails the check that reads it."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NoReturn

from ledger.canonical import INTEGER_MAX, JsonObject, JsonValue
from ledger.errors import FormError, ProofError
from ledger.statements.envelope import decode_base64

HASH_BYTES: Final = 32

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_DIGITS_MAX: Final = 17  # with a sign; what is longer is beyond ±(2^53 − 1)


def parse_file(raw: bytes) -> JsonObject:
    """Return the object in the bytes of a file. ProofError("checkpoint") for anything else.

    Numbers mean what ECMAScript reads, so that a phone's verifier sees the same: 1.0 is 1, and
    integers beyond ±(2^53 − 1) are doubles. Strict UTF-8, no member twice in an object.
    """
    try:
        bundle: JsonValue = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_double,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise ProofError("checkpoint", f"the file is not JSON: {error}") from error
    if not isinstance(bundle, dict):
        raise ProofError("checkpoint", "the file is not a JSON object")
    return bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Readers that raise ProofError in the name of one check."""

    check: str

    def refuse(self, why: str, leaf: int | None = None) -> NoReturn:
        """Fail the check."""
        raise ProofError(self.check, why, leaf=leaf)

    def members(self, value: JsonValue, what: str, leaf: int | None = None) -> JsonObject:
        """The members of an object."""
        if not isinstance(value, dict):
            self.refuse(f"{what} is not an object", leaf)
        return value

    def entries(self, value: JsonValue, what: str, leaf: int | None = None) -> list[JsonValue]:
        """The entries of a list."""
        if not isinstance(value, list):
            self.refuse(f"{what} is not a list", leaf)
        return value

    def text(self, value: JsonValue, what: str, leaf: int | None = None) -> str:
        """Text that UTF-8 can write."""
        if not isinstance(value, str):
            self.refuse(f"{what} is not text", leaf)
        if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            self.refuse(f"{what} holds a lone surrogate", leaf)
        return value

    def number(self, value: JsonValue, what: str, leaf: int | None = None) -> int:
        """An integer from 0 up."""
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.refuse(f"{what} is not an integer from 0 up", leaf)
        return value

    def index(self, text: str) -> int:
        """The index that a member's name writes."""
        if _INDEX.fullmatch(text) is None:
            self.refuse(f"{text[:40]!r} is no index")
        return int(text)

    def raw(self, value: JsonValue, what: str, leaf: int | None = None) -> bytes:
        """Bytes in the one base64 text that they have."""
        try:
            return decode_base64(self.text(value, what, leaf))
        except FormError as error:
            raise ProofError(self.check, f"{what}: {error}", leaf=leaf) from error

    def digest(self, value: JsonValue, what: str, leaf: int | None = None) -> bytes:
        """A hash of 32 bytes."""
        found = self.raw(value, what, leaf)
        if len(found) != HASH_BYTES:
            self.refuse(f"{what} has {len(found)} bytes, not {HASH_BYTES}", leaf)
        return found

    def refuse_others(self, holder: JsonObject, known: Collection[str], what: str) -> None:
        """Fail when the object has a member that format v1 does not give it."""
        others = sorted(name for name in holder if name not in known)
        if others:
            self.refuse(f"{what} has the unknown member {others[0]!r}")


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has two members of one name")
    return members


def _integer(digits: str) -> float:
    if len(digits) <= _DIGITS_MAX and abs(int(digits)) <= INTEGER_MAX:
        return int(digits)
    return float(digits)


def _double(digits: str) -> float:
    number = float(digits)
    whole = number.is_integer() and abs(number) <= INTEGER_MAX  # Infinity is no integer
    return int(number) if whole else number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
