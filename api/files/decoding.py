"""The process that looks for codes in a photo: bytes on standard input, a line of JSON out.

Run as `python -m api.files.decoding SECONDS` by `api.files.photos` alone, once for each photo.
Anybody may send any bytes: a picture made for it keeps a decoder busy for minutes, and decoders are
written in C. Here neither costs more than this process, which has little time and memory and writes
no file.
"""

import json
import os
import resource
import sys
from io import BytesIO
from typing import Final

import zxingcpp
from PIL import Image

from api.files.pictures import refuse_huge, refuse_scans
from ledger.errors import FormError

MEMORY_BYTES: Final = 1 << 30  # of addresses: forty million pixels in four colours, twice
NICENESS: Final = 10  # pages of others go first
# A label fills most photos, so a small picture is tried first; the larger finds what it misses.
SIDES_PX: Final = (1_200, 3_600)
TEXTS_MAX: Final = 4  # a label has two symbols; a wall of them is a way to guess by the hundred
FORMATS: Final = ("JPEG", "PNG", "WEBP")
CODES: Final = zxingcpp.BarcodeFormats(
    (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix)
)
_BAD: Final = (OSError, SyntaxError, ValueError, EOFError)
_LARGE: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError)


def answer(content: bytes) -> dict[str, list[str] | str]:
    """`{"texts": […]}`, or `{"refused": code, "message"}` with `too_large` or `bad_file`."""
    try:
        refuse_scans(content)
        return {"texts": _decoded(content)[:TEXTS_MAX]}
    except FormError as error:
        return {"refused": error.code, "message": error.message}
    except _LARGE as error:
        return {"refused": "too_large", "message": str(error)}
    except _BAD as error:
        return {"refused": "bad_file", "message": f"not a whole picture: {error}"}


def _decoded(content: bytes) -> list[str]:
    with Image.open(BytesIO(content), formats=FORMATS) as photo:
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


def run() -> None:
    """Answer for the photo of standard input; the kernel ends what takes more than argv[1] s."""
    cpu_s = int(sys.argv[1])
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps(answer(sys.stdin.buffer.read())))


if __name__ == "__main__":
    run()
