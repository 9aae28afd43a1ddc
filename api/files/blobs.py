"""Attached files under blobs/, each by its SHA-256: PDF, JPEG and PNG, told by their bytes."""

import os
import secrets
import sys
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from shutil import disk_usage
from typing import Final

from PIL import Image, ImageOps

from api.files.pictures import refuse_huge, refuse_scans
from api.limits import Turns
from api.opened.folder import OWNER_ONLY
from ledger.canonical import JsonValue
from ledger.errors import FormError, StoreError

FILE_BYTES_MAX: Final = 4 * 1024 * 1024  # a scanned report of some pages, a photo of a phone
FREE_BYTES_MIN: Final = 256 * 1024 * 1024  # of the disk: the log goes on when files no longer do
AT_ONCE: Final = 2  # pictures that are unfolded at a time: every other page needs the machine too
LOCK: Final = ".lock"
QUALITY: Final = 85  # of a photo that is written anew without what its camera noted
PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
_SIGNS: Final = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))
_FORMATS: Final = {JPEG: "JPEG", PNG: "PNG"}
_GPS: Final = 0x8825  # EXIF 2.32 section 4.6.3: the directory of where a photo was taken
_XMP_GPS: Final = b"GPSL"  # of exif:GPSLatitude and exif:GPSLongitude in an XMP packet
_IMAGE_ERRORS: Final = (OSError, SyntaxError, ValueError, EOFError)
_BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
unfolders: Final = Turns(AT_ONCE, each=1)
# Tags that say how to draw the picture; every other one may tell who took it, with what and when.
# Source: EXIF 2.32 sections 4.6.4 and 4.6.5.
_OF_THE_PICTURE: Final = frozenset(
    [
        *(256, 257, 258, 259, 262, 274, 277, 282, 283, 284, 296, 531),
        *(36_864, 37_121, 40_960, 40_961, 40_962, 40_963),
    ]
)
_EXIF_PART: Final = 0x8769
_NOTES: Final = frozenset({"xmp", "XML:com.adobe.xmp", "photoshop", "comment"})


