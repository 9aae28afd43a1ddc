"""Leaves, tree proofs (RFC 9162 section 2.1) and the map of subjects: format sections 2 and 3."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise

from tests.stranger.shape import HASH_BYTES, Json, read_b64, read_list
from tests.stranger.verdict import Fails

EVENT, STATE = 1, 2
EVENT_HEAD_BYTES = 1 + 8 + 8 + 32 + 32 + 4 + 2
LINK_BYTES = 32 + 4 + 32
STATE_BYTES = 49
NO_LEAF = bytes(HASH_BYTES)
KEY_BITS = 256


@dataclass(frozen=True, slots=True)
class Link:
    """A leaf's place on the chain of one subject."""

    subject_key: bytes
    subject_seq: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class EventLeaf:
    """A leaf that admits a statement."""

    index: int
    at_ms: int
    statement_id: str
    kid: str
    key_seq: int
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class StateLeaf:
    """A leaf that states the map root over all leaves before it."""

    index: int
    at_ms: int
    map_root: bytes


Leaf = EventLeaf | StateLeaf


def subject_key(uri: str) -> bytes:
    """Give H("daodi/subject" | 00 | uri)."""
    return sha256(b"daodi/subject\0" + uri.encode()).digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Give H(00 | leaf)."""
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give H(01 | left | right)."""
    return sha256(b"\1" + left + right).digest()


def parse_leaf(encoded: bytes, index: int) -> Leaf:
    """Parse the leaf that the file shows at `index`, and says the same of itself."""
    leaf: Leaf
    if encoded[:1] == bytes([STATE]) and len(encoded) == STATE_BYTES:
        leaf = StateLeaf(_u(encoded, 1, 8), _u(encoded, 9, 8), encoded[17:])
    elif encoded[:1] == bytes([EVENT]) and len(encoded) >= EVENT_HEAD_BYTES:
        leaf = _parse_event_leaf(encoded, index)
    else:
        raise Fails("the leaf is neither an event leaf nor a state leaf", leaf=index)
    if leaf.index != index:
        raise Fails(f"the leaf says that it lies at {leaf.index}", leaf=index)
    return leaf


def _u(encoded: bytes, start: int, size: int) -> int:
    return int.from_bytes(encoded[start : start + size])


def _parse_event_leaf(encoded: bytes, index: int) -> EventLeaf:
    count = _u(encoded, EVENT_HEAD_BYTES - 2, 2)
    if len(encoded) != EVENT_HEAD_BYTES + count * LINK_BYTES:
        raise Fails(f"the leaf has not the length of {count} links", leaf=index)
    starts = range(EVENT_HEAD_BYTES, len(encoded), LINK_BYTES)
    links = tuple(
        Link(encoded[at : at + 32], _u(encoded, at + 32, 4), encoded[at + 36 : at + LINK_BYTES])
        for at in starts
    )
    if not _is_rising([link.subject_key for link in links]):
        raise Fails("the leaf's links do not rise by subject key", leaf=index)
    return EventLeaf(
        index=_u(encoded, 1, 8),
        at_ms=_u(encoded, 9, 8),
        statement_id=encoded[17:49].hex(),
        kid=encoded[49:81].hex(),
        key_seq=_u(encoded, 81, 4),
        links=links,
    )


def _is_rising(values: Sequence[bytes]) -> bool:
    return all(low < high for low, high in pairwise(values))


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` leads from the hash `leaf` to `root`. Source: RFC 9162 section 2.1.3.2."""
    if index >= size:
        return False
    here, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def bucket_hash(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Give H(20 | u32 n | n times (key | value))."""
    return sha256(
        b"\x20" + len(pairs).to_bytes(4) + b"".join(key + value for key, value in pairs)
    ).digest()


def inner_hash(left: bytes, right: bytes) -> bytes:
    """Give H(21 | left | right)."""
    return sha256(b"\x21" + left + right).digest()


def map_value(count: int, head: bytes) -> bytes:
    """Give H(30 | u32 count | head leaf hash)."""
    return sha256(b"\x30" + count.to_bytes(4) + head).digest()


@lru_cache(maxsize=8)
def empty_subtrees(depth: int) -> tuple[bytes, ...]:
    """Give the hash of the empty subtree at each level: 0 is the bucket's, `depth` the root's."""
    levels = [bucket_hash(())]
    for _ in range(depth):
        levels.append(inner_hash(levels[-1], levels[-1]))
    return tuple(levels)


@dataclass(frozen=True, slots=True)
class MapProof:
    """A whole bucket and the siblings from the bucket upwards."""

    bucket: tuple[tuple[bytes, bytes], ...]
    siblings: tuple[bytes, ...]

    def root(self, key: bytes) -> bytes:
        """Give the map root to which the proof leads, by way of the bucket of `key`."""
        found = bucket_hash(self.bucket)
        prefix = _prefix(key, len(self.siblings))
        for sibling in self.siblings:
            found = inner_hash(sibling, found) if prefix & 1 else inner_hash(found, sibling)
            prefix >>= 1
        return found

    def value(self, key: bytes) -> bytes | None:
        """Give what the bucket binds to `key`, or None where it shows the key to be absent."""
        return dict(self.bucket).get(key)


def _prefix(key: bytes, depth: int) -> int:
    return int.from_bytes(key) >> (KEY_BITS - depth)


def parse_map_proof(bucket: Json, siblings: Json, key: bytes) -> MapProof:
    """Parse the map proof for `key`: every key of the bucket begins with the bucket's bits."""
    levels = read_list(siblings, "the list of siblings")
    if not 1 <= len(levels) <= KEY_BITS:
        raise Fails(f"a map of depth {len(levels)} cannot be")
    hashes = tuple(
        empty if sibling == "" else read_b64(sibling, "a sibling", size=HASH_BYTES)
        for sibling, empty in zip(levels, empty_subtrees(len(levels)), strict=False)
    )
    pairs = tuple(_parse_pair(pair) for pair in read_list(bucket, "the bucket"))
    if not _is_rising([found for found, _ in pairs]):
        raise Fails("the keys of a bucket do not rise")
    if any(_prefix(found, len(levels)) != _prefix(key, len(levels)) for found, _ in pairs):
        raise Fails("a key stands in a bucket that is not its own")
    return MapProof(pairs, hashes)


def _parse_pair(pair: Json) -> tuple[bytes, bytes]:
    match pair:
        case [key, value]:
            return (
                read_b64(key, "a key of a bucket", size=HASH_BYTES),
                read_b64(value, "a value of a bucket", size=HASH_BYTES),
            )
        case _:
            raise Fails("a bucket holds what is not a pair")
