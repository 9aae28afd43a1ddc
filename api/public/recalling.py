"""/recalls as a page, as Atom (RFC 4287) and as JSON; /recall/… for one of them."""

import json
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.answers.pages import ENVIRONMENT, Display, display_of, page, wants_page
from api.answers.unchanged import answer_unless_known
from api.opened.ledger import OpenedLedger
from api.public.recalls import Recall, RecallBook, RecalledLot
from api.shown.values import plain, shown_mass, shown_time
from ledger.canonical import JsonObject
from ledger.errors import FormError, NotFoundError
from ledger.herbs.identifiers import code_of_uri, grouped
from ledger.trace.answer import china_time

# Seen within a minute by whoever asks, however many caches stand between.
BRIEFLY: Final = "public, max-age=30"
HEADERS: Final = {"Cache-Control": BRIEFLY, "Access-Control-Allow-Origin": "*"}
PAGE_HEADERS: Final = {"Cache-Control": BRIEFLY, "Vary": "Accept"}
ATOM: Final = "application/atom+xml; charset=utf-8"
JSON: Final = "application/json"
WORDS_MAX: Final = 4_000
LEVELS: Final = {"1": "一级召回", "2": "二级召回", "3": "三级召回"}


@get("/recalls", sync_to_thread=True, include_in_schema=False)
def recalls_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    recall_book: NamedDependency[RecallBook],
) -> Response[Any]:
    """Every recall, newest first; for programs as JSON."""
    if not wants_page(request) and "json" in request.headers.get("accept", ""):
        return _json(request, opened, recall_book)
    shown = display_of(request)
    rows = [_shown(each, shown) for each in recall_book.recalls()]
    return page(
        request,
        "public/recalls.html",
        {
            "recalls": [row for row in rows if not row["claimed"]],
            "claims": [row for row in rows if row["claimed"]],
        },
        headers=PAGE_HEADERS,
    )


@get("/recalls.json", sync_to_thread=True, include_in_schema=False)
def recalls_json(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    recall_book: NamedDependency[RecallBook],
) -> Response[bytes]:
    """Every recall as JSON."""
    return _json(request, opened, recall_book)


@get("/recalls.atom", sync_to_thread=True, include_in_schema=False)
def recalls_atom(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    recall_book: NamedDependency[RecallBook],
) -> Response[bytes]:
    """Every recall as an Atom feed."""
    recalls = [each for each in recall_book.recalls() if not each.claimed]
    updated_ms = max((each.updated_ms for each in recalls), default=opened.replica.newest_ms)
    feed = ENVIRONMENT.get_template("public/recalls.atom").render(
        {
            "base": opened.settings.printed_base_url,
            "origin": opened.origin,
            "updated": china_time(updated_ms),
            "entries": [
                {
                    **_shown(each, Display()),
                    "published": china_time(each.recorded_ms),
                    "updated": china_time(each.updated_ms),
                }
                for each in recalls
            ],
        }
    )
    return answer_unless_known(request, feed.encode(), ATOM, HEADERS)


@get("/recall/{statement_id:str}", sync_to_thread=True, include_in_schema=False)
def recall_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    recall_book: NamedDependency[RecallBook],
    statement_id: FromPath[str],
) -> Response[Any]:
    """One recall; for programs as JSON."""
    found = recall_book.recall(statement_id.removesuffix(".json"))
    if found is None:
        raise NotFoundError("not_found", "no recall of this id")
    asked_json = statement_id.endswith(".json") or "json" in request.headers.get("accept", "")
    if asked_json and (statement_id.endswith(".json") or not wants_page(request)):
        content = json.dumps(_format(found, opened), ensure_ascii=False).encode()
        return answer_unless_known(request, content, JSON, {**HEADERS, "Vary": "Accept"})
    shown = _shown(found, display_of(request))
    return page(request, "public/recall.html", {"recall": shown}, headers=PAGE_HEADERS)


