"""Values of records as people read them: units of the trade, vocabulary words, time in China."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Final

from ledger.canonical import JsonValue
from ledger.errors import FormError
from ledger.herbs.epcis import time_ms
from ledger.herbs.identifiers import code_of_uri, grouped
from ledger.herbs.units import format_area_cn, format_area_in, format_mass_cn, format_mass_en
from ledger.herbs.vocabulary import COUNTIES, Element, county_name
from ledger.trace.answer import china_clock, decimal

UNKNOWN_PLACE: Final = "产地没有记录"
# What was declared not to be so: the choices themselves say 一致 and 统一.
DECLARED_NOT: Final = {False: "；没有做到的：", True: "; not: "}
# The vocabulary's units as a reader without a laboratory says them, in Chinese and in English.
_UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "min": ("分钟", "min"),
    "h": ("小时", "h"),
    "天": ("天", "days"),
    "人时": ("人时", "person-hours"),
    "cm": ("厘米", "cm"),
    "m": ("米", "m"),
    "m³": ("立方米", "m³"),
    "件": ("件", "packs"),
    "袋": ("袋", "bags"),
    "株": ("株", "plants"),
    "株/亩": ("株/亩", "plants/mu"),
    "kg/亩": ("公斤/亩", "kg/mu"),
    "g·ml/亩": ("克（毫升）/亩", "g or ml/mu"),
    "kg/L": ("公斤/升", "kg/L"),
    "元/kg": ("元/公斤", "CNY/kg"),
}
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ROWS_SHOWN_MAX: Final = 12  # of a screen of a hundred pesticides; the report has them all


def shown_value(element: Element, value: JsonValue, *, english: bool) -> str:
    """An element's value in words; "" for what has no words of its own, such as an id."""
    show = _SHOWN.get(element.type)
    return show(element, value, english) if show else ""


def shown_mass(mass_g: int, *, english: bool) -> str:
    """A mass in the unit that people say."""
    return format_mass_en(mass_g) if english else format_mass_cn(mass_g)


def shown_area(area_m2: int, *, english: bool) -> str:
    """An area in 亩, in English in hectares."""
    if english:
        return f"{format_area_in(area_m2, 'ha')} ha"
    return format_area_cn(area_m2)


def shown_share(share: Fraction) -> str:
    """A share of one as per cent, to a hundredth of a per cent."""
    return f"{100 * decimal(share):.2f}".rstrip("0").rstrip(".") + "%"


def shown_place(county: str) -> str:
    """A county with its city; what the ledger does not know says so."""
    if not county:
        return UNKNOWN_PLACE
    known = COUNTIES.get(county)
    return known.city + known.cn if known else county_name(county)


def shown_time(time_ms: int, *, english: bool) -> str:
    """An instant in China's time, to the minute."""
    local = china_clock(time_ms)
    if english:
        return f"{local:%Y-%m-%d %H:%M}"
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def shown_day(time_ms: int, *, english: bool) -> str:
    """The day of an instant in China."""
    return shown_time(time_ms, english=english).rpartition(" ")[0]


def shown_unit(unit: str, *, english: bool) -> str:
    """A unit of the vocabulary in the reader's words; others, such as ℃, are everybody's."""
    return _UNITS.get(unit, (unit, unit))[english]


def shown_date(day: str, *, english: bool) -> str:
    """A calendar day that was kept as YYYY-MM-DD."""
    return day if english else "{}年{}月{}日".format(*map(int, day.split("-")))


def plain(text: str, most: int) -> str:
    """A text that somebody typed: line ends stay, other control characters go, cut at `most`."""
    kept = (sign for sign in text.replace("\r\n", "\n") if sign == "\n" or sign.isprintable())
    return "".join(kept).strip()[:most]


