"""A server does not start on a database that is older or other than what it has served."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import StoreError
from ledger.log.checkpoint import Checkpoint
from ledger.replica import Replica
from ledger.seam import SignedHead
from ledger.statements.keys import generate_private_key
from ledger.store.database import SqlStore
from ledger.store.guard import Guard
from ledger.store.ledger import find_claim, sign_head
from ledger.store.startup import check_start
from tests.attacker import attack, drop_triggers
from tests.chain import Chain, one
from tests.parcels import BusyStore, stored
from tests.season import grow


def start(store: SqlStore) -> Replica:
    """What a server does before it listens."""
    replica = Replica(find_claim=find_claim(store))
    check_start(store, replica)
    return replica


def refusal(store: SqlStore) -> StoreError:
    """Why it does not start; the message always says what to do, and what not."""
    with pytest.raises(StoreError) as refused:
        start(store)
    assert "Restore a newer backup, or promote the standby" in refused.value.message
    assert "Never delete the guard" in refused.value.message
    return refused.value


def test_an_honest_database_starts_and_is_read_whole(chain: Chain) -> None:
    grow(chain)
    replica = start(chain.store)
    assert replica.size == chain.replica.size
    assert replica.tree.root() == chain.replica.tree.root()
    assert replica.map.root() == chain.replica.map.root()
    assert replica.note == chain.replica.note
    assert replica.key_heads == chain.replica.key_heads


def test_an_empty_database_starts(chain: Chain) -> None:
    drop_triggers(chain.store.engine)
    for table in ("entry", "statement", "subject", "chain", "signed_head"):
        attack(chain.store.engine, f"DELETE FROM {table}")
    assert start(SqlStore(chain.store.engine, None)).size == 0


def test_a_restored_backup_is_older_than_the_guard(chain: Chain) -> None:
    kept = chain.replica.size
    grow(chain)
    drop_triggers(chain.store.engine)
    attack(chain.store.engine, f"DELETE FROM entry WHERE leaf_index >= {kept}")
    attack(chain.store.engine, f"DELETE FROM signed_head WHERE size > {kept}")
    refused = refusal(chain.store)
    assert (refused.code, refused.status) == ("database_behind", 503)
    assert f"the database has {kept}" in refused.message
    assert start(SqlStore(chain.store.engine, None)).size == kept  # only the guard knew


def test_a_server_starts_while_another_one_appends(chain: Chain) -> None:
    """The guard that is ahead of a snapshot taken before is no sign of an old backup."""
    busy = BusyStore(chain)
    before = chain.replica.size
    assert start(busy).size == before
    assert chain.replica.size > before


def test_a_database_that_is_newer_than_the_guard_starts(chain: Chain, tmp_path: Path) -> None:
    with chain.store.reading() as reading:
        older = reading.signed_head(covering=0)
    assert older is not None
    grow(chain)
    guard = Guard(tmp_path / "older.guard")
    guard.advance(older)
    assert start(SqlStore(chain.store.engine, guard)).size == chain.replica.size


def test_another_history_of_the_same_length_is_damaged(chain: Chain, tmp_path: Path) -> None:
    """The guard has seen another root at a size that the database has, too."""
    guard = Guard(tmp_path / "other.guard")
    note = chain.replica.note.splitlines(keepends=True)
    note[2] = "A" * 43 + "=\n"
    guard.advance(SignedHead(size=chain.replica.size, note="".join(note)))
    one(chain.send(stored(chain)))
    refused = refusal(SqlStore(chain.store.engine, guard))
    assert refused.code == "database_damaged"
    assert "the guard remembers root 0000" in refused.message


def test_a_guard_whose_note_is_no_note_is_damaged(chain: Chain, tmp_path: Path) -> None:
    guard = Guard(tmp_path / "other.guard")
    guard.advance(SignedHead(size=1, note="nonsense"))
    assert refusal(SqlStore(chain.store.engine, guard)).code == "database_damaged"


def remove_a_leaf(chain: Chain) -> None:
    """Take away one row in the middle."""
    attack(chain.store.engine, "DELETE FROM entry WHERE leaf_index = 5")


def swap_leaves(chain: Chain) -> None:
    """Exchange two rows."""
    for before, after in ((4, 900), (6, 4), (900, 6)):
        attack(
            chain.store.engine,
            f"UPDATE entry SET leaf_index = {after} WHERE leaf_index = {before}",
        )


def change_a_leaf(chain: Chain) -> None:
    """Let a state leaf say another time."""
    _change(chain, "leaf", 3, 16)


def shorten_a_leaf(chain: Chain) -> None:
    """Make a row's leaf no leaf."""
    attack(chain.store.engine, "UPDATE entry SET leaf = signature WHERE leaf_index = 4")


