"""One lot at the printing desk: what its page shows, before it is packed and after."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from litestar import Request, Response

from api.access import Caller
from api.answers.pages import display_of, page
from api.codes import asked_of
from api.enterprise.printing.forms import (
    KINDS_CN,
    STOCKS_CN,
    TEXTS,
    paper_in,
    sorts_offered,
    whole,
    wish_of,
)
from api.labelling.contents import Contents, contents_of, drug_of
from api.labelling.history import is_released
from api.labelling.packs import planned_lot
from api.labelling.permits import packing_of, require_holder, require_printable
from api.labelling.planning import Batch, batch_of, remaining_g, source_of
from api.labelling.press import CLEARED, JobState, Press, format_job
from api.labelling.tally import JOB_MAX, Tally
from api.opened.ledger import OpenedLedger
from api.scans import china_day
from api.sessions import FORM_HEADERS
from api.shown.lineages import trace_of
from api.shown.naming import code_in, label_of, shown_code
from labels.errors import LabelError
from labels.rolls import DPI
from ledger.errors import DaodiError, FormError
from ledger.herbs.serials import format_serials, without
from ledger.herbs.units import format_mass_cn
from ledger.seam import Thing
from ledger.store.prints import jobs_of
from ledger.store.recent import kinds_at, things_made_by
from ledger.trace.trace import PACKING, Trace

JOBS_SHOWN: Final = 12
LISTED_MAX: Final = 40
CONFLICT: Final = 409
COUNT_OFFERED: Final = 24  # one sheet of the commonest paper
NUMBERED_LATER: Final = "打印时给号"  # a number of the pack lot's code, which has none yet
REASONS: Final = (("damaged", "破损"), ("misprint", "打印错"), ("lost", "遗失"))
Failure = DaodiError | LabelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every page of the desk works with."""

    opened: OpenedLedger
    caller: Caller
    press: Press


def desk_of(
    request: Request[Any, Any, Any],
    desk: Desk,
    code: str,
    form: Mapping[str, str],
    refused: Failure | None = None,
) -> Response[str]:
    """The page of a lot; `refused` is what just stopped its form."""
    opened = desk.opened
    uri = asked_of(code, opened).uri
    status = CONFLICT if refused else 200
    shared = {
        "code": code_in(uri),
        "shown_code": shown_code(uri),
        "refused": said(refused) if refused else "",
        "form": form,
        "current": "printing",
        "owner": f"{opened.origin}|{desk.caller.actor}",
    }
    planned = planned_lot(opened, uri) is not None
    trace = None if planned else _trace(desk, uri)
    if trace is None or packing_of(trace) is not None:
        template, own = "enterprise/print_packs.html", _packs(desk, code, form)
    else:
        template, own = "enterprise/print_lot.html", _lot(request, desk, trace, form)
    return page(request, template, {**shared, **own}, status_code=status, headers=FORM_HEADERS)


def start_job(desk: Desk, code: str, form: Mapping[str, str]) -> JobState:
    """Begin a job as a form or a program asks for it.

    Raises PrintingError, FormError, LabelError for a paper that does not fit.
    """
    opened = desk.opened
    batch = batch_of(opened, code, desk.caller)
    batch.require_printable(china_day(opened.clock()))
    paper = paper_in(form)
    again = bool(form.get("reprint"))
    if again:
        wanted = range(whole(form, "from", 0), whole(form, "to", 0) + 1)
        if not wanted:
            raise FormError("bad_query", "起号大于止号")
        return desk.press.start(
            batch.pack,
            str(desk.caller.actor),
            paper,
            lambda tally: tally.choose_printed(wanted),
            voided=batch.voided,
            reprint=True,
        )
    count = whole(form, "count", 0)
    first = whole(form, "first", -1)
    if count < 1:
        raise FormError("bad_query", "请填张数")
    return desk.press.start(
        batch.pack,
        str(desk.caller.actor),
        paper,
        lambda tally: tally.choose_fresh(count, None if first < 0 else first),
        voided=batch.voided,
    )


def redraw_job(desk: Desk, job: str) -> JobState:
    """Draw a job's file again where it was cleared; any other stays as it is.

    Raises NotFoundError `not_found`, PrintingError where the lot may be printed no more, StoreError
    `busy`.
    """
    state = desk.press.state(job, str(desk.caller.actor))
    if state.state != CLEARED:
        return state
    batch = batch_of(desk.opened, state.row.lot, desk.caller)
    batch.require_printable(china_day(desk.opened.clock()))
    return desk.press.redraw(state)


