"""Sheets: every cell decodes, stands where its stock says, and a long batch stays small."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from labels.errors import LabelError
from labels.layout import Label
from labels.sheets import RULER_MM, write_pdf, write_test_page
from labels.stocks import SHIFT_MM_MAX, STOCKS, Stock
from tests.labels.batch import FIELDS, LONGEST_TITLE, UNIT_URL, batch, label, longest, read

SHEETS = [stock for stock in STOCKS.values() if not stock.is_roll]
ROLLS = [stock for stock in STOCKS.values() if stock.is_roll]
DPI = 203

MEMORY_OF_A_BATCH = """
from io import BytesIO
from labels.sheets import write_pdf
from labels.stocks import STOCKS
from tests.labels.batch import batch
written = BytesIO()
assert write_pdf(batch(1000), written, stock=STOCKS["a4-3x8"]) == 1000
with open("/proc/self/status") as status:  # ru_maxrss would count the parent's memory too
    peak = next(line for line in status if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""


def printed(labels: list[Label], *, stock: Stock, **said: object) -> list[Image.Image]:
    """Sheets as an office printer of 203 dots to the inch lays them down."""
    file = BytesIO()
    assert write_pdf(iter(labels), file, stock=stock, **said) == len(labels)  # type: ignore[arg-type]  # a test says what it changes
    return drawn(file.getvalue())


def drawn(pdf: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=DPI / 72).to_pil().convert("L") for page in document]
    finally:
        document.close()


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def cell_of(sheet: Image.Image, stock: Stock, cell: int) -> Image.Image:
    x, y = stock.cell_corner_mm(cell)
    box = (x, y, x + stock.cell_mm[0], y + stock.cell_mm[1])
    left, top, right, bottom = (round(mm / 25.4 * DPI) for mm in box)
    return sheet.crop((left, top, right, bottom))


def ink_box_mm(sheet: Image.Image) -> tuple[float, ...]:
    """Left, top, right and bottom of everything that is dark."""
    box = sheet.point(lambda grey: 255 if grey < 128 else 0).getbbox()
    assert box is not None
    return tuple(edge / DPI * 25.4 for edge in box)


def refused(stock: Stock, labels: list[Label], **said: object) -> str:
    file = BytesIO()
    with pytest.raises(LabelError) as refusal:
        write_pdf(iter(labels), file, stock=stock, **said)  # type: ignore[arg-type]  # as above
    assert file.getvalue() == b""
    return refusal.value.code


@pytest.mark.parametrize("stock", SHEETS, ids=lambda stock: stock.name)
def test_every_cell_of_a_sheet_with_the_longest_names_decodes_its_own_code(stock: Stock) -> None:
    labels = list(batch(stock.cells))
    (sheet,) = printed(labels, stock=stock)
    found = [read(cell_of(sheet, stock, cell + 1)) for cell in range(stock.cells)]
    assert found == [[one.url] for one in labels]
    assert sorted(read(sheet)) == sorted(one.url for one in labels)


def test_a_sheet_of_twenty_four_decodes_twenty_four_distinct_codes() -> None:
    (sheet,) = printed(list(batch(24)), stock=STOCKS["a4-3x8"])
    assert len(set(read(sheet))) == 24


@pytest.mark.parametrize("stock", ROLLS, ids=lambda stock: stock.name)
def test_a_roll_as_pdf_is_a_page_for_each_label(stock: Stock) -> None:
    labels = list(batch(3, fields=FIELDS, title="怀牛膝"))
    pages = printed(labels, stock=stock)
    assert [read(page) for page in pages] == [[one.url] for one in labels]


def test_printing_begins_at_the_start_cell_and_goes_on_at_the_first_of_the_next_sheet() -> None:
    stock = STOCKS["a4-3x8"]
    labels = list(batch(5))
    first, second = printed(labels, stock=stock, start_cell=22)
    assert [read(cell_of(first, stock, cell)) for cell in (22, 23, 24)] == [
        [one.url] for one in labels[:3]
    ]
    assert [read(cell_of(second, stock, cell)) for cell in (1, 2)] == [
        [one.url] for one in labels[3:]
    ]
    assert len(read(first)) == 3
    assert ink_box_mm(first)[1] > stock.cell_corner_mm(22)[1]
    assert len(read(second)) == 2


