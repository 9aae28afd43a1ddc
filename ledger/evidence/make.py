"""Make the bundle that proves a thing's history: its chains, its ancestors', its signers'."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from msgspec.json import encode

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import CannotCheckError, FormError, NotFoundError, StoreError
from ledger.evidence.ancestry import making
from ledger.evidence.verdict import ANCESTORS_MAX, FILE_BYTES_MAX, FORMAT, LEAVES_MAX
from ledger.log.leaves import format_leaf, subject_key
from ledger.log.merkle import leaf_hash
from ledger.log.subject_map import MapProof, map_value
from ledger.replica import Replica
from ledger.seam import Reading, Store
from ledger.statements.envelope import encode_base64
from ledger.statements.sealed import Opening, format_opening
from ledger.statements.statement import Claim, key_uri, ledger_uri, parse_claim

# Beside its payload: leaf, signature, id and its share of the tree; a quarter more or less.
STATEMENT_BYTES: Final = 600
SURELY_SMALL: Final = FILE_BYTES_MAX // 4  # by estimate; what may be larger is measured


@dataclass(slots=True)
class _Gathered:
    """What the bundle will show: chains in order of need, leaves, statements, signatures."""

    size: int
    chains: dict[str, list[int]] = field(default_factory=dict)
    leaves: dict[int, bytes] = field(default_factory=dict)
    claims: dict[int, Claim] = field(default_factory=dict)
    signatures: dict[int, bytes] = field(default_factory=dict)


def make_evidence(
    store: Store, replica: Replica, asked: str, *, openings: bool = False
) -> JsonObject:
    """Return the evidence bundle for a thing's URI, as of the newest checkpoint.

    A thing that no leaf names is proved absent. Raises NotFoundError `evidence_not_ready` while
    the making of the thing or of an ancestor has not arrived, and CannotCheckError
    `evidence_too_large` for what no verifier takes; StoreError `database_damaged` where the
    database has lost what the log's map still binds. `openings` adds the sealed values that are
    still open, for a reader who may see them.
    """
    follow(store, replica)
    # One mutex, one size: chains, tree and map must be of the same moment.
    with replica.mutex, store.reading() as reading:
        gathered = _Gathered(size=replica.size)
        _gather_things(reading, gathered, replica, asked)
        _gather_signers(reading, gathered, replica)
        opened = []
        if openings:
            opened = reading.openings([one.statement_id for one in gathered.claims.values()])
        bundle = _bundle(replica, gathered, asked, opened)
    size = estimated_bytes(len(claim.payload) for claim in gathered.claims.values())
    if size > SURELY_SMALL and (size := len(encode(bundle))) > FILE_BYTES_MAX:
        raise _too_large(gathered, f"{size} bytes")
    return bundle


def estimated_bytes(payloads: Iterable[int]) -> int:
    """About how large the evidence of statements with payloads of these lengths is."""
    return sum(STATEMENT_BYTES + length for length in payloads)


def _too_large(gathered: _Gathered, found: str) -> CannotCheckError:
    return CannotCheckError(
        f"{found} of evidence, at most {FILE_BYTES_MAX} bytes, {LEAVES_MAX} leaves, "
        f"{ANCESTORS_MAX} things",
        code="evidence_too_large",
        statements=len(gathered.leaves),
    )


def follow(store: Store, replica: Replica) -> None:
    """Catch up with what other processes have appended."""
    with store.reading() as reading:
        behind = reading.size() > replica.size
    if behind:
        with replica.appending, store.reading() as reading:
            replica.catch_up(reading)
    if not replica.note:
        raise StoreError("not_set_up", "the ledger has no genesis yet")


def _gather_things(reading: Reading, gathered: _Gathered, replica: Replica, asked: str) -> None:
    """The asked thing and its ancestors, each with its whole own chain."""
    _gather_chains(reading, gathered, [asked])
    if not gathered.chains[asked]:
        _require_whole(gathered, replica, asked)
    waiting = [asked] if gathered.chains[asked] else []
    followed: set[str] = set()
    while waiting:
        _gather_chains(reading, gathered, [u for u in waiting if u not in gathered.chains])
        parents: list[str] = []
        for uri in waiting:
            followed.add(uri)
            made = making(gathered.chains[uri], uri, gathered.claims.get)
            if made is None:
                _require_whole(gathered, replica, uri)
                raise NotFoundError("evidence_not_ready", f"nothing recorded yet makes {uri}")
            parents.extend(gathered.claims[made].inputs)
        if len(followed) > ANCESTORS_MAX:
            raise _too_large(gathered, f"{len(followed)} things and more")
        waiting = [uri for uri in dict.fromkeys(parents) if uri not in followed]


def _require_whole(gathered: _Gathered, replica: Replica, uri: str) -> None:
    """A making that the database lost is not one on its way: the log's map knows how many came."""
    chain = gathered.chains[uri]
    head = leaf_hash(gathered.leaves[chain[-1]]) if chain else b""
    bound = replica.map.value(subject_key(uri))
    if bound != (map_value(len(chain), head) if chain else None):
        why = f"the chain of {uri} is not the one that the log's map binds"
        raise StoreError("database_damaged", why)


