"""The fold over the log: whole stretches where all is well, entry by entry where it is not."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from struct import Struct
from typing import Final

from ledger.audit.examine import Examined, examine
from ledger.audit.findings import FINDINGS_MAX, Finding
from ledger.audit.heads import Heads
from ledger.audit.stated import StatedKeys
from ledger.audit.stretch import NONE_YET, PLACE, Seen, Signing, State, Stating, Stretch
from ledger.errors import DaodiError
from ledger.log.leaves import EventLeaf, Leaf, StateLeaf, parse_leaf, subject_key
from ledger.log.map_roots import MapRoots
from ledger.log.subject_map import map_value
from ledger.seam import (
    Agreement,
    Difference,
    Entry,
    ProjectionCheck,
    Reading,
    Recorded,
    SignedHead,
    Standing,
)
from ledger.statements.standing import Registry
from ledger.statements.statement import EVENT, SEQ_MAX, Anchor, Claim, parse_claim

NAMING_LEAVES: Final = 10_000  # a subject's URI is looked for so far, for the sake of a reason
NEW_SUBJECTS: Final = 2  # that a leaf names, more or less

_standing: Final = Struct(">I32sQ")


class Replay:
    """The log as replayed up to `size`; `findings` grows as it goes.

    `take_stretch` refuses what does not simply continue, and changes nothing then: `take` accuses.
    """

    def __init__(self, reading: Reading, projections: ProjectionCheck) -> None:
        self.findings: list[Finding] = []
        self.size = 0
        self.statements = 0
        self._reading = reading
        self._projections = projections
        self._heads = Heads(reading.signed_heads(), self._recall)
        self._blind_from: int | None = None  # a statement is lost that projections follow from
        self._registry = Registry(find_claim=self._find_claim)
        self._stated = StatedKeys()
        self._map = MapRoots(1)
        self._map_differs = False  # at the last state leaf
        self._bound: dict[bytes, bytes] = {}  # since the last state leaf
        # By subject key, in the order of their numbers: 4 bytes of count, 32 of the last leaf's
        # hash, 8 of its index; a million subjects are 250 MB.
        self._standings: dict[bytes, bytes] = {}
        self._numbers: dict[bytes, int] | None = None  # made when a difference is looked for
        self._made: set[bytes] = set()
        self._key_heads: dict[bytes, bytes] = {}  # 4 bytes of the next number, 32 of the last id
        self._damaged: set[int] = set()

    @property
    def signed_heads(self) -> int:
        """Signed heads compared."""
        return self._heads.seen

    def take_stretch(self, stretch: Stretch) -> bool:
        """Fold a whole stretch that continues the log; False, and no change, when it does not."""
        if not self._continues(stretch):
            return False
        self._heads.extend(stretch.start, stretch.hashes)
        if self._blind_from is None and stretch.agreement is not None:
            self._name(stretch.agreement.names, stretch.start)
            self._made.update(stretch.agreement.made)
        for step in stretch.steps:
            self.size = step.indices[0] + 1 if isinstance(step, Signing) else step.index + 1
            self._take_step(step)
        self._bound.update(stretch.bound)
        self.findings.extend(self._heads.leave_open(stretch.stop, stretch.open_ms))
        self._standings.update(zip(stretch.subjects.keys, stretch.subjects.after, strict=True))
        self._key_heads.update(zip(stretch.keys.keys, stretch.keys.after, strict=True))
        self.statements += stretch.statements
        self.size = stretch.stop
        return True

    def take(self, entries: Iterable[Entry]) -> int:
        """Fold entries one by one, in order of their index; returns how many there were."""
        given = list(entries)
        self._stated.take(entry.payload for entry in given)
        recorded: list[Recorded] = []
        start = self.size
        for one in examine(given, self._stated.find):
            if one.index != self.size:
                self._take_gap(one)
            if one.index < self.size:
                continue  # an index below what is expected: already named as out of place
            self._take_one(one, recorded)
        if self._blind_from is None:
            self._compare(recorded, start)
        return len(given)

    def finish(self, size: int, guarded: SignedHead | None) -> None:
        """Compare what only the end can tell; `size` is what the database says it holds."""
        if size > self.size:
            self._find("leaf_missing", size - 1, f"found where {self.size} was expected")
        if self._blind_from is None:
            heads = self._subjects()
            self._differ(self._projections.subject_differences(heads, self._name_of))
            self._differ(self._projections.strays(self.size))
        else:
            reason = "the statement from which rows follow is lost"
            self._find("projection_unchecked", self._blind_from, reason)
        self.findings.extend(self._heads.finish(self.size, guarded))

    def _continues(self, stretch: Stretch) -> bool:
        standings, heads = self._standings, self._key_heads
        return (
            stretch.whole
            and stretch.start == self.size
            and self._heads.continues(stretch.first_ms)
            and [standings.get(key, NONE_YET)[PLACE] for key in stretch.subjects.keys]
            == stretch.subjects.before
            and [heads.get(key, NONE_YET) for key in stretch.keys.keys] == stretch.keys.before
            and (self._blind_from is not None or self._agrees(stretch.agreement))
        )

    def _agrees(self, terms: Agreement | None) -> bool:
        """Whether the terms on which rows are stored as they should be are true."""
        if terms is None or not self._made.isdisjoint(terms.made):
            return False
        standings = self._standings
        named = zip(terms.names, terms.numbers, strict=True)
        fresh = [number for key, number in named if key not in standings]
        if fresh != [*range(len(standings), len(standings) + len(fresh))]:
            return False
        # Where all first numbers were right, later ones are: each is of the same stored row.
        known = self._numbers or {}
        named = zip(terms.names, terms.numbers, strict=True)
        return not known or all(known.get(key, number) == number for key, number in named)

    def _name(self, keys: Iterable[bytes], index: int) -> None:
        """Give the next numbers to subjects named for the first time, at `index` or soon after."""
        unknown = NONE_YET + index.to_bytes(8)
        for key in keys:
            self._standings.setdefault(key, unknown)

    def _take_step(self, step: State | Stating | Signing | Seen) -> None:
        match step:
            case State():
                self._bound.update(step.bound)
                leaf = StateLeaf(index=step.index, at_ms=step.at_ms, map_root=step.map_root)
                self._take_state(leaf)
                self.findings.extend(self._heads.close(leaf))
            case Stating():
                self._stated.take([step.payload])
                self._judge(parse_claim(step.payload), step.index, step.alg, step.seqs)
            case Signing():
                self._judge_signer(step)
            case Seen():
                anchor = Anchor(size=step.size, root=step.root)
                self.findings.extend(self._heads.check_anchor(anchor, step.index))

    def _judge_signer(self, step: Signing) -> None:
        """Judge events of one key, which stand on nobody's own chain, all at once."""
        try:
            self._judge_event(step, step.indices[0])
        except DaodiError:
            for index in step.indices:
                try:
                    self._judge_event(step, index)
                except DaodiError as error:
                    self._find("standing", index, error.message)

    def _judge_event(self, step: Signing, index: int) -> None:
        claim = Claim(
            ledger=step.ledger,
            key=step.kid,
            seq=0,
            prev=None,
            signed_at="",
            kind=EVENT,
            body={},
            inputs=(),
            outputs=(),
            subjects=(),
            sealed={},
            anchor=None,
            payload=b"",
            statement_id="",
        )
        self._registry.judge(claim, index=index, alg=step.alg, subject_seqs={})

    def _take_gap(self, one: Examined) -> None:
        if not 0 <= one.index - self.size <= FINDINGS_MAX:
            self._find("leaf_missing", one.index, f"found where {self.size} was expected")
            self._lose(one.index)
            return
        for index in range(self.size, one.index):
            self._find("leaf_missing", index, "no row of this index")
            self._lose(index)
            self._heads.take(index, bytes(32), None)  # what follows from the hole accuses nobody
        self.size = one.index

    def _take_one(self, one: Examined, recorded: list[Recorded]) -> None:
        self.size = one.index + 1
        leaf = one.leaf
        if one.code:
            self._damaged.add(one.index)
            self._find(one.code, one.index, one.reason)
        self.findings.extend(self._heads.take(one.index, one.leaf_hash, leaf))
        if isinstance(leaf, StateLeaf):
            self._take_state(leaf, damaged=bool(one.code))
        elif isinstance(leaf, EventLeaf):
            self.statements += 1
            self._take_event(one, leaf, recorded)
        if one.claim is None and not isinstance(leaf, StateLeaf):
            self._lose(one.index)

    def _take_event(self, one: Examined, leaf: EventLeaf, recorded: list[Recorded]) -> None:
        claim = one.claim
        if claim is not None and self._blind_from is None:
            self._name(map(subject_key, (*claim.subjects, *claim.inputs)), leaf.index)
        self._take_links(one, leaf)
        self._take_key(one, leaf)
        if claim is None:
            return
        self.findings.extend(self._heads.check_anchor(claim.anchor, leaf.index))
        self._judge(claim, leaf.index, one.alg, one.seqs)
        recorded.append(
            Recorded(
                leaf=leaf,
                leaf_hash=one.leaf_hash,
                claim=claim,
                seqs=one.seqs,
                meaning=one.meaning,
            )
        )

    def _lose(self, index: int) -> None:
        """What follows from this leaf and those after it can no longer be told."""
        self._damaged.add(index)
        if self._blind_from is None:
            self._blind_from = index

    def _take_state(self, leaf: StateLeaf, *, damaged: bool = False) -> None:
        """Compare the map. What is lost is missed by every later root: the first says so."""
        differs = self._map.bind(self._bound) != leaf.map_root
        self._bound = {}
        if damaged:
            return  # named already, and perhaps another leaf's bytes
        if differs and not self._map_differs:
            self._find("map_differs", leaf.index, "the map replayed has another root")
        self._map_differs = differs

    def _take_links(self, one: Examined, leaf: EventLeaf) -> None:
        """Each link continues its subject's chain; a break behind a damaged leaf is that leaf's."""
        for link in leaf.links:
            count, head, at = _read(self._standings.get(link.subject_key, NONE_YET))
            broken = link.subject_seq != count or link.previous != head
            if broken and not (count and at in self._damaged):
                self._find(
                    "links_differ",
                    leaf.index,
                    f"link {link.subject_seq} after {head.hex()[:16]} at leaf "
                    f"{at if count else 'none'} does not continue its chain of {count}",
                )
            count = min(link.subject_seq + 1, SEQ_MAX)
            place = count.to_bytes(4) + one.leaf_hash
            self._standings[link.subject_key] = place + leaf.index.to_bytes(8)
            self._bound[link.subject_key] = map_value(count, one.leaf_hash)

    def _take_key(self, one: Examined, leaf: EventLeaf) -> None:
        head = self._key_heads.get(leaf.key_id, NONE_YET)
        next_seq, last = int.from_bytes(head[:4]), head[4:]
        prev = bytes.fromhex(one.claim.prev or "00" * 32) if one.claim else last
        if leaf.key_seq != next_seq or prev != last:
            self._find(
                "key_chain_broken",
                leaf.index,
                f"number {leaf.key_seq} of the key follows {next_seq - 1}",
            )
        after = min(leaf.key_seq + 1, SEQ_MAX)
        self._key_heads[leaf.key_id] = after.to_bytes(4) + leaf.statement_id

    def _judge(self, claim: Claim, index: int, alg: str, seqs: dict[str, int]) -> None:
        try:
            self._registry.judge(claim, index=index, alg=alg, subject_seqs=seqs)
        except DaodiError as error:
            self._find("standing", index, error.message)
            return
        if claim.kind == EVENT:
            return
        self._registry.apply(claim, index=index)
        self._heads.log_keys = self._registry.log_keys
        depth = self._registry.map_depth
        if index == 0 and depth is not None:
            self._map = MapRoots(depth, expected=self._reading.size() * NEW_SUBJECTS)

    def _compare(self, recorded: Sequence[Recorded], start: int) -> None:
        if self._numbers is None:
            self._numbers = {}
        known = self._numbers
        for key in islice(self._standings, len(known), None):
            known[key] = len(known)
        found, made = self._projections.differences(
            recorded, start, self.size, numbers=known, made=self._made
        )
        self._made.update(made)
        self._differ(found)

    def _differ(self, differences: Iterable[Difference]) -> None:
        for table, index, what in differences:
            self.findings.append(
                Finding(code="projection_differs", reason=what, leaf=index, table=table)
            )

    def _subjects(self) -> Iterator[Standing]:
        for key, standing in self._standings.items():
            count, head, _ = _standing.unpack(standing)
            yield key, (count, head)

    def _name_of(self, key: bytes) -> str:
        """The URI behind a subject's key, from a statement that names it."""
        *_, at = _read(self._standings[key])
        for entry in self._reading.entries(at, at + NAMING_LEAVES):
            try:
                claim = parse_claim(entry.payload or b"")
            except DaodiError:
                continue
            for uri in (*claim.subjects, *claim.inputs):
                if subject_key(uri) == key:
                    return uri
        return key.hex()

    def _recall(self, start: int, stop: int) -> list[Leaf | None]:
        """Leaves that went by in a stretch."""
        return [_parsed(entry.leaf) for entry in self._reading.entries(start, stop)]

    def _find_claim(self, statement_id: str) -> Claim | None:
        """The claim of an earlier statement; of a damaged one, nothing is known."""
        index = self._reading.index_of([statement_id]).get(statement_id, self.size)
        if index >= self.size or index in self._damaged:
            return None
        (entry,) = self._reading.entries_at([index])
        return parse_claim(entry.payload or b"")

    def _find(self, code: str, leaf: int, reason: str) -> None:
        self.findings.append(Finding(code=code, reason=reason, leaf=leaf))


def _read(standing: bytes) -> tuple[int, bytes, int]:
    """Count, last hash and last leaf's index of a subject's chain."""
    return int.from_bytes(standing[:4]), standing[4:36], int.from_bytes(standing[36:])


def _parsed(raw: bytes) -> Leaf | None:
    try:
        return parse_leaf(raw)
    except DaodiError:
        return None  # named already
