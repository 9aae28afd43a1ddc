"""What operators ask: is it alive, is it ready, how is it doing."""

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.opened import OpenedLedger
from api.problems import refusals
from ledger.errors import DaodiError
from ledger.trace.answer import china_time

NOT_READY = ResponseSpec(
    data_container=dict[str, object],
    description="Not ready: behind or unavailable",
    generate_examples=False,
)


@get("/healthz", sync_to_thread=False, responses=refusals())
def healthz() -> dict[str, str]:
    """Answers as long as the process lives."""
    return {"status": "ok"}


@get("/metrics", sync_to_thread=True, media_type=MediaType.TEXT, responses=refusals())
def metrics() -> Response[bytes]:
    """What Prometheus reads: labels are routes' templates, never paths."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@get("/readyz", sync_to_thread=True, responses={**refusals(), 503: NOT_READY})
def readyz(opened: NamedDependency[OpenedLedger]) -> Response[dict[str, object]]:
    """Whether the database answers and holds what this process signed."""
    # What was signed is noted first: a group that is committed meanwhile only makes more leaves.
    guarded = opened.store.guarded_head()
    signed = max(opened.replica.size, guarded.size if guarded else 0)
    try:
        with opened.store.reading() as reading:
            size = reading.size()
            head = reading.signed_head()
    except DaodiError as error:
        return Response({"status": "unavailable", "code": error.code}, status_code=503)
    ready = size >= signed
    return Response(
        {
            "status": "ready" if ready else "behind",
            "size": size,
            "signed": head.size if head else 0,
            "newest": china_time(opened.replica.newest_ms),
        },
        status_code=200 if ready else 503,
    )
