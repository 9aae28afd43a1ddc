"""Every way to spoil what is posted: one row each, with the code and status that must answer."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.statements.envelope import pae
from ledger.statements.keys import PrivateKey, generate_private_key

PAYLOAD_TYPE = "application/vnd.daodi.statement.v1+json"
LOT = "https://ledger.example/lot/0123456789abcdefghjk"
CROP = "https://ledger.example/crop/0123456789abcdefghjk"

Value = dict[str, Any]


@dataclass(frozen=True)
class Ground:
    """A good statement's value at its place in a key's chain, and the key that signs."""

    key: PrivateKey
    value: Value

    def signed(self, payload: bytes, key: PrivateKey | None = None) -> Value:
        """An envelope over any bytes, with a signature that holds."""
        signature = (key or self.key).sign(pae(payload))
        return {
            "payload": b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": b64encode(signature).decode()}],
        }

    def stating(self, **members: Any) -> bytes:  # noqa: ANN401 — any JSON, that is the point
        """The good statement with other members, signed and posted."""
        return dump(self.signed(canonical({**self.value, **members})))

    def without(self, name: str) -> bytes:
        """The good statement without a member."""
        kept = {member: value for member, value in self.value.items() if member != name}
        return dump(self.signed(canonical(kept)))

    def bodied(self, **members: Any) -> bytes:  # noqa: ANN401 — any JSON, that is the point
        """The good statement with other members in its body."""
        return self.stating(body={**self.value["body"], **members})

    def good(self) -> Value:
        """The good statement's envelope."""
        return self.signed(canonical(self.value))

    def enveloped(self, **members: Any) -> bytes:  # noqa: ANN401 — any JSON, that is the point
        """The good envelope with other members."""
        return dump({**self.good(), **members})

    def respelt(self, old: bytes, new: bytes) -> bytes:
        """The good payload with some of its bytes exchanged, signed."""
        payload = canonical(self.value)
        assert payload.count(old) >= 1, old
        return dump(self.signed(payload.replace(old, new, 1)))


@dataclass(frozen=True)
class Row:
    """A sentence; the code and status that answer; what is posted instead of a good envelope."""

    sentence: str
    code: str
    spoil: Callable[[Ground], bytes]
    status: int = 400


