"""Verifier keys, and which of a note's lines they verify: C2SP signed-note, tlog-cosignature."""

from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormError, ProofError
from ledger.log.checkpoint import (
    ECDSA_P256,
    ED25519,
    NoteSignature,
    VerifierKey,
    ed25519_vkey,
    format_vkey,
    p256_vkey,
    parse_vkey,
    split_vkey,
    verified_keys,
)
from tests.log.mutation import mutated
from tests.log.notes import (
    LOG_KEY,
    LOG_P256_KEY,
    ORIGIN,
    PETER,
    TEXT,
    WITNESS_KEY,
    line,
    log_line,
    material,
    note_of,
    p256_line,
    verify,
    witness_line,
)


def test_a_verifier_key_is_written_with_its_hash() -> None:
    for key, hashed in [
        (LOG_KEY, f"{ORIGIN}\n".encode() + b"\x01" + LOG_KEY.public),
        (LOG_P256_KEY, LOG_P256_KEY.public),
        (WITNESS_KEY, b"witness.example/w1\n\x04" + WITNESS_KEY.public),
    ]:
        assert key.key_hash == sha256(hashed).digest()[:4]
        assert parse_vkey(format_vkey(key)) == key
    assert [LOG_KEY.algorithm, LOG_P256_KEY.algorithm] == [ED25519, ECDSA_P256]


@given(data=st.data(), key=st.sampled_from([LOG_KEY, LOG_P256_KEY, WITNESS_KEY]))
def test_a_changed_verifier_key_is_refused_or_is_another_keys_one_form(
    data: st.DataObject, key: VerifierKey
) -> None:
    text = data.draw(mutated(format_vkey(key).encode())).decode("latin-1")
    try:
        found = parse_vkey(text)
    except FormError as refusal:
        assert refusal.code in {"bad_note", "unknown_algorithm"}  # noqa: PT017 — or it is a key
    else:
        assert format_vkey(found) == text


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000",
        "+00000000+AQ==",
        "name+0000000+AQ==",
        "name+00000000+",
        "name+00000000+AQ==",
        "name+00000000+A===",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("c74f20a3", "C74F20A3"),
        PETER.replace("Peter", "Peter "),
        PETER.replace("Peter", "Pet\ner"),
        PETER + "AAAA",
        f"{ORIGIN}+{LOG_P256_KEY.key_hash.hex()}+{material(LOG_P256_KEY)[:-4]}",
    ],
)
def test_what_is_no_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(FormError) as refusal:
        parse_vkey(vkey)
    assert refusal.value.code == "bad_note"


def test_a_key_of_another_curve_or_length_is_refused() -> None:
    with pytest.raises(FormError):
        p256_vkey(ORIGIN, bytes(91))
    with pytest.raises(FormError):
        p256_vkey(ORIGIN, LOG_P256_KEY.public + b"\x00")
    with pytest.raises(FormError):
        ed25519_vkey(ORIGIN, bytes(31))
    with pytest.raises(FormError):
        ed25519_vkey("two words", bytes(32))


def test_an_unknown_type_of_signature_has_its_own_code() -> None:
    mldsa = b64encode(b"\x06" + bytes(1312)).decode()
    with pytest.raises(FormError) as refusal:
        parse_vkey(f"{ORIGIN}+00000000+{mldsa}")
    assert refusal.value.code == "unknown_algorithm"


def test_a_key_of_any_type_can_be_split_into_its_parts() -> None:
    name, key_hash, found = split_vkey(f"{ORIGIN}+00000000+{b64encode(bytes([6, 7])).decode()}")
    assert (name, key_hash, found) == (ORIGIN, "00000000", bytes([6, 7]))
    for text in (f"two words+00000000+{b64encode(b'x').decode()}", f"{ORIGIN}+0+AQ=="):
        with pytest.raises(FormError):
            split_vkey(text)


def test_the_keys_that_signed_are_named_in_the_order_they_were_given() -> None:
    note = note_of(witness_line(5), p256_line(), log_line())
    known = [LOG_KEY, LOG_P256_KEY, WITNESS_KEY]
    assert verified_keys(note, known, verify) == tuple(known)
    assert verified_keys(note, [WITNESS_KEY, LOG_KEY], verify) == (WITNESS_KEY, LOG_KEY)
    assert verified_keys(note_of(log_line()), known, verify) == (LOG_KEY,)


def test_lines_of_other_keys_are_ignored_even_with_one_of_our_names_or_hashes() -> None:
    junk = b"junk"
    others = [
        NoteSignature(name="someone.else", key_hash=LOG_KEY.key_hash, signature=junk),
        NoteSignature(name=ORIGIN, key_hash=b"\x00\x00\x00\x00", signature=junk),
    ]
    assert verified_keys(note_of(*others, log_line()), [LOG_KEY], verify) == (LOG_KEY,)
    assert verified_keys(note_of(*others), [LOG_KEY], verify) == ()


def test_one_bad_line_of_a_known_key_refuses_the_whole_note() -> None:
    bad = log_line(TEXT.replace("28", "29"))
    for note in (note_of(p256_line(), bad), note_of(log_line(), bad), note_of(bad, log_line())):
        with pytest.raises(ProofError) as refusal:
            verified_keys(note, [LOG_KEY, LOG_P256_KEY], verify)
        assert refusal.value.check == "checkpoint"


def test_a_line_of_two_known_keys_of_one_name_and_hash_is_either_ones() -> None:
    twin = replace(LOG_KEY, public=WITNESS_KEY.public)
    assert verified_keys(note_of(log_line()), [twin, LOG_KEY], verify) == (LOG_KEY,)


def test_a_cosignature_counts_beside_the_logs_own_line_and_as_often_as_it_is_made() -> None:
    assert verified_keys(note_of(log_line()), [WITNESS_KEY], verify) == ()
    assert verified_keys(note_of(log_line(), witness_line(7)), [WITNESS_KEY], verify) == (
        WITNESS_KEY,
    )
    twice = note_of(witness_line(9), log_line(), witness_line(8))
    assert verified_keys(twice, [LOG_KEY, WITNESS_KEY], verify) == (LOG_KEY, WITNESS_KEY)


def test_a_false_cosignature_refuses_the_note() -> None:
    late = witness_line(2**63)
    retimed = witness_line(7).signature[8:]
    short = b64decode("AAAAAAAA")
    for signature in (late.signature, (8).to_bytes(8, "big") + retimed, short, bytes(8)):
        note = note_of(log_line(), line(WITNESS_KEY, signature))
        with pytest.raises(ProofError) as refusal:
            verified_keys(note, [WITNESS_KEY], verify)
        assert refusal.value.check == "checkpoint"
