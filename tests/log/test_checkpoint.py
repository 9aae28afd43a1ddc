"""Signed checkpoints: published notes, one form for each, and what must be refused."""

from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormError, ProofError
from ledger.log.checkpoint import (
    COSIGNATURE_V1,
    ECDSA_P256,
    ED25519,
    SIGNATURES_MAX,
    SIZE_MAX,
    Checkpoint,
    Note,
    NoteSignature,
    VerifierKey,
    cosigned_at,
    ed25519_vkey,
    format_checkpoint,
    format_note,
    format_vkey,
    p256_vkey,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    split_vkey,
    verified_keys,
)
from tests.log.mutation import mutated

# From the documentation of golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""  # noqa: E501 — a published line

# From C2SP tlog-cosignature.
COSIGNED_NOTE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501 — published lines

ORIGIN = "ledger.example/herbs"
TEXT = f"{ORIGIN}\n28\n{b64encode(bytes(32)).decode()}\n"
LOG = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
LOG_P256 = derive_private_key(1001, SECP256R1())
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes([2] * 32))
LOG_KEY = ed25519_vkey(ORIGIN, LOG.public_key().public_bytes_raw())
LOG_P256_KEY = p256_vkey(
    ORIGIN,
    LOG_P256.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
)


def material(key: VerifierKey) -> str:
    return b64encode(bytes([key.algorithm]) + key.public).decode()


def witness_key() -> VerifierKey:
    public = WITNESS.public_key().public_bytes_raw()
    name = "witness.example/w1"
    key_hash = sha256(f"{name}\n".encode() + bytes([COSIGNATURE_V1]) + public).digest()[:4]
    return parse_vkey(f"{name}+{key_hash.hex()}+{b64encode(bytes([4]) + public).decode()}")


WITNESS_KEY = witness_key()


