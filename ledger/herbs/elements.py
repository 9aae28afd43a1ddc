"""What a record of a kind says besides EPCIS: the form of each `daodi:` element, by its type.

Only form is judged: a banned pesticide, an impossible weight or an unknown word is a fact that
somebody signed, and rules judge it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Final

from ledger.canonical import JsonValue
from ledger.herbs.epcis import bad_event, is_number, time_ms, uri
from ledger.herbs.vocabulary import Element

TEXT_LENGTH_MAX: Final = 4000  # four pages; a statement holds 32 KiB
ROWS_MAX: Final = 200  # a full pesticide screen has about 110 rows

_HEX_64: Final = re.compile(r"[0-9a-f]{64}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def parse_element(element: Element, value: JsonValue) -> JsonValue:
    """Return the element's value; a choice in Chinese becomes its word. FormError `bad_event`."""
    name = f"daodi:{element.key}"
    if element.type in {"choice", "verdict"}:
        return _choice(element, value, name)
    _CHECKS[element.type](value, name)
    return value


def _choice(element: Element, value: JsonValue, name: str) -> str:
    text = _text(value, name)
    words = _words(element.choices)
    word = words.get(text, text)
    if element.type == "verdict" and word not in words.values():
        raise bad_event(f"{name}: expected one of {sorted(words.values())}, found {value!r}")
    return word


@cache  # the vocabulary has a few dozen lists of choices
def _words(choices: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return {cn: word for word, cn in choices}


def _text(value: JsonValue, name: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > TEXT_LENGTH_MAX:
        raise bad_event(f"{name}: expected a text of 1 to {TEXT_LENGTH_MAX} characters")
    return value


def _number(value: JsonValue, name: str) -> None:
    if not is_number(value):
        raise bad_event(f"{name}: expected a number, found {value!r}")


def _whole(value: JsonValue, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise bad_event(f"{name}: expected a whole number from 0 on, found {value!r}")
    return value


def _amount(value: JsonValue, name: str) -> None:
    if not is_number(value):
        _text(value, name)


def _bool(value: JsonValue, name: str) -> None:
    if not isinstance(value, bool):
        raise bad_event(f"{name}: expected true or false, found {value!r}")


def _date(value: JsonValue, name: str) -> None:
    try:
        real = isinstance(value, str) and _DAY.fullmatch(value) and date.fromisoformat(value)
    except ValueError:
        real = None
    if not real:
        raise bad_event(f"{name}: expected a day as YYYY-MM-DD, found {value!r}")


def _hex(value: JsonValue, name: str) -> None:
    if not isinstance(value, str) or not _HEX_64.fullmatch(value):
        raise bad_event(f"{name}: expected 64 lowercase hex digits, found {value!r}")


def _list(value: JsonValue, name: str) -> list[JsonValue]:
    if not isinstance(value, list) or not 1 <= len(value) <= ROWS_MAX:
        raise bad_event(f"{name}: expected a list of 1 to {ROWS_MAX}")
    return value


def _object(value: JsonValue, name: str) -> Mapping[str, JsonValue]:
    if not isinstance(value, dict) or not value:
        raise bad_event(f"{name}: expected an object that is not empty, found {value!r}")
    return value


def _texts(value: JsonValue, name: str) -> None:
    for each in _list(value, name):
        _text(each, name)


def _range(value: JsonValue, name: str) -> None:
    ends = _object(value, name)
    if _whole(ends.get("first"), f"{name} first") > _whole(ends.get("last"), f"{name} last"):
        raise bad_event(f"{name}: the first serial is greater than the last")


def _pairs(value: JsonValue, name: str) -> None:
    for each in _list(value, name):
        pair = _object(each, name)
        _text(pair.get("name"), f"{name} name")
        _text(pair.get("value"), f"{name} value")


def _flags(value: JsonValue, name: str) -> None:
    for flag, each in _object(value, name).items():
        _bool(each, f"{name} {flag}")


def _adjuvants(value: JsonValue, name: str) -> None:
    for each in _list(value, name):
        adjuvant = _object(each, name)
        _text(adjuvant.get("name"), f"{name} name")
        _whole(adjuvant.get("mass_g"), f"{name} mass_g")
        if "lot" in adjuvant:
            _text(adjuvant["lot"], f"{name} lot")


def _tests(value: JsonValue, name: str) -> None:
    """Rows of {item, op, limit, value, unit, passed}; a row without a limit has neither op."""
    for each in _list(value, name):
        row = _object(each, name)
        _text(row.get("item"), f"{name} item")
        _amount(row.get("value"), f"{name} value")
        _bool(row.get("passed"), f"{name} passed")
        if row.get("limit") is not None:
            _amount(row["limit"], f"{name} limit")
        for optional in ("op", "unit"):
            if row.get(optional) not in {None, ""}:
                _text(row[optional], f"{name} {optional}")


def _findings(value: JsonValue, name: str) -> None:
    for each in _list(value, name):
        finding = _object(each, name)
        _text(finding.get("text"), f"{name} text")
        _text(finding.get("level"), f"{name} level")


def _file(value: JsonValue, name: str) -> None:
    """An attached file, named by its content. Source: format v1 section 5."""
    named = _object(value, name)
    _hex(named.get("sha256"), f"{name} sha256")
    _text(named.get("type"), f"{name} type")
    _whole(named.get("size"), f"{name} size")


def _files(value: JsonValue, name: str) -> None:
    for each in _list(value, name):
        _file(each, name)


_CHECKS: Final[Mapping[str, Callable[[JsonValue, str], object]]] = {
    "text": _text,
    "texts": _texts,
    "number": _number,
    "integer": _whole,
    "amount": _amount,
    "mass": _whole,
    "area": _whole,
    "bool": _bool,
    "date": _date,
    "time": time_ms,
    "uri": uri,
    "lots": _list,
    "adjuvants": _adjuvants,
    "code": _text,
    "range": _range,
    "pairs": _pairs,
    "flags": _flags,
    "tests": _tests,
    "findings": _findings,
    "file": _file,
    "files": _files,
    "geo": _object,
    "outline": _object,
    "statement": _hex,
}
