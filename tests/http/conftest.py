"""A ledger behind HTTP: on both databases, or on SQLite for what does not depend on it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.forking import nursery
from tests.http.served import Served, open_served
from tests.postgres import Postgres

__all__ = ["nursery"]

BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    """A founded ledger behind HTTP: once on SQLite, once on PostgreSQL."""
    with open_served(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def file_served(sqlite_url: str, tmp_path: Path) -> Iterator[Served]:
    """A founded ledger behind HTTP on SQLite alone."""
    with open_served(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module", params=BOTH)
def lasting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """One ledger for all tests of a file, which leave nothing behind or do not mind."""
    folder = tmp_path_factory.mktemp("lasting")
    if request.param == "sqlite":
        with open_served(_copy(request, folder), folder) as opened:
            yield opened
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.fresh()
    with open_served(url, folder) as opened:
        yield opened
    postgres.drop(url)


@pytest.fixture(scope="module")
def file_lasting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """One ledger on SQLite for all tests of a file."""
    folder = tmp_path_factory.mktemp("file-lasting")
    with open_served(_copy(request, folder), folder) as opened:
        yield opened


def _copy(request: pytest.FixtureRequest, folder: Path) -> str:
    template: Path = request.getfixturevalue("sqlite_template")
    shutil.copy(template, folder / "ledger.db")
    return f"sqlite:///{folder / 'ledger.db'}"
