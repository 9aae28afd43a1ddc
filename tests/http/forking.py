"""Servers that start in a fraction of a second: each forked from a process that has imported all.

Run as a program, this file is that process: it forks one `daodi serve` for each order on its
standard input, and ends its servers when its input ends. Each server is a process of its own.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from api.commands.serving import serve
from api.settings import Settings
from tests.http.server import Server, free_port

STILL_RUNNING = -1


@dataclass
class Nursery:
    """The process that forks servers; `with` it, they are gone afterwards."""

    process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start it; the first order waits for the imports."""
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End it, and with it every server."""
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def order(self, **order: object) -> int:
        """One number for one order."""
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@dataclass
class Forked(Server):
    """A server that a nursery starts; killed and asked like any other."""

    nursery: Nursery | None = None
    pid: int = 0

    def launch(self) -> None:
        """Fork the process, whatever becomes of it."""
        assert self.nursery is not None
        self.port = self.port or free_port()
        chosen = self.settings
        arguments = ["--port", str(self.port), "--data", str(chosen.data)]
        self.pid = self.nursery.order(
            arguments=[*arguments, "--database", chosen.database_url],
            environment={"DAODI_REQUESTS_PER_MINUTE": str(chosen.requests_per_minute)},
            log=f"/proc/{os.getpid()}/fd/{self.log.fileno()}",
        )

    def ended(self) -> int | None:
        """The exit code, None while it runs."""
        assert self.nursery is not None
        code = self.nursery.order(poll=self.pid)
        return None if code == STILL_RUNNING else code

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> None:
        assert self.nursery is not None
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sign)
            self.nursery.order(wait=self.pid)
        self.pid = 0


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """One for all tests of a process: it only ever imports, so no test leaves anything in it."""
    with Nursery() as started:
        yield started


@contextmanager
def forked(nursery: Nursery, settings: Settings) -> Iterator[Server]:
    """A started server, which is asked to end however the test ends."""
    server = Forked(settings=settings, nursery=nursery)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        server.log.close()


def take_orders() -> None:
    """Fork, poll and wait until standard input ends."""
    running: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "poll" in order or "wait" in order:
            answer = _look(running, order)
        else:
            answer = os.fork()
            if answer == 0:
                _serve(order)
            running.add(answer)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _look(running: set[int], order: dict[str, int]) -> int:
    pid = order.get("poll") or order["wait"]
    if pid not in running:
        return 0
    found, status = os.waitpid(pid, os.WNOHANG if "poll" in order else 0)
    if not found:
        return STILL_RUNNING
    running.discard(pid)
    return abs(os.waitstatus_to_exitcode(status))


def _serve(order: dict[str, Any]) -> None:
    with Path(os.devnull).open() as nothing, Path(order["log"]).open("a") as log:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ.update(order["environment"])
    try:
        serve.main(args=order["arguments"], prog_name="daodi serve")
    except SystemExit as end:
        os._exit(int(end.code or 0))
    os._exit(0)


if __name__ == "__main__":
    take_orders()
