"""The canonical form: published examples of RFC 8785, two encoders that agree, every refusal."""

import json
import struct

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import (
    DEPTH_MAX,
    INTEGER_MAX,
    JsonValue,
    canonical_bytes,
    jcs_bytes,
    parse_canonical,
    parse_json,
    refuse_nul,
)
from ledger.errors import FormError
from tests.log.mutation import mutated

FRACTIONS = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: not number.is_integer() and abs(number) >= 1e-6
)
NUMBERS = st.one_of(
    st.integers(-INTEGER_MAX, INTEGER_MAX),
    FRACTIONS,
    st.floats(1e-6, 1e-4),  # here the two encoders part
    st.floats(-100, 100).filter(lambda number: not number.is_integer() and abs(number) >= 1e-6),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(st.characters(codec="ascii")), inner, max_size=4),
    ),
    max_leaves=20,
)


def code_of(payload: bytes) -> str:
    with pytest.raises(FormError) as refusal:
        parse_canonical(payload)
    return refusal.value.code


def code_of_value(value: JsonValue) -> str:
    with pytest.raises(FormError) as refusal:
        canonical_bytes(value)
    return refusal.value.code


def has_small_fraction(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return any(map(has_small_fraction, value.values()))
    if isinstance(value, list):
        return any(map(has_small_fraction, value))
    return isinstance(value, float) and abs(value) < 1e-5


def test_the_example_of_rfc_8785_section_3_2_comes_out() -> None:
    text = rb"""{
      "numbers": [333333333.33333329, 4.50, 2e-3],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }"""
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    ).encode()
    assert canonical_bytes(parse_json(text)) == expected
    assert parse_canonical(expected) == parse_json(text)
    assert code_of(text) == "not_canonical"


def test_the_ascii_names_of_rfc_8785_section_3_2_3_are_sorted() -> None:
    text = b'{"1":"One","</script>":"Browser Challenge","\\r":"Carriage Return"}'
    expected = b'{"\\r":"Carriage Return","1":"One","</script>":"Browser Challenge"}'
    assert canonical_bytes(parse_json(text)) == expected
    assert parse_canonical(expected) == parse_json(text)
    assert code_of(text) == "not_canonical"


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("41b3de4355555556", "333333333.3333334"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_the_numbers_of_rfc_8785_appendix_b_that_format_v1_knows_come_out(
    bits: str, expected: str
) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical_bytes(number).decode() == expected
    assert parse_canonical(expected.encode()) == number
    assert parse_canonical(f'{{"a":[{expected}]}}'.encode()) == {"a": [number]}


@pytest.mark.parametrize(
    "bits",
    [
        "8000000000000000",
        "0000000000000001",
        "8000000000000001",
        "7fefffffffffffff",
        "4340000000000000",
        "4430000000000000",
        "44b52d02c7e14af6",
        "444b1ae4d6e2ef50",
        "3eb0c6f7a0b5ed8c",
        "7fffffffffffffff",
        "7ff0000000000000",
    ],
)
def test_the_other_numbers_of_appendix_b_are_refused(bits: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert code_of_value(number) == "bad_number"


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ],
)
def test_outside_statements_the_other_numbers_of_appendix_b_come_out(
    bits: str, expected: str
) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert jcs_bytes(number).decode() == expected


def test_outside_statements_names_are_sorted_as_rfc_8785_section_3_2_3_says() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    ordered = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    found = jcs_bytes(dict.fromkeys(names))
    assert list(json.loads(found)) == ordered


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "bad_number"),
        ([float("-inf")], "bad_number"),
        (2**53, "bad_number"),
        ({"a": "\ud800"}, "lone_surrogate"),
    ],
)
def test_outside_statements_too_some_values_have_no_form(value: JsonValue, code: str) -> None:
    with pytest.raises(FormError) as refusal:
        jcs_bytes(value)
    assert refusal.value.code == code


def test_outside_statements_too_32_levels_are_the_deepest() -> None:
    deep: JsonValue = {}
    for _ in range(DEPTH_MAX - 1):
        deep = [deep, 1, "text"]
    assert jcs_bytes(deep).startswith(b"[" * (DEPTH_MAX - 1))
    for deeper in ([deep], {"a": deep}):
        with pytest.raises(FormError) as refusal:
            jcs_bytes(deeper)
        assert refusal.value.code == "too_deep"


@given(value=VALUES)
def test_inside_format_v1_both_forms_are_one(value: JsonValue) -> None:
    assert jcs_bytes(value) == canonical_bytes(value)


@given(value=VALUES)
def test_what_rfc_8785_writes_for_a_legal_value_is_accepted_and_returned_equal(
    value: JsonValue,
) -> None:
    payload = rfc8785.dumps(value)
    assert canonical_bytes(value) == payload
    found = parse_canonical(payload)
    assert found == value
    assert canonical_bytes(found) == payload
    assert parse_json(payload) == value


@given(value=VALUES)
def test_the_fast_encoder_writes_what_rfc_8785_writes_but_for_small_fractions(
    value: JsonValue,
) -> None:
    fast = msgspec.json.encode(value, order="sorted")
    if not has_small_fraction(value):
        assert fast == rfc8785.dumps(value)
    elif fast != rfc8785.dumps(value):
        assert code_of(fast) == "not_canonical"


