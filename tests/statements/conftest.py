"""What the tests of standing begin with."""

import pytest

from tests.statements.founding import Founding


@pytest.fixture
def ledger() -> Founding:
    """A ledger that holds its genesis and nothing else."""
    return Founding().found()
