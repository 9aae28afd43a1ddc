"""Projections are dropped and made again from `entry`, row for row."""

import pytest
from sqlalchemy import delete

from ledger.audit.replay import audit
from ledger.errors import FormError
from ledger.store.ledger import understand
from ledger.store.tables import NO_RECORD, PROJECTIONS
from tests.attacker import attack, drop_triggers, dump
from tests.chain import Chain
from tests.parcels import codes, receipts, silent, stored
from tests.season import Season, dry, grow, store_in


def busy(chain: Chain) -> Season:
    """A season with what makes projections hard: conflicts, blends, things named before made."""
    season = grow(chain)
    second, blend = chain.lot(), chain.lot()
    dry(chain, season.fresh, second)
    dry(chain, second, season.dried)  # a second making of the dried lot: a conflict
    codes(chain.send(*[stored(chain, who, lot=second) for who in ("mill", "quality", "nursery")]))
    mixed = chain.event(
        "mill",
        "BLEND",
        inputs=[(season.dried, 100_001), (second, 50_000)],
        outputs=[(blend, 100_000), (chain.lot(), 50_001)],
        formula={"name": "合批"},
    )
    receipts(chain.send(mixed))
    return season


def test_every_projection_is_made_again_row_for_row(chain: Chain) -> None:
    busy(chain)
    before = dump(chain.store.engine)
    assert all(before.values())
    steps: list[tuple[int, int]] = []
    size = chain.store.rebuild(understand, lambda done, total: steps.append((done, total)))
    assert size == chain.replica.size
    assert steps == [(size, size)]
    assert dump(chain.store.engine) == before


def test_what_was_dropped_or_falsified_comes_back(chain: Chain) -> None:
    busy(chain)
    before = dump(chain.store.engine)
    attack(chain.store.engine, "DELETE FROM chain")
    attack(chain.store.engine, "UPDATE thing SET mass_g = 1, herb = 'gold'")
    attack(chain.store.engine, "INSERT INTO edge VALUES (0, 1, 2, 3)")
    chain.store.rebuild(understand, silent)
    assert dump(chain.store.engine) == before


def test_what_is_no_record_is_left_alone(chain: Chain) -> None:
    busy(chain)
    before = dump(chain.store.engine, NO_RECORD)
    chain.store.rebuild(understand, silent)
    assert dump(chain.store.engine, NO_RECORD) == before


def test_appending_goes_on_after_a_rebuild_as_if_there_had_been_none(chain: Chain) -> None:
    season = busy(chain)
    chain.store.rebuild(understand, silent)
    store_in(chain, season.pack)
    before = dump(chain.store.engine)
    chain.store.rebuild(understand, silent)
    assert dump(chain.store.engine) == before
    assert audit(chain.store, progress=silent).clean


def test_batches_of_a_rebuild_do_not_show_in_its_rows(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(chain)
    before = dump(chain.store.engine)
    monkeypatch.setattr("ledger.store.database.BATCH_ROWS", 3)
    chain.store.rebuild(understand, silent)
    assert dump(chain.store.engine) == before


def test_a_rebuild_that_fails_changes_nothing(chain: Chain) -> None:
    busy(chain)
    before = dump(chain.store.engine)
    drop_triggers(chain.store.engine)
    attack(chain.store.engine, "UPDATE entry SET payload = signature WHERE leaf_index = 20")
    with pytest.raises(FormError):
        chain.store.rebuild(understand, silent)
    assert dump(chain.store.engine) == before


def test_an_empty_ledger_is_rebuilt_at_once(chain: Chain) -> None:
    drop_triggers(chain.store.engine)
    with chain.store.engine.begin() as connection:
        for table in reversed(PROJECTIONS):
            connection.execute(delete(table))
        connection.exec_driver_sql("DELETE FROM entry")
    assert chain.store.rebuild(understand, silent) == 0
