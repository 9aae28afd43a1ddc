"""POST /v1/drafts: what a statement would say, and what is wrong with it, before anybody signs.

Sealed values stay in the browser: a draft only names them. Nothing is stored.
"""

from typing import Any, Final

from litestar import Request, post
from litestar.di import NamedDependency

from api.access import caller_of, require_actor
from api.labelling.stating import refuse_codes
from api.limits import desk_turns, in_turn
from api.opened.ledger import OpenedLedger
from api.records.drafts import Draft, draft_of
from api.sessions import refuse_cross_site
from ledger.canonical import parse_json
from ledger.errors import FormError
from ledger.herbs.events import parse_recorded_event
from ledger.judging.would import would_raise

DRAFTED: Final = 200
MEMBERS: Final = frozenset(
    {"kind", "event_time", "inputs", "outputs", "about", "site", "elements", "sealed"}
)


@post("/v1/drafts", status_code=DRAFTED)
async def draft_statement(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]
) -> dict[str, Any]:
    """Draft one event: `{kind, event_time, inputs, outputs, about, site, elements, sealed}`.

    Each thing is `{field, uri, mass}`, a code standing for its URI; typed texts are read as the
    kind's form asks for them; `sealed` names the sealed elements that will be signed. The answer
    has `body` and the chains, or `refusals`, one for each field that must be mended.
    """
    refuse_cross_site(request)
    body = await request.body()
    return await in_turn(_draft, request, opened, body)


def _draft(request: Request[Any, Any, Any], opened: OpenedLedger, body: bytes) -> dict[str, Any]:
    caller = caller_of(request, opened)
    actor = require_actor(caller)
    value = parse_json(body)
    if not isinstance(value, dict) or not set(value) <= MEMBERS or "kind" not in value:
        raise FormError("bad_body", f"expected members among {', '.join(sorted(MEMBERS))}")
    with desk_turns.taken(actor):  # rules may read a lineage of a thousand lots
        drafted = judged_answer(draft_of(value, opened), actor)
        refuse_codes(drafted, caller, opened)
    return drafted


def judged_answer(draft: Draft, actor: str) -> dict[str, Any]:
    """The draft's answer, after rules have read it: what would hold its lots is refused.

    The door takes such a fact all the same; a form is where it can still be thought over.
    """
    answer = draft.answer()
    if "body" not in answer:
        return answer
    opened = draft.opened
    opened.judge.catch_up()
    with opened.store.reading() as reading:
        would = would_raise(
            reading,
            opened.replica.registry,
            parse_recorded_event(answer["body"]),
            actor=actor,
            now_ms=opened.clock(),
        )
    for finding in would.refusing:
        draft.refuse("", "would_hold", f"{finding.message_cn}这样的记录会使有关批次暂停销售。")
    if draft.refusals:
        return draft.answer()
    return answer | {"warnings": [finding.message_cn for finding in would.warning]}
