"""Examining one entry alone: bytes, id, form, signature, meaning. Pure: processes share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from ledger.errors import DaodiError
from ledger.herbs.events import Event, parse_recorded_event
from ledger.log.leaves import EventLeaf, Leaf, parse_leaf, subject_key
from ledger.log.merkle import leaf_hash
from ledger.seam import Entry
from ledger.statements.envelope import decode_base64, statement_id
from ledger.statements.keys import PublicKey, parse_public_key
from ledger.statements.statement import EVENT, Claim, parse_claim, verify_claim

Keys = Mapping[str, tuple[str, bytes]]  # key id → algorithm and SubjectPublicKeyInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One entry with what it proved to be, or the code and reason why it is not."""

    index: int
    leaf: Leaf | None
    leaf_hash: bytes
    claim: Claim | None = None
    event: Event | None = None
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


class _Registry(msgspec.Struct):
    kind: str
    body: msgspec.Raw


_statement: Final = msgspec.json.Decoder(_Registry)
_body: Final = msgspec.json.Decoder(_Body)


def stated_keys(entries: Sequence[Entry]) -> dict[str, tuple[str, bytes]]:
    """Keys that these entries state. A key's id is its own hash, so a false one helps nobody."""
    keys: dict[str, tuple[str, bytes]] = {}
    for entry in entries:
        if entry.payload is None:
            continue
        try:
            stated = _statement.decode(entry.payload)
            if stated.kind == EVENT:
                continue
            body = _body.decode(stated.body)
            key = body.registrar or body
            if key.kid:
                keys[key.kid] = (key.alg, decode_base64(key.spki))
        except (msgspec.MsgspecError, DaodiError, UnicodeDecodeError):
            continue  # examining the entry itself says what is wrong with it
    return keys


def examine(entries: Sequence[Entry], keys: Keys) -> list[Examined]:
    """Examine a batch. `keys` holds at least the keys that signed its statements."""
    return [_examine_one(entry, keys) for entry in entries]


def _examine_one(entry: Entry, keys: Keys) -> Examined:
    hashed = leaf_hash(entry.leaf)
    try:
        leaf = parse_leaf(entry.leaf)
    except DaodiError as error:
        return Examined(
            index=entry.index,
            leaf=None,
            leaf_hash=hashed,
            code="leaf_damaged",
            reason=error.message,
        )
    if leaf.index != entry.index:
        reason = f"the leaf says that it is number {leaf.index}"
        return _not(entry, leaf, hashed, "leaf_damaged", reason)
    if not isinstance(leaf, EventLeaf):
        if (entry.statement_id, entry.payload, entry.signature) != (None, None, None):
            return _not(entry, leaf, hashed, "statement_damaged", "a state leaf has no statement")
        return Examined(index=entry.index, leaf=leaf, leaf_hash=hashed)
    return _examine_event(entry, leaf, hashed, keys)


def _examine_event(entry: Entry, leaf: EventLeaf, hashed: bytes, keys: Keys) -> Examined:
    if entry.payload is None or entry.signature is None:
        return _not(entry, leaf, hashed, "statement_damaged", "the statement is gone")
    computed = statement_id(entry.payload)
    if computed != entry.statement_id:
        return _not(entry, leaf, hashed, "statement_damaged", f"the bytes give the id {computed}")
    try:
        claim = parse_claim(entry.payload)
        event = parse_recorded_event(claim.body) if claim.kind == EVENT else None
    except DaodiError as error:
        return _not(entry, leaf, hashed, "statement_damaged", error.message)
    if reason := _disagrees(leaf, claim):
        return _not(entry, leaf, hashed, "leaf_damaged", reason)
    try:
        key = _known_key(claim.key, keys)
        verify_claim(claim, entry.signature, key)
    except DaodiError as error:
        return _not(entry, leaf, hashed, "signature_false", error.message)
    return Examined(
        index=entry.index, leaf=leaf, leaf_hash=hashed, claim=claim, event=event, alg=key.alg
    )


_known: dict[str, PublicKey] = {}


def _known_key(kid: str, keys: Keys) -> PublicKey:
    """The key behind an id, parsed once in each process: its id is the hash of its bytes."""
    found = _known.get(kid)
    if found is None:
        if kid not in keys:
            raise DaodiError("unknown_key", f"no statement before enrols key {kid}")
        found = parse_public_key(*keys[kid])
        if found.key_id != kid:
            raise DaodiError("bad_key", f"the bytes enrolled as {kid} give {found.key_id}")
        _known[kid] = found
    return found


def _disagrees(leaf: EventLeaf, claim: Claim) -> str:
    if claim.statement_id != leaf.statement_id.hex():
        return f"the leaf says statement {leaf.statement_id.hex()}"
    if (claim.key, claim.seq) != (leaf.key_id.hex(), leaf.key_seq):
        return "the leaf names another key or number than the statement"
    if sorted(map(subject_key, claim.subjects)) != [link.subject_key for link in leaf.links]:
        return "the leaf's links are not the statement's subjects"
    return ""


def _not(entry: Entry, leaf: Leaf, hashed: bytes, code: str, reason: str) -> Examined:
    return Examined(index=entry.index, leaf=leaf, leaf_hash=hashed, code=code, reason=reason)
