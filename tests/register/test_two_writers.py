"""Two processes append to one database at once: no fork, no gap, no deadlock."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from ledger.audit.replay import audit
from ledger.store.database import SqlStore
from ledger.store.engine import open_engine
from ledger.store.guard import Guard
from tests.chain import Chain, one
from tests.parcels import codes, newcomer, silent, stored

GROUPS = 12


def second_process(chain: Chain, folder: Path) -> Chain:
    """The same ledger with an engine, a picture and a register of its own."""
    url = chain.store.engine.url.render_as_string(hide_password=False)
    store = SqlStore(open_engine(url), Guard(folder / "head.guard"))
    return Chain(store=store, root=chain.root, log_keys=chain.log_keys, pens=dict(chain.pens))


def test_two_processes_append_at_once_without_fork_or_gap(chain: Chain, tmp_path: Path) -> None:
    other = second_process(chain, tmp_path)
    lot = chain.lot()  # both write to one chain: each must see the other's newest leaf
    sent = {
        "mill": [[stored(chain, "mill", lot=lot) for _ in range(3)] for _ in range(GROUPS)],
        "nursery": [[stored(chain, "nursery", lot=lot) for _ in range(3)] for _ in range(GROUPS)],
    }
    start = Barrier(2)

    def append(process: Chain, who: str) -> list[str]:
        start.wait()
        return [code for group in sent[who] for code in codes(process.send(*group))]

    with ThreadPoolExecutor(2) as threads:
        running = [
            threads.submit(append, chain, "mill"),
            threads.submit(append, other, "nursery"),
        ]
        assert [code for one in running for code in one.result(timeout=60)] == [""] * GROUPS * 6
    with chain.store.reading() as reading:
        chained = reading.chains([f"{lot}#out"])[f"{lot}#out"]
        assert len(chained) == GROUPS * 6
    report = audit(chain.store, progress=silent)
    assert report.findings == ()
    other.store.engine.dispose()


def test_a_process_sees_who_was_enrolled_through_another(chain: Chain, tmp_path: Path) -> None:
    other = second_process(chain, tmp_path)
    one(other.send(stored(other)))
    someone = newcomer(chain, "someone", "processor")
    assert codes(chain.send(someone.admission, someone.enrolment)) == ["", ""]
    other.pens["someone"] = chain.pens["someone"]
    assert codes(other.send(stored(other, "someone"))) == [""]
    assert other.replica.size == chain.replica.size + 2
    other.store.engine.dispose()


def test_the_same_statement_through_two_processes_gets_one_leaf(
    chain: Chain, tmp_path: Path
) -> None:
    other = second_process(chain, tmp_path)
    parcel = stored(chain)
    start = Barrier(2)

    def send(process: Chain) -> int:
        start.wait()
        return one(process.send(parcel)).leaf.index

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(send, (chain, other))
    assert first == second
    other.store.engine.dispose()