def canonical(value: object) -> bytes:
    """The canonical form of a value whose texts are written as they are."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def dump(value: object) -> bytes:
    """Ordinary JSON."""
    return json.dumps(value).encode()


def nested(depth: int) -> Any:  # noqa: ANN401 — any JSON, that is the point
    """A list in a list, so many times."""
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def _wrong_signature(ground: Ground) -> bytes:
    good = ground.good()
    other = ground.signed(canonical({**ground.value, "seq": 1, "prev": "0" * 64}))
    return dump({**good, "signatures": other["signatures"]})


def _stranger(ground: Ground) -> bytes:
    key = generate_private_key("ES256")
    payload = canonical({**ground.value, "key": key.key_id})
    return dump(ground.signed(payload, key))


def _raw_lone_surrogate(ground: Ground) -> bytes:
    return dump(ground.good()).replace(b'"payloadType"', b'"\xed\xa0\x80"', 1)


def _spelt_in_envelope(old: bytes, new: bytes) -> Callable[[Ground], bytes]:
    return lambda ground: dump(ground.good()).replace(old, new, 1)


def _both_sides(ground: Ground) -> bytes:
    subjects = sorted({*ground.value["subjects"], LOT, LOT + "#out"})
    return ground.stating(inputs=[LOT], outputs=[LOT], subjects=subjects, body={"type": "x"})


def _sealed_name(name: str) -> Callable[[Ground], bytes]:
    return lambda ground: ground.stating(sealed={name: "A" * 43})


def _named(member: str, uri: str) -> Callable[[Ground], bytes]:
    return lambda ground: ground.bodied(**{member: [uri]})


ENVELOPES = (
    Row("what is not JSON", "not_json", lambda g: dump(g.good())[1:]),
    Row("half a body that claims to be whole", "not_json", lambda g: dump(g.good())[:200]),
    Row("an empty body", "not_json", lambda _: b""),
    Row("NaN", "not_json", lambda _: b'{"payload":NaN}'),
    Row("two values", "not_json", lambda g: dump(g.good()) + b" {}"),
    Row("what is not UTF-8", "not_utf8", _spelt_in_envelope(b'"payloadType"', b'"\xff"')),
    Row("a body in UTF-16", "not_utf8", lambda g: dump(g.good()).decode().encode("utf-16")),
    Row("a raw surrogate", "not_utf8", _raw_lone_surrogate),
    Row("an escaped surrogate", "lone_surrogate", _spelt_in_envelope(b"vnd", rb"\ud800")),
    Row("a surrogate as name", "lone_surrogate", _spelt_in_envelope(b"payloadType", rb"\udfff")),
    Row("a raw NUL", "nul_character", _spelt_in_envelope(b"vnd", b"\x00")),
    Row("an escaped NUL", "bad_envelope", _spelt_in_envelope(b"vnd", rb"\u0000")),
    Row("a member twice", "duplicate_member", _spelt_in_envelope(b"{", b'{"payload":"",')),
    Row("a list", "bad_envelope", lambda g: dump([g.good()])),
    Row("a number", "bad_envelope", lambda _: b"7"),
    Row("an envelope without signature", "bad_envelope", lambda g: g.enveloped(signatures=[])),
    Row(
        "an envelope with two signatures",
        "bad_envelope",
        lambda g: g.enveloped(signatures=g.good()["signatures"] * 2),
    ),
    Row("another payload type", "bad_envelope", lambda g: g.enveloped(payloadType="text/plain")),
    Row("an unknown member", "bad_envelope", lambda g: g.enveloped(more=1)),
    Row("a payload that is no text", "bad_envelope", lambda g: g.enveloped(payload=7)),
    Row("a payload that is no base64", "bad_base64", lambda g: g.enveloped(payload="!!!!")),
    Row("base64 without padding", "bad_base64", lambda g: g.enveloped(payload="e30")),
    Row("base64 with line ends", "bad_base64", lambda g: g.enveloped(payload="e3\n0=")),
    Row("base64 of the web", "bad_base64", lambda g: g.enveloped(payload="-_-_")),
    Row("base64 with spare bits", "bad_base64", lambda g: g.enveloped(payload="e31=")),
    Row(
        "a signature that is no base64",
        "bad_base64",
        lambda g: g.enveloped(signatures=[{"sig": "A"}]),
    ),
    Row(
        "an envelope nested a thousand deep",
        "bad_envelope",
        lambda g: g.enveloped(signatures=nested(900)),
    ),
    Row("an envelope too deep to read", "too_deep", lambda _: b"[" * 100_000 + b"]" * 100_000),
    Row("openings that are no list", "bad_opening", lambda g: g.enveloped(openings={})),
    Row("an opening of nothing sealed", "bad_opening", lambda g: g.enveloped(openings=[OPENING])),
    Row("too many openings", "too_large", lambda g: g.enveloped(openings=[OPENING] * 101), 413),
)
OPENING = {"name": "pickers", "salt": "A" * 22, "value": ["李四"]}

PAYLOADS = (
    Row("a payload that is not JSON", "not_json", lambda g: dump(g.signed(b"{"))),
    Row("an empty payload", "not_json", lambda g: dump(g.signed(b""))),
    Row("a payload that is not UTF-8", "not_utf8", lambda g: dump(g.signed(b'{"a":"\xff"}'))),
    Row("a payload that is a list", "wrong_type", lambda g: dump(g.signed(b"[]"))),
    Row("space that is not canonical", "not_canonical", lambda g: g.respelt(b",", b", ")),
    Row("an escape that is not canonical", "not_canonical", lambda g: g.respelt(b"/", b"\\/")),
    Row("members out of order", "not_canonical", lambda g: dump(g.signed(dump(_late(g))))),
    Row("a member twice in the payload", "duplicate_member", lambda g: g.respelt(b"{", b'{"v":1,')),
    Row("a surrogate in the payload", "lone_surrogate", lambda g: g.respelt(b"hand", rb"\ud800")),
    Row("a raw surrogate in the payload", "not_utf8", lambda g: g.bodied(x="\udfff")),
    Row("a raw NUL in the payload", "nul_character", lambda g: g.respelt(b"hand", b"\x00")),
    Row("an escaped NUL in the payload", "nul_character", lambda g: g.respelt(b"hand", rb"\u0000")),
    Row("a NUL as a name", "nul_character", lambda g: g.bodied(**{"\0": 1})),
    Row("a NUL in a sealed name", "nul_character", _sealed_name("\u0000")),
    Row("a name beyond ASCII", "bad_member_name", lambda g: g.bodied(地="x")),
    Row("1.0", "bad_number", lambda g: g.respelt(b"6667", b"6667.0")),
    Row("an exponent", "bad_number", lambda g: g.respelt(b"6667", b"1e21")),
    Row("a number beyond 2^53", "bad_number", lambda g: g.bodied(x=2**53)),
    Row("a number of ten thousand digits", "bad_number", lambda g: g.respelt(b"6667", b"9" * 9999)),
    Row("a payload 33 deep", "too_deep", lambda g: g.bodied(x=nested(31))),
    Row("a payload 10,000 deep", "too_deep", lambda g: g.bodied(x=nested(900))),
    Row("a payload over 32 KiB", "too_large", lambda g: g.bodied(x="x" * 32_768), 413),
    Row("version 2", "wrong_version", lambda g: g.stating(v=2)),
    Row("no version", "missing_member", lambda g: g.without("v")),
    Row("another ledger", "wrong_ledger", lambda g: g.stating(ledger="other.example/herbs")),
    Row("an unknown key", "unknown_key", _stranger, 403),
    Row("a wrong signature", "bad_signature", _wrong_signature, 401),
    Row("a short signature", "bad_signature", lambda g: g.enveloped(signatures=[SHORT]), 401),
    Row("a key that is no hex", "bad_hex", lambda g: g.stating(key="A" * 64)),
    Row("a gap", "seq_gap", lambda g: g.stating(seq=g.value["seq"] + 4, prev=HEX), 409),
    Row("a wrong prev", "wrong_prev", lambda g: g.stating(prev=HEX), 409),
    Row("no prev after the first", "wrong_type", lambda g: g.stating(prev=None)),
    Row("a number below nought", "bad_number", lambda g: g.stating(seq=-1)),
    Row("a number as text", "wrong_type", lambda g: g.stating(seq="1")),
    Row("a body that is a list", "wrong_type", lambda g: g.stating(body=[])),
    Row("an unknown kind", "unknown_kind", lambda g: _plain(g, kind="wish", body={})),
    Row("an unknown member of a statement", "unknown_member", lambda g: g.stating(more=1)),
    Row("a time without zone", "bad_time", lambda g: g.stating(signed_at="2026-10-28T09:00:00")),
    Row("a time in Zulu", "bad_time", lambda g: g.stating(signed_at="2026-10-28T09:00:00Z")),
    Row("February 30", "bad_time", lambda g: g.stating(signed_at="2026-02-30T09:00:00+08:00")),
    Row("an event's time without zone", "bad_event", lambda g: g.bodied(eventTime="2026-10-28")),
    Row("unsorted subjects", "bad_list", lambda g: g.stating(subjects=g.value["subjects"][::-1])),
    Row("a subject twice", "bad_list", lambda g: g.stating(subjects=g.value["subjects"][:1] * 2)),
    Row("no subject", "bad_list", lambda g: g.stating(subjects=[])),
    Row("201 subjects", "bad_list", lambda g: g.stating(subjects=MANY)),
    Row("a subject with a space", "bad_uri", lambda g: g.stating(subjects=["a: b"])),
    Row("an output that is no subject", "missing_subject", lambda g: g.stating(subjects=["a:b"])),
    Row(
        "an input without its out chain",
        "missing_subject",
        lambda g: g.stating(subjects=g.value["outputs"]),
    ),
    Row("a thing both input and output", "bad_list", _both_sides),
    Row("an unlisted input", "unlisted_thing", _named("inputEPCList", CROP)),
    Row("an unlisted output", "unlisted_thing", _named("outputEPCList", LOT)),
    Row("no inputs beside the body's", "unlisted_thing", lambda g: g.without("inputs")),
    Row("no outputs beside the body's", "unlisted_thing", lambda g: g.without("outputs")),
    Row("an event of no kind", "bad_event", lambda g: g.bodied(**{"daodi:kind": "WISH"})),
    Row("a sealed value in clear", "bad_event", lambda g: g.bodied(**{"daodi:pickers": ["李四"]})),
    Row("a commitment that is none", "bad_base64", lambda g: g.stating(sealed={"a": "b"})),
    Row(
        "an anchor beyond the log",
        "bad_anchor",
        lambda g: g.stating(anchor={"size": 10**6, "root": b64encode(bytes(32)).decode()}),
    ),
    Row(
        "a registry statement by nobody entitled",
        "not_registrar",
        lambda g: _plain(g, kind="actor.admit", body=ADMISSION, subjects=[ADMISSION["actor"]]),
        403,
    ),
)
ADMISSION = {"actor": "urn:daodi:actor:me", "name": "我", "roles": ["supervisor"]}
HEX = "0" * 64
MANY = [f"a:{number:03}" for number in range(201)]
SHORT = {"sig": b64encode(bytes(63)).decode()}


def _late(ground: Ground) -> Value:
    return dict(sorted(ground.value.items(), reverse=True))


def _plain(ground: Ground, **members: Any) -> bytes:  # noqa: ANN401 — any JSON, that is the point
    """The good statement as one of the registry's, which have neither inputs nor outputs."""
    kept = {n: v for n, v in ground.value.items() if n not in {"inputs", "outputs"}}
    return dump(ground.signed(canonical({**kept, **members})))
