"""Replay the log from its first leaf: chains, standing, map, tree, signed heads, projections.

Shares no state with the writer: the tree, the map and the registry are made anew.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ledger.audit.examine import Examined, Keys, examine, stated_keys
from ledger.audit.findings import AuditReport, Finding
from ledger.audit.heads import Heads
from ledger.errors import DaodiError
from ledger.log.leaves import NO_PREVIOUS, EventLeaf, StateLeaf, subject_key
from ledger.log.subject_map import SubjectMap, map_value
from ledger.replica import KeyHead
from ledger.seam import Entry, Progress, ProjectionCheck, Recorded, Store
from ledger.statements.standing import Registry
from ledger.statements.statement import EVENT, Claim

BATCH_LEAVES: Final = 1_000  # what one process examines at a time: about 2 MB
FINDINGS_MAX: Final = 10_000  # a ledger damaged more than this needs a backup, not a list

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
        replay = Replay(heads, store.projection_check(reading))
        entries = reading.entries(-(2**62), 2**62)
        for examined in map_batches(_batches(entries)):
            replay.take(examined)
            progress(min(replay.size, size), size)
        replay.finish(store.guarded_head())
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
    keys: dict[str, tuple[str, bytes]] = {}
    while batch := list(islice(entries, BATCH_LEAVES)):
        keys.update(stated_keys(batch))
        yield batch, dict(keys)


@dataclass(slots=True)
class _Chain:
    """A subject's chain as replayed: its length, last leaf hash, and whose leaf that was."""

    count: int
    leaf_hash: bytes
    index: int


class Replay:
    """The fold over examined entries; `findings` grows as it goes."""

    def __init__(self, heads: Heads, projections: ProjectionCheck) -> None:
        self.findings: list[Finding] = []
        self.size = 0
        self.statements = 0
        self._heads = heads
        self._projections = projections
        self._registry = Registry(find_claim=self._find_claim)
        self._map = SubjectMap(1)
        self._overlay = self._map.overlay()
        self._chains: dict[bytes, _Chain] = {}
        self._key_heads: dict[str, KeyHead] = {}
        self._approvable: dict[str, Claim] = {}
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

    def finish(self, guarded: object) -> None:
        """Compare what only the end can tell."""
        self._projection_findings(self._projections.finish())
        self.findings.extend(self._heads.finish(self.size, guarded))

    def _take_gap(self, one: Examined) -> None:
        if not 0 <= one.index - self.size <= FINDINGS_MAX:
            self._find("leaf_missing", one.index, f"found where {self.size} was expected")
            self._damaged.add(one.index)
            return
        for index in range(self.size, one.index):
            self._find("leaf_missing", index, "no row of this index")
            self._damaged.add(index)
            self._heads.take(index, bytes(32), None)
        self.size = one.index

    def _take_one(self, one: Examined, recorded: list[Recorded]) -> None:
        self.size = one.index + 1
        if one.code:
            self._damaged.add(one.index)
            self._find(one.code, one.index, one.reason)
        leaf = one.leaf
        self.findings.extend(self._heads.take(one.index, one.leaf_hash, leaf))
        if isinstance(leaf, StateLeaf):
            self._take_state(leaf)
        elif isinstance(leaf, EventLeaf):
            self.statements += 1
            self._take_links(one, leaf)
            self._take_key(one, leaf)
            if one.claim is not None:
                self._take_claim(one, leaf, one.claim)
                recorded.append(
                    Recorded(leaf=leaf, leaf_hash=one.leaf_hash, claim=one.claim, event=one.event)
                )

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
        prev = one.claim.prev if one.claim else head.statement_id
        if leaf.key_seq != head.next_seq or prev != head.statement_id:
            self._find(
                "key_chain_broken",
                leaf.index,
                f"number {leaf.key_seq} of the key follows {head.next_seq - 1}",
            )
        self._key_heads[kid] = KeyHead(leaf.key_seq + 1, leaf.statement_id.hex())

    def _take_claim(self, one: Examined, leaf: EventLeaf, claim: Claim) -> None:
        self._approvable[claim.statement_id] = claim
        self.findings.extend(self._heads.check_anchor(claim.anchor, leaf.index))
        seqs = {link.subject_key: link.subject_seq for link in leaf.links}
        try:
            self._registry.judge(
                claim,
                index=leaf.index,
                alg=one.alg,
                subject_seqs={uri: seqs[subject_key(uri)] for uri in claim.subjects},
            )
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
        self._projection_findings(self._projections.feed(recorded, self.size))

    def _projection_findings(self, differences: Iterable[tuple[str, int, str]]) -> None:
        for table, index, what in differences:
            if index in self._damaged and table != "subject":
                continue  # the entry itself is named already
            self.findings.append(
                Finding(code="projection_differs", reason=what, leaf=index, table=table)
            )

    def _find_claim(self, statement_id: str) -> Claim | None:
        return self._approvable.get(statement_id)

    def _find(self, code: str, leaf: int, reason: str) -> None:
        self.findings.append(Finding(code=code, reason=reason, leaf=leaf))
