"""A database that lies, breaks or stalls: nothing false is signed, nothing is lost or doubled."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from ledger.errors import StoreError
from ledger.register.admit import Admission
from ledger.register.group import AHEAD_MIN, Register
from ledger.seam import Entry, OutcomeUnknownError
from ledger.store.database import SqlStore
from ledger.store.guard import Guard
from ledger.store.ledger import sign_head
from ledger.store.write import SqlWriting
from tests.chain import Chain, one
from tests.parcels import codes, newcomer, receipts, stored


class AlteredStore(SqlStore):
    """A store whose disk changes what was written before it is read back."""

    alter: Callable[[Entry], Entry]

    @contextmanager
    def writing(self, subject_keys: Sequence[bytes] = ()) -> Iterator[SqlWriting]:
        """Read back other entries than were written."""
        with super().writing(subject_keys) as writing:
            honest = writing.entries
            writing.entries = lambda start, stop: map(self.alter, honest(start, stop))  # type: ignore[method-assign]
            yield writing


class BreakingStore(SqlStore):
    """A store whose connection breaks at the commit, before or after the database obeyed it."""

    breaks = False
    commits = False

    @contextmanager
    def writing(self, subject_keys: Sequence[bytes] = ()) -> Iterator[SqlWriting]:
        """Break at the end, once for each time that `breaks` is set."""
        with super().writing(subject_keys) as writing:
            yield writing
            if self.breaks and not self.commits:
                self.breaks = False
                raise OutcomeUnknownError("the connection broke before the commit")
        if self.breaks:
            self.breaks = False
            raise OutcomeUnknownError("the connection broke after the commit")


def register(chain: Chain, store: SqlStore) -> Register:
    """A register of the same process on another store."""
    return Register(
        origin=chain.origin,
        store=store,
        replica=chain.replica,
        sign_head=sign_head(chain.log_keys),
    )


@pytest.mark.parametrize("column", ["leaf", "payload", "signature", "statement_id"])
def test_nothing_is_signed_when_the_database_reads_back_other_bytes(
    chain: Chain, tmp_path: Path, column: str
) -> None:
    def alter(entry: Entry) -> Entry:
        value = getattr(entry, column)
        changed = value
        if isinstance(value, str):
            changed = value[:-1] + ("1" if value.endswith("0") else "0")
        elif value:
            changed = value[:-1] + bytes([value[-1] ^ 1])
        return replace(entry, **{column: changed})

    store = AlteredStore(chain.store.engine, Guard(tmp_path / "head.guard"))
    store.alter = staticmethod(alter)
    honest, size, note = chain.register, chain.replica.size, chain.replica.note
    chain.register = register(chain, store)
    sent = stored(chain)
    with pytest.raises(StoreError) as refused:
        chain.send(sent)
    assert refused.value.code == "database_damaged"
    assert (chain.replica.size, chain.replica.tree.size, chain.replica.note) == (size, size, note)
    chain.register = honest
    assert codes(chain.send(sent)) == [""]
    assert receipts(chain.send(sent))[0].again


def test_a_large_group_that_cannot_be_closed_is_given_up_and_may_come_again(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [stored(chain) for _ in range(2 * AHEAD_MIN)]
    size = chain.replica.size
    with monkeypatch.context() as patch:
        patch.setattr(Admission, "close", _fail)  # behind what the database is at work on
        with pytest.raises(MemoryError):
            chain.send(*sent)
    assert chain.replica.size == chain.replica.tree.size == size
    assert not any(receipt.again for receipt in receipts(chain.send(*sent)))


def _fail(_admission: Admission) -> Entry:
    raise MemoryError


def test_nothing_is_signed_when_a_row_is_lost_on_the_way(chain: Chain) -> None:
    class LosingStore(SqlStore):
        @contextmanager
        def writing(self, subject_keys: Sequence[bytes] = ()) -> Iterator[SqlWriting]:
            with super().writing(subject_keys) as writing:
                writing.entries = lambda *_: iter(())  # type: ignore[method-assign]
                yield writing

    chain.register = register(chain, LosingStore(chain.store.engine, None))
    with pytest.raises(StoreError, match="read back differently"):
        chain.send(stored(chain))
    chain.reopen()
    assert codes(chain.send(stored(chain, "nursery"))) == [""]


@pytest.mark.parametrize("commits", [False, True], ids=["lost", "kept"])
def test_after_a_commit_of_unknown_outcome_nothing_is_lost_or_doubled(
    chain: Chain, tmp_path: Path, *, commits: bool
) -> None:
    store = BreakingStore(chain.store.engine, Guard(tmp_path / "head.guard"))
    chain.register = register(chain, store)
    someone = newcomer(chain, "someone", "processor")
    sent = [someone.admission, someone.enrolment, stored(chain, "someone"), stored(chain)]
    size = chain.replica.size
    store.breaks, store.commits = True, commits
    with pytest.raises(StoreError) as refused:
        chain.send(*sent)
    assert refused.value.code == "database_unavailable"
    assert chain.replica.size == 0  # whatever this process believed is thrown away
    again = receipts(chain.send(*sent))
    assert [receipt.again for receipt in again] == [commits] * 4
    assert [receipt.leaf.index for receipt in again] == [*range(size, size + 4)]
    with chain.store.reading() as reading:
        assert reading.size() == chain.replica.size == size + 5


@pytest.mark.postgres
def test_a_server_that_drops_the_connection_at_the_commit_leaves_the_outcome_open(
    server_chain: Chain,
) -> None:
    chain = server_chain

    class KilledStore(SqlStore):
        @contextmanager
        def writing(self, subject_keys: Sequence[bytes] = ()) -> Iterator[SqlWriting]:
            with super().writing(subject_keys) as writing:
                yield writing
                backend = "SELECT pg_backend_pid()"
                pid = writing.connection.exec_driver_sql(backend).scalar_one()
                with self.engine.connect() as other:
                    other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")

    honest = chain.register
    chain.register = register(chain, KilledStore(chain.store.engine, None))
    sent = stored(chain)
    with pytest.raises(StoreError, match="the commit broke"):
        chain.send(sent)
    chain.register = honest
    assert not one(chain.send(sent)).again


def test_a_guard_that_cannot_be_written_answers_nobody_and_loses_nothing(
    chain: Chain, tmp_path: Path
) -> None:
    chain.register = register(chain, SqlStore(chain.store.engine, Guard(tmp_path / "no" / "guard")))
    sent = stored(chain)
    with pytest.raises(StoreError, match="guard"):
        chain.send(sent)
    chain.register = register(chain, chain.store)
    again = one(chain.send(sent))
    assert again.again
    assert chain.replica.size == again.leaf.index + 2


def test_a_database_that_is_gone_is_unavailable_not_damaged(chain: Chain) -> None:
    with chain.store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE entry RENAME TO gone")
    with pytest.raises(StoreError) as refused:
        chain.send(stored(chain))
    assert (refused.value.code, refused.value.status) == ("database_unavailable", 503)
    with pytest.raises(StoreError), chain.store.reading() as reading:
        reading.size()


def test_a_database_that_went_back_is_noticed_before_anything_is_signed(
    chain: Chain,
) -> None:
    one(chain.send(stored(chain)))
    with chain.store.engine.begin() as connection:
        for trigger in ("entry_refuses_delete", "entry_refuses_change"):
            on = "" if connection.dialect.name == "sqlite" else " ON entry"
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}{on}")
        connection.exec_driver_sql("DELETE FROM entry WHERE leaf_index > 20")
    with pytest.raises(StoreError) as refused:
        chain.send(stored(chain))
    assert refused.value.code == "database_behind"


@pytest.mark.postgres
def test_a_connection_that_broke_between_two_groups_is_opened_again(server_chain: Chain) -> None:
    chain = server_chain
    with chain.store.writing() as writing:
        pid = writing.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with chain.store.engine.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")
    assert not one(chain.send(stored(chain))).again
