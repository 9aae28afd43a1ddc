"""`entry` is append-only by triggers, on both databases."""

import pytest
from sqlalchemy.exc import DatabaseError

from tests.attacker import attack
from tests.chain import Chain

COMMANDS = (
    "UPDATE entry SET payload = NULL WHERE leaf_index = 0",
    "UPDATE entry SET leaf_index = leaf_index + 1000",
    "DELETE FROM entry WHERE leaf_index = 0",
    "DELETE FROM entry",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_rows_of_entry_cannot_be_changed_or_removed(chain: Chain, command: str) -> None:
    with chain.store.reading() as reading:
        before = list(reading.entries(0, reading.size()))
    with pytest.raises(DatabaseError, match="append-only"):
        attack(chain.store.engine, command)
    with chain.store.reading() as reading:
        assert list(reading.entries(0, reading.size())) == before


@pytest.mark.postgres
@pytest.mark.parametrize("command", ["TRUNCATE entry", "TRUNCATE entry, statement CASCADE"])
def test_entry_cannot_be_truncated(server_chain: Chain, command: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        attack(server_chain.store.engine, command)


def test_projections_can_be_changed_for_they_can_be_made_again(chain: Chain) -> None:
    ledger = f"urn:daodi:ledger:{chain.origin}"
    with chain.store.reading() as reading:
        assert 0 in reading.chains([ledger])[ledger]
    attack(chain.store.engine, "DELETE FROM chain")
    with chain.store.reading() as reading:
        assert reading.chains([ledger]) == {}
