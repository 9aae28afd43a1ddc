"""Check 4 of a bundle: every leaf has its statement, signed by its key, and nothing is unused."""

from hashlib import sha256
from typing import Final

from ledger.canonical import JsonObject
from ledger.errors import DaodiError, FormError, ProofError
from ledger.evidence.examination import Examination
from ledger.evidence.shapes import Shapes
from ledger.log.leaves import EventLeaf, subject_key
from ledger.statements.envelope import pae, statement_id
from ledger.statements.keys import PublicKey, parse_public_key
from ledger.statements.statement import KINDS, Claim, check_anchor, read_claim

STATEMENT: Final = Shapes(check="statement")
MEMBERS: Final = frozenset(
    {"format", "origin", "asked", "checkpoint", "leaves", "log"}
    | {"subjects", "statements", "keys", "openings"}
)


def check_statement(exam: Examination) -> None:
    """Check 4: form, id, key, number, subjects and signature of every shown statement."""
    statements = STATEMENT.members(exam.bundle.get("statements"), "statements")
    keys = STATEMENT.members(exam.bundle.get("keys"), "keys")
    public_keys: dict[str, PublicKey | None] = {}
    for leaf in exam.event_leaves():
        kid = leaf.key_id.hex()
        if kid not in public_keys:
            public_keys[kid] = _public_key(exam, keys, leaf)
        try:
            _check_one(exam, leaf, statements, public_keys[kid])
        except DaodiError as error:
            raise ProofError("statement", error.message, leaf=leaf.index) from error
    _check_key_chains(exam)
    _check_nothing_unused(exam, statements, keys)
    _check_members(exam.bundle, statements, keys)


def _check_one(
    exam: Examination, leaf: EventLeaf, statements: JsonObject, public_key: PublicKey | None
) -> None:
    entry = STATEMENT.members(statements.get(leaf.statement_id.hex()), "the statement")
    payload = STATEMENT.text(entry.get("payload"), "the payload").encode()
    signature = STATEMENT.raw(entry.get("sig"), "the signature")
    if statement_id(payload) != leaf.statement_id.hex():
        STATEMENT.refuse("the statement's id is not the leaf's")
    claim = _read(payload)
    if claim is None:
        exam.unread.add(leaf.index)
        exam.unchecked[leaf.index] = "a statement of an unknown version"
    else:
        exam.claims[leaf.index] = claim
        _check_agrees(exam, leaf, claim)
        if claim.kind not in KINDS:
            exam.unchecked[leaf.index] = f"a statement of the unknown kind {claim.kind!r}"
    if public_key is None:
        algorithm = exam.algorithms[leaf.key_id.hex()]
        exam.unchecked[leaf.index] = f"a signature of the unknown algorithm {algorithm!r}"
    else:
        public_key.verify(pae(payload), signature)


def _read(payload: bytes) -> Claim | None:
    """Return the claim; None for a version that is not known here, whose text is still JCS."""
    try:
        return read_claim(payload)
    except FormError as error:
        if error.code == "wrong_version":
            return None
        raise


def _check_agrees(exam: Examination, leaf: EventLeaf, claim: Claim) -> None:
    if claim.ledger != exam.checkpoint.origin:
        STATEMENT.refuse(f"written for the ledger {claim.ledger!r}")
    if (claim.key, claim.seq) != (leaf.key_id.hex(), leaf.key_seq):
        STATEMENT.refuse("key or number are not the leaf's")
    if sorted(map(subject_key, claim.subjects)) != [link.subject_key for link in leaf.links]:
        STATEMENT.refuse("the subjects are not the leaf's")
    check_anchor(claim, index=leaf.index)


def _public_key(exam: Examination, keys: JsonObject, leaf: EventLeaf) -> PublicKey | None:
    """Return the key of a leaf, in its one form; None for an algorithm that is not known here."""
    entry = STATEMENT.members(keys.get(leaf.key_id.hex()), "the signing key", leaf.index)
    algorithm = STATEMENT.text(entry.get("alg"), "the key's alg", leaf.index)
    spki = STATEMENT.raw(entry.get("spki"), "the key's spki", leaf.index)
    if sha256(spki).digest() != leaf.key_id:
        STATEMENT.refuse("the key's bytes do not give its id", leaf.index)
    exam.algorithms[leaf.key_id.hex()] = algorithm
    try:
        return parse_public_key(algorithm, spki)
    except DaodiError as error:
        if error.code == "unknown_algorithm":
            return None
        raise ProofError("statement", error.message, leaf=leaf.index) from error


def _check_key_chains(exam: Examination) -> None:
    """No id and no (key, number) twice; numbers rise with the index; neighbours are linked."""
    ids: set[bytes] = set()
    newest: dict[bytes, EventLeaf] = {}
    for leaf in exam.event_leaves():
        if leaf.statement_id in ids:
            STATEMENT.refuse("a statement stands at two leaves", leaf.index)
        ids.add(leaf.statement_id)
        before = newest.get(leaf.key_id)
        newest[leaf.key_id] = leaf
        if before is None:
            continue
        if leaf.key_seq <= before.key_seq:
            STATEMENT.refuse("a key's numbers do not rise", leaf.index)
        claim = exam.claims.get(leaf.index)
        follows = leaf.key_seq == before.key_seq + 1
        if follows and claim is not None and claim.prev != before.statement_id.hex():
            STATEMENT.refuse("prev is not the key's statement before", leaf.index)


def _check_nothing_unused(exam: Examination, statements: JsonObject, keys: JsonObject) -> None:
    listed = {index for chain in exam.chains.values() for index in chain}
    for index in exam.leaves:
        if index not in listed and index != exam.checkpoint.size - 1:
            STATEMENT.refuse("a leaf is on no shown chain", index)
    leaves = exam.event_leaves()
    log = STATEMENT.members(exam.bundle.get("log"), "log")
    proofs = STATEMENT.members(log.get("proofs"), "proofs")
    for what, there, used in (
        ("statement", statements, {leaf.statement_id.hex() for leaf in leaves}),
        ("key", keys, {leaf.key_id.hex() for leaf in leaves}),
        ("proof", proofs, {str(index) for index in exam.leaves}),
    ):
        unused = sorted(there.keys() - used)
        if unused:
            STATEMENT.refuse(f"a {what} is not used: {unused[0]}")


def _check_members(bundle: JsonObject, statements: JsonObject, keys: JsonObject) -> None:
    """The file has no members but those of section 7, at any place."""
    STATEMENT.refuse_others(bundle, MEMBERS, "the file")
    STATEMENT.refuse_others(STATEMENT.members(bundle.get("log"), "log"), {"nodes", "proofs"}, "log")
    for value in STATEMENT.entries(bundle.get("subjects"), "subjects"):
        subject = STATEMENT.members(value, "a subject")
        STATEMENT.refuse_others(subject, {"uri", "leaves", "map"}, "a subject")
        proof = STATEMENT.members(subject.get("map"), "a map proof")
        STATEMENT.refuse_others(proof, {"bucket", "siblings"}, "a map proof")
    for entry in statements.values():
        STATEMENT.refuse_others(
            STATEMENT.members(entry, "a statement"), {"payload", "sig"}, "a statement"
        )
    for entry in keys.values():
        STATEMENT.refuse_others(STATEMENT.members(entry, "a key"), {"alg", "spki"}, "a key")
