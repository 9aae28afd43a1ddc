"""What no door let in but somebody wrote into the database: chains, standing, keys, pools."""

import pytest

from ledger.audit.fold import Replay
from ledger.audit.replay import audit
from ledger.log.subject_map import MapOverlay
from ledger.register.admit import Admission
from ledger.statements.standing import Registry
from ledger.statements.statement import parse_claim
from ledger.store.pool import examining_pool
from ledger.store.write import SqlWriting
from tests.attacker import drop_triggers, flipped, read_bytes, write_entry
from tests.chain import Chain, one
from tests.parcels import codes, newcomer, silent, stored
from tests.season import grow


def found(chain: Chain) -> list[tuple[str, int | None]]:
    """Codes and leaves of what an audit finds."""
    report = audit(chain.store, progress=silent)
    return [(finding.code, finding.leaf) for finding in report.findings]


def test_an_operator_who_admits_a_suspended_actor_is_found(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = chain.actors["mill"]
    one(chain.send(chain.write("root", "actor.suspend", {"actor": actor, "reason": "r"}, [actor])))
    with monkeypatch.context() as lying:
        lying.setattr(Registry, "judge", lambda *_, **__: None)
        leaf = one(chain.send(stored(chain))).leaf
    assert found(chain) == [("standing", leaf.index)]


@pytest.mark.parametrize("thing", ["key", "actor", "ledger"])
def test_an_operator_who_admits_an_event_on_a_reserved_chain_is_found(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, thing: str
) -> None:
    uri = {
        "key": f"urn:daodi:key:{chain.pens['mill'].key.key_id}",
        "actor": chain.actors["mill"],
        "ledger": f"urn:daodi:ledger:{chain.origin}",
    }[thing]
    pen = chain.pens["mill"]
    before = pen.seq, pen.prev
    body = parse_claim(stored(chain).envelope.payload).body
    pen.seq, pen.prev = before
    squatting = chain.write("mill", "event", body, [uri])
    with monkeypatch.context() as lying:
        lying.setattr(Registry, "judge", lambda *_, **__: None)
        leaf = one(chain.send(squatting)).leaf
    assert found(chain) == [("standing", leaf.index)]


def test_a_map_that_the_operator_made_up_is_found_leaf_by_leaf_too(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lying:
        lying.setattr(MapOverlay, "root", lambda *_: bytes(32))
        one(chain.send(stored(chain)))
    size = chain.replica.size
    assert ("map_differs", size - 1) in found(chain)
    monkeypatch.setattr(Replay, "take_stretch", lambda *_: False)
    assert ("map_differs", size - 1) in found(chain)


def test_an_operator_who_skips_a_number_of_a_key_is_found(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(chain)
    with monkeypatch.context() as lying:
        lying.setattr(Admission, "_continue_chain", lambda *_: None)
        leaf = one(chain.send(stored(chain))).leaf
    assert found(chain) == [("key_chain_broken", leaf.index)]


def test_an_operator_who_withholds_a_leaf_from_a_chain_is_found(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = chain.lot()
    one(chain.send(stored(chain, lot=lot)))
    with monkeypatch.context() as lying:
        lying.setattr(SqlWriting, "heads", lambda *_: {})
        honest = SqlWriting.append
        lying.setattr(SqlWriting, "append", lambda self, entries, _: honest(self, entries, []))
        leaf = one(chain.send(stored(chain, "quality", lot=lot))).leaf
    assert ("links_differ", leaf.index) in found(chain)


def test_an_operator_who_signs_for_an_actor_is_found(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = newcomer(chain, "someone", "processor")
    said = stored(chain, "someone")
    someone_key = chain.pens["someone"].key.public
    with monkeypatch.context() as lying:
        lying.setattr(Registry, "find_key", lambda *_: someone_key)
        lying.setattr(Registry, "judge", lambda *_, **__: None)
        leaf = one(chain.send(said)).leaf
    assert {code for code, index in found(chain) if index == leaf.index} == {
        "signature_false",
        "standing",
    }
    assert someone.key_id not in chain.replica.registry.keys


def test_an_approval_is_replayed_with_what_it_approves(chain: Chain) -> None:
    site = chain.site("mill")
    identity = chain.pens["mill"].prev
    approval = chain.write("quality", "approve", {"statement": identity}, [site])
    assert codes(chain.send(approval)) == [""]
    assert found(chain) == []


def test_an_approval_of_a_statement_that_was_damaged_is_not_understood(chain: Chain) -> None:
    site = chain.site("mill")
    index = chain.replica.size - 2
    identity = chain.pens["mill"].prev
    approval = chain.write("quality", "approve", {"statement": identity}, [site])
    assert codes(chain.send(approval)) == [""]
    drop_triggers(chain.store.engine)
    write_entry(chain.store.engine, index, "payload", b"{}")
    assert ("standing", chain.replica.size - 2) in found(chain)


def test_a_key_enrolled_with_other_bytes_verifies_nothing(chain: Chain) -> None:
    """The audit takes a key's bytes from its enrolment, and its id from the bytes."""
    someone = newcomer(chain, "someone", "processor")
    assert codes(chain.send(someone.admission, someone.enrolment, stored(chain, "someone"))) == [
        "",
        "",
        "",
    ]
    drop_triggers(chain.store.engine)
    index = chain.replica.size - 3
    payload = read_bytes(chain.store.engine, index, "payload")
    write_entry(
        chain.store.engine, index, "payload", flipped(payload, payload.index(b"spki") + 100)
    )
    report = audit(chain.store, progress=silent)
    assert ("statement_damaged", index) in {(f.code, f.leaf) for f in report.findings}


@pytest.mark.parametrize("batch", [1, 3, 1_000])
def test_batches_of_any_size_find_the_same(
    file_chain: Chain, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    grow(file_chain)
    drop_triggers(file_chain.store.engine)
    write_entry(file_chain.store.engine, 30, "signature", bytes(64))
    whole = audit(file_chain.store, progress=silent)
    monkeypatch.setattr("ledger.audit.replay.STRETCH_LEAVES", batch)
    assert audit(file_chain.store, progress=silent) == whole


def test_a_pool_of_processes_finds_the_same(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(chain)
    drop_triggers(chain.store.engine)
    write_entry(chain.store.engine, 30, "signature", bytes(64))
    write_entry(chain.store.engine, 5, "leaf", b"no leaf")
    alone = audit(chain.store, progress=silent)
    assert not alone.clean
    monkeypatch.setattr("ledger.audit.replay.STRETCH_LEAVES", 3)
    with examining_pool(chain.store, 2) as examine_spans:
        assert audit(chain.store, progress=silent, examine_spans=examine_spans) == alone


def test_a_pool_uses_every_core_when_not_told_how_many(file_chain: Chain) -> None:
    grow(file_chain)
    with examining_pool(file_chain.store) as examine_spans:
        report = audit(file_chain.store, progress=silent, examine_spans=examine_spans)
    assert report.clean
    assert report.size == file_chain.replica.size


def test_a_ledger_without_a_genesis_is_found_at_its_first_leaf(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_triggers(chain.store.engine)
    write_entry(chain.store.engine, 0, "payload", b"{}")
    report = audit(chain.store, progress=silent)
    assert report.findings[0].leaf == 0
    assert {f.code for f in report.findings if f.leaf == 0} >= {"statement_damaged"}
