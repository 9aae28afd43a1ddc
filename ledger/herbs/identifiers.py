"""Codes on packs and the URIs that follow from them: format v1 section 8, GS1 Digital Link 1.2.

A code is 20 characters of Crockford's alphabet; a unit's code is its lot's and 12 more. The URI
follows from the printed code by string operations alone, so a phone never asks the server for it.
"""

import hmac
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, TypeAlias
from urllib.parse import quote, unquote

from ledger.errors import FormError
from ledger.herbs.check_digits import parse_gtin

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
CODE_LENGTH: Final = 20  # 95 bits of chance and a check character
SERIAL_LENGTH: Final = 6  # a thousand million packs in a lot
UNIT_CODE_LENGTH: Final = CODE_LENGTH + 2 * SERIAL_LENGTH
CHANCE_BYTES: Final = 12  # the least that holds 95 bits
SERIAL_MAX: Final = 32**SERIAL_LENGTH - 1
TEXT_LENGTH_MAX: Final = 2048  # a QR symbol of version 40 holds 2,953 bytes; no link is that long
GS1_HOST: Final = "https://id.gs1.org"
GS1_LOT_LENGTH_MAX: Final = 20  # AI 10 is X..20 (General Specifications 3.4.1)
GS1_SIGNS: Final = frozenset(
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
)  # character set 82 (General Specifications figure 7.11-1)

ThingPath: TypeAlias = Literal["lot", "crop", "site"]
THING_PATHS: Final[tuple[ThingPath, ...]] = ("lot", "crop", "site")
_VALUES: Final = {sign: value for value, sign in enumerate(ALPHABET)}
_LOOKALIKES: Final = str.maketrans("oil", "011")
# Hyphens and dashes that survive NFKC, and the minus sign that some keyboards give.
_DASHES: Final = frozenset("-‐‑‒–—―−")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code whose check character holds; `serial` and `check` are there for a single pack."""

    lot: str
    serial: str | None = None
    check: str | None = None
    gtin: str | None = None
    thing: ThingPath = "lot"

    @property
    def text(self) -> str:
        """The whole code in lowercase: 20 characters, or 32 for a pack."""
        return self.lot + (self.serial or "") + (self.check or "")

    def uri(self, origin: str) -> str:
        """The URI of the lot, crop or site in the ledger `origin`."""
        return _thing_uri(origin, self.thing, self.lot)


def check_character(body: str) -> str:
    """Return the Luhn mod 32 check character of `body`. Source: format v1 section 8."""
    total = 0
    for position, sign in enumerate(reversed(body)):
        if sign not in _VALUES:
            raise FormError("bad_code", f"{sign!r} is not of the code alphabet")
        product = _VALUES[sign] * (2 if position % 2 == 0 else 1)
        total += product // 32 + product % 32
    return ALPHABET[-total % 32]


def new_code(chance: bytes) -> str:
    """Return a new code from at least 12 bytes of chance, of which 95 bits are used."""
    if len(chance) < CHANCE_BYTES:
        raise ValueError(f"a code needs {CHANCE_BYTES} bytes of chance, not {len(chance)}")
    body = _base32(int.from_bytes(chance[:CHANCE_BYTES]) >> 1, CODE_LENGTH - 1)
    return body + check_character(body)


def parse_code(text: str) -> Code:
    """Return the code in any text found in a QR symbol or on a pack. Raises FormError `bad_code`.

    Taken are: a code in either case with blanks and dashes; a link whose path ends in `/t/CODE`;
    a lot's, crop's or site's URI; a GS1 Digital Link with one of our codes as AI 10.
    """
    plain = _plain(text)
    if "/" not in plain:
        return _code(plain)
    segments = _path_segments(plain)
    before, last = segments[-2].lower(), segments[-1]
    if before == "t":
        return _code(last)
    for thing in THING_PATHS:
        if before == thing:
            return _code(last, thing=thing)
    return _gs1_code(segments)


def asked_uri(text: str, origin: str) -> str:
    """Return the URI that a pack's text asks for: ours, or a foreign GS1 lot's own.

    Raises FormError `bad_code`. Source: format v1 section 8, last sentence.
    """
    plain = _plain(text)
    if "/" in plain:
        qualifiers = _gs1_qualifiers(_path_segments(plain))
        if qualifiers is not None and "10" in qualifiers and not _is_code(qualifiers["10"]):
            return gs1_lot_uri(qualifiers["01"], qualifiers["10"])
    return parse_code(text).uri(origin)


def gs1_lot_uri(gtin: str, lot: str) -> str:
    """Return the GS1 Digital Link URI of a lot, with `https://id.gs1.org` as host."""
    if not 1 <= len(lot) <= GS1_LOT_LENGTH_MAX or any(sign not in GS1_SIGNS for sign in lot):
        raise FormError("bad_code", f"{lot!r} is not 1 to 20 signs of GS1's set 82")
    return f"{GS1_HOST}/01/{parse_gtin(gtin)}/10/{quote(lot, safe='')}"


def host_of(origin: str) -> str:
    """Return the host in a ledger's origin: everything before the first slash."""
    return origin.partition("/")[0]


def lot_uri(origin: str, code: str) -> str:
    """Return the URI of a lot. Raises FormError `bad_code`."""
    return _thing_uri(origin, "lot", code)


def crop_uri(origin: str, code: str) -> str:
    """Return the URI of a crop: one sowing on one plot. Raises FormError `bad_code`."""
    return _thing_uri(origin, "crop", code)


