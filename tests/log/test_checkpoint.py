"""Signed checkpoints: published notes, one form for each, and what must be refused."""

from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormError, ProofError
from ledger.log.checkpoint import (
    COSIGNATURE_V1,
    SIGNATURES_MAX,
    SIZE_MAX,
    Checkpoint,
    Note,
    NoteSignature,
    VerifierKey,
    format_checkpoint,
    format_note,
    format_vkey,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    verified_keys,
)
from tests.log.mutation import mutated
from tests.log.notes import (
    COSIGNED_NOTE,
    ORIGIN,
    PETER,
    PETERS_NOTE,
    TEXT,
    log_line,
    note_of,
    refused,
    verify,
)


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

    assert verified_keys(note, [key], hear) == (key,)
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
        GOOD[:-1] + "x",
        GOOD.partition("\n\n")[2],
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
