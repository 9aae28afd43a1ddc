"""Single labels: PNG for any printer, SVG for a press."""

from html import escape
from io import BytesIO
from typing import Final

from labels.fonts import FONT_FAMILY
from labels.layout import Box, Label, lay_out
from labels.raster import draw_label
from labels.symbol import Symbol
from labels.text import STROKE_SHARE, Line

__all__ = ["Label", "render_png", "render_svg"]

SIZE_MM: Final = (60.0, 40.0)  # the roll that most desk printers are sold with
DPI: Final = 300


def render_png(label: Label, *, dpi: int = DPI, size_mm: tuple[float, float] = SIZE_MM) -> bytes:
    """Return the label as a greyscale PNG that says its own resolution. Raises LabelError."""
    written = BytesIO()
    image = draw_label(label, dpi=dpi, size_mm=size_mm)
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
        f'd="{_path(layout.symbol)}"/>'
    )
    parts = [
        head,
        f"<title>{escape(label.title)}</title>",
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
        *(_box(box) for box in layout.ground.boxes),
        symbol,
        *(_line(line) for line in (*layout.ground.lines, *layout.code_lines)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _path(symbol: Symbol) -> str:
    """The dark modules in units of a module, a run of a row at a time."""
    return "".join(f"M{x} {y}h{run}v1h-{run}z" for x, y, run in symbol.runs())


def _box(box: Box) -> str:
    return (
        f'<rect x="{box.x_mm:.3f}" y="{box.y_mm:.3f}" '
        f'width="{box.width_mm:.3f}" height="{box.height_mm:.3f}"/>'
    )


def _line(line: Line) -> str:
    ink = ' fill="#fff"' if line.reversed else ""
    if line.bold:
        ink += f' stroke="#000" stroke-width="{2 * STROKE_SHARE * line.em_mm:.3f}"'
    return (
        f'<text x="{line.x_mm:.3f}" y="{line.baseline_mm:.3f}" font-size="{line.em_mm:.2f}" '
        f'textLength="{line.width_mm:.3f}" lengthAdjust="spacingAndGlyphs"{ink}>'
        f"{escape(line.text)}</text>"
    )
