"""Signed checkpoints: C2SP signed-note, tlog-checkpoint and tlog-cosignature v1."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, TypeAlias

from ledger.errors import FormError, ProofError

ED25519: Final = 0x01
ECDSA_P256: Final = 0x02
COSIGNATURE_V1: Final = 0x04

SIGNATURES_MAX: Final = (
    100  # as Go's reader of notes; each line of a known key costs a verification
)
SIZE_MAX: Final = 2**63 - 1  # Go's readers count leaves in int64

Verify: TypeAlias = Callable[[int, bytes, bytes, bytes], bool]
"""Whether (algorithm, public key, message, signature) holds."""

_HASH_BYTES: Final = 32
_KEY_HASH_BYTES: Final = 4
_TIMESTAMP_BYTES: Final = 8
_TIMESTAMP_MAX: Final = 2**63 - 1  # tlog-cosignature
_CHECKPOINT_LINES: Final = 3
_LINE_START: Final = "— "
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_VKEY: Final = re.compile(r"([^+]+)\+([0-9a-f]{8})\+(.+)")
_CONTROL: Final = re.compile(
    r"[\x00-\x09\x0b-\x1f]"
)  # a note holds no control character but newline
_P256_SPKI_START: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_P256_SPKI_BYTES: Final = 91
_ED25519_BYTES: Final = 32
_NAMES_KEPT: Final = 64  # a log's own and its witnesses'; strangers' push each other out


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log's name, its number of leaves and their root (32 bytes)."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line; `key_hash` is the 4 bytes that signed-note calls key ID."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text, which ends with a newline, and the lines that sign it, not yet verified."""

    text: str
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A key by its name: 32 bytes of Ed25519 for algorithms 1 and 4, a P-256 SPKI for 2."""

    name: str
    key_hash: bytes
    algorithm: int
    public: bytes


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the note's text. FormError("bad_note") for what parse_checkpoint would refuse."""
    _check_origin(checkpoint.origin)
    if not 0 <= checkpoint.size <= SIZE_MAX:
        raise FormError("bad_note", f"{checkpoint.size!r} is no tree size")
    if len(checkpoint.root) != _HASH_BYTES:
        raise FormError("bad_note", f"a root has {_HASH_BYTES} bytes, not {len(checkpoint.root)}")
    return _checkpoint_text(checkpoint)


def _checkpoint_text(checkpoint: Checkpoint) -> str:
    root = b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n"


@lru_cache(maxsize=_NAMES_KEPT)  # a log signs its own origin, group after group
def _check_origin(origin: str) -> None:
    """Raise FormError unless parse_checkpoint reads this origin back."""
    checkpoint = Checkpoint(origin=origin, size=0, root=bytes(_HASH_BYTES))
    if parse_checkpoint(_checkpoint_text(checkpoint)) != checkpoint:
        raise FormError("bad_note", f"{origin!r} is no origin")


def parse_checkpoint(text: str) -> Checkpoint:
    """Return what the note's text says; extension lines are ignored. FormError("bad_note")."""
    _check_text(text)
    lines = text[:-1].split("\n")
    if len(lines) < _CHECKPOINT_LINES or not all(lines):
        raise FormError("bad_note", "a checkpoint is three lines or more, none of them empty")
    origin, size, root_text = lines[:_CHECKPOINT_LINES]
    if _SIZE.fullmatch(size) is None or int(size) > SIZE_MAX:
        raise FormError("bad_note", f"{size!r} is no tree size")
    root = _decode(root_text)
    if len(root) != _HASH_BYTES:
        raise FormError("bad_note", f"a root has {_HASH_BYTES} bytes, not {len(root)}")
    return Checkpoint(origin=origin, size=int(size), root=root)


def parse_note(note: str, *, signatures_max: int = SIGNATURES_MAX) -> Note:
    """Return text and signature lines, parted at the last empty line. FormError("bad_note")."""
    body, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise FormError("bad_note", "a note is a text, an empty line and signature lines")
    text = body + "\n"
    _check_text(text)
    signatures = tuple(_parse_signature(line) for line in lines[:-1].split("\n"))
    _check_count(signatures, signatures_max)
    return Note(text=text, signatures=signatures)


def format_note(note: Note) -> str:
    """Return the note's lines. FormError("bad_note") for a note that parse_note would refuse."""
    _check_text(note.text)
    _check_count(note.signatures)
    return f"{note.text}\n{''.join(map(_format_signature, note.signatures))}"


def parse_vkey(vkey: str) -> VerifierKey:
    """Return the key of `name+hex(key hash)+base64(algorithm | key)`, its hash recomputed.

    FormError("bad_note"), or "unknown_algorithm" for a type of signature that is not known here.
    """
    name, hash_text, material = split_vkey(vkey)
    key = _verifier_key(name, material[0], material[1:])
    if key.key_hash.hex() != hash_text:
        raise FormError("bad_note", f"the key hash is {key.key_hash.hex()}, not {hash_text}")
    return key


def split_vkey(vkey: str) -> tuple[str, str, bytes]:
    """Return name, hash in hex, and algorithm | key, of any algorithm: shape alone is checked.

    FormError("bad_note").
    """
    match = _VKEY.fullmatch(vkey)
    if match is None or any(map(str.isspace, match[1])):
        raise FormError("bad_note", "a verifier key is name+hash+key")
    return match[1], match[2], _decode(match[3])


