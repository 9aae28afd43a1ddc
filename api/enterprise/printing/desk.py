"""The printing desk: from a lot to a plan of packs, to printed labels, to their statement.

Everything here is plain links and forms; only signing needs the browser's script.
"""

from asyncio import to_thread
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from api.access import Caller
from api.answers.forms import texts_of
from api.answers.pages import page
from api.codes import asked_of
from api.enterprise.printing.forms import paper_in, wish_of
from api.enterprise.printing.lot import Desk, desk_of, made_by, redraw_job, start_job
from api.labelling.planning import batch_of, plan_packs
from api.labelling.press import Press
from api.opened.ledger import OpenedLedger
from api.sessions import FORM_HEADERS, SEE_OTHER, refuse_cross_site
from api.shown.lineages import trace_of
from api.shown.naming import code_in, label_of, shown_code
from labels.errors import LabelError
from labels.sheets import write_test_page
from ledger.errors import DaodiError, FormError
from ledger.store.prints import drop_plan, plans_by
from ledger.store.recent import used_g


def desk_at(
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
    press: NamedDependency[Press],
) -> Desk:
    """What every handler of one lot's desk works with."""
    return Desk(opened=opened, caller=caller, press=press)


AT_DESK: Final = {"desk": Provide(desk_at, sync_to_thread=False)}


@get("/enterprise/printing", sync_to_thread=True, include_in_schema=False)
def desk_index(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
) -> Response[str]:
    """What waits to be stated, packs to print, lots to pack; or a lot by its code."""
    asked = str(request.query_params.get("code", "")).strip()
    refused = ""
    if asked:
        try:
            return _go(code_in(asked_of(asked, opened).uri))
        except DaodiError as error:
            refused = error.sentence_cn
    packs, lots = made_by(opened, caller)
    used = used_g(opened.store, [thing.uri for thing in lots])
    plans = plans_by(opened.store, str(caller.actor))
    with opened.store.reading() as reading:
        stated = reading.things([plan.lot for plan in plans])
    return page(
        request,
        "enterprise/printing.html",
        {
            "waiting": [
                (code_in(plan.lot), shown_code(plan.lot))
                for plan in plans
                if plan.lot not in stated
            ],
            "packs": [(code_in(t.uri), label_of(t)) for t in packs],
            "lots": [
                (code_in(t.uri), label_of(t))
                for t in lots
                if t.mass_g is None or used.get(t.uri, 0) < t.mass_g
            ],
            "asked": asked,
            "refused": refused,
            "current": "printing",
        },
        headers=FORM_HEADERS,
    )


@get(
    "/enterprise/printing/{code:str}",
    dependencies=AT_DESK,
    sync_to_thread=True,
    include_in_schema=False,
)
def desk_page(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], code: FromPath[str]
) -> Response[str]:
    """A lot to pack, with a form and what its label will say; or packs to print and to state."""
    form = {key: str(value) for key, value in request.query_params.items()}
    return desk_of(request, desk, code, form)


@post(
    "/enterprise/printing/{code:str}/plan",
    dependencies=AT_DESK,
    status_code=SEE_OTHER,
    include_in_schema=False,
)
async def plan(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], code: FromPath[str]
) -> Response[Any]:
    """Plan packs of a lot; the answer is the desk of the new pack lot, or what stops it."""

    def planned(form: Mapping[str, str]) -> str:
        opened, caller = desk.opened, desk.caller
        trace = trace_of(opened, replace(asked_of(code, opened), serial=None), caller.reader)
        lot, _ = plan_packs(opened, caller, trace, wish_of(form))
        return code_in(lot)

    return await _done(request, desk, code, planned)


@post(
    "/enterprise/printing/{code:str}/print",
    dependencies=AT_DESK,
    status_code=SEE_OTHER,
    include_in_schema=False,
)
async def print_labels(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], code: FromPath[str]
) -> Response[Any]:
    """Begin a print job of new labels, or of a range again."""

    def printed(form: Mapping[str, str]) -> str:
        start_job(desk, code, form)
        return code

    return await _done(request, desk, code, printed)


@post(
    "/enterprise/printing/{code:str}/redraw",
    dependencies=AT_DESK,
    status_code=SEE_OTHER,
    include_in_schema=False,
)
async def redraw(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], code: FromPath[str]
) -> Response[Any]:
    """Draw the file of a job again that was cleared."""

    def redrawn(form: Mapping[str, str]) -> str:
        redraw_job(desk, form.get("job", ""))
        return code

    return await _done(request, desk, code, redrawn)


@post(
    "/enterprise/printing/{code:str}/drop",
    dependencies=AT_DESK,
    status_code=SEE_OTHER,
    include_in_schema=False,
)
async def drop(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], code: FromPath[str]
) -> Response[Any]:
    """Forget a plan of which nothing was printed yet."""

    def dropped(_form: Mapping[str, str]) -> str:
        pack = batch_of(desk.opened, code, desk.caller).pack
        if pack.registered is not None or not drop_plan(desk.opened.store, pack.uri):
            raise FormError("bad_query", "印过标签的不能放弃，请登记或作废")
        return code_in(pack.source)

    return await _done(request, desk, code, dropped)


@get("/enterprise/test-page", sync_to_thread=True, include_in_schema=False)
def test_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The cells and rulers of a sheet, as PDF for plain paper."""
    form = {key: str(value) for key, value in request.query_params.items()}
    written = BytesIO()
    try:
        paper = paper_in({**form, "format": "pdf", "start_cell": "1"})
        write_test_page(written, stock=paper.chosen, shift_mm=paper.shift_mm)
    except LabelError as error:
        raise FormError("bad_query", error.sentence_cn) from error
    return Response(written.getvalue(), media_type="application/pdf")


async def _done(
    request: Request[Any, Any, Any], desk: Desk, code: str, act: Callable[[Mapping[str, str]], str]
) -> Response[Any]:
    """Do what a form asks and go on to the desk that it names; else the same with what stops it."""
    refuse_cross_site(request)
    form = await texts_of(request)
    try:
        return _go(await to_thread(act, form))
    except (DaodiError, LabelError) as error:
        return await to_thread(desk_of, request, desk, code, form, error)


def _go(code: str) -> Response[Any]:
    return Redirect(f"/enterprise/printing/{code}", status_code=SEE_OTHER, headers=FORM_HEADERS)
