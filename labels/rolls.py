"""Labels for roll printers, as bitmaps: ZPL II's ^GFA and TSPL's BITMAP.

The whole label goes over as dots: a printer's own QR code differs from firmware to firmware, in
version, mask and quiet zone, and few printers hold Chinese signs. So what decodes here decodes
there, and every label stands alone: a roll may be changed in the middle of a batch.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from math import ceil
from typing import BinaryIO, Final

from PIL import Image

from labels.errors import LabelError
from labels.layout import Label, lay_out
from labels.raster import MM_PER_INCH, dots, draw_layout
from labels.stocks import Stock, require_roll

DPI: Final = (203, 300)  # what thermal heads have: 8 and 12 dots to the millimetre
GAP_MM: Final = 2.0  # between two labels of a roll, as nearly all are cut

_RUN: Final = re.compile(rb"0{3,}|F{3,}")  # others are rare, and shorter runs gain nothing
_PIECES_KEPT: Final = 4096  # more than three times the rows of the largest label
_FLIPPED: Final = bytes(255 - value for value in range(256))
_DIGIT_DOTS: Final = 4
_TWENTIES_MAX: Final = 20  # z, the greatest repeat count, stands for 400


def write_zpl(labels: Iterable[Label], file: BinaryIO, *, stock: Stock, dpi: int = DPI[0]) -> int:
    """Write labels one after another in ZPL II, printable ASCII; return how many.

    Raises LabelError: all of `lay_out`, `label_wrong_stock`, `label_empty`.
    """
    require_roll(stock)
    pixel_mm = MM_PER_INCH / dpi
    written = 0
    for label in labels:
        layout = lay_out(label, size_mm=stock.label_mm, pixel_mm=pixel_mm)
        own_digits = ceil(layout.own_mm / pixel_mm / _DIGIT_DOTS)
        file.write(_zpl(dots(draw_layout(layout, pixel_mm)), own_digits))
        written += 1
    return _more_than_none(written)


def write_tspl(labels: Iterable[Label], file: BinaryIO, *, stock: Stock, dpi: int = DPI[0]) -> int:
    """Write labels one after another in TSPL, bitmaps in binary; return how many.

    Raises LabelError: all of `lay_out`, `label_wrong_stock`, `label_empty`.
    """
    require_roll(stock)
    pixel_mm = MM_PER_INCH / dpi
    written = 0
    width, height = stock.label_mm
    for label in labels:
        if written == 0:
            size = f"SIZE {width:g} mm,{height:g} mm\r\nGAP {GAP_MM:g} mm,0 mm\r\nDIRECTION 1\r\n"
            file.write(size.encode("ascii"))
        layout = lay_out(label, size_mm=stock.label_mm, pixel_mm=pixel_mm)
        image = dots(draw_layout(layout, pixel_mm))
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
    return image.tobytes("raw", "1;I")


def _zpl(image: Image.Image, own_digits: int) -> bytes:
    ink = _ink(image)
    wide = _row_bytes(image)
    head = f"^XA^PW{image.width}^LL{image.height}^LH0,0^FO0,0^GFA,{len(ink)},{len(ink)},{wide},"
    return head.encode("ascii") + _compressed(ink, wide, own_digits) + b"^FS^XZ\n"


def _compressed(ink: bytes, row_bytes: int, own_digits: int) -> bytes:
    """Hexadecimal with repeat counts; `,` fills a row with blanks, `:` repeats the row above."""
    digits = ink.hex().upper().encode("ascii")
    rows: list[bytes] = []
    above = b""
    for start in range(0, len(digits), 2 * row_bytes):
        row = digits[start : start + 2 * row_bytes]
        rows.append(b":" if row == above else _row(row, own_digits))
        above = row
    return b"".join(rows)


def _row(row: bytes, own_digits: int) -> bytes:
    """A row in two pieces: the right one, of the ground, is the same on every label of a batch."""
    kept = row.rstrip(b"0")
    end = b"," if len(kept) < len(row) else b""
    own, shared = kept[:own_digits].rstrip(b"0"), kept[own_digits:].lstrip(b"0")
    blanks = kept[len(own) : len(kept) - len(shared)]
    if not blanks and own[-1:] == shared[:1]:  # a run goes on from one piece to the other
        return _runs(kept) + end
    return _runs(own) + _runs(blanks) + _runs(shared) + end


@lru_cache(maxsize=_PIECES_KEPT)
def _runs(digits: bytes) -> bytes:
    return _RUN.sub(lambda run: _counted(run.group()), digits)


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
