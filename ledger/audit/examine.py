"""Examining one entry alone: bytes, id, form, signature, meaning. Pure: processes share it."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from ledger.errors import DaodiError, StandingError
from ledger.herbs.events import parse_recorded_event
from ledger.log.leaves import EventLeaf, parse_leaf, subject_key
from ledger.log.merkle import leaf_hash
from ledger.seam import Entry, Meaning
from ledger.statements.envelope import decode_base64, pae
from ledger.statements.keys import PublicKey, parse_public_key
from ledger.statements.statement import EVENT, Anchor, Claim, parse_claim

Keys = Mapping[str, tuple[str, bytes]]  # key id → algorithm and SubjectPublicKeyInfo


class Said(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What replay reads of a statement. `payload` is there for registry statements alone."""

    ledger: str
    key: str
    seq: int
    prev: str | None
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    subjects: tuple[str, ...]
    anchor: Anchor | None
    statement_id: str
    payload: bytes

    def claim(self) -> Claim:
        """The claim; an event's is without body, payload and commitments."""
        if self.payload:
            return parse_claim(self.payload)
        return Claim(
            ledger=self.ledger,
            key=self.key,
            seq=self.seq,
            prev=self.prev,
            signed_at="",
            kind=self.kind,
            body={},
            inputs=self.inputs,
            outputs=self.outputs,
            subjects=self.subjects,
            sealed={},
            anchor=self.anchor,
            payload=b"",
            statement_id=self.statement_id,
        )


class Examined(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One entry with what it proved to be, or the code and reason why it is not.

    It crosses between processes, so it is small. `said` is there when its bytes are the leaf's,
    with the statement's positions on its chains and, for events, their meaning.
    """

    index: int
    leaf: bytes
    leaf_hash: bytes
    said: Said | None = None
    seqs: dict[str, int] = {}
    meaning: Meaning | None = None
    alg: str = ""
    code: str = ""
    reason: str = ""


class _Registrar(msgspec.Struct):
    alg: str
    kid: str
    spki: str


class _Body(msgspec.Struct):
    alg: str = ""
    kid: str = ""
    spki: str = ""
    registrar: _Registrar | None = None


class _Stating(msgspec.Struct):
    key: str
    kind: str
    body: msgspec.Raw


_statement: Final = msgspec.json.Decoder(_Stating)
_body: Final = msgspec.json.Decoder(_Body)


def stated_and_named_keys(
    entries: Sequence[Entry],
) -> tuple[dict[str, tuple[str, bytes]], set[str]]:
    """Keys that these entries state, and the ids of those that are said to have signed them.

    A key's id is the hash of its bytes, so a false one helps nobody; the first algorithm counts.
    """
    stated: dict[str, tuple[str, bytes]] = {}
    named: set[str] = set()
    for entry in entries:
        try:
            found = _statement.decode(entry.payload or b"")
            named.add(found.key)
            if found.kind != EVENT:
                body = _body.decode(found.body)
                key = body.registrar or body
                spki = decode_base64(key.spki)
                if sha256(spki).hexdigest() == key.kid:
                    stated.setdefault(key.kid, (key.alg, spki))
        except (msgspec.MsgspecError, DaodiError, UnicodeDecodeError):
            continue  # examining the entry itself says what is wrong with it
    return stated, named


def examine(entries: Sequence[Entry], keys: Keys) -> list[Examined]:
    """Examine a batch. `keys` holds at least the keys that signed its statements."""
    return [_examine_one(entry, keys) for entry in entries]


def _examine_one(entry: Entry, keys: Keys) -> Examined:
    hashed = leaf_hash(entry.leaf)
    try:
        leaf = parse_leaf(entry.leaf)
    except DaodiError as error:
        return _not(entry, hashed, "leaf_damaged", error.message)
    if leaf.index != entry.index:
        reason = f"the leaf says that it is number {leaf.index}"
        return _not(entry, hashed, "leaf_damaged", reason)
    if isinstance(leaf, EventLeaf):
        return _examine_event(entry, leaf, hashed, keys)
    if (entry.statement_id, entry.payload, entry.signature) != (None, None, None):
        return _not(entry, hashed, "statement_damaged", "a state leaf has no statement")
    return Examined(index=entry.index, leaf=entry.leaf, leaf_hash=hashed)


def _examine_event(entry: Entry, leaf: EventLeaf, hashed: bytes, keys: Keys) -> Examined:
    if entry.payload is None or entry.signature is None:
        return _not(entry, hashed, "statement_damaged", "the statement is gone")
    try:
        claim = parse_claim(entry.payload)
        meaning = Meaning.of(parse_recorded_event(claim.body)) if claim.kind == EVENT else None
    except DaodiError as error:
        return _not(entry, hashed, "statement_damaged", error.message)
    if claim.statement_id != entry.statement_id:
        reason = f"the bytes give the id {claim.statement_id}"
        return _not(entry, hashed, "statement_damaged", reason)
    seqs = _seqs(leaf, claim)
    if isinstance(seqs, str):
        return _not(entry, hashed, "leaf_damaged", seqs)
    alg = code = reason = ""
    try:
        key = _known_key(claim.key, keys)
        alg = key.alg
        key.verify(pae(entry.payload), entry.signature)
    except DaodiError as error:
        code, reason = "signature_false", error.message
    return Examined(
        index=entry.index,
        leaf=entry.leaf,
        leaf_hash=hashed,
        said=_said(claim),
        seqs=seqs,
        meaning=meaning,
        alg=alg,
        code=code,
        reason=reason,
    )


def _said(claim: Claim) -> Said:
    return Said(
        ledger=claim.ledger,
        key=claim.key,
        seq=claim.seq,
        prev=claim.prev,
        kind=claim.kind,
        inputs=claim.inputs,
        outputs=claim.outputs,
        subjects=claim.subjects,
        anchor=claim.anchor,
        statement_id=claim.statement_id,
        payload=b"" if claim.kind == EVENT else claim.payload,
    )


_known: dict[str, PublicKey] = {}


def _known_key(kid: str, keys: Keys) -> PublicKey:
    """The key behind an id, parsed once in each process: its id is the hash of its bytes."""
    found = _known.get(kid)
    if found is None:
        if kid not in keys:
            raise StandingError("unknown_key", f"no statement before enrols key {kid}")
        found = _known[kid] = parse_public_key(*keys[kid])
    return found


def _seqs(leaf: EventLeaf, claim: Claim) -> dict[str, int] | str:
    """The statement's position on each of its chains, or how leaf and statement disagree."""
    if claim.statement_id != leaf.statement_id.hex():
        return f"the leaf says statement {leaf.statement_id.hex()}"
    if (claim.key, claim.seq) != (leaf.key_id.hex(), leaf.key_seq):
        return "the leaf names another key or number than the statement"
    uris = {subject_key(uri): uri for uri in claim.subjects}
    if sorted(uris) != [link.subject_key for link in leaf.links]:
        return "the leaf's links are not the statement's subjects"
    return {uris[link.subject_key]: link.subject_seq for link in leaf.links}


def _not(entry: Entry, hashed: bytes, code: str, reason: str) -> Examined:
    return Examined(index=entry.index, leaf=entry.leaf, leaf_hash=hashed, code=code, reason=reason)
