"""Other numbers of a thing: 药品追溯码, SSCC, a buyer's own, sack tags, samples, reports, bases.

Each is stated on the thing's own chain, so its evidence proves it. GS1 General Specifications 3.2
(SSCC); a 药品追溯码 is 20 digits: 7 for the product, 13 for the pack.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

from ledger.canonical import JsonObject, JsonValue
from ledger.herbs.check_digits import (
    SSCC_LENGTH,
    gs1_check_digit,
    is_gtin,
    is_social_credit_code,
    is_sscc,
)
from ledger.herbs.events import Event
from ledger.herbs.tags import tag_in

# `own` and `accession` count when the maker says them; the others, whoever says them.
Scheme: TypeAlias = Literal["own", "accession", "sack", "case", "sample", "report", "base"]
MAKERS_ALONE: Final = frozenset({"own", "accession", "sack"})
ALIAS_LENGTH_MAX: Final = 64
TEXT_LENGTH_MAX: Final = 256
DRUG_CODE_LENGTH: Final = 20

NUMBERED: Final[tuple[tuple[str, Scheme], ...]] = (
    ("accession", "accession"), ("sample_id", "sample"), ("report_no", "report"),
)  # fmt: skip
_BLANKS: Final = re.compile(r"[\s\-‐‑‒–—―−]+")
_EPC_SSCC: Final = re.compile(r"urn:epc:id:sscc:(\d{6,12})\.(\d)(\d{4,10})", re.ASCII)
_LINK_SSCC: Final = re.compile(
    r"(?:https?://[^/]+(?:/[^/]+)*)?/00/(\d{18})(?:\?.*)?", re.ASCII | re.IGNORECASE
)
# GS1-128 as people read it, and as scanners send it behind the symbology's identifier.
_ELEMENT_SSCC: Final = re.compile(r"(?:\(00\)|\]C100)(\d{18})", re.ASCII)
SSCC_LINK: Final = "https://id.gs1.org/00/"


def normal_alias(text: str) -> str:
    """A number as it is kept and looked for: without blanks and dashes, upper-case; "" if none.

    An SSCC written as EPC URI, as Digital Link or as element string is its 18 digits.
    """
    if len(text) > TEXT_LENGTH_MAX:
        return ""
    plain = unicodedata.normalize("NFKC", text).strip()
    if epc := _EPC_SSCC.fullmatch(plain):
        body = epc[2] + epc[1] + epc[3]
        return body + gs1_check_digit(body)
    if link := _LINK_SSCC.fullmatch(plain):
        return link[1]
    found = _BLANKS.sub("", plain).upper()
    while (again := _BLANKS.sub("", unicodedata.normalize("NFKC", found)).upper()) != found:
        found = again  # without its blanks a text may compose anew
    if (element := _ELEMENT_SSCC.fullmatch(found)) and is_sscc(element[1]):
        found = element[1]
    usable = found.isprintable() and len(found) <= ALIAS_LENGTH_MAX and ":" not in found
    return found if usable else ""


def is_drug_code(text: str) -> bool:
    """Whether a text is a 药品追溯码, which no code of ours is."""
    found = normal_alias(text)
    return len(found) == DRUG_CODE_LENGTH and found.isascii() and found.isdigit()


def aliases_of(event: Event) -> tuple[tuple[str, str], ...]:
    """Every number that an event gives to what it makes or is about, as (scheme, number)."""
    case = [("case", found)] if (found := _number(event.parent)) else []
    return (*numbers_in(event.elements), *case)


def numbers_in(elements: Mapping[str, JsonValue]) -> tuple[tuple[str, str], ...]:
    """The numbers among an event's elements, each once, as (scheme, number)."""
    return tuple(dict.fromkeys(_said(elements)))


def base_code_of(body: JsonObject) -> str:
    """The number under which a site was registered, "" without one."""
    code = body.get("base_code")
    return normal_alias(code) if isinstance(code, str) else ""


def alias_fault(name: str, number: str) -> str:
    """Why a typed number cannot be what its name says, in Chinese; "" when it can."""
    plain, named = normal_alias(number), name.upper()
    digits = plain.isascii() and plain.isdigit()
    wrong = (
        ("SSCC" in named and not is_sscc(plain), f"SSCC 是 {SSCC_LENGTH} 位数字，校验位要对"),
        ("GTIN" in named and not is_gtin(plain), "GTIN 是 8、12、13 或 14 位数字，校验位要对"),
        ("信用代码" in name and not is_social_credit_code(plain), "统一社会信用代码的校验位不对"),
        (
            "追溯码" in name and not (digits and len(plain) == DRUG_CODE_LENGTH),
            "药品追溯码是 20 位数字",
        ),
        (not plain, "号码是空的，或者太长"),
    )
    return next((sentence for is_wrong, sentence in wrong if is_wrong), "")


def _said(elements: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    rows = elements.get("aliases")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and (found := _number(row.get("value"))):
            yield "own", found
    for key, scheme in NUMBERED:
        if found := _number(elements.get(key)):
            yield scheme, found
    tags = elements.get("sack_tags")
    for text in tags if isinstance(tags, list) else ():
        if found := tag_in(text) if isinstance(text, str) else "":
            yield "sack", found


def _number(value: JsonValue) -> str:
    return normal_alias(value) if isinstance(value, str) else ""
