"""Statements: every rule of form in section 1, the good beside the bad."""

import json

import pytest

from ledger.canonical import canonical_bytes
from ledger.errors import FormError, SignatureError, StandingError
from ledger.statements.envelope import Envelope, encode_base64, pae, statement_id
from ledger.statements.statement import (
    KINDS,
    Anchor,
    Statement,
    check_anchor,
    draft,
    parse_claim,
    read_claim,
    signed_at_ms,
    verify,
    verify_claim,
)
from tests.statements.founding import NOON, ORIGIN, a_key
from tests.statements.sowing import (
    CROP,
    KEY,
    PLOT,
    SEED,
    a_value,
    an_observation,
    read,
    refusal,
    without,
)


def test_a_good_statement_is_read_member_by_member() -> None:
    payload = canonical_bytes(
        a_value(
            seq=3,
            prev="ab" * 32,
            sealed={"outline": "A" * 43},
            anchor={"size": 8, "root": encode_base64(bytes(32))},
        )
    )
    claim = parse_claim(payload)
    assert claim.ledger == ORIGIN
    assert claim.key == KEY.key_id
    assert (claim.seq, claim.prev) == (3, "ab" * 32)
    assert (claim.signed_at, claim.kind) == (NOON, "event")
    assert claim.body == {"type": "TransformationEvent"}
    assert (claim.inputs, claim.outputs) == ((SEED, PLOT), (CROP,))
    assert claim.subjects == (CROP, SEED + "#out", PLOT + "#out")
    assert claim.sealed == {"outline": "A" * 43}
    assert claim.anchor == Anchor(size=8, root=bytes(32))
    assert claim.payload == payload
    assert claim.statement_id == statement_id(payload)


def test_optional_members_may_be_absent() -> None:
    claim = read(an_observation())
    assert (claim.inputs, claim.outputs, claim.anchor) == ((), (), None)
    assert claim.sealed == {}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_format_v1_is_known(kind: str) -> None:
    assert read(an_observation(kind=kind)).kind == kind


def test_bytes_that_are_not_their_own_canonical_form_are_refused() -> None:
    with pytest.raises(FormError) as refused:
        parse_claim(json.dumps(a_value()).encode())
    assert refused.value.code == "not_canonical"


def test_a_payload_beyond_32_kib_is_refused() -> None:
    assert refusal(an_observation(body={"note": "x" * 32768})) == "too_large"


@pytest.mark.parametrize("value", [[], "x", None, 1])
def test_a_statement_is_an_object(value: object) -> None:
    assert refusal(value) == "wrong_type"


@pytest.mark.parametrize(
    "name",
    ["v", "ledger", "key", "seq", "prev", "signed_at", "kind", "body", "subjects"],
)
def test_every_required_member_is_missed(name: str) -> None:
    assert refusal(without(name)) == "missing_member"


def test_no_other_member_is_taken() -> None:
    assert refusal(a_value(note="x")) == "unknown_member"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v", "1"),
        ("v", True),
        ("v", None),
        ("v", 1.5),
        ("ledger", 1),
        ("key", None),
        ("seq", "0"),
        ("seq", False),
        ("seq", 0.5),
        ("signed_at", 1793592000),
        ("kind", None),
        ("body", []),
        ("body", None),
        ("inputs", {}),
        ("inputs", None),
        ("outputs", "https://h.example/crop/c"),
        ("outputs", [1]),
        ("subjects", None),
        ("subjects", [CROP, None]),
        ("sealed", []),
        ("sealed", None),
        ("sealed", {"buyer": 1}),
        ("anchor", []),
        ("anchor", None),
        ("anchor", {"size": "1", "root": encode_base64(bytes(32))}),
        ("anchor", {"size": True, "root": encode_base64(bytes(32))}),
        ("anchor", {"size": 1, "root": None}),
    ],
)
def test_a_member_of_another_type_is_refused(name: str, value: object) -> None:
    assert refusal(a_value(**{name: value})) == "wrong_type"


