"""Recording at a server that refuses or is no ledger: each answer has its code and its exit."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.cli.desk import ORIGIN, Desk

EVENT = b'{"kind": "SEED_REGISTER", "outputs": ["https://desk.example/lot/x"]}'


@contextmanager
def answering(*answers: tuple[int, bytes]) -> Iterator[str]:
    """A server that gives these answers, one after another, whatever it is asked."""
    waiting = iter(answers)

    class Answering(BaseHTTPRequestHandler):
        def answer(self) -> None:
            status, content = next(waiting, (0, b""))
            self.close_connection = not status
            if self.close_connection:  # it ends without a word
                return
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815 — the names that http.server calls

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def problem(code: str, status: int) -> tuple[int, bytes]:
    return status, json.dumps({"code": code, "detail": f"it said {code}"}).encode()


@pytest.mark.parametrize(
    ("answer", "code", "exit_code"),
    [
        (problem("unauthorised", 401), "unauthorised", 1),
        (problem("rate_limited", 429), "rate_limited", 1),
        (problem("not_found", 404), "not_found", 4),
        (problem("database_behind", 503), "database_behind", 3),
        (problem("busy", 503), "busy", 3),
        (problem("a_code_of_the_future", 418), "internal", 3),
        ((502, b"<html>Bad Gateway</html>"), "not_json", 1),
        ((200, b"[]"), "not_json", 1),
    ],
)
def test_what_a_server_refuses_is_said_in_its_own_code(
    desk: Desk, answer: tuple[int, bytes], code: str, exit_code: int
) -> None:
    typed = ("record", "--key", desk.folder / "device.pem", "--event", "-")
    with answering(answer) as url:
        refused = desk.run(*typed, "--url", url, stdin=EVENT, expect=exit_code)
    assert f"[{code}]" in refused.stderr
    assert refused.stdout == ""


def test_a_server_that_ends_between_two_answers_leaves_the_statement_unrecorded(desk: Desk) -> None:
    typed = ("record", "--key", desk.folder / "device.pem", "--event", "-")
    described = (200, json.dumps({"origin": ORIGIN}).encode())
    with answering(described) as url:  # and to the next question nothing
        refused = desk.run(*typed, "--url", url, stdin=EVENT, expect=3)
    assert "[database_unavailable]" in refused.stderr
