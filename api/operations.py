"""What operators ask: is it alive, is it ready, how is it doing."""

from litestar import Response, get
from litestar.di import NamedDependency

from api.opened import OpenedLedger
from ledger.errors import DaodiError
from ledger.trace.answer import china_time


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """Answers as long as the process lives."""
    return {"status": "ok"}


@get("/readyz", sync_to_thread=True)
def readyz(opened: NamedDependency[OpenedLedger]) -> Response[dict[str, object]]:
    """Whether the database answers and holds what this process signed."""
    try:
        with opened.store.reading() as reading:
            size = reading.size()
            head = reading.signed_head()
    except DaodiError as error:
        return Response({"status": "unavailable", "code": error.code}, status_code=503)
    guarded = opened.store.guarded_head()
    ready = size >= opened.replica.size and (guarded is None or guarded.size <= size)
    return Response(
        {
            "status": "ready" if ready else "behind",
            "size": size,
            "signed": head.size if head else 0,
            "newest": china_time(opened.replica.newest_ms),
        },
        status_code=200 if ready else 503,
    )
