"""Reads many envelopes of one request at once, where they are written as most programs write them.

What it takes, `parse_json` and `parse_parcel` would take and read alike, since the same bytes come
out when it is written again: nothing stands there twice, nothing is foreign, and each base64 is the
one text of its bytes. What it does not take, it leaves to them: it refuses nothing.
"""

from typing import Final

import msgspec

from ledger.register.door import STATEMENTS_MAX, Parcel
from ledger.statements.envelope import PAYLOAD_BYTES_MAX, PAYLOAD_TYPE, Envelope


class _Signature(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    keyid: str
    sig: bytes


class _Posted(
    msgspec.Struct, forbid_unknown_fields=True, rename={"payload_type": "payloadType"}, gc=False
):
    payload: bytes
    payload_type: str
    signatures: tuple[_Signature]


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    statements: list[_Posted]


_decoder: Final = msgspec.json.Decoder(_Body)
_encoder: Final = msgspec.json.Encoder()


def read_plain(body: bytes) -> list[Parcel] | None:
    """The parcels of `{"statements":[…]}`, a fourth of the time of parsing; None for others."""
    try:
        posted = _decoder.decode(body).statements
        if not 0 < len(posted) <= STATEMENTS_MAX or _encoder.encode({"statements": posted}) != body:
            return None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    for one in posted:
        if one.payload_type != PAYLOAD_TYPE or len(one.payload) > PAYLOAD_BYTES_MAX:
            return None
    return [
        Parcel(envelope=Envelope(payload=one.payload, signature=one.signatures[0].sig))
        for one in posted
    ]