def change_a_payload(chain: Chain) -> None:
    """Let a statement say something else."""
    _change(chain, "payload", 4, 30)


def remove_a_payload(chain: Chain) -> None:
    """Hide what a statement said."""
    attack(chain.store.engine, "UPDATE entry SET payload = NULL WHERE leaf_index = 4")


def remove_the_newest_head(chain: Chain) -> None:
    """Leave leaves that nobody signed."""
    attack(
        chain.store.engine,
        "DELETE FROM signed_head WHERE size = (SELECT max(size) FROM signed_head)",
    )


def spoil_the_newest_head(chain: Chain) -> None:
    """Make its note no note."""
    attack(chain.store.engine, "UPDATE signed_head SET note = 'nonsense'")


def spoil_a_signature(chain: Chain) -> None:
    """Change the newest note below its text."""
    note = chain.replica.note
    changed = note[:-8] + ("A" if note[-8] != "A" else "B") + note[-7:]
    attack(chain.store.engine, f"UPDATE signed_head SET note = '{changed}'")


def sign_with_another_key(chain: Chain) -> None:
    """Sign the tampered log anew, with the attacker's own keys."""
    replica = chain.replica
    sign = sign_head([generate_private_key(key.alg) for key in chain.log_keys])
    forged = sign(Checkpoint(origin=chain.origin, size=replica.size, root=replica.tree.root()))
    attack(
        chain.store.engine,
        f"UPDATE signed_head SET note = '{forged}' WHERE size = {replica.size}",
    )


DAMAGES = (
    remove_a_leaf,
    swap_leaves,
    change_a_leaf,
    shorten_a_leaf,
    change_a_payload,
    remove_a_payload,
    remove_the_newest_head,
    spoil_the_newest_head,
    spoil_a_signature,
    sign_with_another_key,
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_database_that_does_not_fit_its_newest_head_is_damaged(
    chain: Chain, damage: Callable[[Chain], None]
) -> None:
    grow(chain)
    drop_triggers(chain.store.engine)
    damage(chain)
    refused = refusal(chain.store)
    assert refused.code == "database_damaged"


def test_a_database_that_cannot_be_reached_is_unavailable_and_nothing_worse(chain: Chain) -> None:
    attack(chain.store.engine, "ALTER TABLE entry RENAME TO gone")
    with pytest.raises(StoreError) as refused:
        start(chain.store)
    assert refused.value.code == "database_unavailable"
    assert "backup" not in refused.value.message


def test_a_picture_that_could_not_catch_up_stays_as_it_was(chain: Chain, tmp_path: Path) -> None:
    store = SqlStore(chain.store.engine, Guard(tmp_path / "head.guard"))
    replica = start(store)
    size, note, root = replica.size, replica.note, replica.tree.root()
    grow(chain)
    drop_triggers(chain.store.engine)
    attack(
        chain.store.engine, f"UPDATE entry SET payload = signature WHERE leaf_index = {size + 4}"
    )
    with pytest.raises(StoreError), replica.appending, store.reading() as reading:
        replica.catch_up(reading)
    assert (replica.size, replica.note, replica.tree.root()) == (size, note, root)


def _change(chain: Chain, column: str, index: int, place: int) -> None:
    """Change one byte of one row, on either database."""
    with chain.store.reading() as reading:
        (entry,) = reading.entries_at([index])
    raw = bytearray(getattr(entry, column))
    raw[place] ^= 1
    literal = (
        f"X'{raw.hex()}'" if chain.store.engine.dialect.name == "sqlite" else f"'\\x{raw.hex()}'"
    )
    attack(chain.store.engine, f"UPDATE entry SET {column} = {literal} WHERE leaf_index = {index}")
