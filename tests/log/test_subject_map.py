"""The map of subjects: the plain definition, overlays, proofs of presence and of absence."""

from dataclasses import replace
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import ProofError
from ledger.log.map_roots import MapRoots
from ledger.log.subject_map import (
    MapProof,
    SubjectMap,
    bucket_hash,
    bucket_number,
    empty_roots,
    map_value,
    verify_map_proof,
)

DEPTHS = st.sampled_from([1, 2, 4, 5, 6, 8, 9, 13, 20, 24, 40, 256])
VALUES = st.binary(min_size=32, max_size=32)
# Few beginnings, so that buckets are shared; few ends, so that keys are bound again.
KEYS = st.builds(
    lambda start, end: start + bytes(32 - len(start) - 1) + end,
    st.one_of(st.sampled_from([b"\x00", b"\x80\x01", b"\xff\xff\xff"]), st.binary(max_size=4)),
    st.sampled_from([b"\x00", b"\x01", b"\xff"]),
)
BINDINGS = st.dictionaries(KEYS, VALUES, max_size=24)


def h(raw: bytes) -> bytes:
    return sha256(raw).digest()


@cache
def empty_by_definition(height: int) -> bytes:
    if height == 0:
        return h(b"\x20" + bytes(4))
    return h(b"\x21" + empty_by_definition(height - 1) * 2)


