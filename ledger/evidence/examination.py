"""The first three checks of a bundle, checkpoint, log and map, and what they establish."""

from dataclasses import dataclass, field
from typing import Final

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import CannotCheckError, FormError, ProofError
from ledger.evidence.verdict import FORMAT, LEAVES_MAX, Policy
from ledger.log.checkpoint import (
    Checkpoint,
    Note,
    VerifierKey,
    cosigned_at,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    verified_keys,
)
from ledger.log.leaves import NO_PREVIOUS, EventLeaf, Leaf, StateLeaf, parse_leaf, subject_key
from ledger.log.merkle import leaf_hash, verify_inclusion
from ledger.log.subject_map import MapProof, map_value, verify_map_proof
from ledger.statements.envelope import decode_base64
from ledger.statements.keys import verify_note_line
from ledger.statements.statement import Statement

HASH_BYTES: Final = 32
MAP_DEPTH_MAX: Final = 256  # the bits of a subject key


@dataclass(slots=True)
class Examination:
    """What has been established of one bundle so far, each field by the check that names it."""

    policy: Policy
    bundle: JsonObject
    checkpoint: Checkpoint = field(default=Checkpoint(origin="", size=0, root=b""))
    verified_with: tuple[VerifierKey, ...] = ()
    leaves: dict[int, Leaf] = field(default_factory=dict)
    hashes: dict[int, bytes] = field(default_factory=dict)
    chains: dict[str, list[int]] = field(default_factory=dict)
    depth: int | None = None
    statements: dict[int, Statement] = field(default_factory=dict)
    unchecked: list[str] = field(default_factory=list)

    @property
    def state(self) -> StateLeaf:
        """The last leaf under the checkpoint."""
        leaf = self.leaves[self.checkpoint.size - 1]
        assert isinstance(leaf, StateLeaf)  # check `log` has seen to it
        return leaf

    def seq_of(self, index: int, uri: str) -> int:
        """Position that the leaf at `index` takes on the chain of `uri`."""
        leaf = self.leaves[index]
        assert isinstance(leaf, EventLeaf)
        key = subject_key(uri)
        return next(link.subject_seq for link in leaf.links if link.subject_key == key)


def check_checkpoint(exam: Examination) -> None:
    """Check 1: a given log key signed, no known key's line fails, and it answers what was asked."""
    bundle, policy = exam.bundle, exam.policy
    if bundle.get("format") != FORMAT:
        raise CannotCheckError(f"format is {bundle.get('format')!r}, known is {FORMAT!r}")
    try:
        note = parse_note(_text(bundle.get("checkpoint")))
        checkpoint = parse_checkpoint(note.text)
        keys = [parse_vkey(vkey) for vkey in policy.log_keys]
        witnesses = [parse_vkey(vkey) for vkey in policy.witnesses]
    except FormError as error:
        raise ProofError("checkpoint", error.message) from error
    exam.verified_with = verified_keys(note, keys, verify_note_line)
    if not exam.verified_with:
        raise ProofError("checkpoint", "no line of a given log key is on the checkpoint")
    _count_witnesses(note, witnesses, policy.quorum)
    if bundle.get("origin") != checkpoint.origin:
        raise ProofError(
            "checkpoint", f"origin is {bundle.get('origin')!r}, signed is {checkpoint.origin!r}"
        )
    if any(key.name != checkpoint.origin for key in exam.verified_with):
        raise ProofError("checkpoint", "the origin is not the name of the log's key")
    if bundle.get("asked") != policy.asked:
        raise ProofError(
            "checkpoint", f"answers for {bundle.get('asked')!r}, asked was {policy.asked!r}"
        )
    exam.checkpoint = checkpoint


def check_log(exam: Examination) -> None:
    """Check 2: every leaf lies at its index under the root, and the last one is a state leaf."""
    leaves = _member(exam.bundle, "leaves", "log")
    log = _member(exam.bundle, "log", "log")
    if len(leaves) > LEAVES_MAX:
        raise CannotCheckError(f"{len(leaves)} leaves, at most {LEAVES_MAX}")
    proofs = _member(log, "proofs", "log")
    if set(log) != {"nodes", "proofs"}:
        raise ProofError("log", "log has other members than nodes and proofs")
    nodes = [_hash(node, "log") for node in _list(log.get("nodes"), "log")]
    for text, value in leaves.items():
        index = _index(text, exam.checkpoint.size)
        raw = _bytes(value, "log", index)
        proof = [_node(number, nodes, index) for number in _list(proofs.get(text), "log", index)]
        exam.hashes[index] = leaf_hash(raw)
        try:
            verify_inclusion(
                exam.hashes[index],
                index=index,
                size=exam.checkpoint.size,
                proof=proof,
                root=exam.checkpoint.root,
            )
            leaf = parse_leaf(raw)
        except FormError as error:
            raise ProofError("log", error.message, leaf=index) from error
        except ProofError as error:
            raise ProofError("log", error.message, leaf=index) from error
        if leaf.index != index:
            raise ProofError("log", f"the leaf names itself {leaf.index}", leaf=index)
        exam.leaves[index] = leaf
    _check_times(exam)


def check_map(exam: Examination) -> None:
    """Check 3: each chain is whole, from its first leaf to the head that the map binds."""
    subjects = _list(exam.bundle.get("subjects"), "map")
    for subject in subjects:
        if not isinstance(subject, dict) or set(subject) != {"uri", "leaves", "map"}:
            raise ProofError("map", "a subject is not uri, leaves and map")
        uri = subject["uri"]
        if not isinstance(uri, str):
            raise ProofError("map", "a subject's uri is not a string")
        if uri in exam.chains:
            raise ProofError("map", f"{uri} is shown twice")
        exam.chains[uri] = _check_chain(exam, uri, _list(subject["leaves"], "map"))
        _check_bound(exam, uri, subject["map"])
    _check_links(exam)


