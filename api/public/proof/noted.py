"""The checkpoint as people read it: each line that signs it, whose it is, and whether it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.answers.pages import Display
from api.shown.values import shown_time
from ledger.errors import FormError, ProofError
from ledger.log.checkpoint import (
    COSIGNATURE_V1,
    ECDSA_P256,
    ED25519,
    Note,
    NoteSignature,
    VerifierKey,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    verified_keys,
)
from ledger.statements.keys import verify_note_line

TYPES: Final = {
    ED25519: "01 Ed25519",
    ECDSA_P256: "02 ECDSA P-256, SHA-256",
    COSIGNATURE_V1: "04 cosignature/v1, Ed25519",
}
STAMP_BYTES: Final = 8  # of a cosignature: seconds since 1970, before the signature itself
STAMP_MAX: Final = 253_402_300_799  # the last second of the year 9999; beyond, no calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One signature line; `look` colours its verdict, `at` is a cosignature's time or ""."""

    name: str
    whose: str
    key_hash: str
    type: str
    at: str
    verdict: str
    look: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """The note with its lines; `quorum` witnesses are asked for, `found` of those known signed.

    `silent` are the names of those known that did not.
    """

    note: str
    origin: str
    size: int
    root: str
    lines: tuple[Line, ...]
    quorum: int
    found: int
    silent: tuple[str, ...]
    met: str
    look: str


def noted(
    text: str, *, log_keys: Sequence[str], witnesses: Sequence[str], quorum: int, display: Display
) -> Noted:
    """Take a note apart. `log_keys` and `witnesses` are the vkeys that this ledger knows."""
    note = parse_note(text)
    checkpoint = parse_checkpoint(note.text)
    known = _parsed([*log_keys, *witnesses])
    lines = [(line, _key_of(line, known)) for line in note.signatures]
    cosigned = {
        key.public
        for line, key in lines
        if key and key.algorithm == COSIGNATURE_V1 and _holds(note, line, key)
    }
    met = len(cosigned) >= quorum
    words = "够了" if met else "不够：未经见证"
    return Noted(
        note=text,
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        lines=tuple(_line(note, line, key, display) for line, key in lines),
        quorum=quorum,
        found=len(cosigned),
        silent=tuple(
            key.name
            for key in known
            if key.algorithm == COSIGNATURE_V1 and key.public not in cosigned
        ),
        met=display.say(words if quorum else "这里不要求"),
        look="is-green" if met and quorum else "" if met else "is-amber",
    )


def _parsed(vkeys: Sequence[str]) -> list[VerifierKey]:
    known = []
    for vkey in vkeys:
        try:
            known.append(parse_vkey(vkey))
        except FormError:
            continue  # a line of it is then nobody's, as for every verifier
    return known


def _key_of(line: NoteSignature, known: Sequence[VerifierKey]) -> VerifierKey | None:
    meant = [key for key in known if (key.name, key.key_hash) == (line.name, line.key_hash)]
    return meant[0] if meant else None


def _holds(note: Note, line: NoteSignature, key: VerifierKey) -> bool:
    try:
        one = Note(text=note.text, signatures=(line,))
        return bool(verified_keys(one, [key], verify_note_line))
    except ProofError:
        return False


def _line(note: Note, line: NoteSignature, key: VerifierKey | None, display: Display) -> Line:
    if key is None:
        whose, verdict, look = "不认识的钥匙", "没有核对", ""
    else:
        whose = "见证人的钥匙" if key.algorithm == COSIGNATURE_V1 else "日志钥匙"
        holds = _holds(note, line, key)
        verdict, look = ("签名成立", "is-green") if holds else ("签名对不上", "is-red")
    return Line(
        name=line.name,
        whose=display.say(whose),
        key_hash=line.key_hash.hex(),
        type=TYPES[key.algorithm] if key else display.say("不知道"),
        at=_stamp(line, display) if key and key.algorithm == COSIGNATURE_V1 else "",
        verdict=display.say(verdict),
        look=look,
        signature=line.signature.hex(),
    )


def _stamp(line: NoteSignature, display: Display) -> str:
    seconds = int.from_bytes(line.signature[:STAMP_BYTES], "big")
    return shown_time(min(seconds, STAMP_MAX) * 1_000, english=display.english)
