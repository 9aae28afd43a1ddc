"""GET /t/{code} and the GS1 paths: one address for people and programs, and the field to type in.

Browsers get the page, programs the trace or the linkset; only a page that a person opens is a scan.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from api.answers.pages import Display, display_of, page
from api.codes import asked_of, page_path, path_of_form
from api.limits import address_of
from api.opened.ledger import OpenedLedger
from api.public.counted.watch import Watch
from api.public.field import field_of
from api.public.packet.page import BRIEFLY, packet_page, unknown_page, waiting_page
from api.public.packet.status import WAITING
from api.public.script import PHONE, SECOND, WHOLE, script, script_as
from api.public.several import AMBIGUOUS, several_page
from api.records.tracing import trace_answer, trace_for
from api.scans import china_day
from api.standards.linkset import LINKSET_JSON, LINKSETS, format_linkset, target_of
from ledger.errors import NotFoundError
from ledger.herbs.check_digits import is_gtin, parse_gtin
from ledger.herbs.identifiers import grouped
from ledger.herbs.vocabulary import herb_named

SEE_OTHER: Final = 303
TEMPORARY: Final = 307
HTML: Final = "text/html"
JSON: Final = "application/json"
# What a browser says of a page that nobody looks at yet, or that it has already.


def ask_code(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    watch: NamedDependency[Watch],
    code: FromPath[str],
) -> Response[Any]:
    """The page of a code; for programs its trace or its linkset."""
    return answer_for(request, opened, watch, code)


@get("/lot/{code:str}", sync_to_thread=False, include_in_schema=False)
def ask_lot(code: FromPath[str]) -> Redirect:
    """A lot's own URI leads to its page."""
    return Redirect(f"/t/{_quoted(code)}", status_code=TEMPORARY)


@get("/crop/{code:str}", sync_to_thread=True, include_in_schema=False)
def ask_crop(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    watch: NamedDependency[Watch],
    code: FromPath[str],
) -> Response[Any]:
    """The page of a planting: what was sown, and what was done to it."""
    return answer_for(request, opened, watch, f"/crop/{_quoted(code)}")


@get("/site/{code:str}", sync_to_thread=True, include_in_schema=False)
def ask_site(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    watch: NamedDependency[Watch],
    code: FromPath[str],
) -> Response[Any]:
    """The page of a plot, works or store."""
    return answer_for(request, opened, watch, f"/site/{_quoted(code)}")


@get("/t", sync_to_thread=True, include_in_schema=False)
def typed(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    watch: NamedDependency[Watch],
    code: FromQuery[str] = "",
) -> Response[Any]:
    """What was typed on the first page: leads on to the code, or shows the field again."""
    shown = display_of(request)
    if not code.strip():
        return Redirect(shown.to("/"), status_code=SEE_OTHER)
    try:
        asked = asked_of(code, opened)
    except NotFoundError:
        if path := path_of_form(code, opened):
            return Redirect(shown.to(path), status_code=SEE_OTHER)
        if is_gtin(gtin := "".join(code.split())):  # the bar code was read, and not the QR code
            return Redirect(shown.to(f"/01/{parse_gtin(gtin)}"), status_code=SEE_OTHER)
        return answer_for(request, opened, watch, code)
    return Redirect(shown.to(page_path(asked)), status_code=SEE_OTHER)


@get("/", sync_to_thread=True, include_in_schema=False)
def home(request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]) -> Response[str]:
    """The first page: one field."""
    return page(
        request,
        "public/home.html",
        {"cases": _cases(opened, display_of(request)), **field_of(request)},
    )


@get("/privacy", sync_to_thread=False, include_in_schema=False)
def privacy(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]
) -> Response[str]:
    """What a scan stores, and for how long."""
    yesterday = china_day(opened.clock()) - timedelta(days=1)
    return page(request, "public/privacy.html", {"yesterday": yesterday.isoformat()})


