"""The pool of verifying processes: started by load, replaced by this process when one dies."""

import os
import signal
from contextlib import closing

import pytest

from api.verifying.pool import SLICE_MAX, START_AFTER, Verifiers, gathered
from ledger.register.door import Parcel
from tests.chain import Chain
from tests.parcels import codes, stored

pytestmark = pytest.mark.slow


def some(chain: Chain, count: int) -> list[Parcel]:
    """So many statements of one device."""
    return [stored(chain) for _ in range(count)]


def children(pool: Verifiers) -> list[int]:
    """Ids of the pool's processes."""
    return [process._child.pid for process in pool._all]


def test_slices_come_back_in_order_from_two_processes(file_chain: Chain) -> None:
    parcels = some(file_chain, 2 * SLICE_MAX + 1)
    here = [file_chain.register.check(parcel) for parcel in parcels]
    with closing(Verifiers(file_chain.register, processes=2)) as pool:
        pool.start()
        assert len(children(pool)) == 2
        assert gathered(pool.begin(parcels)) == here
        assert [*pool.ahead([parcels[:5], [], parcels[5:]])] == [here[:5], [], here[5:]]


def test_processes_start_when_much_has_come_and_not_before(file_chain: Chain) -> None:
    with closing(Verifiers(file_chain.register, processes=2)) as pool:
        gathered(pool.begin(some(file_chain, 8)))
        assert children(pool) == []
        gathered(pool.begin(some(file_chain, START_AFTER)))
        pool.start()
        assert len(children(pool)) == 2


def test_a_single_core_has_no_second_process(file_chain: Chain) -> None:
    with closing(Verifiers(file_chain.register, processes=1)) as pool:
        pool.start()
        assert children(pool) == []
        assert codes_of(file_chain, pool, 8) == [""] * 8


def codes_of(chain: Chain, pool: Verifiers, count: int) -> list[str]:
    """What becomes of some new statements that the pool verified."""
    candidates = gathered(pool.begin(some(chain, count)))
    return codes(chain.register.record(candidates, now_ms=chain.now_ms))


def test_work_of_a_process_that_died_is_done_here(file_chain: Chain) -> None:
    with closing(Verifiers(file_chain.register, processes=2)) as pool:
        pool.start()
        for child in children(pool):
            os.kill(child, signal.SIGKILL)
        assert codes_of(file_chain, pool, 100) == [""] * 100
        assert codes_of(file_chain, pool, 100) == [""] * 100


def test_work_of_a_process_that_hangs_is_done_here(file_chain: Chain) -> None:
    with closing(Verifiers(file_chain.register, processes=2, look_s=0.5)) as pool:
        pool.start()
        for child in children(pool):
            os.kill(child, signal.SIGSTOP)
        assert codes_of(file_chain, pool, 100) == [""] * 100
        assert codes_of(file_chain, pool, 100) == [""] * 100


def test_processes_outlive_an_interrupt_and_end_with_the_pool(file_chain: Chain) -> None:
    pool = Verifiers(file_chain.register, processes=2)
    pool.start()
    ended = [process._child for process in pool._all]
    for child in children(pool):
        os.kill(child, signal.SIGINT)  # as a terminal sends it to all of them
    assert codes_of(file_chain, pool, 100) == [""] * 100
    pool.close()
    assert [child.returncode for child in ended] == [0, 0]
