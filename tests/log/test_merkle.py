"""The Merkle tree: published roots and proofs, the recursive definition, and what must fail."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import ProofError
from ledger.log import merkle
from ledger.log.merkle import (
    EMPTY_ROOT,
    MerkleTree,
    leaf_hash,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

# The leaves, roots and proofs that Certificate Transparency's own implementations are tested with.
PUBLISHED_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
PUBLISHED_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PUBLISHED_INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
PUBLISHED_CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
SIZES = range(41)
HASHES = [leaf_hash(str(number).encode()) for number in range(max(SIZES))]


def grown(hashes: Sequence[bytes]) -> MerkleTree:
    tree = MerkleTree()
    tree.extend(hashes)
    return tree


def flipped(hash_: bytes) -> bytes:
    return bytes([hash_[0] ^ 1]) + hash_[1:]


def split_at(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)


def path_by_definition(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D_n) of RFC 9162 section 2.1.3.1."""
    if len(hashes) == 1:
        return []
    k = split_at(len(hashes))
    if index < k:
        return [*path_by_definition(index, hashes[:k]), tree_root(hashes[k:])]
    return [*path_by_definition(index - k, hashes[k:]), tree_root(hashes[:k])]


def subproof_by_definition(old: int, hashes: Sequence[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF(m, D_n, b) of RFC 9162 section 2.1.4.1."""
    if old == len(hashes):
        return [] if whole else [tree_root(hashes)]
    k = split_at(len(hashes))
    if old <= k:
        return [*subproof_by_definition(old, hashes[:k], whole=whole), tree_root(hashes[k:])]
    return [*subproof_by_definition(old - k, hashes[k:], whole=False), tree_root(hashes[:k])]


def test_the_published_roots_come_out() -> None:
    hashes = [leaf_hash(leaf) for leaf in PUBLISHED_LEAVES]
    tree = grown(hashes)
    for size, root in enumerate(PUBLISHED_ROOTS):
        assert tree.root(size).hex() == root
        assert tree_root(hashes[:size]).hex() == root


def test_the_published_inclusion_proofs_come_out_and_verify() -> None:
    hashes = [leaf_hash(leaf) for leaf in PUBLISHED_LEAVES]
    tree = grown(hashes)
    for (index, size), published in PUBLISHED_INCLUSION.items():
        proof = tree.inclusion_proof(index, size)
        assert [node.hex() for node in proof] == published
        root = bytes.fromhex(PUBLISHED_ROOTS[size])
        verify_inclusion(hashes[index], index=index, size=size, proof=proof, root=root)


def test_the_published_consistency_proofs_come_out_and_verify() -> None:
    tree = grown([leaf_hash(leaf) for leaf in PUBLISHED_LEAVES])
    for (old_size, new_size), published in PUBLISHED_CONSISTENCY.items():
        proof = tree.consistency_proof(old_size, new_size)
        assert [node.hex() for node in proof] == published
        verify_consistency(
            old_size=old_size,
            new_size=new_size,
            old_root=bytes.fromhex(PUBLISHED_ROOTS[old_size]),
            new_root=bytes.fromhex(PUBLISHED_ROOTS[new_size]),
            proof=proof,
        )


def test_leaves_and_nodes_are_hashed_apart() -> None:
    assert leaf_hash(b"x") == sha256(b"\x00x").digest()
    assert node_hash(b"x", b"y") == sha256(b"\x01xy").digest()
    assert sha256(b"").digest() == EMPTY_ROOT


def test_appending_one_by_one_gives_the_root_of_the_definition_at_every_size() -> None:
    tree = MerkleTree()
    for size in SIZES:
        assert tree.size == size
        assert tree.root() == tree.root(size) == tree_root(HASHES[:size])
        if size < len(HASHES):
            tree.append(HASHES[size])


def test_every_small_inclusion_proof_is_the_definitions_and_verifies() -> None:
    tree = grown(HASHES)
    for size in SIZES:
        for index in range(size):
            proof = tree.inclusion_proof(index, size)
            assert proof == path_by_definition(index, HASHES[:size])
            root = tree.root(size)
            verify_inclusion(HASHES[index], index=index, size=size, proof=proof, root=root)


def test_every_small_consistency_proof_is_the_definitions_and_verifies() -> None:
    tree = grown(HASHES)
    for new_size in SIZES:
        for old_size in range(new_size + 1):
            proof = tree.consistency_proof(old_size, new_size)
            if old_size:
                expected = subproof_by_definition(old_size, HASHES[:new_size], whole=True)
                assert proof == expected
            verify_consistency(
                old_size=old_size,
                new_size=new_size,
                old_root=tree.root(old_size),
                new_root=tree.root(new_size),
                proof=proof,
            )


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("append"), st.just(1)),
            st.tuples(st.just("extend"), st.integers(0, 40)),
            st.tuples(st.just("truncate"), st.integers(0, 60)),
        ),
        max_size=12,
    )
)
def test_any_growth_and_truncation_leaves_the_tree_of_the_leaves_that_remain(
    steps: list[tuple[str, int]],
) -> None:
    tree = MerkleTree()
    hashes: list[bytes] = []
    for turn, (step, count) in enumerate(steps):
        fresh = [leaf_hash(bytes([turn, number])) for number in range(count)]
        if step == "truncate":
            hashes = hashes[: max(0, len(hashes) - count)]
            tree.truncate(len(hashes))
        elif step == "append":
            hashes += fresh
            tree.append(fresh[0])
        else:
            hashes += fresh
            tree.extend(iter(fresh))
        assert tree.size == len(hashes)
        assert tree.root() == tree_root(hashes)
    for index, expected in enumerate(hashes):
        assert tree.leaf_hash(index) == expected


def test_a_long_extension_in_stretches_gives_the_same_tree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(merkle, "_STRETCH_BYTES", 128)
    tree = grown(HASHES[:7])
    tree.extend(HASHES[7:])
    assert tree.root() == tree_root(HASHES)


def test_a_committed_size_reads_the_same_while_later_leaves_come_and_go() -> None:
    committed = 21
    tree = grown(HASHES[:committed])

    def reading() -> object:
        return (
            tree.root(committed),
            [tree.inclusion_proof(index, committed) for index in range(committed)],
            [tree.consistency_proof(size, committed) for size in range(committed)],
            tree.hashes(2, 0, committed >> 2),
        )

    before = reading()
    for later in HASHES[committed:]:
        tree.append(later)
        assert reading() == before
    tree.truncate(committed)
    assert reading() == before
    tree.extend(reversed(HASHES))
    assert reading() == before


def test_complete_subtrees_are_given_for_tiles_and_incomplete_ones_are_not() -> None:
    tree = grown(HASHES[:13])
    assert tree.hashes(0, 3, 2) == HASHES[3] + HASHES[4]
    assert tree.hashes(2, 1, 2) == tree_root(HASHES[4:8]) + tree_root(HASHES[8:12])
    assert tree.hashes(40, 0, 0) == b""
    for level, start, count in [(2, 2, 2), (0, 13, 1), (-1, 0, 1), (0, -1, 1), (0, 1, -1)]:
        with pytest.raises(IndexError):
            tree.hashes(level, start, count)


def test_what_lies_outside_the_tree_cannot_be_asked_for() -> None:
    tree = grown(HASHES[:5])
    for ask in (
        lambda: tree.root(6),
        lambda: tree.root(-1),
        lambda: tree.truncate(6),
        lambda: tree.leaf_hash(5),
        lambda: tree.inclusion_proof(5, 5),
        lambda: tree.inclusion_proof(-1, 5),
        lambda: tree.inclusion_proof(0, 6),
        lambda: tree.consistency_proof(4, 3),
        lambda: tree.consistency_proof(1, 6),
    ):
        with pytest.raises(IndexError):
            ask()


def test_a_leaf_hash_of_another_length_changes_nothing() -> None:
    tree = grown(HASHES[:3])
    with pytest.raises(ValueError, match="32 bytes"):
        tree.append(b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        tree.extend([HASHES[3], b"short"])
    assert tree.size == 3
    assert tree.root() == tree_root(HASHES[:3])


@given(size=st.integers(1, 40), chance=st.integers(0))
def test_a_tampered_inclusion_proof_leads_elsewhere(size: int, chance: int) -> None:
    tree = grown(HASHES[:size])
    index = chance % size
    proof = tree.inclusion_proof(index, size)
    tampered = [[*proof, HASHES[0]], *([*proof[:at], *proof[at + 1 :]] for at in range(len(proof)))]
    tampered += [
        [flipped(node) if at == place else node for place, node in enumerate(proof)]
        for at in range(len(proof))
    ]
    tampered += [[node[:31] if at == 0 else node for at, node in enumerate(proof)]] if proof else []
    for found in tampered:
        with pytest.raises(ProofError) as refusal:
            verify_inclusion(
                HASHES[index], index=index, size=size, proof=found, root=tree.root(size)
            )
        assert refusal.value.check == "log"
        assert refusal.value.leaf == index


def test_a_leaf_does_not_verify_in_another_place_or_under_another_root() -> None:
    tree = grown(HASHES[:11])
    proof = tree.inclusion_proof(4, 11)
    root = tree.root(11)
    for leaf, index, size, found in [
        (HASHES[5], 4, 11, root),
        (HASHES[4], 5, 11, root),
        (HASHES[4], 11, 11, root),
        (HASHES[4], -1, 11, root),
        (HASHES[4], 4, 11, flipped(root)),
        (HASHES[4], 4, 11, root[:31]),
        (HASHES[4][:31], 4, 11, root),
    ]:
        with pytest.raises(ProofError):
            verify_inclusion(leaf, index=index, size=size, proof=proof, root=found)


@given(old_size=st.integers(1, 39), chance=st.integers(0))
def test_a_tampered_consistency_proof_leads_elsewhere(old_size: int, chance: int) -> None:
    new_size = old_size + 1 + chance % (40 - old_size)
    tree = grown(HASHES[:new_size])
    old_root, new_root = tree.root(old_size), tree.root(new_size)
    proof = tree.consistency_proof(old_size, new_size)
    tampered = [
        (old_root, new_root, []),
        (old_root, new_root, [*proof, HASHES[0]]),
        (old_root, new_root, proof[:-1]),
        (flipped(old_root), new_root, proof),
        (old_root, flipped(new_root), proof),
        (old_root, new_root, [proof[0][:31], *proof[1:]]),
    ]
    for at in range(len(proof)):
        changed = [flipped(node) if at == place else node for place, node in enumerate(proof)]
        tampered.append((old_root, new_root, changed))
    for old, new, found in tampered:
        with pytest.raises(ProofError, match=r".") as refusal:
            verify_consistency(
                old_size=old_size, new_size=new_size, old_root=old, new_root=new, proof=found
            )
        assert refusal.value.check == "log"


def test_a_tree_never_grows_backwards_or_from_a_false_beginning() -> None:
    root = tree_root(HASHES[:5])
    other = tree_root(HASHES[:6])
    for old_size, new_size, old_root, new_root, proof in [
        (6, 5, other, root, []),
        (-1, 5, EMPTY_ROOT, root, []),
        (0, 5, root, root, []),
        (0, 5, EMPTY_ROOT, root, [HASHES[0]]),
        (5, 5, root, other, []),
        (0, 0, EMPTY_ROOT, root, []),
    ]:
        with pytest.raises(ProofError):
            verify_consistency(
                old_size=old_size,
                new_size=new_size,
                old_root=old_root,
                new_root=new_root,
                proof=proof,
            )
