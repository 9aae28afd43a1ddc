"""Codes in a photo of a label: decoded in memory within limits, nothing kept."""

from io import BytesIO
from typing import Final

import zxingcpp
from PIL import Image

from api.blobs import refuse_huge, unfolding
from ledger.errors import FormError

PHOTO_BYTES_MAX: Final = 6 * 1024 * 1024  # what phones send
# A label fills most photos, so a small picture is tried first; the larger finds what it misses.
# Both bound the time: a tenth of a second, and at most one.
SIDES_PX: Final = (1_200, 3_600)
TEXTS_MAX: Final = 4  # a label has two symbols; a wall of them is a way to guess by the hundred
CODES: Final = zxingcpp.BarcodeFormats(
    (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix)
)
_HEIC_BRANDS: Final = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"avif")


def read_codes(content: bytes) -> list[str]:
    """The texts of the QR and Data Matrix symbols in a JPEG, PNG or WebP.

    Raises FormError `too_large`, `photo_is_heic`, `bad_file`; StoreError `busy`.
    """
    if len(content) > PHOTO_BYTES_MAX:
        raise FormError("too_large", f"{len(content)} bytes, at most {PHOTO_BYTES_MAX}")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise FormError("photo_is_heic", "HEIC and AVIF are not read here")
    with unfolding():
        return _decoded(content)[:TEXTS_MAX]


def _decoded(content: bytes) -> list[str]:
    with Image.open(BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as photo:
        refuse_huge(photo)
        largest = SIDES_PX[-1]
        photo.draft("L", (largest, largest))  # a JPEG is unfolded no larger than it will be used
        grey = photo.convert("L")
    for side in SIDES_PX:
        small = grey.copy()
        small.thumbnail((side, side))
        found = [each.text for each in zxingcpp.read_barcodes(small, formats=CODES) if each.text]
        if found or max(grey.size) <= side:
            return found
    return []
