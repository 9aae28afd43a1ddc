"""Checks four and five of a bundle: every statement is what its leaf says, by a key that may."""

from collections.abc import Iterator
from typing import Final

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import DaodiError, FormError, ProofError
from ledger.evidence.examination import Examination
from ledger.log.checkpoint import format_vkey
from ledger.log.leaves import EventLeaf, subject_key
from ledger.statements.envelope import decode_base64, statement_id
from ledger.statements.keys import PublicKey, parse_public_key
from ledger.statements.standing import Registry
from ledger.statements.statement import (
    Claim,
    Statement,
    key_uri,
    ledger_uri,
    parse_claim,
    verify_claim,
)

MEMBERS: Final = {
    "format",
    "origin",
    "asked",
    "checkpoint",
    "leaves",
    "log",
    "subjects",
    "statements",
    "keys",
    "openings",
}
# What a later version may bring: unknown is not false, and is said so.
LATER: Final = {"wrong_version", "unknown_kind", "unknown_algorithm"}


def check_statement(exam: Examination) -> None:
    """Check 4: form, id, key, number, subjects and signature of every shown statement."""
    bundle = exam.bundle
    statements = _object(bundle.get("statements"), "statements")
    keys = _object(bundle.get("keys"), "keys")
    public_keys = {kid: _public_key(exam, kid, value) for kid, value in keys.items()}
    for index, leaf in _event_leaves(exam):
        try:
            _check_one(exam, leaf, statements, public_keys)
        except ProofError as error:
            raise ProofError("statement", error.message, leaf=index) from error
        except DaodiError as error:
            if error.code not in LATER:
                raise ProofError("statement", error.message, leaf=index) from error
            exam.unchecked.append(f"leaf {index}: {error.message}")
    _check_key_chains(exam)
    _check_nothing_unused(exam, statements, keys)


def check_standing(exam: Examination) -> None:
    """Check 5: the pinned root founded this ledger, and every signer was entitled."""
    origin = exam.checkpoint.origin
    ledger_chain = exam.chains.get(ledger_uri(origin))
    if not ledger_chain or ledger_chain[0] != 0:
        raise ProofError("standing", "the ledger's own chain from its genesis is not shown")
    claims = {one.statement_id: one for one in exam.statements.values()}
    registry = Registry(find_claim=claims.get, pinned_root=exam.policy.registrar)
    for index, statement in sorted(exam.statements.items()):
        _judge(exam, registry, index, statement)
    if registry.origin != origin or registry.map_depth != exam.depth:
        raise ProofError(
            "standing",
            f"genesis says {registry.origin!r} and depth {registry.map_depth}, "
            f"shown are {origin!r} and {exam.depth}",
            leaf=0,
        )
    if not {format_vkey(key) for key in exam.verified_with} & set(registry.log_keys):
        raise ProofError("standing", "no log key in force signed the checkpoint")


def signer_chains(exam: Examination) -> set[str]:
    """Chains that the signers of shown leaves need: their keys' and their actors'."""
    return {uri for one in exam.statements.values() for uri in _signer_chains(exam, one)}


def _signer_chains(exam: Examination, statement: Claim) -> Iterator[str]:
    uri = key_uri(statement.key)
    yield uri
    enrolments = exam.chains.get(uri, [])
    if enrolments and enrolments[0] in exam.statements:
        enrolment = exam.statements[enrolments[0]]
        if enrolment.kind == "key.enrol":
            yield str(enrolment.body["actor"])


def _judge(exam: Examination, registry: Registry, index: int, statement: Statement) -> None:
    seqs = {uri: exam.seq_of(index, uri) for uri in statement.subjects}
    for uri in _signer_chains(exam, statement):
        if uri not in exam.chains:
            raise ProofError("standing", f"{uri} signed and is not shown", leaf=index)
    try:
        registry.judge(statement, index=index, alg=statement.public_key.alg, subject_seqs=seqs)
    except DaodiError as error:
        raise ProofError("standing", error.message, leaf=index) from error
    registry.apply(statement, index=index)


def _check_one(
    exam: Examination,
    leaf: EventLeaf,
    statements: JsonObject,
    public_keys: dict[str, PublicKey | None],
) -> None:
    found = statements.get(leaf.statement_id.hex())
    if not isinstance(found, dict) or set(found) != {"payload", "sig"}:
        raise FormError("missing_member", "the statement is not there as payload and sig")
    payload = _payload(found["payload"])
    if statement_id(payload) != leaf.statement_id.hex():
        raise FormError("bad_envelope", "the statement's id is not the leaf's")
    signature = decode_base64(_string(found["sig"]))
    if leaf.key_id.hex() not in public_keys:
        raise FormError("missing_member", "the signing key is not there")
    public_key = public_keys[leaf.key_id.hex()]
    claim = parse_claim(payload)
    _check_agrees(exam, leaf, claim)
    if public_key is None:
        raise FormError("unknown_algorithm", "the key's algorithm is not known here")
    exam.statements[leaf.index] = verify_claim(claim, signature, public_key)


