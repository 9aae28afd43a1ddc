"""The bytes of the log's leaves: event leaves and state leaves of format v1 section 2."""

from functools import lru_cache
from hashlib import sha256
from struct import Struct
from struct import error as struct_error
from typing import Final, TypeAlias

import msgspec

from ledger.errors import FormError

LINKS_MAX: Final = (
    200  # a statement's subjects: 199 inputs of the largest legal blend and the blend
)
NO_PREVIOUS: Final = bytes(32)

_EVENT_TAG: Final = 1
_STATE_TAG: Final = 2
_HASH_BYTES: Final = 32
_EVENT: Final = Struct(">BQQ32s32sIH")
_LINK: Final = Struct(">32sI32s")
_STATE: Final = Struct(">BQQ32s")


# Structs, for several are made for every statement: a frozen dataclass takes four times as long.
class Link(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a leaf stands on one subject's chain; `previous` is a leaf hash, zeros at 0."""

    subject_key: bytes
    subject_seq: int
    previous: bytes


class EventLeaf(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One admitted statement; links strictly increasing by subject key."""

    index: int
    admitted_ms: int
    statement_id: bytes
    key_id: bytes
    key_seq: int
    links: tuple[Link, ...]


class StateLeaf(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The map's root over all leaves before this one."""

    index: int
    at_ms: int
    map_root: bytes


Leaf: TypeAlias = EventLeaf | StateLeaf


@lru_cache(maxsize=16_384)  # the chains of a large group, each asked for a dozen times: 6 MB
def subject_key(uri: str) -> bytes:
    """H("daodi/subject" | 00 | uri), 32 bytes."""
    return sha256(b"daodi/subject\x00" + uri.encode()).digest()


def format_leaf(leaf: Leaf) -> bytes:
    """Return the leaf's bytes. FormError("bad_leaf") for a leaf that parse_leaf would refuse."""
    try:
        return _format_event(leaf) if isinstance(leaf, EventLeaf) else _format_state(leaf)
    except struct_error as error:
        raise FormError("bad_leaf", f"a number does not fit its place: {error}") from error


def parse_leaf(raw: bytes) -> Leaf:
    """Return the leaf with exactly these bytes, or raise FormError("bad_leaf")."""
    leaf = read_leaf(raw)  # which finds the links in order
    if isinstance(leaf, EventLeaf):
        _check_each_link(leaf.links)
    return leaf


def read_leaf(raw: bytes) -> Leaf:
    """As `parse_leaf`, by shape alone: tag, length, links that rise.

    For verifiers of evidence, whose later checks judge what the links say.
    """
    tag = raw[0] if raw else None
    if tag == _EVENT_TAG:
        return _parse_event(raw)
    if tag == _STATE_TAG:
        if len(raw) != _STATE.size:
            raise FormError("bad_leaf", f"a state leaf has {_STATE.size} bytes, not {len(raw)}")
        _, index, at_ms, map_root = _STATE.unpack(raw)
        return StateLeaf(index=index, at_ms=at_ms, map_root=map_root)
    raise FormError("bad_leaf", f"a leaf begins with 01 or 02, not {tag}")


def _format_event(leaf: EventLeaf) -> bytes:
    _check_hashes(leaf.statement_id, leaf.key_id)
    _check_links(leaf.links)
    parts = [
        _EVENT.pack(
            _EVENT_TAG,
            leaf.index,
            leaf.admitted_ms,
            leaf.statement_id,
            leaf.key_id,
            leaf.key_seq,
            len(leaf.links),
        )
    ]
    for link in leaf.links:
        _check_hashes(link.subject_key, link.previous)
        parts.append(_LINK.pack(link.subject_key, link.subject_seq, link.previous))
    return b"".join(parts)


def _format_state(leaf: StateLeaf) -> bytes:
    _check_hashes(leaf.map_root)
    return _STATE.pack(_STATE_TAG, leaf.index, leaf.at_ms, leaf.map_root)


def _parse_event(raw: bytes) -> EventLeaf:
    if len(raw) < _EVENT.size:
        raise FormError("bad_leaf", f"an event leaf has {_EVENT.size} bytes and links")
    _, index, admitted_ms, statement_id, key_id, key_seq, count = _EVENT.unpack_from(raw)
    expected = _EVENT.size + count * _LINK.size
    if len(raw) != expected:
        raise FormError("bad_leaf", f"{count} links make {expected} bytes, not {len(raw)}")
    links = tuple(
        Link(subject_key=key, subject_seq=seq, previous=previous)
        for key, seq, previous in _LINK.iter_unpack(raw[_EVENT.size :])
    )
    _check_order(links)
    return EventLeaf(
        index=index,
        admitted_ms=admitted_ms,
        statement_id=statement_id,
        key_id=key_id,
        key_seq=key_seq,
        links=links,
    )


def _check_links(links: tuple[Link, ...]) -> None:
    _check_each_link(links)
    _check_order(links)


def _check_each_link(links: tuple[Link, ...]) -> None:
    if not 0 < len(links) <= LINKS_MAX:
        raise FormError("bad_leaf", f"a leaf has 1 to {LINKS_MAX} links, not {len(links)}")
    for link in links:
        if (link.subject_seq == 0) != (link.previous == NO_PREVIOUS):
            raise FormError("bad_leaf", "a link has no previous leaf exactly when it is the first")


def _check_order(links: tuple[Link, ...]) -> None:
    keys = [link.subject_key for link in links]
    if len(keys) > 1 and sorted(set(keys)) != keys:
        raise FormError("bad_leaf", "the links do not strictly increase by subject key")


def _check_hashes(*hashes: bytes) -> None:
    for found in hashes:  # struct would pad and cut them in silence
        if len(found) != _HASH_BYTES:
            raise FormError("bad_leaf", f"a hash has {_HASH_BYTES} bytes, not {len(found)}")
