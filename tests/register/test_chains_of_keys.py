"""One chain per key: what continues it is taken, what does not is refused and says why."""

from msgspec.structs import replace

from ledger.statements.pen import Pen
from tests.chain import Chain, one
from tests.parcels import codes, refusal, stored


def twin(chain: Chain, who: str = "mill") -> Pen:
    """A second device with the same key: a restored backup, or a thief."""
    pen = chain.pens[who]
    return Pen(pen.key, ledger=chain.origin, salts=chain.chance, seq=pen.seq, prev=pen.prev)


def test_a_statement_that_names_another_predecessor_is_refused(chain: Chain) -> None:
    head = one(chain.send(stored(chain))).leaf.statement_id.hex()
    chain.pens["mill"].prev = "ab" * 32
    refused = refusal(chain.send(stored(chain))[0])
    assert refused.code == "wrong_prev"
    assert refused.details["expected"] == head
    assert refused.details["found"] == "ab" * 32
    assert refused.details["next_seq"] == 1


def test_two_statements_at_one_number_are_equivocation_and_both_envelopes_are_kept(
    chain: Chain,
) -> None:
    restored = twin(chain)
    kept = one(chain.send(stored(chain))).leaf
    chain.pens["mill"] = restored
    second = stored(chain)
    refused = refusal(chain.send(second)[0])
    assert refused.code == "equivocation"
    assert refused.status == 409
    assert refused.details["head"] == kept.statement_id.hex()
    assert refused.details["next_seq"] == 1
    with chain.store.reading() as reading:
        (rival,) = reading.rivals()
        (entry,) = reading.entries_at([kept.index])
    assert rival.payload == second.envelope.payload
    assert rival.signature == second.envelope.signature
    assert (rival.key, rival.seq, rival.received_ms) == (restored.key.key_id, 0, chain.now_ms)
    assert entry.statement_id == kept.statement_id.hex()


def test_equivocation_within_one_batch_keeps_the_first_and_the_rival(chain: Chain) -> None:
    restored = twin(chain)
    first = stored(chain)
    chain.pens["mill"] = restored
    second = stored(chain)
    assert codes(chain.send(first, second)) == ["", "equivocation"]
    with chain.store.reading() as reading:
        assert [rival.payload for rival in reading.rivals()] == [second.envelope.payload]


def test_a_rival_sent_twice_is_kept_once(chain: Chain) -> None:
    restored = twin(chain)
    one(chain.send(stored(chain)))
    chain.pens["mill"] = restored
    second = stored(chain)
    assert codes(chain.send(second, second)) == ["equivocation", "equivocation"]
    assert codes(chain.send(second)) == ["equivocation"]
    with chain.store.reading() as reading:
        assert len(reading.rivals()) == 1


def test_a_device_goes_on_after_equivocation_with_the_number_that_it_was_told(
    chain: Chain,
) -> None:
    restored = twin(chain)
    one(chain.send(stored(chain)))
    chain.pens["mill"] = restored
    refused = refusal(chain.send(stored(chain))[0])
    restored.seq = int(str(refused.details["next_seq"]))
    restored.prev = str(refused.details["head"])
    assert codes(chain.send(stored(chain))) == [""]


def test_a_number_whose_statement_was_refused_may_be_signed_anew(chain: Chain) -> None:
    saved = twin(chain)
    retired = chain.write("mill", "actor.suspend", {"actor": "x"}, ["urn:daodi:actor:mill"])
    assert codes(chain.send(retired)) == ["bad_body"]
    chain.pens["mill"] = saved
    assert codes(chain.send(stored(chain))) == [""]
    with chain.store.reading() as reading:
        assert reading.rivals() == []


def test_a_false_signature_never_makes_a_rival(chain: Chain) -> None:
    restored = twin(chain)
    one(chain.send(stored(chain)))
    chain.pens["mill"] = restored
    second = stored(chain)
    false = replace(second, envelope=replace(second.envelope, signature=bytes(64)))
    assert codes(chain.send(false)) == ["bad_signature"]
    with chain.store.reading() as reading:
        assert reading.rivals() == []
