"""A server in a process of its own, on a free port of the loopback; stopped at the end."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from api.settings import Settings

BACKLOG: Final = 1_024
STOP_SECONDS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: where it listens, and which process it is."""

    port: int
    process_id: int

    def cpu_seconds(self) -> float:
        """Processor time that it has used so far; 0 where the system does not tell."""
        stat = Path(f"/proc/{self.process_id}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(which: Literal["ledger", "bare"], settings: Settings, log: Path) -> Iterator[Server]:
    """Start the ledger's server or the bare one; yields it. Its log goes to a file."""
    with socket.socket() as listening, log.open("wb") as lines:
        listening.bind(("127.0.0.1", 0))
        listening.listen(BACKLOG)
        child = subprocess.Popen(  # noqa: S603 — this program, with arguments of its own
            [sys.executable, "-m", "api.bench.server", which, str(listening.fileno())],
            stdin=subprocess.PIPE,
            stderr=lines,
            pass_fds=[listening.fileno()],
            env=os.environ
            | {
                "DAODI_DATA": str(settings.data),
                "DAODI_DATABASE": settings.database,
                "DAODI_REQUESTS_PER_MINUTE": "0",
                # More than a benchmark posts, and counted all the same: counting takes its time.
                "DAODI_STATEMENTS_PER_DAY": str(10**9),
            },
        )
        try:
            yield Server(port=listening.getsockname()[1], process_id=child.pid)
        finally:
            _stop(child)


def _stop(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None  # it was opened as a pipe
    child.stdin.close()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