def format_vkey(key: VerifierKey) -> str:
    """Return `name+hex(key hash)+base64(algorithm | key)`."""
    material = b64encode(bytes([key.algorithm]) + key.public).decode()
    return f"{key.name}+{key.key_hash.hex()}+{material}"


def ed25519_vkey(name: str, public: bytes) -> VerifierKey:
    """Return the verifier key of a log's 32-byte Ed25519 key. FormError("bad_note")."""
    return _verifier_key(name, ED25519, public)


def p256_vkey(name: str, spki: bytes) -> VerifierKey:
    """Return the verifier key of a log's P-256 key in its one SPKI form. FormError("bad_note")."""
    return _verifier_key(name, ECDSA_P256, spki)


def verified_keys(
    note: Note, keys: Sequence[VerifierKey], verify: Verify
) -> tuple[VerifierKey, ...]:
    """Return those of `keys` with a line that verifies, in their order; others' lines are ignored.

    ProofError("checkpoint") when a line bears a given key's name and hash and does not verify: such
    a note is refused whole. Source: signed-note, "Signatures".
    """
    verified = set()
    for line in note.signatures:
        meant = [key for key in keys if (key.name, key.key_hash) == (line.name, line.key_hash)]
        # Two given keys may share name and hash by accident: the line is one of theirs.
        good = [key for key in meant if _holds(note.text, key, line.signature, verify)]
        if meant and not good:
            raise ProofError("checkpoint", f"the line of {line.name} does not verify")
        verified.update(good)
    return tuple(key for key in keys if key in verified)


def _holds(text: str, key: VerifierKey, signature: bytes, verify: Verify) -> bool:
    if key.algorithm != COSIGNATURE_V1:
        return verify(key.algorithm, key.public, text.encode(), signature)
    seconds = _timestamp(signature)
    if len(signature) < _TIMESTAMP_BYTES or seconds > _TIMESTAMP_MAX:
        return False
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    return verify(key.algorithm, key.public, message, signature[_TIMESTAMP_BYTES:])


def _timestamp(signature: bytes) -> int:
    return int.from_bytes(signature[:_TIMESTAMP_BYTES], "big")


def _verifier_key(name: str, algorithm: int, public: bytes) -> VerifierKey:
    _check_name(name)
    if algorithm == ECDSA_P256:
        if len(public) != _P256_SPKI_BYTES or not public.startswith(_P256_SPKI_START):
            raise FormError("bad_note", "a P-256 key is its uncompressed SubjectPublicKeyInfo")
        hashed = public
    elif algorithm in {ED25519, COSIGNATURE_V1}:
        if len(public) != _ED25519_BYTES:
            raise FormError("bad_note", f"an Ed25519 key has 32 bytes, not {len(public)}")
        hashed = name.encode() + b"\n" + bytes([algorithm]) + public
    else:
        raise FormError("unknown_algorithm", f"signature type {algorithm} is not known here")
    key_hash = sha256(hashed).digest()[:_KEY_HASH_BYTES]
    return VerifierKey(name=name, key_hash=key_hash, algorithm=algorithm, public=public)


def _parse_signature(line: str) -> NoteSignature:
    name, _, signed = line.removeprefix(_LINE_START).partition(" ")
    if not line.startswith(_LINE_START):
        raise FormError("bad_note", "a signature line begins with an em dash and a space")
    _check_name(name)
    raw = _decode(signed)
    if len(raw) <= _KEY_HASH_BYTES:
        raise FormError("bad_note", f"the line of {name} holds no signature")
    key_hash, signature = raw[:_KEY_HASH_BYTES], raw[_KEY_HASH_BYTES:]
    return NoteSignature(name=name, key_hash=key_hash, signature=signature)


def _format_signature(line: NoteSignature) -> str:
    _check_name(line.name)
    if len(line.key_hash) != _KEY_HASH_BYTES or not line.signature:
        raise FormError("bad_note", f"the line of {line.name} has no key hash or no signature")
    return f"{_LINE_START}{line.name} {b64encode(line.key_hash + line.signature).decode()}\n"


@lru_cache(maxsize=_NAMES_KEPT)
def _check_name(name: str) -> None:
    if not name or "+" in name or any(map(str.isspace, name)) or _CONTROL.search(name):
        raise FormError("bad_note", f"{name!r} is no key name")
    _check_unicode(name)


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise FormError("bad_note", "a note's text ends with a newline, its one control character")
    _check_unicode(text)


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise FormError("bad_note", "a note holds no lone surrogates") from error


def _check_count(signatures: Sequence[NoteSignature], most: int = SIGNATURES_MAX) -> None:
    if not 0 < len(signatures) <= most:
        found = len(signatures)
        raise FormError("bad_note", f"a note has 1 to {most} signatures, not {found}")


def _decode(text: str) -> bytes:
    """Return the bytes of standard base64 that encodes back to the same text, at least one."""
    try:
        raw = b64decode(text, validate=True)
    except ValueError as error:
        raise FormError("bad_note", "not base64") from error
    if not raw or b64encode(raw).decode() != text:
        raise FormError("bad_note", "not the base64 that its bytes encode to")
    return raw
