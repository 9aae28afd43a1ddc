"""Merkle tree hashes and proofs over leaf bytes: RFC 9162 section 2.1. Knows no leaf's meaning."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from struct import iter_unpack
from typing import Final

from ledger.errors import ProofError

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"
_STRETCH_BYTES: Final = 1 << 20  # hashed at once: a million leaves need no second copy of the tree


def leaf_hash(leaf: bytes) -> bytes:
    """H(00 | leaf)."""
    return sha256(_LEAF + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """H(01 | left | right)."""
    return sha256(_NODE + left + right).digest()


def tree_root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Root by the plain recursive definition; the oracle for MerkleTree. Source: RFC 9162 2.1.1."""
    if not leaf_hashes:
        return EMPTY_ROOT
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    split = 1 << ((len(leaf_hashes) - 1).bit_length() - 1)
    return node_hash(tree_root(leaf_hashes[:split]), tree_root(leaf_hashes[split:]))


class MerkleTree:
    """An append-only tree in memory: for each level, the hashes of its complete subtrees in a row.

    Hashes of complete subtrees never change. So roots, proofs and tiles at a size that was reached
    stay right, also in another thread, while later leaves are appended or truncated again.
    Not more than one thread may append, extend or truncate.
    """

    __slots__ = ("_levels", "size")

    size: int

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self.size = 0

    def append(self, leaf_hash: bytes) -> None:
        """Add one leaf. ValueError when the hash is not 32 bytes."""
        if len(leaf_hash) != HASH_BYTES:
            raise ValueError(f"a leaf hash has {HASH_BYTES} bytes, not {len(leaf_hash)}")
        node = leaf_hash
        number = self.size
        level = 0
        self._levels[0] += node
        while number & 1:
            # The two newest hashes of this level lie side by side: they are the node's children.
            node = sha256(_NODE + self._levels[level][-2 * HASH_BYTES :]).digest()
            number >>= 1
            level += 1
            self._row(level).extend(node)
        self.size += 1  # last, for readers: see extend

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Add many leaves, level by level. ValueError, and no change, when one is not 32 bytes."""
        hashes = list(leaf_hashes)
        if any(len(found) != HASH_BYTES for found in hashes):
            raise ValueError(f"a leaf hash does not have {HASH_BYTES} bytes")
        self._levels[0] += b"".join(hashes)
        size = self.size + len(hashes)
        for level in range(size.bit_length() - 1):
            children = self._levels[level]
            row = self._row(level + 1)
            start, stop = 2 * len(row), (size >> level + 1) * 2 * HASH_BYTES
            if start == stop:  # nothing new on this level, so nothing new above it
                break
            for place in range(start, stop, _STRETCH_BYTES):
                pairs = bytes(children[place : min(place + _STRETCH_BYTES, stop)])
                nodes = [sha256(_NODE + pair).digest() for (pair,) in iter_unpack("64s", pairs)]
                row += b"".join(nodes)
        # Size last: a reader that sees this size must find every hash below it.
        self.size = size

    def truncate(self, size: int) -> None:
        """Forget the leaves from `size` on, never committed. IndexError beyond the tree."""
        self._within(size)
        self.size = size
        for level, row in enumerate(self._levels):
            del row[(size >> level) * HASH_BYTES :]

    def leaf_hash(self, index: int) -> bytes:
        """Hash of the leaf at `index`. IndexError beyond the tree."""
        return self.hashes(0, index, 1)

    def root(self, size: int | None = None) -> bytes:
        """Root over the first `size` leaves, of all when None. IndexError beyond the tree."""
        size = self.size if size is None else self._within(size)
        return self._fold(size, size.bit_length()) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """Path of the leaf at `index` to the root at `size`. Source: RFC 9162 section 2.1.3.1."""
        if not 0 <= index < self._within(size):
            raise IndexError(f"leaf {index} is not among the first {size}")
        return self._path(index, 0, size)

    def consistency_proof(self, old_size: int, new_size: int) -> list[bytes]:
        """Proof that the old tree begins the new one; empty when the old one is empty or the same.

        Source: RFC 9162 section 2.1.4.1. IndexError when the sizes are not in order in the tree.
        """
        if not 0 <= old_size <= self._within(new_size):
            raise IndexError(f"size {old_size} is not between 0 and {new_size}")
        if old_size in {0, new_size}:
            return []
        number = old_size - 1
        level = 0
        while number & 1:  # climb to the largest complete subtree that ends the old tree
            number >>= 1
            level += 1
        # When that subtree is the whole old tree, the verifier has its hash already.
        start = [self._node(level, number)] if number else []
        return start + self._path(number, level, new_size)

    def hashes(self, level: int, start: int, count: int) -> bytes:
        """Hashes of `count` complete subtrees of 2**level leaves from number `start` on, joined.

        IndexError when not all of them are complete.
        """
        if level < 0 or start < 0 or count < 0 or start + count > self.size >> level:
            raise IndexError(f"no {count} complete subtrees from {start} on at level {level}")
        if not count:
            return b""
        return bytes(self._levels[level][start * HASH_BYTES : (start + count) * HASH_BYTES])

    def _row(self, level: int) -> bytearray:
        if level == len(self._levels):
            self._levels.append(bytearray())
        return self._levels[level]

    def _within(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise IndexError(f"size {size} is not between 0 and {self.size}")
        return size

    def _node(self, level: int, number: int) -> bytes:
        return bytes(self._levels[level][number * HASH_BYTES : (number + 1) * HASH_BYTES])

    def _fold(self, size: int, levels: int) -> bytes:
        """Root of the last `size % 2**levels` of the first `size` leaves, at least one."""
        root = b""
        for level in range(levels):
            if size >> level & 1:
                peak = self._node(level, (size >> level) - 1)
                root = node_hash(peak, root) if root else peak
        return root

    def _path(self, number: int, level: int, size: int) -> list[bytes]:
        """Siblings of the subtree `number` of `level` upwards, in the tree of the first `size`."""
        path = []
        last = (size - 1) >> level
        while last:
            sibling = number ^ 1
            if sibling < size >> level:
                path.append(self._node(level, sibling))
            elif sibling == last:  # the ragged right edge, which stands in no row
                path.append(self._fold(size, level))
            number >>= 1
            last >>= 1
            level += 1
        return path


def verify_inclusion(
    leaf_hash: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that the leaf lies at `index` under the root. Source: RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        raise ProofError("log", f"leaf {index} is not in a tree of {size} leaves", leaf=index)
    _check_hashes([leaf_hash, *proof, root], leaf=index)
    number, last = index, size - 1
    node = leaf_hash
    for sibling in proof:
        if not last:
            raise ProofError("log", f"the proof of leaf {index} is too long", leaf=index)
        if number & 1 or number == last:
            node = node_hash(sibling, node)
            number, last = _climb(number, last)
        else:
            node = node_hash(node, sibling)
        number >>= 1
        last >>= 1
    if last:
        raise ProofError("log", f"the proof of leaf {index} is too short", leaf=index)
    if node != root:
        raise ProofError("log", f"proof leads to {node.hex()}, not to {root.hex()}", leaf=index)


def verify_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the old tree begins the new one. Source: RFC 9162 section 2.1.4.2."""
    if not 0 <= old_size <= new_size:
        raise ProofError("log", f"size {old_size} is not between 0 and {new_size}")
    _check_hashes([old_root, *proof, new_root], leaf=None)
    if old_size in {0, new_size}:
        _check_trivial(
            old_size=old_size, new_size=new_size, old_root=old_root, new_root=new_root, proof=proof
        )
        return
    power_of_two = old_size & (old_size - 1) == 0
    path = [old_root, *proof] if power_of_two else list(proof)
    if not path:
        raise ProofError("log", "the consistency proof is empty")
    number, last = _climb_odd(old_size - 1, new_size - 1)
    old = new = path[0]
    for sibling in path[1:]:
        if not last:
            raise ProofError("log", "the consistency proof is too long")
        if number & 1 or number == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            number, last = _climb(number, last)
        else:
            new = node_hash(new, sibling)
        number >>= 1
        last >>= 1
    if last:
        raise ProofError("log", "the consistency proof is too short")
    if old != old_root or new != new_root:
        raise ProofError("log", f"the proof leads to {old.hex()} and {new.hex()}")


def _climb(number: int, last: int) -> tuple[int, int]:
    """Skip the levels on which the right edge has no sibling."""
    while number and not number & 1:
        number >>= 1
        last >>= 1
    return number, last


def _climb_odd(number: int, last: int) -> tuple[int, int]:
    """Skip the levels on which the subtree is a right child: they lie inside the old tree."""
    while number & 1:
        number >>= 1
        last >>= 1
    return number, last


def _check_hashes(hashes: Sequence[bytes], *, leaf: int | None) -> None:
    for found in hashes:
        if len(found) != HASH_BYTES:
            raise ProofError("log", f"a hash has {len(found)} bytes, not {HASH_BYTES}", leaf=leaf)


def _check_trivial(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check the sizes for which RFC 9162 leaves the proof empty: nothing, or the same, before."""
    if proof:
        raise ProofError("log", f"no proof leads from size {old_size} to {new_size}")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise ProofError("log", f"the root of no leaves is not {old_root.hex()}")
    if old_size == new_size and old_root != new_root:
        raise ProofError("log", f"size {old_size} has roots {old_root.hex()}, {new_root.hex()}")