@pytest.mark.parametrize("version", [0, 2, -1])
def test_another_version_cannot_be_judged_whatever_its_members(version: int) -> None:
    assert refusal({"v": version, "new": []}) == "wrong_version"


def test_an_unknown_kind_cannot_be_judged() -> None:
    value = an_observation(kind="weather")
    assert refusal(value) == "unknown_kind"
    assert read_claim(canonical_bytes(value)).kind == "weather"


def test_what_is_wrong_besides_is_stronger_than_an_unknown_kind() -> None:
    assert refusal(an_observation(kind="weather", seq=-1)) == "bad_number"
    assert refusal(a_value(kind="weather")) == "unknown_member"


@pytest.mark.parametrize("key", ["", "ab", "AB" * 32, "ab" * 32 + "\n", "g" * 64])
def test_a_key_id_is_64_lowercase_hex_digits(key: str) -> None:
    assert refusal(a_value(key=key)) == "bad_hex"
    assert refusal(a_value(seq=1, prev=key)) == "bad_hex"


def test_the_first_statement_of_a_key_has_no_previous_and_every_other_has() -> None:
    assert read(a_value(seq=2**32 - 1, prev="ab" * 32)).seq == 2**32 - 1
    assert refusal(a_value(seq=1)) == "wrong_type"
    assert refusal(a_value(prev="ab" * 32)) == "wrong_type"
    assert refusal(a_value(seq=1, prev=0)) == "wrong_type"


@pytest.mark.parametrize("seq", [-1, 2**32])
def test_a_number_that_no_leaf_can_state_is_refused(seq: int) -> None:
    assert refusal(a_value(seq=seq, prev="ab" * 32)) == "bad_number"


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00+00:00", 0),
        ("1970-01-01T08:00:00+08:00", 0),
        ("1969-12-31T19:30:00-04:30", 0),
        ("2026-11-02T12:00:00+08:00", 1_793_592_000_000),
        ("2024-02-29T23:59:59-00:00", 1_709_251_199_000),
        ("2026-01-31T00:00:00+23:59", 1_769_731_260_000),
        ("0001-01-01T00:00:00+23:59", -62_135_683_140_000),
        ("9999-12-31T23:59:59-23:59", 253_402_387_139_000),
    ],
)
def test_a_time_with_its_offset_is_read_in_milliseconds(text: str, ms: int) -> None:
    assert signed_at_ms(text) == ms
    assert read(a_value(signed_at=text)).signed_at == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-02",
        "2026-11-02T12:00:00",
        "2026-11-02T12:00:00Z",
        "2026-11-02 12:00:00+08:00",
        "2026-11-02t12:00:00+08:00",
        "2026-11-02T12:00:00.5+08:00",
        "2026-11-02T12:00:60+08:00",
        "2026-11-02T12:60:00+08:00",
        "2026-11-02T24:00:00+08:00",
        "2026-11-02T12:00:00+0800",
        "2026-11-02T12:00:00+08:60",
        "2026-11-02T12:00:00+24:00",
        "2026-11-02T12:00:00+08:00\n",
        "2026-02-29T12:00:00+08:00",
        "2026-02-30T12:00:00+08:00",
        "2026-11-31T12:00:00+08:00",
        "2026-13-01T12:00:00+08:00",
        "2026-00-01T12:00:00+08:00",
        "2026-11-00T12:00:00+08:00",
        "0000-11-02T12:00:00+08:00",
        "２026-11-02T12:00:00+08:00",
        "+2026-11-02T12:00:00+08:00",
    ],
)
def test_a_time_that_is_not_real_or_not_so_written_is_refused(text: str) -> None:
    assert refusal(a_value(signed_at=text)) == "bad_time"
    with pytest.raises(FormError):
        signed_at_ms(text)


@pytest.mark.parametrize("commitment", ["", "A" * 42, "A" * 44, "A" * 42 + "B", "+" * 43, "é" * 43])
def test_a_commitment_is_base64url_of_32_bytes(commitment: str) -> None:
    assert refusal(a_value(sealed={"buyer": commitment})) == "bad_base64"


