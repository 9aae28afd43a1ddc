"""The one field to type a code into, forgiving of case, blanks, dashes and lookalikes."""

from typing import Any, Final

from litestar import Request

from api.answers.pages import DISPLAY
from ledger.errors import FormError
from ledger.herbs.identifiers import parse_code

SHOWN_MAX: Final = 80  # what is put back into the field: no more than a code's length of it


def field_of(request: Request[Any, Any, Any], text: str = "") -> dict[str, object]:
    """The field with what was typed; the display goes along as hidden words of the form."""
    kept = [(name, value) for name, value in request.query_params.items() if name in DISPLAY]
    typed = _as_typed(text)
    length = sum(not sign.isspace() and sign != "-" for sign in typed)
    return {"typed": typed, "typed_length": length, "kept": kept}


def _as_typed(text: str) -> str:
    try:
        return parse_code(text).text.upper()
    except FormError:
        return text[:SHOWN_MAX]
