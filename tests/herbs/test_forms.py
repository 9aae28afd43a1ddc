"""What pages ask is what the vocabulary says, and typed answers become what is signed."""

import pytest

from ledger.errors import FormError
from ledger.herbs.forms import form, parse_answer
from ledger.herbs.vocabulary import COMMON_ELEMENTS, KINDS


@pytest.mark.parametrize("code", KINDS)
def test_a_form_asks_for_when_where_and_every_element_once(code: str) -> None:
    fields = form(code)
    keys = [field.key for field in fields]
    assert len(keys) == len(set(keys))
    assert fields[0].key == "event_time"
    assert sum(field.at == "site" for field in fields) == 1
    assert {e.key for e in (*KINDS[code].elements, *COMMON_ELEMENTS)} <= set(keys)


def test_a_harvest_is_asked_in_kilograms_and_mu_and_its_pickers_are_sealed() -> None:
    fields = {field.key: field for field in form("HARVEST")}
    assert (fields["mass"].type, fields["mass"].unit) == ("mass", "公斤")
    assert (fields["area_m2"].type, fields["area_m2"].unit) == ("area", "亩")
    assert fields["pickers"].sealed
    assert fields["pickers"].required
    assert not fields["grade"].required
    assert ("hand", "人工") in fields["method"].choices


@pytest.mark.parametrize(
    ("kind", "key", "typed", "value"),
    [
        ("HARVEST", "mass", "2481 斤", 1_240_500),
        ("HARVEST", "area_m2", "25", 16_667),
        ("HARVEST", "method", "人工", "hand"),
        ("HARVEST", "method", "无人机", "无人机"),
        ("HARVEST", "pickers", "张三\n\n 李四 ", ["张三", "李四"]),
        ("PACK_LABEL", "unit_g", "100", 100),
        ("PACK_LABEL", "count", "2,000 件", 2000),
        ("PACK_LABEL", "code_range", '{"first":1,"last":2000}', {"first": 1, "last": 2000}),
        ("DRY", "temperature_c", " 60.0 ", 60),
        ("DRY", "final_moisture", "12.5", 12.5),
        ("CUT_GRADE", "fresh_cut", "是", True),
        ("TEST", "conclusion", "不合格", "fail"),
        ("PESTICIDE", "earliest_harvest", "2026-09-01", "2026-09-01"),
        ("PESTICIDE", "dose", "40 g/亩", "40 g/亩"),
        ("DISPENSE", "mass", "15", 15),
    ],
)
def test_an_answer_becomes_the_value_that_is_signed(
    kind: str, key: str, typed: str, value: object
) -> None:
    assert parse_answer(kind, key, typed) == value


@pytest.mark.parametrize(
    ("kind", "key", "typed", "code"),
    [
        ("HARVEST", "mass", "很多", "bad_quantity"),
        ("DRY", "temperature_c", "热", "bad_quantity"),
        ("CUT_GRADE", "fresh_cut", "也许", "bad_event"),
        ("TEST", "items", "[", "not_json"),
        ("TEST", "conclusion", "还行", "bad_event"),
        ("HARVEST", "colour", "红", "bad_event"),
        ("PESTICIDE", "earliest_harvest", "2026-02-30", "bad_event"),
    ],
)
def test_an_answer_that_says_nothing_is_refused_with_its_reason(
    kind: str, key: str, typed: str, code: str
) -> None:
    with pytest.raises(FormError) as refusal:
        parse_answer(kind, key, typed)
    assert refusal.value.code == code


def test_a_form_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(FormError):
        form("NOTHING")
