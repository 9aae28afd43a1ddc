"""Codes in a photo of a label: looked for by a process of its own within limits, nothing kept."""

import json
import subprocess
import sys
from typing import Final

from api.files.blobs import unfolders
from ledger.errors import FormError

PHOTO_BYTES_MAX: Final = 12 * 1024 * 1024  # forty million pixels as phones write them
CPU_S: Final = 4  # an honest photo takes a tenth of a second, a hard one takes one
WAIT_S: Final = 10  # for a process that others' work keeps from its seconds
ERROR_BYTES: Final = 2_000  # of its last words, for the log
_HEIC_BRANDS: Final = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"avif")
PROGRAM: Final = (sys.executable, "-m", "api.files.decoding", str(CPU_S))


def read_codes(content: bytes, whom: str = "") -> list[str]:
    """The texts of the QR and Data Matrix symbols in a JPEG, PNG or WebP that `whom` sent.

    None are found in a photo that takes too long to look through. Raises FormError `too_large`,
    `photo_is_heic`, `bad_file`; StoreError `busy`.
    """
    if len(content) > PHOTO_BYTES_MAX:
        raise FormError("too_large", f"{len(content)} bytes, at most {PHOTO_BYTES_MAX}")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise FormError("photo_is_heic", "HEIC and AVIF are not read here")
    with unfolders.taken(whom):
        match _asked(content):
            case {"texts": list(texts)}:
                return [str(text) for text in texts]
            case {"refused": str(code), "message": str(message)}:
                raise FormError(code, message)
            case _:
                return []


def _asked(content: bytes) -> dict[str, object]:
    """What the process says; nothing when it was ended before it could."""
    try:
        done = subprocess.run(  # noqa: S603 — our own program; the photo is its input alone
            PROGRAM, input=content, capture_output=True, timeout=WAIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return {}
    if done.returncode > 0:  # by itself, and not by a signal: an error of ours
        raise RuntimeError(f"the decoding process ended with {done.stderr[-ERROR_BYTES:]!r}")
    said: dict[str, object] = json.loads(done.stdout) if done.returncode == 0 else {}
    return said
