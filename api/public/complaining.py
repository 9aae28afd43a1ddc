"""举报问题: a form without an account, a receipt number to ask by, and a contact that can go."""

import secrets
from asyncio import to_thread
from typing import Any, Final

import structlog
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from api.answers.forms import texts_of
from api.answers.pages import Display, display_of, page
from api.codes import asked_of
from api.complaints import (
    CONTACT_LENGTH_MAX,
    HOUR_S,
    KINDS_CN,
    STATES_CN,
    TEXT_LENGTH_MAX,
    forget_old,
    receipt_number,
)
from api.limits import Window, address_of
from api.opened.ledger import OpenedLedger
from api.sessions import FORM_HEADERS, SEE_OTHER, refuse_cross_site
from api.shown.values import plain, shown_time
from ledger.errors import AccessError, FormError, NotFoundError
from ledger.herbs.identifiers import CHANCE_BYTES, grouped, new_code, parse_code
from ledger.store.complaints import Complaint, complaint_of, forget_contact, keep_complaint

PER_DAY: Final = 5_000  # reports of everybody: some fifteen megabytes, and more than a desk reads
DAY_S: Final = 86_400
# A carrier puts a town behind one address of IPv4, and a market may sell one bad lot in a morning:
# of one address so many reports an hour. Of one code it is the family that has the packet.
PER_HOUR: Final = 60
OF_A_CODE: Final = 3
CODE_LENGTH_MAX: Final = 80
BAD_REQUEST: Final = 400
HASTY: Final = 429
SAID_ALREADY: Final = (
    "这一小时里，同一个码从您这里已经报过三次，都收到了，这一次没有提交。"
    "要补充，请过一会儿再按提交，急事请打 12315。"
)
TOO_MANY: Final = "这一小时的举报太多了，还没有提交：请过一会儿再按提交，急事请打 12315。"


class ComplaintWindow:
    """How many reports one address may send in an hour, of one code and of all, and all in a day.

    In memory, like all such counts. What is refused for its code counts for nobody else: who says
    the same again and again takes nothing from his neighbours behind the same address. The day's
    keeps a thousand addresses of one joker from filling the disk and the desk; 12315 stands on the
    form, and answers all the same.
    """

    def __init__(self) -> None:
        self._of_code = Window(OF_A_CODE, window_s=HOUR_S)
        self._of_one = Window(PER_HOUR, window_s=HOUR_S)
        self._of_all = Window(PER_DAY, window_s=DAY_S)

    def refuse_repeating(self, address: str, code: str) -> None:
        """Count a report of a code, however it was typed. Raises AccessError `rate_limited`."""
        if code:  # what has none is everybody's
            self._of_code.refuse_haste(f"{address} {_as_typed(code)}")

    def refuse_haste(self, address: str) -> None:
        """Count a report. Raises AccessError `rate_limited`."""
        self._of_one.refuse_haste(address)
        try:
            self._of_all.refuse_haste("")
        except AccessError:
            structlog.get_logger().warning("complaints", of_a_day=PER_DAY)
            raise


@get("/complaint", include_in_schema=False)
async def complaint_form(
    request: Request[Any, Any, Any], code: FromQuery[str] = ""
) -> Response[str]:
    """The form to report a pack by; 12315 stands first."""
    return _form(request, {"code": _as_typed(code), "kind": "", "text": "", "contact": ""})


@post("/complaint", include_in_schema=False)
async def complain(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    complaint_window: NamedDependency[ComplaintWindow],
) -> Response[Any]:
    """Keep what somebody reports; the answer leads to its receipt number."""
    refuse_cross_site(request)
    form = await texts_of(request)
    given = {
        "code": plain(form.get("code", ""), CODE_LENGTH_MAX),
        "kind": form.get("kind", ""),
        "text": plain(form.get("text", ""), TEXT_LENGTH_MAX),
        "contact": plain(form.get("contact", ""), CONTACT_LENGTH_MAX),
    }
    if given["kind"] not in KINDS_CN or not given["text"]:
        return _form(request, given, BAD_REQUEST, "请选一个类别，并写下发生了什么。")
    address, said = address_of(request.client), SAID_ALREADY
    try:
        complaint_window.refuse_repeating(address, given["code"])
        said = TOO_MANY
        complaint_window.refuse_haste(address)
    except AccessError as error:  # what was written stays in the form
        hasty = _form(request, given, HASTY, said)
        hasty.headers["Retry-After"] = str(error.details["wait_s"])
        return hasty
    receipt = await to_thread(_keep, opened, given)
    path = display_of(request).to(f"/complaint/{receipt}")
    return Redirect(path, status_code=SEE_OTHER, headers=FORM_HEADERS)


