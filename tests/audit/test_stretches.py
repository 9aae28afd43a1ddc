"""Stretches that are folded whole, and what makes the audit look at each entry instead."""

from collections.abc import Sequence

import pytest

from ledger.audit.findings import Finding
from ledger.audit.fold import Replay
from ledger.audit.replay import audit
from ledger.audit.stated import FoundKeys
from ledger.audit.stretch import Stretch, examine_stretch
from tests.attacker import attack, drop_triggers, write_entry
from tests.chain import Chain
from tests.parcels import silent
from tests.season import grow


def stretches(chain: Chain, leaves: int) -> list[Stretch]:
    """The whole log examined in stretches of so many leaves."""
    keys, size = FoundKeys(), chain.replica.size
    with chain.store.reading() as reading:
        check = chain.store.projection_check(reading)
        return [
            examine_stretch(reading, check, keys, start, min(start + leaves, size))
            for start in range(0, size, leaves)
        ]


def taken(chain: Chain, given: Sequence[Stretch]) -> list[bool]:
    """Which of these stretches a replay folds whole, one after another."""
    with chain.store.reading() as reading:
        replay = Replay(reading, chain.store.projection_check(reading))
        return [replay.take_stretch(stretch) for stretch in given]


def found(chain: Chain) -> tuple[Finding, ...]:
    """What an audit finds."""
    return audit(chain.store, progress=silent).findings


@pytest.mark.parametrize("leaves", [1, 2, 7, 256])
def test_an_honest_ledger_is_folded_in_whole_stretches(chain: Chain, leaves: int) -> None:
    grow(chain)
    given = stretches(chain, leaves)
    assert taken(chain, given) == [True] * len(given)


def test_a_stretch_is_refused_where_the_log_before_it_is_another(chain: Chain) -> None:
    grow(chain)
    first, second, third, *_ = stretches(chain, 4)
    assert taken(chain, [second, first, first, third, second, third]) == [
        False,
        True,
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("column", ["leaf", "payload", "signature", "statement_id"])
def test_a_stretch_with_a_bad_entry_is_not_whole(chain: Chain, column: str) -> None:
    grow(chain)
    drop_triggers(chain.store.engine)
    write_entry(chain.store.engine, 24, column, "no" if column == "statement_id" else b"no")
    given = stretches(chain, 8)
    assert [stretch.whole for stretch in given] == [
        not stretch.start <= 24 < stretch.stop for stretch in given
    ]


def test_a_stretch_whose_rows_are_not_as_they_follow_is_looked_at(chain: Chain) -> None:
    grow(chain)
    attack(chain.store.engine, "UPDATE statement SET kind = 'approve' WHERE leaf_index = 24")
    given = stretches(chain, 8)
    assert [stretch.agreement is None for stretch in given] == [
        stretch.start <= 24 < stretch.stop for stretch in given
    ]


def test_keys_are_found_where_the_chains_that_lead_to_them_are_gone(chain: Chain) -> None:
    grow(chain)
    for table in ("chain", "subject", "statement"):
        attack(chain.store.engine, f"DELETE FROM {table}")
    report = audit(chain.store, progress=silent)
    assert {finding.code for finding in report.findings} == {"projection_differs"}
    assert {finding.table for finding in report.findings} == {"chain", "subject", "statement"}


def test_a_subject_that_is_only_named_is_missed_by_its_uri(chain: Chain) -> None:
    season = grow(chain)
    attack(chain.store.engine, f"DELETE FROM subject WHERE uri = '{season.plot}'")
    assert any(season.plot in finding.reason for finding in found(chain))


@pytest.mark.parametrize("leaves", [2, 3, 256])
def test_a_hole_of_any_width_is_named_leaf_by_leaf(
    file_chain: Chain, monkeypatch: pytest.MonkeyPatch, leaves: int
) -> None:
    monkeypatch.setattr("ledger.audit.replay.STRETCH_LEAVES", leaves)
    grow(file_chain)
    drop_triggers(file_chain.store.engine)
    attack(file_chain.store.engine, "DELETE FROM entry WHERE leaf_index >= 20 AND leaf_index < 29")
    missing = [finding.leaf for finding in found(file_chain) if finding.code == "leaf_missing"]
    assert missing == [*range(20, 29)]


@pytest.mark.parametrize("leaves", [1, 4, 256])
def test_renumbered_subjects_are_named_in_stretches_of_any_size(
    file_chain: Chain, monkeypatch: pytest.MonkeyPatch, leaves: int
) -> None:
    """Two subjects change their numbers, wherever these stand: every row that says so is named."""
    grow(file_chain)
    for old, new in ((3, 900), (5, 3), (900, 5)):
        attack(file_chain.store.engine, f"UPDATE subject SET id = {new} WHERE id = {old}")
        attack(
            file_chain.store.engine, f"UPDATE chain SET subject_id = {new} WHERE subject_id = {old}"
        )
    whole = found(file_chain)
    assert {finding.table for finding in whole} == {"subject", "chain"}
    monkeypatch.setattr("ledger.audit.replay.STRETCH_LEAVES", leaves)
    parts = found(file_chain)
    assert sorted(map(str, parts)) == sorted(map(str, whole))
