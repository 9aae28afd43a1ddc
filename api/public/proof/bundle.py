"""The evidence bundle in types: format v1 section 7, as `ledger.evidence.make` writes it."""

import msgspec

from ledger.canonical import JsonObject
from ledger.statements.envelope import decode_base64


class Bound(msgspec.Struct, frozen=True):
    """A subject's proof in the map: its bucket's pairs, and siblings upwards; base64, "" is empty.

    The bucket lies at level 0.
    """

    bucket: list[tuple[str, str]]
    siblings: list[str]


class Subject(msgspec.Struct, frozen=True):
    """A chain: its URI, the indices of its leaves, and what the map binds to it."""

    uri: str
    leaves: list[int]
    map: Bound


class Signed(msgspec.Struct, frozen=True):
    """A statement's canonical text and its signature in base64."""

    payload: str
    sig: str


class SigningKey(msgspec.Struct, frozen=True):
    """A key that signed: its algorithm and its SubjectPublicKeyInfo in base64."""

    alg: str
    spki: str


class Log(msgspec.Struct, frozen=True):
    """Nodes of the tree in base64, and which of them prove each leaf, from the leaf upwards."""

    nodes: list[str]
    proofs: dict[str, list[int]]


class Bundle(msgspec.Struct, frozen=True):
    """The file that anybody may download; sealed values are not among what is read here."""

    origin: str
    asked: str
    checkpoint: str
    leaves: dict[str, str]
    log: Log
    subjects: list[Subject]
    statements: dict[str, Signed]
    keys: dict[str, SigningKey]


def parse_bundle(evidence: JsonObject) -> Bundle:
    """Return the typed view of a bundle of our own making."""
    return msgspec.convert(evidence, Bundle)


def hex_of(text: str) -> str:
    """Base64 as hex, which people compare more easily; "" stays."""
    return decode_base64(text).hex() if text else ""