def site_uri(origin: str, code: str) -> str:
    """Return the URI of a plot, store or works. Raises FormError `bad_code`."""
    return _thing_uri(origin, "site", code)


def code_of_uri(uri: str) -> str:
    """Return the 20 characters at the end of a lot's, crop's or site's URI."""
    code = parse_code(uri)
    if "/" not in uri or code.serial is not None or not uri.endswith("/" + code.lot):
        raise FormError("bad_code", f"{uri!r} is not a URI of a lot, crop or site")
    return code.lot


def grouped(code: str) -> str:
    """Return a code as people read it aloud: upper-case, in groups of five."""
    upper = code.upper()
    return " ".join(upper[start : start + 5] for start in range(0, len(upper), 5))


def batch_key(secret: bytes, lot_code: str) -> bytes:
    """Return the 32-byte key under which the packs of one lot are checked."""
    return hmac.digest(secret, b"daodi/batch\x00" + lot_code.encode(), sha256)


def unit_code(lot_code: str, serial: int, key: bytes) -> str:
    """Return the 32 characters of one pack: lot, serial, and a check that only `key` can make."""
    if not 0 <= serial <= SERIAL_MAX:
        raise FormError("bad_code", f"serial {serial} is not within 0 to {SERIAL_MAX}")
    lot = _code(lot_code).lot
    text = _base32(serial, SERIAL_LENGTH)
    return lot + text + _unit_check(lot, text, key)


def verify_unit_code(code: str, key: bytes) -> int:
    """Return the serial of a pack's code. Raises FormError `bad_code` when its check fails."""
    parsed = parse_code(code)
    if parsed.serial is None or parsed.check is None:
        raise FormError("bad_code", "a lot's code, not a pack's")
    if not hmac.compare_digest(parsed.check, _unit_check(parsed.lot, parsed.serial, key)):
        raise FormError("bad_code", "the pack's check does not belong to its lot and serial")
    serial = serial_of(parsed)
    assert serial is not None  # it was asked above
    return serial


def serial_of(code: Code) -> int | None:
    """Return the serial that a pack's code says, its keyed check not looked at; None for a lot."""
    if code.serial is None:
        return None
    return sum(_VALUES[c] << 5 * place for place, c in enumerate(reversed(code.serial)))


def _unit_check(lot: str, serial: str, key: bytes) -> str:
    mac = hmac.digest(key, b"daodi/unit\x00" + lot.encode() + serial.encode(), sha256)
    return _base32(int.from_bytes(mac[:4]) >> 2, SERIAL_LENGTH)


def _base32(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def _thing_uri(origin: str, thing: ThingPath, code: str) -> str:
    return f"https://{host_of(origin)}/{thing}/{_code(code).lot}"


def _plain(text: str) -> str:
    """Return `text` without what keyboards and scanners add: full-width forms, outer blanks."""
    if len(text) > TEXT_LENGTH_MAX:
        raise FormError("bad_code", f"a text of {len(text)} characters is no code")
    return unicodedata.normalize("NFKC", text).strip()


def _code(text: str, *, thing: ThingPath = "lot", gtin: str | None = None) -> Code:
    typed = "".join(c for c in text.lower() if not c.isspace() and c not in _DASHES)
    code = typed.translate(_LOOKALIKES)
    if len(code) not in {CODE_LENGTH, UNIT_CODE_LENGTH}:
        raise FormError("bad_code", f"a code has {CODE_LENGTH} or {UNIT_CODE_LENGTH} characters")
    if any(sign not in _VALUES for sign in code):
        raise FormError("bad_code", "a code holds only digits and letters without i, l, o, u")
    lot, rest = code[:CODE_LENGTH], code[CODE_LENGTH:]
    if check_character(lot[:-1]) != lot[-1]:
        raise FormError("bad_code", f"the check character of {lot} does not hold")
    if not rest:
        return Code(lot=lot, thing=thing, gtin=gtin)
    if thing != "lot":
        raise FormError("bad_code", f"a {thing} has no packs")
    return Code(lot=lot, serial=rest[:SERIAL_LENGTH], check=rest[SERIAL_LENGTH:], gtin=gtin)


def _is_code(text: str) -> bool:
    try:
        _code(text)
    except FormError:
        return False
    return True


def _path_segments(url: str) -> list[str]:
    """Return the path's segments of a link, with its host in front, decoded; at least two."""
    path = url.partition("?")[0].partition("#")[0].partition("://")[2] or url.partition("?")[0]
    segments = [unquote(segment) for segment in path.split("/") if segment]
    if len(segments) < 2:  # noqa: PLR2004 — a name and what it names
        raise FormError("bad_code", f"{url!r} names no code")
    return segments


def _gs1_qualifiers(segments: list[str]) -> dict[str, str] | None:
    """Return application identifier → value from the last `01` on, None without one."""
    for start in range(len(segments) - 2, -1, -1):
        if segments[start] == "01":
            tail = segments[start:]
            return dict(zip(tail[::2], tail[1::2], strict=len(tail) % 2 == 0))
    return None


def _gs1_code(segments: list[str]) -> Code:
    qualifiers = _gs1_qualifiers(segments)
    if qualifiers is None or "10" not in qualifiers:
        raise FormError("bad_code", "the link names neither one of our codes nor a GS1 lot")
    gtin = parse_gtin(qualifiers["01"])
    return _code(qualifiers["10"] + qualifiers.get("21", ""), gtin=gtin)
