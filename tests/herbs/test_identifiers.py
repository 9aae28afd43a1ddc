"""Codes on packs: what is printed comes back, what is mistyped does not."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormError
from ledger.herbs import check_digits, identifiers
from ledger.herbs.identifiers import ALPHABET, parse_code

ORIGIN = "guangyuan.example/herbs"
CODE = "fr3sh9m1p3r5t7v9x2zq"
GTIN = "09506000134352"

chances = st.binary(min_size=12, max_size=20)
codes = chances.map(identifiers.new_code)


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("fr3sh9m1p3r5t7v9x2z", "q"),
        ("0000000000000000001", "y"),
        ("zzzzzzzzzzzzzzzzzzz", "k"),
    ],
)
def test_the_check_character_is_that_of_the_format(body: str, check: str) -> None:
    assert identifiers.check_character(body) == check


def test_a_check_character_of_foreign_signs_is_refused() -> None:
    with pytest.raises(FormError, match="alphabet"):
        identifiers.check_character("abu")


@given(chances)
def test_a_new_code_has_twenty_characters_and_reads_back(chance: bytes) -> None:
    code = identifiers.new_code(chance)
    assert len(code) == 20
    assert parse_code(code).lot == code


def test_a_code_uses_ninety_five_bits_of_chance() -> None:
    first = identifiers.new_code(bytes(12))
    assert identifiers.new_code(b"\x80" + bytes(11)) != first
    assert identifiers.new_code(bytes(11) + b"\x02") != first
    assert identifiers.new_code(bytes(11) + b"\x01") == first


def test_a_code_from_too_little_chance_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="12 bytes"):
        identifiers.new_code(bytes(11))


@given(codes, st.data())
def test_one_wrong_character_is_always_noticed(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 19))
    wrong = data.draw(st.sampled_from([c for c in ALPHABET if c != code[place]]))
    with pytest.raises(FormError):
        parse_code(code[:place] + wrong + code[place + 1 :])


@given(codes)
def test_a_code_reads_however_people_type_it(code: str) -> None:
    spoken = code.upper().replace("0", "O").replace("1", "I", 1).replace("1", "l")
    assert parse_code(f"  {identifiers.grouped(code)} ").lot == code
    assert parse_code("-".join([code[:5], code[5:12], code[12:]])).lot == code
    assert parse_code(spoken).lot == code
    assert parse_code(code[:10] + "－—\u3000" + code[10:]).lot == code
    assert parse_code("".join(chr(ord(c) + 0xFEE0) for c in code)).lot == code


@given(codes)
def test_a_code_is_found_in_every_link_that_carries_it(code: str) -> None:
    for link in (
        f"HTTPS://ANY.EXAMPLE/T/{code.upper()}",
        f"https://any.example/prefix/t/{code}/",
        f"https://any.example/t/{code}?from=scan#top",
        f"any.example/t/{code}",
        f"https://id.gs1.org/01/{GTIN}/10/{code}",
        f"https://any.example/a/b/01/{GTIN}/22/x/10/{code.upper()}?17=281110",
    ):
        assert parse_code(link).lot == code
    assert parse_code(f"https://id.gs1.org/01/{GTIN}/10/{code}").gtin == GTIN


def test_a_things_uri_leads_to_its_code_and_back() -> None:
    for thing, build in (
        ("lot", identifiers.lot_uri),
        ("crop", identifiers.crop_uri),
        ("site", identifiers.site_uri),
    ):
        uri = build(ORIGIN, CODE.upper())
        assert uri == f"https://guangyuan.example/{thing}/{CODE}"
        assert identifiers.code_of_uri(uri) == CODE
        assert parse_code(uri).thing == thing
        assert parse_code(uri).uri(ORIGIN) == uri


@pytest.mark.parametrize(
    "text",
    [
        f"https://guangyuan.example/t/{CODE}x",
        f"https://guangyuan.example/lot/{CODE.upper()}",
        CODE,
        f"https://guangyuan.example/lot/{CODE}000000000000",
    ],
)
def test_what_is_no_uri_of_a_thing_has_no_code_of_a_uri(text: str) -> None:
    with pytest.raises(FormError) as refusal:
        identifiers.code_of_uri(text)
    assert refusal.value.code == "bad_code"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345678901234567890",
        "fr3sh9m1p3r5t7v9x2zu",
        "fr3sh9m1p3r5t7v9x2z",
        "怀牛膝",
        "https://any.example/",
        "/",
        f"https://any.example/x/{CODE}",
        f"https://any.example/01/{GTIN}",
        f"https://any.example/01/09506000134353/10/{CODE}",
        f"https://any.example/01/{GTIN}/10/{CODE}/21/abc",
        f"https://any.example/crop/{CODE}000000000000",
        "x" * 3000,
    ],
)
def test_what_names_no_code_of_ours_is_refused(text: str) -> None:
    with pytest.raises(FormError) as refusal:
        parse_code(text)
    assert refusal.value.code == "bad_code"


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(FormError):
        assert len(parse_code(text).lot) == 20


@given(codes, st.integers(0, identifiers.SERIAL_MAX), st.binary(min_size=32, max_size=32))
def test_a_packs_code_proves_its_serial(code: str, serial: int, secret: bytes) -> None:
    key = identifiers.batch_key(secret, code)
    unit = identifiers.unit_code(code, serial, key)
    assert len(unit) == 32
    assert parse_code(identifiers.grouped(unit)).text == unit
    assert identifiers.verify_unit_code(unit, key) == serial
    link = f"https://id.gs1.org/01/{GTIN}/10/{code}/21/{unit[20:]}"
    assert parse_code(link).text == unit


def test_a_guessed_pack_is_refused() -> None:
    key = identifiers.batch_key(b"secret", CODE)
    unit = identifiers.unit_code(CODE, 7, key)
    forged = unit[:25] + ("1" if unit[25] == "0" else "0") + unit[26:]
    for wrong in (forged, unit[:-1] + ("1" if unit[-1] == "0" else "0"), CODE):
        with pytest.raises(FormError):
            identifiers.verify_unit_code(wrong, key)
    with pytest.raises(FormError):
        identifiers.verify_unit_code(unit, identifiers.batch_key(b"other", CODE))
    with pytest.raises(FormError, match="serial"):
        identifiers.unit_code(CODE, identifiers.SERIAL_MAX + 1, key)


def test_a_pack_asks_for_its_own_lot_and_a_foreign_gs1_lot_for_its_own_uri() -> None:
    ours = f"https://guangyuan.example/lot/{CODE}"
    assert identifiers.asked_uri(f"HTTPS://EVIL.EXAMPLE/T/{CODE.upper()}", ORIGIN) == ours
    assert identifiers.asked_uri(CODE, ORIGIN) == ours
    assert identifiers.asked_uri(f"https://x.example/01/{GTIN}/10/{CODE}", ORIGIN) == ours
    foreign = "https://x.example/p/01/9506000134352/22/2A/10/AB-1%2F2?17=281110"
    assert identifiers.asked_uri(foreign, ORIGIN) == f"https://id.gs1.org/01/{GTIN}/10/AB-1%2F2"


@pytest.mark.parametrize("lot", ["", "x" * 21, "批号1"])
def test_a_lot_number_that_gs1_does_not_allow_is_refused(lot: str) -> None:
    with pytest.raises(FormError):
        identifiers.gs1_lot_uri(GTIN, lot)


def test_gs1_numbers_are_judged_by_their_check_digit() -> None:
    assert check_digits.is_gtin("9506000134352")
    assert check_digits.parse_gtin("9506000134352") == GTIN
    assert not check_digits.is_gtin("9506000134353")
    assert not check_digits.is_gtin("95060001343522222")
    assert not check_digits.is_gtin("９506000134352")
    assert check_digits.is_sscc("106141412345678908")
    assert not check_digits.is_sscc("106141412345678909")
    assert not check_digits.is_sscc("9506000134352")
    for wrong in ("9506000134353", ""):
        with pytest.raises(FormError):
            check_digits.parse_gtin(wrong)
    with pytest.raises(FormError):
        check_digits.gs1_check_digit("12a")


def test_a_social_credit_code_is_judged_by_its_check_character() -> None:
    assert check_digits.is_social_credit_code("91350100M000100Y43")
    assert not check_digits.is_social_credit_code("91350100M000100Y44")
    assert not check_digits.is_social_credit_code("91350100M000100Y4")
    assert not check_digits.is_social_credit_code("91350100I000100Y43")
