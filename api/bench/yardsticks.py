"""What the ledger's figures are held against: signatures alone, one durable write alone."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Final

from api.bench.results import cores
from api.bench.workload import Prepared
from ledger.statements.envelope import pae
from ledger.statements.keys import PublicKey

WRITE_BYTES: Final = 1_200  # a statement
REPEATS: Final = 3

Signed = tuple[PublicKey, bytes, bytes]


def verifications_per_second(prepared: Sequence[Prepared]) -> float:
    """Signatures verified in a second by all cores together: nothing else is done.

    The median of a few runs, since machines are shared.
    """
    signed = [
        (one.key, pae(one.parcel.envelope.payload), one.parcel.envelope.signature)
        for one in prepared
    ]
    threads = cores()
    rates = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(REPEATS):
            began = perf_counter()
            for _ in pool.map(_verify, [signed[n::threads] for n in range(threads)]):
                pass
            rates.append(len(signed) / (perf_counter() - began))
    return sorted(rates)[REPEATS // 2]


def durable_writes(folder: Path, count: int) -> list[float]:
    """Seconds of each of `count` writes of 1.2 KB at the end of a file, with fdatasync."""
    seconds = []
    path = folder / "yardstick"
    with path.open("ab", buffering=0) as file:
        for _ in range(count):
            began = perf_counter()
            file.write(bytes(WRITE_BYTES))
            os.fdatasync(file.fileno())
            seconds.append(perf_counter() - began)
    path.unlink()
    return seconds


def _verify(signed: Sequence[Signed]) -> None:
    for key, message, signature in signed:
        key.verify(message, signature)
