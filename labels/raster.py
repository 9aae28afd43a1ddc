"""A label as a picture of whole pixels: what PNG, ZPL and TSPL have in common."""

from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

from labels.fonts import font
from labels.layout import Ground, Label, Layout, lay_out
from labels.text import STROKE_SHARE, Line

MM_PER_INCH: Final = 25.4

_BLACK: Final = 0
_WHITE: Final = 255
_INK_BELOW: Final = 144  # greys below become dots: thin strokes of small Chinese signs stay whole
_INK: Final = [_BLACK if grey < _INK_BELOW else _WHITE for grey in range(256)]
_MODULE_GREY: Final = bytes([_WHITE, _BLACK]) + bytes(254)  # of a module's 0 and 1


def draw_label(label: Label, *, dpi: int, size_mm: tuple[float, float]) -> Image.Image:
    """Return the label in shades of grey, mode L. Raises LabelError."""
    pixel_mm = MM_PER_INCH / dpi
    return draw_layout(lay_out(label, size_mm=size_mm, pixel_mm=pixel_mm), pixel_mm)


def draw_layout(layout: Layout, pixel_mm: float) -> Image.Image:
    """Return a label that was laid out for these pixels, in shades of grey, mode L."""
    *shared, own = layout.code_lines or (None,)
    image = _begun(layout.ground, tuple(shared), layout.size_mm, pixel_mm).copy()
    if own is not None:
        _draw_line(ImageDraw.Draw(image), own, pixel_mm)
    _paste_symbol(image, layout, pixel_mm)
    return image


def dots(image: Image.Image) -> Image.Image:
    """Return a grey picture in black and white, mode 1, as a thermal head prints it."""
    return image.point(_INK, "1")


@lru_cache(maxsize=8)
def _begun(
    ground: Ground, lines: tuple[Line, ...], size_mm: tuple[float, float], pixel_mm: float
) -> Image.Image:
    """The ground with the code's lines but its last: those name the lot, the last the pack."""
    image = _ground(ground, size_mm, pixel_mm).copy()
    draw = ImageDraw.Draw(image)
    for line in lines:
        _draw_line(draw, line, pixel_mm)
    return image


@lru_cache(maxsize=8)
def _ground(ground: Ground, size_mm: tuple[float, float], pixel_mm: float) -> Image.Image:
    """What a batch has in common, drawn once; never drawn upon, only copied."""
    width, height = (round(side / pixel_mm) for side in size_mm)
    image = Image.new("L", (width, height), _WHITE)
    draw = ImageDraw.Draw(image)
    for box in ground.boxes:
        left, top = round(box.x_mm / pixel_mm), round(box.y_mm / pixel_mm)
        right = left + max(1, round(box.width_mm / pixel_mm)) - 1
        bottom = top + max(1, round(box.height_mm / pixel_mm)) - 1
        draw.rectangle((left, top, right, bottom), fill=_BLACK)
    for line in ground.lines:
        _draw_line(draw, line, pixel_mm)
    return image


def _paste_symbol(image: Image.Image, layout: Layout, pixel_mm: float) -> None:
    side = layout.symbol.width_modules
    modules = b"".join(layout.symbol.modules).translate(_MODULE_GREY)
    scaled = side * round(layout.module_mm / pixel_mm)
    symbol = Image.frombytes("L", (side, side), modules).resize(
        (scaled, scaled), Image.Resampling.NEAREST
    )
    place = (round(layout.symbol_x_mm / pixel_mm), round(layout.symbol_y_mm / pixel_mm))
    image.paste(symbol, place)


def _draw_line(draw: ImageDraw.ImageDraw, line: Line, pixel_mm: float) -> None:
    size = max(1, int(line.em_mm / pixel_mm))  # never rounded up past its room
    draw.text(
        (line.x_mm / pixel_mm, line.baseline_mm / pixel_mm),
        line.text,
        font=font(size),
        fill=_WHITE if line.reversed else _BLACK,
        anchor="ls",
        stroke_width=size * STROKE_SHARE if line.bold else 0,
    )
