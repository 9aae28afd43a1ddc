"""What operators rely on: health, metrics, the schema, logs, limits, and refusals as problems."""

import asyncio
import json
import re
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import httpx
import pytest
from jsonschema_rs import validator_for
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from sqlalchemy import text

from ledger.errors import CODES
from tests.http.served import (
    PROBLEM_JSON,
    PROMETHEUS,
    Served,
    assert_problem,
    open_again,
    open_served,
    opened_in,
)
from tests.http.server import running
from tests.postgres import Postgres

METHODS = {"get", "post", "put", "delete", "patch"}
FIRST_ERROR = 400


def test_the_process_says_that_it_lives(file_lasting: Served) -> None:
    answer = file_lasting.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readiness_tells_how_far_the_ledger_has_come(served: Served) -> None:
    receipt = served.post(served.harvest()).json()
    answer = served.client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert answer.json()["size"] == answer.json()["signed"] == receipt["index"] + 2


def test_readiness_tells_no_time_that_it_does_not_know(file_served: Served) -> None:
    """After a commit of unknown outcome memory is thrown away until the next group."""
    opened_in(file_served.client.app).replica.forget()
    assert file_served.client.get("/readyz").json()["newest"] is None
    file_served.post(file_served.harvest())
    assert file_served.client.get("/readyz").json()["newest"].endswith("+08:00")


def test_a_database_behind_what_was_signed_is_not_ready(served: Served) -> None:
    served.post(served.harvest())
    with served.beside.store.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER entry_refuses_delete"))
        else:
            connection.execute(text("ALTER TABLE entry DISABLE TRIGGER ALL"))
        connection.execute(text("DELETE FROM entry WHERE leaf_index > 10"))

    answer = served.client.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (503, "behind")
    assert_problem(served.post(served.harvest()), 503, "database_behind")


def test_a_database_that_does_not_answer_is_unavailable(
    served: Served, request: pytest.FixtureRequest
) -> None:
    parcel = served.harvest()
    bearing = served.bearing("mill")
    served.beside.store.engine.dispose()
    engine = opened_in(served.client.app).store.engine
    engine.dispose()
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        for part in path.parent.glob("ledger.db*"):
            part.rename(part.with_name("away-" + part.name))
        path.mkdir()
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        postgres._execute(f"ALTER DATABASE {engine.url.database} ALLOW_CONNECTIONS false")

    answer = served.client.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    for refused in (
        served.post(parcel),
        served.client.get("/v1/ledger"),
        served.client.get("/v1/trace?code=0", headers=bearing),
    ):
        assert_problem(refused, 503, "database_unavailable")
        assert "retry-after" in refused.headers


def test_metrics_are_labelled_by_route_and_bounded(file_served: Served) -> None:
    for number in range(5):
        file_served.client.get(f"/v1/statements/{number}")
        file_served.client.get(f"/nowhere/{number}")
        file_served.client.get(f"/v1/trace?code=guess{number}")
    shown = file_served.metrics()
    paths = set(re.findall(r'path="([^"]*)"', shown))

    assert "/v1/statements/{statement_id}" in paths
    assert not any("nowhere" in path or "guess" in path for path in paths)
    templates = {route.path_format for route in file_served.client.app.routes}
    assert {path for path in paths if path in templates or path == "unrouted"} == paths
    assert "daodi_unknown_codes_total" in shown
    for secret in ("https://", "urn:daodi", "Bearer"):
        assert secret not in shown


def test_the_schema_is_valid_openapi_of_our_problems(file_lasting: Served) -> None:
    answer = file_lasting.client.get("/schema")
    schema = answer.json()

    assert schema["openapi"].startswith("3.1")
    OPENAPI_31_VALIDATOR.validate(schema)
    assert {
        "/v1/statements",
        "/v1/statements/{statement_id}",
        "/v1/keys/{kid}",
        "/v1/trace",
        "/v1/evidence",
        "/v1/ledger",
        "/log/checkpoint",
        "/log/tile/{path}",
        "/healthz",
        "/readyz",
    } <= set(schema["paths"])
    problem = schema["components"]["schemas"]["Problem"]
    assert problem["properties"]["code"]["enum"] == [*CODES]
    assert set(problem["required"]) == {"type", "title", "status", "detail", "code"}
    assert "requestBody" in schema["paths"]["/v1/statements"]["post"]


