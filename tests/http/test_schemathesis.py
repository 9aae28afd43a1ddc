"""The app against its own schema: whatever the schema allows is answered as the schema says."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.http.forking import Nursery, forked
from tests.http.served import Served

EXAMPLES = 25  # a route; a few seconds in all
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]


@pytest.mark.slow
def test_every_route_answers_as_its_schema_says(file_served: Served, nursery: Nursery) -> None:
    with forked(nursery, file_served.settings) as server:
        schema = schemathesis.openapi.from_url(server.url("/schema"))
        answered = [_try(found.ok()) for found in schema.get_all_operations()]
    assert len(answered) > 8
    assert all(answered)


def _try(operation: schemathesis.APIOperation) -> int:  # type: ignore[type-arg]
    """Try one route; how many answers were looked at."""
    answered = 0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(case=operation.as_strategy())
    def answers(case: schemathesis.Case) -> None:
        nonlocal answered
        case.call_and_validate(checks=CHECKS)
        answered += 1

    answers()
    return answered
