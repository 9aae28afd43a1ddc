"""The audit: replay the log from its first leaf and compare all that the database holds with it.

Shares no state with the writer: the tree, the map and the registry are made anew.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from typing import Final, TypeAlias

from ledger.audit.beside import opening_findings, rival_findings
from ledger.audit.findings import FINDINGS_MAX, AuditReport
from ledger.audit.fold import Replay
from ledger.audit.stated import FoundKeys
from ledger.audit.stretch import Stretch, examine_stretch
from ledger.seam import Progress, ProjectionCheck, Reading, Store

STRETCH_LEAVES: Final = 256  # what one process examines at a time: half a megabyte
SHORT_LEAVES: Final = 32  # the last ones, so that all processes end together
SHARES: Final = 16  # the rest of the log is cut into so many when it is less than as many stretches

INDEX_MIN: Final = -(2**63)  # what a row may say, not what it should
INDEX_MAX: Final = 2**63 - 1

Span: TypeAlias = tuple[int, int]
"""The leaves `start <= index < stop`."""

ExamineSpans = Callable[[Iterable[Span]], Generator[Stretch]]
"""Examines spans, in order; what an audit does not ask for any more it closes."""


def audit(
    store: Store, *, progress: Progress, examine_spans: ExamineSpans | None = None
) -> AuditReport:
    """Replay the whole ledger and return every finding, in order of the log.

    `examine_spans` may use other processes; without it, all is done in this one.
    """
    # Before the snapshot: what is appended meanwhile must not make the guard look ahead of it.
    guarded = store.guarded_head()
    with store.reading() as reading:
        size = reading.size()
        check = store.projection_check(reading)
        replay = Replay(reading, check)
        run = examine_spans or in_this_process(reading, check)
        replay.take(reading.entries(INDEX_MIN, 0))
        start = 0
        while start < size:
            start = _replay_from(start, size, reading, replay, run, progress)
        replay.finish(size, guarded)
        rivals = reading.rivals()
        beside = [*opening_findings(reading), *rival_findings(rivals)]
    findings = sorted(
        [*replay.findings, *beside],
        key=lambda found: found.leaf if found.leaf is not None else 2**62,
    )
    return AuditReport(
        size=replay.size,
        statements=replay.statements,
        signed_heads=replay.signed_heads,
        rivals=len(rivals),
        findings=tuple(findings[:FINDINGS_MAX]),
        truncated=len(findings) > FINDINGS_MAX,
    )


def in_this_process(reading: Reading, check: ProjectionCheck) -> ExamineSpans:
    """The plain way to examine spans, one after another."""
    keys = FoundKeys()

    def run(spans: Iterable[Span]) -> Generator[Stretch]:
        for start, stop in spans:
            yield examine_stretch(reading, check, keys, start, stop)

    return run


def _replay_from(
    start: int, size: int, reading: Reading, replay: Replay, run: ExamineSpans, progress: Progress
) -> int:
    """Replay on, stretch by stretch; returns where to go on after a hole, or `size` at the end."""
    with closing(run(_spans(start, min(size, INDEX_MAX)))) as stretches:
        for stretch in stretches:
            if not replay.take_stretch(stretch):
                found = replay.take(reading.entries(stretch.start, stretch.stop))
                if not found:  # perhaps somebody wrote an index beyond all others
                    beyond = next(reading.entries(stretch.stop, INDEX_MAX), None)
                    return size if beyond is None else beyond.index
            progress(min(replay.size, size), size)
    return size


def _spans(start: int, size: int) -> Iterator[Span]:
    while start < size:
        leaves = min(STRETCH_LEAVES, max(SHORT_LEAVES, (size - start) // SHARES))
        stop = min(start + leaves, size)
        yield start, stop
        start = stop
