"""A real server process in a test: started, asked over a socket, killed as the test pleases."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic, sleep
from typing import IO

import httpx

from api.settings import Settings

DAODI = Path(sys.executable).parent / "daodi"
START_SECONDS = 30


@dataclass
class Server:
    """One `daodi serve` on a free port of loopback."""

    settings: Settings
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    log: IO[bytes] = field(default_factory=TemporaryFile)

    def start(self) -> None:
        """Start the process and wait until it answers. Raises RuntimeError when it ends."""
        self.launch()
        deadline = monotonic() + START_SECONDS
        while monotonic() < deadline:
            if self.ended() is not None:
                raise RuntimeError(self.said())
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            sleep(0.02)
        raise RuntimeError(f"no answer within {START_SECONDS} s")

    def launch(self) -> None:
        """Start the process, whatever becomes of it."""
        self.port = self.port or free_port()
        self.log.seek(0, os.SEEK_END)
        chosen = self.settings
        self.process = subprocess.Popen(
            [
                *(DAODI, "serve", "--port", str(self.port)),
                *("--data", chosen.data, "--database", chosen.database_url),
                *self.arguments,
            ],
            stdout=self.log,
            stderr=self.log,
            env={
                **os.environ,
                "DAODI_REQUESTS_PER_MINUTE": str(chosen.requests_per_minute),
                **self.environment,
            },
        )

    def ended(self) -> int | None:
        """The exit code, None while it runs."""
        assert self.process is not None
        return self.process.poll()

    def wait(self) -> int:
        """Wait for its end; returns the exit code."""
        assert self.process is not None
        return self.process.wait(START_SECONDS)

    def said(self) -> str:
        """All that it wrote to its output."""
        self.log.seek(0)
        return self.log.read().decode()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str) -> httpx.Response:
        """Ask once, on a connection of its own."""
        return httpx.get(self.url(path), timeout=START_SECONDS, trust_env=False)

    def post(self, body: object) -> httpx.Response:
        """Post to the recording route, on a connection of its own."""
        return httpx.post(
            self.url("/v1/statements"), json=body, timeout=START_SECONDS, trust_env=False
        )


@contextmanager
def running(settings: Settings, *arguments: str, **environment: str) -> Iterator[Server]:
    """A started server, which is stopped however the test ends."""
    server = Server(settings=settings, environment=environment, arguments=arguments)
    try:
        server.start()
        yield server
    finally:
        if server.ended() is None:
            server.stop()
        server.log.close()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
