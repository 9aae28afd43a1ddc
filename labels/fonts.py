"""The one font of every label: Noto Sans SC (SIL OFL), from the package pylopdf-fonts-zh-cn."""

from functools import lru_cache
from importlib.resources import as_file, files
from typing import Final

from PIL import ImageFont

from labels.errors import LabelError

FONT_FAMILY: Final = "Noto Sans SC"
_BLANK: Final = "\uffff"  # a noncharacter: every font draws its missing-glyph box for it


@lru_cache(maxsize=64)
def font(size_px: int) -> ImageFont.FreeTypeFont:
    """Return the font at a size in pixels of its em square."""
    with as_file(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf") as path:
        return ImageFont.truetype(path, size_px)


def width_px(text: str, size_px: int) -> float:
    """Return how wide a line is drawn."""
    return font(size_px).getlength(text)


def require_glyphs(text: str) -> None:
    """Raise LabelError `label_missing_glyph` for signs that would be printed as empty boxes."""
    missing = sorted({sign for sign in text if not sign.isspace() and not _has_glyph(sign)})
    if missing:
        raise LabelError("label_missing_glyph", f"the font has no {' '.join(missing)}")


@lru_cache(maxsize=4096)
def _has_glyph(sign: str) -> bool:
    drawn = font(32).getmask(sign)
    box = font(32).getmask(_BLANK)
    return sign.isprintable() and (drawn.size != box.size or bytes(drawn) != bytes(box))
