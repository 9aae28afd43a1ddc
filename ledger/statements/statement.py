"""Statements: the form that an actor signs, one JSON object in JCS form: format v1 section 1."""

import re
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import structs

from ledger.canonical import JsonObject, JsonValue, canonical_bytes, parse_canonical
from ledger.errors import FormError, StandingError
from ledger.statements.chains import (
    OUT,
    check_event_lists,
    check_things,
    is_out,
    is_subject,
    is_uri,
    key_uri,
    ledger_uri,
    out_chain,
    own_chain,
    parse_subjects,
    parse_things,
)
from ledger.statements.envelope import (
    PAYLOAD_BYTES_MAX,
    Envelope,
    encode_base64,
    pae,
)
from ledger.statements.keys import PrivateKey, PublicKey

# The names of chains are part of what this module offers.
__all__ = [
    "EVENT",
    "KINDS",
    "OUT",
    "REGISTRY_KINDS",
    "SEQ_MAX",
    "VERSION",
    "Anchor",
    "Claim",
    "FindKey",
    "Statement",
    "check_anchor",
    "draft",
    "is_hex64",
    "is_out",
    "is_subject",
    "is_uri",
    "key_uri",
    "ledger_uri",
    "out_chain",
    "own_chain",
    "parse_claim",
    "read_claim",
    "signed_at_ms",
    "verify",
    "verify_claim",
]

VERSION: Final = 1
EVENT: Final = "event"
REGISTRY_KINDS: Final = frozenset(
    {
        "genesis",
        "log.key.rotate",
        "registrar.rotate",
        "actor.admit",
        "actor.suspend",
        "actor.restore",
        "key.enrol",
        "key.retire",
        "key.suspect",
        "site.register",
        "site.amend",
        "approve",
    }
)
KINDS: Final = REGISTRY_KINDS | {EVENT}

SEQ_MAX: Final = 2**32 - 1  # a leaf states the number as u32

_REQUIRED: Final = frozenset(
    {"v", "ledger", "key", "seq", "prev", "signed_at", "kind", "body", "subjects"}
)
_MEMBERS: Final = _REQUIRED | {"inputs", "outputs", "sealed", "anchor"}

_HEX64: Final = re.compile(r"[0-9a-f]{64}")
_ROOT: Final = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")  # base64 of 32 bytes
_COMMITMENT: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")  # base64url of 32 bytes
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]"
)
# Times that are real without a look at the calendar: days to 28, years from 1.
_PLAIN_TIME: Final = re.compile(
    r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][+-](?:[01][0-9]|2[0-3]):[0-5][0-9]"
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The newest checkpoint that the device had seen: tree size and root (32 bytes)."""

    size: int
    root: bytes


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A well-formed statement, not yet verified: somebody claims that `key` said this.

    `prev` and `statement_id` are hex; lists are strictly increasing; `sealed` maps a name to its
    commitment; `payload` is the exact canonical bytes, kept and never made anew. A struct, for
    one is made for every statement: that takes a quarter of a frozen dataclass's time.
    """

    ledger: str
    key: str
    seq: int
    prev: str | None
    signed_at: str
    kind: str
    body: JsonObject
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    subjects: tuple[str, ...]
    sealed: Mapping[str, str]
    anchor: Anchor | None
    payload: bytes
    statement_id: str


class Statement(Claim, frozen=True, kw_only=True):
    """A claim whose signature holds under `public_key`. Only `verify_claim` makes one."""

    signature: bytes
    public_key: PublicKey


FindKey = Callable[[str], PublicKey | None]


def parse_claim(payload: bytes) -> Claim:
    """Return the claim of canonical bytes; every rule of section 1, not the bodies of section 6.

    Raises FormError. `wrong_version` and `unknown_kind` say that this program cannot judge;
    `unknown_kind` comes last, when nothing else is wrong.
    """
    claim = read_claim(payload)
    if claim.kind not in KINDS:
        raise FormError("unknown_kind", f"kind {claim.kind!r} is not one of format v1")
    return claim


