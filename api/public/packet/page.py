"""The packet's own page: counted as a scan when a person opens it, then told from its trace."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import structlog
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from api.answers.pages import DISPLAY, Display, display_of, page
from api.codes import asked_of, page_path
from api.files.blobs import Blobs
from api.opened.ledger import OpenedLedger
from api.public.counted.provinces import province_of
from api.public.counted.rescans import is_own_rescan, with_mark
from api.public.field import counted, field_of
from api.public.packet.climate import climates_of
from api.public.packet.heading import head_words
from api.public.packet.outside import QUERY as OTHERS
from api.public.packet.pack import packs_of
from api.public.packet.pieces import vocabulary_words
from api.public.packet.status import unknown_status, waiting_status
from api.public.packet.story import Story, tell
from api.public.packet.technical import technical_of
from api.public.phone import phone_of
from api.public.script import PHONE, WHOLE, script_link
from api.requests import HEAD_ONLY
from api.scans import Sightings, china_day, count_scan
from api.traced import evidence_bytes, traced
from ledger.errors import CODES, FormError
from ledger.evidence.make import follow
from ledger.evidence.verdict import FILE_BYTES_MAX
from ledger.herbs.identifiers import asked_uri, host_of
from ledger.store.engine import DRIVER_ERRORS
from ledger.store.troubles import room_or_rights
from ledger.trace.claims import AGAINST
from ledger.trace.trace import Asked, Trace

TEMPORARY: Final = 307
OF_ONE_CODE: Final = "deeper"  # the part of the page that names the code
# A recall must show within a minute, on a phone and through a proxy.
BRIEFLY: Final = "private, max-age=30, must-revalidate"
# What a browser says of a page that nobody looks at yet, or that it has already.
_PREFETCH: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")


def packet_page(
    request: Request[Any, Any, Any], opened: OpenedLedger, sightings: Sightings, text: str
) -> Response[Any]:
    """The page as anybody sees it: who is logged in sees no more of it here."""
    follow(opened.store, opened.replica)
    asked = asked_of(text, opened)
    path = page_path(asked)
    # From the address the phone derives the URI: what is no lot has an address of its own.
    moved = path.startswith(("/crop/", "/site/")) and not request.url.path.startswith(path[:6])
    if moved or asked.alias:
        return Redirect(display_of(request).to(path), status_code=TEMPORARY)
    now_ms = opened.clock()
    cookie = _count(request, opened, sightings, asked, now_ms) if _is_scan(request) else None
    found = traced(opened, asked)
    shown = display_of(request)
    others = request.query_params.get(OTHERS, "")
    held = Blobs(opened.folder.blobs).holds
    story = tell(found, shown, held, others=others, path=request.url.path)
    climates = opened.remember(
        ("climates", asked.uri, shown), lambda: climates_of(found, opened, shown)
    )

    def kept(part: str, make: Callable[[], str]) -> str:
        """A part of the page; steps say which of them the status rests on.

        A statement that came in meanwhile is not in this trace: its page is another one.
        """
        code = asked.code if part == OF_ONE_CODE else ""
        leaves = tuple(step.index for step in found.steps)
        status = (found.status, story.status.code)
        key = (part, asked.uri, code, shown, status, found.size, leaves, others)
        return opened.remember(key, make, weigh=_bytes_of)

    answer = page(
        request,
        "public/trace.html",
        {
            "story": story,
            "packs": packs_of(found, opened, shown),
            "recall_ids": _recalls_of(found),
            "climates": climates,
            "kept": kept,
            "technical": technical_of(found, opened, shown),
            **_for_phones(found, opened, shown, story),
            "status": story.status,
            "basis": story.basis,
        },
        headers={"Cache-Control": BRIEFLY},
    )
    if cookie is not None:
        answer.set_cookie(cookie)
    return answer


def _for_phones(
    found: Trace, opened: OpenedLedger, display: Display, story: Story
) -> dict[str, Any]:
    """What phones check the page by, and the script that they will need.

    Whichever they are given, they say the same: what it lacks they load whole.
    """
    parts = Counter(edge.child for edge in found.edges if edge.mass_g is not None)
    several = any(count > 1 for count in parts.values())
    spoken = any(step.kind in AGAINST for step in found.steps)
    is_rare = several or spoken or bool(found.openings) or story.status.code == "partly"
    words = vocabulary_words(found, display) | head_words(found, display)
    return {
        "status_level": "h2",
        "phone": phone_of(
            opened,
            display,
            story.status,
            words,
            too_large=evidence_bytes(found) > FILE_BYTES_MAX,
        ),
        "scripts": [script_link(WHOLE if is_rare else PHONE)] if story.whole else [],
        "whole": "" if is_rare else script_link(WHOLE),
    }


def _bytes_of(part: str) -> int:
    """About: a text with one Chinese sign takes two bytes for each."""
    return 2 * len(part)


def _count(
    request: Request[Any, Any, Any],
    opened: OpenedLedger,
    sightings: Sightings,
    asked: Asked,
    now_ms: int,
) -> Cookie | None:
    """Count a scan of a pack, unless this browser opened it lately; the mark to remember that."""
    secret, today = opened.folder.secret(), china_day(now_ms)
    if asked.serial is None or is_own_rescan(request, asked.code, secret, today):
        return None
    header = opened.settings.province_header
    province = province_of(request.headers.get(header, "")) if header else ""
    # Counted before it is shown, so that the count on the page includes this scan.
    try:
        count_scan(
            opened.store,
            asked.code,
            now_ms=now_ms,
            province=province,
            elsewhere=sightings.is_elsewhere(asked.code, province, now_ms=now_ms),
            lot=asked.uri,
        )
    except DRIVER_ERRORS as error:
        trouble = room_or_rights(error)
        if trouble is None:
            raise
        # Whoever bought the pack is told of it all the same: a count less is the smaller loss.
        structlog.get_logger().error("scan", code=trouble.code, detail=trouble.message)
        return None
    return with_mark(request, asked.code, secret, today)


def _recalls_of(found: Trace) -> list[str]:
    """The recall on which the status rests, if it does."""
    status = found.status
    return [status.statement_id] if status.code == "recalled" and status.statement_id else []


def unknown_page(request: Request[Any, Any, Any], opened: OpenedLedger, text: str) -> Response[str]:
    """The page of a code that nobody issued: what to compare, and the field again."""
    shown = display_of(request)
    status = unknown_status(shown)
    context = {
        "phones": [phone_of(opened, shown, status)]
        if _can_be_proved(request, opened, text)
        else [],
        # That a code is absent is told by the whole script alone.
        "script": script_link(WHOLE),
        "whole": "",
        "status": status,
        "status_level": "h1",
        "basis": [],
        "host": host_of(request.app.state.origin),
        "counted": counted(text, shown),
        **field_of(request, text),
    }
    return page(
        request,
        "public/unknown.html",
        context,
        status_code=404,
        headers={"Cache-Control": "no-store"},
    )


def waiting_page(request: Request[Any, Any, Any], code: str) -> Response[str]:
    """The page of a label or a sack's tag that was printed and that nobody has registered yet."""
    context = {
        "status": waiting_status(code, display_of(request)),
        "status_level": "h1",
        "basis": [],
        **field_of(request),
    }
    return page(
        request,
        "public/waiting.html",
        context,
        status_code=CODES[code].status,
        headers={"Cache-Control": "no-store"},
    )


def _can_be_proved(request: Request[Any, Any, Any], opened: OpenedLedger, text: str) -> bool:
    """Whether the text is of a code's form: then phones can prove what the log has of it.

    The phone reads the code from the address, so it must stand there.
    """
    if not request.path_params:
        return False
    try:
        asked_uri(text, opened.origin)
    except FormError:
        return False
    return True


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
        and not (DISPLAY | {OTHERS}) & request.query_params.keys()
        and not request.scope["state"].get(HEAD_ONLY)
    )