def _check_agrees(exam: Examination, leaf: EventLeaf, claim: Claim) -> None:
    if claim.ledger != exam.checkpoint.origin:
        raise FormError("wrong_ledger", f"written for {claim.ledger!r}")
    if (claim.key, claim.seq) != (leaf.key_id.hex(), leaf.key_seq):
        raise FormError("bad_leaf", "key or number are not the leaf's")
    if {subject_key(uri) for uri in claim.subjects} != {link.subject_key for link in leaf.links}:
        raise FormError("bad_leaf", "the subjects are not the leaf's")
    if claim.anchor is not None and claim.anchor.size > leaf.index:
        raise FormError("bad_anchor", "anchored at a size beyond the leaf")


def _check_key_chains(exam: Examination) -> None:
    """No id and no (key, number) twice; numbers rise with the index; neighbours are linked."""
    ids: set[bytes] = set()
    newest: dict[bytes, EventLeaf] = {}
    for index, leaf in _event_leaves(exam):
        if leaf.statement_id in ids:
            raise ProofError("statement", "a statement stands at two leaves", leaf=index)
        ids.add(leaf.statement_id)
        before = newest.get(leaf.key_id)
        newest[leaf.key_id] = leaf
        if before is None:
            continue
        if leaf.key_seq <= before.key_seq:
            raise ProofError("statement", "a key's numbers do not rise", leaf=index)
        claim = exam.statements.get(index)
        follows = leaf.key_seq == before.key_seq + 1
        if follows and claim and claim.prev != before.statement_id.hex():
            raise ProofError("statement", "prev is not the key's statement before", leaf=index)


def _check_nothing_unused(exam: Examination, statements: JsonObject, keys: JsonObject) -> None:
    if set(exam.bundle) != MEMBERS:
        odd = sorted(set(exam.bundle) ^ MEMBERS)
        raise ProofError("statement", f"the file's members differ: {', '.join(odd)}")
    used = {index for chain in exam.chains.values() for index in chain}
    for index in exam.leaves:
        if index not in used and index != exam.checkpoint.size - 1:
            raise ProofError("statement", "a leaf is on no shown chain", leaf=index)
    leaves = [leaf for _, leaf in _event_leaves(exam)]
    log = _object(exam.bundle.get("log"), "log")
    shown: list[tuple[str, set[str], set[str]]] = [
        ("statement", set(statements), {leaf.statement_id.hex() for leaf in leaves}),
        ("key", set(keys), {leaf.key_id.hex() for leaf in leaves}),
        ("proof", set(_object(log.get("proofs"), "proofs")), {str(i) for i in exam.leaves}),
    ]
    for name, there, needed in shown:
        if there != needed:
            raise ProofError("statement", f"a {name} is not used: {min(there ^ needed)}")


def _public_key(exam: Examination, kid: str, value: JsonValue) -> PublicKey | None:
    try:
        if not isinstance(value, dict) or set(value) != {"alg", "spki"}:
            raise FormError("missing_member", "a key is alg and spki")
        key = parse_public_key(_string(value["alg"]), decode_base64(_string(value["spki"])))
    except DaodiError as error:
        if error.code == "unknown_algorithm":
            exam.unchecked.append(f"key {kid}: {error.message}")
            return None
        raise ProofError("statement", f"key {kid}: {error.message}") from error
    if key.key_id != kid:
        raise ProofError("statement", f"the bytes of key {kid} give {key.key_id}")
    return key


def _event_leaves(exam: Examination) -> list[tuple[int, EventLeaf]]:
    return [(i, leaf) for i, leaf in sorted(exam.leaves.items()) if isinstance(leaf, EventLeaf)]


def _payload(value: JsonValue) -> bytes:
    try:
        return _string(value).encode()
    except UnicodeEncodeError as error:
        raise FormError("lone_surrogate", "the payload holds a lone surrogate") from error


def _object(value: JsonValue, name: str) -> JsonObject:
    if not isinstance(value, dict):
        raise ProofError("statement", f"{name} is not an object")
    return value


def _string(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise FormError("wrong_type", "a string is missing")
    return value
