"""Printed ahead: tags of sacks; numbers of cases and pallets, and what is in each, to sign."""

from asyncio import to_thread
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from api.access import Caller, require_actor
from api.answers.forms import texts_of
from api.answers.pages import page
from api.answers.problems import refusals
from api.enterprise.printing.forms import KINDS_CN, STOCKS_CN, paper_in, whole
from api.enterprise.printing.jobs import caller_in, members_of
from api.enterprise.printing.lot import said
from api.labelling.cases import case_draft, case_label, new_ssccs, split_contents
from api.labelling.drawing import MEDIA_TYPES, write_labels
from api.labelling.sacks import new_tags, tag_labels
from api.limits import desk_turns, in_turn
from api.opened.ledger import OpenedLedger
from api.sessions import FORM_HEADERS, refuse_cross_site
from labels.errors import LabelError
from labels.layout import Label
from ledger.errors import DaodiError

CREATED: Final = 201
OK: Final = 200
BAD: Final = 400
REFUSED: Final = refusals("unauthorised", "not_your_lot", "unknown_code", "bad_query")


@get("/enterprise/cases", sync_to_thread=True, include_in_schema=False)
def ahead_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
) -> Response[str]:
    """Forms for sack tags, for numbers of cases, and for what is in a case."""
    return _page(request, opened, caller)


@post("/enterprise/tags", status_code=OK, include_in_schema=False)
async def print_tags(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
) -> Response[Any]:
    """A file of new sack tags."""
    refuse_cross_site(request)
    form = await texts_of(request)

    def drawn() -> Response[Any]:
        require_actor(caller)
        return _file(form, tag_labels(opened, new_tags(opened, whole(form, "count", 0))), "tags")

    return await in_turn(_or_page, request, opened, caller, drawn)


@post("/enterprise/cases/print", status_code=OK, include_in_schema=False)
async def print_cases(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
) -> Response[Any]:
    """A file of labels with new numbers of cases; with `sscc`, the label of that number again."""
    refuse_cross_site(request)
    form = await texts_of(request)

    def drawn() -> Response[Any]:
        paper_in(form)  # before a number is given out
        found = new_ssccs(opened, require_actor(caller), whole(form, "count", 0))
        return _file(form, (case_label(opened, one, maker=caller.name) for one in found), "cases")

    return await in_turn(_or_page, request, opened, caller, drawn)


@post("/v1/cases", status_code=CREATED, responses=REFUSED)
async def number_cases(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]
) -> dict[str, Any]:
    """New numbers of cases and pallets, given out once: `{count}`; the answer holds `ssccs`."""
    form = await members_of(request)

    def given() -> dict[str, Any]:
        actor = str(caller_in(request, opened).actor)
        return {"ssccs": new_ssccs(opened, actor, whole(form, "count", 0))}

    return await to_thread(given)


@post("/v1/cases/stating", status_code=OK, responses=REFUSED)
async def state_case(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]
) -> dict[str, Any]:
    """A draft to sign of what is in a case or on a pallet: `{sscc, contents}`, one code a line.

    Contents are codes of pack lots or of packs, or SSCCs of cases that are stated already.
    """
    form = await members_of(request)

    def drafted() -> dict[str, Any]:
        caller = caller_in(request, opened)
        contents = split_contents(form.get("contents", ""))
        return {"drafts": [case_draft(opened, caller, form.get("sscc", ""), contents)]}

    return await to_thread(drafted)


def _or_page(
    request: Request[Any, Any, Any],
    opened: OpenedLedger,
    caller: Caller,
    drawn: Any,  # noqa: ANN401 — a function without arguments
) -> Response[Any]:
    """What was drawn, else the page again with what stops it."""
    try:
        with desk_turns.taken(require_actor(caller)):
            found: Response[Any] = drawn()
    except (DaodiError, LabelError) as error:
        if error.code == "busy":  # others are served first: this waits for its turn
            raise
        return _page(request, opened, caller, said(error))
    return found


def _page(
    request: Request[Any, Any, Any], opened: OpenedLedger, caller: Caller, refused: str = ""
) -> Response[str]:
    return page(
        request,
        "enterprise/ahead.html",
        {
            "refused": refused,
            "kinds": KINDS_CN,
            "stocks": STOCKS_CN,
            "owner": f"{opened.origin}|{caller.actor}",
            "current": "printing",
        },
        status_code=BAD if refused else OK,
        headers=FORM_HEADERS,
    )


def _file(form: dict[str, str], labels: Iterable[Label], name: str) -> Response[bytes]:
    paper, written = paper_in(form), BytesIO()
    write_labels(labels, written, paper)
    headers = {**FORM_HEADERS, "Content-Disposition": f'attachment; filename="{name}.{paper.kind}"'}
    return Response(written.getvalue(), media_type=MEDIA_TYPES[paper.kind], headers=headers)
