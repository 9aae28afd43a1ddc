"""The one field to type a code into, forgiving of case, blanks, dashes and lookalikes."""

from typing import Any, Final

from litestar import Request

from api.answers.pages import DISPLAY, Display
from ledger.errors import FormError
from ledger.herbs.identifiers import parse_code

LENGTHS: Final = (20, 32)  # of a lot's code and of a pack's
LINK_SIGNS: Final = "/:()"
SHOWN_MAX: Final = 80  # what is put back into the field: no more than a code's length of it


def field_of(request: Request[Any, Any, Any], text: str = "") -> dict[str, object]:
    """The field with what was typed; the display goes along as hidden words of the form."""
    kept = [(name, value) for name, value in request.query_params.items() if name in DISPLAY]
    return {"typed": _as_typed(text), "kept": kept}


def counted(text: str, display: Display) -> list[str]:
    """What its length and its check character say of an unknown code; nothing of a link."""
    if any(sign in text for sign in LINK_SIGNS):
        return []
    length = sum(not sign.isspace() and sign != "-" for sign in _as_typed(text))
    if length not in LENGTHS:
        return [display.say("您填的是 {count} 个字符，该是 20 个或 32 个。", count=length)]
    try:
        parse_code(text)
    except FormError:
        return [display.say("字符的个数对，但校验对不上：至少有一个字符看错了或抄错了。")]
    return [display.say("字符的个数和校验都对：编号多半没有抄错。")]


def _as_typed(text: str) -> str:
    try:
        return parse_code(text).text.upper()
    except FormError:
        return text[:SHOWN_MAX]
