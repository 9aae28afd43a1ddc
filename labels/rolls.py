"""Labels for roll printers, as bitmaps: ZPL II's ^GFA and TSPL's BITMAP.

The whole label goes over as dots: a printer's own QR code differs from firmware to firmware, in
version, mask and quiet zone, and few printers hold Chinese signs. So what decodes here decodes
there, and every label stands alone: a roll may be changed in the middle of a batch.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import BinaryIO, Final

from PIL import Image

from labels.errors import LabelError
from labels.layout import Label
from labels.raster import dots, draw_label
from labels.stocks import Stock, require_roll

DPI: Final = (203, 300)  # what thermal heads have: 8 and 12 dots to the millimetre
GAP_MM: Final = 2.0  # between two labels of a roll, as nearly all are cut

_RUN: Final = re.compile(rb"0{3,}|F{3,}")  # others are rare, and shorter runs gain nothing
_FLIPPED: Final = bytes(255 - value for value in range(256))
_TWENTIES_MAX: Final = 20  # z, the greatest repeat count, stands for 400


def write_zpl(labels: Iterable[Label], file: BinaryIO, *, stock: Stock, dpi: int = DPI[0]) -> int:
    """Write labels one after another in ZPL II, printable ASCII; return how many.

    Raises LabelError: all of `lay_out`, `label_wrong_stock`, `label_empty`.
    """
    require_roll(stock)
    written = 0
    for label in labels:
        image = dots(draw_label(label, dpi=dpi, size_mm=stock.label_mm))
        file.write(_zpl(image))
        written += 1
    return _more_than_none(written)


def write_tspl(labels: Iterable[Label], file: BinaryIO, *, stock: Stock, dpi: int = DPI[0]) -> int:
    """Write labels one after another in TSPL, bitmaps in binary; return how many.

    Raises LabelError: all of `lay_out`, `label_wrong_stock`, `label_empty`.
    """
    require_roll(stock)
    written = 0
    width, height = stock.label_mm
    for label in labels:
        if written == 0:
            size = f"SIZE {width:g} mm,{height:g} mm\r\nGAP {GAP_MM:g} mm,0 mm\r\nDIRECTION 1\r\n"
            file.write(size.encode("ascii"))
        image = dots(draw_label(label, dpi=dpi, size_mm=stock.label_mm))
        file.write(_tspl(image))
        written += 1
    return _more_than_none(written)


def _more_than_none(written: int) -> int:
    if written == 0:
        raise LabelError("label_empty", "there is no label to print")
    return written


def _row_bytes(image: Image.Image) -> int:
    return (image.width + 7) // 8


def _ink(image: Image.Image) -> bytes:
    """Rows of dots, most significant bit first, 1 where ink goes, blank to the byte's end."""
    # A picture of mode 1 holds 1 for white, and 0 behind a row's end: so it is turned over first.
    return image.point(_FLIPPED, "1").tobytes()


def _zpl(image: Image.Image) -> bytes:
    ink = _ink(image)
    wide = _row_bytes(image)
    head = f"^XA^PW{image.width}^LL{image.height}^LH0,0^FO0,0^GFA,{len(ink)},{len(ink)},{wide},"
    return head.encode("ascii") + _compressed(ink, wide) + b"^FS^XZ\n"


def _compressed(ink: bytes, row_bytes: int) -> bytes:
    """Hexadecimal with repeat counts; `,` fills a row with blanks, `:` repeats the row above."""
    rows: list[bytes] = []
    above = b""
    for start in range(0, len(ink), row_bytes):
        row = ink[start : start + row_bytes]
        if row == above:
            rows.append(b":")
            continue
        above = row
        digits = row.hex().upper().encode("ascii")
        kept = digits.rstrip(b"0")
        rows.append(
            _RUN.sub(lambda run: _counted(run.group()), kept) + (b"," if kept != digits else b"")
        )
    return b"".join(rows)


@lru_cache(maxsize=1024)
def _counted(run: bytes) -> bytes:
    """A repeated digit as ZPL counts: G to Y are 1 to 19, g to z are 20 to 400."""
    left = len(run)
    written = b""
    while left:
        twenties = min(left // 20, _TWENTIES_MAX)
        ones = (left - 20 * twenties) % 20
        if twenties:
            written += bytes([ord("g") + twenties - 1])
        if ones:
            written += bytes([ord("G") + ones - 1])
        written += run[:1]
        left -= 20 * twenties + ones
    return written


def _tspl(image: Image.Image) -> bytes:
    # In TSPL a dot of 0 is burnt and 1 stays blank.
    paper = _ink(image).translate(_FLIPPED)
    head = f"CLS\r\nBITMAP 0,0,{_row_bytes(image)},{image.height},0,"
    return head.encode("ascii") + paper + b"\r\nPRINT 1,1\r\n"