def read_claim(payload: bytes) -> Claim:
    """As `parse_claim`, but of any kind: a verifier goes on to look for what is stronger."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise FormError("too_large", f"{len(payload)} bytes, not at most {PAYLOAD_BYTES_MAX}")
    value = _parse_members(payload)
    kind = value["kind"]
    if type(kind) is not str:
        raise FormError("wrong_type", "kind is not text")
    body = value["body"]
    if type(body) is not dict:
        raise FormError("wrong_type", "body is not an object")
    ledger = value["ledger"]
    if type(ledger) is not str:
        raise FormError("wrong_type", "ledger is not text")
    seq, prev = _parse_place(value["seq"], value["prev"])
    signed_at = value["signed_at"]
    if type(signed_at) is not str:
        raise FormError("wrong_type", "signed_at is not text")
    if _PLAIN_TIME.fullmatch(signed_at) is None:
        signed_at_ms(signed_at)  # to be refused, or one of the days that not every month has
    subjects = parse_subjects(value["subjects"])
    inputs = parse_things(value["inputs"], "inputs") if "inputs" in value else ()
    outputs = parse_things(value["outputs"], "outputs") if "outputs" in value else ()
    if kind == EVENT:
        check_things(inputs, outputs, subjects)
        check_event_lists(body, inputs, outputs)
    elif inputs or outputs:
        raise FormError("unknown_member", "only an event has inputs or outputs")
    return Claim(
        ledger=ledger,
        key=_parse_hex(value["key"], "key"),
        seq=seq,
        prev=prev,
        signed_at=signed_at,
        kind=kind,
        body=body,
        inputs=inputs,
        outputs=outputs,
        subjects=subjects,
        sealed=_parse_sealed(value["sealed"]) if "sealed" in value else {},
        anchor=_parse_anchor(value["anchor"]) if "anchor" in value else None,
        payload=payload,
        statement_id=sha256(pae(payload)).hexdigest(),
    )


def verify(envelope: Envelope, find_key: FindKey) -> Statement:
    """Return the statement of an envelope: form, known key, signature.

    Raises FormError, StandingError("unknown_key"), SignatureError("bad_signature").
    """
    claim = parse_claim(envelope.payload)
    public_key = find_key(claim.key)
    if public_key is None:
        raise StandingError("unknown_key", f"key {claim.key} is not enrolled")
    return verify_claim(claim, envelope.signature, public_key)


def verify_claim(claim: Claim, signature: bytes, public_key: PublicKey) -> Statement:
    """Return the statement if `signature` by `public_key` holds over the claim's PAE.

    Raises StandingError("unknown_key") for a key of another id, SignatureError("bad_signature").
    """
    if public_key.key_id != claim.key:
        raise StandingError("unknown_key", f"key {public_key.key_id} is not {claim.key}")
    public_key.verify(pae(claim.payload), signature)
    members = structs.asdict(claim)
    members["signature"], members["public_key"] = signature, public_key
    return Statement(**members)


def draft(  # noqa: PLR0913 — one argument for each member of a statement
    *,
    ledger: str,
    key: PrivateKey,
    seq: int,
    prev: str | None,
    signed_at: str,
    kind: str,
    body: JsonObject,
    subjects: Iterable[str],
    inputs: Iterable[str] = (),
    outputs: Iterable[str] = (),
    sealed: Mapping[str, str] | None = None,
    anchor: Anchor | None = None,
) -> tuple[Claim, Envelope]:
    """Return a signed statement; lists are sorted and freed of repetitions.

    Raises FormError as `parse_claim` does: nothing is signed that the ledger would refuse for form.
    """
    value: JsonObject = {
        "v": VERSION,
        "ledger": ledger,
        "key": key.key_id,
        "seq": seq,
        "prev": prev,
        "signed_at": signed_at,
        "kind": kind,
        "body": body,
        "subjects": [*sorted(set(subjects))],
    }
    for name, things in (("inputs", sorted(set(inputs))), ("outputs", sorted(set(outputs)))):
        if things:
            value[name] = [*things]
    if sealed:
        value["sealed"] = {**sealed}
    if anchor is not None:
        value["anchor"] = {"size": anchor.size, "root": encode_base64(anchor.root)}
    claim = parse_claim(canonical_bytes(value))
    return claim, Envelope(payload=claim.payload, signature=key.sign(pae(claim.payload)))


def check_anchor(claim: Claim, *, index: int) -> None:
    """Raise FormError("bad_anchor") when the anchor is newer than the statement's own leaf."""
    if claim.anchor is not None and claim.anchor.size > index:
        raise FormError("bad_anchor", f"anchor of size {claim.anchor.size} at leaf {index}")


