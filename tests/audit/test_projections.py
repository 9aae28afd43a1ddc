"""A projection that was changed is named by its table: every table, every column."""

import pytest

from ledger.audit.replay import audit
from ledger.store.ledger import understand
from tests.attacker import attack, drop_triggers, write_entry
from tests.chain import Chain
from tests.parcels import silent
from tests.season import grow

COLUMNS = {
    "statement": {
        "leaf_index": "leaf_index + 1000",
        "key_id": "'someone'",
        "key_seq": "key_seq + 50",
        "kind": "'approve'",
        "event_kind": "'GILD'",
        "event_ms": "event_ms + 1",
        "admitted_ms": "admitted_ms - 1",
    },
    "subject": {
        "id": "id + 1000",
        "subject_key": "head_hash",
        "uri": "'https://ledger.example/lot/other'",
        "count": "count + 1",
        "head_hash": "subject_key",
    },
    "chain": {
        "subject_id": "subject_id + 1000",
        "subject_seq": "subject_seq + 7",
        "leaf_index": "leaf_index - 1",
    },
    "thing": {
        "subject_id": "subject_id + 1000",
        "leaf_index": "leaf_index + 1",
        "kind": "'gold'",
        "herb": "'ginseng'",
        "name": "'finest'",
        "mass_g": "mass_g + 1",
    },
    "edge": {
        "child_id": "child_id + 1000",
        "parent_id": "parent_id + 1000",
        "leaf_index": "leaf_index - 1",
        "mass_g": "NULL",
    },
    "alias": {
        "number": "'OTHER'",
        "subject_id": "subject_id + 1000",
        "scheme": "'case'",
        "leaf_index": "leaf_index - 1",
    },
}
ONE_ROW = {  # a row of each table in which every column says something
    "statement": "event_ms = (SELECT max(event_ms) FROM statement)",
    "subject": "id = (SELECT max(id) FROM subject)",
    "chain": "leaf_index = (SELECT max(leaf_index) FROM chain)",
    "thing": "mass_g = (SELECT max(mass_g) FROM thing)",
    "edge": "mass_g = (SELECT max(mass_g) FROM edge)",
    "alias": "number = 'YN20260117'",
}
ADDED = {
    "statement": "(500, 'key', 0, 'event', 'DRY', 1, 1)",
    "subject": "(500, {blob}, 'urn:x', 1, {blob})",
    "chain": "(500, 0, 12)",
    "thing": "(500, 12, 'lot', 'herb', 'name', NULL)",
    "edge": "(500, 501, 12, 1)",
    "alias": "('N-1', 500, 'own', 12)",
}


def tables(chain: Chain) -> set[str | None]:
    """Tables that the audit names."""
    found = audit(chain.store, progress=silent).findings
    assert {finding.code for finding in found} <= {"projection_differs"}
    return {finding.table for finding in found}


@pytest.mark.parametrize("table", COLUMNS)
def test_a_changed_column_is_named_by_its_table(chain: Chain, table: str) -> None:
    grow(chain)
    missed = []
    for column, value in COLUMNS[table].items():
        attack(chain.store.engine, f"UPDATE {table} SET {column} = {value} WHERE {ONE_ROW[table]}")
        if tables(chain) != {table}:
            missed.append(column)
        chain.store.rebuild(understand, silent)
    assert missed == []
    assert tables(chain) == set()


@pytest.mark.parametrize("table", COLUMNS)
def test_a_removed_row_is_named_by_its_table(chain: Chain, table: str) -> None:
    grow(chain)
    attack(chain.store.engine, f"DELETE FROM {table} WHERE {ONE_ROW[table]}")
    assert tables(chain) == {table}


@pytest.mark.parametrize("table", ADDED)
def test_an_added_row_is_named_by_its_table(chain: Chain, table: str) -> None:
    grow(chain)
    blob = "X'00'" if chain.store.engine.dialect.name == "sqlite" else "'\\x00'"
    attack(chain.store.engine, f"INSERT INTO {table} VALUES {ADDED[table].format(blob=blob)}")
    assert tables(chain) == {table}


@pytest.mark.parametrize("leaf", [-1, 10**9])
def test_a_row_of_a_leaf_that_is_not_there_is_named(chain: Chain, leaf: int) -> None:
    attack(chain.store.engine, f"INSERT INTO chain VALUES (500, 0, {leaf})")
    assert tables(chain) == {"chain"}


def test_the_finding_names_the_leaf_from_which_the_row_should_follow(chain: Chain) -> None:
    season = grow(chain)
    with chain.store.reading() as reading:
        made = reading.things([season.dried])[season.dried].made_index
    attack(chain.store.engine, f"UPDATE thing SET mass_g = 1 WHERE leaf_index = {made}")
    found = audit(chain.store, progress=silent).findings
    assert {finding.leaf for finding in found} == {made}
    assert sorted(finding.reason.rpartition(" ")[2] for finding in found) == ["leaf", "missing"]


def test_text_in_a_column_of_numbers_is_named_not_stumbled_over(file_chain: Chain) -> None:
    attack(file_chain.store.engine, "UPDATE chain SET leaf_index = 'x' WHERE leaf_index = 4")
    assert tables(file_chain) == {"chain"}


@pytest.mark.parametrize("column", ["uri", "subject_key", "head_hash", "count"])
def test_a_subject_with_a_value_of_another_type_is_named_not_stumbled_over(
    file_chain: Chain, column: str
) -> None:
    value = "'x'" if column == "count" else f"CAST({column} || 'x' AS BLOB)"
    attack(file_chain.store.engine, f"UPDATE subject SET {column} = {value} WHERE id = 4")
    assert tables(file_chain) == {"subject"}


@pytest.mark.parametrize("column", ["subject_id", "leaf_index", "subject_seq"])
def test_a_number_that_is_bytes_is_named_not_stumbled_over(file_chain: Chain, column: str) -> None:
    attack(
        file_chain.store.engine,
        f"UPDATE chain SET {column} = CAST('x' || {column} AS BLOB) WHERE leaf_index = 4",
    )
    assert tables(file_chain) == {"chain"}


def test_where_a_statement_is_lost_the_audit_says_that_projections_went_unchecked(
    chain: Chain,
) -> None:
    grow(chain)
    drop_triggers(chain.store.engine)
    write_entry(chain.store.engine, 24, "payload", b"{}")
    found = audit(chain.store, progress=silent).findings
    assert [f.leaf for f in found if f.code == "projection_unchecked"] == [24]
    assert not any(f.code == "projection_differs" for f in found)


def test_a_false_signature_leaves_the_projections_comparable(chain: Chain) -> None:
    grow(chain)
    drop_triggers(chain.store.engine)
    write_entry(chain.store.engine, 24, "signature", bytes(64))
    found = audit(chain.store, progress=silent).findings
    assert [(f.code, f.leaf) for f in found] == [("signature_false", 24)]
