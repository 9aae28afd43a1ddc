"""One connection takes neither all memory nor a descriptor for ever, whatever it sends or not."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from litestar.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from api import connections
from api.connections import (
    EACH_MAX,
    HEAD_BYTES_MAX,
    HEADERS_MAX,
    JOINED_MAX,
    READ_BYTES,
    BoundedHttp,
    Joined,
)
from api.settings import Settings
from tests.http.served import found
from tests.http.server import running

HEAD = b"POST /x HTTP/1.1\r\nHost: x\r\n"
READ = 65_536


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time a test moves."""

    late_s = 0.0

    def time(self) -> float:
        """Seconds, as many later as the test says."""
        return super().time() + self.late_s


class Wire(asyncio.Transport):
    """A transport that keeps what is written, and whether it was ended."""

    def __init__(self, host: str = "192.0.2.1") -> None:
        super().__init__({"peername": (host, 1), "sockname": ("192.0.2.9", 80)})
        self.written = b""
        self.sent: list[bytes] = []
        self.ended = False

    def write(self, data: Any) -> None:  # noqa: ANN401 — as asyncio has it
        """Keep it."""
        assert not self.ended
        self.written += data
        self.sent.append(data)

    def close(self) -> None:
        """Note the end."""
        self.ended = True

    abort = close

    def is_closing(self) -> bool:
        """Whether it was ended."""
        return self.ended

    def pause_reading(self) -> None:
        """Nothing comes but what the test sends."""

    resume_reading = pause_reading


async def app(_scope: Scope, receive: Receive, send: Send) -> None:
    while True:
        message = cast("dict[str, Any]", await receive())
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def connected(loop: asyncio.AbstractEventLoop, wire: Wire) -> BoundedHttp:
    config = Config(cast("Any", app), log_config=None, lifespan="off")
    config.load()
    connection = BoundedHttp(config, ServerState(), {}, _loop=loop)
    connection.connection_made(wire)
    return connection


@contextmanager
def ended(*made: BoundedHttp) -> Iterator[None]:
    yield
    for connection in made:
        connection.connection_lost(None)


def on_a_loop(work: Callable[[Clock], Any]) -> None:
    """In a thread of its own: a browser of another test may have a loop running in this one."""

    async def running_it() -> None:
        await work(cast("Clock", asyncio.get_running_loop()))

    def run() -> None:
        with asyncio.Runner(loop_factory=Clock) as runner:
            runner.run(running_it())

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result()


@pytest.mark.parametrize(
    ("start", "endless"),
    [
        (b"GET /", b"a" * READ),
        (b"GET / HTTP/1.1\r\nA: ", b"a" * READ),
        (b"GET / HTTP/1.1\r\n", b"a: b\r\n" * 10_000),
        (b"\r\n", b"\r\n" * 32_768),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"T: " + b"a" * READ),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * READ),
    ],
    ids=["address", "header", "headers", "lines", "trailer", "extension"],
)
def test_what_has_no_end_is_ended(start: bytes, endless: bytes) -> None:
    async def work(loop: Clock) -> None:
        wire = Wire()
        connection = connected(loop, wire)
        with ended(connection):
            connection.data_received(start)
            sent = 0
            while not wire.ended:
                connection.data_received(endless)
                sent += len(endless)
                assert sent <= 2 * (HEAD_BYTES_MAX + READ_BYTES)

    on_a_loop(work)


def test_a_body_of_any_length_in_the_smallest_chunks_is_read() -> None:
    async def work(loop: Clock) -> None:
        wire = Wire()
        connection = connected(loop, wire)
        with ended(connection):
            connection.data_received(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
            for _ in range(20):
                connection.data_received(b"1\r\nx\r\n" * 10_000)
                await asyncio.sleep(0)
            connection.data_received(b"0\r\n\r\n" + HEAD + b"Content-Length: 600000\r\n\r\n")
            for _ in range(6):
                connection.data_received(b"x" * 100_000)
                await asyncio.sleep(0)
            for _ in range(20):
                await asyncio.sleep(0)
            assert not wire.ended
            assert wire.written.count(b"200 OK") == 2

    on_a_loop(work)


def test_a_head_of_usual_measure_is_read_and_a_longer_one_refused() -> None:
    async def work(loop: Clock) -> None:
        for count, status in ((HEADERS_MAX - 1, b"200"), (HEADERS_MAX + 1, b"400")):
            wire = Wire()
            connection = connected(loop, wire)
            with ended(connection):
                lines = b"".join(b"a%d: b\r\n" % number for number in range(count - 1))
                connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n")
                for _ in range(20):
                    await asyncio.sleep(0)
                assert wire.written.startswith(b"HTTP/1.1 " + status)

    on_a_loop(work)


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        (b"", connections.HEAD_S),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", connections.HEAD_S),
        (HEAD + b"Content-Length: 9\r\n\r\n1234", connections.BODY_S),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", connections.HEAD_S),
    ],
    ids=["nothing", "half a head", "half a body", "lines behind an answer"],
)
def test_who_does_not_go_on_is_let_go(sent: bytes, seconds: float) -> None:
    async def work(loop: Clock) -> None:
        wire = Wire()
        connection = connected(loop, wire)
        with ended(connection):
            if sent:
                connection.data_received(sent)
            for _ in range(20):
                await asyncio.sleep(0)
            loop.late_s = seconds - 1
            connection.data_received(b"\r\n" if sent.endswith(b"\r\n\r\n") else b"")
            connection._look_again()
            assert not wire.ended
            loop.late_s += seconds + 1 if sent.endswith(b"\r\n\r\n") else 2
            connection._look_again()
            assert wire.ended

    on_a_loop(work)


