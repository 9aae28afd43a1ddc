"""What laboratories measure: one code for an item, whatever a report calls it (Unicode NFKC).

Names live in assays.json. Two reports speak of one item when their names have one code.
"""

from dataclasses import dataclass
from importlib.resources import files
from typing import Final
from unicodedata import category, normalize

import msgspec

_UNSEEN: Final = "Cf"  # signs that print nothing, as the zero-width space


@dataclass(frozen=True, slots=True, kw_only=True)
class Assay:
    """One item of the vocabulary; `also` are its other names."""

    code: str
    cn: str
    en: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _AssaysFile:
    note: str
    assays: tuple[Assay, ...]


ASSAYS: Final = msgspec.json.decode(
    files("ledger.herbs").joinpath("assays.json").read_bytes(), type=_AssaysFile
).assays


def plain_name(text: str) -> str:
    """A name without what two writers of it may do differently: width, case, spaces."""
    plain = _plainer(text)
    # Again: without its space an accent joins its letter, and what is folded may be folded further.
    while (plainer := _plainer(plain)) != plain:
        plain = plainer
    return plain


def _plainer(text: str) -> str:
    seen = "".join(sign for sign in normalize("NFKC", text) if category(sign) != _UNSEEN)
    return "".join(seen.casefold().split())


_BY_NAME: Final = {
    plain_name(name): assay for assay in ASSAYS for name in (assay.cn, assay.en, *assay.also)
}


def assay_code(text: str) -> str:
    """The code of the item that a report names; of one that no list has, its plain name."""
    assay = _BY_NAME.get(plain_name(text))
    return assay.code if assay is not None else plain_name(text)


def assay_named(text: str) -> Assay | None:
    """The item of the vocabulary that a report means by this name; None where it has none."""
    return _BY_NAME.get(plain_name(text))
