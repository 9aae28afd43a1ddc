"""Tracing a lot's ancestors in growing ledgers, against fetching the same rows by known ids."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from time import perf_counter
from typing import Final

from sqlalchemy import Connection, bindparam, text

from api.bench.databases import Bench
from api.bench.results import Result, percentile
from ledger.errors import StoreError
from ledger.log.leaves import subject_key
from ledger.store.bulk import insert_rows
from ledger.store.database import SqlStore
from ledger.store.engine import open_engine, writing_connection
from ledger.store.migrate import migrate
from ledger.store.tables import edge, subject

LEVELS: Final = 8
WIDTH: Final = 22  # lots a level in a family; two parents each then give about 150 edges
PARENTS: Final = 2
FAMILY: Final = LEVELS * WIDTH
ROWS: Final = 20_000  # written at a time
LIMIT: Final = 5_000  # edges that a trace follows at most
WALKS_MAX: Final = 2_000
P50, P99 = 0.5, 0.99

_BY_IDS: Final = text(
    "SELECT p.uri, c.uri, e.leaf_index, e.mass_g FROM edge AS e"
    " JOIN subject AS p ON p.id = e.parent_id JOIN subject AS c ON c.id = e.child_id"
    " WHERE e.child_id IN :ids"
).bindparams(bindparam("ids", expanding=True))


def trace(bench: Bench, *, sizes: Sequence[int], seconds: float) -> Iterator[Result]:
    """One result for each size; `slope` is p50 against that of the smallest."""
    smallest = 0.0
    for size in sizes:
        with bench.fresh() as url:
            result = _trace(bench, url, max(1, size // FAMILY), seconds)
        smallest = smallest or result.details["p50_us"]
        yield replace(
            result, details={**result.details, "slope": result.details["p50_us"] / smallest}
        )


def _trace(bench: Bench, url: str, families: int, seconds: float) -> Result:
    engine = open_engine(url)
    try:
        migrate(engine)
        with writing_connection(engine) as connection, connection.begin():
            _write(connection, families)
        if bench.database == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))  # as autovacuum would have by then
        walked, fetched, rows = _measure(SqlStore(engine, None), families, seconds)
    finally:
        engine.dispose()
    return Result(
        benchmark="trace",
        database=bench.database,
        size=families * FAMILY,
        value=percentile(walked, P99) * 1e6,
        unit="µs at p99",
        yardstick="fetching the same rows by known ids, p99",
        yardstick_value=percentile(fetched, P99) * 1e6,
        details={
            "p50_us": percentile(walked, P50) * 1e6,
            "yardstick_p50_us": percentile(fetched, P50) * 1e6,
            "rows": rows,
        },
    )


def _measure(
    store: SqlStore, families: int, seconds: float
) -> tuple[list[float], list[float], int]:
    """Seconds of each walk and each fetch, in turn over lots spread through the ledger."""
    walked: list[float] = []
    fetched: list[float] = []
    rows = 0
    with store.reading() as reading:
        until = perf_counter() + seconds
        while len(walked) < WALKS_MAX and (perf_counter() < until or not walked):
            family = len(walked) * 7919 % families  # a prime: neighbours are not asked in turn
            ids = _ancestry(family, families)
            began = perf_counter()
            found = reading.ancestors(_uri(ids[0]), limit=LIMIT)
            walked.append(perf_counter() - began)
            began = perf_counter()
            same = reading.connection.execute(_BY_IDS, {"ids": ids}).all()
            fetched.append(perf_counter() - began)
            if len(same) != len(found.edges):
                raise StoreError("database_damaged", "the walk found other rows than are there")
            rows = len(same)
    return walked, fetched, rows


def _write(connection: Connection, families: int) -> None:
    """Subjects and edges as a ledger would hold them: level after level, families side by side.

    Only what a walk reads; nothing is signed here, and no entry stands behind it.
    """
    count = families * FAMILY
    for start in range(0, count, ROWS):
        numbers = range(start, min(start + ROWS, count))
        insert_rows(
            connection, subject, [(n, subject_key(_uri(n)), _uri(n), 1, bytes(32)) for n in numbers]
        )
        insert_rows(
            connection, edge, [(n, p, n, 1_000) for n in numbers for p in _parents(n, families)]
        )


def _parents(number: int, families: int) -> list[int]:
    """Two lots of the level before, of the same family; none for the first level."""
    level, rest = divmod(number, families * WIDTH)
    if level == 0:
        return []
    family, place = divmod(rest, WIDTH)
    first = (level - 1) * families * WIDTH + family * WIDTH
    return sorted({first + (place * 3 + step * 7 + level) % WIDTH for step in range(PARENTS)})


def _ancestry(family: int, families: int) -> list[int]:
    """A lot of the last level and all its ancestors, nearest first."""
    ids = [(LEVELS - 1) * families * WIDTH + family * WIDTH + family % WIDTH]
    level = ids
    while level:
        level = sorted({parent for number in level for parent in _parents(number, families)})
        ids = [*ids, *level]
    return ids


def _uri(number: int) -> str:
    return f"https://bench.example/lot/{sha256(b'%d' % number).hexdigest()[:20]}"