def test_an_anchor_is_a_size_and_a_root() -> None:
    root = encode_base64(bytes(32))
    assert refusal(a_value(anchor={"size": 1})) == "missing_member"
    assert refusal(a_value(anchor={"root": root})) == "missing_member"
    assert refusal(a_value(anchor={"root": root, "size": 1, "at": 2})) == "unknown_member"
    assert refusal(a_value(anchor={"root": root, "size": -1})) == "bad_number"
    for bad in ("", root[:-1], encode_base64(bytes(31)), "A" * 42 + "B=", "_" * 42 + "A="):
        assert refusal(a_value(anchor={"root": bad, "size": 1})) == "bad_base64"


def test_an_anchor_is_not_newer_than_the_leaf() -> None:
    claim = read(a_value(anchor={"root": encode_base64(bytes(32)), "size": 8}))
    check_anchor(claim, index=8)
    check_anchor(read(a_value()), index=0)
    with pytest.raises(FormError) as refused:
        check_anchor(claim, index=7)
    assert refused.value.code == "bad_anchor"


@pytest.mark.parametrize("alg", ["ES256", "Ed25519"])
def test_a_draft_is_signed_sorted_and_verifies(alg: str) -> None:
    key = a_key("drafting", alg)
    claim, envelope = draft(
        ledger=ORIGIN,
        key=key,
        seq=1,
        prev="ab" * 32,
        signed_at=NOON,
        kind="event",
        body={"type": "TransformationEvent"},
        inputs=[PLOT, SEED, PLOT],
        outputs=[CROP],
        subjects=[SEED + "#out", PLOT + "#out", CROP, CROP],
        sealed={"outline": "A" * 43},
        anchor=Anchor(size=3, root=bytes(32)),
    )
    assert claim.inputs == (SEED, PLOT)
    assert claim.subjects == (CROP, SEED + "#out", PLOT + "#out")
    assert claim.anchor == Anchor(size=3, root=bytes(32))
    statement = verify(envelope, {key.key_id: key.public}.get)
    assert isinstance(statement, Statement)
    assert statement.public_key == key.public
    assert statement.signature == envelope.signature
    assert statement.payload == claim.payload
    assert statement.statement_id == claim.statement_id


def test_nothing_is_signed_that_would_be_refused_for_form() -> None:
    with pytest.raises(FormError) as refused:
        draft(
            ledger=ORIGIN,
            key=KEY,
            seq=0,
            prev=None,
            signed_at=NOON,
            kind="event",
            body={},
            subjects=[],
        )
    assert refused.value.code == "bad_list"


def signed(value: object) -> Envelope:
    payload = canonical_bytes(value)
    return Envelope(payload=payload, signature=KEY.sign(pae(payload)))


def test_a_key_that_nobody_enrolled_is_unknown() -> None:
    with pytest.raises(StandingError) as refused:
        verify(signed(a_value()), lambda _: None)
    assert refused.value.code == "unknown_key"


def test_a_key_of_another_id_verifies_nothing() -> None:
    envelope = signed(a_value())
    with pytest.raises(StandingError):
        verify(envelope, lambda _: a_key("stranger").public)
    with pytest.raises(StandingError):
        verify_claim(parse_claim(envelope.payload), envelope.signature, a_key("stranger").public)


def test_a_statement_that_was_changed_does_not_verify() -> None:
    envelope = signed(a_value())
    changed = Envelope(
        payload=envelope.payload.replace(b"Transformation", b"Transmutation"),
        signature=envelope.signature,
    )
    with pytest.raises(SignatureError) as refused:
        verify(changed, lambda _: KEY.public)
    assert refused.value.code == "bad_signature"


def test_form_comes_before_the_signature() -> None:
    with pytest.raises(FormError):
        verify(signed(a_value(seq=-1)), lambda _: KEY.public)


def test_a_signature_over_the_bare_payload_is_no_signature() -> None:
    payload = canonical_bytes(a_value())
    with pytest.raises(SignatureError):
        verify(Envelope(payload=payload, signature=KEY.sign(payload)), lambda _: KEY.public)
