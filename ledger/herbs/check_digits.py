"""Check digits of numbers that others issue: GS1 keys (General Specifications 7.9), GB 32100-2015.

A number that fails here was mistyped or invented; one that holds may still belong to nobody.
"""

from typing import Final

from ledger.errors import FormError

GTIN_LENGTHS: Final = (8, 12, 13, 14)
SSCC_LENGTH: Final = 18
PREFIX_LENGTHS: Final = range(4, 13)  # of a GS1 company prefix (General Specifications 1.4.4)
SOCIAL_CREDIT_LENGTH: Final = 18
_SOCIAL_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 signs: no I O S V Z


def gs1_check_digit(body: str) -> str:
    """Return the check digit that belongs behind the digits `body` of any GS1 key."""
    if not _is_digits(body):
        raise FormError("bad_code", f"{body!r} is not digits alone")
    total = sum(
        int(digit) * (3 if position % 2 == 0 else 1) for position, digit in enumerate(body[::-1])
    )
    return str(-total % 10)


def is_gtin(text: str) -> bool:
    """Whether `text` is a GTIN-8, -12, -13 or -14 whose check digit holds."""
    return len(text) in GTIN_LENGTHS and _holds(text)


def parse_gtin(text: str) -> str:
    """Return a GTIN as its 14 digits. Raises FormError `bad_code`."""
    if not is_gtin(text):
        raise FormError("bad_code", f"{text!r} is not a GTIN whose check digit holds")
    return text.zfill(14)


def is_sscc(text: str) -> bool:
    """Whether `text` is the 18 digits of a case or pallet number whose check digit holds."""
    return len(text) == SSCC_LENGTH and _holds(text)


def is_company_prefix(text: str) -> bool:
    """Tell whether a text is a GS1 company prefix, which has no check digit of its own."""
    return _is_digits(text) and len(text) in PREFIX_LENGTHS


def make_sscc(prefix: str, serial: int) -> str:
    """Return the 18 digits of a case or pallet: extension digit, company prefix, serial, check.

    The serial fills the extension digit too. Raises FormError `bad_code` for a prefix that is not
    4 to 12 digits, or a serial that does not fit beside it.
    """
    room = SSCC_LENGTH - 1 - len(prefix)
    if not is_company_prefix(prefix):
        raise FormError("bad_code", f"{prefix!r} is no GS1 company prefix of 4 to 12 digits")
    if not 0 <= serial < 10**room:
        raise FormError("bad_code", f"serial {serial} does not fit beside the prefix {prefix}")
    digits = f"{serial:0{room}}"
    body = digits[0] + prefix + digits[1:]
    return body + gs1_check_digit(body)


def parse_sscc(text: str) -> str:
    """Return an SSCC as its 18 digits. Raises FormError `bad_code`."""
    if not is_sscc(text):
        raise FormError("bad_code", f"{text!r} is not an SSCC whose check digit holds")
    return text


def is_social_credit_code(text: str) -> bool:
    """Whether `text` is a 统一社会信用代码 whose check character holds. Source: GB 32100-2015."""
    if len(text) != SOCIAL_CREDIT_LENGTH or any(c not in _SOCIAL_CREDIT_ALPHABET for c in text):
        return False
    weight, total = 1, 0
    for sign in text[:-1]:
        total += weight * _SOCIAL_CREDIT_ALPHABET.index(sign)
        weight = weight * 3 % 31
    return _SOCIAL_CREDIT_ALPHABET[-total % 31] == text[-1]


def _holds(text: str) -> bool:
    return _is_digits(text) and gs1_check_digit(text[:-1]) == text[-1]


def _is_digits(text: str) -> bool:
    # str.isdigit alone also takes ² and the digits of other scripts.
    return text.isascii() and text.isdigit()