def _count_witnesses(note: Note, witnesses: list[VerifierKey], quorum: int) -> None:
    found = [key for key in witnesses if cosigned_at(note, key, verify_note_line) is not None]
    if len(found) < quorum:
        raise ProofError("checkpoint", f"{len(found)} witnesses cosigned, {quorum} are asked for")


def _check_times(exam: Examination) -> None:
    last = exam.leaves.get(exam.checkpoint.size - 1)
    if not isinstance(last, StateLeaf):
        raise ProofError("log", "the last leaf is not a state leaf", leaf=exam.checkpoint.size - 1)
    newest_ms = 0
    for index in sorted(exam.leaves):
        leaf = exam.leaves[index]
        time_ms = leaf.admitted_ms if isinstance(leaf, EventLeaf) else leaf.at_ms
        if time_ms < newest_ms:
            raise ProofError("log", "times go back", leaf=index)
        newest_ms = time_ms


def _check_chain(exam: Examination, uri: str, indices: list[JsonValue]) -> list[int]:
    """The leaves of one chain, numbered without gap, each linked to the one before."""
    key = subject_key(uri)
    chain: list[int] = []
    previous = NO_PREVIOUS
    for seq, index in enumerate(indices):
        if not isinstance(index, int) or isinstance(index, bool):
            raise ProofError("map", f"{uri} names a leaf that is not a number")
        leaf = exam.leaves.get(index)
        if not isinstance(leaf, EventLeaf) or (chain and index <= chain[-1]):
            raise ProofError("map", f"{uri} names no later event leaf", leaf=index)
        link = next((link for link in leaf.links if link.subject_key == key), None)
        if link is None or link.subject_seq != seq or link.previous != previous:
            raise ProofError("map", f"the chain of {uri} breaks at number {seq}", leaf=index)
        chain.append(index)
        previous = exam.hashes[index]
    return chain


def _check_bound(exam: Examination, uri: str, value: JsonValue) -> None:
    """The map binds exactly this chain, or proves the subject absent."""
    proof = _map_proof(uri, value)
    depth = len(proof.siblings)
    if exam.depth is None:
        exam.depth = depth
    if depth != exam.depth or not 1 <= depth <= MAP_DEPTH_MAX:
        raise ProofError("map", f"{uri} has {depth} siblings, others {exam.depth}")
    found = verify_map_proof(proof, key=subject_key(uri), depth=depth, root=exam.state.map_root)
    chain = exam.chains[uri]
    expected = map_value(len(chain), exam.hashes[chain[-1]]) if chain else None
    if found != expected:
        shown = f"{len(chain)} leaves" if chain else "absence"
        raise ProofError(
            "map", f"the map does not bind {shown} of {uri}", leaf=chain[-1] if chain else None
        )


def _check_links(exam: Examination) -> None:
    """Every link of a shown leaf to a shown subject stands in that subject's list."""
    uris = {subject_key(uri): uri for uri in exam.chains}
    for index, leaf in exam.leaves.items():
        for link in leaf.links if isinstance(leaf, EventLeaf) else ():
            chain = exam.chains.get(uris.get(link.subject_key, ""))
            if chain is not None and chain[link.subject_seq : link.subject_seq + 1] != [index]:
                raise ProofError("map", "a leaf is missing from its chain's list", leaf=index)


def _map_proof(uri: str, value: JsonValue) -> MapProof:
    if not isinstance(value, dict) or set(value) != {"bucket", "siblings"}:
        raise ProofError("map", f"the proof of {uri} is not bucket and siblings")
    bucket = []
    for pair in _list(value["bucket"], "map"):
        if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004 — key and value
            raise ProofError("map", f"the bucket of {uri} holds no pair")
        key, bound = pair
        bucket.append((_hash(key, "map"), _hash(bound, "map")))
    siblings = [b"" if s == "" else _hash(s, "map") for s in _list(value["siblings"], "map")]
    return MapProof(bucket=tuple(bucket), siblings=tuple(siblings))


def _member(value: JsonObject, name: str, check: str) -> JsonObject:
    found = value.get(name)
    if not isinstance(found, dict):
        raise ProofError(check, f"{name} is not an object")
    return found


def _list(value: JsonValue, check: str, leaf: int | None = None) -> list[JsonValue]:
    if not isinstance(value, list):
        raise ProofError(check, "a list is missing", leaf=leaf)
    return value


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise FormError("bad_note", "the checkpoint is not text")
    return value


def _bytes(value: JsonValue, check: str, leaf: int | None = None) -> bytes:
    try:
        return decode_base64(value if isinstance(value, str) else "!")
    except FormError as error:
        raise ProofError(check, error.message, leaf=leaf) from error


def _hash(value: JsonValue, check: str) -> bytes:
    raw = _bytes(value, check)
    if len(raw) != HASH_BYTES:
        raise ProofError(check, f"a hash has {len(raw)} bytes")
    return raw


def _node(number: JsonValue, nodes: list[bytes], leaf: int) -> bytes:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < len(nodes):
        raise ProofError("log", f"a proof names node {number!r} of {len(nodes)}", leaf=leaf)
    return nodes[number]


def _index(text: str, size: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and str(int(text)) == text):  # noqa: PLR2004
        raise ProofError("log", f"{text!r} is no index")
    if int(text) >= size:
        raise ProofError("log", f"leaf {text} is not under a checkpoint of {size}", leaf=int(text))
    return int(text)
