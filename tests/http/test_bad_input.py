"""Bad input over HTTP: each gets its stable code in a problem document, and leaves nothing."""

import asyncio
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from ledger.canonical import parse_json
from tests.http.forking import Nursery, forked
from tests.http.served import Served, Tables, as_json, assert_document, assert_problem
from tests.http.spoiled import ENVELOPES, PAYLOADS, Ground, Row

ROWS = (*ENVELOPES, *PAYLOADS)
# What leaves the body around an envelope readable; other bodies are refused whole.
LEGIBLE = {"bad_envelope", "bad_base64", "bad_opening", "too_large"}
BODY_BYTES_MAX = 4 * 1024 * 1024


def every(*rows: Row) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=[row.sentence for row in rows])


def ground_of(served: Served) -> Ground:
    """The value of the cooperative's next statement; at least one is in the log."""
    put_pen_at_head(served, "mill")
    put_pen_at_head(served, "cooperative")
    if served.next_seq("cooperative") == 0:
        assert served.post(served.harvest()).status_code == 201
    value = parse_json(served.harvest().envelope.payload)
    assert isinstance(value, dict)
    return Ground(key=served.chain.pens["cooperative"].key, value=value)


def put_pen_at_head(served: Served, who: str) -> None:
    """Go on where the log stands, as a device does that asked the server."""
    pen = served.chain.pens[who]
    head = served.client.get(f"/v1/keys/{pen.key.key_id}").json()
    pen.seq, pen.prev = head["next_seq"], head["head"]


@contextmanager
def nothing_left(served: Served) -> Iterator[None]:
    """Whatever is posted within leaves every table and the key's next number as they were."""
    before: Tables = served.tables()
    seq = served.next_seq("cooperative")
    yield
    assert served.tables() == before
    assert served.next_seq("cooperative") == seq


@every(*ROWS)
def test_it_is_refused_under_its_code_and_leaves_nothing(lasting: Served, row: Row) -> None:
    ground = ground_of(lasting)

    with nothing_left(lasting):
        assert_problem(lasting.post_bytes(row.spoil(ground)), row.status, row.code)

    assert lasting.client.post("/v1/statements", json=ground.good()).status_code == 201


@every(*[row for row in ROWS if row.sentence != "an empty body"])
def test_a_bad_line_of_ndjson_harms_no_other(file_lasting: Served, row: Row) -> None:
    ground = ground_of(file_lasting)
    good = [json.dumps(as_json(file_lasting.harvest("mill"))).encode() for _ in range(2)]
    body = b"\n".join([good[0], row.spoil(ground).replace(b"\n", b""), good[1]])

    with nothing_left_of_the_cooperative(file_lasting):
        answer = file_lasting.post_bytes(body, "application/x-ndjson")

    assert answer.status_code == 207
    first, refused, last = answer.json()["receipts"]
    assert_document(refused, row.status, row.code)
    assert last["index"] == first["index"] + 1
    assert file_lasting.next_seq("mill") == file_lasting.chain.pens["mill"].seq


@every(*PAYLOADS, *[row for row in ENVELOPES if row.code in LEGIBLE])
def test_a_bad_member_of_a_batch_harms_no_other_if_the_body_is_json(
    file_lasting: Served, row: Row
) -> None:
    bad = json.loads(row.spoil(ground_of(file_lasting)))
    good = [as_json(file_lasting.harvest("mill")) for _ in range(2)]

    with nothing_left_of_the_cooperative(file_lasting):
        answer = file_lasting.client.post(
            "/v1/statements", json={"statements": [good[0], bad, good[1]]}
        )

    assert answer.status_code == 207
    assert_document(answer.json()["receipts"][1], row.status, row.code)
    assert file_lasting.next_seq("mill") == file_lasting.chain.pens["mill"].seq


@every(*[row for row in ENVELOPES if row.code in {"not_json", "not_utf8", "lone_surrogate"}])
def test_a_batch_that_is_no_json_is_refused_whole(file_lasting: Served, row: Row) -> None:
    ground = ground_of(file_lasting)
    mill_seq = file_lasting.next_seq("mill")
    good = json.dumps(as_json(file_lasting.harvest("mill"))).encode()
    body = b'{"statements":[' + good + b"," + row.spoil(ground) + b"]}"
    with nothing_left(file_lasting):
        answer = file_lasting.post_bytes(body)
    assert answer.status_code == 400
    assert file_lasting.next_seq("mill") == mill_seq


