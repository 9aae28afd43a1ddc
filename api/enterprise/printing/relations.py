"""药品追溯码 beside packs: a CSV in, what it says listed with what speaks against it, a CSV out."""

from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from api.access import Caller, require_actor
from api.answers.forms import FRAME_BYTES, file_in, form_of
from api.answers.pages import display_of, page
from api.answers.problems import refusals
from api.enterprise.printing.jobs import caller_in
from api.enterprise.printing.lot import made_by, said
from api.labelling.planning import batch_of
from api.labelling.relations import FAULTS_SHOWN, export_relations, import_relations, relations_on
from api.limits import desk_turns, in_turn
from api.opened.ledger import OpenedLedger
from api.sessions import FORM_HEADERS, SEE_OTHER, refuse_cross_site
from api.shown.naming import code_in, label_of, shown_code
from api.shown.values import shown_time
from ledger.errors import DaodiError, FormError
from ledger.herbs.identifiers import CODE_LENGTH, SERIAL_MAX, grouped
from ledger.store.relations import relations_counted

OK: Final = 200
BAD: Final = 400
TABLE_BYTES_MAX: Final = 1024 * 1024 + FRAME_BYTES  # a table of some fifteen thousand packs
ROWS_SHOWN: Final = 100  # of a lot, on one page
CSV: Final = "text/csv; charset=utf-8"
HOME: Final = "/enterprise/relations"
REFUSED: Final = refusals("unauthorised", "not_your_lot", "unknown_code", "bad_body", "not_utf8")
After = Annotated[int, QueryParameter(name="after", ge=-1, le=SERIAL_MAX)]
Imported = Annotated[int, QueryParameter(name="imported", ge=-1)]


@get(HOME, sync_to_thread=True, include_in_schema=False)
def relations_index(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
    imported: Imported = -1,
) -> Response[str]:
    """A form for a CSV, and the caller's packs with how many of each have a number."""
    return _index(request, opened, caller, imported=imported)


@post(HOME, status_code=SEE_OTHER, include_in_schema=False, request_max_body_size=TABLE_BYTES_MAX)
async def import_form(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
) -> Response[Any]:
    """Keep what a CSV says of the caller's packs: all of it, or nothing and every bad row."""
    refuse_cross_site(request)
    raw = await file_in(await form_of(request), "file")

    def taken() -> Response[Any]:
        actor = require_actor(caller)
        try:
            with desk_turns.taken(actor):
                count = import_relations(opened, raw, actor, packer=caller)
        except DaodiError as error:
            if error.code == "busy":  # others are served first: this waits for its turn
                raise
            return _index(request, opened, caller, refused=error)
        where = display_of(request).to(f"{HOME}?imported={count}")
        return Redirect(where, status_code=SEE_OTHER, headers=FORM_HEADERS)

    return await in_turn(taken)


@get(HOME + "/{code:str}", sync_to_thread=True, include_in_schema=False)
def relations_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
    code: FromPath[str],
    after: After = -1,
) -> Response[str]:
    """The numbers of a lot's packs, and which of them a signed statement gives to another lot."""
    lot = batch_of(opened, code, caller).pack.uri
    rows = relations_on(opened, lot, after=after, limit=ROWS_SHOWN + 1)
    english = display_of(request).english
    shown = [
        {
            "serial": row.serial,
            "code": grouped(row.code[CODE_LENGTH:]),  # what comes before is the lot's
            "number": grouped(row.number),
            "when": shown_time(row.imported_ms, english=english),
            "others": [(code_in(uri), shown_code(uri)) for uri in row.stated],
        }
        for row in rows[:ROWS_SHOWN]
    ]
    return page(
        request,
        "enterprise/relations_lot.html",
        {
            "code": code_in(lot),
            "shown_code": shown_code(lot),
            "total": relations_counted(opened.store, [lot]).get(lot, 0),
            "rows": shown,
            "contradicted": sum(bool(row["others"]) for row in shown),
            "next": shown[-1]["serial"] if len(rows) > ROWS_SHOWN else None,
            "current": "printing",
        },
        headers=FORM_HEADERS,
    )


@post("/v1/relations", status_code=OK, responses=REFUSED, request_max_body_size=TABLE_BYTES_MAX)
async def take_relations(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]
) -> dict[str, Any]:
    """Keep a CSV of pack codes and 药品追溯码: all rows, or none and in `rows` every bad one."""
    refuse_cross_site(request)
    raw = await request.body()

    def taken() -> dict[str, Any]:
        caller = caller_in(request, opened)
        actor = require_actor(caller)
        with desk_turns.taken(actor):
            return {"imported": import_relations(opened, raw, actor, packer=caller)}

    return await in_turn(taken)


@get("/v1/relations/{lot:str}", sync_to_thread=True, media_type=CSV, responses=REFUSED)
def give_relations(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger], lot: FromPath[str]
) -> Response[bytes]:
    """The numbers of a lot's packs as CSV that spreadsheets open."""
    uri = batch_of(opened, lot, caller_in(request, opened)).pack.uri
    held = f'attachment; filename="relations-{code_in(uri)}.csv"'
    headers = {**FORM_HEADERS, "Content-Disposition": held}
    return Response(b"".join(export_relations(opened, uri)), media_type=CSV, headers=headers)


def _index(
    request: Request[Any, Any, Any],
    opened: OpenedLedger,
    caller: Caller,
    *,
    imported: int = -1,
    refused: DaodiError | None = None,
) -> Response[str]:
    packs, _ = made_by(opened, caller)
    counts = relations_counted(opened.store, [thing.uri for thing in packs])
    listed = refused.details.get("rows") if isinstance(refused, FormError) else None
    faults = [str(fault) for fault in listed] if isinstance(listed, list) else []
    return page(
        request,
        "enterprise/relations.html",
        {
            "packs": [
                (code_in(thing.uri), label_of(thing), counts.get(thing.uri, 0)) for thing in packs
            ],
            "imported": imported,
            "refused": said(refused) if refused and not faults else "",
            "faults": faults[:FAULTS_SHOWN],
            "more": max(0, len(faults) - FAULTS_SHOWN),
            "current": "printing",
        },
        status_code=BAD if refused else OK,
        headers=FORM_HEADERS,
    )