def test_every_refusal_that_the_schema_documents_is_a_problem(file_lasting: Served) -> None:
    paths = file_lasting.client.get("/schema").json()["paths"]
    told = [
        (path, method, status, set(response.get("content", {})))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method in METHODS
        for status, response in operation["responses"].items()
        if status == "default" or int(status) >= FIRST_ERROR
        if (path, status) != ("/readyz", "503")  # it says what is amiss, and is no refusal
    ]

    assert told
    assert [one for one in told if one[3] != {PROBLEM_JSON}] == []


def test_a_problem_is_what_the_schema_says(file_lasting: Served) -> None:
    schema = file_lasting.client.get("/schema").json()
    validator = validator_for(schema["components"]["schemas"]["Problem"])
    for path in ("/v1/keys/none", "/v1/trace", "/v1/trace?code=none", "/log/tile/9/9"):
        assert validator.is_valid(file_lasting.client.get(path).json())
    assert validator.is_valid(file_lasting.post_bytes(b"{").json())


def test_the_schema_loads_nothing_from_strangers(file_lasting: Served) -> None:
    answer = file_lasting.client.get("/schema", headers={"accept": "text/html"})
    assert "json" in answer.headers["content-type"]
    assert "<script" not in answer.text


@pytest.mark.parametrize("given", ["abc-123", "0f" * 32])
def test_a_request_id_of_a_proxy_is_echoed(file_lasting: Served, given: str) -> None:
    answer = file_lasting.client.get("/healthz", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a" * 65, 'a"b', "a b", "a\tb", "日", "{}"])
def test_a_request_id_that_could_forge_a_line_is_replaced(file_lasting: Served, given: str) -> None:
    headers = {"x-request-id": given.encode()}
    answer = file_lasting.client.get("/healthz", headers=headers)  # type: ignore[arg-type]
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/v1/ledger", "/nowhere", "/v1/keys/none", "/schema"])
def test_every_answer_has_an_id_and_safe_headers(file_lasting: Served, path: str) -> None:
    headers = file_lasting.client.get(path).headers
    assert headers["x-request-id"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_log_is_json_lines_without_bodies_tokens_or_keys(
    file_served: Served, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = file_served.harvest(pickers=["张三丰"])
    token = file_served.token("mill")
    # Read while a server writes: what the fixture captures is emptied between a read and a write.
    written = StringIO()
    with open_again(file_served) as served:
        capfd.readouterr()
        monkeypatch.setattr(sys, "stderr", written)
        receipt = served.post(parcel).json()
        path = f"/v1/statements/{receipt['statement_id']}"
        served.client.get(path, headers={"authorization": f"Bearer {token}"})
        served.client.get(path, headers={"authorization": "Bearer wrong-token"})
        served.client.get("/v1/trace?code=secret-code")
        served.client.get("/nowhere?code=secret-code")
        served.post_bytes(b'{"body": "secret-code"}')
    said = written.getvalue() + capfd.readouterr().err
    lines = [json.loads(line) for line in said.splitlines()]

    assert [line["status"] for line in lines] == [201, 200, 401, 404, 404, 400]
    assert all({"request_id", "method", "route", "ms", "level"} <= set(line) for line in lines)
    assert lines[-2]["route"] == "unrouted"
    for secret in (token, "wrong-token", "secret-code", "张三丰", "PRIVATE", "payload"):
        assert secret not in said


@pytest.mark.slow
def test_a_server_process_writes_nothing_but_json_lines(file_served: Served) -> None:
    with running(file_served.settings) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(b"no such thing as HTTP\r\n\r\n")
            assert connection.recv(1_000).startswith(b"HTTP/1.1 400")
        assert server.get("/v1/ledger").status_code == 200
        server.stop()
        lines = [json.loads(line) for line in server.said().splitlines()]

    assert {line["event"] for line in lines} == {"Invalid HTTP request received.", "request"}


def test_an_error_of_ours_is_logged_with_its_trace_and_shown_without(
    file_served: Served, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_request: object, _opened: object) -> None:
        raise ZeroDivisionError("of our own making")

    monkeypatch.setattr("api.records.recording.caller_of", stumble)
    with open_again(file_served) as served:
        answer = served.client.get(f"/v1/statements/{'0' * 64}")
        said = capfd.readouterr().err

    assert_problem(answer, 500, "internal")
    assert "ZeroDivisionError" not in answer.text
    assert "of our own making" in said


def test_an_error_while_verifying_is_answered_and_the_next_request_too(
    file_served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = opened_in(file_served.client.app).register
    check = register.check

    def stumble(_parcel: object) -> None:
        raise ZeroDivisionError("of our own making")

    parcel = file_served.harvest()
    monkeypatch.setattr(register, "check", stumble)
    assert_problem(file_served.post(parcel), 500, "internal")
    monkeypatch.setattr(register, "check", check)
    assert file_served.post(parcel).status_code == 201


def test_an_address_that_asks_too_often_is_told_to_wait(sqlite_url: str, tmp_path: Path) -> None:
    with open_served(sqlite_url, tmp_path, requests_per_minute=3) as served:
        answers = [served.client.get("/v1/ledger") for _ in range(3)]
        refused = served.client.get("/nowhere")

        assert [answer.status_code for answer in answers] == [200] * 3
        assert_problem(refused, 429, "rate_limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.headers["x-request-id"]
        assert served.client.get("/healthz").status_code == 200  # who watches is not limited


def test_a_body_beyond_the_limit_of_the_settings_is_refused(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_served(sqlite_url, tmp_path, body_bytes_max=100) as served:
        assert_problem(served.post_bytes(b" " * 101), 413, "too_large")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/statements"),
        ("DELETE", "/v1/ledger"),
        ("PUT", "/v1/statements"),
        ("POST", "/v1/trace"),
        ("TRACE", "/v1/ledger"),
        ("BREW", "/v1/ledger"),
    ],
)
def test_a_method_that_a_route_does_not_know_is_a_problem(
    file_lasting: Served, method: str, path: str
) -> None:
    answer = file_lasting.client.request(method, path)
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/v1/ledger", "/log/checkpoint", "/schema", "/v1/keys/none"]
)
def test_head_is_answered_as_get_without_the_body(file_lasting: Served, path: str) -> None:
    got, head = file_lasting.client.get(path), file_lasting.client.head(path)

    assert head.status_code == got.status_code
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.content == b""


def test_options_name_the_methods(file_lasting: Served) -> None:
    for path, methods in (
        ("/v1/ledger", {"GET", "HEAD", "OPTIONS"}),
        ("/v1/statements", {"POST", "OPTIONS"}),
    ):
        answer = file_lasting.client.options(path)
        assert answer.status_code == 204
        assert set(answer.headers["allow"].split(", ")) == methods


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 401),
        ("testclient", {}, 401),
        # A proxy on this machine asks for somebody elsewhere, whatever he calls himself.
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 401),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, 401),
        ("192.0.2.7", {"authorization": "Bearer not-this-one"}, 401),
        ("192.0.2.7", {"authorization": f"Basic {PROMETHEUS}"}, 401),
        ("192.0.2.7", {"authorization": f"Bearer {PROMETHEUS}"}, 200),
        ("127.0.0.1", {"x-forwarded-for": "x", "authorization": f"Bearer {PROMETHEUS}"}, 200),
    ],
)
def test_metrics_are_for_this_machine_or_for_who_bears_their_token(
    file_lasting: Served, address: str, headers: dict[str, str], status: int
) -> None:
    assert asked_from(file_lasting, address, headers).status_code == status


def test_without_a_token_metrics_are_for_this_machine_alone(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_served(sqlite_url, tmp_path, metrics_token="") as served:
        assert asked_from(served, "127.0.0.1", {}).status_code == 200
        for header in ({}, {"authorization": "Bearer "}, {"authorization": "Bearer x"}):
            answer = asked_from(served, "192.0.2.7", header)
            assert_problem(answer, 403, "forbidden")


def asked_from(served: Served, address: str, headers: dict[str, str]) -> httpx.Response:
    """What /metrics answers to somebody at this address."""
    shown = {"accept": "application/json", **headers}

    async def ask() -> httpx.Response:
        way = httpx.ASGITransport(served.client.app, client=(address, 50_000))
        async with httpx.AsyncClient(transport=way, base_url="http://testserver") as client:
            return await client.get("/metrics", headers=shown)

    # A thread of its own: where browsers were tested before, this one's loop runs already.
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, ask()).result()
