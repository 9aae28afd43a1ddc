"""A group of statements becomes leaves, one state leaf and one signed checkpoint, or nothing."""

import pytest
from msgspec.structs import replace

from ledger.canonical import JsonObject
from ledger.errors import FormError, StandingError
from ledger.log.checkpoint import parse_checkpoint, parse_note, parse_vkey, verified_keys
from ledger.log.leaves import EventLeaf, StateLeaf, parse_leaf, subject_key
from ledger.log.merkle import leaf_hash, tree_root, verify_inclusion
from ledger.log.subject_map import SubjectMap, map_value
from ledger.register.receipt import format_receipt
from ledger.statements.keys import verify_note_line
from tests.chain import DAY_MS, Chain, one
from tests.parcels import codes, newcomer, receipts, stored
from tests.season import grow


def test_the_last_leaf_under_every_checkpoint_is_a_state_leaf_over_the_whole_map(
    chain: Chain,
) -> None:
    grow(chain)
    receipts(chain.send(stored(chain), stored(chain)))
    with chain.store.reading() as reading:
        entries = list(reading.entries(0, reading.size()))
        heads = list(reading.signed_heads())
    hashes = [leaf_hash(entry.leaf) for entry in entries]
    values: dict[bytes, bytes] = {}
    seen = iter(heads)
    for index, entry in enumerate(entries):
        leaf = parse_leaf(entry.leaf)
        assert leaf.index == index
        if isinstance(leaf, StateLeaf):
            head = next(seen)
            assert head.size == index + 1
            assert leaf.map_root == SubjectMap.build(20, values.items()).root()
            checkpoint = parse_checkpoint(parse_note(head.note).text)
            assert checkpoint.root == tree_root(hashes[: head.size])
        else:
            for link in leaf.links:
                values[link.subject_key] = map_value(link.subject_seq + 1, hashes[index])
    assert next(seen, None) is None


def test_a_checkpoint_is_signed_by_every_key_of_the_log(chain: Chain) -> None:
    receipt = one(chain.send(stored(chain)))
    keys = [parse_vkey(vkey) for vkey in chain.vkeys]
    signed = verified_keys(parse_note(receipt.checkpoint), keys, verify_note_line)
    assert set(signed) == set(keys)


def test_a_receipt_says_where_the_statement_stands_on_each_chain(chain: Chain) -> None:
    lot = chain.lot()
    first = one(chain.send(stored(chain, lot=lot)))
    second = format_receipt(one(chain.send(stored(chain, "quality", lot=lot))))
    assert format_receipt(first)["links"] == [{"subject": f"{lot}#out", "seq": 0, "prev": None}]
    assert second["links"] == [
        {"subject": f"{lot}#out", "seq": 1, "prev": format_receipt(first)["leaf_hash"]}
    ]


def test_a_receipts_leaf_lies_under_its_checkpoint(chain: Chain) -> None:
    receipt = receipts(chain.send(*[stored(chain) for _ in range(5)]))[2]
    checkpoint = parse_checkpoint(parse_note(receipt.checkpoint).text)
    index = receipt.leaf.index
    with chain.store.reading() as reading:
        (entry,) = reading.entries_at([index])
    verify_inclusion(
        leaf_hash(entry.leaf),
        index=index,
        size=checkpoint.size,
        proof=chain.replica.tree.inclusion_proof(index, checkpoint.size),
        root=checkpoint.root,
    )


def test_one_bad_statement_never_harms_the_others(chain: Chain) -> None:
    newcomer(chain, "stranger", "processor")
    good = [stored(chain, who) for who in ("mill", "nursery", "quality", "laboratory")]
    false = stored(chain, "cooperative")
    false = replace(false, envelope=replace(false.envelope, signature=bytes(64)))
    sent = [good[0], false, good[1], stored(chain, "stranger"), good[2], good[3]]
    assert codes(chain.send(*sent)) == ["", "bad_signature", "", "unknown_key", "", ""]
    indices = [receipt.leaf.index for receipt in receipts(chain.send(*good))]
    assert indices == [*range(indices[0], indices[0] + 4)]