@pytest.mark.parametrize("body", [b'{"statements":7}', b'{"statements":[],"more":1}'])
def test_a_batch_of_another_shape_is_refused(file_served: Served, body: bytes) -> None:
    assert_problem(file_served.post_bytes(body), 400, "bad_envelope")


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'{"statements":[]}', "application/json"),
        (b"", "application/x-ndjson"),
        (b"\n\n", "application/x-ndjson"),
    ],
)
def test_nothing_is_not_recorded(file_served: Served, body: bytes, media_type: str) -> None:
    with nothing_left(file_served):
        assert_problem(file_served.post_bytes(body, media_type), 400, "bad_envelope")


@pytest.mark.parametrize("media_type", ["application/json", "application/x-ndjson"])
def test_10001_statements_are_too_many(file_served: Served, media_type: str) -> None:
    many = [{}] * 10_001
    lines = b"{}\n" * 10_001
    body = lines if "ndjson" in media_type else json.dumps({"statements": many}).encode()
    with nothing_left(file_served):
        assert_problem(file_served.post_bytes(body, media_type), 413, "too_many")


def test_a_thousand_statements_are_taken_and_one_more_is_not(file_served: Served) -> None:
    parcels = [as_json(file_served.harvest()) for _ in range(1_001)]
    with nothing_left(file_served):
        answer = file_served.client.post("/v1/statements", json={"statements": parcels})
        assert_problem(answer, 413, "too_many")
    answer = file_served.client.post("/v1/statements", json={"statements": parcels[:-1]})
    assert answer.status_code == 201
    assert file_served.next_seq("cooperative") == 1_000


def test_a_body_over_4_mib_is_too_large(file_served: Served) -> None:
    with nothing_left(file_served):
        answer = file_served.post_bytes(b" " * (BODY_BYTES_MAX + 1))
        assert_problem(answer, 413, "too_large")


def test_a_body_over_4_mib_that_does_not_say_so_is_too_large(file_served: Served) -> None:
    def chunks() -> Iterator[bytes]:
        yield from (b" " * 1024 * 1024 for _ in range(5))

    with nothing_left(file_served):
        answer = file_served.client.post("/v1/statements", content=chunks())
        assert_problem(answer, 413, "too_large")


@pytest.mark.parametrize("media_type", ["application/json", "application/x-ndjson"])
def test_half_a_body_has_its_code_if_anybody_still_listens(
    file_served: Served, media_type: str
) -> None:
    arriving = iter(
        (
            {"type": "http.request", "body": b'{"payload":', "more_body": True},
            {"type": "http.disconnect"},
        )
    )
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(arriving)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", media_type.encode()), (b"content-length", b"5000")]
    scope = {"type": "http", "method": "POST", "path": "/v1/statements", "headers": headers}
    scope |= {"query_string": b"", "client": ("127.0.0.1", 1), "state": {}}
    app = file_served.client.app
    # In a thread of its own: a browser of another test may have a loop running in this one.
    with nothing_left(file_served), ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(app(scope, receive, send))).result()  # type: ignore[arg-type]

    assert sent[0]["status"] == 400
    assert_document(json.loads(sent[1]["body"]), 400, "not_json")


@pytest.mark.slow
@pytest.mark.parametrize("media_type", ["application/json", "application/x-ndjson"])
def test_half_a_body_leaves_nothing_when_the_connection_closes(
    file_served: Served, nursery: Nursery, media_type: str
) -> None:
    parcels = [json.dumps(as_json(file_served.harvest())).encode() for _ in range(2)]
    body = b"\n".join(parcels) if "ndjson" in media_type else parcels[0]
    kept = body[: -len(parcels[1]) // 2] if "ndjson" in media_type else body[:-100]
    with forked(nursery, file_served.settings) as server, nothing_left(file_served):
        head = (
            f"POST /v1/statements HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {media_type}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head.encode() + kept)
        assert server.get("/v1/ledger").status_code == 200  # it serves on
        assert server.get("/readyz").json()["status"] == "ready"


@contextmanager
def nothing_left_of_the_cooperative(served: Served) -> Iterator[None]:
    """The neighbours' statements may be recorded, the bad one and its openings not."""
    before, seq = served.tables(), served.next_seq("cooperative")
    yield
    after = served.tables()
    for name in ("opening", "rival", "token", "scan"):
        assert after[name] == before[name]
    assert len(after["statement"]) == len(before["statement"]) + 2
    assert served.next_seq("cooperative") == seq
