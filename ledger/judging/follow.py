"""One pass of judging: new leaves and what is due, their findings, the cursor moved in one commit.

What is judged depends on the log, on what is erasable (openings, scans) and on the present. A crash
before the commit leaves the cursor where it was, and the next pass begins there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.judging.shelf import LedgerShelf, Memory
from ledger.judging.whole import whole_history
from ledger.rules.findings.finding import Finding, Reference
from ledger.rules.findings.kept import Kept, Scope, finding_id, keep, liftings
from ledger.rules.history.topics import Told, topic, topics_of
from ledger.rules.scopes.bench import Bench, Defect, Judgement
from ledger.rules.scopes.pool import Pool, base_facts
from ledger.rules.scopes.scope import CALLS, WIDE, Scopes, called, reheard, touched
from ledger.seam import Judged, Reading, Store, Verdicts
from ledger.statements.standing import Registry

LEAVES_MAX: Final = 100  # judged in one pass: some tenths of a second that recording shares
DUE_MAX: Final = 200  # scopes judged again in one pass because time went by


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What one pass did. `behind` says how many leaves were not judged when it began.

    `more` tells whether another pass would find work; `wide_due` whether a sweep is due.
    """

    judged: Judged
    behind: int
    more: bool
    wide_due: bool
    defects: tuple[Defect, ...] = ()


class Follower:
    """Judges for one process. Several processes may: of two passes over the same one counts."""

    def __init__(self, store: Store, reference: Reference | None = None) -> None:
        self._store = store
        self._reference = reference or Reference()
        self._memory = Memory()

    def judge(self, registry: Registry, *, size: int, now_ms: int, sweep_ms: int) -> Pass:
        """Judge what is new below `size`, the size at which `registry` stands, and what is due.

        A sweep of what compares everybody is due `sweep_ms` after the first new fact.
        """
        with self._store.reading() as reading:
            before = reading.judged()
            now_ms = max(now_ms, before.at_ms)
            stop = min(size, before.through + LEAVES_MAX, reading.size())
            shelf = LedgerShelf(reading, registry, stop=stop, memory=self._memory)
            told, topics = shelf.take(reading.entries(before.through, stop))
            due = reading.waiting(now_ms, limit=DUE_MAX)
            wide_due = WIDE in due
            due = [scope for scope in due if scope != WIDE]
            if stop <= before.through and not due:
                return Pass(judged=before, behind=0, more=False, wide_due=wide_due)
            pool = Pool(shelf)
            calls = [scope for scope in due if scope.startswith(CALLS)]
            again, late = called(pool, calls)
            scopes = touched(pool, [*told, *again])
            scopes.statements |= late
            for scope in (*set(due).difference(calls), *_relifted(pool, reading, told, scopes)):
                scopes.add(scope)
            judgement = Bench(pool, self._reference, now_ms).judge(scopes)
            verdicts = Verdicts(
                before=before,
                after=Judged(
                    through=max(stop, before.through),
                    at_ms=now_ms if len(due) < DUE_MAX - 1 else before.at_ms,
                ),
                topics=topics,
                findings=_kept(pool, judgement.findings) | {call: [] for call in calls},
                due_ms=self._due(reading, judgement, scopes, now_ms + sweep_ms),
            )
        done = self._store.keep_verdicts(verdicts)
        return Pass(
            judged=verdicts.after if done else before,
            behind=max(0, size - before.through),
            more=not done or stop < size or len(due) >= DUE_MAX - 1,
            wide_due=wide_due,
            defects=tuple(judgement.defects),
        )

    def sweep(self, registry: Registry, *, now_ms: int) -> Pass:
        """Judge what compares everybody with everybody: it reads the whole history."""
        with self._store.reading() as reading:
            before = reading.judged()
            now_ms = max(now_ms, before.at_ms)
            shelf = LedgerShelf(reading, registry, stop=before.through, memory=self._memory)
            pool = Pool(shelf)
            history = whole_history(reading, shelf, before.through)
            judgement = Bench(pool, self._reference, now_ms).judge_wide(history)
            by_id = {fact.statement_id: fact for fact in history.facts}
            kept = {
                scope: [keep(scope, found, by_id, {}) for found in findings]
                for scope, findings in judgement.findings.items()
            }
        verdicts = Verdicts(before=before, after=before, topics=(), findings=kept, due_ms={})
        done = self._store.keep_verdicts(verdicts)
        return Pass(
            judged=before,
            behind=0,
            more=False,
            wide_due=not done,
            defects=tuple(judgement.defects),
        )

    def _due(
        self, reading: Reading, judgement: Judgement, scopes: Scopes, sweep_ms: int
    ) -> Mapping[Scope, int]:
        due_ms = dict(judgement.due_ms)
        if scopes.wide and not reading.is_waiting(WIDE):
            due_ms[WIDE] = sweep_ms
        return due_ms


def _relifted(
    pool: Pool, reading: Reading, told: Sequence[Told], touched_by: Scopes
) -> list[Scope]:
    """Scopes of findings that new statements lift, or whose lifting they make count or not.

    They approve it, or they give a supervisor a part in what he freed, which then is his own.
    """
    _, facts = base_facts(pool, told)
    facts = [*facts, *reheard(pool, told), *pool.of(["about"], sorted(touched_by.things))]
    topics = {each for fact in facts for each in topics_of(fact)}
    named = [each.partition("|")[2] for each in sorted(topics) if each.startswith("lifts|")]
    return [kept.scope for kept in reading.kept_as(named)] if named else []


def _kept(pool: Pool, findings: Mapping[Scope, Sequence[Finding]]) -> dict[Scope, list[Kept]]:
    """Findings with their numbers and days, and with what lifts them."""
    every = [found for each in findings.values() for found in each]
    named = {statement for found in every for statement in found.statement_ids}
    facts = {fact.statement_id: fact for fact in pool.named(sorted(named))}
    lifted = _lifted(pool, every)
    return {
        scope: [keep(scope, finding, facts, lifted) for finding in found]
        for scope, found in findings.items()
    }


def _lifted(pool: Pool, findings: Iterable[Finding]) -> dict[str, str]:
    subjects = {finding_id(found): found.subject for found in findings if found.holds}
    facts = pool.under([topic("lifts", named) for named in subjects]) if subjects else []
    if not facts:
        return {}
    return liftings(pool.history(facts), pool.shelf.supervisors, subjects, pool)
