"""Verifying in other processes: their yes is worth what ours is, and they never say no."""

import pytest
from msgspec.structs import replace

from ledger.errors import SignatureError
from ledger.register.apart import Ask, verify_packed
from ledger.register.door import Parcel, Submission
from ledger.register.group import Candidate
from ledger.statements.attested import attested, read_stated
from ledger.statements.envelope import Envelope, statement_id
from ledger.statements.statement import Statement
from tests.chain import Chain, one
from tests.parcels import codes, harvest, stored

OTHER = "0" * 64


def apart(chain: Chain, *parcels: Parcel, ask: Ask = verify_packed) -> list[Candidate]:
    """What the register makes of parcels with another process's help."""
    return chain.register.check_apart(parcels, ask)


def asked(chain: Chain, *parcels: Parcel) -> int:
    """How many of these the other process is asked about and vouches for."""
    words: list[bytes] = []

    def ask(packed: bytes) -> bytes:
        words.append(verify_packed(packed))
        return words[-1]

    here = chain.register.check
    refused: list[Parcel] = []
    chain.register.check = lambda parcel: refused.append(parcel) or here(parcel)  # type: ignore[method-assign,func-returns-value]
    try:
        apart(chain, *parcels, ask=ask)
    finally:
        chain.register.check = here  # type: ignore[method-assign]
    return len(parcels) - len(refused)


def falsified(parcel: Parcel) -> Parcel:
    """The same with a signature that does not hold."""
    return replace(parcel, envelope=replace(parcel.envelope, signature=bytes(64)))


def test_what_is_verified_apart_is_what_is_verified_here(file_chain: Chain) -> None:
    parcels = [harvest(file_chain), stored(file_chain), stored(file_chain, "nursery")]

    assert asked(file_chain, *parcels) == 3
    for parcel, candidate in zip(parcels, apart(file_chain, *parcels), strict=True):
        assert candidate == file_chain.register.check(parcel)
        assert isinstance(candidate.outcome, Submission)
        assert type(candidate.outcome.statement) is Statement


def test_what_is_verified_apart_is_recorded_with_its_openings(chain: Chain) -> None:
    parcel = harvest(chain)
    receipt = one(chain.register.record(apart(chain, parcel), now_ms=chain.now_ms))
    with chain.store.reading() as reading:
        (opening,) = reading.openings([receipt.leaf.statement_id.hex()])
    assert opening.value == ["李四"]


def test_what_is_not_vouched_for_is_refused_here_with_the_same_words(chain: Chain) -> None:
    false = falsified(stored(chain))
    lying = stored(chain, "nursery")
    lying = replace(lying, openings=({"name": "pickers", "salt": "", "value": 1},))
    broken = Parcel(envelope=Envelope(payload=b'{"v":1', signature=bytes(64)))
    good = stored(chain, "quality")
    parcels = [false, lying, broken, good]

    assert asked(chain, *parcels) == 1
    assert apart(chain, *parcels)[3] == chain.register.check(good)
    sent = chain.register.record(apart(chain, *parcels), now_ms=chain.now_ms)
    assert codes(sent) == ["bad_signature", "bad_opening", "not_json", ""]


def test_registry_statements_and_unknown_keys_are_judged_here(chain: Chain) -> None:
    suspended = chain.write(
        "root",
        "actor.suspend",
        {"actor": "urn:daodi:actor:mill", "reason": "x"},
        ["urn:daodi:actor:mill"],
    )

    assert asked(chain, suspended) == 0
    assert codes(chain.register.record(apart(chain, suspended), now_ms=chain.now_ms)) == [""]


@pytest.mark.parametrize("word", [None, b"\x90", b"\x91\xc0", b"\x93\xc0\xc0\xc0"])
def test_a_process_that_fails_or_answers_too_little_costs_time_alone(
    file_chain: Chain, word: bytes | None
) -> None:
    parcels = [stored(file_chain), stored(file_chain, "nursery")]
    found = apart(file_chain, *parcels, ask=lambda _: word)
    assert found == [file_chain.register.check(parcel) for parcel in parcels]


def test_a_word_about_another_statement_makes_nothing(file_chain: Chain) -> None:
    """Were words to come out of step, a false statement must not profit by a good one's."""
    good = stored(file_chain)
    false = falsified(stored(file_chain, "nursery"))
    words: list[bytes] = []
    file_chain.register.check_apart([good], lambda packed: words.append(verify_packed(packed)))  # type: ignore[func-returns-value]

    (candidate,) = apart(file_chain, false, ask=lambda _: words[0])
    assert isinstance(candidate.outcome, SignatureError)


def test_an_id_or_a_key_of_another_makes_no_statement(file_chain: Chain) -> None:
    envelope = stored(file_chain).envelope
    stated = read_stated(envelope.payload)
    assert stated is not None
    right, other = (file_chain.pens[who].key.public for who in ("mill", "nursery"))
    identity = statement_id(envelope.payload)

    assert attested(stated, envelope, right, attested_id=identity).statement_id == identity
    for key, attested_id in ((right, OTHER), (other, identity)):
        with pytest.raises(SignatureError):
            attested(stated, envelope, key, attested_id=attested_id)


@pytest.mark.parametrize("payload", [b"", b"[]", b"\xff", b'{"ledger":1}', b"[" * 100_000])
def test_another_shape_is_no_statement(payload: bytes) -> None:
    assert read_stated(payload) is None
