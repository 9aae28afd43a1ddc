"""POST /v1/files: an attached file is kept under its hash before a statement names it."""

from asyncio import to_thread
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.params import QueryParameter

from api.access import caller_of, require_actor
from api.answers.problems import refusals
from api.files.blobs import FILE_BYTES_MAX, JPEG, PDF, PNG, Blobs, checked
from api.limits import Window, in_turn
from api.opened.ledger import OpenedLedger
from api.sessions import refuse_cross_site
from ledger.errors import FormError

KEPT: Final = 201
DAY_S: Final = 86_400
Strip = Annotated[bool, QueryParameter(name="strip")]


class UploadWindow(Window):
    """How many bytes of files an actor may send in a day; in memory, like all such counts.

    What no statement names waits for days, and what one names stays for ever.
    """

    def __init__(self, most: int) -> None:
        super().__init__(most, window_s=DAY_S)


@dataclass
class Filing(Operation):
    """The route as OpenAPI describes it: it reads its body itself, byte for byte."""

    def __post_init__(self) -> None:
        """Name the body, which the framework cannot know of."""
        binary = OpenAPIMediaType(schema=Schema())
        self.request_body = RequestBody(
            required=True,
            description=f"The file's bytes, at most {FILE_BYTES_MAX}",
            content=dict.fromkeys((PDF, JPEG, PNG), binary),
        )


@post(
    "/v1/files",
    status_code=KEPT,
    operation_class=Filing,
    request_max_body_size=FILE_BYTES_MAX,
    responses=refusals(
        *("bad_file", "bad_query", "forbidden", "photo_with_notes", "photo_with_place"),
        *("no_room", "too_large", "unauthorised"),
    ),
)
async def keep_file(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    upload_window: NamedDependency[UploadWindow],
    *,
    strip: Strip = False,
) -> Response[dict[str, Any]]:
    """Keep a PDF, JPEG or PNG; the answer is what a statement names it by.

    A photo that says where, by whom or with what it was taken is refused. With `strip` it is
    written anew without EXIF: the hash is then that of the bytes kept, not of those sent.
    """
    actor = require_actor(await to_thread(caller_of, request, opened))
    refuse_cross_site(request)
    try:
        sent = await request.body()
    except InternalServerException as error:  # the client went away in the middle of its body
        raise FormError("bad_file", "the body ended before it was whole") from error
    upload_window.refuse_haste(actor, len(sent))
    content, media_type = await in_turn(partial(checked, strip=strip), sent, actor)
    digest = await to_thread(Blobs(opened.folder.blobs).keep, content)
    return Response({"sha256": digest, "type": media_type, "size": len(content)}, status_code=KEPT)
