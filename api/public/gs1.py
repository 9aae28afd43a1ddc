"""A GS1-conformant resolver: Digital Link paths with 22, 10 and 21, its description, CORS.

Source: GS1 Digital Link 1.2 (URI syntax), GS1-Conformant Resolver 1.0 (answers and description).
"""

from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.params import FromPath
from litestar.types import (
    ASGIApp,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    Message,
    Receive,
    Scope,
    Send,
)

from api.opened.ledger import OpenedLedger
from api.public.asking import HTML, answer_for, wanted_form
from api.public.counted.watch import Watch
from api.standards.linkset import LINKSET_JSON, VOCABULARY, link_types
from ledger.herbs.check_digits import parse_gtin, parse_sscc

# Qualifiers stand in this order, 22 before 10 before 21 (GS1 Digital Link 1.2 section 4.9).
QUALIFIERS: Final = (("01", "gtin"), ("22", "variant"), ("10", "lot"), ("21", "serial"))
PATHS: Final = (
    "/01/{gtin:str}/10/{lot:str}",
    "/01/{gtin:str}/10/{lot:str}/21/{serial:str}",
    "/01/{gtin:str}/22/{variant:str}/10/{lot:str}",
    "/01/{gtin:str}/22/{variant:str}/10/{lot:str}/21/{serial:str}",
)
CASE_PATH: Final = "/00/{sscc:str}"
DESCRIPTION: Final = "/.well-known/gs1resolver"
OPEN_PATHS: Final = ("/00/", "/01/", "/t/", "/T/", DESCRIPTION)
METHODS: Final = b"GET, HEAD, OPTIONS"
_OPEN: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Location, Link, ETag"),
)
_PREFLIGHT: Final = (
    *_OPEN,
    (b"access-control-allow-methods", METHODS),
    (b"access-control-allow-headers", b"Accept, Accept-Language"),
    (b"access-control-max-age", b"86400"),
    (b"allow", METHODS),
)


def ask_gs1(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    watch: NamedDependency[Watch],
) -> Response[Any]:
    """The same by a GS1 Digital Link: GTIN, variant, lot and serial."""
    given = request.path_params
    if wanted_form(request) != HTML:
        # A program is told what is wrong with its address; a person is asked to look again.
        parse_gtin(given["gtin"])
    parts = [f"/{ai}/{quote(given[name], safe='')}" for ai, name in QUALIFIERS if name in given]
    return answer_for(request, opened, watch, "".join(parts))


def ask_case(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    watch: NamedDependency[Watch],
    sscc: FromPath[str],
) -> Response[Any]:
    """The same by the SSCC of a case or pallet: what is in it."""
    if wanted_form(request) != HTML:
        parse_sscc(sscc)
    return answer_for(request, opened, watch, f"/00/{quote(sscc, safe='')}")


@get(DESCRIPTION, sync_to_thread=False)
def describe_resolver(opened: NamedDependency[OpenedLedger]) -> Response[dict[str, Any]]:
    """What this resolver resolves, as GS1-Conformant Resolver 1.0 wants it described."""
    return Response(
        {
            "name": f"Daodi 道地 {opened.origin}",
            "resolverRoot": opened.settings.printed_base_url,
            "supportedPrimaryKeys": ["00", "01"],
            "supportedLinkTypes": [
                {"namespace": VOCABULARY, "prefix": "gs1:", "linkTypes": [*link_types()]}
            ],
            "supportedMediaTypes": ["text/html", "application/json", LINKSET_JSON],
            "linkTypeDefaultCanBeLinkset": False,
            "validatesAICombinations": True,
        },
        headers={"Cache-Control": "public, max-age=86400"},
    )


def open_resolver(app: ASGIApp) -> ASGIApp:
    """Middleware: any site's script may ask where a code leads; cookies change nothing there."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(OPEN_PATHS):
            await app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await _preflight(send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_OPEN]
            await send(message)

        await app(scope, receive, sending)

    return middleware


async def _preflight(send: Send) -> None:
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": 204,
        "headers": [*_PREFLIGHT],
    }
    end: HTTPResponseBodyEvent = {"type": "http.response.body", "body": b"", "more_body": False}
    await send(start)
    await send(end)


# A handler each: the framework would wrap one handler of several paths twice.
HANDLERS: Final = (
    *(get(path, sync_to_thread=True, include_in_schema=False)(ask_gs1) for path in PATHS),
    get(CASE_PATH, sync_to_thread=True, include_in_schema=False)(ask_case),
    describe_resolver,
)
