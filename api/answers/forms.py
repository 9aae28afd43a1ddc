"""Forms that pages send (application/x-www-form-urlencoded, RFC 7578), read within limits."""

from typing import Any, Final

from litestar import Request
from litestar.datastructures import FormMultiDict, UploadFile

from ledger.errors import FormError

# A form or a few members of JSON. Every route has this limit that names no wider one: a body is
# read before it is known who asks, on the loop that answers everybody.
BODY_BYTES_MAX: Final = 64 * 1024
FRAME_BYTES: Final = 64 * 1024  # what a form puts around a file
PARTS_MAX: Final = 100  # fields of a multipart form; our longest has thirty


async def form_of(request: Request[Any, Any, Any]) -> FormMultiDict:
    """The fields of a form. Raises FormError `bad_query` for text in no known encoding."""
    try:
        return await request.form()
    except (LookupError, UnicodeError) as error:
        raise FormError("bad_query", "the form's text is in no encoding read here") from error


async def texts_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The fields of a form that are texts. Raises FormError `bad_query`."""
    fields = (await form_of(request)).items()
    return {name: value for name, value in fields if isinstance(value, str)}


async def file_in(form: FormMultiDict, name: str) -> bytes:
    """The file of that field, b"" when there is none; every file of the form is let go."""
    content = b""
    for field, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = content or (await value.read() if field == name else b"")
            await value.close()
    return content
