"""A PDF of vectors in millimetres (ISO 32000-1): Noto Sans SC as a subset, text that can be copied.

Coordinates run from a label's lower left corner upwards, as PDF counts them.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import BinaryIO, Final, Self

from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.prefs import ViewerPreferences

from labels.fonts import font_path
from labels.layout import Box, Ground, Layout
from labels.text import STROKE_SHARE, Line

POINTS_PER_MM: Final = 72 / 25.4
# A PDF must say when it was made; the same labels make the same bytes, so that is always this.
MADE_AT: Final = datetime(2000, 1, 1, tzinfo=UTC)

_FAMILY: Final = "sans"
_LINES_KEPT: Final = 2048
_HAIRLINE_MM: Final = 0.1


class Pages(FPDF):
    """Pages on which labels are drawn at a place; `save` writes them all. Close when done.

    Text of a batch is encoded once: fpdf2's own calls for a line cost more than a whole label.
    """

    def __init__(self, page_mm: tuple[float, float], *, title: str) -> None:
        super().__init__(unit="mm", format=page_mm)
        self.set_auto_page_break(auto=False)
        self.set_creation_date(MADE_AT)
        self.set_title(title)
        self.set_lang("zh-CN")
        # A viewer that "fits to page" shrinks labels off their cells.
        self.viewer_preferences = ViewerPreferences(print_scaling="None")
        with font_path() as path:
            self.add_font(_FAMILY, fname=path)
        self.set_font(_FAMILY)
        self._line = lru_cache(maxsize=_LINES_KEPT)(self._line_anew)
        self._ground = lru_cache(maxsize=8)(self._ground_anew)

    def begin_page(self) -> None:
        """Begin another page; what follows is in millimetres."""
        self.add_page()
        assert isinstance(self.current_font, TTFFont)  # the only font there is
        self._out(self._set_font_for_page(self.current_font, 1.0))
        self._out(f"{POINTS_PER_MM:.6f} 0 0 {POINTS_PER_MM:.6f} 0 0 cm")

    def draw_label(self, layout: Layout, *, corner_mm: tuple[float, float]) -> None:
        """Draw a label whose upper left corner stands at `corner_mm` from the page's."""
        height = layout.size_mm[1]
        parts = [
            f"q 1 0 0 1 {corner_mm[0]:.3f} {self.h - corner_mm[1] - height:.3f} cm",
            self._ground(layout.ground, height),
            *(self._line_anew(line, height) for line in layout.code_lines),
            _symbol(layout),
            "Q",
        ]
        self._out("\n".join(parts))

    def draw_line(self, line: Line) -> None:
        """Draw a line of text measured from the page's corner."""
        self._out(self._line(line, self.h))

    def draw_box(self, box: Box) -> None:
        """Fill a rectangle measured from the page's corner."""
        self._out(_box(box, self.h))

    def draw_frame(self, box: Box, *, blank: bool = False) -> None:
        """Outline a rectangle measured from the page's corner; `blank` hides what is below it."""
        bottom = self.h - box.y_mm - box.height_mm
        place = f"{box.x_mm:.3f} {bottom:.3f} {box.width_mm:.3f} {box.height_mm:.3f}"
        self._out(f"q 1 g {_HAIRLINE_MM} w {place} re {'B' if blank else 'S'} Q")

    def save(self, file: BinaryIO) -> None:
        """Write the document; nothing can be drawn afterwards."""
        self.output(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # fpdf2 leaves the font's file open, for glyphs that are still to come.
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def _ground_anew(self, ground: Ground, height_mm: float) -> str:
        boxes = (_box(box, height_mm) for box in ground.boxes)
        return "\n".join((*boxes, *(self._line(line, height_mm) for line in ground.lines)))

    def _line_anew(self, line: Line, height_mm: float) -> str:
        font = self.current_font
        assert isinstance(font, TTFFont)  # the only font there is
        place = f"{line.x_mm:.3f} {height_mm - line.baseline_mm:.3f}"
        signs = font.encode_text(line.text)
        drawn = f"BT /F{font.i} {line.em_mm:.3f} Tf {place} Td {signs} ET"
        if line.reversed:
            return f"q 1 g {drawn} Q"
        if line.bold:
            return f"q 2 Tr {2 * STROKE_SHARE * line.em_mm:.3f} w 1 j {drawn} Q"
        return drawn


def _box(box: Box, height_mm: float) -> str:
    bottom = height_mm - box.y_mm - box.height_mm
    return f"{box.x_mm:.3f} {bottom:.3f} {box.width_mm:.3f} {box.height_mm:.3f} re f"


def _symbol(layout: Layout) -> str:
    """The dark modules as one path, filled at once: then no hairline shows between two rows."""
    path = " ".join(f"{x} {y} {run} 1 re" for x, y, run in layout.symbol.runs())
    module = layout.module_mm
    top = layout.size_mm[1] - layout.symbol_y_mm
    return f"q {module:.5f} 0 0 {-module:.5f} {layout.symbol_x_mm:.3f} {top:.3f} cm {path} f Q"