def _json(
    request: Request[Any, Any, Any], opened: OpenedLedger, recall_book: RecallBook
) -> Response[bytes]:
    every = recall_book.recalls()
    listed: JsonObject = {
        "origin": opened.origin,
        "recalls": [_format(each, opened) for each in every if not each.claimed],
        "claims": [_format(each, opened) for each in every if each.claimed],
    }
    content = json.dumps(listed, ensure_ascii=False)
    return answer_unless_known(request, content.encode(), JSON, {**HEADERS, "Vary": "Accept"})


def _format(recall: Recall, opened: OpenedLedger) -> JsonObject:
    return {
        "id": recall.statement_id,
        "index": recall.index,
        "url": f"{opened.settings.printed_base_url}/recall/{recall.statement_id}",
        "stands": recall.stands,
        "claimed": recall.claimed,
        "level": recall.level,
        "public_words": recall.words,
        "by": recall.by,
        "stated": china_time(recall.event_ms),
        "recorded": china_time(recall.recorded_ms),
        "deadline": recall.deadline,
        "recovered_g": recall.recovered_g,
        "reports": [*recall.reports],
        "lots": [_format_lot(lot) for lot in recall.lots],
    }


def _format_lot(lot: RecalledLot) -> JsonObject:
    herb = lot.herb
    return {
        "lot": lot.uri,
        "code": _code(lot.uri),
        "name": lot.name,
        "herb": {"cn": herb.cn, "en": herb.en, "latin": herb.latin} if herb else None,
        "mass_g": lot.mass_g,
        "packs": lot.packs,
        "claimed": lot.claimed,
        "lifted": china_time(lot.lifted_ms) if lot.lifted_ms is not None else None,
        "lifted_by": lot.lifted_by or None,
    }


def _shown(recall: Recall, display: Display) -> dict[str, Any]:
    """A recall in the reader's language; texts without what XML cannot hold."""
    english = display.english
    herbs = dict.fromkeys(
        (lot.herb.en if english else lot.herb.cn) for lot in recall.lots if lot.herb
    )
    return {
        "id": recall.statement_id,
        "index": recall.index,
        "stands": recall.stands,
        "claimed": recall.claimed,
        **_state(recall, display),
        "level": display.say(LEVELS.get(recall.level, "召回")),
        "herbs": (", " if english else "、").join(herbs) or display.say("没有写品种的批次"),
        "words": plain(recall.words, WORDS_MAX),
        "by": recall.by,
        "stated": shown_time(recall.event_ms, english=english),
        "recorded": shown_time(recall.recorded_ms, english=english),
        "recovered": [shown_mass(each, english=english) for each in (recall.recovered_g,) if each],
        "lots": [_shown_lot(lot, display) for lot in recall.lots],
    }


def _state(recall: Recall, display: Display) -> dict[str, str]:
    """How a recall stands, as words, sign and colour say it."""
    if recall.claimed:
        look, sign, state = "is-grey", "?", "只是声称，没有召回"
    elif recall.stands:
        look, sign, state = "is-alarm", "召", "已召回，请停止使用"
    else:
        look, sign, state = "is-grey", "✓", "召回已解除"
    return {"look": look, "sign": sign, "state": display.say(state)}


def _shown_lot(lot: RecalledLot, display: Display) -> dict[str, Any]:
    english = display.english
    lifted = [] if lot.lifted_ms is None else [shown_time(lot.lifted_ms, english=english)]
    code = _code(lot.uri)
    return {
        "name": plain(lot.name, WORDS_MAX) or grouped(code),
        "codes": [code] if "/" not in code else [],
        "grouped": grouped(code) if "/" not in code else code,
        "mass": "" if lot.mass_g is None else shown_mass(lot.mass_g, english=english),
        "packs": [lot.packs] if lot.packs else [],
        "lifted": lifted,
    }


def _code(uri: str) -> str:
    try:
        return code_of_uri(uri)
    except FormError:
        return uri


HANDLERS: Final = (recalls_page, recalls_json, recalls_atom, recall_page)
