"""Reading many envelopes at once: what the quick reader takes, the parser takes and reads alike."""

import json
from collections.abc import Callable

import pytest

from api.records.plain import read_plain
from ledger.canonical import parse_json
from ledger.errors import DaodiError
from ledger.register.door import STATEMENTS_MAX, Parcel, parse_parcel
from ledger.statements.envelope import (
    PAYLOAD_BYTES_MAX,
    PAYLOAD_TYPE,
    Envelope,
    format_envelope,
)

KEY = "ab" * 32
ENVELOPES = [Envelope(payload=b'{"n":%d}' % n, signature=bytes([n]) * 64) for n in range(3)]


def body_of(*envelopes: Envelope) -> bytes:
    posted = [format_envelope(envelope, key_id=KEY) for envelope in envelopes]
    return json.dumps({"statements": posted}, separators=(",", ":")).encode()


GOOD = body_of(*ENVELOPES)


def slowly(body: bytes) -> list[Parcel] | None:
    """What the parser makes of a body; None when it refuses any of it."""
    try:
        value = parse_json(body)
        assert isinstance(value, dict)
        many = value["statements"]
        assert isinstance(many, list)
        return [parse_parcel(one) for one in many] if set(value) == {"statements"} else None
    except DaodiError:
        return None


def test_envelopes_as_programs_write_them_are_read() -> None:
    assert read_plain(GOOD) == [Parcel(envelope=envelope) for envelope in ENVELOPES] == slowly(GOOD)


OTHERWISE: dict[str, Callable[[bytes], bytes]] = {
    "with spaces": lambda body: body.replace(b":", b": "),
    "with a line behind": lambda body: body + b"\n",
    "one member twice": lambda body: body.replace(b'"sig":', b'"sig":"AA==","sig":', 1),
    "statements twice": lambda body: body[:-1] + b',"statements":[]}',
    "a foreign member": lambda body: body[:-1] + b',"more":1}',
    "a foreign member of an envelope": lambda body: body.replace(b"}]}", b'}],"more":1}', 1),
    "a foreign member of a signature": lambda body: body.replace(b'"sig"', b'"x":1,"sig"', 1),
    "members in another order": lambda body: body.replace(
        b'"keyid":"%b",' % KEY.encode(), b"", 1
    ).replace(b'"}]}', b'","keyid":"%b"}]}' % KEY.encode(), 1),
    "without a hint": lambda body: body.replace(b'"keyid":"%b",' % KEY.encode(), b"", 1),
    "a hint with an escape": lambda body: body.replace(b"abab", b"\\u0061bab", 1),
    "a hint that is no text": lambda body: body.replace(b'"%b"' % KEY.encode(), b"7", 1),
    "two signatures": lambda body: body.replace(b"}]}", b'},{"keyid":"","sig":"AA=="}]}', 1),
    "no signature": lambda body: body.replace(b'"signatures":[{', b'"signatures":[],"x":[{', 1),
    "another type": lambda body: body.replace(PAYLOAD_TYPE.encode(), b"application/json", 1),
    "openings": lambda body: body.replace(b"}]}", b'}],"openings":[]}', 1),
    "base64 with bits left over": lambda body: body.replace(b'AA=="', b'AB=="', 1),
    "base64 without padding": lambda body: body.replace(b'=="', b'"', 1),
    "base64 of URLs": lambda body: body.replace(b'"sig":"AAAA', b'"sig":"_-AA', 1),
    "bytes that are no text": lambda body: body.replace(b"abab", b"\xff\xfeab", 1),
    "nothing": lambda _: b"",
    "half": lambda body: body[: len(body) // 2],
    "no object": lambda _: b'[{"statements":[]}]',
}  # fmt: skip


@pytest.mark.parametrize("change", OTHERWISE.values(), ids=OTHERWISE)
def test_whatever_is_written_otherwise_is_left_to_the_parser(
    change: Callable[[bytes], bytes],
) -> None:
    body = change(GOOD)
    assert body != GOOD
    assert read_plain(body) is None


@pytest.mark.parametrize("place", range(0, len(GOOD), 7))
@pytest.mark.parametrize("byte", [b'"', b"A", b"=", b"\\", b" "])
def test_what_is_taken_with_one_byte_changed_is_read_alike(place: int, byte: bytes) -> None:
    body = GOOD[:place] + byte + GOOD[place + 1 :]
    found = read_plain(body)
    assert found is None or found == slowly(body)


def test_limits_are_left_to_the_parser_too() -> None:
    largest = Envelope(payload=b" " * PAYLOAD_BYTES_MAX, signature=b"s" * 64)
    larger = Envelope(payload=b" " * (PAYLOAD_BYTES_MAX + 1), signature=b"s" * 64)
    assert read_plain(body_of(largest)) is not None
    assert read_plain(body_of(larger)) is None
    assert read_plain(body_of(*ENVELOPES[:1] * STATEMENTS_MAX)) is not None
    assert read_plain(body_of(*ENVELOPES[:1] * (STATEMENTS_MAX + 1))) is None