def verify(algorithm: int, public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        if algorithm == ECDSA_P256:
            key = load_der_public_key(public)
            assert isinstance(key, EllipticCurvePublicKey)
            key.verify(signature, message, ECDSA(SHA256()))
        else:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def line(key: VerifierKey, signature: bytes) -> NoteSignature:
    return NoteSignature(name=key.name, key_hash=key.key_hash, signature=signature)


def log_line(text: str = TEXT) -> NoteSignature:
    return line(LOG_KEY, LOG.sign(text.encode()))


def p256_line(text: str = TEXT) -> NoteSignature:
    return line(LOG_P256_KEY, LOG_P256.sign(text.encode(), ECDSA(SHA256())))


def witness_line(seconds: int, text: str = TEXT) -> NoteSignature:
    signature = WITNESS.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
    return line(WITNESS_KEY, seconds.to_bytes(8, "big") + signature)


def note_of(*signatures: NoteSignature) -> Note:
    return Note(text=TEXT, signatures=signatures)


def refused(text: str) -> bool:
    with pytest.raises(FormError) as refusal:
        parse_note(text)
    return refusal.value.code == "bad_note"


def test_a_published_note_verifies_under_its_published_key() -> None:
    note = parse_note(PETERS_NOTE)
    key = parse_vkey(PETER)
    assert key.name == "PeterNeumann"
    assert key.key_hash.hex() == "c74f20a3"
    assert format_vkey(key) == PETER
    assert format_note(note) == PETERS_NOTE
    assert verified_keys(note, [key], verify) == (key,)
    false = replace(note, text=note.text.replace("cryptography", "a ledger"))
    with pytest.raises(ProofError) as refusal:
        verified_keys(false, [key], verify)
    assert refusal.value.check == "checkpoint"


def test_a_published_cosigned_checkpoint_is_read() -> None:
    note = parse_note(COSIGNED_NOTE)
    checkpoint = parse_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert b64encode(checkpoint.root) == b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    assert format_checkpoint(checkpoint) == note.text
    assert format_note(note) == COSIGNED_NOTE
    assert [signature.name for signature in note.signatures] == [
        "example.com/behind-the-sofa",
        "witness.example.com/w1",
    ]
    assert int.from_bytes(note.signatures[1].signature[:8], "big") == 1679315147


def test_the_witness_signs_the_published_message() -> None:
    note = parse_note(COSIGNED_NOTE)
    witness = note.signatures[1]
    key = VerifierKey(
        name=witness.name, key_hash=witness.key_hash, algorithm=COSIGNATURE_V1, public=bytes(32)
    )
    asked = []

    def hear(algorithm: int, public: bytes, message: bytes, signature: bytes) -> bool:
        asked.append((algorithm, public, message, signature))
        return True

    assert cosigned_at(note, key, hear) == 1679315147
    message = b"cosignature/v1\ntime 1679315147\n" + note.text.encode()
    assert asked == [(COSIGNATURE_V1, bytes(32), message, witness.signature[8:])]


CHECKPOINTS = st.builds(
    Checkpoint,
    origin=st.text(st.characters(codec="utf-8", min_codepoint=32), min_size=1),
    size=st.integers(0, SIZE_MAX),
    root=st.binary(min_size=32, max_size=32),
)


@given(checkpoint=CHECKPOINTS)
def test_every_checkpoint_is_read_back_as_it_was_written(checkpoint: Checkpoint) -> None:
    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint


@given(data=st.data(), checkpoint=CHECKPOINTS)
def test_a_changed_checkpoint_is_refused_or_is_another_ones_first_lines(
    data: st.DataObject, checkpoint: Checkpoint
) -> None:
    raw = data.draw(mutated(format_checkpoint(checkpoint).encode()))
    try:
        text = raw.decode()
        found = parse_checkpoint(text)
    except UnicodeDecodeError:
        return
    except FormError as refusal:
        assert refusal.code == "bad_note"  # noqa: PT017 — a mutation may also hit on a checkpoint
    else:
        assert text.startswith(format_checkpoint(found))


def test_extension_lines_are_allowed_and_ignored() -> None:
    assert parse_checkpoint(TEXT + "an extension\n") == parse_checkpoint(TEXT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        TEXT[:-1],
        TEXT + "\n",
        "\n".join(TEXT.split("\n")[:2]) + "\n",
        TEXT.replace(ORIGIN, ""),
        TEXT.replace("28", "028"),
        TEXT.replace("28", "-1"),
        TEXT.replace("28", "+1"),
        TEXT.replace("28", "２８"),
        TEXT.replace("28", ""),
        TEXT.replace("28", str(2**63)),
        TEXT.replace("28", "1" * 5000),
        TEXT.replace("AAAA=", "AAA="),
        TEXT.replace("AAAA=", "AAAB="),
        TEXT.replace("AAAA=", "AAAA"),
        TEXT.replace("AAAA=", "AA A="),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("ledger", "led\x00ger"),
        TEXT.replace("ledger", "led\ud800ger"),
        f"{ORIGIN}\n28\n{b64encode(bytes(31)).decode()}\n",
        f"{ORIGIN}\n28\n\n",
    ],
    ids=lambda text: repr(text)[:40],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(FormError) as refusal:
        parse_checkpoint(text)
    assert refusal.value.code == "bad_note"


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint(origin="", size=1, root=bytes(32)),
        Checkpoint(origin="two\nlines", size=1, root=bytes(32)),
        Checkpoint(origin="a\n2\n" + "A" * 43 + "=", size=1, root=bytes(32)),
        Checkpoint(origin=ORIGIN, size=-1, root=bytes(32)),
        Checkpoint(origin=ORIGIN, size=1, root=bytes(31)),
    ],
)
def test_what_could_not_be_read_back_is_not_written(checkpoint: Checkpoint) -> None:
    with pytest.raises(FormError):
        format_checkpoint(checkpoint)


NAMES = st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=1).filter(
    lambda name: "+" not in name and not any(map(str.isspace, name))
)
LINES = st.builds(
    NoteSignature,
    name=NAMES,
    key_hash=st.binary(min_size=4, max_size=4),
    signature=st.binary(min_size=1, max_size=80),
)
NOTES = st.builds(
    Note,
    text=st.text(
        st.one_of(st.just("\n"), st.characters(codec="utf-8", min_codepoint=32)), max_size=40
    ).map(lambda text: text + "\n"),
    signatures=st.lists(LINES, min_size=1, max_size=4).map(tuple),
)


