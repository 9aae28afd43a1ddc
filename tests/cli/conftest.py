"""A desk with a founded ledger, and one with a whole season on it."""

from pathlib import Path

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def bare(tmp_path: Path) -> Desk:
    """A desk with no ledger yet."""
    return Desk(tmp_path)


@pytest.fixture
def desk(bare: Desk) -> Desk:
    """A desk with a founded ledger, one cooperative and its device."""
    bare.found()
    return bare
