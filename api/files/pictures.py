"""How large a picture may become, asked of its first bytes before anything of it is unfolded."""

from typing import Final

from PIL import Image

from ledger.errors import FormError

PIXELS_MAX: Final = 40_000_000  # beyond, a small file unfolds into more memory than a server gives
SIDE_PX_MAX: Final = (
    20_000  # each row costs memory of its own: a picture one pixel wide is the dearest
)
# A progressive JPEG is gone through once for each scan, and a scan may be 60 bytes: cameras write
# ten of them, six MiB would hold a hundred thousand and take a processor for half an hour.
SCANS_MAX: Final = 64
_SCAN: Final = b"\xff\xda"  # Start of Scan, ITU-T T.81 table B.1; no coded byte reads so


def refuse_huge(image: Image.Image) -> None:
    """Raise FormError `too_large` for a picture that unfolds beyond measure, before it does."""
    if image.width * image.height > PIXELS_MAX or max(image.size) > SIDE_PX_MAX:
        raise FormError("too_large", f"{image.width} × {image.height} pixels")


def refuse_scans(content: bytes) -> None:
    """Raise FormError `too_large` for a JPEG that would be gone through too often."""
    if content.startswith(b"\xff\xd8") and content.count(_SCAN) > SCANS_MAX:
        raise FormError("too_large", f"a picture in more than {SCANS_MAX} scans")