def signed_at_ms(text: str) -> int:
    """Return milliseconds since 1970 UTC of `YYYY-MM-DDThh:mm:ss±hh:mm`. FormError("bad_time")."""
    if _TIME.fullmatch(text) is None:
        raise FormError("bad_time", f"{text!r} is not YYYY-MM-DDThh:mm:ss±hh:mm")
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MILLISECOND
    except ValueError as error:  # the 30th of February
        raise FormError("bad_time", f"{text!r} is not a real date") from error


def is_hex64(text: str) -> bool:
    """Tell whether `text` is a SHA-256 in lowercase hex: a key id, a statement id."""
    return _HEX64.fullmatch(text) is not None


def _parse_members(payload: bytes) -> JsonObject:
    value = parse_canonical(payload)
    if type(value) is not dict:
        raise FormError("wrong_type", "a statement is an object")
    # The version first: what other members another version has, this program cannot know.
    version = value.get("v")
    if version != VERSION or type(version) is not int:
        if type(version) is int:
            raise FormError("wrong_version", f"version {version}, not {VERSION}")
        raise FormError("wrong_type" if "v" in value else "missing_member", "v is not an integer")
    members = value.keys()
    if not members >= _REQUIRED:
        raise FormError("missing_member", f"without {', '.join(sorted(_REQUIRED - members))}")
    if not members <= _MEMBERS:
        raise FormError("unknown_member", f"with {', '.join(sorted(members - _MEMBERS))}")
    return value


def _parse_hex(value: JsonValue, name: str) -> str:
    if type(value) is not str:
        raise FormError("wrong_type", f"{name} is not text")
    if _HEX64.fullmatch(value) is None:
        raise FormError("bad_hex", f"{name} is not 64 lowercase hex digits")
    return value


def _parse_place(seq: JsonValue, prev: JsonValue) -> tuple[int, str | None]:
    if type(seq) is not int:
        raise FormError("wrong_type", "seq is not an integer")
    if not 0 <= seq <= SEQ_MAX:
        raise FormError("bad_number", f"seq {seq} is not within 0 … {SEQ_MAX}")
    if (prev is None) != (seq == 0):
        raise FormError("wrong_type", "prev is null at seq 0, and only there")
    return seq, None if prev is None else _parse_hex(prev, "prev")


def _parse_sealed(value: JsonValue) -> Mapping[str, str]:
    if type(value) is not dict:
        raise FormError("wrong_type", "sealed is not an object")
    sealed: dict[str, str] = {}
    for name, commitment in value.items():
        if type(commitment) is not str:
            raise FormError("wrong_type", f"sealed {name} is not text")
        if _COMMITMENT.fullmatch(commitment) is None:
            raise FormError("bad_base64", f"sealed {name} is not base64url of 32 bytes")
        sealed[name] = commitment
    return sealed


def _parse_anchor(value: JsonValue) -> Anchor:
    if type(value) is not dict:
        raise FormError("wrong_type", "anchor is not an object")
    if "size" not in value or "root" not in value:
        raise FormError("missing_member", "an anchor has size and root")
    if len(value) != len(("size", "root")):
        raise FormError("unknown_member", "an anchor has only size and root")
    size, root = value["size"], value["root"]
    if type(size) is not int or type(root) is not str:
        raise FormError("wrong_type", "size is an integer and root is text")
    if size < 0:
        raise FormError("bad_number", f"anchor of size {size}")
    if _ROOT.fullmatch(root) is None:
        raise FormError("bad_base64", "the anchor's root is not base64 of 32 bytes")
    return Anchor(size=size, root=a2b_base64(root))
