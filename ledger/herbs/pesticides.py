"""Pesticides that no herb may meet, as of a day: named ones and the class rule of 剧毒 and 高毒.

Names live in pesticides.json. Source: 农药管理条例 (2022) article 34 and the notices named there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

from ledger.herbs.vocabulary import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Pesticide:
    """One active ingredient that is barred on herbs from a day on, with why and how sure.

    `loq_mg_per_kg` is the limit of quantification below which a residue counts as not found.
    """

    cn: str
    en: str
    also: tuple[str, ...]
    basis: str
    mark: Mark
    effective_from: date
    residue: str
    loq_mg_per_kg: float | None
    loq_mark: Mark
    sort: Literal["banned", "restricted", "growth_regulator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRule:
    """The words for a class of toxicity that is barred whole."""

    words: tuple[str, ...]
    text: str
    basis: str
    mark: Mark
    effective_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _PesticidesFile:
    note: str
    class_rule: ClassRule
    pesticides: tuple[Pesticide, ...]


_FILE: Final = msgspec.json.decode(
    files("ledger.herbs").joinpath("pesticides.json").read_bytes(), type=_PesticidesFile
)
PESTICIDES: Final = _FILE.pesticides
CLASS_RULE: Final = _FILE.class_rule


def barred_pesticides(
    ingredient: str, day: date, *, pesticides: Iterable[Pesticide] = PESTICIDES
) -> list[Pesticide]:
    """Return those that the text of active ingredients names and that are barred on that day.

    A name counts as a whole: 硫双灭多威 is not 灭多威, 乙酰甲胺磷 not 甲胺磷.
    """
    in_force = [each for each in pesticides if each.effective_from <= day]
    return [each for each in in_force if _pattern(each).search(ingredient)]


def barred_class(text: str, day: date, *, rule: ClassRule = CLASS_RULE) -> str | None:
    """Return the class of toxicity that a text claims for the product and that is barred."""
    if day < rule.effective_from:
        return None
    return next((word for word in rule.words if _claims(text, word)), None)


def _claims(text: str, word: str) -> bool:
    """非高毒 and 无剧毒 say the opposite."""
    return re.search(f"(?<![非无不]){word}", text) is not None


@cache
def _pattern(pesticide: Pesticide) -> re.Pattern[str]:
    chinese = "|".join(map(re.escape, (pesticide.cn, *pesticide.also)))
    # A Chinese name may follow a word such as 含, never another character of a longer name; an
    # English one ends where its letters and hyphens end, for parathion is not parathion-methyl.
    left = r"(?:^|(?<=[^一-鿿])|(?<=含)|(?<=为))"
    english = rf"(?<![\w-]){re.escape(pesticide.en)}(?![\w-])"
    return re.compile(f"{left}(?:{chinese})|{english}", re.IGNORECASE)
