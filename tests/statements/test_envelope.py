"""Envelopes: DSSE v1 with one signature and strict base64."""

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormError
from ledger.statements.envelope import (
    PAYLOAD_BYTES_MAX,
    PAYLOAD_TYPE,
    Envelope,
    decode_base64,
    encode_base64,
    format_envelope,
    pae,
    parse_envelope,
    statement_id,
)


def an_envelope(**changes: object) -> dict:
    return {
        "payload": "e30=",
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": "ab", "sig": "AAAA"}],
        **changes,
    }


def refusal(value: object) -> str:
    with pytest.raises(FormError) as refused:
        parse_envelope(value)
    return refused.value.code


def test_the_bytes_that_are_signed_follow_the_published_example() -> None:
    # https://github.com/secure-systems-lab/dsse/blob/master/protocol.md, with our type in place.
    published = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    ours = published.replace(
        b"29 http://example.com/HelloWorld", f"{len(PAYLOAD_TYPE)} {PAYLOAD_TYPE}".encode()
    )
    assert pae(b"hello world") == ours
    assert statement_id(b"hello world") == sha256(ours).hexdigest()


def test_lengths_are_of_bytes_and_not_of_characters() -> None:
    assert pae("当归".encode()).endswith(b" 6 " + "当归".encode())


@given(payload=st.binary(max_size=300), signature=st.binary(max_size=80))
def test_an_envelope_survives_being_written_and_read(payload: bytes, signature: bytes) -> None:
    envelope = Envelope(payload=payload, signature=signature)
    assert parse_envelope(format_envelope(envelope, key_id="ab" * 32)) == envelope


def test_the_key_id_is_a_hint_that_may_be_absent_or_wrong() -> None:
    expected = Envelope(payload=b"{}", signature=bytes(3))
    assert parse_envelope(an_envelope()) == expected
    assert parse_envelope(an_envelope(signatures=[{"sig": "AAAA"}])) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        an_envelope(openings=[]),
        {"payload": "e30=", "payloadType": PAYLOAD_TYPE},
        an_envelope(payloadType="application/json"),
        an_envelope(payloadType=None),
        an_envelope(payload={}),
        an_envelope(signatures=None),
        an_envelope(signatures=[]),
        an_envelope(signatures=[{"sig": "AAAA"}, {"sig": "AAAA"}]),
        an_envelope(signatures=["AAAA"]),
        an_envelope(signatures=[{}]),
        an_envelope(signatures=[{"keyid": "ab"}]),
        an_envelope(signatures=[{"sig": "AAAA", "cert": ""}]),
        an_envelope(signatures=[{"sig": None}]),
        an_envelope(signatures=[{"sig": "AAAA", "keyid": 1}]),
    ],
)
def test_an_envelope_of_another_shape_is_refused(value: object) -> None:
    assert refusal(value) == "bad_envelope"


def test_base64_in_an_envelope_is_strict() -> None:
    assert refusal(an_envelope(payload="e30")) == "bad_base64"
    assert refusal(an_envelope(signatures=[{"sig": "AA-_"}])) == "bad_base64"


def test_a_payload_beyond_32_kib_is_refused_before_it_is_decoded() -> None:
    largest = b64encode(bytes(PAYLOAD_BYTES_MAX)).decode()
    assert len(parse_envelope(an_envelope(payload=largest)).payload) == PAYLOAD_BYTES_MAX
    assert refusal(an_envelope(payload=largest + "****")) == "too_large"


@given(raw=st.binary(max_size=100))
def test_base64_has_one_text_for_each_byte_string(raw: bytes) -> None:
    text = encode_base64(raw)
    assert text == b64encode(raw).decode()
    assert decode_base64(text) == raw


@pytest.mark.parametrize(
    "text", ["e30", "e31=", "e30==", "e30=\n", " e30=", "e3 0=", "e30=e30=", "=", "é30=", "_w=="]
)
def test_any_other_text_of_the_same_bytes_is_refused(text: str) -> None:
    with pytest.raises(FormError) as refused:
        decode_base64(text)
    assert refused.value.code == "bad_base64"


@given(text=st.text(max_size=12))
def test_whatever_text_is_taken_is_the_one_text_of_its_bytes(text: str) -> None:
    try:
        raw = decode_base64(text)
    except FormError:
        return
    assert encode_base64(raw) == text
