"""Replay the log from its first leaf: chains, standing, map, tree, signed heads, projections.

Shares no state with the writer: the tree, the map and the registry are made anew.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ledger.audit.examine import Examined, Keys, examine, stated_and_named_keys
from ledger.audit.findings import AuditReport, Finding
from ledger.audit.heads import Heads
from ledger.errors import DaodiError, FormError
from ledger.log.leaves import NO_PREVIOUS, EventLeaf, Leaf, StateLeaf, parse_leaf
from ledger.log.subject_map import SubjectMap, map_value
from ledger.replica import KeyHead
from ledger.seam import (
    Difference,
    Entry,
    Progress,
    ProjectionCheck,
    Reading,
    Recorded,
    SignedHead,
    Store,
)
from ledger.statements.standing import Registry
from ledger.statements.statement import EVENT, Claim, parse_claim

BATCH_LEAVES: Final = 1_000  # what one process examines at a time: about 2 MB
FINDINGS_MAX: Final = 10_000  # a ledger damaged more than this needs a backup, not a list

INDEX_MIN: Final = -(2**63)  # what a row may say, not what it should
INDEX_MAX: Final = 2**63 - 1

Batch = tuple[Sequence[Entry], Keys]
MapBatches = Callable[[Iterable[Batch]], Iterator[list[Examined]]]


def examine_batch(batch: Batch) -> list[Examined]:
    """Examine one batch; what a pool of processes is given to run."""
    return examine(*batch)


def in_this_process(batches: Iterable[Batch]) -> Iterator[list[Examined]]:
    """The plain way to run batches, one after another."""
    return map(examine_batch, batches)


def audit(
    store: Store, *, progress: Progress, map_batches: MapBatches = in_this_process
) -> AuditReport:
    """Replay the whole ledger and return every finding, in order of the log."""
    with store.reading() as reading:
        size = reading.size()
        heads = Heads(reading.signed_heads())
        replay = Replay(reading, heads, store.projection_check(reading))
        for examined in map_batches(_batches(reading.entries(INDEX_MIN, INDEX_MAX))):
            replay.take(examined)
            progress(min(replay.size, size), size)
        replay.finish(size, store.guarded_head())
        rivals = len(reading.rivals())
    findings = sorted(
        replay.findings, key=lambda found: found.leaf if found.leaf is not None else 2**62
    )
    return AuditReport(
        size=replay.size,
        statements=replay.statements,
        signed_heads=heads.seen,
        rivals=rivals,
        findings=tuple(findings[:FINDINGS_MAX]),
        truncated=len(findings) > FINDINGS_MAX,
    )


def _batches(entries: Iterator[Entry]) -> Iterator[Batch]:
    """Batches, each with the keys that its statements name, among those stated so far."""
    keys: dict[str, tuple[str, bytes]] = {}
    while batch := list(islice(entries, BATCH_LEAVES)):
        stated, named = stated_and_named_keys(batch)
        keys = stated | keys  # the first statement of a key counts
        yield batch, {kid: keys[kid] for kid in named if kid in keys}


@dataclass(slots=True)
class _Chain:
    """A subject's chain as replayed: its length, last leaf hash, and whose leaf that was."""

    count: int
    leaf_hash: bytes
    index: int


