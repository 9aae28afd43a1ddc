"""Signed heads against the tree replayed: notes, keys, groups' times, anchors, the guard."""

from pathlib import Path

import pytest

from ledger.audit.findings import SENTENCES_CN, AuditReport, Finding, format_report
from ledger.audit.replay import audit
from ledger.canonical import JsonObject, JsonValue
from ledger.log.checkpoint import Checkpoint, format_vkey
from ledger.log.leaves import EventLeaf, StateLeaf, format_leaf, parse_leaf
from ledger.log.merkle import leaf_hash, tree_root
from ledger.register.door import Parcel
from ledger.seam import SignedHead
from ledger.statements.keys import generate_private_key, note_vkey
from ledger.statements.statement import Anchor, parse_claim
from ledger.store.database import SqlStore
from ledger.store.guard import Guard
from ledger.store.ledger import sign_head
from tests.attacker import attack, drop_triggers, flipped, read_bytes, write_entry
from tests.chain import Chain, clock_text, one
from tests.parcels import BusyStore, receipts, silent, stored
from tests.season import grow


def findings(chain: Chain) -> tuple[Finding, ...]:
    """What an audit finds."""
    return audit(chain.store, progress=silent).findings


def codes(chain: Chain) -> list[tuple[str, int | None]]:
    """Codes and leaves of what it finds."""
    return [(finding.code, finding.leaf) for finding in findings(chain)]


def note_at(chain: Chain, size: int) -> str:
    """The note that was served at a size."""
    with chain.store.reading() as reading:
        head = reading.signed_head(covering=size - 1)
    assert head is not None
    return head.note


def forge(chain: Chain, size: int, root: bytes) -> None:
    """Sign a head with the log's own keys, as a lying operator would."""
    note = sign_head(chain.log_keys)(Checkpoint(origin=chain.origin, size=size, root=root))
    attack(chain.store.engine, f"UPDATE signed_head SET note = '{note}' WHERE size = {size}")


@pytest.mark.parametrize("place", [0, 24, 30, -40, -20])
def test_a_changed_note_is_named(chain: Chain, place: int) -> None:
    note = note_at(chain, 10)
    changed = flipped(note.encode(), place).decode("utf-8", "replace")
    attack(chain.store.engine, f"UPDATE signed_head SET note = '{changed}' WHERE size = 10")
    assert {leaf for _, leaf in codes(chain)} == {9}


def test_a_note_that_is_no_note_is_named(chain: Chain) -> None:
    attack(chain.store.engine, "UPDATE signed_head SET note = 'nothing' WHERE size = 10")
    assert codes(chain) == [("note_false", 9)]


def test_a_note_of_another_size_is_named(chain: Chain) -> None:
    note = note_at(chain, 8)
    attack(chain.store.engine, f"UPDATE signed_head SET note = '{note}' WHERE size = 10")
    assert codes(chain) == [("note_false", 9)]


def test_a_note_by_keys_that_the_log_never_stated_is_named(chain: Chain) -> None:
    chain.log_keys = (generate_private_key("Ed25519"), generate_private_key("ES256"))
    forge(chain, 10, chain.replica.tree.root(10))
    assert codes(chain) == [("note_false", 9)]


def test_another_root_signed_by_the_log_itself_is_named(chain: Chain) -> None:
    forge(chain, 10, bytes(32))
    assert codes(chain) == [("root_differs", 9)]


def test_a_removed_head_is_named(chain: Chain) -> None:
    attack(chain.store.engine, "DELETE FROM signed_head WHERE size = 10")
    assert codes(chain) == [("note_missing", 9)]


def test_a_head_that_ends_with_no_state_leaf_is_named(chain: Chain) -> None:
    note = sign_head(chain.log_keys)(
        Checkpoint(origin=chain.origin, size=9, root=chain.replica.tree.root(9))
    )
    attack(chain.store.engine, f"INSERT INTO signed_head VALUES (9, '{note}')")
    assert codes(chain) == [("note_false", 8)]


