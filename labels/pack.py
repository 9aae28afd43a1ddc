"""Labels for packs: one laid-out label as PNG for any printer, or as SVG for a press."""

from html import escape
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

from labels.fonts import FONT_FAMILY, font
from labels.layout import Box, Label, Layout, Line, lay_out

__all__ = ["Label", "render_png", "render_svg"]

MM_PER_INCH: Final = 25.4
SIZE_MM: Final = (60.0, 40.0)  # the roll that most desk printers are sold with

_BLACK: Final = 0
_WHITE: Final = 255


def render_png(label: Label, *, dpi: int = 300, size_mm: tuple[float, float] = SIZE_MM) -> bytes:
    """Return the label as a greyscale PNG that says its own resolution. Raises LabelError."""
    pixel_mm = MM_PER_INCH / dpi
    layout = lay_out(label, size_mm=size_mm, pixel_mm=pixel_mm)
    width, height = (round(side / pixel_mm) for side in size_mm)
    image = Image.new("L", (width, height), _WHITE)
    draw = ImageDraw.Draw(image)
    for box in layout.boxes:
        left, top = round(box.x_mm / pixel_mm), round(box.y_mm / pixel_mm)
        right = left + max(1, round(box.width_mm / pixel_mm)) - 1
        bottom = top + max(1, round(box.height_mm / pixel_mm)) - 1
        draw.rectangle((left, top, right, bottom), fill=_BLACK)
    _draw_symbol(draw, layout, pixel_mm)
    for line in layout.lines:
        _draw_line(draw, line, pixel_mm)
    written = BytesIO()
    image.save(written, format="PNG", dpi=(dpi, dpi), optimize=True)
    return written.getvalue()


def render_svg(label: Label, *, size_mm: tuple[float, float] = SIZE_MM) -> str:
    """Return the label as SVG in millimetres: the symbol one path, text as text.

    Every line says its width, so that another font cannot make it overlap. Raises LabelError.
    """
    layout = lay_out(label, size_mm=size_mm)
    width, height = size_mm
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{FONT_FAMILY}, sans-serif">'
    )
    symbol = (
        f'<path transform="translate({layout.symbol_x_mm:.4f} {layout.symbol_y_mm:.4f}) '
        f'scale({layout.module_mm:.5f})" shape-rendering="crispEdges" '
        f'd="{layout.symbol.svg_path()}"/>'
    )
    parts = [
        head,
        f"<title>{escape(label.title)}</title>",
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
        *(_svg_box(box) for box in layout.boxes),
        symbol,
        *(_svg_line(line) for line in layout.lines),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _svg_box(box: Box) -> str:
    return (
        f'<rect x="{box.x_mm:.3f}" y="{box.y_mm:.3f}" '
        f'width="{box.width_mm:.3f}" height="{box.height_mm:.3f}"/>'
    )


def _svg_line(line: Line) -> str:
    ink = ' fill="#fff"' if line.reversed else ""
    return (
        f'<text x="{line.x_mm:.3f}" y="{line.baseline_mm:.3f}" font-size="{line.em_mm:.2f}" '
        f'textLength="{line.width_mm:.3f}" lengthAdjust="spacingAndGlyphs"{ink}>'
        f"{escape(line.text)}</text>"
    )


def _draw_symbol(draw: ImageDraw.ImageDraw, layout: Layout, pixel_mm: float) -> None:
    module = round(layout.module_mm / pixel_mm)
    left, top = round(layout.symbol_x_mm / pixel_mm), round(layout.symbol_y_mm / pixel_mm)
    for row, modules in enumerate(layout.symbol.modules):
        for place, dark in enumerate(modules):
            if dark:
                x, y = left + place * module, top + row * module
                draw.rectangle((x, y, x + module - 1, y + module - 1), fill=_BLACK)


def _draw_line(draw: ImageDraw.ImageDraw, line: Line, pixel_mm: float) -> None:
    size = max(1, int(line.em_mm / pixel_mm))  # never rounded up past its room
    place = (line.x_mm / pixel_mm, line.baseline_mm / pixel_mm)
    ink = _WHITE if line.reversed else _BLACK
    draw.text(place, line.text, font=font(size), fill=ink, anchor="ls")
