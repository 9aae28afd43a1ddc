"""Refusals over HTTP: RFC 9457 problem documents with the stable codes of ledger/errors.py."""

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from ledger.errors import DaodiError

PROBLEM_JSON = "application/problem+json"
# What the framework refuses by itself, by status.
BY_STATUS = {
    400: "bad_query",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
}


def problem(error: DaodiError) -> dict[str, object]:
    """The problem document of a refusal; details such as `missing` stand beside its code."""
    return {
        **error.details,
        "type": f"urn:daodi:problem:{error.code}",
        "title": error.sentence_cn,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
    }


def refuse(_request: object, error: DaodiError) -> Response[dict[str, object]]:
    """Answer with a refusal of the ledger's."""
    return _response(problem(error), error.status)


def refuse_http(_request: object, error: HTTPException) -> Response[dict[str, object]]:
    """Answer with a refusal of the framework's, under the code that belongs to its status."""
    code = BY_STATUS.get(error.status_code, "internal")
    refusal = DaodiError(code, error.detail)
    response = _response(problem(refusal) | {"status": error.status_code}, error.status_code)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def refuse_unforeseen(
    request: Request[Any, Any, Any], error: Exception
) -> Response[dict[str, object]]:
    """Answer for an error of ours: logged with its trace, shown without it."""
    structlog.get_logger().exception("unforeseen", path=request.url.path, exc_info=error)
    return _response(problem(DaodiError("internal", "see the server's log")), 500)


def _response(content: dict[str, object], status: int) -> Response[dict[str, object]]:
    return Response(content=content, status_code=status, media_type=PROBLEM_JSON)


HANDLERS: ExceptionHandlersMap = {
    DaodiError: refuse,
    HTTPException: refuse_http,
    Exception: refuse_unforeseen,
}
