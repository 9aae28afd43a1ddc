"""What each kind of pack must carry, as of a day, with the law that asks for it and how sure.

Fields live in labels.json; the same thing has several names in print, and all of them count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Final, Literal, TypeAlias

import msgspec

from ledger.herbs.vocabulary import Mark

PackSort: TypeAlias = Literal[
    "raw_herb", "gap", "decoction_piece", "agri_product", "retail_herb", "gi"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field by its name in the law and the other names that it has in print."""

    cn: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The fields that one provision asks of one sort of pack from a day on."""

    pack: PackSort
    cn: str
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