def shown_number(value: JsonValue) -> str:
    """A number or a text, as it was written; yes and no as such."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


def _number(element: Element, value: JsonValue, english: bool) -> str:
    """A number with its unit; a text says its own."""
    unit = "" if isinstance(value, str) else shown_unit(element.unit, english=english)
    return f"{shown_number(value)}{'' if unit in {'%', '℃'} else ' '}{unit}".strip()


def _day(_element: Element, value: JsonValue, english: bool) -> str:
    """A calendar day; what no calendar has stays as it was written."""
    said = shown_number(value)
    if not DAY.fullmatch(said):
        return said
    try:
        date.fromisoformat(said)
    except ValueError:
        return said
    return shown_date(said, english=english)


def _text(_element: Element, value: JsonValue, _english: bool) -> str:
    return shown_number(value)


def _texts(_element: Element, value: JsonValue, english: bool) -> str:
    return _joined(map(str, value) if isinstance(value, list) else [], english=english)


def _mass(_element: Element, value: JsonValue, english: bool) -> str:
    return shown_mass(value, english=english) if isinstance(value, int) else ""


def _area(_element: Element, value: JsonValue, english: bool) -> str:
    return shown_area(value, english=english) if isinstance(value, int) else ""


def _choice(element: Element, value: JsonValue, english: bool) -> str:
    word = str(value)
    return word.replace("_", " ") if english else dict(element.choices).get(word, word)


def _bool(_element: Element, value: JsonValue, english: bool) -> str:
    return ("yes" if value else "no") if english else shown_number(value)


def _time(element: Element, value: JsonValue, english: bool) -> str:
    try:
        return shown_time(time_ms(str(value), element.key), english=english)
    except FormError:
        return str(value)


def _flags(element: Element, value: JsonValue, english: bool) -> str:
    """What was declared, and what was declared not to be so."""
    said = value if isinstance(value, dict) else {}
    names = {word: word.replace("_", " ") if english else cn for word, cn in element.choices}
    yes = [names.get(word, word) for word, holds in said.items() if holds is True]
    no = [names.get(word, word) for word, holds in said.items() if holds is False]
    refused = DECLARED_NOT[english] if no else ""
    return _joined(yes, english=english) + refused + _joined(no, english=english)


def _adjuvants(_element: Element, value: JsonValue, english: bool) -> str:
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    named = []
    for row in rows:
        mass_g = row.get("mass_g")
        mass = shown_mass(mass_g, english=english) if isinstance(mass_g, int) else ""
        named.append(f"{row.get('name', '')} {mass}".strip())
    return _joined(named, english=english)


def _findings(_element: Element, value: JsonValue, english: bool) -> str:
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return _joined(
        (f"{row.get('text', '')}（{row.get('level', '')}）" for row in rows), english=english
    )


def _tests(_element: Element, value: JsonValue, english: bool) -> str:
    """Reported items outside a test report, such as those of soil and water."""
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    named = []
    for row in rows:
        limit = "" if row.get("limit") is None else f"{row.get('op') or ''} {row['limit']}"
        result = f"{row.get('item', '')} {shown_number(row.get('value'))} {row.get('unit') or ''}"
        named.append(f"{result.strip()}（{limit.strip()}）" if limit else result.strip())
    more = [f"…（{len(named)}）"] if len(named) > ROWS_SHOWN_MAX else []
    return _joined([*named[:ROWS_SHOWN_MAX], *more], english=english)


def _pairs(_element: Element, value: JsonValue, english: bool) -> str:
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return _joined(
        (f"{row.get('name', '')}：{row.get('value', '')}" for row in rows), english=english
    )


def _range(_element: Element, value: JsonValue, _english: bool) -> str:
    return f"{value.get('first')}–{value.get('last')}" if isinstance(value, dict) else ""


def _uri(_element: Element, value: JsonValue, _english: bool) -> str:
    """A lot, crop or site by its code; another URI stays whole."""
    try:
        return grouped(code_of_uri(str(value)))
    except FormError:
        return str(value)


def _file(_element: Element, value: JsonValue, _english: bool) -> str:
    """An attached file by its sort and size; its hash is in the record."""
    if not isinstance(value, dict):
        return ""
    size = value.get("size")
    sort = str(value.get("type", "")).partition(";")[0].rpartition("/")[2].strip().upper()
    kilobytes = f" {max(1, round(size / 1000))} kB" if isinstance(size, int) else ""
    return f"{sort}{kilobytes}"


def _files(element: Element, value: JsonValue, english: bool) -> str:
    files = value if isinstance(value, list) else []
    return _joined((_file(element, each, english) for each in files), english=english)


def _joined(texts: Iterable[str], *, english: bool) -> str:
    return (", " if english else "、").join(texts)


_SHOWN: Final[Mapping[str, Callable[[Element, JsonValue, bool], str]]] = {
    "text": _text,
    "texts": _texts,
    "number": _number,
    "integer": _number,
    "amount": _number,
    "mass": _mass,
    "area": _area,
    "choice": _choice,
    "verdict": _choice,
    "bool": _bool,
    "date": _day,
    "time": _time,
    "flags": _flags,
    "adjuvants": _adjuvants,
    "findings": _findings,
    "tests": _tests,
    "pairs": _pairs,
    "range": _range,
    "code": _text,
    "uri": _uri,
    "file": _file,
    "files": _files,
}
