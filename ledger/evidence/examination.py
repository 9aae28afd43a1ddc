"""The first three checks of a bundle, checkpoint, log and map, and what they establish."""

from dataclasses import dataclass, field
from typing import Final

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import CannotCheckError, FormError, ProofError
from ledger.evidence.shapes import Shapes
from ledger.evidence.verdict import FORMAT, FORMAT_FAMILY, LEAVES_MAX, Policy
from ledger.log.checkpoint import (
    COSIGNATURE_V1,
    ECDSA_P256,
    ED25519,
    Checkpoint,
    VerifierKey,
    format_vkey,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    verified_keys,
)
from ledger.log.leaves import (
    NO_PREVIOUS,
    EventLeaf,
    Leaf,
    Link,
    StateLeaf,
    read_leaf,
    subject_key,
)
from ledger.log.merkle import leaf_hash, verify_inclusion
from ledger.log.subject_map import MapProof, map_value, verify_map_proof
from ledger.statements.keys import is_note_key, verify_note_line
from ledger.statements.statement import Claim

MAP_DEPTH_MAX: Final = 256  # the bits of a subject key

CHECKPOINT: Final = Shapes(check="checkpoint")
LOG: Final = Shapes(check="log")
MAP: Final = Shapes(check="map")


@dataclass(slots=True)
class Examination:
    """What has been established of one bundle so far, each field by the check that names it."""

    policy: Policy
    bundle: JsonObject
    # checkpoint
    checkpoint: Checkpoint = field(default=Checkpoint(origin="", size=0, root=b""))
    verified_with: frozenset[str] = frozenset()  # vkeys of the log with a line that verified
    # log
    leaves: dict[int, Leaf] = field(default_factory=dict)  # by rising index
    hashes: dict[int, bytes] = field(default_factory=dict)
    # map
    chains: dict[str, list[int]] = field(default_factory=dict)
    depth: int | None = None
    # statement
    claims: dict[int, Claim] = field(default_factory=dict)  # by rising index
    unread: set[int] = field(default_factory=set)  # leaves whose statement has an unknown version
    algorithms: dict[str, str] = field(default_factory=dict)  # by key id
    unchecked: dict[int | None, str] = field(default_factory=dict)  # why, by leaf
    # standing
    actors: dict[str, str] = field(default_factory=dict)  # by id of an enrolled key

    @property
    def state(self) -> StateLeaf:
        """The last leaf under the checkpoint."""
        leaf = self.leaves[self.checkpoint.size - 1]
        assert isinstance(leaf, StateLeaf)  # check `log` has seen to it
        return leaf

    def event_leaves(self) -> list[EventLeaf]:
        """The shown leaves that admit statements, by rising index."""
        return [leaf for leaf in self.leaves.values() if isinstance(leaf, EventLeaf)]

    def said_on(self, uri: str) -> list[tuple[int, Claim]]:
        """What can be read of a chain, with its indices; nothing of a chain that is not shown."""
        chain = self.chains.get(uri, [])
        return [(index, self.claims[index]) for index in chain if index in self.claims]

    def is_unsure(self, uri: str) -> bool:
        """Whether a statement of the chain is of a version that cannot be read here."""
        return not self.unread.isdisjoint(self.chains.get(uri, ()))


def check_checkpoint(exam: Examination) -> None:
    """Check 1: a given log key signed, no known key's line fails, and it answers what was asked."""
    bundle, policy = exam.bundle, exam.policy
    form = CHECKPOINT.text(bundle.get("format"), "format")
    if form != FORMAT:
        if form.startswith(FORMAT_FAMILY):
            raise CannotCheckError(f"format is {form!r}, known is {FORMAT!r}")
        CHECKPOINT.refuse(f"format is {form!r}: this is no evidence")
    asked = CHECKPOINT.text(bundle.get("asked"), "asked")
    if asked != policy.asked:
        CHECKPOINT.refuse(f"answers for {asked!r}, asked was {policy.asked!r}")
    exam.checkpoint = _check_note(exam, CHECKPOINT.text(bundle.get("checkpoint"), "checkpoint"))
    origin = CHECKPOINT.text(bundle.get("origin"), "origin")
    if origin != exam.checkpoint.origin:
        CHECKPOINT.refuse(f"origin is {origin!r}, signed is {exam.checkpoint.origin!r}")


