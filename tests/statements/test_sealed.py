"""Sealed values: bound to their statement, useless when copied, gone when erased."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import JsonValue
from ledger.errors import FormError
from ledger.statements.sealed import (
    Opening,
    check_opening,
    commitment,
    format_opening,
    parse_opening,
    seal,
)
from ledger.statements.statement import Claim, draft
from tests.statements.founding import NOON, ORIGIN, a_key

SALT = "AAECAwQFBgcICQoLDA0ODw"
KEY = a_key("seller")


def a_sale(seq: int = 0) -> tuple[Claim, list[tuple[str, str, JsonValue]]]:
    numbers = count(1)
    values: dict[str, JsonValue] = {"buyer": "张三", "price": {"yuan": 86}}
    sealed, opened = seal(
        values, ledger=ORIGIN, key=KEY.key_id, seq=seq, salts=lambda: bytes([next(numbers)] * 16)
    )
    claim, _ = draft(
        ledger=ORIGIN,
        key=KEY,
        seq=seq,
        prev=None if seq == 0 else "00" * 32,
        signed_at=NOON,
        kind="event",
        body={},
        subjects=["https://h.example/lot/a#out"],
        sealed=sealed,
    )
    return claim, opened


def an_opening(claim: Claim, **changes: object) -> dict:
    name, salt, value = a_sale()[1][0]
    return {
        "statement": claim.statement_id,
        "name": name,
        "salt": salt,
        "value": value,
        **changes,
    }


def refusal(value: object, claim: Claim) -> str:
    with pytest.raises(FormError) as refused:
        check_opening(parse_opening(value), claim)
    return refused.value.code


def test_a_commitment_is_the_hash_of_the_canonical_list_of_what_it_binds() -> None:
    text = '["ledger.example/herbs","abab",7,"buyer","AAECAwQFBgcICQoLDA0ODw","张三"]'
    expected = urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode()
    found = commitment(ledger=ORIGIN, key="abab", seq=7, name="buyer", salt=SALT, value="张三")
    assert found == expected


def test_every_sealed_value_opens_and_shows_nothing_before() -> None:
    claim, opened = a_sale()
    assert set(claim.sealed) == {"buyer", "price"}
    assert "张三".encode() not in claim.payload
    for name, salt, value in opened:
        opening = Opening(statement=claim.statement_id, name=name, salt=salt, value=value)
        check_opening(opening, claim)
        assert parse_opening(format_opening(opening)) == opening


@given(salts=st.binary(min_size=16, max_size=16), value=st.text(max_size=20))
def test_any_salt_gives_an_opening_that_can_be_read_back(salts: bytes, value: str) -> None:
    _, [(name, salt, _)] = seal(
        {"phone": value}, ledger=ORIGIN, key=KEY.key_id, seq=0, salts=lambda: salts
    )
    opening = Opening(statement="00" * 32, name=name, salt=salt, value=value)
    assert parse_opening(format_opening(opening)) == opening


def test_a_salt_of_another_length_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="15 bytes"):
        seal({"buyer": "x"}, ledger=ORIGIN, key=KEY.key_id, seq=0, salts=lambda: bytes(15))


def test_another_value_salt_or_name_does_not_open() -> None:
    claim, _ = a_sale()
    assert refusal(an_opening(claim, value="李四"), claim) == "bad_opening"
    assert refusal(an_opening(claim, salt=SALT), claim) == "bad_opening"
    assert refusal(an_opening(claim, name="price"), claim) == "bad_opening"
    assert refusal(an_opening(claim, name="seller"), claim) == "bad_opening"


def test_an_opening_is_useless_beside_another_statement() -> None:
    claim, _ = a_sale()
    later, _ = a_sale(seq=1)
    assert refusal(an_opening(claim), later) == "bad_opening"
    copied = an_opening(later)
    assert refusal(copied, claim) == "bad_opening"


def test_a_value_without_a_canonical_form_does_not_open() -> None:
    claim, _ = a_sale()
    assert refusal(an_opening(claim, value=2**60), claim) == "bad_opening"


@pytest.mark.parametrize(
    "changes",
    [
        {"more": 1},
        {"statement": "AB" * 32},
        {"statement": None},
        {"name": 1},
        {"name": ["buyer"]},
        {"salt": None},
        {"salt": SALT[:-1]},
        {"salt": SALT[:-1] + "x"},
        {"salt": SALT + "="},
        {"salt": SALT[:-2] + "+w"},
    ],
)
def test_an_opening_of_another_shape_is_refused(changes: dict[str, object]) -> None:
    claim, _ = a_sale()
    assert refusal(an_opening(claim, **changes), claim) == "bad_opening"


def test_what_is_no_object_with_these_members_is_no_opening() -> None:
    claim, _ = a_sale()
    assert refusal([], claim) == "bad_opening"
    assert refusal({"name": "buyer"}, claim) == "bad_opening"
