"""What operators ask: is it alive, is it ready, how is it doing."""

from hmac import compare_digest
from typing import Any, Final

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.answers.problems import refusals
from api.opened.ledger import OpenedLedger
from ledger.errors import AccessError, DaodiError
from ledger.trace.answer import china_time

LOOPBACK: Final = ("127.0.0.1", "::1")
FORWARDED: Final = ("forwarded", "x-forwarded-for")

NOT_READY = ResponseSpec(
    data_container=dict[str, object],
    description="Not ready: behind or unavailable",
    generate_examples=False,
)

# The framework adds the charset to every text: twice, a strict scraper refuses the header.
METRICS = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")


@get("/healthz", sync_to_thread=False, responses=refusals())
def healthz() -> dict[str, str]:
    """Answers as long as the process lives."""
    return {"status": "ok"}


@get(
    "/metrics",
    sync_to_thread=True,
    media_type=MediaType.TEXT,
    responses=refusals("unauthorised", "forbidden"),
)
def metrics(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]
) -> Response[bytes]:
    """What Prometheus reads: labels are routes' templates, never paths.

    For whoever asks from this machine itself, and elsewhere for who bears `DAODI_METRICS_TOKEN`.
    """
    _require_operator(request, opened.settings.metrics_token.get_secret_value())
    return Response(generate_latest(), media_type=METRICS)


def _require_operator(request: Request[Any, Any, Any], token: str) -> None:
    """Raise AccessError unless the operator's own Prometheus asks."""
    # What a proxy on this machine hands on comes from elsewhere, whatever address it shows.
    handed_on = any(name in request.headers for name in FORWARDED)
    host = request.client.host if request.client else LOOPBACK[0]
    if host in LOOPBACK and not handed_on:
        return
    if not token:
        raise AccessError("forbidden", "only this machine reads its metrics")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.encode()):
        raise AccessError("unauthorised", "metrics ask for DAODI_METRICS_TOKEN as a bearer token")


@get("/readyz", sync_to_thread=True, responses={**refusals(), 503: NOT_READY})
def readyz(opened: NamedDependency[OpenedLedger]) -> Response[dict[str, object]]:
    """Whether the database answers, takes writing, and holds what this process signed."""
    try:
        # What was signed is noted first: a group that is committed meanwhile only makes more
        # leaves.
        guarded = opened.store.guarded_head()
        signed = max(opened.replica.size, guarded.size if guarded else 0)
        if opened.store.trouble is not None:  # asked again, since perhaps nobody records meanwhile
            opened.store.try_writing()
        with opened.store.reading() as reading:
            size = reading.size()
            head = reading.signed_head()
    except DaodiError as error:
        return Response({"status": "unavailable", "code": error.code}, status_code=503)
    ready = size >= signed
    newest_ms = opened.replica.newest_ms
    return Response(
        {
            "status": "ready" if ready else "behind",
            "size": size,
            "signed": head.size if head else 0,
            # None while what memory held was thrown away: the next group reads it again.
            "newest": china_time(newest_ms) if newest_ms else None,
        },
        status_code=200 if ready else 503,
    )
