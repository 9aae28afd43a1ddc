"""Each chain of the evidence: its leaves, and how the map binds them; format v1 section 3."""

from dataclasses import dataclass
from typing import Final

from api.answers.pages import Display
from api.public.proof.bundle import Bundle, Subject, hex_of
from api.public.proof.private import PRIVATE, Actors, is_person
from api.shown.naming import code_path
from ledger.log.leaves import subject_key
from ledger.log.merkle import leaf_hash
from ledger.log.subject_map import bucket_number, map_value
from ledger.statements.chains import ACTOR_PREFIX, KEY_PREFIX, LEDGER_PREFIX
from ledger.statements.envelope import decode_base64

INDICES_SHOWN_MAX: Final = 100  # of one chain's leaves; all of them are in the file
WHAT: Final = {"lot": "批次的链", "crop": "种植批次的链", "site": "地点的链"}
RESERVED: Final = {LEDGER_PREFIX: "账本的链", KEY_PREFIX: "钥匙的链", ACTOR_PREFIX: "主体的链"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last leaf of a chain, and the value that the map must bind: H(30 | count | head)."""

    index: int
    hash: str
    preimage: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainShown:
    """One chain; hashes in hex. `heads` is empty where the subject is proved absent.

    `siblings` are those that are not empty, each with its level; the bucket lies at level 0.
    """

    uri: str
    what: str
    key: str
    count: int
    indices: tuple[int, ...]
    left_out: int
    heads: tuple[Head, ...]
    bucket: int
    depth: int
    pairs: tuple[tuple[str, str], ...]
    siblings: tuple[tuple[int, str], ...]


def chain_of(subject: Subject, bundle: Bundle, actors: Actors, display: Display) -> ChainShown:
    """Write one chain out. Of a natural person not even the id is shown."""
    key = subject_key(subject.uri)
    depth = len(subject.map.siblings)
    return ChainShown(
        uri=display.say(PRIVATE) if is_person(subject.uri, actors) else subject.uri,
        what=display.say(_what(subject.uri, bundle.asked)),
        key=key.hex(),
        count=len(subject.leaves),
        indices=tuple(subject.leaves[:INDICES_SHOWN_MAX]),
        left_out=max(0, len(subject.leaves) - INDICES_SHOWN_MAX),
        heads=tuple(_head(subject, bundle) for _ in subject.leaves[-1:]),
        bucket=bucket_number(key, depth),
        depth=depth,
        pairs=tuple((hex_of(one), hex_of(value)) for one, value in subject.map.bucket),
        siblings=tuple(
            (level, hex_of(sibling))
            for level, sibling in enumerate(subject.map.siblings)
            if sibling
        ),
    )


def _head(subject: Subject, bundle: Bundle) -> Head:
    index, count = subject.leaves[-1], len(subject.leaves)
    head = leaf_hash(decode_base64(bundle.leaves[str(index)]))
    return Head(
        index=index,
        hash=head.hex(),
        preimage=f"30{count:08x}{head.hex()}",
        value=map_value(count, head).hex(),
    )


def _what(uri: str, asked: str) -> str:
    if uri == asked:
        return "所问的链"
    for prefix, what in RESERVED.items():
        if uri.startswith(prefix):
            return what
    return WHAT.get(code_path(uri), "来历的链")
