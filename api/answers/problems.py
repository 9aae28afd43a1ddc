"""Refusals over HTTP: RFC 9457 problem documents with the stable codes of ledger/errors.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.openapi import ResponseSpec
from litestar.params import Parameter
from litestar.types import ExceptionHandlersMap

from api.answers.pages import error_page, wants_page
from ledger.errors import CODES, DaodiError, StoreError
from ledger.store.troubles import store_error

PROBLEM_JSON: Final = "application/problem+json"
# What the framework refuses by itself, by status.
BY_STATUS: Final = {
    400: "bad_query",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    429: "rate_limited",
}
# What any route may answer with.
ANYWHERE: Final = (
    "rate_limited", "internal", "database_unavailable", "database_behind", "busy", "disk_full",
    "not_writable",
)  # fmt: skip
# Headers that belong to a status: RFC 9110 sections 11.6.1 and 10.2.3.
HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"WWW-Authenticate": "Bearer"},
    503: {"Retry-After": "5"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A refusal as RFC 9457 writes it; some codes have further members, such as `missing`."""

    type: str
    title: str
    status: int
    detail: str
    code: Annotated[str, Parameter(schema_extra={"enum": [*CODES]})]


def refusals(*codes: str) -> dict[int, ResponseSpec]:
    """What a route may refuse with, for its OpenAPI description: problem documents by status."""
    by_status: dict[int, list[str]] = {}
    for code in (*codes, *ANYWHERE):
        by_status.setdefault(CODES[code].status, []).append(code)
    return {
        status: ResponseSpec(
            data_container=Problem,
            description=f"Refused: {', '.join(sorted(by_status[status]))}",
            media_type=PROBLEM_JSON,
            generate_examples=False,
        )
        for status in sorted(by_status)
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


def refuse(request: Request[Any, Any, Any], error: DaodiError) -> Response[Any]:
    """Answer with a refusal of the ledger's."""
    response = _response(request, problem(error), error.status)
    if (wait_s := error.details.get("wait_s")) is not None:
        response.headers["Retry-After"] = str(wait_s)
    return response


def refuse_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer with a refusal of the framework's, under the code that belongs to its status."""
    # Too many parts of a form are refused by the framework as 400, in the words of a 413.
    too_large = error.detail == RequestEntityTooLarge.detail
    status = RequestEntityTooLarge.status_code if too_large else error.status_code
    code = BY_STATUS.get(status, "internal")
    document = problem(DaodiError(code, error.detail)) | {"status": status}
    response = _response(request, document, status)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def refuse_unforeseen(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer for an error of ours: logged with its trace, shown without it.

    What the disk or the database wants is the operator's to mend, and has a code that says so.
    """
    if (trouble := store_error(error)) is not None:
        structlog.get_logger().error("trouble", code=trouble.code, exc_info=error)
        return refuse(request, StoreError(trouble.code, "see the server's log"))
    # The route and not its path, in which the number of somebody's report may stand.
    route = request.scope.get("path_template") or "unrouted"
    structlog.get_logger().exception("unforeseen", route=route, exc_info=error)
    return _response(request, problem(DaodiError("internal", "see the server's log")), 500)


def _response(
    request: Request[Any, Any, Any], document: dict[str, object], status: int
) -> Response[Any]:
    """The document for programs; a page with its sentence for a browser."""
    if wants_page(request):
        return error_page(
            request,
            code=str(document["code"]),
            sentence=str(document["title"]),
            detail=str(document["detail"]),
            status_code=status,
        )
    return Response(
        content=document,
        status_code=status,
        headers={"vary": "Accept", **HEADERS.get(status, {})},
        media_type=PROBLEM_JSON,
    )


HANDLERS: ExceptionHandlersMap = {
    DaodiError: refuse,
    HTTPException: refuse_http,
    Exception: refuse_unforeseen,
}