@given(note=NOTES)
def test_every_note_is_read_back_as_it_was_written(note: Note) -> None:
    assert parse_note(format_note(note)) == note


@given(data=st.data(), note=NOTES)
def test_a_changed_note_is_refused_or_is_another_notes_one_form(
    data: st.DataObject, note: Note
) -> None:
    raw = data.draw(mutated(format_note(note).encode()))
    try:
        text = raw.decode()
        found = parse_note(text)
    except UnicodeDecodeError:
        return
    except FormError as refusal:
        assert refusal.code == "bad_note"  # noqa: PT017 — a mutation may also hit on a note
    else:
        assert format_note(found) == text


def test_the_last_empty_line_parts_text_from_signatures() -> None:
    poem = Note(text="one\n\n— not a signature\n\ntwo\n", signatures=(log_line(),))
    assert parse_note(format_note(poem)) == poem


GOOD = format_note(note_of(log_line()))


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT,
        TEXT + "\n",
        GOOD[:-1],
        GOOD + "\n",
        GOOD.replace("— ", "- "),
        GOOD.replace("— ", "—"),
        GOOD.replace("— ", "—  "),
        GOOD.replace("— ledger", "— led+ger"),
        GOOD.replace("— ledger", "— led\u3000ger"),
        GOOD.replace("— ledger", "— led\x01ger"),
        GOOD.replace("— ledger", "— led\ud800ger"),
        GOOD.replace("ledger", "led\tger"),
        GOOD[:-2] + "\n",
        GOOD[:-1] + " \n",
        GOOD[:-1] + "\r\n",
        f"{TEXT}\n— {ORIGIN} \n",
        f"{TEXT}\n— {ORIGIN}\n",
        f"{TEXT}\n— {ORIGIN} AAAAAA==\n",
        f"{TEXT}\n— {ORIGIN} AAAAAAB=\n",
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    assert refused(text)


def test_a_note_has_at_least_one_and_at_most_a_hundred_lines() -> None:
    full = note_of(*[log_line()] * SIGNATURES_MAX)
    assert parse_note(format_note(full)) == full
    longer = format_note(full) + format_note(note_of(log_line())).rpartition("\n\n")[2]
    assert refused(longer)
    most = SIGNATURES_MAX + 1
    assert len(parse_note(longer, signatures_max=most).signatures) == most
    for count in (0, most):
        with pytest.raises(FormError):
            format_note(note_of(*[log_line()] * count))


@pytest.mark.parametrize(
    "note",
    [
        Note(text=TEXT[:-1], signatures=(log_line(),)),
        Note(text="a\x07\n", signatures=(log_line(),)),
        note_of(replace(log_line(), name="a b")),
        note_of(replace(log_line(), name="")),
        note_of(replace(log_line(), key_hash=b"abc")),
        note_of(replace(log_line(), signature=b"")),
    ],
)
def test_a_note_that_could_not_be_read_back_is_not_written(note: Note) -> None:
    with pytest.raises(FormError):
        format_note(note)


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


def test_a_cosignature_says_when_and_the_newest_counts() -> None:
    assert cosigned_at(note_of(log_line()), WITNESS_KEY, verify) is None
    assert cosigned_at(note_of(log_line(), witness_line(7)), WITNESS_KEY, verify) == 7
    twice = note_of(witness_line(9), log_line(), witness_line(8))
    assert cosigned_at(twice, WITNESS_KEY, verify) == 9


def test_a_logs_own_line_is_no_cosignature() -> None:
    assert cosigned_at(note_of(log_line()), LOG_KEY, verify) is None


def test_a_false_cosignature_refuses_the_note() -> None:
    late = witness_line(2**63)
    retimed = witness_line(7).signature[8:]
    short = b64decode("AAAAAAAA")
    for signature in (late.signature, (8).to_bytes(8, "big") + retimed, short, bytes(8)):
        with pytest.raises(ProofError) as refusal:
            cosigned_at(note_of(log_line(), line(WITNESS_KEY, signature)), WITNESS_KEY, verify)
        assert refusal.value.check == "checkpoint"