class Replay:
    """The fold over examined entries; `findings` grows as it goes."""

    def __init__(self, reading: Reading, heads: Heads, projections: ProjectionCheck) -> None:
        self.findings: list[Finding] = []
        self.size = 0
        self.statements = 0
        self._reading = reading
        self._heads = heads
        self._projections = projections
        self._blind_from: int | None = None  # a statement is lost that projections follow from
        self._registry = Registry(find_claim=self._find_claim)
        self._map = SubjectMap(1)
        self._overlay = self._map.overlay()
        self._chains: dict[bytes, _Chain] = {}
        self._key_heads: dict[str, KeyHead] = {}
        self._damaged: set[int] = set()

    def take(self, batch: Sequence[Examined]) -> None:
        """Fold one batch of entries, in order of their index."""
        recorded: list[Recorded] = []
        for one in batch:
            if one.index != self.size:
                self._take_gap(one)
            if one.index < self.size:
                continue  # an index below what is expected: already named as out of place
            self._take_one(one, recorded)
        self._compare(recorded)

    def finish(self, size: int, guarded: SignedHead | None) -> None:
        """Compare what only the end can tell; `size` is what the database says it holds."""
        if size > self.size:
            self._find("leaf_missing", size - 1, f"found where {self.size} was expected")
        if self._blind_from is None:
            self._projection_findings(self._projections.finish())
        else:
            reason = "the statement from which rows follow is lost"
            self._find("projection_unchecked", self._blind_from, reason)
        self.findings.extend(self._heads.finish(self.size, guarded))

    def _take_gap(self, one: Examined) -> None:
        if not 0 <= one.index - self.size <= FINDINGS_MAX:
            self._find("leaf_missing", one.index, f"found where {self.size} was expected")
            self._lose(one.index)
            return
        for index in range(self.size, one.index):
            self._find("leaf_missing", index, "no row of this index")
            self._lose(index)
            self._heads.take(index, bytes(32), None)
        self.size = one.index

    def _take_one(self, one: Examined, recorded: list[Recorded]) -> None:
        self.size = one.index + 1
        leaf = _leaf_of(one)
        if one.code:
            self._damaged.add(one.index)
            self._find(one.code, one.index, one.reason)
        self.findings.extend(self._heads.take(one.index, one.leaf_hash, leaf))
        if isinstance(leaf, StateLeaf):
            self._take_state(leaf)
        elif isinstance(leaf, EventLeaf):
            self.statements += 1
            self._take_links(one, leaf)
            self._take_key(one, leaf)
        if isinstance(leaf, EventLeaf) and one.said is not None:
            claim = one.said.claim()
            self._take_claim(one, leaf, claim)
            recorded.append(
                Recorded(
                    leaf=leaf,
                    leaf_hash=one.leaf_hash,
                    claim=claim,
                    seqs=one.seqs,
                    meaning=one.meaning,
                )
            )
        elif not isinstance(leaf, StateLeaf):
            self._lose(one.index)

    def _lose(self, index: int) -> None:
        """What follows from this leaf and those after it can no longer be told."""
        self._damaged.add(index)
        if self._blind_from is None:
            self._blind_from = index

    def _take_state(self, leaf: StateLeaf) -> None:
        if self._overlay.root() != leaf.map_root:
            self._find("map_differs", leaf.index, "the map replayed has another root")
        self._overlay.apply()
        self._overlay = self._map.overlay()

    def _take_links(self, one: Examined, leaf: EventLeaf) -> None:
        """Each link continues its subject's chain; a break behind a damaged leaf is that leaf's."""
        for link in leaf.links:
            chain = self._chains.get(link.subject_key)
            count, head = (chain.count, chain.leaf_hash) if chain else (0, NO_PREVIOUS)
            broken = link.subject_seq != count or link.previous != head
            if broken and not (chain and chain.index in self._damaged):
                self._find(
                    "links_differ",
                    leaf.index,
                    f"link {link.subject_seq} after {head.hex()[:16]} at leaf "
                    f"{chain.index if chain else 'none'} does not continue its chain of {count}",
                )
            count = link.subject_seq + 1
            self._chains[link.subject_key] = _Chain(count, one.leaf_hash, leaf.index)
            self._overlay.bind(link.subject_key, map_value(count, one.leaf_hash))

    def _take_key(self, one: Examined, leaf: EventLeaf) -> None:
        kid = leaf.key_id.hex()
        head = self._key_heads.get(kid, KeyHead(0, None))
        prev = one.said.prev if one.said else head.statement_id
        if leaf.key_seq != head.next_seq or prev != head.statement_id:
            self._find(
                "key_chain_broken",
                leaf.index,
                f"number {leaf.key_seq} of the key follows {head.next_seq - 1}",
            )
        self._key_heads[kid] = KeyHead(leaf.key_seq + 1, leaf.statement_id.hex())

    def _take_claim(self, one: Examined, leaf: EventLeaf, claim: Claim) -> None:
        self.findings.extend(self._heads.check_anchor(claim.anchor, leaf.index))
        try:
            self._registry.judge(claim, index=leaf.index, alg=one.alg, subject_seqs=one.seqs)
        except DaodiError as error:
            self._find("standing", leaf.index, error.message)
            return
        if claim.kind == EVENT:
            return
        self._registry.apply(claim, index=leaf.index)
        self._heads.log_keys = self._registry.log_keys
        depth = self._registry.map_depth
        if leaf.index == 0 and depth is not None:
            self._map = SubjectMap(depth)
            self._overlay = self._map.overlay()
            for key, chain in self._chains.items():
                self._overlay.bind(key, map_value(chain.count, chain.leaf_hash))

    def _compare(self, recorded: list[Recorded]) -> None:
        if self._blind_from is None:
            self._projection_findings(self._projections.feed(recorded, self.size))

    def _projection_findings(self, differences: Iterable[Difference]) -> None:
        for table, index, what in differences:
            self.findings.append(
                Finding(code="projection_differs", reason=what, leaf=index, table=table)
            )

    def _find_claim(self, statement_id: str) -> Claim | None:
        """The claim of an earlier statement; of a damaged one, nothing is known."""
        index = self._reading.index_of([statement_id]).get(statement_id, self.size)
        if index >= self.size or index in self._damaged:
            return None
        (entry,) = self._reading.entries_at([index])
        return parse_claim(entry.payload or b"")

    def _find(self, code: str, leaf: int, reason: str) -> None:
        self.findings.append(Finding(code=code, reason=reason, leaf=leaf))


def _leaf_of(one: Examined) -> Leaf | None:
    """The leaf, parsed again: that is quicker than to carry it from another process."""
    try:
        return parse_leaf(one.leaf)
    except FormError:
        return None  # named already