def test_calibration_moves_everything_by_as_many_millimetres() -> None:
    stock = STOCKS["a4-3x8"]
    (straight,) = printed([label()], stock=stock)
    (shifted,) = printed([label()], stock=stock, shift_mm=(2.0, -1.5))
    moved = [new - old for old, new in zip(ink_box_mm(straight), ink_box_mm(shifted), strict=True)]
    assert moved == pytest.approx([2.0, -1.5, 2.0, -1.5], abs=0.15)


@pytest.mark.parametrize("stock", SHEETS, ids=lambda stock: stock.name)
def test_cells_lie_on_the_paper_and_ink_stays_off_its_edges(stock: Stock) -> None:
    x, y = stock.cell_corner_mm(stock.cells)
    assert x + stock.cell_mm[0] <= stock.page_mm[0] + 1e-9
    assert y + stock.cell_mm[1] <= stock.page_mm[1] + 1e-9
    (sheet,) = printed(list(batch(stock.cells)), stock=stock)
    left, top, right, bottom = ink_box_mm(sheet)
    assert min(left, top, 210 - right, 297 - bottom) > 4.2


def test_the_test_page_has_rulers_of_a_hundred_millimetres_and_every_cell() -> None:
    file = BytesIO()
    write_test_page(file, stock=STOCKS["a4-2x4"], shift_mm=(0.5, 0))
    (page,) = drawn(file.getvalue())
    # The ruler across stands 5 mm below the panel's edge: its long ticks are at 0 and 100 mm.
    y = round(((297 - 120) / 2 + 5 + 3.5) / 25.4 * DPI)
    dark = [x for x in range(page.width) if page.getpixel((x, y)) < 160]  # type: ignore[operator]  # a grey picture
    inside = [x for x in dark if 52 < x / DPI * 25.4 < 158]
    assert (inside[-1] - inside[0]) / DPI * 25.4 == pytest.approx(RULER_MM, abs=0.3)
    said = text_of(file.getvalue())
    assert "a4-2x4" in said
    assert "向右 0.5 毫米" in said
    assert {"1", "8", "100"} <= set(said.split())


def test_text_on_a_sheet_is_text_in_an_embedded_font_and_the_demonstration_says_so() -> None:
    file = BytesIO()
    write_pdf(batch(1), file, stock=STOCKS["a4-3x8"])
    said = text_of(file.getvalue())
    for text in (LONGEST_TITLE, "演示数据", "河南省焦作市温县祥云镇", UNIT_URL[-32:-27]):
        assert text in said
    assert b"/FontFile3" in file.getvalue()
    assert len(file.getvalue()) < 100_000  # the whole font is 8 MB


def test_the_same_labels_make_the_same_bytes() -> None:
    first, second = BytesIO(), BytesIO()
    write_pdf(batch(3), first, stock=STOCKS["a4-3x7"])
    write_pdf(batch(3), second, stock=STOCKS["a4-3x7"])
    assert first.getvalue() == second.getvalue()


def test_a_sheet_that_would_not_read_is_refused_and_nothing_is_written() -> None:
    stock = STOCKS["a4-3x8"]
    assert refused(stock, []) == "label_empty"
    assert refused(stock, [label()], start_cell=25) == "label_no_such_cell"
    assert refused(stock, [label()], start_cell=0) == "label_no_such_cell"
    assert refused(stock, [label()], shift_mm=(0, SHIFT_MM_MAX + 0.1)) == "label_shift_too_far"
    assert refused(stock, [label()], shift_mm=(float("nan"), 0)) == "label_shift_too_far"
    assert refused(stock, [label(), label(title="怀" * 60)]) == "label_text_too_long"
    assert refused(stock, [longest(title="怀" * 60)]) == "label_text_too_long"
    assert refused(STOCKS["roll-40x30"], [longest()]) == "label_text_too_long"
    assert refused(stock, [label(level="L")]) == "label_level_too_low"
    with pytest.raises(LabelError) as refusal:
        write_test_page(BytesIO(), stock=STOCKS["roll-60x40"])
    assert refusal.value.code == "label_wrong_stock"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is Linux's to say")
def test_a_thousand_labels_stay_under_a_hundred_and_sixty_mebibytes() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", MEMORY_OF_A_BATCH], capture_output=True, check=True, text=True
    )
    assert int(ran.stdout) < 160
