"""What every test may ask for: a database of its own, on SQLite and on a real PostgreSQL."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from api import requests
from ledger.store.engine import open_engine
from ledger.store.migrate import migrate
from tests.chain import Chain, open_chain
from tests.postgres import Postgres, own_server

# A busy machine is no defect: nothing here is judged by its time.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Where Python was told to write no bytecode, workers and every program that a test starts would
# compile all that they import: theirs is kept in the environment, beside nobody's sources.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(Path(sys.prefix) / "bytecode"))

# A test's files live in memory where there is room for them: a database that waits for the disk at
# each commit waits for what only a power failure would tell. Killed processes lose nothing there.
MEMORY = Path("/dev/shm")  # noqa: S108 — each run makes a folder of its own
ROOM_BYTES = 2 << 30
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# What a server says of a request is said while the test that asked is still listened to.
requests.MOMENT_S = 0.0

BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what starts processes: no worker is left alone with half a minute at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Let the collector pass by what is imported: it stays until the end."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """What was passed by is freed as it would have been: libraries count what they leak."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of this test process: that of TEST_PG_DSN, or one of its own."""
    given = os.environ.get("TEST_PG_DSN")
    if given:
        server = Postgres(given)
        yield server
        server.close()
        return
    with own_server() as url:
        yield Postgres(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated, empty database in a file of its own."""
    path = tmp_path / "ledger.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A migrated, empty database on PostgreSQL. Mark tests that ask for it `postgres`."""
    url = postgres.fresh()
    yield url
    postgres.drop(url)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database: the test runs once on SQLite, once on PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def chain(database_url: str, tmp_path: Path) -> Iterator[Chain]:
    """A founded ledger with its five actors: once on SQLite, once on PostgreSQL."""
    with _opened(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def file_chain(sqlite_url: str, tmp_path: Path) -> Iterator[Chain]:
    """A founded ledger on SQLite alone, for what does not depend on the database."""
    with _opened(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def server_chain(postgres_url: str, tmp_path: Path) -> Iterator[Chain]:
    """A founded ledger on PostgreSQL alone. Mark tests that ask for it `postgres`."""
    with _opened(postgres_url, tmp_path) as opened:
        yield opened


@contextmanager
def _opened(url: str, folder: Path) -> Iterator[Chain]:
    opened = open_chain(url, folder)
    yield opened
    opened.store.engine.dispose()
