"""Checks `log` and `map` of format section 7: where each leaf lies, and that none is withheld."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.stranger.note import Checkpoint
from tests.stranger.proofs import (
    NO_LEAF,
    EventLeaf,
    Leaf,
    Link,
    StateLeaf,
    is_included,
    leaf_hash,
    map_value,
    parse_leaf,
    parse_map_proof,
    subject_key,
)
from tests.stranger.shape import (
    DECIMAL,
    HASH_BYTES,
    Json,
    read_b64,
    read_integer,
    read_list,
    read_member,
    read_object,
    read_text,
)
from tests.stranger.verdict import Fails, Stops

LEAVES_MAX = 10_000  # section 7: what a phone checks in bearable time


@dataclass(frozen=True, slots=True)
class Log:
    """The proved leaves, by rising index, and their hashes."""

    leaves: dict[int, Leaf]
    hashes: dict[int, bytes]
    state: StateLeaf

    def events(self) -> list[EventLeaf]:
        """Give the event leaves, by rising index."""
        return [leaf for leaf in self.leaves.values() if isinstance(leaf, EventLeaf)]


@dataclass(frozen=True, slots=True)
class Chains:
    """The indices of each shown subject's leaves, and the map's depth (None without subjects)."""

    leaves: dict[str, tuple[int, ...]]
    depth: int | None


def check_log(bundle: Mapping[str, Json], checkpoint: Checkpoint) -> Log:
    """Check that every leaf lies at its index, the last is a state leaf and time does not fall."""
    shown = read_object(bundle.get("leaves"), "`leaves`")
    if len(shown) > LEAVES_MAX:
        raise Stops(f"the file shows {len(shown)} leaves, more than {LEAVES_MAX}")
    log = read_object(bundle.get("log"), "`log`")
    nodes = [
        read_b64(node, "a node", size=HASH_BYTES)
        for node in read_list(read_member(log, "nodes", "`log`"), "`nodes`")
    ]
    proofs = read_object(read_member(log, "proofs", "`log`"), "`proofs`")
    leaves: dict[int, Leaf] = {}
    hashes: dict[int, bytes] = {}
    for name in sorted(shown, key=_parse_index):
        index = _parse_index(name)
        encoded = read_b64(shown[name], "a leaf", leaf=index)
        leaves[index], hashes[index] = parse_leaf(encoded, index), leaf_hash(encoded)
        path = _read_path(proofs.get(name), nodes, index)
        if not is_included(hashes[index], index, checkpoint.size, path, checkpoint.root):
            raise Fails("the proof does not lead to the root", leaf=index)
    _check_times(leaves)
    state = leaves.get(checkpoint.size - 1)
    if not isinstance(state, StateLeaf):
        raise Fails(f"leaf {checkpoint.size - 1} is not shown, or is no state leaf")
    return Log(leaves, hashes, state)


def _parse_index(name: str) -> int:
    if not DECIMAL.fullmatch(name):
        raise Fails(f"{name!r} is no index of a leaf")
    return int(name)


def _read_path(proof: Json, nodes: list[bytes], index: int) -> list[bytes]:
    numbers = read_list(proof, "the leaf's proof", leaf=index)
    path = [read_integer(number, "a number of the proof", leaf=index) for number in numbers]
    if any(number >= len(nodes) for number in path):
        raise Fails("the proof names a node that is not there", leaf=index)
    return [nodes[number] for number in path]


def _check_times(leaves: dict[int, Leaf]) -> None:
    newest_ms = 0
    for leaf in leaves.values():
        if leaf.at_ms < newest_ms:
            raise Fails("the leaf is earlier than a leaf before it", leaf=leaf.index)
        newest_ms = leaf.at_ms


def check_map(bundle: Mapping[str, Json], log: Log) -> Chains:
    """Check that each chain is whole, bound by the map, and left out by no shown leaf."""
    chains: dict[str, tuple[int, ...]] = {}
    depths: set[int] = set()
    for entry in read_list(bundle.get("subjects"), "`subjects`"):
        subject = read_object(entry, "a subject")
        uri = read_text(read_member(subject, "uri", "a subject"), "a subject's uri")
        if uri in chains:
            raise Fails(f"{uri} is there twice")
        what = f"the subject {uri}"
        numbers = read_list(read_member(subject, "leaves", what), "a subject's list of leaves")
        chains[uri] = tuple(read_integer(number, "a subject's leaf") for number in numbers)
        _check_chain(uri, chains[uri], log)
        depths.add(_check_bound(uri, chains[uri], read_member(subject, "map", what), log))
    if len(depths) > 1:
        raise Fails("the map proofs have different depths")
    _check_links(chains, log)
    return Chains(chains, depths.pop() if depths else None)


def _check_chain(uri: str, indices: tuple[int, ...], log: Log) -> None:
    key = subject_key(uri)
    last, previous = -1, NO_LEAF
    for seq, index in enumerate(indices):
        leaf = log.leaves.get(index)
        if index <= last:
            raise Fails(f"the indices of {uri} do not rise", leaf=index)
        if not isinstance(leaf, EventLeaf):
            raise Fails(f"a leaf of {uri} is not shown, or is no event leaf", leaf=index)
        if Link(key, seq, previous) not in leaf.links:
            raise Fails(f"the leaf is not number {seq} of {uri}, after the one before", leaf=index)
        last, previous = index, log.hashes[index]


def _check_bound(uri: str, indices: tuple[int, ...], proof: Json, log: Log) -> int:
    """Check what the map binds to the subject, and give the map's depth."""
    key = subject_key(uri)
    shown = read_object(proof, f"the map proof of {uri}")
    bucket = read_member(shown, "bucket", f"the map proof of {uri}")
    siblings = read_member(shown, "siblings", f"the map proof of {uri}")
    parsed = parse_map_proof(bucket, siblings, key)
    if parsed.root(key) != log.state.map_root:
        raise Fails(f"the map proof of {uri} does not lead to the map's root")
    bound = map_value(len(indices), log.hashes[indices[-1]]) if indices else None
    if parsed.value(key) != bound:
        raise Fails(f"the map does not bind {len(indices)} leaves to {uri}")
    return len(parsed.siblings)


def _check_links(chains: dict[str, tuple[int, ...]], log: Log) -> None:
    by_key = {subject_key(uri): indices for uri, indices in chains.items()}
    for leaf in log.events():
        for link in leaf.links:
            if link.subject_seq == 0 and link.previous != NO_LEAF:
                raise Fails("the first leaf of a subject names a leaf before it", leaf=leaf.index)
            indices = by_key.get(link.subject_key)
            place = link.subject_seq
            if indices is not None and (place >= len(indices) or indices[place] != leaf.index):
                raise Fails("the leaf is left out of a subject's list", leaf=leaf.index)
