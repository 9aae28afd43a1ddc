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
# Each module behind those that it needs when it loads.
VERIFIER: Final = (
    *("bytes", "file", "json", "keys", "note", "claim", "places", "bodies", "statement"),
    *("standing", "ancestry", "verify"),
)
PAGE: Final = ("asked", "clock", "words", "shown", "head", "steps", "memory", "page")
# What few packets need: rotated keys, openings, other addresses, blends, withdrawn serials, recalls
# and what is left out, and all that is told where something is not as it should be.
RARE: Final = ("changes", "opening", "addresses", "blends", "withdrawn", "omitted", "trouble")
# What a packet's page loads; what comes in its place as soon as it calls what it lacks; what the
# page loads that checks another ledger's evidence.
PHONE: Final = "phone"
WHOLE: Final = "whole"
SECOND: Final = "second"
SCRIPTS: Final = {
    PHONE: (*VERIFIER, *PAGE),
    WHOLE: (*VERIFIER, *RARE, *PAGE),
    SECOND: (*VERIFIER, "changes", "opening", "addresses", "asked", "clock", "second"),
}

_IMPORT: Final = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ", re.MULTILINE)
_IMPORTED: Final = re.compile(r"^import \{([^}]*)\}", re.MULTILINE)
_EXPORTED: Final = re.compile(r"^export (?:async )?(?:function|const|let) ([^=(;]+)", re.MULTILINE)
_NAME: Final = re.compile(r"\w+")


@cache
def script(name: str) -> bytes:
    """One of the packed scripts."""
    return pack(sources(SCRIPTS[name])).encode()


def lacking(names: Iterable[str]) -> list[str]:
    """What modules of these names call and do not define: each is a function of another module."""
    found = [*names]
    wanted = {one for name in found for one in _names_in(_IMPORTED, name)}
    return sorted(wanted - {one for name in found for one in _names_in(_EXPORTED, name)})


@cache
def script_as(name: str, coding: str) -> bytes:
    """The same as it travels: in `br`, which every browser takes that can check, or in `gzip`."""
    packed = script(name)
    sent: bytes = brotli.compress(packed) if coding == "br" else zopfli.gzip.compress(packed)
    return sent


@cache
def script_link(name: str) -> str:
    """Its address, which changes when its bytes do."""
    return f"/{name}.js?v={sha256(script(name)).hexdigest()[:8]}"


def sources(names: Iterable[str]) -> str:
    """The modules of these names as one script, without imports and exports.

    What they lack is declared and left empty: to call it raises an error.
    """
    found = [*names]
    texts = (_EXPORT.sub("", _IMPORT.sub("", _text(name))) for name in found)
    return "".join((*(f"let {name};\n" for name in lacking(found)), *texts))


def _text(name: str) -> str:
    return (SOURCES / f"{name}.js").read_text(encoding="utf-8")


def _names_in(listed: re.Pattern[str], name: str) -> list[str]:
    return [one for names in listed.findall(_text(name)) for one in _NAME.findall(names)]
