"""Labels of a pack lot in the browser: PNG, SVG and a page to print, for whoever packed it."""

from dataclasses import replace
from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from api.access import Caller
from api.codes import asked_of
from api.lineages import trace_of
from api.naming import actor_name, shown_code
from api.opened import OpenedLedger
from api.packs import PackLot, labels_of, pack_lot
from api.pages import page
from api.sessions import FORM_HEADERS
from labels.errors import LabelError
from labels.layout import Label
from labels.pack import render_png, render_svg
from ledger.errors import AccessError, FormError, NotFoundError
from ledger.herbs.identifiers import SERIAL_MAX
from ledger.herbs.units import format_mass_cn
from ledger.herbs.vocabulary import county_name
from ledger.trace.steps import Step
from ledger.trace.trace import PACKING, Trace

SHEET_MAX: Final = 60  # labels of one printed page: more are printed in several goes
KEPT_PRIVATE: Final = {"Cache-Control": "private, no-store"}
Serial = Annotated[int, QueryParameter(name="serial", ge=0, le=SERIAL_MAX)]
First = Annotated[int, QueryParameter(name="first", ge=-1, le=SERIAL_MAX)]
Count = Annotated[int, QueryParameter(name="count", ge=1, le=SHEET_MAX)]


@get("/enterprise/labels/{file:str}", sync_to_thread=True, include_in_schema=False)
def label_file(
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
    file: FromPath[str],
    serial: Serial,
) -> Response[Any]:
    """One label as LOT.png or LOT.svg. A serial that was never registered has none."""
    code, _, suffix = file.rpartition(".")
    if suffix not in {"png", "svg"}:
        raise NotFoundError("not_found", "a label is LOT.png or LOT.svg")
    pack, trace, step = _packed(opened, caller, code)
    label = _label(opened, pack, trace, step, serial)
    try:
        drawn = render_png(label) if suffix == "png" else render_svg(label).encode()
    except LabelError as error:
        raise FormError("bad_query", f"{error.sentence_cn} {error.message}") from error
    media_type = "image/png" if suffix == "png" else "image/svg+xml"
    return Response(drawn, media_type=media_type, headers=KEPT_PRIVATE)


@get("/enterprise/print/{code:str}", sync_to_thread=True, include_in_schema=False)
def print_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
    code: FromPath[str],
    first: First = -1,
    count: Count = 12,
) -> Response[str]:
    """A sheet of labels to print from the browser, and the way to the next ones."""
    pack, _, _ = _packed(opened, caller, code)
    start = min(max(first, pack.first), pack.last)
    serials = range(start, min(start + count, pack.last + 1))
    return page(
        request,
        "enterprise/print.html",
        {
            "pack": pack,
            "shown_code": shown_code(pack.uri),
            "serials": serials,
            "start": start,
            "count": count,
            "count_max": SHEET_MAX,
            "following": serials.stop if serials.stop <= pack.last else None,
            "current": "lots",
        },
        headers=FORM_HEADERS,
    )


def _packed(opened: OpenedLedger, caller: Caller, code: str) -> tuple[PackLot, Trace, Step]:
    """A pack lot with its trace. Raises AccessError for all but its packer and supervisors."""
    asked = asked_of(code, opened)
    trace = trace_of(opened, replace(asked, serial=None), caller.reader)
    step = next(
        (
            step
            for step in trace.steps
            if step.kind == PACKING and not step.conflict and asked.uri in step.claim.outputs
        ),
        None,
    )
    if step is None:
        raise NotFoundError("not_found", f"{asked.uri} is not a lot of packs")
    packer = step.actor.actor if step.actor else None
    if not caller.supervisor and packer != caller.actor:
        raise AccessError(
            "forbidden", f"packed by {actor_name(step.claim.key, opened)}, who prints its labels"
        )
    return pack_lot(opened, asked.uri), trace, step


def _label(opened: OpenedLedger, pack: PackLot, trace: Trace, step: Step, serial: int) -> Label:
    """The label of one pack, with what its packer left out filled in from the trace."""
    if not pack.first <= serial <= pack.last:
        raise NotFoundError(
            "unknown_code", f"serial {serial} is not within {pack.first} to {pack.last}"
        )
    ((_, label),) = labels_of(opened, pack, first=serial, count=1)
    if "".join(label.code_lines).replace(" ", "").lower() in _voided(trace):
        raise FormError("bad_code", f"the code of serial {serial} was voided")
    name = trace.drug or (trace.herb.cn if trace.herb else trace.herb_text)
    fields = {**_recorded(pack, trace, step), **dict(label.fields)}
    return replace(
        label,
        title=label.title or name or "道地药材",
        fields=tuple((key, value) for key, value in fields.items() if value),
    )


def _recorded(pack: PackLot, trace: Trace, step: Step) -> dict[str, str]:
    """What the law wants on a pack, in its order, as far as the lot's own history says it."""
    counties = "、".join(county_name(county) for county, _ in trace.origin if county)
    number = step.event.display_name if step.event else None
    return {
        "规格": format_mass_cn(pack.unit_g),
        "产地": counties,
        "批号": number or pack.code[:10].upper(),
        "包装日期": step.event_time[:10],
        "企业名称": step.actor.name if step.actor else "",
    }


def _voided(trace: Trace) -> frozenset[str]:
    """Codes of packs that were declared damaged, misprinted or lost: never printed again."""
    found: set[str] = set()
    for step in trace.steps:
        codes = step.event.elements.get("codes") if step.event else None
        if step.kind == "CODE_VOID" and isinstance(codes, list):
            found.update(str(code).replace(" ", "").lower() for code in codes)
    return frozenset(found)
