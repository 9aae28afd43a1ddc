"""Admission under the writer's lock: which place in the log a verified statement takes."""

from collections.abc import Iterable, Sequence

import msgspec

from ledger.errors import ChainError
from ledger.log.leaves import (
    NO_PREVIOUS,
    EventLeaf,
    Link,
    StateLeaf,
    format_leaf,
    subject_key,
)
from ledger.log.merkle import leaf_hash
from ledger.log.subject_map import map_value
from ledger.pace import Load, is_crowded
from ledger.register.door import Submission
from ledger.register.receipt import uris_by_key
from ledger.replica import KeyHead, Replica
from ledger.seam import Entry, Head, Recorded, Rival, Writing
from ledger.statements.chains import is_out
from ledger.statements.sealed import Opening
from ledger.statements.statement import EVENT, Statement, check_anchor

FIRST = KeyHead(0, None)


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """A statement with its leaf, in a group that is not committed yet."""

    leaf: EventLeaf
    raw: bytes
    uris: dict[bytes, str]


class Already(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that is in the log; its first receipt is read after the lock."""

    index: int


class Admission:
    """The group that is being put together: entries, links, and the map's changes."""

    def __init__(self, replica: Replica, writing: Writing, *, now_ms: int) -> None:
        self._replica = replica
        self._writing = writing
        self._now_ms = now_ms
        self._known: dict[str, int] = {}
        self._heads: dict[bytes, Head] = {}
        self._key_heads: dict[str, KeyHead] = {}
        self._admitted: dict[str, Admitted] = {}
        self.overlay = replica.map.overlay()
        self.entries: list[Entry] = []
        self.recorded: list[Recorded] = []
        self.openings: list[Opening] = []
        self.load = Load()
        self.registry = replica.registry
        self.state_leaf = replica.state_leaf

    @property
    def size(self) -> int:
        """Leaves in the log, with this group's."""
        return self._replica.size + len(self.entries)

    def prepare(self, submissions: Sequence[Submission]) -> None:
        """Read what admitting these will ask, for the whole group at once.

        Only a statement whose number its key has passed may be in the log: others are not asked
        for. Heads come from memory where the lock was taken for these chains.
        """
        statements = [submission.statement for submission in submissions]
        passed = [one.statement_id for one in statements if one.seq < self._head(one).next_seq]
        if passed:
            self._known.update(self._writing.index_of(passed))
        missing = [key for key in chain_keys(statements) if key not in self._heads]
        self._heads.update(self._writing.heads(missing))

    def admit(self, submission: Submission) -> Admitted | Already:
        """Give the statement its leaf. Raises DaodiError, and then nothing has changed."""
        statement = submission.statement
        if statement.statement_id in self._known:
            return Already(index=self._known[statement.statement_id])
        if statement.statement_id in self._admitted:
            return self._admitted[statement.statement_id]
        self._continue_chain(statement)
        index = self.size
        check_anchor(statement, index=index)
        keys = uris_by_key(statement.subjects)
        counts = {key: head.count for key in keys if (head := self._heads.get(key))}
        seqs = {uri: counts.get(key, 0) for key, uri in keys.items()}
        self.registry.judge(statement, index=index, alg=statement.public_key.alg, subject_seqs=seqs)
        return self._append(submission, keys, seqs)

    def close(self) -> Entry:
        """End the group with its state leaf, and return it: the map root over every leaf before."""
        leaf = StateLeaf(index=self.size, at_ms=self._now_ms, map_root=self.overlay.root())
        closing = Entry(index=leaf.index, leaf=format_leaf(leaf))
        self.entries.append(closing)
        self.state_leaf = leaf
        return closing

    def _continue_chain(self, statement: Statement) -> None:
        head = self._head(statement)
        if statement.seq < head.next_seq:
            self._writing.keep_rival(
                Rival(
                    key=statement.key,
                    seq=statement.seq,
                    statement_id=statement.statement_id,
                    payload=statement.payload,
                    signature=statement.signature,
                    received_ms=self._now_ms,
                )
            )
            self.load.add(statement.key, len(statement.payload))  # it takes as much room
            raise ChainError(
                "equivocation",
                f"number {statement.seq} of this key is taken by another statement",
                next_seq=head.next_seq,
                head=head.statement_id,
            )
        if statement.seq > head.next_seq:
            raise ChainError(
                "seq_gap",
                f"numbers {head.next_seq} to {statement.seq - 1} of this key are missing",
                missing={"from": head.next_seq, "to": statement.seq - 1},
                next_seq=head.next_seq,
                head=head.statement_id,
            )
        if statement.prev != head.statement_id:
            raise ChainError(
                "wrong_prev",
                f"prev is {statement.prev}, the key's head is {head.statement_id}",
                expected=head.statement_id,
                found=statement.prev,
                next_seq=head.next_seq,
                head=head.statement_id,
            )

    def _append(
        self, submission: Submission, uris: dict[bytes, str], seqs: dict[str, int]
    ) -> Admitted:
        statement = submission.statement
        links = []
        crowded: list[bytes] = []
        size = len(statement.payload)
        for key in sorted(uris):
            head = self._heads.get(key)
            if head is not None and is_crowded(head.count, size) and not is_out(uris[key]):
                crowded.append(key)
            links.append(
                Link(
                    subject_key=key,
                    subject_seq=head.count if head else 0,
                    previous=head.leaf_hash if head else NO_PREVIOUS,
                )
            )
        leaf = EventLeaf(
            index=self.size,
            admitted_ms=self._now_ms,
            statement_id=bytes.fromhex(statement.statement_id),
            key_id=bytes.fromhex(statement.key),
            key_seq=statement.seq,
            links=tuple(links),
        )
        raw = format_leaf(leaf)
        hashed = leaf_hash(raw)
        for link in links:
            count = link.subject_seq + 1
            self._heads[link.subject_key] = Head(count=count, leaf_hash=hashed)
            self.overlay.bind(link.subject_key, map_value(count, hashed))
        self._key_heads[statement.key] = KeyHead(statement.seq + 1, statement.statement_id)
        self.load.add(statement.key, submission.stored_bytes, crowded)
        if statement.kind != EVENT:
            self._apply(statement, leaf.index)
        self.entries.append(
            Entry(
                index=leaf.index,
                leaf=raw,
                statement_id=statement.statement_id,
                payload=statement.payload,
                signature=statement.signature,
            )
        )
        self.recorded.append(
            Recorded(
                leaf=leaf,
                leaf_hash=hashed,
                claim=statement,
                seqs=seqs,
                meaning=submission.meaning,
            )
        )
        self.openings.extend(submission.openings)
        self._replica.pending[statement.statement_id] = statement
        admitted = Admitted(leaf=leaf, raw=raw, uris=uris)
        self._admitted[statement.statement_id] = admitted
        return admitted

    def _apply(self, statement: Statement, index: int) -> None:
        if self.registry is self._replica.registry:
            self.registry = self.registry.copy()  # others read the old one until the commit
        self.registry.apply(statement, index=index)

    def _head(self, statement: Statement) -> KeyHead:
        """Where its key's own chain stands."""
        key = statement.key
        return self._key_heads.get(key) or self._replica.key_heads.get(key, FIRST)

    def key_heads(self) -> dict[str, KeyHead]:
        """Where the chains of this group's keys stand after it."""
        return self._key_heads


def chain_keys(statements: Iterable[Statement]) -> list[bytes]:
    """Keys of every chain of which admitting these or writing them asks.

    Inputs too, whose own chains are not continued here: writing it asks for their rows.
    """
    uris = {uri for one in statements for uri in (*one.subjects, *one.inputs)}
    return [*map(subject_key, uris)]
