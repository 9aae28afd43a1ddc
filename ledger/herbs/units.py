"""Masses, areas and counts: typed in the trade's units, kept as whole grams and square metres.

Exact by Decimal. 1 亩 is 2000/3 m², so an area is rounded to the nearest m²: it comes back the
same when shown to a hundredth of a 亩, which is 6.67 m².
"""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from ledger.errors import FormError

GRAMS: Final = {
    "公斤": 1000, "千克": 1000, "kg": 1000, "斤": 500, "市斤": 500, "两": 50, "吨": 1_000_000,
    "t": 1_000_000, "克": 1, "g": 1,
}  # fmt: skip
SQUARE_METRES: Final = {
    "亩": Fraction(2000, 3), "公顷": Fraction(10_000), "ha": Fraction(10_000),
    "平方米": Fraction(1), "m2": Fraction(1), "㎡": Fraction(1),
}  # fmt: skip
QUANTITY_MAX: Final = 10**15  # grams or square metres: a thousand million tonnes

# One number as people type it, with or without thousands marks, then perhaps a unit.
_TYPED: Final = re.compile(
    r"(\d{1,16}|\d{1,3}(?:,\d{3}){1,5})(\.\d{1,9})?\s*([^\d\s.,+-]\S*)?", re.ASCII
)
_TYPED_LENGTH_MAX: Final = 40
_GRAMS_OF_TEN_KG: Final = 10_000


def parse_mass(text: str, *, unit: str = "公斤") -> int:
    """Return a typed mass in grams; `unit` is meant where none is typed.

    Raises FormError `bad_quantity` for what is no number, negative, or not whole grams.
    """
    amount, typed_unit = _typed(text, unit)
    if typed_unit not in GRAMS:
        raise FormError("bad_quantity", f"{typed_unit!r} is none of {', '.join(GRAMS)}")
    grams = amount * GRAMS[typed_unit]
    if grams % 1 or grams > QUANTITY_MAX:
        raise FormError("bad_quantity", f"{text!r} is not whole grams up to {QUANTITY_MAX}")
    return int(grams)


def parse_area(text: str, *, unit: str = "亩") -> int:
    """Return a typed area in square metres, rounded to the nearest. FormError `bad_quantity`."""
    amount, typed_unit = _typed(text, unit)
    if typed_unit not in SQUARE_METRES:
        raise FormError("bad_quantity", f"{typed_unit!r} is none of {', '.join(SQUARE_METRES)}")
    area = Fraction(amount) * SQUARE_METRES[typed_unit]
    if area > QUANTITY_MAX:
        raise FormError("bad_quantity", f"{text!r} is beyond {QUANTITY_MAX} m²")
    return int(area + Fraction(1, 2))


def parse_count(text: str) -> int:
    """Return a typed count of things. Raises FormError `bad_quantity`."""
    amount, unit = _typed(text, "")
    if amount % 1 or amount > QUANTITY_MAX or unit not in {"", "件", "袋", "株", "个", "天"}:
        raise FormError("bad_quantity", f"{text!r} is not a whole count")
    return int(amount)


def format_mass_in(mass_g: int, unit: str) -> str:
    """Return a mass exactly in one unit, without the unit's name: 1,240.5."""
    return _plain(Decimal(mass_g) / GRAMS[unit])


def format_mass_cn(mass_g: int) -> str:
    """Return a mass as people say it: 克 below a kilogram, 吨 where two decimals say it all."""
    unit = "公斤"
    if mass_g < GRAMS["公斤"]:
        unit = "克"
    elif mass_g >= GRAMS["吨"] and mass_g % _GRAMS_OF_TEN_KG == 0:
        unit = "吨"
    return f"{format_mass_in(mass_g, unit)} {unit}"


def format_mass_en(mass_g: int) -> str:
    """Return a mass in grams below a kilogram, else in kilograms."""
    unit = "g" if mass_g < GRAMS["kg"] else "kg"
    return f"{format_mass_in(mass_g, unit)} {unit}"


def format_area_in(area_m2: int, unit: str) -> str:
    """Return an area in one unit to a hundredth, without the unit's name."""
    area = Fraction(area_m2) / SQUARE_METRES[unit]
    exact = Decimal(area.numerator) / Decimal(area.denominator)
    return _plain(exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def format_area_cn(area_m2: int) -> str:
    """Return an area in 亩 to a hundredth."""
    return f"{format_area_in(area_m2, '亩')} 亩"


def _typed(text: str, unit: str) -> tuple[Decimal, str]:
    plain = unicodedata.normalize("NFKC", text).strip()
    match = _TYPED.fullmatch(plain) if len(plain) <= _TYPED_LENGTH_MAX else None
    if match is None:
        raise FormError("bad_quantity", f"{text[:_TYPED_LENGTH_MAX]!r} is not a quantity")
    whole, fraction, typed_unit = match.groups()
    named = typed_unit or unit
    return Decimal(whole.replace(",", "") + (fraction or "")), named.lower()


def _plain(amount: Decimal) -> str:
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
