"""What /metrics counts of every request: how many, how long, under which route and status."""

from functools import lru_cache
from typing import Final

from prometheus_client import Counter, Histogram

# Labelled with the route's template: a path may hold any code, and labels live for ever.
_LABELS: Final = ("method", "path", "status_code", "app_name")
_APP: Final = "daodi"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_requests: Final = Counter("daodi_requests_total", "Requests", _LABELS)
_seconds: Final = Histogram("daodi_request_duration_seconds", "Seconds of a request", _LABELS)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    named = method if method in _METHODS else "other"  # a client may send any word
    counter, histogram = _labelled(named, route, status)
    counter.inc()
    histogram.observe(seconds)


@lru_cache(maxsize=1_024)  # every route with every status that it answers
def _labelled(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    labels = (method, route, str(status), _APP)
    return _requests.labels(*labels), _seconds.labels(*labels)