def test_heads_after_a_rotation_are_held_against_the_keys_then_in_force(chain: Chain) -> None:
    fresh = generate_private_key("Ed25519")
    vkeys = [format_vkey(note_vkey(chain.origin, key.public)) for key in (*chain.log_keys, fresh)]
    body: JsonObject = {"add": list[JsonValue](vkeys[2:]), "remove": list[JsonValue](vkeys[:1])}
    chain.log_keys = (chain.log_keys[1], fresh)
    rotation = chain.write("root", "log.key.rotate", body, [f"urn:daodi:ledger:{chain.origin}"])
    one(chain.send(rotation))
    chain.reopen()
    one(chain.send(stored(chain)))
    assert codes(chain) == []


def test_the_time_of_one_statement_changed_names_that_leaf(chain: Chain) -> None:
    sent = receipts(chain.send(*[stored(chain) for _ in range(5)]))
    drop_triggers(chain.store.engine)
    index = sent[2].leaf.index
    leaf = parse_leaf(read_bytes(chain.store.engine, index))
    assert isinstance(leaf, EventLeaf)
    write_entry(chain.store.engine, index, "leaf", flipped(format_leaf(leaf), 16))
    found = findings(chain)
    assert ("time_differs", index) in {(f.code, f.leaf) for f in found}
    assert ("root_differs", index) in {(f.code, f.leaf) for f in found}


def test_the_time_of_a_state_leaf_changed_names_that_leaf_as_the_root_tells(
    chain: Chain,
) -> None:
    receipts(chain.send(*[stored(chain) for _ in range(5)]))
    drop_triggers(chain.store.engine)
    index = chain.replica.size - 1
    leaf = read_bytes(chain.store.engine, index)
    write_entry(chain.store.engine, index, "leaf", flipped(leaf, 16))
    assert ("root_differs", index) in codes(chain)


def test_times_that_go_back_are_named(chain: Chain) -> None:
    """A whole group set back, and signed anew by a lying operator."""
    one(chain.send(stored(chain)))
    drop_triggers(chain.store.engine)
    size = chain.replica.size
    for index in (size - 2, size - 1):
        leaf = parse_leaf(read_bytes(chain.store.engine, index))
        raw = bytearray(format_leaf(leaf))
        raw[9:17] = (1).to_bytes(8, "big")
        write_entry(chain.store.engine, index, "leaf", bytes(raw))
    assert ("time_differs", size - 1) in codes(chain)


def test_a_state_leaf_with_another_map_root_is_named_also_when_it_was_signed(
    chain: Chain,
) -> None:
    """The operator signs a lying map: whoever replays sees it."""
    drop_triggers(chain.store.engine)
    size = chain.replica.size
    leaf = parse_leaf(read_bytes(chain.store.engine, size - 1))
    assert isinstance(leaf, StateLeaf)
    lie = format_leaf(StateLeaf(index=leaf.index, at_ms=leaf.at_ms, map_root=bytes(32)))
    write_entry(chain.store.engine, size - 1, "leaf", lie)
    with chain.store.reading() as reading:
        hashes = [leaf_hash(entry.leaf) for entry in reading.entries(0, size)]
    forge(chain, size, tree_root(hashes))
    assert ("map_differs", size - 1) in codes(chain)


def test_a_group_of_two_times_is_named_also_when_it_was_signed(chain: Chain) -> None:
    """A state leaf dated later than its statements: proofs hold, and time never goes back."""
    index = one(chain.send(stored(chain))).leaf.index
    drop_triggers(chain.store.engine)
    size = chain.replica.size
    leaf = parse_leaf(read_bytes(chain.store.engine, size - 1))
    assert isinstance(leaf, StateLeaf)
    late = StateLeaf(index=leaf.index, at_ms=leaf.at_ms + 1, map_root=leaf.map_root)
    write_entry(chain.store.engine, size - 1, "leaf", format_leaf(late))
    with chain.store.reading() as reading:
        hashes = [leaf_hash(entry.leaf) for entry in reading.entries(0, size)]
    forge(chain, size, tree_root(hashes))
    assert ("time_differs", index) in codes(chain)


def test_a_guard_ahead_of_the_database_is_named(chain: Chain, tmp_path: Path) -> None:
    guard = Guard(tmp_path / "ahead.guard")
    guard.advance(SignedHead(size=999, note=chain.replica.note))
    chain.store = SqlStore(chain.store.engine, guard)
    assert codes(chain) == [("head_lost", chain.replica.size)]


