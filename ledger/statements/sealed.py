"""Sealed values: salted commitments inside a statement, openings beside it: format v1 section 5."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ledger.canonical import JsonObject, JsonValue, jcs_bytes
from ledger.errors import FormError
from ledger.statements.statement import Claim, is_hex64

SALT_BYTES: Final = 16  # 128 bits: a phone number behind one cannot be guessed

_SALT: Final = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")  # base64url of 16 bytes, without padding
_MEMBERS: Final = frozenset({"statement", "name", "salt", "value"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a commitment hides: `salt` is base64url of 16 bytes, `statement` a statement id."""

    statement: str
    name: str
    salt: str
    value: JsonValue


def commitment(*, ledger: str, key: str, seq: int, name: str, salt: str, value: JsonValue) -> str:
    """Return base64url, without padding, of H(JCS([ledger, key, seq, name, salt, value])).

    Raises FormError for values that RFC 8785 cannot write, and beyond 32 levels with the list.
    """
    return _base64url(sha256(jcs_bytes([ledger, key, seq, name, salt, value])).digest())


def seal(
    values: Mapping[str, JsonValue],
    *,
    ledger: str,
    key: str,
    seq: int,
    salts: Callable[[], bytes],
) -> tuple[dict[str, str], list[tuple[str, str, JsonValue]]]:
    """Return the commitments by name, and (name, salt, value) of each for its opening.

    `salts` gives 16 random bytes at each call.
    """
    commitments: dict[str, str] = {}
    opened: list[tuple[str, str, JsonValue]] = []
    for name, value in values.items():
        raw = salts()
        if len(raw) != SALT_BYTES:
            raise ValueError(f"a salt of {len(raw)} bytes, not of {SALT_BYTES}")
        salt = _base64url(raw)
        commitments[name] = commitment(
            ledger=ledger, key=key, seq=seq, name=name, salt=salt, value=value
        )
        opened.append((name, salt, value))
    return commitments, opened


def parse_opening(value: JsonValue) -> Opening:
    """Return the opening of parsed JSON. FormError("bad_opening")."""
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        raise FormError("bad_opening", "an opening is {statement, name, salt, value}")
    statement, name, salt = value["statement"], value["name"], value["salt"]
    if not isinstance(statement, str) or not is_hex64(statement):
        raise FormError("bad_opening", "statement is not a statement id")
    if not isinstance(name, str):
        raise FormError("bad_opening", "name is not text")
    if not isinstance(salt, str) or _SALT.fullmatch(salt) is None:
        raise FormError("bad_opening", f"salt is not base64url of {SALT_BYTES} bytes")
    return Opening(statement=statement, name=name, salt=salt, value=value["value"])


def format_opening(opening: Opening) -> JsonObject:
    """Return the opening as JSON."""
    return {
        "statement": opening.statement,
        "name": opening.name,
        "salt": opening.salt,
        "value": opening.value,
    }


def check_opening(opening: Opening, claim: Claim) -> None:
    """Raise FormError("bad_opening") unless the claim's commitment of that name hides the value."""
    if opening.statement != claim.statement_id:
        raise FormError(
            "bad_opening", f"opening of {opening.statement}, not of {claim.statement_id}"
        )
    if opening.name not in claim.sealed:
        raise FormError("bad_opening", f"the statement seals no {opening.name!r}")
    try:
        found = commitment(
            ledger=claim.ledger,
            key=claim.key,
            seq=claim.seq,
            name=opening.name,
            salt=opening.salt,
            value=opening.value,
        )
    except FormError as error:
        raise FormError("bad_opening", f"the value has no canonical form: {error}") from error
    expected = claim.sealed[opening.name]
    if found != expected:
        raise FormError("bad_opening", f"value and salt give {found}, not {expected}")


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
