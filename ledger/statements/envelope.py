"""DSSE v1 envelopes with one signature, and the statement id: SHA-256 of the PAE."""

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from hashlib import sha256
from typing import Final

import msgspec

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import FormError

PAYLOAD_TYPE: Final = "application/vnd.daodi.statement.v1+json"
PAYLOAD_BYTES_MAX: Final = 32 * 1024  # the largest legal blend, 199 inputs, is 21 KiB

_PAYLOAD_TEXT_MAX: Final = (PAYLOAD_BYTES_MAX + 2) // 3 * 4
_PAE_HEAD: Final = f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE}".encode()
_MEMBERS: Final = frozenset({"payload", "payloadType", "signatures"})
_SIGNATURE_MEMBERS: Final = (frozenset({"sig"}), frozenset({"keyid", "sig"}))


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The signed bytes and the signature over their PAE; nothing in here is verified yet."""

    payload: bytes
    signature: bytes


def pae(payload: bytes) -> bytes:
    """Return the bytes that are signed: DSSE v1 pre-authentication encoding, lengths in bytes."""
    return b"%b %d %b" % (_PAE_HEAD, len(payload), payload)


def statement_id(payload: bytes) -> str:
    """Return the statement's id, hex SHA-256 of its PAE: never of a signature."""
    return sha256(pae(payload)).hexdigest()


def parse_envelope(value: JsonValue) -> Envelope:
    """Return the envelope of parsed JSON. FormError: bad_envelope, bad_base64, too_large.

    `keyid` may stand there, as text: it is a hint that nothing relies on.
    """
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        raise FormError("bad_envelope", "an envelope is {payload, payloadType, signatures}")
    if value["payloadType"] != PAYLOAD_TYPE:
        raise FormError("bad_envelope", f"payloadType is not {PAYLOAD_TYPE}")
    payload, signatures = value["payload"], value["signatures"]
    if not isinstance(payload, str):
        raise FormError("bad_envelope", "payload is not text")
    if len(payload) > _PAYLOAD_TEXT_MAX:
        raise FormError("too_large", f"a payload has at most {PAYLOAD_BYTES_MAX} bytes")
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise FormError("bad_envelope", "an envelope has exactly one signature")
    return Envelope(payload=decode_base64(payload), signature=_parse_signature(signatures[0]))


def format_envelope(envelope: Envelope, *, key_id: str) -> JsonObject:
    """Return the envelope as JSON; `key_id` becomes the hint."""
    return {
        "payload": encode_base64(envelope.payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": key_id, "sig": encode_base64(envelope.signature)}],
    }


def decode_base64(text: str) -> bytes:
    """Return the bytes of standard base64 with padding. FormError("bad_base64").

    Only the one text that encoding gives back is taken, so that no byte string has two names.
    """
    try:
        raw = a2b_base64(text, strict_mode=True)
    except (Base64Error, ValueError) as error:  # ValueError: characters beyond ASCII
        raise FormError("bad_base64", f"not standard base64: {error}") from error
    if encode_base64(raw) != text:
        raise FormError("bad_base64", "not the one base64 text of its bytes")
    return raw


def encode_base64(raw: bytes) -> str:
    """Return standard base64 with padding."""
    return b2a_base64(raw, newline=False).decode()


def _parse_signature(value: JsonValue) -> bytes:
    if not isinstance(value, dict) or value.keys() not in _SIGNATURE_MEMBERS:
        raise FormError("bad_envelope", "a signature is {sig}, with keyid or without")
    signature = value["sig"]
    if not isinstance(signature, str) or not isinstance(value.get("keyid", ""), str):
        raise FormError("bad_envelope", "keyid and sig are text")
    return decode_base64(signature)
