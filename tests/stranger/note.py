"""Signed checkpoints: C2SP signed-note, tlog-checkpoint and tlog-cosignature v1."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from tests.stranger import keys
from tests.stranger.shape import DECIMAL, HASH_BYTES, read_b64
from tests.stranger.verdict import Fails

ED25519, ECDSA_P256, COSIGNATURE = 1, 2, 4
KEY_ID_BYTES = 4
TIMESTAMP_BYTES = 8
TIMESTAMP_MAX = 2**63 - 1
LINE_START = "\N{EM DASH} "
CHECKPOINT_LINES_MIN = 3


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A vkey: name, key id, signature type and the key's bytes (a SubjectPublicKeyInfo for 02)."""

    name: str
    key_id: bytes
    algorithm: int
    key: bytes

    def __str__(self) -> str:
        """Write the vkey as the genesis statement holds it."""
        material = base64.b64encode(bytes([self.algorithm]) + self.key).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log signed, and the log keys (as vkeys) of which a line verified."""

    origin: str
    size: int
    root: bytes
    verified: frozenset[str]


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line under a note."""

    name: str
    key_id: bytes
    signature: bytes


def is_key_name(name: str) -> bool:
    """Whether a signed note allows this key name."""
    return bool(name) and "+" not in name and not any(map(str.isspace, name))


def parse_vkey(text: str) -> VerifierKey | None:
    """Parse a vkey of any algorithm, or give None when it is none. Its key id is not checked."""
    name, _, rest = text.partition("+")
    key_id, _, material = rest.partition("+")
    try:
        found = base64.b64decode(material, validate=True)
        key_id_found = bytes.fromhex(key_id)
    except (binascii.Error, ValueError):
        return None
    if not is_key_name(name) or not found:
        return None
    vkey = VerifierKey(name, key_id_found, found[0], found[1:])
    return vkey if len(key_id_found) == KEY_ID_BYTES and str(vkey) == text else None


def is_usable(vkey: VerifierKey) -> bool:
    """Whether the algorithm is known here, the key in its one form, and the key id the key's."""
    if vkey.algorithm == ECDSA_P256:
        return keys.is_p256_spki(vkey.key) and sha256(vkey.key).digest()[:4] == vkey.key_id
    if vkey.algorithm not in {ED25519, COSIGNATURE} or not keys.is_ed25519_key(vkey.key):
        return False
    named = vkey.name.encode() + b"\n" + bytes([vkey.algorithm]) + vkey.key
    return sha256(named).digest()[:4] == vkey.key_id


def _read_vkeys(texts: Iterable[str], algorithms: set[int]) -> list[VerifierKey]:
    found = [vkey for text in texts if (vkey := parse_vkey(text)) is not None]
    return [vkey for vkey in found if vkey.algorithm in algorithms and is_usable(vkey)]


def _is_signed(vkey: VerifierKey, text: str, signature: bytes) -> bool:
    if vkey.algorithm == ECDSA_P256:
        return keys.is_signed_p256(vkey.key, signature, text.encode())
    if vkey.algorithm == ED25519:
        return keys.is_signed_ed25519(vkey.key, signature, text.encode())
    seconds = int.from_bytes(signature[:TIMESTAMP_BYTES])
    if seconds > TIMESTAMP_MAX:
        return False
    cosigned = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    return keys.is_signed_ed25519(vkey.key, signature[TIMESTAMP_BYTES:], cosigned)


def _split(note: str) -> tuple[str, list[SignatureLine]]:
    """Part a note at its last empty line."""
    if any(character < " " and character != "\n" for character in note):
        raise Fails("the checkpoint holds a control character")
    body, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise Fails("the checkpoint is no signed note")
    return body + "\n", [_parse_line(line) for line in lines[:-1].split("\n")]


def _parse_line(line: str) -> SignatureLine:
    name, _, signed = line.removeprefix(LINE_START).partition(" ")
    if not line.startswith(LINE_START) or not is_key_name(name):
        raise Fails("a signature line of the checkpoint is malformed")
    found = read_b64(signed, "a signature line of the checkpoint")
    if len(found) <= KEY_ID_BYTES:
        raise Fails("a signature line of the checkpoint is too short")
    return SignatureLine(name, found[:KEY_ID_BYTES], found[KEY_ID_BYTES:])


def _verified_by(
    known: list[VerifierKey], text: str, lines: list[SignatureLine]
) -> set[VerifierKey]:
    """Give the known keys that signed. One bad line of a known key refuses the whole note."""
    verified: set[VerifierKey] = set()
    for line in dict.fromkeys(lines):
        meant = {vkey for vkey in known if (vkey.name, vkey.key_id) == (line.name, line.key_id)}
        good = {vkey for vkey in meant if _is_signed(vkey, text, line.signature)}
        if meant and not good:
            raise Fails(f"the checkpoint's line of {line.name} does not verify")
        verified |= good
    return verified


def _parse_text(text: str) -> tuple[str, int, bytes]:
    lines = text[:-1].split("\n")
    if len(lines) < CHECKPOINT_LINES_MIN or not all(lines):
        raise Fails("the checkpoint has not the lines of a checkpoint")
    if not DECIMAL.fullmatch(lines[1]):
        raise Fails("the checkpoint's size is no decimal number")
    return lines[0], int(lines[1]), read_b64(lines[2], "the checkpoint's root", size=HASH_BYTES)


def verify_checkpoint(
    note: str, *, log_keys: Iterable[str], witnesses: Mapping[str, str], quorum: int
) -> Checkpoint:
    """Check a note against the log's vkeys and, with a quorum, the witnesses' vkeys (type 04)."""
    text, lines = _split(note)
    origin, size, root = _parse_text(text)
    of_log = set(_read_vkeys(log_keys, {ED25519, ECDSA_P256}))
    of_witnesses = set(_read_vkeys(witnesses.values(), {COSIGNATURE}))
    verified = _verified_by([*of_log, *of_witnesses], text, lines)
    # The origin is the key name: a log key of another name says nothing about this log.
    by_log = {vkey for vkey in verified & of_log if vkey.name == origin}
    if not by_log:
        raise Fails("no line of a given log key verifies")
    cosigned = {vkey.key for vkey in verified & of_witnesses}
    if len(cosigned) < quorum:
        raise Fails(f"{len(cosigned)} witnesses cosigned, fewer than {quorum}")
    return Checkpoint(origin, size, root, frozenset(map(str, by_log)))
