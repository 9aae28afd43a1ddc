"""Sack tags printed ahead of a harvest: 12 signs, for nothing until a lot is bound to them.

8 signs are chance, so that nobody walks from one sack to the next; 3 are a keyed check, so that an
invented tag is not taken for a printed one; the last is a check character that anybody verifies.
"""

import hmac
import unicodedata
from hashlib import sha256
from typing import Final

from ledger.herbs.identifiers import ALPHABET, TEXT_LENGTH_MAX, check_character

TAG_LENGTH: Final = 12
TAG_CHANCE_BYTES: Final = 5  # 40 bits: with a million tags printed, one guess in a million hits
GROUP: Final = 4  # signs that people read at once
_CHANCE_LENGTH: Final = 8
_CHECK_LENGTH: Final = 3
_LOOKALIKES: Final = str.maketrans("OILoil", "011011")
_DASHES: Final = frozenset("-‐‑‒–—―−")
_SIGNS: Final = frozenset(ALPHABET.upper())


def new_tag(chance: bytes, secret: bytes) -> str:
    """Return a new tag, upper-case, of 5 bytes of chance and the ledger's secret."""
    if len(chance) != TAG_CHANCE_BYTES:
        raise ValueError(f"a tag needs {TAG_CHANCE_BYTES} bytes of chance, not {len(chance)}")
    body = _base32(int.from_bytes(chance), _CHANCE_LENGTH)
    body += _keyed_check(body, secret)
    return (body + check_character(body)).upper()


def tag_in(text: str) -> str:
    """The tag that was typed or scanned, upper-case without blanks; "" where there is none.

    Taken are either case, blanks, dashes, O for 0, I and L for 1, and a link ending in `/t/TAG`.
    """
    if len(text) > TEXT_LENGTH_MAX:
        return ""
    plain = unicodedata.normalize("NFKC", text).strip()
    if "/" in plain:
        before, _, plain = plain.partition("?")[0].rpartition("/")
        if not before.lower().endswith("/t"):
            return ""
    signs = "".join(c for c in plain.upper() if not c.isspace() and c not in _DASHES)
    tag = signs.translate(_LOOKALIKES)
    if len(tag) != TAG_LENGTH or not _SIGNS.issuperset(tag):
        return ""
    return tag if check_character(tag[:-1].lower()) == tag[-1].lower() else ""


def is_printed(tag: str, secret: bytes) -> bool:
    """Whether this ledger's secret made a tag."""
    found = tag_in(tag).lower()
    expected = _keyed_check(found[:_CHANCE_LENGTH], secret)
    return bool(found) and hmac.compare_digest(found[_CHANCE_LENGTH:-1], expected)


def grouped_tag(tag: str) -> str:
    """A tag as people read it aloud: in groups of four."""
    return " ".join(tag[start : start + GROUP] for start in range(0, len(tag), GROUP))


def _keyed_check(body: str, secret: bytes) -> str:
    mac = hmac.digest(secret, b"daodi/tag\x00" + body.encode(), sha256)
    return _base32(int.from_bytes(mac[:2]) >> 1, _CHECK_LENGTH)


def _base32(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))
