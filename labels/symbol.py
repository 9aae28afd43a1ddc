"""QR symbols: ISO/IEC 18004 model 2, level Q unless asked, version 6 at most.

One writer, zxing-cpp, for one label and for ten thousand: a quarter of a millisecond a symbol.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import zxingcpp

from labels.errors import LabelError

VERSION_MAX: Final = 6  # 41 modules: beyond, a module on a 30 mm label is under 0.35 mm
QUIET_ZONE_MODULES: Final = 4  # ISO/IEC 18004 section 6.3.8
TEXT_LENGTH_MAX: Final = 400  # more than any symbol of level M that is allowed here holds
MODULE_MM_MIN: Final = 0.35  # what a worn phone camera still resolves at a hand's length
LEVEL: Final = "Q"  # a quarter of the symbol may be lost: sacks rub, labels crease
LEVELS: Final = ("M", "Q", "H")  # level L, 7 %, does not outlive a season in a store room

_RUN: Final = re.compile(b"\x01+")
_DARK_IS_ONE: Final = bytes(1 if value == 0 else 0 for value in range(256))


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A QR symbol: a row of bytes each, 1 where a module is dark, without its quiet zone."""

    version: int
    modules: tuple[bytes, ...]

    @property
    def width_modules(self) -> int:
        """Modules of a side, quiet zone not counted."""
        return len(self.modules)

    @property
    def full_width_modules(self) -> int:
        """Modules of a side with the quiet zone on both sides."""
        return self.width_modules + 2 * QUIET_ZONE_MODULES

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """Dark runs of modules: column, row, and how many."""
        for y, row in enumerate(self.modules):
            for run in _RUN.finditer(row):
                yield run.start(), y, run.end() - run.start()


def make_symbol(text: str, *, level: str = LEVEL) -> Symbol:
    """Return the smallest symbol that holds `text`.

    Raises LabelError: `label_empty`, `label_level_too_low`, `label_symbol_too_dense`.
    """
    if not text:
        raise LabelError("label_empty", "a symbol needs a text")
    if level not in LEVELS:
        raise LabelError("label_level_too_low", f"level {level!r} is none of {', '.join(LEVELS)}")
    if len(text) > TEXT_LENGTH_MAX:
        raise LabelError("label_symbol_too_dense", f"{len(text)} characters are no link")
    written = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    image = written.to_image(scale=1, add_quiet_zones=False)
    side = int(image.shape[0])
    version = (side - 17) // 4
    if version > VERSION_MAX:
        raise LabelError(
            "label_symbol_too_dense",
            f"{len(text)} characters need version {version}, not {VERSION_MAX} at most",
        )
    # An image is a buffer of grey values, which its stubs do not say.
    dark = bytes(cast("bytes", image)).translate(_DARK_IS_ONE)
    rows = tuple(dark[start : start + side] for start in range(0, side * side, side))
    return Symbol(version=version, modules=rows)
