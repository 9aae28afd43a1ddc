"""Holding a ledger: appending in bulk, auditing all of it, cutting evidence from it."""

import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from statistics import median
from time import perf_counter
from typing import Final

from api.bench.databases import Bench
from api.bench.results import GOALS, Result
from api.bench.seasons import FIELDS, season
from api.bench.workload import Prepared, Workload, founded, record, record_checked
from api.bench.yardsticks import verifications_per_second
from api.verifying.pool import Verifiers
from ledger.audit.replay import audit as replay
from ledger.evidence.make import make_evidence
from ledger.register.door import Parcel
from ledger.store.pool import examining_pool

BATCH: Final = 1_000  # statements of one transaction, as an import sends them
PENS: Final = 32
STATEMENTS_A_SECOND: Final = 3_000  # prepared for each second of measuring
STATEMENTS_MAX: Final = 30_000
SAMPLE: Final = 2_000  # signatures of the yardstick
REPEATS: Final = 5


def append(bench: Bench, *, seconds: float) -> Result:
    """Bulk append as an import does it, a thousand a transaction, against verifying alone."""
    with bench.fresh() as url, founded(bench.folder, url, pens=PENS) as workload:
        prepared = workload.round_robin(_count(seconds))
        verified = [verifications_per_second(prepared[:SAMPLE])]
        with closing(Verifiers(workload.opened.register)) as verifiers:
            verifiers.start()  # before its time is taken
            began = perf_counter()
            done = 0
            for candidates in verifiers.ahead(_until(prepared, began + seconds)):
                done += len(record_checked(workload, candidates))
            rate = done / (perf_counter() - began)
        verified.append(verifications_per_second(prepared[:SAMPLE]))
    return Result(
        benchmark="append",
        database=bench.database,
        size=done,
        value=rate,
        unit="statements/s",
        yardstick="signature verification alone, same cores",
        yardstick_value=median(verified),
        details={"batch": BATCH},
    )


def audit(bench: Bench, *, size: int) -> Result:
    """A full audit of `size` statements by all cores against verifying as many signatures alone.

    Its processes start within its time: a small ledger's audit is mostly that.
    """
    with bench.fresh() as url, founded(bench.folder, url, pens=PENS) as workload:
        sample = [*record(workload, workload.round_robin(min(SAMPLE, size)))]
        _fill(workload, size - len(sample))
        verified = [verifications_per_second(sample)]
        began = perf_counter()
        store = workload.opened.store
        with examining_pool(store) as examine_spans:
            report = replay(store, progress=_silent, examine_spans=examine_spans)
        rate = report.statements / (perf_counter() - began)
        verified.append(verifications_per_second(sample))
    if report.findings:
        raise RuntimeError(f"the audit found {report.findings[0]}")
    return Result(
        benchmark="audit",
        database=bench.database,
        size=report.size,
        value=rate,
        unit="statements/s",
        yardstick="signature verification alone, all cores",
        yardstick_value=median(verified),
    )


def evidence(bench: Bench, *, size: int) -> list[Result]:
    """Evidence of a lot of 12 and of one of 60 steps, in a ledger of `size` statements."""
    with bench.fresh() as url, founded(bench.folder, url, pens=PENS) as workload:
        half = size // 2
        _fill(workload, half)
        lots = {steps: season(workload, steps) for steps in FIELDS}
        _fill(workload, size - half)
        return [_bundle(bench, workload, steps, lot) for steps, lot in lots.items()]


def _bundle(bench: Bench, workload: Workload, steps: int, lot: str) -> Result:
    opened = workload.opened
    seconds = []
    raw = b""
    for _ in range(REPEATS):
        began = perf_counter()
        bundle = make_evidence(opened.store, opened.replica, lot)
        raw = json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()
        seconds.append(perf_counter() - began)
    name = f"evidence-{steps}"
    assert (name, bench.database) in GOALS
    return Result(
        benchmark=name,
        database=bench.database,
        size=opened.replica.size,
        value=len(gzip.compress(raw, 6, mtime=0)) / 1024,
        unit="KB gzipped",
        yardstick="KB before gzip",
        yardstick_value=len(raw) / 1024,
        details={"made_ms": median(seconds) * 1000, "bytes": len(raw)},
    )


def _until(prepared: Sequence[Prepared], deadline: float) -> Iterator[list[Parcel]]:
    """Batches of parcels until there are none or the time is up."""
    for start in range(0, len(prepared), BATCH):
        if perf_counter() >= deadline:
            return
        yield [one.parcel for one in prepared[start : start + BATCH]]


def _fill(workload: Workload, statements: int) -> None:
    for start in range(0, statements, BATCH):
        record(workload, workload.round_robin(min(BATCH, statements - start)))


def _count(seconds: float) -> int:
    return max(PENS, min(STATEMENTS_MAX, int(seconds * STATEMENTS_A_SECOND)))


def _silent(done: int, total: int) -> None:
    """No bar: drawing it would be measured too."""
