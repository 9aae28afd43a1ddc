"""Whatever is done to a row of `entry`, the audit finds it and names the leaf."""

from collections import Counter

import pytest
from msgspec import structs

from ledger.audit.findings import AuditReport
from ledger.audit.replay import audit
from ledger.log.leaves import EventLeaf, format_leaf, parse_leaf
from ledger.statements.envelope import statement_id
from ledger.statements.statement import SEQ_MAX, parse_claim
from tests.attacker import attack, drop_triggers, flipped, read_bytes, read_entry, write_entry
from tests.chain import Chain
from tests.parcels import silent, stored
from tests.season import grow

COLUMNS = ("leaf", "statement_id", "payload", "signature")


def audited(chain: Chain) -> AuditReport:
    """The report of an audit that nobody watches."""
    return audit(chain.store, progress=silent)


def named(chain: Chain) -> set[int | None]:
    """Leaves that the audit names."""
    return {finding.leaf for finding in audited(chain).findings}


def rows(chain: Chain) -> list[dict[str, object]]:
    """Every row of `entry`, by its columns."""
    return [read_entry(chain.store.engine, index) for index in range(chain.replica.size)]


def spread(length: int, count: int) -> list[int]:
    """Positions from the first to the last byte."""
    return sorted({place * (length - 1) // (count - 1) for place in range(count)})


def test_a_changed_byte_in_any_column_of_any_row_is_named(file_chain: Chain) -> None:
    chain, engine = file_chain, file_chain.store.engine
    grow(chain)
    drop_triggers(engine)
    missed = []
    for index, row in enumerate(rows(chain)):
        for column in COLUMNS:
            value = row[column]
            if not isinstance(value, bytes | str):
                continue
            for place in spread(len(value), 5):
                write_entry(engine, index, column, flipped(value, place))
                if index not in named(chain):
                    missed.append((index, column, place))
            write_entry(engine, index, column, value)
    assert missed == []
    assert audited(chain).clean


@pytest.mark.parametrize("back", [1, 2], ids=["state leaf", "event leaf"])
def test_every_single_byte_of_a_leaf_counts(file_chain: Chain, back: int) -> None:
    chain, engine = file_chain, file_chain.store.engine
    chain.send(stored(chain), stored(chain, "nursery"))
    drop_triggers(engine)
    index = chain.replica.size - back
    leaf = read_entry(engine, index)["leaf"]
    assert isinstance(leaf, bytes)
    missed = []
    for place in range(len(leaf)):
        write_entry(engine, index, "leaf", flipped(leaf, place))
        if index not in named(chain):
            missed.append(place)
    assert missed == []


def test_a_link_of_the_last_number_there_is_is_named(file_chain: Chain) -> None:
    chain, engine = file_chain, file_chain.store.engine
    chain.send(stored(chain))
    drop_triggers(engine)
    index = chain.replica.size - 2
    leaf = parse_leaf(read_bytes(engine, index))
    assert isinstance(leaf, EventLeaf)
    last = structs.replace(leaf.links[0], subject_seq=SEQ_MAX, previous=b"\x01" * 32)
    write_entry(
        engine, index, "leaf", format_leaf(structs.replace(leaf, links=(last, *leaf.links[1:])))
    )
    found = {(finding.code, finding.leaf) for finding in audited(chain).findings}
    assert ("links_differ", index) in found


def test_a_statement_of_the_last_number_there_is_is_named(file_chain: Chain) -> None:
    """Its device signed it, so that nothing is wrong with it but its place."""
    chain, engine = file_chain, file_chain.store.engine
    chain.send(stored(chain))
    index = chain.replica.size - 2
    (chained,) = parse_claim(read_bytes(engine, index, "payload")).subjects
    leaf = parse_leaf(read_bytes(engine, index))
    assert isinstance(leaf, EventLeaf)
    pen = chain.pens["mill"]
    pen.seq, pen.prev = SEQ_MAX, "01" * 32
    sent = stored(chain, lot=chained.removesuffix("#out")).envelope
    said = statement_id(sent.payload)
    last = structs.replace(leaf, key_seq=SEQ_MAX, statement_id=bytes.fromhex(said))
    drop_triggers(engine)
    row = {"payload": sent.payload, "signature": sent.signature, "statement_id": said}
    for column, value in {**row, "leaf": format_leaf(last)}.items():
        write_entry(engine, index, column, value)
    found = {(finding.code, finding.leaf) for finding in audited(chain).findings}
    assert ("key_chain_broken", index) in found
    assert ("signature_false", index) not in found


@pytest.mark.postgres
def test_a_changed_byte_is_named_on_postgresql_too(server_chain: Chain) -> None:
    chain, engine = server_chain, server_chain.store.engine
    grow(chain)
    drop_triggers(engine)
    for index in (0, 1, 24, chain.replica.size - 2, chain.replica.size - 1):
        for column, value in read_entry(engine, index).items():
            if column in COLUMNS and isinstance(value, bytes | str):
                write_entry(engine, index, column, flipped(value, len(value) // 2))
                assert index in named(chain), (index, column)
                write_entry(engine, index, column, value)
    assert audited(chain).clean


@pytest.mark.parametrize("column", COLUMNS)
def test_an_emptied_cut_or_lengthened_value_is_named(chain: Chain, column: str) -> None:
    engine = chain.store.engine
    drop_triggers(engine)
    index = 12
    value = read_entry(engine, index)[column]
    assert isinstance(value, bytes | str)
    more = value + ("0" if isinstance(value, str) else b"\0")  # type: ignore[operator]
    for changed in (value[:0], value[:-1], more):
        write_entry(engine, index, column, changed)
        assert index in named(chain)
    if column != "leaf":
        write_entry(engine, index, column, None)
        assert index in named(chain)


def test_a_statement_hung_on_a_state_leaf_is_named(chain: Chain) -> None:
    engine = chain.store.engine
    drop_triggers(engine)
    for column, value in (("payload", b"{}"), ("signature", bytes(64)), ("statement_id", "0")):
        write_entry(engine, 13, column, value)
        assert 13 in named(chain)
        write_entry(engine, 13, column, None)
    assert audited(chain).clean


@pytest.mark.parametrize(
    "value", ["'text'", "7", "1.5", "CAST(X'ff00' AS TEXT)"], ids=["text", "int", "real", "broken"]
)
@pytest.mark.parametrize("column", COLUMNS)
def test_a_value_of_another_type_is_named_not_stumbled_over(
    file_chain: Chain, column: str, value: str
) -> None:
    drop_triggers(file_chain.store.engine)
    attack(file_chain.store.engine, f"UPDATE entry SET {column} = {value} WHERE leaf_index = 4")
    assert 4 in named(file_chain)


@pytest.mark.parametrize("index", [0, 1, 8, 9])
def test_a_removed_row_is_named(chain: Chain, index: int) -> None:
    drop_triggers(chain.store.engine)
    attack(chain.store.engine, f"DELETE FROM entry WHERE leaf_index = {index}")
    report = audited(chain)
    assert report.findings[0].leaf == index
    assert report.findings[0].code == "leaf_missing"


def test_a_removed_row_is_not_told_again_by_every_later_map(chain: Chain) -> None:
    grow(chain)
    drop_triggers(chain.store.engine)
    attack(chain.store.engine, "DELETE FROM entry WHERE leaf_index = 8")
    codes = Counter(finding.code for finding in audited(chain).findings)
    assert (codes["leaf_missing"], codes["map_differs"], codes["root_differs"]) == (1, 1, 1)


def test_many_lost_heads_are_one_finding(chain: Chain) -> None:
    size = chain.replica.size
    grow(chain)
    drop_triggers(chain.store.engine)
    attack(chain.store.engine, f"DELETE FROM entry WHERE leaf_index >= {size}")
    found = [f.reason for f in audited(chain).findings if f.code == "head_lost"]
    assert found == [
        f"{who} knows {chain.replica.size} leaves, the database has {size}"
        for who in ("a signed head", "the guard")
    ]


def test_a_copied_state_leaf_accuses_only_the_copy(chain: Chain) -> None:
    size = chain.replica.size
    attack(
        chain.store.engine,
        f"INSERT INTO entry (leaf_index, leaf) SELECT {size}, leaf FROM entry WHERE leaf_index = 3",
    )
    assert named(chain) == {size}


def test_rows_removed_from_the_end_are_missed_by_head_and_guard(chain: Chain) -> None:
    drop_triggers(chain.store.engine)
    size = chain.replica.size
    attack(chain.store.engine, f"DELETE FROM entry WHERE leaf_index >= {size - 2}")
    assert {finding.code for finding in audited(chain).findings} >= {"head_lost"}
    attack(chain.store.engine, f"DELETE FROM signed_head WHERE size = {size}")
    found = audited(chain).findings
    assert any(f.code == "head_lost" and "the guard" in f.reason for f in found)


@pytest.mark.parametrize("index", [-(2**62), -1, 22, 23, 500, 10**6, 2**62, 2**63 - 1])
def test_an_inserted_row_is_named(chain: Chain, index: int) -> None:
    attack(
        chain.store.engine,
        f"INSERT INTO entry (leaf_index, leaf) SELECT {index}, leaf FROM entry "
        "WHERE leaf_index = 3",
    )
    assert index in named(chain)
    if index < 0:  # what lies before the log moves nothing in it
        assert audited(chain).size == chain.replica.size
        assert named(chain) == {index}


@pytest.mark.parametrize(("before", "after"), [(2, 4), (2, 3), (20, 21), (1, 21)])
def test_swapped_rows_are_both_named(chain: Chain, before: int, after: int) -> None:
    engine = chain.store.engine
    drop_triggers(engine)
    for old, new in ((before, 900), (after, before), (900, after)):
        attack(engine, f"UPDATE entry SET leaf_index = {new} WHERE leaf_index = {old}")
    assert named(chain) >= {before, after}


def test_rows_that_are_renumbered_by_one_are_named(chain: Chain) -> None:
    engine = chain.store.engine
    drop_triggers(engine)
    attack(engine, "UPDATE entry SET leaf_index = leaf_index + 100 WHERE leaf_index >= 6")
    attack(engine, "UPDATE entry SET leaf_index = leaf_index - 99 WHERE leaf_index >= 100")
    assert named(chain) >= {6, *range(7, chain.replica.size)}


def test_an_honest_ledger_has_no_finding_and_progress_is_told(chain: Chain) -> None:
    grow(chain)
    told: list[tuple[int, int]] = []
    report = audit(chain.store, progress=lambda done, total: told.append((done, total)))
    assert report.clean
    assert report.findings == ()
    assert report.size == chain.replica.size
    assert report.statements + report.signed_heads == report.size  # one state leaf a head
    assert told[-1] == (report.size, report.size)


def test_progress_is_told_batch_by_batch(
    file_chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.audit.replay.STRETCH_LEAVES", 5)
    told: list[int] = []
    audit(file_chain.store, progress=lambda *step: told.append(step[0]))
    assert told == [5, 10, 15, 20, file_chain.replica.size]


def test_an_empty_database_is_clean(chain: Chain) -> None:
    drop_triggers(chain.store.engine)
    for table in ("entry", "statement", "subject", "chain", "signed_head"):
        attack(chain.store.engine, f"DELETE FROM {table}")
    codes = {finding.code for finding in audited(chain).findings}
    assert codes == {"head_lost"}  # the guard has seen more
