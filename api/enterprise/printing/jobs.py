"""Print jobs for programs: begin one, see how far it is, fetch its file; statements about codes."""

from asyncio import to_thread
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import File

from api.access import Caller, caller_of, require_actor
from api.answers.problems import refusals
from api.codes import asked_of
from api.enterprise.printing.forms import wish_of
from api.enterprise.printing.lot import Desk, redraw_job, start_job
from api.labelling.drawing import MEDIA_TYPES
from api.labelling.planning import batch_of, plan_packs
from api.labelling.press import READY, Press, format_job
from api.labelling.stating import packing_form, read_serial, read_serials, refuse_codes, void_form
from api.opened.ledger import OpenedLedger
from api.records.drafts import draft_of
from api.sessions import refuse_cross_site
from api.shown.lineages import trace_of
from api.shown.naming import code_in
from labels.errors import LabelError
from ledger.canonical import JsonValue, parse_json
from ledger.errors import FormError, NotFoundError
from ledger.herbs.serials import count_of
from ledger.store.prints import plan_of
from ledger.trace.answer import china_time

ACCEPTED: Final = 202
OK: Final = 200
CREATED: Final = 201
REFUSED: Final = refusals("unauthorised", "not_your_lot", "over_print", "unknown_code", "bad_query")


@post("/v1/packings", status_code=CREATED, responses=REFUSED)
async def plan_packing(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]
) -> dict[str, Any]:
    """Plan packs: `{lot, sort, unit, packed, months, grade, standard, storage, batch, gap, gi}`.

    The answer names the new pack lot and the fields of its labels; nothing is stated yet.
    """
    form = await members_of(request)

    def planned() -> dict[str, Any]:
        caller = caller_in(request, opened)
        trace = trace_of(opened, asked_of(form.get("lot", ""), opened), caller.reader)
        lot, contents = plan_packs(opened, caller, trace, wish_of(form))
        return {"lot": lot, "code": code_in(lot), "fields": [[*pair] for pair in contents.fields]}

    return await to_thread(planned)


@post("/v1/labels", status_code=ACCEPTED, responses=REFUSED)
async def print_job(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    press: NamedDependency[Press],
) -> dict[str, Any]:
    """Begin a job: `{lot, count, first, format, stock, dpi, start_cell, right, down}`.

    With `reprint`, `from` and `to` serials are printed again and counted apart. The answer names
    the job and its serials; GET it until its state is `ready`.
    """
    form = await members_of(request)

    def begun() -> dict[str, Any]:
        desk = Desk(opened=opened, caller=caller_in(request, opened), press=press)
        try:
            return format_job(start_job(desk, form.get("lot", ""), form))
        except LabelError as error:
            raise FormError("bad_query", f"{error.sentence_cn} {error.message}") from error

    return await to_thread(begun)


@get("/v1/labels/{job:str}", sync_to_thread=True, responses=refusals("unauthorised", "not_found"))
def job_state(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    press: NamedDependency[Press],
    job: FromPath[str],
) -> dict[str, Any]:
    """How far a job is, and its file once it is ready; a file that was cleared stays so."""
    return format_job(press.state(job, require_actor(caller_of(request, opened))))


@post(
    "/v1/labels/{job:str}/redraw",
    status_code=ACCEPTED,
    sync_to_thread=True,
    responses=REFUSED | refusals("not_found"),
)
def redraw_labels(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    press: NamedDependency[Press],
    job: FromPath[str],
) -> dict[str, Any]:
    """Draw a job's file again that was cleared, with the same serials; GET until it is `ready`."""
    refuse_cross_site(request)
    desk = Desk(opened=opened, caller=caller_in(request, opened), press=press)
    return format_job(redraw_job(desk, job))


@get(
    "/v1/labels/{job:str}/file",
    sync_to_thread=True,
    responses=refusals("unauthorised", "not_found"),
    include_in_schema=False,
)
def job_file(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    press: NamedDependency[Press],
    job: FromPath[str],
) -> File:
    """The file of a job that is ready."""
    state = press.state(job, require_actor(caller_of(request, opened)))
    path: Path = press.path(state.row)
    if state.state != READY or not path.exists():
        raise NotFoundError("not_found", f"job {job} is {state.state}")
    kind = state.paper.kind
    return File(
        path,
        filename=f"labels-{code_in(state.row.lot)}-{job[:6]}.{kind}",
        media_type=MEDIA_TYPES[kind],
    )


@post("/v1/labels/{lot:str}/stating", status_code=OK, responses=REFUSED)
async def stating(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger], lot: FromPath[str]
) -> dict[str, Any]:
    """Drafts to sign when printing is done: `{last, spoiled}`; the last label by code or serial.

    `spoiled` serials are withdrawn first, in a statement of their own.
    """
    form = await members_of(request)

    def drafted() -> dict[str, Any]:
        caller = caller_in(request, opened)
        batch = batch_of(opened, lot, caller)
        last = read_serial(opened, batch.pack, form.get("last", ""))
        spoiled = read_serials(form.get("spoiled", ""))
        plan = _plan(opened, batch.pack.uri)
        held = packing_form(batch, last, spoiled, plan)
        void = void_form(batch.pack, spoiled, "misprint", site=held["site"])
        drafts = [_void(opened, caller, void)] if spoiled else []
        answer = draft_of({**held, "event_time": _now(opened)}, opened).answer()
        return {"drafts": [*drafts, answer], "count": held["elements"]["count"], "last": last}

    return await to_thread(drafted)


@post("/v1/labels/{lot:str}/void", status_code=OK, responses=REFUSED)
async def voiding(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger], lot: FromPath[str]
) -> dict[str, Any]:
    """A draft to sign that withdraws codes: `{serials, reason}`, such as `13, 20-22` and `lost`."""
    form = await members_of(request)

    def drafted() -> dict[str, Any]:
        caller = caller_in(request, opened)
        batch = batch_of(opened, lot, caller)
        wanted = read_serials(form.get("serials", ""))
        site = str(_plan(opened, batch.pack.uri).get("site") or caller.actor)
        held = void_form(batch.pack, wanted, form.get("reason", ""), site=site)
        draft = _void(opened, caller, held)
        return {"drafts": [draft], "count": count_of(wanted)}

    return await to_thread(drafted)


def _void(opened: OpenedLedger, caller: Caller, held: dict[str, Any]) -> dict[str, Any]:
    drafted = draft_of({**held, "event_time": _now(opened)}, opened).answer()
    refuse_codes(drafted, caller, opened)
    return drafted


def _plan(opened: OpenedLedger, lot: str) -> Mapping[str, JsonValue]:
    row = plan_of(opened.store, lot)
    plan = parse_json(row.plan.encode()) if row else {}
    assert isinstance(plan, dict)  # our own writing
    return plan


def _now(opened: OpenedLedger) -> str:
    return china_time(opened.clock())


def caller_in(request: Request[Any, Any, Any], opened: OpenedLedger) -> Caller:
    """Who asks, an actor. Raises AccessError."""
    caller = caller_of(request, opened)
    require_actor(caller)
    return caller


async def members_of(request: Request[Any, Any, Any]) -> Mapping[str, str]:
    """The members of a JSON object as texts; False and null are left out."""
    refuse_cross_site(request)
    value = parse_json(await request.body())
    if not isinstance(value, dict):
        raise FormError("bad_body", "expected an object")
    return {key: str(one) for key, one in value.items() if one is not None and one is not False}
