"""Signed heads against the tree replayed: roots, signatures, groups' times, the guard."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from ledger.audit.findings import Finding
from ledger.errors import DaodiError
from ledger.log.checkpoint import parse_checkpoint, parse_note, parse_vkey, verified_keys
from ledger.log.leaves import EventLeaf, Leaf, StateLeaf, format_leaf
from ledger.log.merkle import MerkleTree, leaf_hash
from ledger.seam import SignedHead
from ledger.statements.keys import verify_note_line
from ledger.statements.statement import Anchor

ANCHORS_MAX: Final = 10_000  # devices see the newest checkpoints, so few are asked for often

Recall = Callable[[int, int], list[Leaf | None]]
"""The leaves `start <= index < stop`, None for those that are no leaf or not there."""


class Heads:
    """The tree as replayed, held against every head that was ever signed, in order of size.

    Leaves come one by one; or many at once, whose groups were found to have one time each. Those
    of the group that is open are then not kept: `recall` gives them when something is wrong.
    """

    def __init__(self, heads: Iterator[SignedHead], recall: Recall) -> None:
        self._heads = heads
        self._recall = recall
        self._next = next(heads, None)
        self._tree = MerkleTree()
        self._group: list[Leaf | None] = []
        self._unread = range(0)  # indices of leaves of the open group that come after `_group`
        self._unread_ms: int | None = None
        self._newest_ms = 0
        self._differs_at: int | None = None  # first signed size whose root is another
        self._anchors: set[tuple[int, bytes]] = set()  # found to be of this log
        self.seen = 0
        self.log_keys: Sequence[str] = ()

    def take(self, index: int, hashed: bytes, leaf: Leaf | None) -> list[Finding]:
        """Append one leaf; at a signed size, compare."""
        self._read_group()
        self._tree.append(hashed)
        self._group.append(leaf)
        if not isinstance(leaf, StateLeaf):
            return self.check_heads(index, None)
        found = self._check_group(index)
        found.extend(self.check_heads(index, leaf))
        self._group = []
        return found

    def continues(self, first_ms: int) -> bool:
        """Whether a leaf of this time may come next: that of the open group, and none before it."""
        times = {None if leaf is None else _time(leaf) for leaf in self._group}
        if self._unread:
            times.add(self._unread_ms)
        return times <= {first_ms} and first_ms >= self._newest_ms

    def extend(self, start: int, hashes: Sequence[bytes]) -> None:
        """Append many leaves, of which the state leaves will be closed one by one."""
        self._tree.extend(hashes)
        if not self._unread:
            self._unread = range(start, start)

    def close(self, leaf: StateLeaf) -> list[Finding]:
        """At a state leaf among many, compare."""
        self._unread = range(self._unread.start, leaf.index + 1)
        found = self.check_heads(leaf.index, leaf)
        self._group = []
        self._unread = range(leaf.index + 1, leaf.index + 1)
        self._newest_ms = leaf.at_ms
        return found

    def leave_open(self, stop: int, open_ms: int | None) -> list[Finding]:
        """After many leaves: those after the last state leaf, all of one time, wait for theirs."""
        self._unread, self._unread_ms = range(self._unread.start, stop), open_ms
        return self.check_heads(stop - 1, None)

    def check_heads(self, index: int, leaf: StateLeaf | None) -> list[Finding]:
        """Compare with heads up to the leaf at `index`, given when it is a state leaf."""
        found: list[Finding] = []
        signed = leaf is None
        while self._next is not None and self._next.size <= index + 1:
            is_here = self._next.size == index + 1
            signed = signed or is_here
            found.extend(self._check_head(self._next, leaf if is_here else None))
            self._next = next(self._heads, None)
        if not signed:
            reason = f"no head of size {index + 1} is kept"
            found.append(Finding(code="note_missing", reason=reason, leaf=index))
        return found

    def _read_group(self) -> None:
        if self._unread:
            self._group.extend(self._recall(self._unread.start, self._unread.stop))
            self._unread = range(0)

    def check_anchor(self, anchor: Anchor | None, index: int) -> list[Finding]:
        """The checkpoint that a device had seen must have been one of this log."""
        if anchor is None:
            return []
        if self._differs_at is not None and self._differs_at <= anchor.size <= index:
            return []  # whatever is behind the change has another root: it accuses no device
        if anchor.size <= index and (anchor.size, anchor.root) in self._anchors:
            return []
        if anchor.size > index or anchor.root != self._tree.root(anchor.size):
            reason = f"the device had seen root {anchor.root.hex()} at size {anchor.size}"
            return [Finding(code="root_differs", reason=reason, leaf=index)]
        if len(self._anchors) >= ANCHORS_MAX:
            self._anchors.clear()
        self._anchors.add((anchor.size, anchor.root))
        return []

    def finish(self, size: int, guarded: SignedHead | None) -> list[Finding]:
        """Heads beyond the last leaf, and the guard."""
        found = []
        newest = self._next
        while self._next is not None:
            self.seen += 1
            newest = self._next
            self._next = next(self._heads, None)
        if newest is not None:
            found.append(_lost(newest.size, size, "a signed head"))
        if guarded is not None:
            found.extend(self._check_guard(guarded, size))
        return found

    def _check_guard(self, guarded: SignedHead, size: int) -> list[Finding]:
        if guarded.size > size:
            return [_lost(guarded.size, size, "the guard")]
        leaf = guarded.size - 1
        try:
            root = parse_checkpoint(parse_note(guarded.note).text).root
        except DaodiError as error:
            return [Finding(code="note_false", reason=f"the guard: {error}", leaf=leaf)]
        if root == self._tree.root(guarded.size) or self._differs_at is not None:
            return []
        reason = f"the guard remembers root {root.hex()} at size {guarded.size}"
        return [Finding(code="root_differs", reason=reason, leaf=leaf)]

    def _check_head(self, head: SignedHead, last: Leaf | None) -> list[Finding]:
        self.seen += 1
        leaf = head.size - 1
        if not isinstance(last, StateLeaf):
            reason = f"the head of size {head.size} ends with no state leaf"
            return [Finding(code="note_false", reason=reason, leaf=leaf)]
        try:
            note = parse_note(head.note)
            checkpoint = parse_checkpoint(note.text)
            keys = [parse_vkey(vkey) for vkey in self.log_keys]
            signed = len(verified_keys(note, keys, verify_note_line)) > 0
        except DaodiError as error:
            return [Finding(code="note_false", reason=error.message, leaf=leaf)]
        if not signed or checkpoint.size != head.size:
            reason = f"no log key in force signed the head kept for size {head.size}"
            return [Finding(code="note_false", reason=reason, leaf=leaf)]
        if checkpoint.root == self._tree.root(head.size) or self._differs_at is not None:
            return []
        self._differs_at = head.size  # every later root differs too: once is enough
        self._read_group()
        start = leaf - len(self._group) + 1
        reason = (
            f"signed at size {head.size} was root {checkpoint.root.hex()}; "
            f"the change is among the leaves from {start}"
        )
        culprit = self._culprit(checkpoint.root, head.size)
        return [Finding(code="root_differs", reason=reason, leaf=culprit)]

    def _culprit(self, root: bytes, size: int) -> int:
        """The leaf whose time, set to its group's, gives back the signed root; else the last.

        Everything else in a leaf follows from its statement and its chains and is named by them;
        the time alone is only held by the root.
        """
        first = size - len(self._group)
        hashes = [self._tree.leaf_hash(index) for index in range(first, self._tree.size)]
        group = hashes[: size - first]
        leaves = [(place, leaf) for place, leaf in enumerate(self._group) if leaf]
        times = {_time(leaf) for _, leaf in leaves}
        culprit = size - 1
        for place, leaf in leaves:
            for time_ms in times - {_time(leaf)}:
                mended = leaf_hash(format_leaf(_with_time(leaf, time_ms)))
                self._tree.truncate(first)
                self._tree.extend([*group[:place], mended, *group[place + 1 :]])
                if self._tree.root() == root:
                    culprit = first + place
        self._tree.truncate(first)
        self._tree.extend(hashes)
        return culprit

    def _check_group(self, index: int) -> list[Finding]:
        """One group has one time, and times never go back."""
        found = []
        first = index - len(self._group) + 1
        state = self._group[-1]
        assert isinstance(state, StateLeaf)
        lost = max((place for place, leaf in enumerate(self._group) if leaf is None), default=-1)
        for place, leaf in enumerate(self._group):
            if place < lost:
                continue  # perhaps of the group that the lost leaf ended
            if isinstance(leaf, EventLeaf) and leaf.admitted_ms != state.at_ms:
                reason = f"recorded at {leaf.admitted_ms}, its group's state leaf at {state.at_ms}"
                found.append(Finding(code="time_differs", reason=reason, leaf=first + place))
        if state.at_ms < self._newest_ms:
            reason = f"{state.at_ms} after {self._newest_ms}"
            found.append(Finding(code="time_differs", reason=reason, leaf=index))
        self._newest_ms = max(self._newest_ms, state.at_ms)
        return found


def _time(leaf: Leaf) -> int:
    return leaf.admitted_ms if isinstance(leaf, EventLeaf) else leaf.at_ms


def _with_time(leaf: Leaf, time_ms: int) -> Leaf:
    if isinstance(leaf, EventLeaf):
        return replace(leaf, admitted_ms=time_ms)
    return replace(leaf, at_ms=time_ms)


def _lost(size: int, found: int, who: str) -> Finding:
    return Finding(
        code="head_lost", reason=f"{who} knows {size} leaves, the database has {found}", leaf=found
    )
