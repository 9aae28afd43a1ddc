"""One byte string per JSON value: RFC 8785 (JCS), narrowed by the rules of format v1 section 1."""

import re
from collections.abc import Iterable, Iterator
from json import JSONDecodeError, loads
from math import isfinite
from typing import Final, NoReturn, TypeAlias

import msgspec
import rfc8785

from ledger.errors import FormError

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

DEPTH_MAX: Final = 32  # the outermost object is 1; an EPCIS event with sensor reports needs 8
INTEGER_MAX: Final = 2**53 - 1  # beyond, JavaScript's numbers are not exact
FRACTION_MIN: Final = 1e-6  # JCS writes anything smaller with an exponent

# The fast encoder writes 0.000005 as 5e-6. No canonical number of format v1 has an exponent, so a
# payload with one is never accepted on the fast encoder's word; within strings it only costs time.
_EXPONENT: Final = re.compile(rb"[0-9]e-[0-9]")

_UNCHECKED: Final = frozenset({str, bool})  # what most values are

_sorted = msgspec.json.Encoder(order="sorted")


def canonical_bytes(value: JsonValue) -> bytes:
    """Return the canonical form of `value`. Raises FormError for values outside format v1."""
    _check_tree(value)
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:  # numbers and names were checked above
        raise FormError("lone_surrogate", "a string holds a lone surrogate") from error


def jcs_bytes(value: JsonValue) -> bytes:
    """Return the form of RFC 8785 itself: any member names, exponents where JCS writes them.

    For values that stand outside statements, as sealed ones. Raises FormError for lone
    surrogates, numbers beyond what a double holds, and more than 32 levels.
    """
    _check_levels(value)
    try:
        return rfc8785.dumps(value)
    except (rfc8785.IntegerDomainError, rfc8785.FloatDomainError) as error:
        raise FormError("bad_number", "a number has no canonical form") from error
    except rfc8785.CanonicalizationError as error:
        raise FormError("lone_surrogate", "a string holds a lone surrogate") from error


def parse_canonical(payload: bytes) -> JsonValue:
    """Return the value of canonical bytes. Raises FormError naming the first rule that is broken.

    The fast encoder agrees with RFC 8785 once numbers and member names are held to format v1
    (tests compare the two), but for the exponents of fractions below 0.00001. So the slow one runs
    only for those, and to name what is wrong.
    """
    try:
        value: JsonValue = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _parse_slowly(payload)
    _check_tree(value)
    if _sorted.encode(value) != payload or _has_exponent(payload):
        return _parse_slowly(payload)
    return value


def parse_json(text: bytes) -> JsonValue:
    """Return the value of ordinary JSON in UTF-8; duplicates and lone surrogates are refused."""
    try:
        value: JsonValue = loads(
            text.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise FormError("not_utf8", f"not UTF-8 at byte {error.start}") from error
    except JSONDecodeError as error:
        code = "nul_character" if b"\x00" in text else "not_json"
        raise FormError(code, f"not JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise FormError("too_deep", f"nested deeper than {DEPTH_MAX}") from error
    except ValueError as error:  # an integer of thousands of digits
        raise FormError("bad_number", "a number has too many digits") from error
    # Strict UTF-8 holds no surrogate: only an escape could write one.
    for text_value in _strings(value) if b"\\u" in text else ():
        if not text_value.isascii() and any("\ud800" <= c <= "\udfff" for c in text_value):
            raise FormError("lone_surrogate", "a string holds a lone surrogate")
    return value


def refuse_nul(value: JsonValue) -> None:
    """Raise FormError when any string holds U+0000, which PostgreSQL's text cannot."""
    if any("\x00" in text for text in _strings(value)):
        raise FormError("nul_character", "a string holds U+0000")


def _parse_slowly(payload: bytes) -> JsonValue:
    value = parse_json(payload)
    if canonical_bytes(value) != payload:
        raise FormError("not_canonical", "the bytes are not their own canonical form (RFC 8785)")
    return value


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise FormError("duplicate_member", "an object has two members of one name")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise FormError("not_json", f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):  # written on, it would be Infinity, which is not JSON
        raise FormError("bad_number", "a number is beyond what a double holds")
    return number


def _strings(value: JsonValue) -> Iterator[str]:
    stack: list[JsonValue] = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, str):
            yield top
        elif isinstance(top, list):
            stack.extend(top)
        elif isinstance(top, dict):
            stack.extend(top)
            stack.extend(top.values())


def _check_levels(value: JsonValue) -> None:
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [child for holder in level for child in _children(holder)]
    if any(isinstance(child, list | dict) for child in level):
        raise FormError("too_deep", f"nested deeper than {DEPTH_MAX}")


def _children(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _has_exponent(payload: bytes) -> bool:
    """Whether the fast encoder wrote an exponent: a negative one, for larger numbers are whole."""
    return b"e-" in payload and _EXPONENT.search(payload) is not None


def _check_tree(value: JsonValue, depth: int = 1) -> None:
    """Refuse what format v1 section 1 forbids in a value: depth, member names, numbers."""
    below: Iterable[JsonValue]
    if isinstance(value, dict):
        if not "".join(value).isascii():
            name = next(name for name in value if not name.isascii())
            raise FormError("bad_member_name", f"member name {name!r} is not ASCII")
        below = value.values()
    elif isinstance(value, list):
        below = value
    else:
        if isinstance(value, int | float) and not isinstance(value, bool):
            _check_number(value)
        return
    if depth > DEPTH_MAX:
        raise FormError("too_deep", f"nested deeper than {DEPTH_MAX}")
    for child in below:
        if child is not None and type(child) not in _UNCHECKED:
            _check_tree(child, depth + 1)


def _check_number(number: float) -> None:
    if isinstance(number, int):
        if not -INTEGER_MAX <= number <= INTEGER_MAX:
            # Not the number itself: Python refuses to write integers of thousands of digits.
            bits = number.bit_length()
            raise FormError("bad_number", f"an integer of {bits} bits is beyond ±(2^53 − 1)")
    elif not isfinite(number) or number.is_integer() or abs(number) < FRACTION_MIN:
        raise FormError("bad_number", f"{number!r} is not a decimal with a fraction")
