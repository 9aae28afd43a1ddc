"""Leaves of the log: their bytes, one form each."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.errors import FormError
from ledger.log.leaves import (
    LINKS_MAX,
    NO_PREVIOUS,
    EventLeaf,
    Leaf,
    Link,
    StateLeaf,
    format_leaf,
    parse_leaf,
    read_leaf,
    subject_key,
)
from tests.log.mutation import mutated

HASH = st.binary(min_size=32, max_size=32)
U64 = st.integers(0, 2**64 - 1)
U32 = st.integers(0, 2**32 - 1)


@st.composite
def links(draw: st.DrawFn) -> tuple[Link, ...]:
    keys = sorted(draw(st.sets(HASH, min_size=1, max_size=8)))
    seqs = [draw(U32) for _ in keys]
    return tuple(
        Link(
            subject_key=key,
            subject_seq=seq,
            previous=draw(HASH.filter(any)) if seq else NO_PREVIOUS,
        )
        for key, seq in zip(keys, seqs, strict=True)
    )


EVENTS = st.builds(
    EventLeaf,
    index=U64,
    admitted_ms=U64,
    statement_id=HASH,
    key_id=HASH,
    key_seq=U32,
    links=links(),
)
STATES = st.builds(StateLeaf, index=U64, at_ms=U64, map_root=HASH)
LEAVES = st.one_of(EVENTS, STATES)

FIRST = Link(subject_key=bytes([1] * 32), subject_seq=0, previous=NO_PREVIOUS)
LATER = Link(subject_key=bytes([2] * 32), subject_seq=7, previous=bytes([9] * 32))
EVENT = EventLeaf(
    index=3,
    admitted_ms=4,
    statement_id=bytes([5] * 32),
    key_id=bytes([6] * 32),
    key_seq=7,
    links=(FIRST, LATER),
)
STATE = StateLeaf(index=8, at_ms=9, map_root=bytes([10] * 32))


def refused(leaf: Leaf) -> bool:
    with pytest.raises(FormError) as refusal:
        format_leaf(leaf)
    return refusal.value.code == "bad_leaf"


def test_a_subject_key_hashes_a_tag_and_the_uri() -> None:
    uri = "https://ledger.example/lot/x#out"
    assert subject_key(uri) == sha256(b"daodi/subject\x00" + uri.encode()).digest()


def test_an_event_leaf_has_the_bytes_of_format_v1() -> None:
    expected = "01" + "0000000000000003" + "0000000000000004" + "05" * 32 + "06" * 32 + "00000007"
    expected += "0002" + "01" * 32 + "00000000" + "00" * 32 + "02" * 32 + "00000007" + "09" * 32
    assert format_leaf(EVENT).hex() == expected


def test_a_state_leaf_has_49_bytes() -> None:
    raw = format_leaf(STATE)
    assert raw.hex() == "02" + "0000000000000008" + "0000000000000009" + "0a" * 32
    assert len(raw) == 49


@given(leaf=LEAVES)
def test_every_leaf_is_read_back_as_it_was_written(leaf: Leaf) -> None:
    assert parse_leaf(format_leaf(leaf)) == leaf


@given(data=st.data(), leaf=LEAVES)
def test_changed_bytes_are_refused_or_are_another_leafs_one_form(
    data: st.DataObject, leaf: Leaf
) -> None:
    raw = data.draw(mutated(format_leaf(leaf)))
    try:
        found = parse_leaf(raw)
    except FormError as refusal:
        assert refusal.code == "bad_leaf"  # noqa: PT017 — a mutation may also hit on a leaf
    else:
        assert format_leaf(found) == raw


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"\x03" + format_leaf(STATE)[1:],
        format_leaf(STATE)[:-1],
        format_leaf(STATE) + b"\x00",
        format_leaf(EVENT)[:80],
        format_leaf(EVENT)[:-1],
        format_leaf(EVENT) + b"\x00",
        format_leaf(EVENT)[:85] + b"\x00\x00",
    ],
)
def test_bytes_that_are_no_leaf_are_refused(raw: bytes) -> None:
    with pytest.raises(FormError) as refusal:
        parse_leaf(raw)
    assert refusal.value.code == "bad_leaf"


def test_the_most_links_that_fit_are_200() -> None:
    many = tuple(
        Link(subject_key=number.to_bytes(32, "big"), subject_seq=0, previous=NO_PREVIOUS)
        for number in range(LINKS_MAX + 1)
    )
    fits = replace(EVENT, links=many[:LINKS_MAX])
    assert parse_leaf(format_leaf(fits)) == fits
    assert refused(replace(EVENT, links=many))
    assert refused(replace(EVENT, links=()))


def test_links_stand_in_order_and_once() -> None:
    assert refused(replace(EVENT, links=(LATER, FIRST)))
    assert refused(replace(EVENT, links=(FIRST, FIRST)))


def test_a_link_has_no_previous_leaf_exactly_when_it_is_the_first() -> None:
    assert refused(replace(EVENT, links=(replace(FIRST, subject_seq=1),)))
    assert refused(replace(EVENT, links=(replace(LATER, subject_seq=0),)))


def test_reading_by_shape_leaves_what_the_links_say_to_later_checks() -> None:
    raw = format_leaf(EVENT)
    head, first, later = raw[:87], raw[87:155], raw[155:]
    assert read_leaf(raw) == EVENT
    without_links = raw[:85] + b"\x00\x00"
    zeros_at_one = head + first[:35] + b"\x01" + bytes(32) + later
    for odd in (without_links, zeros_at_one):
        assert isinstance(read_leaf(odd), EventLeaf)
        with pytest.raises(FormError):
            parse_leaf(odd)
    with pytest.raises(FormError):
        read_leaf(head + later + first)


def test_a_leaf_that_does_not_fit_its_places_is_not_written() -> None:
    assert refused(replace(EVENT, index=-1))
    assert refused(replace(EVENT, key_seq=2**32))
    assert refused(replace(EVENT, key_id=b"short"))
    assert refused(replace(EVENT, links=(replace(FIRST, subject_key=b"short"),)))
    assert refused(replace(STATE, map_root=bytes(33)))
    assert refused(replace(STATE, at_ms=2**64))