def check_log(exam: Examination) -> None:
    """Check 2: every leaf lies at its index under the root, and the last one is a state leaf."""
    leaves = LOG.members(exam.bundle.get("leaves"), "leaves")
    if len(leaves) > LEAVES_MAX:
        raise CannotCheckError(f"{len(leaves)} leaves, at most {LEAVES_MAX}")
    log = LOG.members(exam.bundle.get("log"), "log")
    proofs = LOG.members(log.get("proofs"), "proofs")
    nodes = [LOG.digest(node, "a node") for node in LOG.entries(log.get("nodes"), "nodes")]
    for index in sorted(map(LOG.index, leaves)):
        raw = LOG.raw(leaves[str(index)], "the leaf", index)
        numbers = LOG.entries(proofs.get(str(index)), "the leaf's proof", index)
        proof = [_node(number, nodes, index) for number in numbers]
        exam.hashes[index] = leaf_hash(raw)
        exam.leaves[index] = _leaf(raw, index)
        _check_included(exam, index, proof)
    _check_times(exam)


def check_map(exam: Examination) -> None:
    """Check 3: each chain is whole, from its first leaf to the head that the map binds."""
    links = {
        leaf.index: {link.subject_key: link for link in leaf.links} for leaf in exam.event_leaves()
    }
    for value in MAP.entries(exam.bundle.get("subjects"), "subjects"):
        subject = MAP.members(value, "a subject")
        uri = MAP.text(subject.get("uri"), "a subject's uri")
        if uri in exam.chains:
            MAP.refuse(f"{uri} is shown twice")
        indices = MAP.entries(subject.get("leaves"), f"leaves of {uri}")
        exam.chains[uri] = [MAP.number(index, f"a leaf of {uri}") for index in indices]
        _check_chain(exam, uri, links)
        _check_bound(exam, uri, _map_proof(uri, subject.get("map")))
    _check_links(exam)


def _check_note(exam: Examination, text: str) -> Checkpoint:
    """The note's lines: the log's, and of as many witnesses as the policy asks for."""
    policy = exam.policy
    try:
        # No limit of lines: the file's size is one.
        note = parse_note(text, signatures_max=len(text))
        checkpoint = parse_checkpoint(note.text)
    except FormError as error:
        raise ProofError("checkpoint", error.message) from error
    log_keys = _usable(policy.log_keys, {ED25519, ECDSA_P256})
    witnesses = _usable(policy.witnesses, {COSIGNATURE_V1})
    verified = verified_keys(note, [*log_keys, *witnesses], verify_note_line)
    exam.verified_with = frozenset(
        format_vkey(key) for key in log_keys if key in verified and key.name == checkpoint.origin
    )
    if not exam.verified_with:
        CHECKPOINT.refuse("no line of a given log key is on the checkpoint")
    cosigned = {key.public for key in witnesses if key in verified}
    if len(cosigned) < policy.quorum:
        CHECKPOINT.refuse(f"{len(cosigned)} witnesses cosigned, {policy.quorum} are asked for")
    return checkpoint


def _usable(vkeys: tuple[str, ...], algorithms: set[int]) -> list[VerifierKey]:
    """Those given keys that can verify; with the others it is as if they were not given."""
    usable = []
    for vkey in vkeys:
        try:
            key = parse_vkey(vkey)
        except FormError:
            continue
        if key.algorithm in algorithms and is_note_key(key.algorithm, key.public):
            usable.append(key)
    return usable


def _node(number: JsonValue, nodes: list[bytes], leaf: int) -> bytes:
    place = LOG.number(number, "a number in the leaf's proof", leaf)
    if place >= len(nodes):
        LOG.refuse(f"the proof names node {place} of {len(nodes)}", leaf)
    return nodes[place]


