"""Enterprise pages: who am I, this device, what to record, a lot with both its directions."""

from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from api.access import Caller
from api.answers.pages import display_of, page
from api.codes import asked_of
from api.enterprise.questions import choices_for, questions_of
from api.opened.ledger import OpenedLedger
from api.sessions import FORM_HEADERS
from api.shown.findings import SEVERITIES_CN
from api.shown.lineages import holding_rows, tables_of, trace_of
from api.shown.naming import code_in, kind_cn, name_of, roles_cn, shown_code
from api.shown.values import shown_mass
from ledger.errors import NotFoundError
from ledger.herbs import vocabulary
from ledger.herbs.vocabulary import Kind
from ledger.store.recent import kinds_at, things_made_by
from ledger.trace.trace import PACKING

RECENT_MAX: Final = 12  # what fits one screen of a desk
STAGES: Final = (
    ("base", "产地"),
    ("seed", "种源"),
    ("field", "田间"),
    ("harvest", "采收与收购"),
    ("process", "加工"),
    ("test", "检验与放行"),
    ("pack", "包装赋码"),
    ("store", "仓储"),
    ("any", "流转"),
    ("sale", "销售"),
    ("use", "调剂与煎药"),
    ("control", "控制"),
    ("info", "信息"),
    ("org", "组织"),
)


@get("/enterprise", sync_to_thread=True, include_in_schema=False)
def home(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
) -> Response[str]:
    """The first page: the actor, this browser's key, the newest lots."""
    registry = opened.replica.registry
    actor = registry.actors[str(caller.actor)]
    keys = [key for key in registry.keys.values() if key.actor == actor.actor]
    made = things_made_by(opened.store, [key.key_id for key in keys], limit=RECENT_MAX)
    kinds = kinds_at(opened.store, [thing.made_index for thing in made])
    return page(
        request,
        "enterprise/home.html",
        {
            "actor": actor,
            "holder": caller.holder,
            "roles": roles_cn(frozenset(actor.roles)),
            "county": vocabulary.county_name(actor.county) if actor.county else "",
            "devices": [
                {
                    "kid": key.key_id,
                    "holder": key.holder,
                    "state": "已注销" if key.retired_index is not None else "在用",
                }
                for key in sorted(keys, key=lambda key: -key.enrolled_index)
            ],
            "lots": [
                {
                    "code": code_in(thing.uri),
                    "shown_code": shown_code(thing.uri),
                    "name": name_of(thing),
                    "made": kind_cn(kinds.get(thing.made_index, "")),
                    "mass": shown_mass(thing.mass_g, english=False) if thing.mass_g else "",
                    "packs": kinds.get(thing.made_index) == PACKING,
                }
                for thing in made
            ],
            "supervises": caller.supervisor,
            "current": "home",
        },
        headers=FORM_HEADERS,
    )


@get("/enterprise/record", sync_to_thread=True, include_in_schema=False)
def record_index(request: Request[Any, Any, Any], caller: NamedDependency[Caller]) -> Response[str]:
    """What can be recorded: first what the actor's roles log, then every kind by its stage."""
    kinds = event_kinds()
    usual = [kind for kind in kinds if kind.logged_by and kind.is_for(caller.roles)]
    groups = [(cn, [kind for kind in kinds if _stage(kind) == stage]) for stage, cn in STAGES]
    return page(
        request,
        "enterprise/record.html",
        {"usual": usual, "groups": [group for group in groups if group[1]], "current": "record"},
        headers=FORM_HEADERS,
    )


@get("/enterprise/record/{kind_code:str}", sync_to_thread=True, include_in_schema=False)
def record_form(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
    kind_code: FromPath[str],
    corrects: FromQuery[str] = "",
    lot: FromQuery[str] = "",
) -> Response[str]:
    """The form of one kind; with `corrects` and `lot`, of an older statement's right values."""
    kind = vocabulary.KINDS.get(kind_code)
    if kind is None or kind.travels != "event":
        raise NotFoundError("not_found", f"no form for {kind_code!r}")
    asked = questions_of(
        kind,
        choices_for(str(caller.actor), opened),
        correcting=bool(corrects),
        english=display_of(request).english,
    )
    return page(
        request,
        "enterprise/form.html",
        {
            "kind": kind,
            "out_of_role": not kind.is_for(caller.roles),
            "questions": [question for question in asked if not question.aside],
            "asides": [question for question in asked if question.aside],
            "corrects": corrects,
            "lot": lot,
            "owner": f"{opened.origin}|{caller.actor}",
            "current": "record",
        },
        headers=FORM_HEADERS,
    )


@get("/enterprise/lots/{code:str}", sync_to_thread=True, include_in_schema=False)
def lot_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
    code: FromPath[str],
    number: Annotated[int, QueryParameter(name="page")] = 1,
) -> Response[str]:
    """A lot, crop or site: what it came from, what became of it, every step that one may see."""
    found = trace_of(opened, asked_of(code, opened), caller.reader)
    tables = tables_of(found, opened, number)
    packing = next(
        (
            step
            for step in found.steps
            if step.kind == PACKING and not step.conflict and found.asked.uri in step.claim.outputs
        ),
        None,
    )
    packer = packing.actor.actor if packing and packing.actor else None
    return page(
        request,
        "enterprise/lot.html",
        {
            "trace": found,
            "tables": tables,
            "holdings": holding_rows(found, opened, caller.reader),
            "severities": SEVERITIES_CN,
            "english": display_of(request).english,
            "own_name": caller.name,
            "code": code_in(found.asked.uri),
            "net": shown_mass(found.net_g, english=False) if found.net_g else "",
            "counties": "、".join(
                vocabulary.county_name(county) for county, _ in found.origin if county
            ),
            "is_lot": "/lot/" in found.asked.uri,
            "prints": packing is not None and (caller.supervisor or packer == caller.actor),
            "current": "lots",
        },
        headers=FORM_HEADERS,
    )


def event_kinds() -> list[Kind]:
    """The kinds that travel as events, in the order of the trade."""
    return [kind for kind in vocabulary.KINDS.values() if kind.travels == "event"]


def _stage(kind: Kind) -> str:
    return kind.stage.split()[-1]