@get("/phone.js", sync_to_thread=False, include_in_schema=False)
def phone_check(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The script by which the page checks itself; its address changes with its bytes."""
    return _script(request, PHONE)


@get("/whole.js", sync_to_thread=False, include_in_schema=False)
def whole_check(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The same with what few packets need: the page loads it when it comes to such a thing."""
    return _script(request, WHOLE)


@get("/second.js", sync_to_thread=False, include_in_schema=False)
def second_check(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The script by which a browser checks another ledger's evidence."""
    return _script(request, SECOND)


def _script(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    packed = script(name)
    taken = request.headers.get("accept-encoding", "")
    coding = next((one for one in ("br", "gzip") if one in taken), None)
    if coding is not None:
        headers["Content-Encoding"] = coding
        packed = script_as(name, coding)
    return Response(packed, media_type="text/javascript", headers=headers)


def answer_for(
    request: Request[Any, Any, Any], opened: OpenedLedger, watch: Watch, text: str
) -> Response[Any]:
    """The page, the trace or the linkset of what a text asks for; guessing is counted."""
    return guarded(
        request, opened, watch, text, lambda: _answer_known(request, opened, watch, text)
    )


def guarded(
    request: Request[Any, Any, Any],
    opened: OpenedLedger,
    watch: Watch,
    text: str,
    answer: Callable[[], Response[Any]],
) -> Response[Any]:
    """The answer about a text; where it raises NotFoundError, what every public page says then.

    Guessing is counted, and refused with AccessError `rate_limited`.
    """
    address = address_of(request.client)
    watch.guesses.refuse_guessing(address, now_ms=opened.clock())
    try:
        return answer()
    except NotFoundError as error:
        if error.code == AMBIGUOUS and wanted_form(request) == HTML:
            return several_page(request, opened, error)
        if error.code in WAITING and wanted_form(request) == HTML:
            return waiting_page(request, error.code)
        if error.code != "unknown_code":
            raise
        watch.guesses.count(address, text, now_ms=opened.clock())
        if wanted_form(request) != HTML:
            raise
        return unknown_page(request, opened, text)


def _answer_known(
    request: Request[Any, Any, Any], opened: OpenedLedger, watch: Watch, text: str
) -> Response[Any]:
    """The answer in the form that was asked for. Raises NotFoundError."""
    wanted = wanted_form(request)
    link_type = request.query_params.get("linkType", "")
    if wanted == HTML and not link_type:
        return packet_page(request, opened, watch.sightings, text)
    found = trace_for(request, opened, text)
    code = found.asked.code
    if link_type in LINKSETS or (wanted == LINKSET_JSON and not link_type):
        # Absolute, so that a linkset that was saved still says whose it is: RFC 9264 section 4.2.
        base_url = opened.settings.printed_base_url
        linkset = format_linkset(base_url + request.url.path, code, base_url)
        return Response(linkset, media_type=LINKSET_JSON, headers=_BRIEF_HEADERS)
    if link_type:
        target = target_of(link_type, code)
        if target is None:
            raise NotFoundError("not_found", f"no link of type {link_type!r}")
        return Redirect(_with_query(request, target), status_code=TEMPORARY)
    return Response(trace_answer(found), headers=_BRIEF_HEADERS)


def _with_query(request: Request[Any, Any, Any], target: str) -> str:
    """The target with the rest of the query: a resolver passes on what it does not read."""
    given = parse_qsl(request.url.query, keep_blank_values=True)
    rest = [pair for pair in given if pair[0] != "linkType"]
    if not rest:
        return target
    plain, mark, fragment = target.partition("#")
    return f"{plain}{'&' if '?' in plain else '?'}{urlencode(rest)}{mark}{fragment}"


_BRIEF_HEADERS: Final = {"Cache-Control": BRIEFLY, "Vary": "Accept"}


def wanted_form(request: Request[Any, Any, Any]) -> str:
    """The form that the client would rather have; the page when it does not say."""
    return request.accept.best_match([HTML, JSON, LINKSET_JSON], default=HTML) or HTML


def _cases(opened: OpenedLedger, shown: Display) -> list[dict[str, str]]:
    """The demonstration's codes to try; none in a ledger of real herbs."""
    if not opened.folder.demo.exists():
        return []
    cases: list[dict[str, str]] = json.loads(opened.folder.demo.read_text("utf-8"))["cases"]
    return [
        {
            **case,
            "herb": _herb(case["herb"], shown),
            "words": CASE_WORDS.get(case["shows"], case["shows"]),
            "grouped": grouped(case["code"]),
        }
        for case in cases
    ]


def _herb(name: str, shown: Display) -> str:
    herb = herb_named(name)
    if herb is None:  # a decoction is of several
        return shown.say(name)
    return herb.en if shown.english else herb.cn


CASE_WORDS: Final = {
    "honest": "一切正常的一包",
    "blend": "两个县合成的一批",
    "late": "没有信号，后来才传到的记录",
    "corrected": "写错后更正的记录",
    "held": "暂停销售",
    "copied": "被复制的码",
    "recalled": "已经召回",
    "expired": "过了保质期",
    "dishonest": "做了手脚的一批",
}


def _quoted(text: str) -> str:
    return quote(text, safe="")


# Labels print the path in capitals too, which make a smaller symbol.
ask = get("/t/{code:str}", sync_to_thread=True, include_in_schema=False)(ask_code)
ask_in_capitals = get("/T/{code:str}", sync_to_thread=True, include_in_schema=False)(ask_code)
HANDLERS: Final = (
    *(home, typed, privacy, phone_check, second_check, whole_check),
    *(ask, ask_in_capitals, ask_lot, ask_crop, ask_site),
)
