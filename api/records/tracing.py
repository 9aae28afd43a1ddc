"""GET /v1/trace, /v1/evidence and /v1/ledger: what anybody may ask."""

from typing import Annotated, Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from api.access import caller_of, require_actor
from api.answers.problems import refusals
from api.codes import asked_of
from api.opened.ledger import OpenedLedger
from api.traced import traced
from ledger.canonical import JsonObject
from ledger.evidence.make import follow, make_evidence
from ledger.statements.statement import signed_at_ms
from ledger.trace.answer import china_time, format_trace
from ledger.trace.holdings import format_holding, holdings_of
from ledger.trace.trace import Trace

CodeText = Annotated[str, QueryParameter(name="code", max_length=2048)]
BRIEFLY: Final = "public, max-age=10"  # a recall must show within a minute


@get(
    "/v1/trace",
    sync_to_thread=True,
    responses=refusals("bad_query", "unauthorised", "unknown_code"),
)
def trace_code(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    code: CodeText,
    after: Annotated[int, QueryParameter(ge=0)] = 0,
) -> Response[dict[str, Any]]:
    """Trace any text found in a QR code or on a pack; a code nobody issued is a 404."""
    answer = trace_answer(trace_for(request, opened, code), after)
    return Response(answer, headers={"Cache-Control": "private, max-age=10"})


@get(
    "/v1/balance",
    sync_to_thread=True,
    responses=refusals("bad_query", "bad_time", "unauthorised", "unknown_code"),
)
def balance_of_code(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    code: CodeText,
    at: FromQuery[str] = "",
) -> Response[dict[str, Any]]:
    """What the caller holds of a lot at each site, in grams, at a time or now; supervisors all."""
    caller = caller_of(request, opened)
    require_actor(caller)
    at_ms = signed_at_ms(at) if at else opened.clock()
    found = traced(opened, asked_of(code, opened), caller.reader)
    holdings = holdings_of(found, opened.replica.registry, caller.reader, at_ms)
    answer = {
        "code": found.asked.code,
        "at": china_time(at_ms),
        "holdings": [format_holding(holding) for holding in holdings],
    }
    return Response(answer, headers={"Cache-Control": "no-store"})


@get(
    "/v1/evidence",
    sync_to_thread=True,
    responses=refusals(
        "bad_query", "unknown_code", "evidence_not_ready", "evidence_too_large", "database_damaged"
    ),
)
def evidence_for_code(
    opened: NamedDependency[OpenedLedger], code: CodeText
) -> Response[dict[str, Any]]:
    """The evidence bundle of format v1 for a code: proves its history, or that it has none."""
    asked = asked_of(code, opened)
    bundle = make_evidence(opened.store, opened.replica, asked.uri)
    return Response(bundle, headers={"Cache-Control": BRIEFLY})


@get("/v1/ledger", sync_to_thread=True, responses=refusals())
def ledger(opened: NamedDependency[OpenedLedger]) -> dict[str, Any]:
    """What a verifier pins: origin, log keys, registrar; and the newest checkpoint."""
    return opened.described()


def trace_answer(found: Trace, after: int = 0) -> JsonObject:
    """A trace for programs, with the addresses of its evidence and of what is left out."""
    code = quote(found.asked.code, safe="")
    return format_trace(
        found,
        evidence_url=f"/v1/evidence?code={code}",
        more_url=f"/v1/trace?code={code}",
        after=after,
    )


def trace_for(request: Request[Any, Any, Any], opened: OpenedLedger, text: str) -> Trace:
    """The trace of a text for whoever asks."""
    follow(opened.store, opened.replica)
    return traced(opened, asked_of(text, opened), caller_of(request, opened).reader)
