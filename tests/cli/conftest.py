"""A desk with no ledger, and one with a founded ledger: the founding is copied, not repeated."""

import shutil
from pathlib import Path

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def bare(tmp_path: Path) -> Desk:
    """A desk with no ledger yet."""
    return Desk(tmp_path)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A founded ledger with one cooperative and its device. Only to be copied."""
    desk = Desk(tmp_path_factory.mktemp("founded"))
    desk.found()
    return desk


@pytest.fixture
def desk(founded: Desk, tmp_path: Path) -> Desk:
    """A desk with a founded ledger of its own, one cooperative and its device."""
    shutil.copytree(founded.folder, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path, now_ms=founded.now_ms)
