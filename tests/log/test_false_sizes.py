"""Proofs whose roots a lying log made to fit: only the size that it signed tells them apart."""

import pytest

from ledger.errors import ProofError
from ledger.log.merkle import leaf_hash, node_hash, verify_consistency, verify_inclusion

HASHES = [leaf_hash(bytes([number])) for number in range(4)]


@pytest.mark.parametrize(
    ("index", "size", "proof", "root"),
    [
        (0, 2, [], HASHES[0]),
        (0, 3, [HASHES[1]], node_hash(HASHES[0], HASHES[1])),
        (0, 1, [HASHES[1]], node_hash(HASHES[1], HASHES[0])),
        (0, 2, HASHES[1:3], node_hash(HASHES[2], node_hash(HASHES[0], HASHES[1]))),
        (1, 1, [], HASHES[0]),
        (-1, 1, [], HASHES[0]),
        (0, 2, [b"short"], node_hash(HASHES[0], b"short")),
    ],
)
def test_a_log_that_signs_a_false_size_proves_nothing_by_a_proof_that_leads_to_its_root(
    index: int, size: int, proof: list[bytes], root: bytes
) -> None:
    with pytest.raises(ProofError):
        verify_inclusion(HASHES[0], index=index, size=size, proof=proof, root=root)


def test_a_log_that_signs_false_sizes_is_not_consistent_by_a_proof_that_leads_to_its_roots() -> (
    None
):
    left, last, more, beyond = HASHES[:4]
    old, new = node_hash(left, last), node_hash(left, node_hash(last, more))
    for old_size, new_size, old_root, new_root, proof in [
        (2, 4, left, left, []),  # one root for two sizes
        (3, 5, old, new, [last, more, left]),  # the new tree has another level
        (3, 4, node_hash(beyond, old), node_hash(beyond, new), [last, more, left, beyond]),
        (1, 2, left, node_hash(left, b"short"), [b"short"]),
    ]:
        with pytest.raises(ProofError):
            verify_consistency(
                old_size=old_size,
                new_size=new_size,
                old_root=old_root,
                new_root=new_root,
                proof=proof,
            )
    verify_consistency(old_size=3, new_size=4, old_root=old, new_root=new, proof=[last, more, left])
