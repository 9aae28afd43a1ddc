"""/photo: a picture of a label leads to its page, by a plain form and without any script."""

from asyncio import to_thread
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.answers.forms import FRAME_BYTES, file_in, form_of
from api.answers.pages import display_of, page
from api.codes import asked_of, page_path, path_of_form
from api.files.photos import PHOTO_BYTES_MAX, read_codes
from api.limits import Window, address_of, in_turn
from api.opened.ledger import OpenedLedger
from api.public.asking import SEE_OTHER
from api.public.counted.watch import Watch
from api.public.field import field_of
from api.public.packet.page import unknown_page
from ledger.errors import FormError, NotFoundError, StoreError

PER_MINUTE: Final = 20  # photos of one connection: each costs as much as fifty pages
UNPROCESSABLE: Final = 422
NOTHING: Final = "没有在照片里找到二维码。请把二维码拍满画面、拍清楚，或者直接输入编号。"
SENTENCES: Final = {
    "photo_is_heic": "平台读不了 HEIC 照片。请把相机格式改成“兼容性最佳”再拍，或者直接输入编号。",
    "too_large": "照片太大了。请拍近一点、选小一点的尺寸，或者直接输入编号。",
    "bad_file": "这不是一张完整的照片。请重新拍一张，或者直接输入编号。",
    "busy": "现在看照片的人太多，请过一会儿再试，或者直接输入编号。",
}


class PhotoWindow(Window):
    """How many photos one connection may send in a minute."""

    def __init__(self) -> None:
        super().__init__(PER_MINUTE)


@get("/photo", include_in_schema=False)
async def photo_form(request: Request[Any, Any, Any]) -> Response[str]:
    """The form for a photo, and the field for who would rather type."""
    return _form(request)


@post("/photo", include_in_schema=False, request_max_body_size=PHOTO_BYTES_MAX + FRAME_BYTES)
async def read_photo(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    watch: NamedDependency[Watch],
    photo_window: NamedDependency[PhotoWindow],
) -> Response[Any]:
    """Read the code in a photo and lead on to its page. The photo is not kept."""
    address = address_of(request.client)
    watch.guesses.refuse_guessing(address, now_ms=opened.clock())
    photo_window.refuse_haste(address)
    content = await file_in(await form_of(request), "photo")
    if not content:
        return _form(request, NOTHING)
    try:
        texts = await in_turn(read_codes, content, address)
    except (FormError, StoreError) as error:
        if error.code not in SENTENCES:
            raise
        return _form(request, SENTENCES[error.code])
    return await to_thread(_answer, request, opened, watch, texts, address)


def _answer(
    request: Request[Any, Any, Any],
    opened: OpenedLedger,
    watch: Watch,
    texts: list[str],
    address: str,
) -> Response[Any]:
    if not texts:
        return _form(request, NOTHING)
    for text in texts:
        try:
            asked = asked_of(text, opened)
        except NotFoundError:
            continue
        return Redirect(display_of(request).to(page_path(asked)), status_code=SEE_OTHER)
    if path := path_of_form(texts[0], opened):
        return Redirect(display_of(request).to(path), status_code=SEE_OTHER)
    watch.guesses.count(address, texts[0], now_ms=opened.clock())
    return unknown_page(request, opened, texts[0])


def _form(request: Request[Any, Any, Any], refusal: str = "") -> Response[str]:
    shown = display_of(request)
    context = {"refusals": [shown.say(refusal)] if refusal else [], **field_of(request)}
    return page(
        request,
        "public/photo.html",
        context,
        status_code=UNPROCESSABLE if refusal else 200,
        headers={"Cache-Control": "no-store"},
    )


HANDLERS: Final = (photo_form, read_photo)
