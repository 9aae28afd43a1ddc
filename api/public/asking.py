"""GET /t/{code} and the GS1 paths: one address for people and programs, and the field to type in.

Browsers get the page, programs the trace or the linkset; only a page that a person opens is a scan.
"""

import json
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from api.codes import asked_of
from api.opened import OpenedLedger
from api.pages import DISPLAY, display_of, page
from api.public.guesses import Guesses
from api.public.phone import phone_of
from api.public.pieces import vocabulary_words
from api.public.provinces import province_of
from api.public.script import phone_script, phone_script_gzipped, script_link
from api.public.status import unknown_status
from api.public.story import tell
from api.public.technical import technical_of
from api.records.tracing import trace_for
from api.requests import HEAD_ONLY
from api.scans import china_day, count_scan, scans_of
from api.standards.linkset import LINKSET, LINKSET_JSON, format_linkset, target_of
from ledger.errors import FormError, NotFoundError
from ledger.evidence.make import follow
from ledger.herbs.identifiers import asked_uri, grouped, parse_code
from ledger.trace.answer import format_trace
from ledger.trace.trace import trace

SEE_OTHER: Final = 303
TEMPORARY: Final = 307
# A recall must show within a minute, on a phone and through a proxy.
BRIEFLY: Final = "private, max-age=30, must-revalidate"
HTML: Final = "text/html"
JSON: Final = "application/json"
# What a browser says of a page that nobody looks at yet, or that it has already.
_PREFETCH: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")


def ask_code(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    guesses: NamedDependency[Guesses],
    code: FromPath[str],
) -> Response[Any]:
    """The page of a code; for programs its trace or its linkset."""
    return _answer(request, opened, guesses, code)


@get("/01/{gtin:str}/10/{lot:str}", sync_to_thread=True, include_in_schema=False)
def ask_gs1_lot(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    guesses: NamedDependency[Guesses],
    gtin: FromPath[str],
    lot: FromPath[str],
) -> Response[Any]:
    """The same by a GS1 Digital Link that names a lot."""
    return _answer(request, opened, guesses, f"/01/{_quoted(gtin)}/10/{_quoted(lot)}")


@get("/01/{gtin:str}/10/{lot:str}/21/{serial:str}", sync_to_thread=True, include_in_schema=False)
def ask_gs1_unit(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    guesses: NamedDependency[Guesses],
    gtin: FromPath[str],
    lot: FromPath[str],
    serial: FromPath[str],
) -> Response[Any]:
    """The same by a GS1 Digital Link that names one pack."""
    text = f"/01/{_quoted(gtin)}/10/{_quoted(lot)}/21/{_quoted(serial)}"
    return _answer(request, opened, guesses, text)


@get("/lot/{code:str}", sync_to_thread=False, include_in_schema=False)
def ask_lot(code: FromPath[str]) -> Redirect:
    """A lot's own URI leads to its page."""
    return Redirect(f"/t/{_quoted(code)}", status_code=TEMPORARY)


@get("/t", sync_to_thread=True, include_in_schema=False)
def typed(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    guesses: NamedDependency[Guesses],
    code: FromQuery[str] = "",
) -> Response[Any]:
    """What was typed on the first page: leads on to the code, or shows the field again."""
    shown = display_of(request)
    if not code.strip():
        return Redirect(shown.to("/"), status_code=SEE_OTHER)
    try:
        asked = asked_of(code, opened)
    except NotFoundError:
        return _answer(request, opened, guesses, code)
    path = asked.code if asked.code.startswith("/01/") else f"/t/{_quoted(asked.code.upper())}"
    return Redirect(shown.to(path), status_code=SEE_OTHER)


@get("/", sync_to_thread=True, include_in_schema=False)
def home(request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]) -> Response[str]:
    """The first page: one field."""
    return page(request, "public/home.html", {"cases": _cases(opened), **_field(request)})


