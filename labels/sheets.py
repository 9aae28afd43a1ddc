"""Sheets of labels as PDF: cell after cell from a start cell, and the page that tests a printer."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO, Final

from labels.errors import LabelError
from labels.layout import Box, Label, lay_out
from labels.stocks import Stock, require_shift
from labels.text import Line, width_mm

if TYPE_CHECKING:
    from labels.pages import Pages

RULER_MM: Final = 100
NO_SHIFT: Final = (0.0, 0.0)

_TICKS_MM: Final = {10: 4.0, 5: 3.0}  # length of the tick at every such millimetre
_TICK_MM: Final = 2.0
_TICK_WIDTH_MM: Final = 0.15
_NUMBER_EM_MM: Final = 2.6
_TEXT_EM_MM: Final = 3.6
_TITLE_EM_MM: Final = 5.0
_PANEL_MARGIN_MM: Final = 5.0
_RULERS_APART_MM: Final = 10.0  # else their first ticks cross


def write_pdf(
    labels: Iterable[Label],
    file: BinaryIO,
    *,
    stock: Stock,
    start_cell: int = 1,
    shift_mm: tuple[float, float] = NO_SHIFT,
) -> int:
    """Write labels on sheets, or on a page each for a roll; return how many were written.

    `shift_mm` moves everything to the right and down, as much as the test page was off.
    Raises LabelError: all of `lay_out`, `label_no_such_cell`, `label_shift_too_far`, `label_empty`.
    """
    require_shift(shift_mm)
    stock.cell_corner_mm(start_cell)
    written = 0
    cell = start_cell
    with _pages(stock, "标签") as pages:
        for label in labels:
            if written == 0 or cell > stock.cells:
                cell = cell if written == 0 else 1
                pages.begin_page()
            x, y = stock.cell_corner_mm(cell)
            corner = (x + stock.inset_mm[0] + shift_mm[0], y + stock.inset_mm[1] + shift_mm[1])
            pages.draw_label(lay_out(label, size_mm=stock.label_mm), corner_mm=corner)
            written += 1
            cell += 1
        if written == 0:
            raise LabelError("label_empty", "there is no label to print")
        pages.save(file)
    return written


def write_test_page(
    file: BinaryIO, *, stock: Stock, shift_mm: tuple[float, float] = NO_SHIFT
) -> None:
    """Write a page with the outline of every cell and rulers of 100 mm, for plain paper.

    Raises LabelError `label_shift_too_far`, `label_wrong_stock` for a roll.
    """
    require_shift(shift_mm)
    if stock.is_roll:
        raise LabelError("label_wrong_stock", f"{stock.name} is no sheet")
    with _pages(stock, "标签测试页") as pages:
        pages.begin_page()
        for cell in range(1, stock.cells + 1):
            x, y = stock.cell_corner_mm(cell)
            left, top = x + shift_mm[0], y + shift_mm[1]
            width, height = stock.cell_mm
            pages.draw_frame(Box(x_mm=left, y_mm=top, width_mm=width, height_mm=height))
            _write(pages, str(cell), (left + width - 10, top + height - 4), _TEXT_EM_MM)
        _draw_panel(pages, stock, shift_mm)
        pages.save(file)


def _pages(stock: Stock, title: str) -> "Pages":
    # Here and not above: fpdf brings all of fontTools, a fifth of what a server would import
    # before it answers, and most printers are for rolls.
    from labels.pages import Pages  # noqa: PLC0415 — as said

    return Pages(stock.page_mm, title=title)


def _draw_panel(pages: "Pages", stock: Stock, shift_mm: tuple[float, float]) -> None:
    """In the middle of the page: a ruler across, a ruler down, and what to do with them."""
    width = RULER_MM + 2 * _PANEL_MARGIN_MM
    height = width + _RULERS_APART_MM
    left, top = (stock.page_mm[0] - width) / 2, (stock.page_mm[1] - height) / 2
    pages.draw_frame(Box(x_mm=left, y_mm=top, width_mm=width, height_mm=height), blank=True)
    zero = (left + _PANEL_MARGIN_MM, top + _PANEL_MARGIN_MM)
    _draw_ruler(pages, zero, across=True)
    _draw_ruler(pages, (zero[0], zero[1] + _RULERS_APART_MM), across=False)
    for number, text in enumerate(_advice(stock, shift_mm)):
        em = _TITLE_EM_MM if number == 0 else _TEXT_EM_MM
        _write(pages, text, (zero[0] + 14, zero[1] + 25 + number * 8), em)


def _draw_ruler(pages: "Pages", zero_mm: tuple[float, float], *, across: bool) -> None:
    """A ruler of 100 mm from `zero_mm`, to the right or downwards: a tick at every millimetre."""
    x, y = zero_mm
    half = _TICK_WIDTH_MM / 2
    for at in range(RULER_MM + 1):
        length = next((long for step, long in _TICKS_MM.items() if at % step == 0), _TICK_MM)
        box = (
            Box(x_mm=x + at - half, y_mm=y, width_mm=_TICK_WIDTH_MM, height_mm=length)
            if across
            else Box(x_mm=x, y_mm=y + at - half, width_mm=length, height_mm=_TICK_WIDTH_MM)
        )
        pages.draw_box(box)
        if at and at % 10 == 0:
            place = (x + at - 1.5, y + 7.0) if across else (x + 5.0, y + at + 0.9)
            _write(pages, str(at), place, _NUMBER_EM_MM)


def _advice(stock: Stock, shift_mm: tuple[float, float]) -> tuple[str, ...]:
    return (
        f"标签纸测试页 {stock.name}",
        f"{stock.cell_mm[0]:g} × {stock.cell_mm[1]:g} 毫米，每张 {stock.cells} 格",
        "一、先用白纸打印：选“实际大小”或 100%，",
        "　　不要选“适合页面”。",
        f"二、用尺量：两把标尺都应是 {RULER_MM} 毫米。",
        "三、叠在标签纸上对着光看格线：",
        "　　线偏左几毫米，向右就加几；线偏上几毫米，",
        "　　向下就加几；偏右、偏下则减。",
        f"现在：向右 {shift_mm[0]:g} 毫米，向下 {shift_mm[1]:g} 毫米。",
    )


def _write(pages: "Pages", text: str, place_mm: tuple[float, float], em_mm: float) -> None:
    x, baseline = place_mm
    wide = width_mm(text, em_mm)
    pages.draw_line(
        Line(
            text=text,
            x_mm=x,
            baseline_mm=baseline,
            em_mm=em_mm,
            width_mm=wide,
            bold=em_mm == _TITLE_EM_MM,
        )
    )