def test_a_guard_of_another_history_is_named(chain: Chain, tmp_path: Path) -> None:
    guard = Guard(tmp_path / "other.guard")
    other = sign_head(chain.log_keys)(Checkpoint(origin=chain.origin, size=4, root=bytes(32)))
    guard.advance(SignedHead(size=4, note=other))
    chain.store = SqlStore(chain.store.engine, guard)
    assert codes(chain) == [("root_differs", 3)]


def test_a_guard_that_holds_no_note_is_named_not_stumbled_over(
    chain: Chain, tmp_path: Path
) -> None:
    guard = Guard(tmp_path / "other.guard")
    guard.advance(SignedHead(size=4, note="nonsense"))
    chain.store = SqlStore(chain.store.engine, guard)
    assert codes(chain) == [("note_false", 3)]


def anchored(chain: Chain, anchor: Anchor) -> None:
    """Record an event of a device that says which checkpoint it had seen."""
    body = parse_claim(stored(chain, "nursery").envelope.payload).body
    _, envelope, _ = chain.pens["mill"].write(
        "event", body, signed_at=clock_text(chain.now_ms), subjects=[chain.lot()], anchor=anchor
    )
    one(chain.send(Parcel(envelope=envelope)))


def test_an_anchor_of_this_log_is_clean(chain: Chain) -> None:
    anchored(chain, Anchor(size=10, root=chain.replica.tree.root(10)))
    assert codes(chain) == []


@pytest.mark.parametrize("kept", [1, 10_000])
def test_a_checkpoint_that_many_devices_saw_is_found_for_each(
    file_chain: Chain, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr("ledger.audit.heads.ANCHORS_MAX", kept)
    chain = file_chain
    seen = [Anchor(size=size, root=chain.replica.tree.root(size)) for size in (10, 8)]
    for anchor in (*seen, *seen, *seen):
        anchored(chain, anchor)
    assert codes(chain) == []
    anchored(chain, Anchor(size=10, root=seen[1].root))
    assert codes(chain) == [("root_differs", chain.replica.size - 2)]


def test_an_anchor_of_another_history_convicts_it(chain: Chain) -> None:
    anchored(chain, Anchor(size=10, root=bytes(32)))
    assert codes(chain) == [("root_differs", chain.replica.size - 2)]


def test_a_damaged_ledger_is_reported_up_to_a_limit(
    file_chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(file_chain)
    monkeypatch.setattr("ledger.audit.replay.FINDINGS_MAX", 3)
    attack(file_chain.store.engine, "UPDATE chain SET subject_seq = subject_seq + 100")
    report = audit(file_chain.store, progress=silent)
    assert (len(report.findings), report.truncated) == (3, True)


def test_a_report_reads_as_json_with_a_sentence_for_each_finding(chain: Chain) -> None:
    forge(chain, 10, bytes(32))
    report = format_report(audit(chain.store, progress=silent))
    assert report["clean"] is False
    assert isinstance(report["findings"], list)
    (finding,) = report["findings"]
    assert isinstance(finding, dict)
    assert (finding["code"], finding["leaf"], finding["table"]) == ("root_differs", 9, None)
    assert finding["sentence_cn"] == SENTENCES_CN["root_differs"]


def test_rivals_are_counted_for_they_are_evidence_not_damage(chain: Chain) -> None:
    pen = chain.pens["mill"]
    seq, prev = pen.seq, pen.prev
    one(chain.send(stored(chain)))
    pen.seq, pen.prev = seq, prev
    chain.send(stored(chain))
    report: AuditReport = audit(chain.store, progress=silent)
    assert (report.clean, report.rivals) == (True, 1)


def test_an_audit_while_another_server_appends_finds_nothing(chain: Chain) -> None:
    """The guard may be ahead of the audit's snapshot: that is no lost head."""
    before = chain.replica.size
    report = audit(BusyStore(chain), progress=silent)
    assert (report.findings, report.size) == ((), before)
    assert chain.replica.size > before