@get("/phone.js", sync_to_thread=False, include_in_schema=False)
def phone_check(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The script by which the page checks itself; its address changes with its bytes."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    script = phone_script()
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        script = phone_script_gzipped()
    return Response(script, media_type="text/javascript", headers=headers)


def _answer(
    request: Request[Any, Any, Any], opened: OpenedLedger, guesses: Guesses, text: str
) -> Response[Any]:
    address = request.client.host if request.client else ""
    guesses.refuse_guessing(address, now_ms=opened.clock())
    try:
        return _answer_known(request, opened, text)
    except NotFoundError as error:
        if error.code != "unknown_code":
            raise
        guesses.count(address, text, now_ms=opened.clock())
        if _wanted(request) != HTML:
            raise
        return _unknown_page(request, opened, text)


def _answer_known(
    request: Request[Any, Any, Any], opened: OpenedLedger, text: str
) -> Response[Any]:
    """The answer in the form that was asked for. Raises NotFoundError."""
    wanted = _wanted(request)
    link_type = request.query_params.get("linkType", "")
    if wanted == HTML and not link_type:
        return _page(request, opened, text)
    found = trace_for(request, opened, text)
    code = found.asked.code
    if link_type == LINKSET or (wanted == LINKSET_JSON and not link_type):
        base_url = opened.settings.base_url.rstrip("/")
        linkset = format_linkset(base_url + request.url.path, code, base_url)
        return Response(linkset, media_type=LINKSET_JSON, headers=_BRIEF_HEADERS)
    if link_type:
        target = target_of(link_type, code)
        if target is None:
            raise NotFoundError("not_found", f"no link of type {link_type!r}")
        return Redirect(target, status_code=TEMPORARY)
    answer = format_trace(found, evidence_url=f"/v1/evidence?code={code}")
    return Response(answer, headers=_BRIEF_HEADERS)


_BRIEF_HEADERS: Final = {"Cache-Control": BRIEFLY, "Vary": "Accept"}


def _page(request: Request[Any, Any, Any], opened: OpenedLedger, text: str) -> Response[str]:
    """The page as anybody sees it: who is logged in sees no more of it here."""
    follow(opened.store, opened.replica)
    asked = asked_of(text, opened)
    now_ms = opened.clock()
    # Counted before it is shown, so that the count on the page includes this scan.
    if asked.serial is not None and _is_scan(request):
        header = opened.settings.province_header
        province = province_of(request.headers.get(header, "")) if header else ""
        count_scan(opened.store, asked.code, now_ms=now_ms, province=province)
    found = trace(
        opened.store,
        opened.replica,
        asked,
        today=china_day(now_ms),
        scans=scans_of(opened.store, asked.code, now_ms=now_ms),
    )
    shown = display_of(request)
    story = tell(found, shown)
    return page(
        request,
        "public/trace.html",
        {
            "story": story,
            "technical": technical_of(found, opened, shown),
            "phone": phone_of(opened, shown, vocabulary_words(found, shown)),
            "script": script_link(),
            "status": story.status,
            "status_level": "h2",
            "basis": story.basis,
        },
        headers={"Cache-Control": BRIEFLY},
    )


def _unknown_page(
    request: Request[Any, Any, Any], opened: OpenedLedger, text: str
) -> Response[str]:
    shown = display_of(request)
    context = {
        "phones": [phone_of(opened, shown)] if _is_absent(opened, text) else [],
        "script": script_link(),
        "status": unknown_status(shown),
        "status_level": "h1",
        "basis": [],
        **_field(request, _as_typed(text)),
    }
    return page(
        request,
        "public/unknown.html",
        context,
        status_code=404,
        headers={"Cache-Control": "no-store"},
    )


def _is_absent(opened: OpenedLedger, text: str) -> bool:
    """Whether the text is of a code's form and its lot is in no statement: that can be proved."""
    try:
        uri = asked_uri(text, opened.origin)
    except FormError:
        return False
    with opened.store.reading() as reading:
        return not reading.chains([uri]).get(uri)


def _wanted(request: Request[Any, Any, Any]) -> str:
    """The form that the client would rather have; the page when it does not say."""
    return request.accept.best_match([HTML, JSON, LINKSET_JSON], default=HTML) or HTML


def _is_scan(request: Request[Any, Any, Any]) -> bool:
    """Whether a person has opened the page now: no program, preview, reload, change of display.

    Decided from this one request; nothing about the browser is stored.
    """
    headers = request.headers
    shown_by_browser = (
        headers.get("sec-fetch-mode", "navigate") == "navigate"
        and headers.get("sec-fetch-dest", "document") == "document"
    )
    had_before = "if-none-match" in headers
    return (
        shown_by_browser
        and not had_before
        and not any(name in headers for name in _PREFETCH)
        and not DISPLAY & request.query_params.keys()
        and not request.scope["state"].get(HEAD_ONLY)
    )


def _cases(opened: OpenedLedger) -> list[dict[str, str]]:
    """The demonstration's codes to try; none in a ledger of real herbs."""
    if not opened.folder.demo.exists():
        return []
    cases: list[dict[str, str]] = json.loads(opened.folder.demo.read_text("utf-8"))["cases"]
    return [
        {
            **case,
            "words": CASE_WORDS.get(case["shows"], case["shows"]),
            "grouped": grouped(case["code"]),
        }
        for case in cases
    ]


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


def _field(request: Request[Any, Any, Any], text: str = "") -> dict[str, object]:
    """The field with what was typed; the display goes along as hidden words of the form."""
    kept = [(name, value) for name, value in request.query_params.items() if name in DISPLAY]
    return {"typed": text, "kept": kept}


def _as_typed(text: str) -> str:
    """What to put back into the field: no more than a code's length of it."""
    try:
        return parse_code(text).text.upper()
    except FormError:
        return text[:80]


def _quoted(text: str) -> str:
    return quote(text, safe="")


# Labels print the path in capitals too, which make a smaller symbol.
ask = get("/t/{code:str}", sync_to_thread=True, include_in_schema=False)(ask_code)
ask_in_capitals = get("/T/{code:str}", sync_to_thread=True, include_in_schema=False)(ask_code)
HANDLERS: Final = (
    *(home, typed, phone_check),
    *(ask, ask_in_capitals, ask_lot, ask_gs1_lot, ask_gs1_unit),
)