def made_by(opened: OpenedLedger, caller: Caller) -> tuple[list[Thing], list[Thing]]:
    """The newest packs and the newest other lots that an actor made."""
    registry = opened.replica.registry
    keys = [key.key_id for key in registry.keys.values() if key.actor == caller.actor]
    made = things_made_by(opened.store, keys, limit=LISTED_MAX)
    lots = [thing for thing in made if "/lot/" in thing.uri]
    kinds = kinds_at(opened.store, [thing.made_index for thing in lots])
    packs = [thing for thing in lots if kinds.get(thing.made_index) == PACKING]
    return packs, [thing for thing in lots if thing not in packs]


def said(error: Failure) -> str:
    """A refusal in a sentence, with what it names."""
    return f"{error.sentence_cn}（{error.message}）"


def _trace(desk: Desk, uri: str) -> Trace:
    return trace_of(
        desk.opened, replace(asked_of(uri, desk.opened), serial=None), desk.caller.reader
    )


def _lot(
    request: Request[Any, Any, Any], desk: Desk, trace: Trace, form: Mapping[str, str]
) -> dict[str, object]:
    """A lot to pack: who may, how much is left, what the label would say."""
    opened = desk.opened
    left_g = remaining_g(opened, trace, desk.caller.actor)
    stop = None
    try:
        require_holder(trace, desk.caller.actor)
        require_printable(trace, china_day(opened.clock()))
    except DaodiError as error:
        stop = error
    contents, wrong = None, ""
    if "unit" in form and stop is None:
        try:
            source = source_of(opened, desk.caller, trace, wish_of(form), code=NUMBERED_LATER)
            contents = contents_of(source)
        except DaodiError as error:
            wrong = said(error)
    drug = drug_of(trace)
    return {
        "name": label_of(trace.thing) if trace.thing else shown_code(trace.asked.uri),
        "left": format_mass_cn(max(left_g, 0)) if left_g is not None else "没有称重",
        "left_kg": f"{left_g / 1000:g}" if left_g else "",
        "stop": said(stop) if stop else "",
        "sorts": sorts_offered(),
        "sites": _sites(desk),
        "stocks": STOCKS_CN,
        "texts": {name: form.get(name, "") for name in TEXTS},
        "storage_printed": drug.printed_storage if drug else "",
        "storage_hint": drug.storage if drug else "",
        "contents": contents,
        "ready": isinstance(contents, Contents) and not contents.missing and not contents.wrong,
        "wrong": wrong,
        "query": request.url.query,
        "english": display_of(request).english,
    }


def _sites(desk: Desk) -> list[tuple[str, str]]:
    """The actor's own places, works before plots."""
    sites = desk.opened.replica.registry.sites.values()
    own = [site for site in sites if site.actor == desk.caller.actor]
    own.sort(key=lambda site: (site.kind == "plot", -site.index))
    return [(site.site, str(site.body.get("name") or shown_code(site.site))) for site in own]


def _packs(desk: Desk, code: str, form: Mapping[str, str]) -> dict[str, object]:
    """Packs to print, to print again, to state and to withdraw."""
    opened = desk.opened
    batch = batch_of(opened, code, desk.caller)
    stop = None
    try:
        batch.require_printable(china_day(opened.clock()))
    except DaodiError as error:
        stop = error
    tally = batch.tally
    jobs = [
        desk.press.state(job.job, job.actor)
        for job in jobs_of(opened.store, batch.pack.uri)[-JOBS_SHOWN:]
    ]
    return {
        "pack": batch.pack,
        "title": dict(batch.pack.fields).get("品名", ""),
        "unit": format_mass_cn(batch.pack.unit_g),
        "packed": format_mass_cn(batch.pack.packed_g),
        "tally": tally,
        "printed": "、".join(format_serials(tally.printed)),
        "voided": "、".join(format_serials(tally.voided)),
        "stated": "、".join(format_serials([tally.registered])) if tally.registered else "",
        "stop": said(stop) if stop else "",
        "dormant": _dormant(batch),
        "jobs": [(format_job(job), job.percent) for job in reversed(jobs)],
        "drawing": any(job.state in {"waiting", "drawing"} for job in jobs),
        "offered": min(tally.left, COUNT_OFFERED, JOB_MAX),
        "shown_serial": _shown_serial(tally),
        "stock": form.get("stock", ""),
        "kinds": KINDS_CN,
        "stocks": STOCKS_CN,
        "dpis": DPI,
        "reasons": REASONS,
    }


def _shown_serial(tally: Tally) -> int | None:
    """The serial of the label in the picture: the next one, else one that is on a pack."""
    if tally.left:
        return tally.next_serial
    live = without([tally.registered] if tally.registered else tally.printed, tally.voided)
    return live[-1].stop - 1 if live else None


def _dormant(batch: Batch) -> bool:
    """Whether its codes still answer 未放行."""
    trace = batch.trace if batch.pack.registered is not None else batch.source
    return trace is not None and not is_released(trace)