def test_one_address_has_so_many_connections_and_others_have_theirs() -> None:
    async def work(loop: Clock) -> None:
        wires = [Wire() for _ in range(EACH_MAX + 1)]
        made = [connected(loop, wire) for wire in wires]
        other, here = Wire("192.0.2.2"), Wire("127.0.0.1")
        made += [connected(loop, other), connected(loop, here)]
        with ended(*made):
            assert [wire.ended for wire in wires] == [False] * EACH_MAX + [True]
            assert not other.ended
            assert not here.ended
        assert not connections._open
        again = Wire()
        with ended(connected(loop, again)):
            assert not again.ended

    on_a_loop(work)


def test_a_proxy_that_is_named_has_as_many_connections_as_it_has_visitors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "192.0.2.7,198.51.100.0/24")

    async def work(loop: Clock) -> None:
        for host, is_named in (("192.0.2.7", True), ("198.51.100.3", True), ("192.0.2.8", False)):
            wires = [Wire(host) for _ in range(EACH_MAX + 1)]
            with ended(*[connected(loop, wire) for wire in wires]):
                assert wires[-1].ended is not is_named

    on_a_loop(work)


def test_the_head_of_an_answer_goes_with_its_body() -> None:
    async def work(_loop: Clock) -> None:
        wire = Wire()
        joined = Joined(wire, asyncio.get_running_loop())
        joined.write(b"head")
        assert wire.sent == []
        joined.write(b"body")
        assert wire.sent == [b"headbody"]
        joined.write(b"head")
        joined.write(b"x" * (JOINED_MAX + 1))
        assert wire.sent[1:] == [b"head", b"x" * (JOINED_MAX + 1)]
        joined.write(b"y" * (JOINED_MAX + 1))
        assert len(wire.sent) == 4
        await asyncio.sleep(0)
        assert len(wire.sent) == 4

    on_a_loop(work)


def test_a_head_whose_body_is_late_waits_for_one_turn_of_the_loop() -> None:
    async def work(_loop: Clock) -> None:
        wire = Wire()
        joined = Joined(wire, asyncio.get_running_loop())
        joined.write(b"head")
        await asyncio.sleep(0)
        assert wire.sent == [b"head"]
        joined.write(b"first")
        joined.write(b"second")
        joined.write(b"third")
        joined.close()
        assert wire.sent == [b"head", b"firstsecond", b"third"]
        assert wire.ended

    on_a_loop(work)


@pytest.mark.parametrize("by_us", [True, False])
def test_nothing_is_written_to_a_connection_that_has_ended(by_us: bool) -> None:
    async def work(_loop: Clock) -> None:
        wire = Wire()
        joined = Joined(wire, asyncio.get_running_loop())
        joined.write(b"head")
        (joined if by_us else wire).abort()
        await asyncio.sleep(0)
        joined.write(b"late")
        joined.write(b"later")
        assert wire.sent == []

    on_a_loop(work)


def send_without_end(port: int) -> None:
    """A header of four mebibytes, to a server that will not have it."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        for _ in range(64):
            client.sendall(b"GET / HTTP/1.1\r\nA: ".ljust(READ, b"a"))
        if not client.recv(1):  # what was not refused while it was sent is by now
            raise ConnectionResetError


def test_a_server_that_runs_has_these_limits(sqlite_url: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, database=sqlite_url)
    beside, _ = found(settings)
    beside.store.engine.dispose()
    with running(settings) as server:
        with pytest.raises(ConnectionError):
            send_without_end(server.port)
        assert server.get("/healthz").status_code == 200