@get("/complaint/state", sync_to_thread=False, include_in_schema=False)
def typed_receipt(request: Request[Any, Any, Any], receipt: FromQuery[str] = "") -> Response[Any]:
    """A receipt number as it was typed leads to its page."""
    return Redirect(
        display_of(request).to(f"/complaint/{receipt_number(receipt)}"), status_code=SEE_OTHER
    )


@get("/complaint/{receipt:str}", sync_to_thread=True, include_in_schema=False)
def complaint_state(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    receipt: FromPath[str],
) -> Response[str]:
    """How far a report has come, for whoever has its receipt number."""
    forget_old(opened)
    found = complaint_of(opened.store, receipt_number(receipt))
    if found is None:
        raise NotFoundError("not_found", "no report of this receipt number")
    return page(request, "public/complaint_state.html", _state(found, display_of(request)),
                headers=FORM_HEADERS)  # fmt: skip


@post("/complaint/{receipt:str}/forget", sync_to_thread=True, include_in_schema=False)
def forget(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    receipt: FromPath[str],
) -> Response[Any]:
    """Erase the contact of a report, for whoever has its receipt number."""
    refuse_cross_site(request)
    number = receipt_number(receipt)
    if not forget_contact(opened.store, number):
        raise NotFoundError("not_found", "no report of this receipt number")
    path = display_of(request).to(f"/complaint/{number}")
    return Redirect(path, status_code=SEE_OTHER, headers=FORM_HEADERS)


def _keep(opened: OpenedLedger, given: dict[str, str]) -> str:
    try:
        asked = asked_of(given["code"], opened)
        code, lot = asked.code, asked.uri
    except NotFoundError:  # what nobody issued is what most needs to be reported
        code, lot = given["code"], ""
    receipt = new_code(secrets.token_bytes(CHANCE_BYTES))
    keep_complaint(
        opened.store,
        Complaint(
            receipt=receipt,
            code=code,
            lot=lot,
            kind=given["kind"],
            text=given["text"],
            contact=given["contact"] or None,
            received_ms=opened.clock(),
        ),
    )
    return receipt


def _form(
    request: Request[Any, Any, Any],
    given: dict[str, str],
    status_code: int = 200,
    *refusals: str,
) -> Response[str]:
    shown = display_of(request)
    kinds = [
        {"word": word, "text": shown.say(text), "checked": " checked" * (word == given["kind"])}
        for word, text in KINDS_CN.items()
    ]
    context = {
        "given": given,
        "kinds": kinds,
        "refusals": [*map(shown.say, refusals)],
        "text_max": TEXT_LENGTH_MAX,
        "contact_max": CONTACT_LENGTH_MAX,
    }
    return page(
        request,
        "public/complaint.html",
        context,
        status_code=status_code,
        headers=FORM_HEADERS,
    )


def _state(found: Complaint, shown: Display) -> dict[str, object]:
    return {
        "receipt": grouped(found.receipt),
        "path": f"/complaint/{found.receipt}/forget",
        "state": shown.say(STATES_CN[found.state]),
        "kind": shown.say(KINDS_CN.get(found.kind, found.kind)),
        "received": shown_time(found.received_ms, english=shown.english),
        "code": found.code,
        "text": found.text,
        "notes": [found.note] if found.note else [],
        "contacts": [found.contact] if found.contact else [],
    }


def _as_typed(code: str) -> str:
    try:
        return grouped(parse_code(code).text)
    except FormError:
        return plain(code, CODE_LENGTH_MAX)


HANDLERS: Final = (complaint_form, complain, typed_receipt, complaint_state, forget)
