"""The complaints desk: what people reported, open ones first; answer, close, erase contacts."""

from asyncio import to_thread
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from api.answers.forms import texts_of
from api.answers.pages import page
from api.complaints import KINDS_CN, STATES_CN, TEXT_LENGTH_MAX, forget_old, receipt_number
from api.opened.ledger import OpenedLedger
from api.sessions import FORM_HEADERS, SEE_OTHER, refuse_cross_site
from api.shown.values import plain, shown_time
from ledger.errors import FormError, NotFoundError
from ledger.herbs.identifiers import grouped
from ledger.store.complaints import (
    OPEN,
    STATES,
    Complaint,
    answer_complaint,
    complaints,
    complaints_counted,
    forget_contact,
)

SHOWN_MAX: Final = 200  # of a page: a flood of one kind must not hide what comes after it
START_MAX: Final = 2**31


@get("/supervisor/complaints", sync_to_thread=True, include_in_schema=False)
def complaints_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    start: FromQuery[int] = 0,
) -> Response[str]:
    """What people reported: open ones first, the oldest of them first, page by page."""
    forget_old(opened)
    offset = min(max(0, start), START_MAX)
    rows = complaints(opened.store, limit=SHOWN_MAX, offset=offset)
    counted = complaints_counted(opened.store)
    following = offset + len(rows)
    return page(
        request,
        "supervisor/complaints.html",
        {
            "rows": [_row(each) for each in rows],
            "waiting": counted.get(OPEN, 0),
            "next": following if rows and following < sum(counted.values()) else None,
            "states": [(word, STATES_CN[word]) for word in STATES[1:]],
            "text_max": TEXT_LENGTH_MAX,
            "current": "complaints",
        },
        headers=FORM_HEADERS,
    )


@post("/supervisor/complaints/{receipt:str}", include_in_schema=False)
async def answer(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    receipt: FromPath[str],
) -> Response[Any]:
    """Answer or close a report with a note that whoever reported can read, or erase the contact."""
    refuse_cross_site(request)
    form = await texts_of(request)
    state = str(form.get("state", ""))
    number = receipt_number(receipt)
    if form.get("forget"):
        found = await to_thread(forget_contact, opened.store, number)
    elif state in STATES:
        note = plain(str(form.get("note", "")), TEXT_LENGTH_MAX)
        found = await to_thread(
            answer_complaint, opened.store, number, state=state, note=note, now_ms=opened.clock()
        )
    else:
        raise FormError("bad_query", f"state: {state!r} is none of {', '.join(STATES)}")
    if not found:
        raise NotFoundError("not_found", "no report of this receipt number")
    return Redirect("/supervisor/complaints", status_code=SEE_OTHER, headers=FORM_HEADERS)


def _row(given: Complaint) -> dict[str, object]:
    return {
        "given": given,
        "receipt": grouped(given.receipt),
        "kind": KINDS_CN.get(given.kind, given.kind),
        "state": STATES_CN[given.state],
        "received": shown_time(given.received_ms, english=False),
    }
