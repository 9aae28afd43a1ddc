"""A shelf in memory: what a database's index answers, for rules that are judged piece by piece."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.rules.findings.finding import Finding, Reference
from ledger.rules.findings.kept import Scope
from ledger.rules.history.fact import Fact
from ledger.rules.history.history import History
from ledger.rules.history.known import Known, Place
from ledger.rules.history.reading import history_of, with_approvals
from ledger.rules.history.topics import Approval, Sited, Told, topics_of
from ledger.rules.judge import judge
from ledger.rules.scopes.bench import Bench, Defect
from ledger.rules.scopes.pool import Pool
from ledger.rules.scopes.scope import touched


@dataclass
class MemoryShelf:
    """Holds what has arrived; `register` has the places of sites, which count when registered."""

    register: Mapping[str, Place] = field(default_factory=dict)
    told: dict[int, Told] = field(default_factory=dict)
    topics: dict[str, list[int]] = field(default_factory=dict)
    known_now: Known = field(default_factory=Known)
    supervisors: frozenset[str] = frozenset()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def places(self) -> Mapping[str, Place]:
        """Sites registered so far."""
        here = {told.site for told in self.told.values() if isinstance(told, Sited)}
        return {uri: place for uri, place in self.register.items() if uri in here}

    def put(self, told: Told) -> None:
        """Take in what arrived."""
        self.told[told.index] = told
        for topic in topics_of(told):
            self.topics.setdefault(topic, []).append(told.index)

    def find(self, topics: Iterable[str]) -> Mapping[str, Sequence[int]]:
        """Indices under each topic."""
        return {topic: self.topics[topic] for topic in topics if topic in self.topics}

    def index_of(self, statement_ids: Iterable[str]) -> Mapping[str, int]:
        """Where statements stand."""
        wanted = set(statement_ids)
        facts = (told for told in self.told.values() if isinstance(told, Fact))
        return {fact.statement_id: fact.index for fact in facts if fact.statement_id in wanted}

    def read(self, indices: Iterable[int]) -> Sequence[Told]:
        """What stands there."""
        return [self.told[index] for index in indices]

    def known(self, facts: Sequence[Fact]) -> Known:
        """What no statement says."""
        return self.known_now

    def whole(self) -> History:
        """Everything that has arrived, as a complete replay reads it."""
        approvals = [told for told in self.told.values() if isinstance(told, Approval)]
        facts = [told for told in self.told.values() if isinstance(told, Fact)]
        return history_of(with_approvals(facts, approvals), places=self.places.values(),
                          known=self.known_now, roles=self.roles)  # fmt: skip


@dataclass
class Follower:
    """Judges what arrives on a shelf, group by group, and keeps findings by scope."""

    shelf: MemoryShelf
    found: dict[Scope, list[Finding]] = field(default_factory=dict)
    due_ms: dict[Scope, int] = field(default_factory=dict)
    defects: list[Defect] = field(default_factory=list)

    def take(self, group: Sequence[Told], now_ms: int) -> None:
        """Judge a group at an instant, with what was due by then."""
        for told in group:
            self.shelf.put(told)
        pool = Pool(self.shelf)
        scopes = touched(pool, group)
        for scope, due_ms in self.due_ms.items():
            if due_ms <= now_ms:
                scopes.add(scope)
        judgement = Bench(pool, Reference(), now_ms).judge(scopes)
        for scope, found in judgement.findings.items():
            self.found[scope] = found
            self.due_ms.pop(scope, None)
        self.due_ms.update(judgement.due_ms)
        self.defects += judgement.defects

    def findings(self, now_ms: int) -> set[Finding]:
        """All that is kept, with a sweep of what compares everybody with everybody."""
        wide = Bench(Pool(self.shelf), Reference(), now_ms).judge_wide(self.shelf.whole())
        kept = {finding for found in self.found.values() for finding in found}
        return kept | {finding for found in wide.findings.values() for finding in found}

    def replayed(self, now_ms: int) -> set[Finding]:
        """What a complete replay gives."""
        return set(judge(self.shelf.whole(), Reference(), now_ms))
