"""Groups as imports send them: a few hundred statements, written and read back at once."""

from ledger.audit.replay import audit
from ledger.register.door import Parcel
from ledger.store.ledger import understand
from tests.attacker import dump
from tests.chain import Chain
from tests.parcels import receipts, silent

STATEMENTS = 1_050  # over two thousand chains, and more rows than are read at a time


def dried(chain: Chain) -> Parcel:
    """A drying of two lots into one."""
    return chain.event(
        "mill",
        "DRY",
        inputs=[(chain.lot(), 2_000), (chain.lot(), 1_000)],
        outputs=[(chain.lot(), 700)],
        method="sun",
        temperature_c=30,
        hours=9,
        final_moisture_pct=14,
    )


def test_a_large_group_is_one_checkpoint_and_is_read_again_as_it_was(chain: Chain) -> None:
    size = chain.replica.size
    sent = receipts(chain.send(*[dried(chain) for _ in range(STATEMENTS)]))
    assert [receipt.leaf.index for receipt in sent] == [*range(size, size + STATEMENTS)]
    assert len({receipt.checkpoint for receipt in sent}) == 1
    kept = chain.replica
    before = dump(chain.store.engine)
    chain.reopen()
    with chain.replica.appending, chain.store.reading() as reading:
        chain.replica.catch_up(reading)
    assert chain.replica.map.root() == kept.map.root()
    assert chain.replica.tree.root() == kept.tree.root()
    assert len(chain.replica.map) == len(kept.map)
    chain.store.rebuild(understand, silent)
    assert dump(chain.store.engine) == before
    report = audit(chain.store, progress=silent)
    assert report.clean
    receipts(chain.send(*[dried(chain) for _ in range(3)]))
