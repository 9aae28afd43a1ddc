"""A statement that makes the database itself refuse is found by bisection; the rest is kept."""

import pytest
from sqlalchemy import text

from ledger.errors import StoreError
from ledger.register.group import AHEAD_MIN
from tests.chain import Chain, one
from tests.parcels import codes, newcomer, receipts, refusal, stored

WHOS = ("mill", "nursery", "quality", "laboratory", "cooperative")


def refuse(chain: Chain, payload_like: str) -> None:
    """Let the database refuse every entry whose payload holds this text."""
    if chain.store.engine.dialect.name == "sqlite":
        command = (
            "CREATE TRIGGER too_strict BEFORE INSERT ON entry "
            f"WHEN instr(CAST(NEW.payload AS TEXT), '{payload_like}') "
            "BEGIN SELECT RAISE(ABORT, 'too strict'); END"
        )
    else:
        command = (
            "ALTER TABLE entry ADD CONSTRAINT too_strict CHECK "
            f"(payload IS NULL OR position('{payload_like}'::bytea IN payload) = 0) NOT VALID"
        )
    with chain.store.engine.begin() as connection:
        connection.execute(text(command))


@pytest.mark.parametrize("place", range(5))
def test_one_refused_row_costs_only_its_own_statement(chain: Chain, place: int) -> None:
    lots = [chain.lot() for _ in WHOS]
    refuse(chain, lots[place])
    sent = [stored(chain, who, lot=lot) for who, lot in zip(WHOS, lots, strict=True)]
    found = chain.send(*sent)
    assert codes(found) == ["statement_refused" if n == place else "" for n in range(5)]
    assert isinstance(refusal(found[place]), StoreError)
    assert refusal(found[place]).status == 422
    chain.reopen()
    again = chain.send(*[parcel for n, parcel in enumerate(sent) if n != place])
    assert all(receipt.again for receipt in receipts(again))


def test_one_refused_row_of_a_large_group_costs_only_its_own_statement(chain: Chain) -> None:
    lots = [chain.lot() for _ in range(2 * AHEAD_MIN)]
    bad = lots[-1]
    refuse(chain, bad)
    sent = [stored(chain, "nursery", lot=lot) for lot in lots[:-1]]
    found = chain.send(*sent, stored(chain, "mill", lot=bad))
    assert codes(found) == [*[""] * len(sent), "statement_refused"]
    chain.reopen()
    assert all(receipt.again for receipt in receipts(chain.send(*sent)))


def test_everything_refused_leaves_the_log_as_it_was(chain: Chain) -> None:
    size = chain.replica.size
    refuse(chain, "STORE_IN")
    assert codes(chain.send(*[stored(chain, who) for who in WHOS])) == ["statement_refused"] * 5
    with chain.store.reading() as reading:
        assert reading.size() == chain.replica.size == size


def test_what_follows_a_refused_statement_of_the_same_key_waits_for_its_number(
    chain: Chain,
) -> None:
    lots = [chain.lot() for _ in range(4)]
    refuse(chain, lots[1])
    found = chain.send(*[stored(chain, lot=lot) for lot in lots])
    assert codes(found) == ["", "statement_refused", "seq_gap", "seq_gap"]
    assert refusal(found[2]).details["missing"] == {"from": 1, "to": 1}


def test_a_key_keeps_its_order_while_the_refused_one_is_sought(chain: Chain) -> None:
    bad = chain.lot()
    refuse(chain, bad)
    mill = [stored(chain) for _ in range(4)]
    found = chain.send(*reversed(mill), stored(chain, "nursery", lot=bad))
    assert codes(found) == ["", "", "", "", "statement_refused"]


def test_an_enrolment_is_not_lost_when_a_neighbour_is_refused(chain: Chain) -> None:
    bad = chain.lot()
    refuse(chain, bad)
    someone = newcomer(chain, "someone", "processor")
    sent = [
        stored(chain, lot=bad),
        someone.admission,
        someone.enrolment,
        stored(chain, "someone"),
    ]
    assert codes(chain.send(*sent)) == ["statement_refused", "", "", ""]
    assert someone.key_id in chain.replica.registry.keys


def test_a_refused_enrolment_enrols_nobody(chain: Chain) -> None:
    someone = newcomer(chain, "someone", "processor")
    refuse(chain, "key.enrol")
    found = chain.send(someone.admission, someone.enrolment, stored(chain, "someone"))
    assert codes(found) == ["", "statement_refused", "unknown_key"]
    assert someone.key_id not in chain.replica.registry.keys
    assert one(chain.send(stored(chain))).leaf.key_seq == 0


def test_a_name_with_a_nul_is_refused_alike_on_both_databases(chain: Chain) -> None:
    sent = chain.write("mill", "event", {}, [chain.lot()], sealed={"a\x00b": "secret"})
    assert codes(chain.send(sent)) == ["nul_character"]