def test_a_group_in_which_everything_is_refused_leaves_no_trace(chain: Chain) -> None:
    size, note = chain.replica.size, chain.replica.note
    newcomer(chain, "stranger", "processor")
    assert codes(chain.send(stored(chain, "stranger"))) == ["unknown_key"]
    assert (chain.replica.size, chain.replica.note) == (size, note)
    with chain.store.reading() as reading:
        assert reading.size() == size


def test_a_refused_registry_statement_changes_nobodys_standing(chain: Chain) -> None:
    nursery = chain.actors["nursery"]
    body: JsonObject = {"actor": nursery, "reason": "spite"}
    refused = chain.write("mill", "actor.suspend", body, [nursery])
    assert codes(chain.send(refused)) == ["not_registrar"]
    assert not chain.replica.registry.actors[nursery].suspended
    assert codes(chain.send(stored(chain, "nursery"))) == [""]


def test_a_heartbeat_adds_one_state_leaf_and_signs_a_new_checkpoint(chain: Chain) -> None:
    size, root = chain.replica.size, chain.replica.map.root()
    later = chain.now_ms + DAY_MS
    head = chain.register.beat(now_ms=later)
    assert head.size == size + 1
    with chain.store.reading() as reading:
        (entry,) = reading.entries_at([size])
        assert reading.signed_head() == head
    leaf = parse_leaf(entry.leaf)
    assert leaf == StateLeaf(index=size, at_ms=later, map_root=root)
    assert (entry.statement_id, entry.payload, entry.signature) == (None, None, None)
    assert chain.replica.newest_ms == later


def test_times_never_go_back_with_the_clock(chain: Chain) -> None:
    one(chain.send(stored(chain)))
    newest = chain.replica.newest_ms
    chain.now_ms = newest - DAY_MS
    behind = one(chain.send(stored(chain)))
    assert behind.leaf.admitted_ms == newest
    chain.register.beat(now_ms=chain.now_ms)
    assert chain.replica.newest_ms == newest
    chain.now_ms = newest + 1
    assert one(chain.send(stored(chain))).leaf.admitted_ms == newest + 1_001


def test_a_restarted_server_remembers_the_newest_time(chain: Chain) -> None:
    newest = one(chain.send(stored(chain))).leaf.admitted_ms
    chain.reopen()
    chain.now_ms = 0
    assert one(chain.send(stored(chain))).leaf.admitted_ms == newest


def test_statements_of_one_group_continue_a_chain_that_the_group_began(chain: Chain) -> None:
    lot = chain.lot()
    sent = receipts(chain.send(*[stored(chain, who, lot=lot) for who in ("mill", "quality")]))
    (first,), (second,) = (receipt.leaf.links for receipt in sent)
    assert first.subject_key == second.subject_key == subject_key(f"{lot}#out")
    assert (first.subject_seq, second.subject_seq) == (0, 1)
    with chain.store.reading() as reading:
        (entry,) = reading.entries_at([sent[0].leaf.index])
        assert reading.chains([f"{lot}#out"]) == {
            f"{lot}#out": [receipt.leaf.index for receipt in sent]
        }
    assert second.previous == leaf_hash(entry.leaf)


def test_a_ledger_is_founded_with_its_genesis_and_nothing_else(chain: Chain) -> None:
    other = stored(chain)
    with pytest.raises(FormError) as refused:
        chain.register.found(other, now_ms=chain.now_ms)
    assert refused.value.code == "bad_body"
    with chain.store.reading() as reading:
        (entry,) = reading.entries_at([0])
    leaf = parse_leaf(entry.leaf)
    assert isinstance(leaf, EventLeaf)
    assert leaf.key_id.hex() == chain.root.key_id


def test_a_second_genesis_is_refused(chain: Chain) -> None:
    with pytest.raises(StandingError) as refused:
        chain.found()
    assert refused.value.code == "not_allowed"
