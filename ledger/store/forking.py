"""A process forked from this one, where nothing can go wrong by it; it has all imported already.

A fork keeps what other threads held locked, and SQLite believes in locks that a fork does not
have. So a process forks while it has one thread and the ledger's file is not open in it.
"""

import os
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path
from subprocess import TimeoutExpired
from typing import IO, Final, Self

Serve = Callable[[IO[bytes], IO[bytes]], None]
"""Reads questions from the first until it ends, and writes answers to the second."""

_SELF: Final = Path("/proc/self")
_fork: Final = get_context("fork")


def may_fork(file: str | None) -> bool:
    """Whether this process has one thread and, where a file is named, does not have it open."""
    try:
        if len([*(_SELF / "task").iterdir()]) != 1:
            return False
        return file is None or not any(map(Path(file).samefile, _open_files()))
    except OSError:  # no such place, or no such file yet
        return False


def _open_files() -> list[Path]:
    return [found for found in (_SELF / "fd").iterdir() if found.exists()]


class Forked:
    """A forked process between two pipes; to be waited for as for one of `subprocess`."""

    def __init__(self, serve: Serve, before: Sequence[Self]) -> None:
        """Fork. Of those forked before it keeps no end of a pipe: each ends with its own input."""
        asked, to = os.pipe()
        answers, given = os.pipe()
        self.stdin = os.fdopen(to, "wb", buffering=0)
        self.stdout = os.fdopen(answers, "rb", buffering=0)
        mine = [self, *before]
        self._process = _fork.Process(target=_run, args=(serve, asked, given, mine), daemon=True)
        self._process.start()
        os.close(asked)
        os.close(given)

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it has ended. Raises TimeoutExpired."""
        self._process.join(timeout)
        if timeout is not None and self._process.is_alive():
            raise TimeoutExpired("a forked process", timeout)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


def _run(serve: Serve, asked: int, given: int, parents: Sequence[Forked]) -> None:
    for one in parents:
        one.stdin.close()
        one.stdout.close()
    with os.fdopen(asked, "rb", buffering=0) as ask, os.fdopen(given, "wb", buffering=0) as give:
        serve(ask, give)
