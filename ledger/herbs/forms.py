"""What a page asks for one kind of event, and what a typed answer becomes: one source for both.

The fields follow the vocabulary; `at` says where EPCIS keeps the answer (`bodies.event_body`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from ledger.canonical import JsonValue, parse_json
from ledger.errors import FormError
from ledger.herbs import vocabulary
from ledger.herbs.bodies import plain_json
from ledger.herbs.elements import parse_element
from ledger.herbs.units import parse_area, parse_count, parse_mass
from ledger.herbs.vocabulary import Element, Place, Required

FieldType: TypeAlias = Literal[
    "text", "number", "mass", "area", "date", "time", "bool", "choice", "uri", "file", "list",
    "table",
]  # fmt: skip

# How a page asks for an element: lists one a line, tables as JSON from the page's own rows.
_ASKED_AS: Final[Mapping[str, FieldType]] = {
    "text": "text", "code": "text", "amount": "text", "statement": "text", "number": "number",
    "integer": "number", "mass": "mass", "area": "area", "date": "date", "time": "time",
    "bool": "bool", "choice": "choice", "verdict": "choice", "uri": "uri", "file": "file",
    "files": "file", "texts": "list", "lots": "table", "adjuvants": "table", "range": "table",
    "pairs": "table", "flags": "table", "tests": "table", "findings": "table", "geo": "table",
    "outline": "table",
}  # fmt: skip
_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,9})?", re.ASCII)
_IN_GRAMS: Final = frozenset({"unit_g", "sample_g"})
_YES_NO: Final = {"是": True, "否": False, "true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form. `required` is whether an answer must be given; `at`: see Element."""

    key: str
    cn: str
    en: str
    type: FieldType
    required: bool
    need: Required
    sealed: bool
    hint: str
    unit: str
    choices: tuple[tuple[str, str], ...]
    at: Place | Literal["time"]


_TIME: Final = Field(
    key="event_time",
    cn="发生时间",
    en="When it happened",
    type="time",
    required=True,
    need="R",
    sealed=False,
    hint="",
    unit="",
    choices=(),
    at="time",
)
_SITE: Final = Element(key="site", cn="地点", en="Place", type="uri", required="R", at="site")


def form(kind_code: str) -> tuple[Field, ...]:
    """Return the questions of a kind: when, where, its own, then those common to all kinds.

    Raises FormError `unknown_kind`.
    """
    kind = vocabulary.kind(kind_code)
    places = () if any(e.at == "site" for e in kind.elements) else (_SITE,)
    asked = {element.key for element in kind.elements}
    common = (e for e in vocabulary.COMMON_ELEMENTS if e.key not in asked)
    return (_TIME, *(_field(element) for element in (*places, *kind.elements, *common)))


def parse_answer(kind_code: str, key: str, text: str) -> JsonValue:
    """Return what a typed answer says, as the element's JSON value.

    Masses and areas may carry their unit; lists have one entry a line; tables are JSON.
    Raises FormError: `bad_quantity`, `not_json`, or `bad_event` naming what was expected.
    """
    element = vocabulary.kind(kind_code).element(key)
    if element is None:
        raise FormError("bad_event", f"{kind_code} does not ask for {key!r}")
    return parse_element(element, _typed(element, text.strip()))


def _typed(element: Element, text: str) -> JsonValue:
    if element.type == "mass":
        return parse_mass(text, unit=_typed_unit(element))
    asked_as = "count" if element.type == "integer" else _ASKED_AS[element.type]
    reader = _READERS.get(asked_as)
    return text if reader is None else reader(text)


def _number(text: str) -> JsonValue:
    if not _NUMBER.fullmatch(text):
        raise FormError("bad_quantity", f"{text!r} is not a number")
    return plain_json(Decimal(text))


def _lines(text: str) -> JsonValue:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _yes_no(text: str) -> JsonValue:
    return _YES_NO.get(text, text)


def _json(text: str) -> JsonValue:
    return parse_json(text.encode())


_READERS: Final[Mapping[str, Callable[[str], JsonValue]]] = {
    "area": parse_area,
    "count": parse_count,
    "number": _number,
    "bool": _yes_no,
    "list": _lines,
    "table": _json,
    "file": _json,
}


def _typed_unit(element: Element) -> str:
    """The unit that a bare number is meant in: packs and samples in grams, lots in kilograms."""
    if element.type == "area":
        return "亩"
    if element.type != "mass":
        return element.unit
    return "克" if element.key in _IN_GRAMS or element.cn == "克数" else "公斤"


def _field(element: Element) -> Field:
    return Field(
        key=element.key,
        cn=element.cn,
        en=element.en,
        type=_ASKED_AS[element.type],
        required=element.required == "R",
        need=element.required,
        sealed=element.sealed,
        hint=element.hint,
        unit=_typed_unit(element),
        choices=element.choices,
        at=element.at,
    )
