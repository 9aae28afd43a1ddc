"""Codes scanned over HTTP: many packs once, one pack many times, against a bare page as large."""

from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from typing import Final

from api.bench.clients import drive
from api.bench.databases import Bench
from api.bench.results import Result, percentile
from api.bench.seasons import season
from api.bench.served import served
from api.bench.workload import founded
from ledger.herbs.identifiers import batch_key, code_of_uri, unit_code

DEVICES: Final = 5  # that a season needs
STEPS: Final = 12
CONNECTIONS: Final = 32  # a shop's queue and an evening's families
DISTINCT: Final = 1_000
AGAIN: Final = 10_000
DISTINCT_A_SECOND: Final = 200  # asked for in short runs; a full run asks for all
AGAIN_A_SECOND: Final = 2_000
P50, P99 = 0.5, 0.99
_HEAD: Final = "GET {path} HTTP/1.1\r\nhost: bench\r\naccept: text/html\r\n\r\n"


def scans(bench: Bench, *, seconds: float) -> Iterator[Result]:
    """Two results: distinct packs in a burst, and one pack again and again."""
    with bench.fresh() as url, founded(bench.folder, url, pens=DEVICES) as workload:
        lot = code_of_uri(season(workload, STEPS))
        key = batch_key(workload.opened.folder.secret(), lot)
        codes = [unit_code(lot, serial, key) for serial in range(DISTINCT)]
        many = codes[: _count(seconds, DISTINCT_A_SECOND, DISTINCT)]
        again = [codes[-1]] * _count(seconds, AGAIN_A_SECOND, AGAIN)
        with (
            served("bare", workload.settings, bench.folder / "bare.log") as bare,
            served("ledger", workload.settings, bench.folder / "server.log") as server,
        ):
            size = _page_bytes(server.port, codes[0])
            for name, asked in (("scans-distinct", many), ("scans-one", again)):
                plain = _chains([f"/page/{size}"] * len(asked))
                yardstick = drive(bare.port, plain, seconds=seconds)
                load = drive(
                    server.port, _chains([f"/t/{each}" for each in asked]), seconds=seconds
                )
                yield Result(
                    benchmark=name,
                    database=bench.database,
                    size=len(asked),
                    value=load.rate,
                    unit="pages/s",
                    yardstick="bare Litestar GET of as many bytes, same server",
                    yardstick_value=yardstick.rate,
                    details={
                        "p50_ms": percentile(load.seconds, P50) * 1000,
                        "p99_ms": percentile(load.seconds, P99) * 1000,
                        "page_bytes": size,
                        "connections": CONNECTIONS,
                    },
                )


def _count(seconds: float, rate: int, most: int) -> int:
    return max(2 * CONNECTIONS, min(most, int(seconds * rate)))


def _chains(paths: Sequence[str]) -> list[list[bytes]]:
    """The requests dealt out to the connections. No cookie: each is somebody else's scan."""
    requests = [_HEAD.format(path=path).encode() for path in paths]
    return [requests[number::CONNECTIONS] for number in range(CONNECTIONS)]


def _page_bytes(port: int, code: str) -> int:
    connection = HTTPConnection("127.0.0.1", port)
    try:
        connection.request("GET", f"/t/{code}", headers={"accept": "text/html"})
        return len(connection.getresponse().read())
    finally:
        connection.close()
