"""The OpenAPI description at /schema: as the framework derives it, with refusals as we write them.

The framework describes its own errors as application/json, and only those that it knows of.
"""

from typing import Any, Final

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

from api.answers.problems import PROBLEM_JSON

REFUSED: Final = {
    "description": "Refused",
    "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
# What the framework's own description of an error has, and no document of ours.
FRAMEWORKS_MEMBER: Final = "status_code"


class ProblemSchema(JsonRenderPlugin):
    """The description as JSON alone: pages that render it load scripts from strangers."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The description in which every route may refuse with a problem document."""
        for operations in openapi_schema["paths"].values():
            for operation in operations.values():
                if isinstance(operation, dict) and "responses" in operation:
                    _describe_refusals(operation["responses"])
        return super().render(request, openapi_schema)


def _describe_refusals(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        contents = response.get("content", {}).values()
        if any(FRAMEWORKS_MEMBER in one["schema"].get("properties", {}) for one in contents):
            responses[status] = REFUSED
    responses.setdefault("default", REFUSED)
