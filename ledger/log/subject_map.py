"""Map of subjects: a Merkle map that proves what is there and what is not, format v1 section 3."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Final, TypeAlias

from ledger.errors import ProofError
from ledger.log.map_pages import (
    HASH_BYTES,
    KEY_BITS,
    RECORD_BYTES,
    Pages,
    empty_nodes,
    leading_bits,
    node_hash,
    records_hash,
)

_VALUE: Final = b"\x30"

Pair: TypeAlias = tuple[bytes, bytes]
"""A subject key and the value bound to it, 32 bytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapProof:
    """A whole bucket of (key, value), and the siblings from it upwards; b"" is an empty subtree."""

    bucket: tuple[Pair, ...]
    siblings: tuple[bytes, ...]


def map_value(count: int, head: bytes) -> bytes:
    """H(30 | u32 count | head leaf hash): what the map binds to a subject's key."""
    return value_of(count.to_bytes(4, "big") + head)


def value_of(standing: bytes) -> bytes:
    """`map_value` of a chain that stands so: its count in 4 bytes, then its head."""
    return sha256(_VALUE + standing).digest()


def bucket_hash(pairs: Sequence[Pair]) -> bytes:
    """H(20 | u32 n | n × (key | value)); keys strictly increasing."""
    return records_hash(b"".join([key + value for key, value in pairs]))


def bucket_number(key: bytes, depth: int) -> int:
    """The first `depth` bits of the 32-byte key."""
    return leading_bits(key, depth)


def empty_roots(depth: int) -> tuple[bytes, ...]:
    """Hashes of empty subtrees, from the bucket (0) to the root (`depth`)."""
    return empty_nodes(depth)


class SubjectMap:
    """The map as it stands after a committed group.

    Any thread may read. But a proof that is read while an overlay is applied may mix two states:
    whoever shares a map between threads holds one lock over both.
    """

    __slots__ = ("_pages", "depth")

    def __init__(self, depth: int) -> None:
        """ValueError when `depth` is not between 1 and 256."""
        if not 1 <= depth <= KEY_BITS:
            raise ValueError(f"depth {depth} is not between 1 and {KEY_BITS}")
        self.depth = depth
        self._pages = Pages(depth)

    @classmethod
    def build(cls, depth: int, values: Iterable[Pair]) -> "SubjectMap":
        """Return the map of these pairs. ValueError when a key comes twice."""
        subject_map = cls(depth)
        subject_map._pages.load(_sorted_records(values))
        return subject_map

    def __len__(self) -> int:
        """Subjects bound."""
        return self._pages.count

    def root(self) -> bytes:
        """Root of the whole map, 32 bytes."""
        return self._pages.node(self.depth, 0)

    def value(self, key: bytes) -> bytes | None:
        """Value bound to the key, or None."""
        return dict(self.bucket(key)).get(key)

    def bucket(self, key: bytes) -> tuple[Pair, ...]:
        """Everything in the bucket that the key belongs to, by key."""
        records = self._pages.bucket(bucket_number(key, self.depth))
        return tuple(
            (
                records[place : place + HASH_BYTES],
                records[place + HASH_BYTES : place + RECORD_BYTES],
            )
            for place in range(0, len(records), RECORD_BYTES)
        )

    def prove(self, key: bytes) -> MapProof:
        """Proof of the value bound to the key, or that none is."""
        number = bucket_number(key, self.depth)
        nodes = [self._pages.node(level, (number >> level) ^ 1) for level in range(self.depth)]
        siblings = (
            b"" if node == empty else node
            for node, empty in zip(nodes, empty_roots(self.depth), strict=False)
        )
        return MapProof(bucket=self.bucket(key), siblings=tuple(siblings))

    def overlay(self) -> "MapOverlay":
        """Start the changes of one group."""
        return MapOverlay(self._pages)


class MapOverlay:
    """Changes of one group, not yet committed; the map below stays readable and unchanged.

    Once an overlay was applied, every overlay made before raises ValueError, itself among them.
    """

    __slots__ = ("_below", "_bound", "_pages")

    def __init__(self, below: Pages) -> None:
        self._below = below
        self._pages = Pages(below.depth, below)
        self._bound: dict[bytes, bytes] = {}  # not yet hashed

    def bind(self, key: bytes, value: bytes) -> None:
        """Bind the value to the key, in place of an older one. ValueError unless 32 bytes."""
        _check_pair(key, value)
        self._bound[key] = value

    def root(self) -> bytes:
        """Root of the map with these changes. Hashes only the dirty paths, each node once."""
        if self._pages.revision != self._below.revision:
            raise ValueError("the map below has changed since this overlay was made")
        if self._bound:
            self._pages.write(self._bound)
            self._bound.clear()
        return self._pages.node(self._pages.depth, 0)

    def apply(self) -> None:
        """Write the changes into the map below."""
        self.root()
        self._below.absorb(self._pages)


def verify_map_proof(proof: MapProof, *, key: bytes, depth: int, root: bytes) -> bytes | None:
    """Return the one value bound to the key, or None when the proof shows the key absent.

    ProofError("map") when bucket or siblings have not the form of format v1 section 3, or lead
    elsewhere.
    """
    if len(proof.siblings) != depth:
        raise ProofError("map", f"{depth} siblings are expected, {len(proof.siblings)} found")
    if any(len(sibling) not in {0, HASH_BYTES} for sibling in proof.siblings):
        raise ProofError("map", "a sibling is neither empty nor a hash of 32 bytes")
    number = bucket_number(key, depth)
    _check_bucket(proof.bucket, number, depth)
    empty = empty_roots(depth)
    node = bucket_hash(proof.bucket)
    for level, found in enumerate(proof.siblings):
        sibling = found or empty[level]
        node = node_hash(sibling + node if number >> level & 1 else node + sibling)
    if node != root:
        raise ProofError("map", f"proof leads to {node.hex()}, not to {root.hex()}")
    return dict(proof.bucket).get(key)


def _check_bucket(bucket: Sequence[Pair], number: int, depth: int) -> None:
    for key, value in bucket:
        if len(key) != HASH_BYTES or len(value) != HASH_BYTES:
            raise ProofError("map", "a key or a value of the bucket does not have 32 bytes")
        if bucket_number(key, depth) != number:
            raise ProofError("map", f"key {key.hex()} belongs into another bucket")
    for (before, _), (after, _) in pairwise(bucket):
        if before >= after:
            raise ProofError("map", "the bucket's keys do not strictly increase")


def _check_pair(key: bytes, value: bytes) -> None:
    if len(key) != HASH_BYTES or len(value) != HASH_BYTES:
        raise ValueError(f"a key and a value have {HASH_BYTES} bytes each")


def _sorted_records(values: Iterable[Pair]) -> list[bytes]:
    records = []
    for key, value in values:
        _check_pair(key, value)
        records.append(key + value)
    records.sort()
    if any(before[:HASH_BYTES] == after[:HASH_BYTES] for before, after in pairwise(records)):
        raise ValueError("a key comes twice")
    return records
