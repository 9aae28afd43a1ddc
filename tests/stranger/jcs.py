"""Canonical JSON: RFC 8785 over I-JSON (RFC 7493), and the stricter text of a statement."""

import json
import math
from decimal import Decimal

from tests.stranger.shape import Json
from tests.stranger.verdict import Fails

STATEMENT_BYTES_MAX = 32 * 1024
NESTING_MAX = 32  # the outermost object or list is 1
INTEGER_MAX = 2**53 - 1  # beyond it, readers that keep doubles disagree with others
INTEGER_DIGITS_MAX = 17  # with a sign; longer tokens are out of range whatever they say
PLAIN_DIGITS_MAX = 21  # ECMAScript writes larger numbers with an exponent
PLAIN_ZEROS_MAX = 6  # and smaller ones, after so many places

ESCAPES = {
    **{chr(code): f"\\u{code:04x}" for code in range(0x20)},
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
    '"': '\\"',
    "\\": "\\\\",
}


def write(value: Json) -> bytes:
    """Give the RFC 8785 form. Raises ValueError on what it cannot write."""
    return _write(value).encode()


def _write(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _write_string(value)
        case int() | float():
            return write_number(value)
        case list():
            return "[" + ",".join(map(_write, value)) + "]"
        case dict():
            names = sorted(value, key=lambda name: name.encode("utf-16-be"))
            return "{" + ",".join(f"{_write_string(n)}:{_write(value[n])}" for n in names) + "}"


def _write_string(text: str) -> str:
    return '"' + "".join(ESCAPES.get(character, character) for character in text) + '"'


def write_number(number: float) -> str:
    """Write the double nearest to `number`. Source: ECMA-262 Number::toString."""
    if isinstance(number, int) and abs(number) <= INTEGER_MAX:
        return str(number)
    double = float(number)
    if not math.isfinite(double):
        raise ValueError(f"{double} is no JSON number")
    if double == 0:
        return "0"
    _, figures, exponent = Decimal(repr(abs(double))).normalize().as_tuple()
    digits = "".join(map(str, figures))
    point = len(digits) + int(exponent)
    return ("-" if double < 0 else "") + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    if len(digits) <= point <= PLAIN_DIGITS_MAX:
        return digits + "0" * (point - len(digits))
    if 0 < point <= PLAIN_DIGITS_MAX:
        return f"{digits[:point]}.{digits[point:]}"
    if -PLAIN_ZEROS_MAX < point <= 0:
        return "0." + "0" * -point + digits
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def nesting(value: Json) -> int:
    """How deep lists and objects stand in each other: 0 for a scalar."""
    deepest = 0
    waiting: list[tuple[Json, int]] = [(value, 1)]
    while waiting:
        found, level = waiting.pop()
        if not isinstance(found, list | dict):
            continue
        deepest = max(deepest, level)
        children = found.values() if isinstance(found, dict) else found
        waiting.extend((child, level + 1) for child in children)
    return deepest


def _refuse_constant(token: str) -> Json:
    raise ValueError(f"{token} is no JSON")


def _gather(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    gathered = dict(pairs)
    if len(gathered) != len(pairs):
        raise ValueError("a member is there twice")
    return gathered


def _gather_ascii(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    for name, _ in pairs:
        if not name.isascii():
            raise ValueError(f"the member name {name!r} is not ASCII")
    return _gather(pairs)


def _read_double(token: str) -> float:
    # A file's numbers mean what ECMAScript reads: 1.0 is 1, and every number is a double.
    double = float(token)
    whole = math.isfinite(double) and double.is_integer() and abs(double) <= INTEGER_MAX
    return int(double) if whole else double


def _read_integer_token(token: str) -> float:
    if len(token) <= INTEGER_DIGITS_MAX and abs(int(token)) <= INTEGER_MAX:
        return int(token)
    return float(token)


def read_evidence(text: bytes) -> Json:
    """Read an evidence file: UTF-8, no duplicate members, numbers as ECMAScript reads them."""
    try:
        found: Json = json.loads(
            text.decode(),
            object_pairs_hook=_gather,
            parse_int=_read_integer_token,
            parse_float=_read_double,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise Fails(f"the file is not JSON: {error}") from error
    return found


def _read_statement_integer(token: str) -> int:
    if len(token) > INTEGER_DIGITS_MAX or abs(int(token)) > INTEGER_MAX:
        raise ValueError(f"the integer {token[:30]} is out of range")
    return int(token)


def _read_statement_decimal(token: str) -> float:
    double = float(token)
    if write_number(double) != token or "." not in token or "e" in token:
        raise ValueError(f"the decimal {token[:30]} is not written plainly")
    return double


def _read_canonical(payload: str) -> Json:
    written = payload.encode()
    if len(written) > STATEMENT_BYTES_MAX:
        raise ValueError(f"it has {len(written)} bytes, more than {STATEMENT_BYTES_MAX}")
    found: Json = json.loads(
        payload,
        object_pairs_hook=_gather_ascii,
        parse_int=_read_statement_integer,
        parse_float=_read_statement_decimal,
        parse_constant=_refuse_constant,
    )
    if nesting(found) > NESTING_MAX:
        raise ValueError(f"it is nested deeper than {NESTING_MAX}")
    if write(found) != written:
        raise ValueError("it is not its own canonical form")
    return found


def read_statement(payload: str, *, leaf: int) -> dict[str, Json]:
    """Read a statement's text, which must be its own canonical form. Source: section 1."""
    try:
        found = _read_canonical(payload)
    except (ValueError, RecursionError) as error:
        raise Fails(f"the statement cannot be read: {error}", leaf=leaf) from error
    if not isinstance(found, dict):
        raise Fails("the statement is not an object", leaf=leaf)
    return found
