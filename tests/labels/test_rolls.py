"""Roll printers: an independent ZPL printer and a reader of TSPL bitmaps give the label back."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
import zplkit
from PIL import Image
from zplkit.rendering import Limits

from labels.errors import LabelError
from labels.raster import dots, draw_label
from labels.rolls import DPI, write_tspl, write_zpl
from labels.stocks import STOCKS, Stock
from tests.labels.batch import FIELDS, batch, label, longest, read

ROLLS = [stock for stock in STOCKS.values() if stock.is_roll]
BITMAP = re.compile(rb"CLS\r\nBITMAP 0,0,(\d+),(\d+),0,")
LIMITS = Limits(graphic_bytes=1 << 20, field_bytes=1 << 20)  # a label is one large graphic
PRINT = b"\r\nPRINT 1,1\r\n"


def zpl_printed(written: bytes, dpi: int) -> Iterator[Image.Image]:
    """What another program prints from ZPL; it must understand every command."""
    options = zplkit.Options(profile="specification", dpi=dpi)
    document = zplkit.render(written, options, limits=LIMITS)
    assert not document.warnings
    for scene in document.labels:
        raster = scene.rasterize()
        yield Image.frombytes("L", (raster.width, raster.height), raster.pixels)


def tspl_printed(written: bytes) -> Iterator[Image.Image]:
    """What a TSPL printer burns: BITMAP in mode 0, where a bit of 0 is a dark dot."""
    at = written.index(b"CLS")
    while at < len(written):
        head = BITMAP.match(written, at)
        assert head is not None
        wide, high = int(head[1]), int(head[2])
        end = head.end() + wide * high
        assert written[end : end + len(PRINT)] == PRINT
        yield Image.frombytes("1", (wide * 8, high), written[head.end() : end]).convert("L")
        at = end + len(PRINT)


def same(printed: Image.Image, meant: Image.Image) -> bool:
    width, height = meant.size
    return printed.crop((0, 0, width, height)).tobytes() == meant.convert("L").tobytes()


@pytest.mark.parametrize("dpi", DPI)
@pytest.mark.parametrize("stock", ROLLS, ids=lambda stock: stock.name)
def test_every_label_of_a_roll_decodes_in_zpl_and_tspl(stock: Stock, dpi: int) -> None:
    labels = list(batch(3, fields=FIELDS, title="怀牛膝"))
    zpl, tspl = BytesIO(), BytesIO()
    assert write_zpl(iter(labels), zpl, stock=stock, dpi=dpi) == 3
    assert write_tspl(iter(labels), tspl, stock=stock, dpi=dpi) == 3
    urls = [[one.url] for one in labels]
    assert [read(image) for image in zpl_printed(zpl.getvalue(), dpi)] == urls
    assert [read(image) for image in tspl_printed(tspl.getvalue())] == urls


@pytest.mark.parametrize("dpi", DPI)
def test_the_longest_names_are_printed_dot_for_dot_as_they_were_drawn(dpi: int) -> None:
    stock = STOCKS["roll-60x40"]
    meant = dots(draw_label(longest(), dpi=dpi, size_mm=stock.label_mm))
    zpl, tspl = BytesIO(), BytesIO()
    write_zpl([longest()], zpl, stock=stock, dpi=dpi)
    write_tspl([longest()], tspl, stock=stock, dpi=dpi)
    (from_zpl,) = zpl_printed(zpl.getvalue(), dpi)
    (from_tspl,) = tspl_printed(tspl.getvalue())
    assert same(from_zpl, meant)
    assert same(from_tspl, meant)
    # Bits behind the row's end stay paper: a dark one would print a line along the edge.
    beyond = from_tspl.crop((meant.width, 0, from_tspl.width, from_tspl.height))
    assert set(beyond.tobytes()) <= {255}


def test_zpl_is_printable_ascii_a_format_for_each_label_and_shorter_than_its_dots() -> None:
    file = BytesIO()
    write_zpl(batch(2), file, stock=STOCKS["roll-60x40"])
    written = file.getvalue()
    assert set(written) <= {0x0A, *range(0x20, 0x7F)}
    assert written.count(b"^XA") == written.count(b"^XZ") == 2
    assert b"^PW480^LL320" in written
    assert len(written) < 2 * 480 * 320 / 4 / 2


def test_tspl_says_the_size_of_its_labels_once() -> None:
    file = BytesIO()
    write_tspl(batch(2), file, stock=STOCKS["roll-60x40"])
    assert file.getvalue().startswith(b"SIZE 60 mm,40 mm\r\nGAP 2 mm,0 mm\r\n")
    assert file.getvalue().count(b"SIZE") == 1


@pytest.mark.parametrize("write", [write_zpl, write_tspl])
def test_what_a_roll_printer_cannot_print_is_refused(write: type[object]) -> None:
    def refused(*labels: object, stock: str = "roll-60x40") -> str:
        with pytest.raises(LabelError) as refusal:
            write(iter(labels), BytesIO(), stock=STOCKS[stock])  # type: ignore[call-arg]  # either of the two
        return refusal.value.code

    assert refused(label(), stock="a4-3x8") == "label_wrong_stock"
    assert refused() == "label_empty"
    assert refused(label(title="怀" * 60)) == "label_text_too_long"
    assert refused(longest(), stock="roll-40x30") == "label_text_too_long"
    assert refused(label(level="L")) == "label_level_too_low"
