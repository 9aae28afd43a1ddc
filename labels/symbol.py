"""QR symbols: ISO/IEC 18004, level Q, version 6 at most, alphanumeric wherever the text allows."""

import re
from dataclasses import dataclass
from typing import Final

import qrcode  # type: ignore[import-untyped]  # the package ships no types

from labels.errors import LabelError

VERSION_MAX: Final = 6  # 41 modules: beyond, a module on a 30 mm label is under 0.35 mm
QUIET_ZONE_MODULES: Final = 4  # ISO/IEC 18004 section 6.3.8
TEXT_LENGTH_MAX: Final = 400  # more than any symbol of level Q that is allowed here holds
MODULE_MM_MIN: Final = 0.35  # what a worn phone camera still resolves at a hand's length

_ALPHANUMERIC: Final = re.compile(r"[0-9A-Z $%*+\-./:]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A QR symbol: rows of modules, True where dark, without its quiet zone."""

    version: int
    modules: tuple[tuple[bool, ...], ...]

    @property
    def width_modules(self) -> int:
        """Modules of a side, quiet zone not counted."""
        return len(self.modules)

    @property
    def full_width_modules(self) -> int:
        """Modules of a side with the quiet zone on both sides."""
        return self.width_modules + 2 * QUIET_ZONE_MODULES

    def svg_path(self) -> str:
        """The dark modules as one path in units of a module, a run of a row at a time."""
        parts: list[str] = []
        for y, row in enumerate(self.modules):
            x = 0
            while x < len(row):
                run = x
                while run < len(row) and row[run]:
                    run += 1
                if run > x:
                    parts.append(f"M{x} {y}h{run - x}v1h{x - run}z")
                x = run + 1
        return "".join(parts)


def make_symbol(text: str) -> Symbol:
    """Return the smallest symbol of level Q that holds `text`.

    Raises LabelError: `label_empty`, `label_symbol_too_dense`.
    """
    if not text:
        raise LabelError("label_empty", "a symbol needs a text")
    if len(text) > TEXT_LENGTH_MAX:
        raise LabelError("label_symbol_too_dense", f"{len(text)} characters are no link")
    alphanumeric = _ALPHANUMERIC.fullmatch(text) is not None
    mode = qrcode.util.MODE_ALPHA_NUM if alphanumeric else qrcode.util.MODE_8BIT_BYTE
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=0)
    code.add_data(qrcode.util.QRData(text.encode(), mode=mode), optimize=0)
    code.make(fit=True)
    if code.version > VERSION_MAX:
        raise LabelError(
            "label_symbol_too_dense",
            f"{len(text)} characters need version {code.version}, not {VERSION_MAX} at most",
        )
    rows = tuple(tuple(bool(module) for module in row) for row in code.modules)
    return Symbol(version=code.version, modules=rows)
