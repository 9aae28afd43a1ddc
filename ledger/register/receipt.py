"""What an actor gets for a statement: where it stands, and the checkpoint that covers it."""

from collections.abc import Mapping, Sequence

import msgspec

from ledger.canonical import JsonObject
from ledger.errors import StoreError
from ledger.log.leaves import EventLeaf, format_leaf, parse_leaf, subject_key
from ledger.log.merkle import leaf_hash
from ledger.seam import Reading, SignedHead
from ledger.statements.envelope import encode_base64
from ledger.statements.statement import parse_claim


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The leaf of a statement and the first signed checkpoint that covers it.

    `uris` gives back the URI behind each link's subject key. `again` marks a receipt for a
    statement that was in the log already.
    """

    leaf: EventLeaf
    uris: Mapping[bytes, str]
    checkpoint: str
    again: bool = False


def format_receipt(receipt: Receipt) -> JsonObject:
    """The receipt as JSON: hashes in hex, the leaf in base64, `prev` null at the chain's start."""
    leaf = receipt.leaf
    raw = format_leaf(leaf)
    return {
        "statement_id": leaf.statement_id.hex(),
        "index": leaf.index,
        "admitted_ms": leaf.admitted_ms,
        "leaf": encode_base64(raw),
        "leaf_hash": leaf_hash(raw).hex(),
        "links": [
            {
                "subject": receipt.uris[link.subject_key],
                "seq": link.subject_seq,
                "prev": link.previous.hex() if link.subject_seq else None,
            }
            for link in leaf.links
        ],
        "checkpoint": receipt.checkpoint,
        "finality": "recorded",
    }


def uris_by_key(subjects: tuple[str, ...]) -> dict[bytes, str]:
    """Subject keys with the URIs that they are hashes of."""
    return {subject_key(uri): uri for uri in subjects}


def first_receipts(reading: Reading, indices: Sequence[int]) -> dict[int, Receipt]:
    """Receipts of statements that are in the log, as they were first given, by index."""
    receipts: dict[int, Receipt] = {}
    head: SignedHead | None = None
    for entry in reading.entries_at(indices):
        if head is None or head.size <= entry.index:
            head = reading.signed_head(covering=entry.index)
        if entry.payload is None or head is None:
            raise StoreError("database_damaged", f"no receipt can be made for leaf {entry.index}")
        leaf = parse_leaf(entry.leaf)
        assert isinstance(leaf, EventLeaf)  # an entry with a payload stands at an event leaf
        uris = uris_by_key(parse_claim(entry.payload).subjects)
        receipts[entry.index] = Receipt(leaf=leaf, uris=uris, checkpoint=head.note, again=True)
    return receipts
