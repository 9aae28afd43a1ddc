"""Statements that another process of ours has verified, made from their bytes again here.

`verify_claim` makes a statement where it verifies one. Where the server lets its own processes
verify, only their word comes back: the statement's id. This is the one place where such a word
becomes a `Statement`.
"""

from typing import Final

import msgspec

from ledger.errors import SignatureError
from ledger.statements.envelope import Envelope, statement_id
from ledger.statements.keys import PublicKey
from ledger.statements.statement import Anchor, Statement


class _Anchor(msgspec.Struct, frozen=True):
    size: int
    root: bytes  # base64 in JSON


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """The members of an event's statement by their shape alone: nothing here has been judged.

    The body is not looked into: what it means comes back with the word.
    """

    ledger: str
    key: str
    seq: int
    prev: str | None
    signed_at: str
    kind: str
    body: msgspec.Raw
    subjects: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    sealed: dict[str, str] = {}
    anchor: _Anchor | None = None


_stated: Final = msgspec.json.Decoder(Stated)


def read_stated(payload: bytes) -> Stated | None:
    """The members of a payload, a third of the time of `parse_claim`; None for another shape."""
    try:
        return _stated.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def attested(stated: Stated, envelope: Envelope, key: PublicKey, *, attested_id: str) -> Statement:
    """Return the statement, without body, that a process of ours vouched for by its id.

    That process ran `verify_claim` on this envelope's payload and signature under `key`, and its
    word came over a pipe that nobody else holds. The id is made anew from the bytes that are here
    and the key is held against what they say, so that a word about another envelope, or about
    another key, makes nothing. Raises SignatureError("bad_signature").
    """
    if statement_id(envelope.payload) != attested_id or key.key_id != stated.key:
        raise SignatureError("bad_signature", "what was verified is another statement")
    anchor = stated.anchor
    return Statement(
        ledger=stated.ledger,
        key=stated.key,
        seq=stated.seq,
        prev=stated.prev,
        signed_at=stated.signed_at,
        kind=stated.kind,
        body={},
        inputs=stated.inputs,
        outputs=stated.outputs,
        subjects=stated.subjects,
        sealed=stated.sealed,
        anchor=None if anchor is None else Anchor(size=anchor.size, root=anchor.root),
        payload=envelope.payload,
        statement_id=attested_id,
        signature=envelope.signature,
        public_key=key,
    )
