"""A served ledger whose works have their licences, and a lot of dried root on its shelf."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.forking import nursery
from tests.http.served import Served, open_served
from tests.labelling.shelf import LICENCES, Clerk, Shelf, stock_shelf

__all__ = ["nursery"]


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    """A ledger behind HTTP, on each database."""
    with open_served(database_url, tmp_path, base_url="https://daodi.example") as opened:
        opened.chain.admit("works", "processor", licences=LICENCES)
        yield opened


@pytest.fixture
def clerk(served: Served) -> Clerk:
    """The works' clerk."""
    return Clerk(served=served)


@pytest.fixture
def shelf(served: Served) -> Shelf:
    """A hundred kilograms to pack."""
    return stock_shelf(served.chain)
