"""POST /v1/statements: envelopes in, receipts out; and what is known of statements and keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.params import FromPath

from api.access import caller_of
from api.answers.problems import problem, refusals
from api.opened.appender import Appender
from api.opened.ledger import OpenedLedger
from api.records.plain import read_plain
from ledger.canonical import JsonValue, parse_json
from ledger.errors import DaodiError, FormError, NotFoundError
from ledger.evidence.make import follow
from ledger.log.leaves import parse_leaf
from ledger.log.merkle import leaf_hash
from ledger.register.door import STATEMENTS_MAX, Parcel, parse_parcel
from ledger.register.group import Outcome
from ledger.register.receipt import format_receipt
from ledger.statements.envelope import Envelope, encode_base64, format_envelope
from ledger.statements.statement import is_hex64, parse_claim
from ledger.trace.answer import china_time

LINES: Final = {"application/x-ndjson", "application/ndjson", "application/jsonl"}
ALL_RECORDED: Final = 201
SOME_REFUSED: Final = 207


@dataclass
class Recording(Operation):
    """The recording route as OpenAPI describes it: it reads its body itself, byte for byte."""

    def __post_init__(self) -> None:
        """Name the body, which the framework cannot know of."""
        self.request_body = RequestBody(
            required=True,
            description="One DSSE envelope, {statements: […]}, or one envelope a line",
            content={
                "application/json": OpenAPIMediaType(schema=Schema()),
                "application/x-ndjson": OpenAPIMediaType(schema=Schema()),
            },
        )


@post(
    "/v1/statements",
    status_code=ALL_RECORDED,
    operation_class=Recording,
    responses={
        **refusals("not_json", "too_large", "bad_signature", "unknown_key", "seq_gap"),
        **refusals("statement_refused"),
        SOME_REFUSED: ResponseSpec(
            data_container=dict[str, Any],
            description="Several statements, some refused: receipts and problems in their order",
            generate_examples=False,
        ),
    },
)
async def record_statements(
    request: Request[Any, Any, Any], appender: NamedDependency[Appender]
) -> Response[dict[str, Any]]:
    """Record one DSSE envelope, `{"statements": […]}`, or a line of NDJSON each.

    One envelope is answered with its receipt or its refusal. Several are answered one by one in
    `receipts`, in their order: 201 when all were recorded, 207 when some were refused.
    """
    body = await _body(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in LINES:
        lines = [line for line in body.split(b"\n") if line.strip()]
        _check_count(len(lines))
        return await _record_many([_try_parse(line) for line in lines], appender)
    if (plain := read_plain(body)) is not None:
        return await _record_many(plain, appender)
    value = parse_json(body)
    if isinstance(value, dict) and "statements" in value:
        many = value["statements"]
        if not isinstance(many, list) or set(value) != {"statements"}:
            raise FormError("bad_envelope", "expected one member, statements, a list of envelopes")
        _check_count(len(many))
        return await _record_many([_try(one) for one in many], appender)
    (outcome,) = await appender.submit([parse_parcel(value)])
    if isinstance(outcome, DaodiError):
        raise outcome
    return Response(format_receipt(outcome), status_code=ALL_RECORDED)


@get(
    "/v1/statements/{statement_id:str}",
    sync_to_thread=True,
    responses=refusals("bad_query", "unauthorised", "not_found"),
)
def statement(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    statement_id: FromPath[str],
) -> dict[str, Any]:
    """One statement with its envelope and leaf, as far as the reader may see.

    What stands only on `#out` chains is shown to whoever signed it and to supervisors.
    """
    caller = caller_of(request, opened)
    if not is_hex64(statement_id):  # before the database is asked: its texts hold no NUL
        raise NotFoundError("not_found", "a statement id is 64 lowercase hex digits")
    follow(opened.store, opened.replica)
    with opened.store.reading() as reading:
        index = reading.index_of([statement_id]).get(statement_id)
        if index is None:
            raise NotFoundError("not_found", f"no statement {statement_id}")
        (entry,) = reading.entries_at([index])
        assert entry.payload is not None
        assert entry.signature is not None
        claim = parse_claim(entry.payload)
        key = opened.replica.registry.keys.get(claim.key)
        own = key is not None and key.actor == caller.actor
        public = any(not uri.endswith("#out") for uri in claim.subjects)
        if not (public or own or caller.supervisor):
            raise NotFoundError("not_found", f"no statement {statement_id} that you may see")
        openings = reading.openings([statement_id]) if own or caller.supervisor else []
    leaf = parse_leaf(entry.leaf)
    envelope = Envelope(payload=entry.payload, signature=entry.signature)
    return {
        "statement_id": statement_id,
        "index": index,
        "kind": claim.kind,
        "recorded": china_time(getattr(leaf, "admitted_ms", 0)),
        "leaf": encode_base64(entry.leaf),
        "leaf_hash": leaf_hash(entry.leaf).hex(),
        "envelope": format_envelope(envelope, key_id=claim.key),
        "openings": [{"name": one.name, "salt": one.salt, "value": one.value} for one in openings],
    }


@get("/v1/keys/{kid:str}", sync_to_thread=True, responses=refusals("bad_query", "not_found"))
def key(opened: NamedDependency[OpenedLedger], kid: FromPath[str]) -> dict[str, Any]:
    """Where a key's own chain stands: what a device asks before it signs, or after a restore."""
    # A number that another process has given out meanwhile would make the device equivocate.
    follow(opened.store, opened.replica)
    registry = opened.replica.registry
    record = registry.keys.get(kid)
    public = registry.find_key(kid)
    if public is None:
        raise NotFoundError("not_found", f"no key {kid} is enrolled")
    head = opened.replica.key_heads.get(kid)
    actor = registry.actors.get(record.actor) if record else None
    status = "root" if record is None else "enrolled"
    if record is not None and record.retired_index is not None:
        status = "retired"
    elif actor is not None and actor.suspended:
        status = "suspended"
    return {
        "kid": kid,
        "alg": public.alg,
        "status": status,
        "seq": head.next_seq if head else 0,
        "next_seq": head.next_seq if head else 0,
        "head": head.statement_id if head else None,
        "actor": record.actor if record else None,
        "roles": [*record.roles] if record else [],
        "suspect_from": record.suspect_from if record else None,
        "ledger": opened.origin,
        "anchor": {
            "size": opened.replica.size,
            "root": encode_base64(opened.replica.tree.root(opened.replica.size)),
        },
    }


