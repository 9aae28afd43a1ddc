"""Proofs shown for another size or place than their own, under a root that was signed to fit."""

import pytest

from ledger.errors import ProofError
from ledger.log.merkle import verify_consistency, verify_inclusion
from tests.log.test_merkle import HASHES, grown


@pytest.mark.parametrize("size", [2, 4, 8, 16])
def test_a_tree_is_not_taken_for_one_of_another_size_whose_root_is_claimed_to_be_its_own(
    size: int,
) -> None:
    """Whoever signs roots may sign any: each proof must reach the top, and no further."""
    tree = grown(HASHES[:32])
    first, root = tree.root(1), tree.root(size)
    shown, path = tree.consistency_proof(1, size), tree.inclusion_proof(0, size)
    verify_consistency(old_size=1, new_size=size, old_root=first, new_root=root, proof=shown)
    verify_inclusion(HASHES[0], index=0, size=size, proof=path, root=root)
    for claimed in (size // 2, size + 1, 2 * size):
        with pytest.raises(ProofError):
            verify_consistency(
                old_size=1, new_size=claimed, old_root=first, new_root=root, proof=shown
            )
        with pytest.raises(ProofError):
            verify_inclusion(HASHES[0], index=0, size=claimed, proof=path, root=root)


@pytest.mark.parametrize("size", range(1, 9))
def test_a_proof_places_its_leaf_nowhere_else_and_never_beyond_the_tree(size: int) -> None:
    tree = grown(HASHES[:size])
    for index in range(size):
        proof = tree.inclusion_proof(index, size)
        for other in {*range(-size, 4 * size)} - {index}:
            with pytest.raises(ProofError):
                verify_inclusion(
                    HASHES[index], index=other, size=size, proof=proof, root=tree.root(size)
                )
