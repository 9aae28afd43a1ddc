"""Signed heads against the tree replayed: roots, signatures, groups' times, the guard."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from ledger.audit.findings import Finding
from ledger.errors import DaodiError
from ledger.log.checkpoint import parse_checkpoint, parse_note, parse_vkey, verified_keys
from ledger.log.leaves import EventLeaf, Leaf, StateLeaf, format_leaf
from ledger.log.merkle import MerkleTree, leaf_hash
from ledger.seam import SignedHead
from ledger.statements.keys import verify_note_line
from ledger.statements.statement import Anchor


class Heads:
    """The tree as replayed, held against every head that was ever signed, in order of size."""

    def __init__(self, heads: Iterator[SignedHead]) -> None:
        self._heads = heads
        self._next = next(heads, None)
        self._tree = MerkleTree()
        self._group: list[Leaf | None] = []
        self._newest_ms = 0
        self._root_differs = False
        self.seen = 0
        self.log_keys: Sequence[str] = ()

    def take(self, index: int, hashed: bytes, leaf: Leaf | None) -> list[Finding]:
        """Append one leaf; at a signed size, compare."""
        self._tree.append(hashed)
        self._group.append(leaf)
        found: list[Finding] = []
        if isinstance(leaf, StateLeaf):
            found.extend(self._check_group(index))
        signed = False
        while self._next is not None and self._next.size <= index + 1:
            signed = self._next.size == index + 1
            found.extend(self._check_head(self._next, leaf))
            self._next = next(self._heads, None)
        if isinstance(leaf, StateLeaf):
            self._group = []
            if not signed:
                reason = f"no head of size {index + 1} is kept"
                found.append(Finding(code="note_missing", reason=reason, leaf=index))
        return found

    def check_anchor(self, anchor: Anchor | None, index: int) -> list[Finding]:
        """The checkpoint that a device had seen must have been one of this log."""
        if anchor is None:
            return []
        if anchor.size > index or anchor.root != self._tree.root(anchor.size):
            reason = f"the device had seen root {anchor.root.hex()} at size {anchor.size}"
            return [Finding(code="root_differs", reason=reason, leaf=index)]
        return []

    def finish(self, size: int, guarded: SignedHead | None) -> list[Finding]:
        """Heads beyond the last leaf, and the guard."""
        found = []
        while self._next is not None:
            self.seen += 1
            found.append(_lost(self._next.size, size, "a signed head"))
            self._next = next(self._heads, None)
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
        if root == self._tree.root(guarded.size):
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
        if checkpoint.root == self._tree.root(head.size) or self._root_differs:
            return []
        self._root_differs = True  # every later root differs too: once is enough
        start = leaf - len(self._group) + 1
        reason = (
            f"signed at size {head.size} was root {checkpoint.root.hex()}; "
            f"the change is among the leaves from {start}"
        )
        culprit = self._culprit(checkpoint.root)
        return [Finding(code="root_differs", reason=reason, leaf=culprit)]

    def _culprit(self, root: bytes) -> int:
        """The leaf whose time, set to its group's, gives back the signed root; else the last.

        Everything else in a leaf follows from its statement and its chains and is named by them;
        the time alone is only held by the root.
        """
        size = self._tree.size
        first = size - len(self._group)
        hashes = [self._tree.leaf_hash(index) for index in range(first, size)]
        leaves = [(place, leaf) for place, leaf in enumerate(self._group) if leaf]
        times = {_time(leaf) for _, leaf in leaves}
        culprit = size - 1
        for place, leaf in leaves:
            for time_ms in times - {_time(leaf)}:
                mended = leaf_hash(format_leaf(_with_time(leaf, time_ms)))
                self._tree.truncate(first)
                self._tree.extend([*hashes[:place], mended, *hashes[place + 1 :]])
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