def _gather_signers(reading: Reading, gathered: _Gathered, replica: Replica) -> None:
    """The ledger's chain, and for each signing key its own and its actor's, until none is new."""
    waiting = {ledger_uri(str(replica.registry.origin))}
    while waiting:
        _gather_chains(reading, gathered, sorted(waiting))
        needed = set()
        for claim in gathered.claims.values():
            needed.add(key_uri(claim.key))
            record = replica.registry.keys.get(claim.key)
            if record is not None:
                needed.add(record.actor)
        waiting = needed - set(gathered.chains)


def _gather_chains(reading: Reading, gathered: _Gathered, uris: list[str]) -> None:
    found = reading.chains(uris)
    for uri in uris:
        # A snapshot may be newer than the checkpoint: what came after it is not shown yet.
        gathered.chains[uri] = [i for i in found.get(uri, []) if i < gathered.size]
    wanted = {i for uri in uris for i in gathered.chains[uri]} - set(gathered.leaves)
    if (count := len(wanted) + len(gathered.leaves)) >= LEAVES_MAX:  # the state leaf comes too
        raise _too_large(gathered, f"{count} statements")
    for entry in reading.entries_at(wanted):
        gathered.leaves[entry.index] = entry.leaf
        if entry.payload is None or entry.signature is None:
            raise StoreError("database_damaged", f"the statement at leaf {entry.index} is gone")
        try:
            gathered.claims[entry.index] = parse_claim(entry.payload)
        except FormError as error:  # it was read when it was recorded
            why = f"the statement at leaf {entry.index}: {error.message}"
            raise StoreError("database_damaged", why) from error
        gathered.signatures[entry.index] = entry.signature
    if gone := wanted - set(gathered.leaves):
        raise StoreError("database_damaged", f"the row of leaf {min(gone)} is gone")


def _bundle(replica: Replica, gathered: _Gathered, asked: str, opened: list[Opening]) -> JsonObject:
    last = gathered.size - 1
    state = replica.state_leaf
    leaves = {**gathered.leaves, last: format_leaf(state)}
    nodes: dict[bytes, int] = {}
    proofs: JsonObject = {
        str(index): [
            nodes.setdefault(node, len(nodes))
            for node in replica.tree.inclusion_proof(index, gathered.size)
        ]
        for index in sorted(leaves)
    }
    signers = {claim.key for claim in gathered.claims.values()}
    keys = {kid: replica.registry.find_key(kid) for kid in sorted(signers)}
    return {
        "format": FORMAT,
        "origin": replica.registry.origin,
        "asked": asked,
        "checkpoint": replica.note,
        "leaves": {str(index): encode_base64(leaf) for index, leaf in sorted(leaves.items())},
        "log": {"nodes": [encode_base64(node) for node in nodes], "proofs": proofs},
        "subjects": [
            {
                "uri": uri,
                "leaves": list[JsonValue](chain),
                "map": _proof(replica.map.prove(subject_key(uri))),
            }
            for uri, chain in gathered.chains.items()
        ],
        "statements": {
            claim.statement_id: {
                "payload": claim.payload.decode(),
                "sig": encode_base64(gathered.signatures[index]),
            }
            for index, claim in sorted(gathered.claims.items())
        },
        "keys": {
            kid: {"alg": key.alg, "spki": encode_base64(key.spki)}
            for kid, key in keys.items()
            if key is not None
        },
        "openings": [format_opening(opening) for opening in opened],
    }


def _proof(proof: MapProof) -> JsonObject:
    return {
        "bucket": [[encode_base64(key), encode_base64(value)] for key, value in proof.bucket],
        "siblings": [encode_base64(sibling) for sibling in proof.siblings],
    }
