"""Posting over HTTP: many clients at once, a hundred statements a request, one client in turn."""

from statistics import median
from typing import Final

from api.bench.clients import Load, drive
from api.bench.databases import Bench
from api.bench.results import Result, percentile
from api.bench.served import served
from api.bench.workload import founded, record
from api.bench.yardsticks import durable_writes, verifications_per_second

CONNECTIONS: Final = 64  # a busy county: enough for groups to form, none waits long
BATCH_CONNECTIONS: Final = 8
BATCH: Final = 100
ROUNDS: Final = 3  # of yardstick and ledger in turn: a shared machine slows both alike
RATE_MAX: Final = 4_000  # statements prepared for a second; a faster server would run dry
SEQUENTIAL_RATE_MAX: Final = 1_500
WRITES_MAX: Final = 1_000
BARE_RATE_MAX: Final = 25_000
P50, P99 = 0.5, 0.99


def post(bench: Bench, *, seconds: float) -> Result:
    """Single POSTs of many clients against a bare route that reads the same bodies."""
    each = max(ROUNDS * 2, int(seconds * RATE_MAX / CONNECTIONS))
    share = each // ROUNDS
    bare: list[Load] = []
    ours: list[Load] = []
    with bench.fresh() as url, founded(bench.folder, url, pens=CONNECTIONS) as workload:
        chains = workload.requests(share * ROUNDS)
        repeats = max(1, int(seconds * BARE_RATE_MAX / CONNECTIONS / ROUNDS / share))
        log = bench.folder / "server.log"
        with (
            served("bare", workload.settings, bench.folder / "bare.log") as bare_server,
            served("ledger", workload.settings, log) as server,
        ):
            # Once, so that both have started before their time is taken.
            drive(bare_server.port, [chain[:1] for chain in chains], seconds=seconds)
            begun = drive(server.port, [chain[:1] for chain in chains], seconds=seconds)
            chains = _rest(chains, begun)
            used = [bare_server.cpu_seconds(), server.cpu_seconds()]
            for _ in range(ROUNDS):
                part = [chain[:share] for chain in chains]
                bare.append(
                    drive(bare_server.port, [p * repeats for p in part], seconds=seconds / ROUNDS)
                )
                ours.append(drive(server.port, part, seconds=seconds / ROUNDS))
                chains = _rest(chains, ours[-1])
            used = [bare_server.cpu_seconds() - used[0], server.cpu_seconds() - used[1]]
    waited = [second for load in ours for second in load.seconds]
    return Result(
        benchmark="post",
        database=bench.database,
        size=len(waited),
        value=median(load.rate for load in ours),
        unit="requests/s",
        yardstick="bare Litestar POST of the same bodies, same server",
        yardstick_value=median(load.rate for load in bare),
        details={
            "p50_ms": percentile(waited, P50) * 1000,
            "p99_ms": percentile(waited, P99) * 1000,
            "connections": CONNECTIONS,
            # Steadier than rates where others share the machine.
            "server_cpu_us": used[1] * 1e6 / sum(sum(load.posted) for load in ours),
            "yardstick_cpu_us": used[0] * 1e6 / sum(sum(load.posted) for load in bare),
        },
    )


def post100(bench: Bench, *, seconds: float) -> Result:
    """A hundred statements a request against verifying their signatures on the same cores."""
    each = 2 + max(2, int(seconds * RATE_MAX * 2 / BATCH / BATCH_CONNECTIONS))
    with bench.fresh() as url, founded(bench.folder, url, pens=BATCH_CONNECTIONS) as workload:
        sample = record(workload, workload.round_robin(BATCH_CONNECTIONS * BATCH))
        chains = workload.requests(each, batch=BATCH)
        verified = [verifications_per_second(sample)]
        with served("ledger", workload.settings, bench.folder / "server.log") as server:
            # Two requests each, so that it has started before its time is taken.
            begun = drive(server.port, [chain[:2] for chain in chains], seconds=seconds)
            load = drive(server.port, _rest(chains, begun), seconds=seconds)
        verified.append(verifications_per_second(sample))
    return Result(
        benchmark="post100",
        database=bench.database,
        size=len(load.seconds) * BATCH,
        value=load.rate * BATCH,
        unit="statements/s",
        yardstick="signature verification alone, same cores",
        yardstick_value=median(verified),
        details={
            "p50_ms": percentile(load.seconds, P50) * 1000,
            "p99_ms": percentile(load.seconds, P99) * 1000,
            "connections": BATCH_CONNECTIONS,
        },
    )


def sequential(bench: Bench, *, seconds: float) -> Result:
    """One client that waits for each receipt against one write of 1.2 KB with fdatasync."""
    each = max(ROUNDS * 2, int(seconds * SEQUENTIAL_RATE_MAX)) // ROUNDS
    written: list[float] = []
    waited: list[float] = []
    with bench.fresh() as url, founded(bench.folder, url, pens=1) as workload:
        chains = workload.requests(each * ROUNDS)
        with served("ledger", workload.settings, bench.folder / "server.log") as server:
            for _ in range(ROUNDS):
                written.extend(durable_writes(bench.folder, min(each, WRITES_MAX)))
                load = drive(
                    server.port, [chain[:each] for chain in chains], seconds=seconds / ROUNDS
                )
                waited.extend(load.seconds)
                chains = _rest(chains, load)
    return Result(
        benchmark="sequential",
        database=bench.database,
        size=len(waited),
        value=percentile(waited, P50) * 1000,
        unit="ms at p50",
        yardstick="one write of 1.2 KB with fdatasync",
        yardstick_value=percentile(written, P50) * 1000,
        details={"p99_ms": percentile(waited, P99) * 1000},
    )


def _rest(chains: list[list[bytes]], load: Load) -> list[list[bytes]]:
    """What is still to be posted: a chain goes on where the last round's time was up."""
    return [chain[posted:] for chain, posted in zip(chains, load.posted, strict=True)]