@given(value=VALUES)
def test_ordinary_json_of_a_value_is_refused_unless_it_is_canonical(value: JsonValue) -> None:
    text = json.dumps(value).encode()
    if text == rfc8785.dumps(value):
        assert parse_canonical(text) == value
    else:
        assert code_of(text) == "not_canonical"


@given(data=st.data(), value=VALUES)
def test_changed_bytes_are_refused_or_are_another_values_one_form(
    data: st.DataObject, value: JsonValue
) -> None:
    payload = data.draw(mutated(canonical_bytes(value)))
    try:
        found = parse_canonical(payload)
    except FormError:
        return
    assert rfc8785.dumps(found) == payload


@given(payload=st.binary(max_size=40))
def test_any_bytes_are_refused_or_canonical(payload: bytes) -> None:
    try:
        found = parse_canonical(payload)
    except FormError:
        return
    assert rfc8785.dumps(found) == payload


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'{"a":1}x', "not_json"),
        (b"NaN", "not_json"),
        (b"-Infinity", "not_json"),
        (b"'a'", "not_json"),
        (b"01", "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b'"\xff"', "not_utf8"),
        (b'"\xed\xa0\x80"', "not_utf8"),
        (b'{"b":1,"a":2}', "not_canonical"),
        (b'{"a": 1}', "not_canonical"),
        (b"{}\n", "not_canonical"),
        (b'"\\u0041"', "not_canonical"),
        (b'"\\/"', "not_canonical"),
        (b'"\\u000F"', "not_canonical"),
        (b"-0", "not_canonical"),
        (b"0.10", "not_canonical"),
        (b"5e-6", "not_canonical"),
        (b'{"a":[-5.5e-6]}', "not_canonical"),
        (b"0.1000000000000000055", "not_canonical"),
        (b'{"a":1,"a":1}', "duplicate_member"),
        (b'{"a":{"b":1,"\\u0062":2}}', "duplicate_member"),
        (b'"\\ud800"', "lone_surrogate"),
        (b'{"\\udfff":1}', "lone_surrogate"),
        (b'["\\udc00\\ud800"]', "lone_surrogate"),
        (b'"\x00"', "nul_character"),
        (b"1.0", "bad_number"),
        (b"-0.0", "bad_number"),
        (b"1e5", "bad_number"),
        (b"9007199254740992", "bad_number"),
        (b"-9007199254740992", "bad_number"),
        (b"1e400", "bad_number"),
        (b"[-1e400]", "bad_number"),
        (b"1e-7", "bad_number"),
        (b"1" * 400, "bad_number"),
        (b"1" * 5000, "bad_number"),
        (b"1" * 5000 + b".5", "bad_number"),
        ('{"é":1}'.encode(), "bad_member_name"),
        (b'{"a":[{"\\u00e9":1}]}', "bad_member_name"),
        (b"[" * 33 + b"]" * 33, "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too_deep"),
        (b"[" * 100_000, "too_deep"),
    ],
    ids=lambda part: repr(part)[:40],
)
def test_each_refusal_has_its_code(payload: bytes, code: str) -> None:
    assert code_of(payload) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (2**53, "bad_number"),
        (-(2**53), "bad_number"),
        (float("inf"), "bad_number"),
        ({"a": [1.0]}, "bad_number"),
        ({"é": 1}, "bad_member_name"),
        ("\ud800", "lone_surrogate"),
        ({"a": ["\udfff"]}, "lone_surrogate"),
    ],
)
def test_a_value_outside_format_v1_is_not_written(value: JsonValue, code: str) -> None:
    assert code_of_value(value) == code


def test_an_integer_too_long_to_be_printed_is_refused_too() -> None:
    assert code_of_value(10**5000) == "bad_number"


def test_32_levels_are_the_deepest() -> None:
    payload = b"[" * DEPTH_MAX + b"]" * DEPTH_MAX
    assert canonical_bytes(parse_canonical(payload)) == payload
    assert code_of_value([parse_canonical(payload)]) == "too_deep"


def test_an_exponent_inside_a_string_is_only_text() -> None:
    payload = b'{"a":"[1e-7,2.5e-6"}'
    assert parse_canonical(payload) == {"a": "[1e-7,2.5e-6"}


def test_ordinary_json_may_be_written_in_any_way_but_means_one_thing() -> None:
    assert parse_json(b' {"a" : [1.0, 1e5, -0.0, "\\u0041", 12345678901234567890]} ') == {
        "a": [1.0, 100000.0, 0.0, "A", 12345678901234567890]
    }
    for text, code in [
        (b'{"a":1,"a":1}', "duplicate_member"),
        (b'["\\ud800"]', "lone_surrogate"),
        (b"[NaN]", "not_json"),
        (b"[1e400]", "bad_number"),
        (b"\xff", "not_utf8"),
    ]:
        with pytest.raises(FormError) as refusal:
            parse_json(text)
        assert refusal.value.code == code


def test_a_nul_character_is_refused_where_a_database_could_not_keep_it() -> None:
    refuse_nul({"a": ["b", 1, None, {"c": "é"}]})
    for value in ("\x00", {"a": ["b\x00"]}, {"a\x00": 1}):
        with pytest.raises(FormError) as refusal:
            refuse_nul(value)
        assert refusal.value.code == "nul_character"
