"""The form of a statement: format section 1, without regard to who may say it."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.stranger.jcs import read_statement
from tests.stranger.shape import (
    HASH_BYTES,
    Json,
    is_b64url,
    is_hex_32,
    read_b64,
    read_integer,
    read_list,
    read_member,
    read_object,
    read_text,
    refuse_members_but,
)
from tests.stranger.verdict import Fails

VERSION = 1
PAYLOAD_TYPE = b"application/vnd.daodi.statement.v1+json"
OUT = "#out"
URI_BYTES_MAX = 256
SUBJECTS_MAX = 200
REQUIRED = ("v", "ledger", "key", "seq", "prev", "signed_at", "kind", "body", "subjects")
OPTIONAL = ("inputs", "outputs", "sealed", "anchor")
# Only the authority, directly after the scheme, is bound to lowercase: paths may differ by case.
URI = re.compile(r"[a-z][a-z0-9+.-]*:(?://[^A-Z/?#]*(?:[/?][!-~]*)?|(?!//)[!-~]*)")
PRINTABLE = re.compile(r"[!-~]+")
CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
SIGNED_AT = re.compile(f"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})T{CLOCK}:[0-5][0-9][+-]{CLOCK}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement of version 1 whose form is right."""

    statement_id: str
    kid: str
    seq: int
    prev: str | None
    kind: str
    body: dict[str, Json]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    subjects: tuple[str, ...]
    sealed: dict[str, Json]


def pae(payload: bytes) -> bytes:
    """Give DSSE v1's pre-authentication encoding; lengths count bytes."""
    return b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE, len(payload), payload)


def is_uri(text: str) -> bool:
    """Whether `text` may name a thing: no `#`, at most 256 bytes."""
    return (
        len(text) <= URI_BYTES_MAX
        and PRINTABLE.fullmatch(text) is not None
        and "#" not in text
        and URI.fullmatch(text) is not None
    )


def is_subject(text: str) -> bool:
    """Whether `text` may name a chain: a thing, or a thing with `#out` behind it."""
    return len(text) <= URI_BYTES_MAX and is_uri(text.removesuffix(OUT))


def parse_statement(payload: str, statement_id: str, *, ledger: str, leaf: int) -> Statement | None:
    """Parse a statement, or give None for one of an unknown version: its form is not known here."""
    found = read_statement(payload, leaf=leaf)
    version = read_member(found, "v", "the statement", leaf=leaf)
    if not isinstance(version, int) or isinstance(version, bool):
        raise Fails("the statement's version is no integer", leaf=leaf)
    if version != VERSION:
        return None
    _check_members(found, ledger, leaf)
    prev = found["prev"]
    seq = read_integer(found["seq"], "seq", leaf=leaf)
    if (seq == 0) != (prev is None) or not (prev is None or is_hex_32(prev)):
        raise Fails("prev is null at 0 and only there, else a statement id", leaf=leaf)
    statement = Statement(
        statement_id=statement_id,
        kid=read_text(found["key"], "key", leaf=leaf),
        seq=seq,
        prev=prev if isinstance(prev, str) else None,
        kind=read_text(found["kind"], "kind", leaf=leaf),
        body=read_object(found["body"], "body", leaf=leaf),
        inputs=_read_uris(found, "inputs", leaf),
        outputs=_read_uris(found, "outputs", leaf),
        subjects=_read_uris(found, "subjects", leaf),
        sealed=read_object(found.get("sealed", {}), "sealed", leaf=leaf),
    )
    _check_things(statement, leaf)
    _check_list_rule(statement, leaf)
    return statement


def _check_members(found: dict[str, Json], ledger: str, leaf: int) -> None:
    for name in REQUIRED:
        read_member(found, name, "the statement", leaf=leaf)
    refuse_members_but(found, {*REQUIRED, *OPTIONAL}, "the statement", leaf=leaf)
    if found["ledger"] != ledger:
        raise Fails(f"the statement is for the ledger {found['ledger']!r}", leaf=leaf)
    if not is_hex_32(found["key"]):
        raise Fails("key is no key id", leaf=leaf)
    _check_signed_at(read_text(found["signed_at"], "signed_at", leaf=leaf), leaf)
    if "anchor" in found:
        _check_anchor(read_object(found["anchor"], "anchor", leaf=leaf), leaf)
    for name, commitment in read_object(found.get("sealed", {}), "sealed", leaf=leaf).items():
        if not is_b64url(commitment, HASH_BYTES):
            raise Fails(f"the sealed {name} is no commitment", leaf=leaf)


def _check_signed_at(text: str, leaf: int) -> None:
    parts = SIGNED_AT.fullmatch(text)
    if parts is None:
        raise Fails(f"signed_at is no time: {text!r}", leaf=leaf)
    try:
        dt.date.fromisoformat(parts[1])
    except ValueError as error:
        raise Fails(f"signed_at is no real date: {text}", leaf=leaf) from error


def _check_anchor(anchor: dict[str, Json], leaf: int) -> None:
    refuse_members_but(anchor, {"size", "root"}, "anchor", leaf=leaf)
    read_b64(read_member(anchor, "root", "anchor", leaf=leaf), "its root", size=32, leaf=leaf)
    size = read_integer(read_member(anchor, "size", "anchor", leaf=leaf), "its size", leaf=leaf)
    if size > leaf:
        raise Fails(f"the anchor's size {size} lies after the leaf", leaf=leaf)


def _read_uris(found: dict[str, Json], name: str, leaf: int) -> tuple[str, ...]:
    if name not in found:
        return ()
    fits = is_subject if name == "subjects" else is_uri
    uris: list[str] = []
    for uri in read_list(found[name], name, leaf=leaf):
        if not isinstance(uri, str) or not fits(uri):
            raise Fails(f"{name} holds what is no URI: {uri!r}", leaf=leaf)
        if uris and uri <= uris[-1]:
            raise Fails(f"{name} do not rise at {uri}", leaf=leaf)
        uris.append(uri)
    if not 1 <= len(uris) <= SUBJECTS_MAX:
        raise Fails(f"{name} has {len(uris)} entries", leaf=leaf)
    return tuple(uris)


def _check_things(statement: Statement, leaf: int) -> None:
    if statement.kind != "event" and (statement.inputs or statement.outputs):
        raise Fails("only an event has inputs and outputs", leaf=leaf)
    if set(statement.inputs) & set(statement.outputs):
        raise Fails("something is both input and output", leaf=leaf)
    needed = {*statement.outputs, *(uri + OUT for uri in statement.inputs)}
    missing = sorted(needed - set(statement.subjects))
    if missing:
        raise Fails(f"{missing[0]} is not among the subjects", leaf=leaf)


def _check_list_rule(statement: Statement, leaf: int) -> None:
    """Whatever the body of an event names as input or output, the statement says so too."""
    if statement.kind != "event":
        return
    for side, told in (("input", statement.inputs), ("output", statement.outputs)):
        for uri in _named_in(statement.body, side, leaf):
            if uri not in told:
                raise Fails(f"the body names the {side} {uri!r}, the statement not", leaf=leaf)


def _named_in(body: dict[str, Json], side: str, leaf: int) -> Iterator[Json]:
    yield from read_list(body.get(f"{side}EPCList", []), f"{side}EPCList", leaf=leaf)
    name = f"{side}QuantityList"
    for quantity in read_list(body.get(name, []), name, leaf=leaf):
        yield read_object(quantity, f"an entry of {name}", leaf=leaf).get("epcClass")