def _leaf(raw: bytes, index: int) -> Leaf:
    try:
        leaf = read_leaf(raw)
    except FormError as error:
        raise ProofError("log", error.message, leaf=index) from error
    if leaf.index != index:
        LOG.refuse(f"the leaf names itself {leaf.index}", index)
    return leaf


def _check_included(exam: Examination, index: int, proof: list[bytes]) -> None:
    checkpoint = exam.checkpoint
    try:
        verify_inclusion(
            exam.hashes[index],
            index=index,
            size=checkpoint.size,
            proof=proof,
            root=checkpoint.root,
        )
    except ProofError as error:
        raise ProofError("log", error.message, leaf=index) from error


def _check_times(exam: Examination) -> None:
    last = exam.checkpoint.size - 1
    if not isinstance(exam.leaves.get(last), StateLeaf):
        LOG.refuse("the last leaf is not shown, or is no state leaf", last)
    newest_ms = 0
    for index, leaf in exam.leaves.items():
        time_ms = leaf.admitted_ms if isinstance(leaf, EventLeaf) else leaf.at_ms
        if time_ms < newest_ms:
            LOG.refuse("times go back", index)
        newest_ms = time_ms


def _check_chain(exam: Examination, uri: str, links: dict[int, dict[bytes, Link]]) -> None:
    """The leaves of one chain, numbered without gap, each linked to the one before."""
    key = subject_key(uri)
    last, previous = -1, NO_PREVIOUS
    for seq, index in enumerate(exam.chains[uri]):
        if index not in links or index <= last:
            MAP.refuse(f"{uri} names no later event leaf", index)
        link = links[index].get(key)
        if link is None or link.subject_seq != seq or link.previous != previous:
            MAP.refuse(f"the chain of {uri} breaks at number {seq}", index)
        last, previous = index, exam.hashes[index]


def _check_bound(exam: Examination, uri: str, proof: MapProof) -> None:
    """The map binds exactly this chain, or proves the subject absent."""
    depth = len(proof.siblings)
    if exam.depth is None:
        exam.depth = depth
    if depth != exam.depth or not 1 <= depth <= MAP_DEPTH_MAX:
        MAP.refuse(f"{uri} has {depth} siblings, others {exam.depth}")
    found = verify_map_proof(proof, key=subject_key(uri), depth=depth, root=exam.state.map_root)
    chain = exam.chains[uri]
    expected = map_value(len(chain), exam.hashes[chain[-1]]) if chain else None
    if found != expected:
        shown = f"{len(chain)} leaves" if chain else "absence"
        MAP.refuse(f"the map does not bind {shown} of {uri}", chain[-1] if chain else None)


def _check_links(exam: Examination) -> None:
    """Every link of a shown leaf to a shown subject stands in that subject's list."""
    chains = {subject_key(uri): chain for uri, chain in exam.chains.items()}
    for leaf in exam.event_leaves():
        for link in leaf.links:
            if link.subject_seq == 0 and link.previous != NO_PREVIOUS:
                MAP.refuse("the first leaf of a chain names one before it", leaf.index)
            chain = chains.get(link.subject_key)
            place = link.subject_seq
            if chain is not None and chain[place : place + 1] != [leaf.index]:
                MAP.refuse("a leaf is missing from its chain's list", leaf.index)


def _map_proof(uri: str, value: JsonValue) -> MapProof:
    proof = MAP.members(value, f"the proof of {uri}")
    bucket = []
    for pair in MAP.entries(proof.get("bucket"), f"the bucket of {uri}"):
        match pair:
            case [key, bound]:
                bucket.append((MAP.digest(key, "a key"), MAP.digest(bound, "a value")))
            case _:
                MAP.refuse(f"the bucket of {uri} holds what is no pair")
    siblings = MAP.entries(proof.get("siblings"), f"the siblings of {uri}")
    return MapProof(
        bucket=tuple(bucket),
        siblings=tuple(b"" if one == "" else MAP.digest(one, "a sibling") for one in siblings),
    )
