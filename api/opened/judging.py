"""Judges what is recorded: at once for whoever asks, and in a thread that gives way."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event, Lock, Thread
from typing import Final

import structlog

from ledger.audit.findings import AuditReport, Finding
from ledger.errors import DaodiError, StoreError
from ledger.evidence.make import follow
from ledger.judging.compare import judgement_differences
from ledger.judging.follow import Follower, Pass
from ledger.replica import Replica
from ledger.rules.version import VERSION
from ledger.seam import Judged, Store
from ledger.store.database import SqlStore
from ledger.store.ledger import find_claim

CATCH_UP_MS: Final = 2_000  # a reader waits so long; beyond, the answer says that it is not judged
SWEEP_MS: Final = 5_000  # what compares everybody with everybody is judged this often at most
SWEEP_SHARE: Final = 20  # and takes a twentieth of the time: it reads the whole history
PATIENCE_MS: Final = 60_000  # while groups arrive without a pause, so long; whoever asks waits less
PAUSE_S: Final = 0.25  # no group for this long is a pause
FOLLOW_EVERY: Final = 8  # pauses between looks at what other processes recorded and what is due
WRITING: Final = frozenset({"disk_full", "not_writable"})  # what keeps verdicts from being kept
YIELD: Final = 9  # while groups arrive, a pass of a second is followed by nine of rest


class Judge:
    """The judge of this process; one pass at a time."""

    def __init__(self, store: Store, replica: Replica, clock: Callable[[], int]) -> None:
        self._store = store
        self._replica = replica
        self._clock = clock
        self._follower = Follower(store)
        self._judging = Lock()
        self._sweep_ms = SWEEP_MS
        self._told_of = VERSION
        self.through = 0
        self.renewing = False

    def step(self, *, renewing: bool = True) -> Pass:
        """Judge one batch, with `renewing` also of what older rules judged. Raises StoreError."""
        with self._judging:
            follow(self._store, self._replica)
            with self._replica.mutex:
                registry, size = self._replica.registry, self._replica.size
            done = self._follower.judge(
                registry, size=size, now_ms=self._clock(), sweep_ms=self._sweep_ms,
                renewing=renewing,
            )  # fmt: skip
            self._tell(done)
            self.through = done.judged.through
            self.renewing = not done.judged.is_ours and done.judged.version <= VERSION
        return done

    def sweep(self) -> Pass:
        """Judge what compares everybody with everybody; the next one waits the longer it took."""
        with self._judging:
            began_ms = self._clock()
            done = self._follower.sweep(self._replica.registry, now_ms=began_ms)
            self._tell(done)
            self._sweep_ms = max(SWEEP_MS, SWEEP_SHARE * (self._clock() - began_ms))
        return done

    def catch_up(self, *, budget_ms: int | None = CATCH_UP_MS) -> bool:
        """Judge until nothing is left or the time is up; returns whether nothing is left.

        Who has only so much time does not judge anew what an older version judged: that is there.
        """
        began_ms = self._clock()
        try:
            while (done := self.step(renewing=budget_ms is None)).more:
                if budget_ms is not None and self._clock() - began_ms > budget_ms:
                    return False
        except StoreError as error:
            if budget_ms is None or error.code not in WRITING:
                raise
            return False  # who reads is told what is judged so far
        return done.judged.is_ours or (done.judged.version > VERSION and not done.behind)

    def settle(self) -> None:
        """Judge everything, the sweep too: what commands do before they end."""
        self.catch_up(budget_ms=None)
        if self.sweep().wide_due:  # somebody else judged meanwhile
            self.catch_up(budget_ms=None)
            self.sweep()

    def _tell(self, done: Pass) -> None:
        """Whose judgement this is, once; and rules that raised, which is our own mistake."""
        if done.found not in {VERSION, self._told_of}:
            self._told_of = done.found
            structlog.get_logger().warning(
                "judged_by_another_version", judged_by=done.found, this_program=VERSION,
                anew=done.found < VERSION,
            )  # fmt: skip
        for defect in done.defects:
            structlog.get_logger().error(
                "rule_failed", rule=defect.rule, scope=defect.scope, exc_info=defect.error
            )


def judge_of(store: SqlStore, clock: Callable[[], int]) -> Judge:
    """A judge over a database alone: it reads the log into a picture of its own."""
    return Judge(store, Replica(find_claim=find_claim(store)), clock)


def with_judgement(report: AuditReport, store: SqlStore) -> AuditReport:
    """An audit's report with how kept findings differ from a complete replay of the rules.

    A damaged log is named by the audit itself: rules are not asked what they make of it.
    """
    if not report.clean:
        return report
    replica = Replica(find_claim=find_claim(store))
    follow(store, replica)
    try:
        with store.reading() as reading:
            judged = reading.judged()
            if not judged.is_ours:
                return replace(report, unchecked=(_of_another_version(judged),))
            differences = judgement_differences(reading, replica.registry)
    except StoreError as error:
        if error.code != "database_damaged":
            raise
        return replace(report, findings=(Finding(code="judgement_differs", reason=error.message),))
    found = [
        Finding(code="judgement_differs", reason=what, leaf=leaf, table=table)
        for table, leaf, what in differences
    ]
    return replace(report, findings=tuple(found))


def _of_another_version(judged: Judged) -> Finding:
    if judged.version == VERSION:
        done = "is being judged anew by this version"
    elif judged.version < VERSION:
        done = "a server or `daodi findings` judges it anew"
    else:
        done = "update this program, or judge by it with `daodi rebuild`"
    why = f"judged by version {judged.version} of the rules, this program has {VERSION}: {done}"
    return Finding(code="judged_by_another_version", reason=why, table="judged")


class JudgeThread:
    """Judges while the server runs. Recording comes first: it waits for a pause, up to a limit."""

    def __init__(self, judge: Judge, replica: Replica, clock: Callable[[], int]) -> None:
        self._judge = judge
        self._replica = replica
        self._clock = clock
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="daodi-judge", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End after the pass that runs; what is not judged is judged after the next start."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        size, since_ms, pauses = -1, self._clock(), 0
        while not self._stopping.wait(PAUSE_S):
            quiet, size = size == self._replica.size, self._replica.size
            behind = self._judge.through < size or self._judge.renewing
            since_ms = since_ms if behind else self._clock()
            pauses += 1
            waited = self._clock() - since_ms > PATIENCE_MS
            due = quiet and (behind or pauses >= FOLLOW_EVERY)
            if not (due or (behind and waited)):
                continue
            pauses = 0
            took_s = self._work(sweeping=quiet)
            if not quiet:
                self._stopping.wait(YIELD * took_s)

    def _work(self, *, sweeping: bool) -> float:
        """One pass, and the sweep when it is due and nobody records; seconds that it took."""
        began_ms = self._clock()
        try:
            if self._judge.step().wide_due and sweeping:
                self._judge.sweep()
        except DaodiError as error:
            structlog.get_logger().error("judging", code=error.code, detail=error.message)
        except Exception as error:  # noqa: BLE001 — judging must never end for one odd statement
            structlog.get_logger().error("judging", exc_info=error)
        return (self._clock() - began_ms) / 1000
