"""The quick reading of events takes nothing that the rooms with the rules refuse, nor otherwise."""

from collections.abc import Collection, Iterator
from typing import Final

import msgspec
import pytest

from ledger.canonical import JsonObject, JsonValue, canonical_bytes
from ledger.errors import DaodiError
from ledger.herbs.events import chains_of, parse_recorded_event
from ledger.herbs.vocabulary import COMMON_ELEMENTS, Kind
from ledger.register.door import Parcel, read_payload, verify_parcel
from ledger.seam import Meaning
from ledger.statements.envelope import Envelope, pae
from ledger.statements.keys import generate_private_key
from ledger.statements.statement import Claim, parse_claim
from ledger.typed import read_event
from tests.herbs.whole import EVENTS, HEX, WHEN, whole_body

ODD: Final[tuple[JsonValue, ...]] = (
    None, True, 0, -1, 1.0, 0.5, -0.0, 1e22, 5e-6, 2**53, 2**70, "", " ", "x:", "x:y", "a#b",
    "2026-02-30", "daodi:kind", HEX, "https://Host.example/a", "文", [], {}, ["a", "a"], [1],
    {"文": 1}, {"a:b": 1},
)  # fmt: skip
READ_MIN: Final = 24  # kinds of the fifty: the rest say lists and tables, which others judge


def payload_of(
    kind: Kind, *, seq: int = 3, without: Collection[str] = (), **more: JsonValue
) -> bytes:
    """A whole statement of a kind, unsigned; without some members of its body."""
    body = {key: value for key, value in whole_body(kind).items() if key not in without}
    inputs, outputs, subjects = chains_of(parse_recorded_event(body))
    value: JsonObject = {
        "v": 1,
        "ledger": "ledger.example/herbs",
        "key": HEX,
        "seq": seq,
        "prev": HEX if seq else None,
        "signed_at": WHEN,
        "kind": "event",
        "body": body,
        "subjects": [*subjects],
        **more,
    }
    for name, uris in (("inputs", inputs), ("outputs", outputs)):
        if uris:
            value[name] = [*uris]
    return canonical_bytes(value)


def judged(payload: bytes) -> tuple[Claim, Meaning] | None:
    """What the rooms with the rules make of it; None where they refuse."""
    try:
        claim = parse_claim(payload)
        meaning = Meaning.of(parse_recorded_event(claim.body))
    except DaodiError:
        return None
    return msgspec.structs.replace(claim, body={}), meaning


def is_right(payload: bytes) -> bool:
    """Whether the quick reading says nothing, or what the rules say."""
    read = read_event(payload)
    return read is None or read == judged(payload)


def changed(value: JsonValue) -> Iterator[JsonValue]:
    """The value with each part of it in turn made odd, left out or written beside a stranger."""
    yield from ODD
    if isinstance(value, dict):
        for name, part in value.items():
            yield {other: each for other, each in value.items() if other != name}
            yield from ({**value, name: odd} for odd in changed(part))
        yield {**value, "stranger": 1}
        yield {**value, "daodi:stranger": "x"}
    elif isinstance(value, list):
        yield [*value, *value]
        for place, part in enumerate(value):
            yield from ([*value[:place], odd, *value[place + 1 :]] for odd in changed(part))


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.code)
def test_an_event_of_every_kind_is_read_as_the_rules_read_it(kind: Kind) -> None:
    for more in (
        {},
        {"seq": 0},
        {"anchor": {"size": 7, "root": "A" * 43 + "="}},
        {"sealed": {"operator": "A" * 43}},
    ):
        payload = payload_of(kind, **more)
        assert judged(payload) is not None
        assert is_right(payload)


def test_most_kinds_are_read_quickly() -> None:
    assert sum(read_event(payload_of(kind)) is not None for kind in EVENTS) >= READ_MIN


def test_a_kind_that_may_say_a_table_is_read_quickly_where_it_says_none() -> None:
    (kind,) = (kind for kind in EVENTS if kind.code == "RETEST")
    assert read_event(payload_of(kind)) is None
    payload = payload_of(kind, without={"daodi:items", "daodi:conclusion"})
    assert read_event(payload) is not None
    assert is_right(payload)


@pytest.mark.parametrize("code", ["DRY", "STORE_IN", "SOW"])
def test_nothing_odd_is_taken_that_the_rules_refuse(code: str) -> None:
    (kind,) = (kind for kind in EVENTS if kind.code == code)
    more: JsonObject = {"anchor": {"size": 7, "root": "A" * 43 + "="}, "sealed": {"a": "A" * 43}}
    value = msgspec.json.decode(payload_of(kind, **more))
    encoder = msgspec.json.Encoder(order="sorted")
    wrong = [odd for odd in changed(value) if not is_right(encoder.encode(odd))]
    assert wrong == []


def test_no_flipped_bit_is_read_otherwise_than_by_the_rules() -> None:
    (kind,) = (kind for kind in EVENTS if kind.code == "SOW")
    payload = payload_of(kind)
    assert read_event(payload) is not None
    for place in range(len(payload)):
        for bit in (0, 5):
            other = bytearray(payload)
            other[place] ^= 1 << bit
            assert is_right(bytes(other)), (place, bit)


@pytest.mark.parametrize("space", [b" ", b"\n"])
def test_a_space_anywhere_makes_an_event_no_canonical_one(space: bytes) -> None:
    (kind,) = (kind for kind in EVENTS if kind.code == "DRY")
    payload = payload_of(kind)
    for place in range(len(payload) + 1):
        assert is_right(payload[:place] + space + payload[place:])


def test_what_is_longer_than_a_statement_may_be_is_left_to_others() -> None:
    (kind,) = (kind for kind in EVENTS if kind.code == "DRY")
    assert read_event(payload_of(kind, sealed={f"a{n}": "A" * 43 for n in range(700)})) is None


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.code)
def test_what_must_be_sealed_is_not_read_in_clear(kind: Kind) -> None:
    """The door refuses it, so the quick reading may not vouch for it."""
    for element in (*kind.elements, *COMMON_ELEMENTS):
        if element.sealed:
            value = msgspec.json.decode(payload_of(kind))
            value["body"][f"daodi:{element.key}"] = "张三"
            assert read_event(canonical_bytes(value)) is None


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.code)
def test_the_door_reads_an_event_of_every_kind_as_the_rules_read_it(kind: Kind) -> None:
    key = generate_private_key("ES256")
    payload = payload_of(kind, key=key.key_id)
    envelope = Envelope(payload=payload, signature=key.sign(pae(payload)))
    parcel, claim, (quick, meaning) = (
        Parcel(envelope=envelope),
        parse_claim(payload),
        read_payload(payload),
    )
    origin = claim.ledger
    by_rules = verify_parcel(parcel, claim, key.public, origin=origin)
    at_once = verify_parcel(parcel, quick, key.public, origin=origin, meaning=meaning)
    assert at_once == by_rules


def test_the_door_leaves_what_may_hold_a_null_to_the_rules() -> None:
    (kind,) = (kind for kind in EVENTS if kind.code == "DRY")
    value = msgspec.json.decode(payload_of(kind))
    value["body"]["daodi:display_name"] = "\x00"
    _, meaning = read_payload(canonical_bytes(value))
    assert meaning is None