class Blobs:
    """The files of one folder; one appears by its name only after its last byte is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # An empty file for each upload that may still be named by nobody; its time is its age.
        self._waiting = folder.with_name(f"{folder.name}.waiting")

    def holds(self, digest: str, size: int) -> bool:
        """Whether a file of this hash and size is here. `digest` is 64 lowercase hex digits."""
        path = self._folder / digest
        return path.is_file() and path.stat().st_size == size

    def read(self, digest: str) -> bytes | None:
        """The file, None when it is not here or no longer what its name says."""
        path = self._folder / digest
        content = path.read_bytes() if path.is_file() else None
        return content if content is not None and sha256(content).hexdigest() == digest else None

    def keep(self, content: bytes) -> str:
        """Keep a file, readable by its owner alone; returns its hash. Twice is once.

        It waits for a statement that names it: see `waiting`. Sent again, it waits anew. Raises
        StoreError `no_room` before it takes what is left of the disk from the log.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if disk_usage(self._folder).free < FREE_BYTES_MIN + len(content):
            raise StoreError("no_room", f"less than {FREE_BYTES_MIN} bytes are free")
        digest = sha256(content).hexdigest()
        path = self._folder / digest
        with self._locked():
            (self._waiting / digest).touch(OWNER_ONLY)
        if not path.exists():
            building = self._folder / f".{digest}.{secrets.token_hex(4)}"
            descriptor = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            building.rename(path)
        return digest

    def waiting(self, *, before_ms: int) -> list[str]:
        """Hashes of uploads that came before a time and are not known to be named."""
        if not self._waiting.is_dir():
            return []
        marks = (mark for mark in self._waiting.iterdir() if mark.name != LOCK)
        return sorted(mark.name for mark in marks if _time_ms(mark) < before_ms)

    def settle(self, digests: AbstractSet[str]) -> AbstractSet[str]:
        """Note that files are named: they are kept for ever. Returns the same."""
        for digest in digests:
            (self._waiting / digest).unlink(missing_ok=True)
        return digests

    def remove(self, digest: str, *, before_ms: int) -> bool:
        """Remove an upload, unless it was sent again since; whether it was there."""
        mark, path = self._waiting / digest, self._folder / digest
        with self._locked():
            if not mark.exists() or _time_ms(mark) >= before_ms:
                return False
            there = path.exists()
            path.unlink(missing_ok=True)
            mark.unlink()
        return there

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process and thread at a time marks an upload or removes one."""
        self._waiting.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._waiting / LOCK, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
        try:
            flock(descriptor, LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _time_ms(mark: Path) -> int:
    """When an upload came last; one that is gone meanwhile is not over."""
    try:
        return mark.stat().st_mtime_ns // 1_000_000
    except FileNotFoundError:
        return sys.maxsize


def checked(content: bytes, whom: str = "", *, strip: bool = False) -> tuple[bytes, str]:
    """The bytes to keep and their media type; with `strip` a photo is written anew without EXIF.

    Raises FormError: `too_large`, `bad_file` for other formats and broken pictures,
    `photo_with_place` for one that says where it was taken, `photo_with_notes` for one that says
    by whom, with what or when; StoreError `busy`.
    """
    if len(content) > FILE_BYTES_MAX:
        raise FormError("too_large", f"{len(content)} bytes, at most {FILE_BYTES_MAX}")
    media_type = next((name for sign, name in _SIGNS if content.startswith(sign)), None)
    if media_type is None:
        raise FormError("bad_file", "neither PDF nor JPEG nor PNG by its first bytes")
    if media_type == PDF:
        return content, PDF
    refuse_scans(content)
    with unfolding(whom):
        return _checked_photo(content, media_type, strip=strip), media_type


@contextmanager
def unfolding(whom: str) -> Iterator[None]:
    """Take a turn to unfold a picture. StoreError `busy`, FormError `bad_file`, `too_large`."""
    try:
        with unfolders.taken(whom):
            yield
    except _BOMBS as error:
        raise FormError("too_large", str(error)) from error
    except _IMAGE_ERRORS as error:
        raise FormError("bad_file", f"not a whole picture: {error}") from error


def _checked_photo(content: bytes, media_type: str, *, strip: bool) -> bytes:
    with Image.open(BytesIO(content), formats=[_FORMATS[media_type]]) as image:
        refuse_huge(image)
        if strip:
            return _without_notes(image, media_type)
        if image.getexif().get_ifd(_GPS) or _XMP_GPS in content:
            raise FormError("photo_with_place", "EXIF or XMP says where the photo was taken")
        image.load()  # texts of a PNG may stand behind its pixels
        if told := _told(image):
            raise FormError("photo_with_notes", f"it says more than a picture: {told}")
    return content


def _told(image: Image.Image) -> list[str]:
    """What a photo says besides its picture: tags of its camera, XMP, IPTC, texts and comments."""
    exif = image.getexif()
    tags = {*exif, *exif.get_ifd(_EXIF_PART)} - {_EXIF_PART} - _OF_THE_PICTURE
    texts = getattr(image, "text", {})
    return sorted({*(f"tag {tag}" for tag in tags), *(_NOTES & image.info.keys()), *texts})


def _without_notes(image: Image.Image, media_type: str) -> bytes:
    """The picture turned as its EXIF says and written anew, with pixels and nothing else."""
    upright = ImageOps.exif_transpose(image)
    plain = Image.new(upright.mode, upright.size)
    if upright.palette is not None:
        plain.putpalette(upright.palette)
    plain.paste(upright)
    written = BytesIO()
    plain.save(written, _FORMATS[media_type], quality=QUALITY)
    return written.getvalue()


def files_in(value: JsonValue) -> Iterator[dict[str, JsonValue]]:
    """Every `{sha256, type, size}` that an element of an event names."""
    if isinstance(value, list):
        for each in value:
            yield from files_in(each)
    elif isinstance(value, dict) and {"sha256", "type", "size"} <= value.keys():
        yield value
