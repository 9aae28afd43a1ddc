"""Codes scanned over HTTP: many packs once, one pack many times, against a bare page as large."""

from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from typing import Final

from api.bench.clients import ANSWER_SECONDS, drive
from api.bench.databases import Bench
from api.bench.results import Result, percentile
from api.bench.seasons import season
from api.bench.served import served
from api.bench.workload import founded
from ledger.herbs.identifiers import batch_key, code_of_uri, unit_code

DEVICES: Final = 5  # that a season needs
STEPS: Final = 12
CONNECTIONS: Final = 32  # a shop's queue and an evening's families
P50, P99 = 0.5, 0.99
_HEAD: Final = "GET {path} HTTP/1.1\r\nhost: bench\r\naccept: text/html\r\n\r\n"


def scans(bench: Bench, *, counts: tuple[int, int], seconds: float) -> Iterator[Result]:
    """Two results: `counts[0]` distinct packs in a burst, and one pack `counts[1]` times.

    Fewer when `seconds` are over. There is no goal: a page counts, traces and tells a lot's
    history, of which a bare route does nothing; the ratio is there to be compared over time.
    """
    distinct, again = counts
    with bench.fresh() as url, founded(bench.folder, url, pens=DEVICES) as workload:
        lot = code_of_uri(season(workload, STEPS))
        key = batch_key(workload.opened.folder.secret(), lot)
        codes = [unit_code(lot, serial, key) for serial in range(distinct)]
        with (
            served("bare", workload.settings, bench.folder / "bare.log") as bare,
            served("ledger", workload.settings, bench.folder / "server.log") as server,
        ):
            size = _page_bytes(server.port, codes[0])
            for name, asked in (("scans-distinct", codes), ("scans-one", codes[-1:] * again)):
                plain = _chains([f"/page/{size}"] * len(asked))
                yardstick = drive(bare.port, plain, seconds=seconds)
                used = server.cpu_seconds()
                load = drive(
                    server.port, _chains([f"/t/{code}" for code in asked]), seconds=seconds
                )
                used = server.cpu_seconds() - used
                yield Result(
                    benchmark=name,
                    database=bench.database,
                    size=sum(load.posted),
                    value=load.rate,
                    unit="pages/s",
                    yardstick="bare Litestar GET of as many bytes, same server",
                    yardstick_value=yardstick.rate,
                    details={
                        "p50_ms": percentile(load.seconds, P50) * 1000,
                        "p99_ms": percentile(load.seconds, P99) * 1000,
                        # Steadier than rates where others share the machine.
                        "server_cpu_ms": used * 1000 / sum(load.posted),
                        "page_bytes": size,
                        "connections": len(load.posted),
                    },
                )


def _chains(paths: Sequence[str]) -> list[list[bytes]]:
    """The requests dealt out to connections, whose first ones only say that the server is there.

    No cookie: each is somebody else's scan.
    """
    requests = [_HEAD.format(path=path).encode() for path in paths]
    connections = max(1, min(CONNECTIONS, len(requests) // 2))
    return [requests[number::connections] for number in range(connections)]


def _page_bytes(port: int, code: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", f"/t/{code}", headers={"accept": "text/html"})
        return len(connection.getresponse().read())
    finally:
        connection.close()
