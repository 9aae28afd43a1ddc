"""What rules would say of a statement before it is signed: forms refuse what would raise a hold."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.herbs.events import Event
from ledger.judging.shelf import LedgerShelf, Memory
from ledger.rules.findings.finding import Finding, Reference
from ledger.rules.history.fact import Fact
from ledger.rules.history.known import Known, Place
from ledger.rules.history.topics import Shelf, Told, topics_of
from ledger.rules.scopes.bench import Bench
from ledger.rules.scopes.pool import Pool
from ledger.rules.scopes.scope import touched
from ledger.seam import Reading
from ledger.statements.standing import Registry

DRAFTED: Final = "drafted"  # stands for the id that the statement has once it is signed
REFUSING: Final = frozenset({"PH1", "PB1", "TS1", "LB1", "LB2", "MB4"})
OTHERS_MAX: Final = 2**62  # a draft comes after everything that is recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Would:
    """Findings that a draft would raise: those for which a form refuses, and those that warn."""

    refusing: tuple[Finding, ...]
    warning: tuple[Finding, ...]


def would_raise(
    reading: Reading, registry: Registry, event: Event, *, actor: str, now_ms: int
) -> Would:
    """Return what rules would newly find if `actor` signed the event now.

    A correction raises nothing here: what it rights is judged when it arrives.
    """
    if event.corrects is not None:
        return Would(refusing=(), warning=())
    draft = Fact(
        index=OTHERS_MAX,
        statement_id=DRAFTED,
        subject=next((thing.uri for thing in (*event.outputs, *event.about)), event.site or ""),
        event=event,
        signed_ms=now_ms,
        recorded_ms=now_ms,
        actor=actor,
    )
    shelf = LedgerShelf(reading, registry, stop=reading.judged().through, memory=Memory())
    pool = Pool(_WithDraft(shelf, draft))
    judgement = Bench(pool, Reference(), now_ms).judge(touched(pool, [draft]))
    found = [
        finding
        for each in judgement.findings.values()
        for finding in each
        if DRAFTED in finding.statement_ids
    ]
    return Would(
        refusing=tuple(f for f in found if _refuses(f, event, actor)),
        warning=tuple(f for f in found if not _refuses(f, event, actor)),
    )


def _refuses(finding: Finding, event: Event, actor: str) -> bool:
    """Whether it would hold a lot: of a claim, what whoever claims it makes of the subject."""
    own = actor in finding.claimed_by and any(t.uri == finding.subject for t in event.inputs)
    return finding.holds and finding.rule in REFUSING and (own or not finding.is_claim)


class _WithDraft:
    """A shelf on which the draft stands already."""

    def __init__(self, shelf: Shelf, draft: Fact) -> None:
        self._shelf = shelf
        self._draft = draft
        self._topics = topics_of(draft)
        self.places: Mapping[str, Place] = shelf.places
        self.supervisors = shelf.supervisors
        self.roles: Mapping[str, Collection[str]] = shelf.roles

    def find(self, topics: Iterable[str]) -> Mapping[str, Sequence[int]]:
        """Leaf indices under each topic, the draft's after the others."""
        names = list(topics)
        found = dict(self._shelf.find(names))
        for name in self._topics.intersection(names):
            found[name] = [*found.get(name, ()), self._draft.index]
        return found

    def index_of(self, statement_ids: Iterable[str]) -> Mapping[str, int]:
        """Where statements stand, the draft among them."""
        names = set(statement_ids)
        found = dict(self._shelf.index_of(names - {DRAFTED}))
        return found | ({DRAFTED: self._draft.index} if DRAFTED in names else {})

    def read(self, indices: Iterable[int]) -> Sequence[Told]:
        """What stands at these leaves."""
        wanted = set(indices)
        told = self._shelf.read(sorted(wanted - {self._draft.index}))
        return [*told, self._draft] if self._draft.index in wanted else told

    def known(self, facts: Sequence[Fact]) -> Known:
        """What is known of facts that are recorded."""
        return self._shelf.known([fact for fact in facts if fact is not self._draft])
