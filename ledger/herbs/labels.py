"""What each kind of pack must carry, as of a day, with the law that asks for it and how sure.

Fields live in labels.json; the same thing has several names in print, and all of them count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Final, Literal, TypeAlias

import msgspec

from ledger.herbs.vocabulary import Mark

PackSort: TypeAlias = Literal[
    "raw_herb", "gap", "decoction_piece", "agri_product", "retail_herb", "gi"
]


Lane: TypeAlias = Literal["drug", "food", "either"]
ATTRIBUTE: Final = "产品属性"
GAP_WORDS: Final = "药材符合GAP要求"
GI_MARK: Final = "专用标志"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field by its name in the law and the other names that it has in print.

    `of` says of what in a lot's history it is; `shown` is the name it is printed under, if another.
    """

    cn: str
    also: tuple[str, ...]
    of: str
    shown: str = ""

    def is_there(self, said: Mapping[str, str]) -> bool:
        """Whether a label that says this has the field under any of its names."""
        return any(said.get(name) for name in (self.cn, *self.also))


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The fields that one provision asks of one sort of pack from a day on.

    A pack is a drug's or a food's, never both; `attribute` is the word by which its sort is known.
    """

    pack: PackSort
    cn: str
    lane: Lane
    attribute: str
    basis: str
    mark: Mark
    effective_from: date
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _LabelsFile:
    note: str
    labels: tuple[Label, ...]


LABELS: Final = msgspec.json.decode(
    files("ledger.herbs").joinpath("labels.json").read_bytes(), type=_LabelsFile
).labels


def labels_for(pack: PackSort, day: date, *, labels: Iterable[Label] = LABELS) -> list[Label]:
    """Return what is asked of a sort of pack on a day."""
    return [label for label in labels if label.pack == pack and label.effective_from <= day]


def sorts_of(said: Mapping[str, str]) -> list[PackSort]:
    """What sorts of pack a label makes of its pack; without a word of its own, of raw herb."""
    words = " ".join(said.values())
    named: list[PackSort] = [
        label.pack for label in LABELS if label.attribute and label.attribute in words
    ]
    found: list[PackSort] = named[:1] or ["raw_herb"]
    if "GAP" in words:
        found.append("gap")
    if said.get(GI_MARK):
        found.append("gi")
    return found


def lane_of(pack: PackSort) -> Lane:
    """Whether a sort of pack is a drug's, a food's, or a mark on either."""
    return next(label.lane for label in LABELS if label.pack == pack)
