"""The processes that examine for an audit: only helpers, which may end or be asked in vain."""

import sys

import pytest

from ledger.audit.replay import audit
from ledger.store.pool import examining_pool
from ledger.store.projections import COLUMNS
from ledger.store.tables import metadata
from tests.attacker import drop_triggers, write_entry
from tests.chain import Chain
from tests.parcels import silent
from tests.season import grow


@pytest.mark.parametrize("processes", [0, 1, 3])
def test_an_audit_that_starts_anew_behind_each_damage_hears_no_old_answer(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    grow(chain)
    drop_triggers(chain.store.engine)
    for index in (20, 21, 30, 41):
        write_entry(chain.store.engine, index, "signature", bytes(64))
    alone = audit(chain.store, progress=silent)
    assert {f.leaf for f in alone.findings if f.code == "signature_false"} <= {20, 21, 30, 41}
    assert not alone.clean
    monkeypatch.setattr("ledger.audit.replay.STRETCH_LEAVES", 2)
    with examining_pool(chain.store, processes) as examine_spans:
        assert audit(chain.store, progress=silent, examine_spans=examine_spans) == alone


def test_processes_that_end_at_once_cost_time_alone(
    file_chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(file_chain)
    alone = audit(file_chain.store, progress=silent)
    monkeypatch.setattr("ledger.audit.replay.STRETCH_LEAVES", 5)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with examining_pool(file_chain.store, 2) as examine_spans:
        assert audit(file_chain.store, progress=silent, examine_spans=examine_spans) == alone


def test_rows_are_compared_in_the_order_of_their_tables_columns() -> None:
    following = {
        name: tuple(table.columns.keys())
        for name, table in metadata.tables.items()
        if name in COLUMNS
    }
    assert following == COLUMNS