def root_by_definition(bound: dict[bytes, bytes], depth: int, bit: int = 0) -> bytes:
    """The whole tree from its definition, bit after bit of the keys."""
    if not bound:
        return empty_by_definition(depth - bit)
    if bit == depth:
        records = b"".join(key + bound[key] for key in sorted(bound))
        return h(b"\x20" + len(bound).to_bytes(4, "big") + records)
    sides: tuple[dict[bytes, bytes], dict[bytes, bytes]] = ({}, {})
    for key, value in bound.items():
        sides[key[bit // 8] >> (7 - bit % 8) & 1][key] = value
    left, right = (root_by_definition(side, depth, bit + 1) for side in sides)
    return h(b"\x21" + left + right)


def key_at(bucket: int, depth: int, end: int = 0) -> bytes:
    return ((bucket << (256 - depth)) + end).to_bytes(32, "big")


def test_a_value_binds_count_and_head() -> None:
    head = bytes([7] * 32)
    assert map_value(3, head) == h(b"\x30\x00\x00\x00\x03" + head)


def test_a_bucket_hashes_its_number_of_pairs_and_the_pairs() -> None:
    pairs = [(bytes([1] * 32), bytes([2] * 32)), (bytes([3] * 32), bytes([4] * 32))]
    records = b"".join(key + value for key, value in pairs)
    assert bucket_hash(pairs) == h(b"\x20\x00\x00\x00\x02" + records)
    assert bucket_hash([]) == h(b"\x20\x00\x00\x00\x00")


def test_a_bucket_is_the_first_bits_of_the_key() -> None:
    key = bytes.fromhex("80000000000000000000000000000000000000000000000000000000000000ff")
    assert [bucket_number(key, depth) for depth in (1, 2, 8)] == [1, 2, 128]
    assert bucket_number(key, 256) == int.from_bytes(key, "big")


def test_empty_subtrees_have_one_root_for_each_level() -> None:
    roots = empty_roots(9)
    assert len(roots) == 10
    for level, root in enumerate(roots):
        assert root == empty_by_definition(level)


@pytest.mark.parametrize("depth", [1, 3, 4, 5, 8, 16, 20, 24])
def test_an_empty_map_has_the_empty_root_and_proves_every_key_absent(depth: int) -> None:
    subject_map = SubjectMap(depth)
    assert subject_map.root() == empty_by_definition(depth)
    assert len(subject_map) == 0
    key = bytes([0xA5] * 32)
    proof = subject_map.prove(key)
    assert proof == MapProof(bucket=(), siblings=(b"",) * depth)
    assert verify_map_proof(proof, key=key, depth=depth, root=subject_map.root()) is None


@pytest.mark.parametrize("depth", [0, -1, 257])
def test_a_map_has_between_one_and_256_levels(depth: int) -> None:
    with pytest.raises(ValueError, match="depth"):
        SubjectMap(depth)


@settings(deadline=None)
@given(depth=DEPTHS, bound=BINDINGS)
def test_building_gives_the_root_of_the_definition(depth: int, bound: dict[bytes, bytes]) -> None:
    subject_map = SubjectMap.build(depth, bound.items())
    assert subject_map.root() == root_by_definition(bound, depth)
    assert len(subject_map) == len(bound)
    for key, value in bound.items():
        assert subject_map.value(key) == value


@settings(deadline=None)
@given(depth=DEPTHS, groups=st.lists(BINDINGS, min_size=1, max_size=5))
def test_group_after_group_gives_what_building_at_once_gives(
    depth: int, groups: list[dict[bytes, bytes]]
) -> None:
    subject_map = SubjectMap(depth)
    bound: dict[bytes, bytes] = {}
    for group in groups:
        before = subject_map.root()
        overlay = subject_map.overlay()
        for key, value in group.items():
            overlay.bind(key, value)
        after = root_by_definition(bound | group, depth)
        assert overlay.root() == after
        assert subject_map.root() == before
        assert len(subject_map) == len(bound)
        overlay.apply()
        bound |= group
        assert subject_map.root() == after == SubjectMap.build(depth, bound.items()).root()
        assert len(subject_map) == len(bound)
        assert {key: subject_map.value(key) for key in bound} == bound


@settings(deadline=None)
@given(
    depth=DEPTHS,
    expected=st.sampled_from([0, 1, 60, 5_000]),
    groups=st.lists(BINDINGS, min_size=1, max_size=5),
)
def test_whoever_proves_nothing_finds_the_roots_of_the_definition(
    depth: int, expected: int, groups: list[dict[bytes, bytes]]
) -> None:
    roots = MapRoots(depth, expected=expected)
    bound: dict[bytes, bytes] = {}
    for group in groups:
        bound |= group
        assert roots.bind(group) == root_by_definition(bound, depth)


@pytest.mark.parametrize("depth", [1, 7, 20, 256])
def test_roots_of_many_subjects_in_groups_of_all_sizes_are_those_of_the_map(depth: int) -> None:
    subject_map, roots = SubjectMap(depth), MapRoots(depth)
    for number, size in enumerate((0, 1, 3, 40, 200, 1, 300)):
        # Half of each group's subjects were bound in the group before it.
        group = {h(b"%d" % (n + size // 2)): h(b"%d %d" % (n, number)) for n in range(size)}
        overlay = subject_map.overlay()
        for key, value in group.items():
            overlay.bind(key, value)
        overlay.apply()
        assert roots.bind(group) == subject_map.root()


@pytest.mark.parametrize("depth", [0, -1, 257])
def test_roots_are_of_a_map_of_one_to_256_levels(depth: int) -> None:
    with pytest.raises(ValueError, match="depth"):
        MapRoots(depth)


@settings(deadline=None)
@given(depth=DEPTHS, bound=BINDINGS, group=BINDINGS)
def test_an_overlay_that_is_dropped_leaves_the_map_as_it_was(
    depth: int, bound: dict[bytes, bytes], group: dict[bytes, bytes]
) -> None:
    subject_map = SubjectMap.build(depth, bound.items())
    proofs = {key: subject_map.prove(key) for key in bound | group}
    overlay = subject_map.overlay()
    for key, value in group.items():
        overlay.bind(key, value)
    overlay.root()
    assert subject_map.root() == root_by_definition(bound, depth)
    assert {key: subject_map.prove(key) for key in bound | group} == proofs
    assert {key: subject_map.value(key) for key in bound} == bound


@settings(deadline=None)
@given(depth=DEPTHS, first=BINDINGS, second=BINDINGS)
def test_binding_goes_on_after_a_root_was_asked_for(
    depth: int, first: dict[bytes, bytes], second: dict[bytes, bytes]
) -> None:
    subject_map = SubjectMap(depth)
    overlay = subject_map.overlay()
    for group, bound in ((first, first), (second, first | second)):
        for key, value in group.items():
            overlay.bind(key, value)
        assert overlay.root() == root_by_definition(bound, depth)
    overlay.apply()
    assert subject_map.root() == root_by_definition(first | second, depth)


def test_the_last_value_bound_to_a_key_counts() -> None:
    key, old, new = bytes(32), bytes([1] * 32), bytes([2] * 32)
    subject_map = SubjectMap(20)
    overlay = subject_map.overlay()
    overlay.bind(key, old)
    overlay.bind(key, new)
    overlay.apply()
    assert subject_map.value(key) == new
    assert len(subject_map) == 1


def test_an_overlay_of_a_map_that_moved_on_is_refused() -> None:
    subject_map = SubjectMap(20)
    first, second = subject_map.overlay(), subject_map.overlay()
    first.bind(bytes(32), bytes([1] * 32))
    second.bind(bytes(32), bytes([2] * 32))
    first.apply()
    root = subject_map.root()
    for late in (second.root, second.apply, first.apply):
        with pytest.raises(ValueError, match="changed since"):
            late()
    assert subject_map.root() == root
    again = subject_map.overlay()
    again.bind(bytes(32), bytes([2] * 32))
    again.apply()
    assert subject_map.value(bytes(32)) == bytes([2] * 32)


def test_keys_and_values_have_32_bytes_and_a_key_comes_once() -> None:
    overlay = SubjectMap(20).overlay()
    with pytest.raises(ValueError, match="32 bytes"):
        overlay.bind(bytes(31), bytes(32))
    with pytest.raises(ValueError, match="32 bytes"):
        overlay.bind(bytes(32), bytes(33))
    with pytest.raises(ValueError, match="32 bytes"):
        SubjectMap.build(20, [(bytes(33), bytes(31))])
    with pytest.raises(ValueError, match="twice"):
        SubjectMap.build(20, [(bytes(32), bytes(32)), (bytes(32), bytes([1] * 32))])


def test_a_full_bucket_is_seen_whole_and_in_order() -> None:
    pairs = [(key_at(5, 20, end), bytes([end] * 32)) for end in range(128)]
    subject_map = SubjectMap.build(20, reversed(pairs))
    assert subject_map.bucket(key_at(5, 20, 999)) == tuple(pairs)
    assert subject_map.bucket(key_at(4, 20)) == ()
    assert subject_map.bucket(key_at(6, 20)) == ()


@settings(deadline=None)
@given(depth=DEPTHS, bound=BINDINGS, key=KEYS)
def test_a_proof_shows_the_bound_value_or_absence(
    depth: int, bound: dict[bytes, bytes], key: bytes
) -> None:
    subject_map = SubjectMap.build(depth, bound.items())
    for asked in (*bound, key):
        proof = subject_map.prove(asked)
        found = verify_map_proof(proof, key=asked, depth=depth, root=subject_map.root())
        assert found == bound.get(asked)
        assert len(proof.siblings) == depth


def test_an_empty_sibling_may_also_be_written_out() -> None:
    subject_map = SubjectMap.build(3, [(bytes(32), bytes([1] * 32))])
    full = MapProof(bucket=subject_map.bucket(bytes(32)), siblings=empty_roots(3)[:3])
    value = verify_map_proof(full, key=bytes(32), depth=3, root=subject_map.root())
    assert value == bytes([1] * 32)


DEPTH = 6
OURS, NEIGHBOUR, OTHER = key_at(9, DEPTH, 1), key_at(9, DEPTH, 2), key_at(40, DEPTH)
HELD = {OURS: bytes([1] * 32), NEIGHBOUR: bytes([2] * 32), OTHER: bytes([3] * 32)}
MAP = SubjectMap.build(DEPTH, HELD.items())
PROOF = MAP.prove(OURS)


def refused(proof: MapProof, *, key: bytes = OURS, root: bytes = MAP.root()) -> str:
    with pytest.raises(ProofError) as refusal:
        verify_map_proof(proof, key=key, depth=DEPTH, root=root)
    assert refusal.value.check == "map"
    return refusal.value.message


def test_a_value_cannot_be_changed() -> None:
    changed = ((OURS, bytes([9] * 32)), PROOF.bucket[1])
    assert "leads to" in refused(replace(PROOF, bucket=changed))


def test_a_neighbour_in_the_bucket_cannot_be_left_out() -> None:
    assert "leads to" in refused(replace(PROOF, bucket=PROOF.bucket[:1]))


def test_a_subject_that_is_there_cannot_be_proved_absent() -> None:
    assert "leads to" in refused(replace(PROOF, bucket=PROOF.bucket[1:]))
    assert "leads to" in refused(replace(PROOF, bucket=()))


def test_the_proof_of_another_bucket_does_not_prove_absence() -> None:
    assert "another bucket" in refused(MAP.prove(OTHER))
    empty_elsewhere = MAP.prove(key_at(20, DEPTH))
    assert "leads to" in refused(empty_elsewhere)


def test_a_foreign_key_in_the_bucket_is_refused() -> None:
    stuffed = (*PROOF.bucket, (OTHER, HELD[OTHER]))
    assert "another bucket" in refused(replace(PROOF, bucket=stuffed))


def test_the_buckets_keys_stand_in_order_and_once() -> None:
    assert "increase" in refused(replace(PROOF, bucket=PROOF.bucket[::-1]))
    assert "increase" in refused(replace(PROOF, bucket=(PROOF.bucket[0], *PROOF.bucket)))


def test_keys_values_and_siblings_have_32_bytes() -> None:
    short_value = ((OURS, bytes(31)), PROOF.bucket[1])
    short_key = ((OURS[:31], bytes(32)),)
    assert "32 bytes" in refused(replace(PROOF, bucket=short_value))
    assert "32 bytes" in refused(replace(PROOF, bucket=short_key))
    assert "32 bytes" in refused(replace(PROOF, siblings=(bytes(31), *PROOF.siblings[1:])))


def test_there_are_as_many_siblings_as_levels() -> None:
    assert "siblings" in refused(replace(PROOF, siblings=PROOF.siblings[1:]))
    assert "siblings" in refused(replace(PROOF, siblings=(*PROOF.siblings, b"")))


@pytest.mark.parametrize("level", range(DEPTH))
def test_no_sibling_can_be_changed(level: int) -> None:
    found = PROOF.siblings[level]
    for sibling in {b"", bytes(32), empty_roots(DEPTH)[level][::-1]} - {found}:
        changed = (*PROOF.siblings[:level], sibling, *PROOF.siblings[level + 1 :])
        assert "leads to" in refused(replace(PROOF, siblings=changed))


def test_a_proof_holds_under_its_own_root_only() -> None:
    assert "leads to" in refused(PROOF, root=bytes(32))
