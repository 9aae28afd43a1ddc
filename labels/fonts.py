"""The one font of every label: Noto Sans SC (SIL OFL), from the package pylopdf-fonts-zh-cn."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from PIL import ImageFont

from labels.errors import LabelError

FONT_FAMILY: Final = "Noto Sans SC"
_BLANK: Final = "\uffff"  # a noncharacter: every font draws its missing-glyph box for it
_EM_PX: Final = 200  # measured large, so that hinting does not matter


@contextmanager
def font_path() -> Iterator[Path]:
    """The font as a file, for as long as the context lasts."""
    with as_file(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf") as path:
        yield path


@lru_cache(maxsize=64)
def font(size_px: int) -> ImageFont.FreeTypeFont:
    """Return the font at a size in pixels of its em square."""
    with font_path() as path:
        return ImageFont.truetype(path, size_px)


@lru_cache(maxsize=8192)
def advance_em(sign: str) -> float:
    """Return how far a sign moves the pen, in ems."""
    return font(_EM_PX).getlength(sign) / _EM_PX


@lru_cache(maxsize=8192)
def require_glyphs(text: str) -> None:
    """Raise LabelError `label_missing_glyph` for signs that would be printed as empty boxes."""
    missing = sorted({sign for sign in text if not sign.isspace() and not _has_glyph(sign)})
    if missing:
        raise LabelError("label_missing_glyph", f"the font has no {' '.join(missing)}")


@lru_cache(maxsize=8192)
def _has_glyph(sign: str) -> bool:
    drawn = font(32).getmask(sign)
    box = font(32).getmask(_BLANK)
    return sign.isprintable() and (drawn.size != box.size or bytes(drawn) != bytes(box))
