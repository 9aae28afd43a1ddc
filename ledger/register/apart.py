"""Verifying in other processes: what is sent there, what they vouch for, what becomes of it here.

One interpreter's lock binds parsing, admitting and mapping together. The form of a statement, its
signature and its event need nothing of this process but a key, so processes that it started check
them. They only ever say yes: whatever they do not vouch for is checked here again, and refused
here. So there is one place that says no, and a process that fails costs time alone.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from ledger.errors import DaodiError
from ledger.register.door import Parcel, Submission, parse_openings, read_payload, verify_parcel
from ledger.seam import Meaning
from ledger.statements.attested import Stated, attested, read_stated
from ledger.statements.envelope import Envelope
from ledger.statements.keys import PublicKey, parse_public_key
from ledger.statements.statement import EVENT, FindKey

KEYS_KEPT: Final = 4_096  # keys that a process keeps loaded: loading one costs a fifth of verifying

Ask = Callable[[bytes], bytes | None]
"""Carries packed work to another process and its packed word back; None when it has failed."""


class _Work(msgspec.Struct, frozen=True, array_like=True):
    """Envelopes as (key id, payload, signature), and the keys as (algorithm, SPKI)."""

    origin: str
    keys: dict[str, tuple[str, bytes]]
    envelopes: list[tuple[str, bytes, bytes]]


class _Sound(msgspec.Struct, frozen=True, array_like=True):
    """The word for one envelope: it is a sound statement of this id, and means this."""

    statement_id: str
    meaning: Meaning


_work: Final = msgspec.msgpack.Decoder(_Work)
_words: Final = msgspec.msgpack.Decoder(list[_Sound | None])


def verify_packed(packed: bytes) -> bytes:
    """Verify packed work and vouch for what is sound: what the other processes run."""
    work = _work.decode(packed)
    words = [
        _verify(work.origin, *work.keys[key_id], Envelope(payload=payload, signature=signature))
        for key_id, payload, signature in work.envelopes
    ]
    return msgspec.msgpack.encode(words)


def verify_apart(
    parcels: Sequence[Parcel], find_key: FindKey, ask: Ask, *, origin: str
) -> list[Submission | None]:
    """Let another process verify these; None for each that must be checked here.

    Only events of keys that are enrolled go there: others are few, and judged by their neighbours.
    """
    sent: list[tuple[int, Stated, PublicKey]] = []
    for number, parcel in enumerate(parcels):
        stated = read_stated(parcel.envelope.payload)
        key = find_key(stated.key) if stated is not None and stated.kind == EVENT else None
        if stated is not None and key is not None:
            sent.append((number, stated, key))
    found: list[Submission | None] = [None] * len(parcels)
    for (number, stated, key), word in zip(sent, _ask(parcels, sent, ask, origin), strict=True):
        if word is not None:
            found[number] = _submission(parcels[number], stated, key, word)
    return found


def _ask(
    parcels: Sequence[Parcel], sent: Sequence[tuple[int, Stated, PublicKey]], ask: Ask, origin: str
) -> list[_Sound | None]:
    """The words for what was sent, in its order; None for all when no good answer came."""
    envelopes = []
    for number, _, key in sent:
        envelope = parcels[number].envelope
        envelopes.append((key.key_id, envelope.payload, envelope.signature))
    keys = {key.key_id: (key.alg, key.spki) for _, _, key in sent}
    packed = msgspec.msgpack.encode(_Work(origin, keys, envelopes))
    answer = ask(packed) if sent else None
    words = [] if answer is None else _words.decode(answer)
    return words if len(words) == len(sent) else [None] * len(sent)


def _submission(parcel: Parcel, stated: Stated, key: PublicKey, word: _Sound) -> Submission | None:
    try:
        statement = attested(stated, parcel.envelope, key, attested_id=word.statement_id)
        openings = parse_openings(parcel.openings, statement)
    except DaodiError:
        return None
    return Submission(statement=statement, meaning=word.meaning, openings=openings)


def _verify(origin: str, alg: str, spki: bytes, envelope: Envelope) -> _Sound | None:
    try:
        claim, meaning = read_payload(envelope.payload)
        parcel, key = Parcel(envelope=envelope), _key(alg, spki)
        found = verify_parcel(parcel, claim, key, origin=origin, meaning=meaning)
    except DaodiError:
        return None
    if found.meaning is None:
        return None
    return _Sound(found.statement.statement_id, found.meaning)


_key = lru_cache(maxsize=KEYS_KEPT)(parse_public_key)
