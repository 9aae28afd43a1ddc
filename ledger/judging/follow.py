"""One pass of judging: new leaves and what is due, their findings, the cursor moved in one commit.

What is judged depends on the log, on what is erasable (openings, scans) and on the present. A crash
before the commit leaves the cursor where it was, and the next pass begins there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ledger.judging.anew import take_over
from ledger.judging.shelf import LedgerShelf, Memory
from ledger.judging.whole import whole_history
from ledger.rules.findings.finding import Finding, Reference
from ledger.rules.findings.kept import Kept, Scope, finding_id, keep, liftings
from ledger.rules.history.topics import Told, topic, topics_of
from ledger.rules.scopes.bench import OF_ALL, Bench, Defect, Judgement
from ledger.rules.scopes.pool import Pool, base_facts
from ledger.rules.scopes.scope import CALLS, WIDE, Scopes, called, own, reheard, touched
from ledger.rules.version import VERSION
from ledger.seam import Judged, Reading, Store, Verdicts
from ledger.statements.standing import Registry

LEAVES_MAX: Final = 100  # judged in one pass: some tenths of a second that recording shares
DUE_MAX: Final = 200  # scopes judged again in one pass because time went by


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What one pass did. `behind` says how many leaves were not judged when it began.

    `more` tells whether another pass would find work; `wide_due` whether a sweep is due. `found` is
    the version of the rules that had judged before it.
    """

    judged: Judged
    behind: int
    more: bool
    wide_due: bool
    defects: tuple[Defect, ...] = ()
    found: int = VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a pass has before it: the size of the log, the present, when a sweep will be due.

    With `renewing`, also what an older version of the rules judged is judged.
    """

    size: int
    now_ms: int
    sweep_ms: int
    renewing: bool


class Follower:
    """Judges for one process. Several processes may: of two passes over the same one counts."""

    def __init__(self, store: Store, reference: Reference | None = None) -> None:
        self._store = store
        self._reference = reference or Reference()
        self._memory = Memory()

    def judge(
        self, registry: Registry, *, size: int, now_ms: int, sweep_ms: int, renewing: bool = True
    ) -> Pass:
        """Judge what is new below `size`, the size at which `registry` stands, and what is due.

        A sweep of what compares everybody is due `sweep_ms` after the first new fact. With
        `renewing`, also what older rules judged is judged; what newer ones judged is left alone.
        """
        work = Work(size=size, now_ms=now_ms, sweep_ms=now_ms + sweep_ms, renewing=renewing)
        with self._store.reading() as reading:
            before = reading.judged()
            idle = Pass(judged=before, behind=max(0, size - before.through), more=False,
                        wide_due=False, found=_whose(before))  # fmt: skip
            if before.is_ours or (before.version == VERSION and not before.to_index):
                stop = min(size, before.through + LEAVES_MAX, reading.size())
                shelf = LedgerShelf(reading, registry, stop=stop, memory=self._memory)
                verdicts, done = self._examined(reading, shelf, idle, stop, work)
            elif before.version > VERSION or not renewing:
                return idle
            else:
                shelf = LedgerShelf(reading, registry, stop=before.through, memory=self._memory)
                verdicts = take_over(reading, shelf, before)
                done = replace(idle, judged=verdicts.after, more=True)
        if verdicts is None or self._store.keep_verdicts(verdicts):
            return done
        return replace(done, judged=before, more=True)

    def sweep(self, registry: Registry, *, now_ms: int) -> Pass:
        """Judge what compares everybody with everybody: it reads the whole history."""
        with self._store.reading() as reading:
            before = reading.judged()
            idle = Pass(judged=before, behind=0, more=False, wide_due=False, found=_whose(before))
            if before.version != VERSION:
                return idle
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
        verdicts = Verdicts(before=before, after=before, findings=kept)
        done = self._store.keep_verdicts(verdicts)
        return replace(idle, wide_due=not done, defects=tuple(judgement.defects))

    def _examined(
        self, reading: Reading, shelf: LedgerShelf, idle: Pass, stop: int, work: Work
    ) -> tuple[Verdicts | None, Pass]:
        """Judge the leaves below `stop` and what is due; what the pass is if that is kept."""
        before, now_ms = idle.judged, max(work.now_ms, idle.judged.at_ms)
        told, topics = shelf.take(reading.entries(before.through, stop))
        due = reading.waiting(now_ms, limit=DUE_MAX)
        idle = replace(idle, wide_due=WIDE in due)
        due = [scope for scope in due if scope != WIDE]
        left = _left(before, LEAVES_MAX - max(0, stop - before.through)) if work.renewing else None
        if stop <= before.through and not due and left is None:
            return None, replace(idle, behind=0)
        pool = Pool(shelf)
        calls = [scope for scope in due if scope.startswith(CALLS)]
        again, late = called(pool, calls)
        scopes = touched(pool, [*told, *again])
        scopes.statements |= late
        for scope in (*set(due).difference(calls), *_relifted(pool, reading, told, scopes)):
            scopes.add(scope)
        if left is not None:
            scopes.join(own(pool, shelf.read(range(left, before.to_judge))))
        judgement = Bench(pool, self._reference, now_ms).judge(scopes)
        ends = left == 0
        after = Judged(
            through=max(stop, before.through),
            at_ms=now_ms if len(due) < DUE_MAX - 1 else before.at_ms,
            to_judge=before.to_judge if left is None else left,
        )
        verdicts = Verdicts(
            before=before,
            after=after,
            topics=topics,
            # What waits for rules that another version had is not judged, and waits no longer.
            findings={**dict.fromkeys(due, ()), **_kept(pool, judgement.findings)},
            due_ms=self._due(reading, judgement, scopes, work.sweep_ms)
            | ({WIDE: 0} if ends else {}),
            outdated=OF_ALL if ends else None,
        )
        more = stop < work.size or len(due) >= DUE_MAX - 1 or (work.renewing and after.to_judge > 0)
        return verdicts, replace(idle, judged=after, more=more, defects=tuple(judgement.defects))

    def _due(
        self, reading: Reading, judgement: Judgement, scopes: Scopes, sweep_ms: int
    ) -> dict[Scope, int]:
        due_ms = dict(judgement.due_ms)
        if scopes.wide and not reading.is_waiting(WIDE):
            due_ms[WIDE] = sweep_ms
        return due_ms


def _whose(judged: Judged) -> int:
    """The version that judged; where nothing is judged yet, this one."""
    return VERSION if judged.is_ours else judged.version


def _left(before: Judged, leaves: int) -> int | None:
    """Below which leaf older rules' findings are left when so many more are judged anew."""
    return max(0, before.to_judge - leaves) if before.to_judge and leaves else None


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