async def _body(request: Request[Any, Any, Any]) -> bytes:
    try:
        return await request.body()
    except InternalServerException as error:  # the framework's word for a client that went away
        raise FormError("not_json", "the connection ended before the body did") from error


async def _record_many(
    parcels: Sequence[Parcel | DaodiError], appender: Appender
) -> Response[dict[str, Any]]:
    good = [parcel for parcel in parcels if isinstance(parcel, Parcel)]
    recorded = iter(await appender.submit(good) if good else [])
    outcomes: list[Outcome] = [
        next(recorded) if isinstance(parcel, Parcel) else parcel for parcel in parcels
    ]
    refused = any(isinstance(outcome, DaodiError) for outcome in outcomes)
    receipts: list[JsonValue] = [_format(outcome) for outcome in outcomes]
    return Response({"receipts": receipts}, status_code=SOME_REFUSED if refused else ALL_RECORDED)


def _format(outcome: Outcome) -> JsonValue:
    if isinstance(outcome, DaodiError):
        return problem(outcome)  # type: ignore[return-value]  # details are JSON by contract
    return format_receipt(outcome)


def _check_count(count: int) -> None:
    if not count:  # "recorded" would be a lie: perhaps the sender's queue was cut off
        raise FormError("bad_envelope", "expected at least one statement, found none")
    if count > STATEMENTS_MAX:
        raise FormError("too_many", f"{count} statements, at most {STATEMENTS_MAX}")


def _try_parse(line: bytes) -> Parcel | DaodiError:
    try:
        return parse_parcel(parse_json(line))
    except DaodiError as error:
        return error


def _try(value: JsonValue) -> Parcel | DaodiError:
    try:
        return parse_parcel(value)
    except DaodiError as error:
        return error
