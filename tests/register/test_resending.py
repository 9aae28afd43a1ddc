"""What a device may do without harm: send twice, send late, send in any order."""

import pytest

from ledger.errors import StoreError
from ledger.register.door import Parcel
from ledger.statements.envelope import Envelope
from tests.attacker import attack
from tests.chain import Chain, one
from tests.parcels import codes, newcomer, receipts, refusal, stored


def test_a_statement_sent_twice_gets_its_first_receipt(chain: Chain) -> None:
    parcel = stored(chain)
    first = one(chain.send(parcel))
    one(chain.send(stored(chain)))
    again = one(chain.send(parcel))
    assert (again.leaf, again.uris, again.checkpoint) == (first.leaf, first.uris, first.checkpoint)
    assert again.again
    assert not first.again


def test_a_statement_sent_twice_in_one_batch_gets_one_leaf(chain: Chain) -> None:
    parcel, other = stored(chain), stored(chain)
    first, between, second = receipts(chain.send(parcel, other, parcel))
    assert first == second
    assert between.leaf.index == first.leaf.index + 1
    assert chain.replica.size == first.leaf.index + 3  # two events and their state leaf


def test_a_restarted_server_gives_the_first_receipt_too(chain: Chain) -> None:
    parcel = stored(chain)
    first = one(chain.send(parcel))
    chain.reopen()
    again = one(chain.send(parcel))
    assert (again.leaf, again.checkpoint) == (first.leaf, first.checkpoint)


def test_receipts_of_several_groups_are_given_again_each_with_its_own_checkpoint(
    chain: Chain,
) -> None:
    parcels = [stored(chain) for _ in range(3)]
    first = [one(chain.send(parcel)) for parcel in parcels]
    again = receipts(chain.send(*reversed(parcels)))
    assert [one.checkpoint for one in reversed(again)] == [one.checkpoint for one in first]


def test_a_resent_statement_adds_no_leaf_and_signs_no_head(chain: Chain) -> None:
    parcel = stored(chain)
    one(chain.send(parcel))
    with chain.store.reading() as reading:
        before = reading.size(), len(list(reading.signed_heads()))
    one(chain.send(parcel))
    with chain.store.reading() as reading:
        assert (reading.size(), len(list(reading.signed_heads()))) == before


def test_the_genesis_sent_again_gets_its_first_receipt(chain: Chain) -> None:
    with chain.store.reading() as reading:
        (genesis,) = reading.entries_at([0])
    assert genesis.payload is not None
    assert genesis.signature is not None
    envelope = Envelope(payload=genesis.payload, signature=genesis.signature)
    again = chain.register.found(Parcel(envelope=envelope), now_ms=chain.now_ms)
    assert (again.leaf.index, again.again) == (0, True)


def test_a_gap_is_answered_with_the_missing_numbers_and_stores_nothing(chain: Chain) -> None:
    parcels = [stored(chain) for _ in range(3)]
    size = chain.replica.size
    refused = refusal(chain.send(parcels[2])[0])
    assert refused.code == "seq_gap"
    assert refused.details["missing"] == {"from": 0, "to": 1}
    assert (refused.details["next_seq"], refused.details["head"]) == (0, None)
    with chain.store.reading() as reading:
        assert reading.size() == size
    assert codes(chain.send(*parcels)) == ["", "", ""]


def test_a_gap_in_the_middle_names_the_head_after_which_it_begins(chain: Chain) -> None:
    parcels = [stored(chain) for _ in range(4)]
    head = one(chain.send(parcels[0])).leaf.statement_id.hex()
    refused = refusal(chain.send(parcels[3])[0])
    assert refused.details["missing"] == {"from": 1, "to": 2}
    assert refused.details["head"] == head


def test_statements_of_a_key_are_taken_in_their_order_whatever_the_order_of_the_batch(
    chain: Chain,
) -> None:
    mill = [stored(chain) for _ in range(4)]
    other = stored(chain, "nursery")
    sent = receipts(chain.send(mill[2], mill[0], other, mill[3], mill[1]))
    assert [receipt.leaf.key_seq for receipt in sent] == [2, 0, 0, 3, 1]


def test_an_enrolment_and_what_its_key_signed_arrive_in_one_batch(chain: Chain) -> None:
    someone = newcomer(chain, "someone", "processor")
    said = [stored(chain, "someone") for _ in range(3)]
    sent = [someone.admission, someone.enrolment, said[2], said[0], said[1]]
    assert codes(chain.send(*sent)) == [""] * 5


def test_what_a_key_signed_is_refused_when_it_stands_before_the_enrolment(chain: Chain) -> None:
    someone = newcomer(chain, "someone", "processor")
    said = stored(chain, "someone")
    found = codes(chain.send(said, someone.admission, someone.enrolment))
    assert found == ["unknown_key", "", ""]
    assert codes(chain.send(said)) == [""]


def test_a_false_signature_is_refused_also_when_its_key_comes_in_the_same_batch(
    chain: Chain,
) -> None:
    someone = newcomer(chain, "someone", "processor")
    said = stored(chain, "someone")
    false = Parcel(envelope=Envelope(payload=said.envelope.payload, signature=bytes(64)))
    found = codes(chain.send(someone.admission, someone.enrolment, false))
    assert found == ["", "", "bad_signature"]


def test_an_empty_batch_is_answered_with_nothing(chain: Chain) -> None:
    assert chain.send() == []


def test_no_receipt_is_given_again_without_a_checkpoint_over_its_leaf(chain: Chain) -> None:
    parcel = stored(chain)
    receipt = one(chain.send(parcel))
    attack(chain.store.engine, f"DELETE FROM signed_head WHERE size > {receipt.leaf.index}")
    with pytest.raises(StoreError) as refused:
        chain.send(parcel)
    assert refused.value.code == "database_damaged"
