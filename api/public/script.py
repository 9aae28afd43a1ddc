"""The scripts that a public page loads, packed of the phone's modules (ES2021, RFC 1952, RFC 7932).

Tests judge the same files by the modules as they are read and by the script as it is loaded.
"""

import re
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import brotli
import zopfli.gzip

from api.public.packing import pack

SOURCES: Final = Path(__file__).parents[1] / "static" / "public" / "verify"
# Each module behind those that it imports from.
VERIFIER: Final = (
    *("bytes", "file", "json", "keys", "note", "claim", "places", "bodies", "statement"),
    *("standing", "ancestry", "verify"),
)
# What the packet's page loads, and what the page does that checks another ledger's evidence.
PHONE: Final = "phone"
SECOND: Final = "second"
SCRIPTS: Final = {
    PHONE: (*VERIFIER, "asked", "clock", "memory", "words", "shown", "head", "steps", "page"),
    SECOND: (*VERIFIER, "asked", "clock", "second"),
}

_IMPORT: Final = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ", re.MULTILINE)


@cache
def script(name: str) -> bytes:
    """One of the packed scripts."""
    return pack(sources(SCRIPTS[name])).encode()


@cache
def script_as(name: str, coding: str) -> bytes:
    """The same as it travels: in `br`, which every browser takes that can check, or in `gzip`."""
    packed = script(name)
    sent: bytes = brotli.compress(packed) if coding == "br" else zopfli.gzip.compress(packed)
    return sent


@cache
def script_link(name: str = PHONE) -> str:
    """Its address, which changes when its bytes do."""
    return f"/{name}.js?v={sha256(script(name)).hexdigest()[:8]}"


def sources(names: Iterable[str]) -> str:
    """The modules of these names as one script, without imports and exports."""
    texts = ((SOURCES / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return "".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
