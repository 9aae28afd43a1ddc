"""Masses, areas and counts: exact in, exact out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormError
from ledger.herbs import units


@pytest.mark.parametrize(
    ("typed", "grams"),
    [
        ("1240.5", 1_240_500),
        ("2,481斤", 1_240_500),
        ("１２ 公斤", 12_000),
        ("41.25吨", 41_250_000),
        ("500 克", 500),
        ("0.5T", 500_000),
        ("3 两", 150),
        ("0", 0),
    ],
)
def test_a_mass_is_read_in_the_units_of_the_trade(typed: str, grams: int) -> None:
    assert units.parse_mass(typed) == grams


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "公斤",
        "-3",
        "1.2345",
        "1,24",
        "1e3",
        "1240 磅",
        "٣",
        "1..2",
        "9" * 30,
        "NaN",
        "1 2",
        "1" * 60,
    ],
)
def test_a_mass_that_is_none_or_not_whole_grams_is_refused(typed: str) -> None:
    with pytest.raises(FormError) as refusal:
        units.parse_mass(typed)
    assert refusal.value.code == "bad_quantity"


@given(st.integers(0, units.QUANTITY_MAX))
def test_a_mass_that_is_shown_reads_back_exactly(mass_g: int) -> None:
    assert units.parse_mass(units.format_mass_cn(mass_g)) == mass_g
    assert units.parse_mass(units.format_mass_en(mass_g)) == mass_g
    assert units.parse_mass(units.format_mass_in(mass_g, "斤"), unit="斤") == mass_g


def test_a_mass_is_shown_in_the_unit_that_people_would_say() -> None:
    assert units.format_mass_cn(999) == "999 克"
    assert units.format_mass_cn(1_240_500) == "1,240.5 公斤"
    assert units.format_mass_cn(41_250_000) == "41.25 吨"
    assert units.format_mass_cn(1_000_001) == "1,000.001 公斤"
    assert units.format_mass_cn(0) == "0 克"
    assert units.format_mass_en(1_240_500) == "1,240.5 kg"


@given(st.integers(0, 10**8))
def test_an_area_comes_back_to_the_hundredth_of_a_mu(hundredths: int) -> None:
    typed = f"{hundredths // 100}.{hundredths % 100:02}"
    shown = units.format_area_in(units.parse_area(typed), "亩")
    assert shown.replace(",", "") == typed.rstrip("0").rstrip(".")


def test_an_area_is_read_in_mu_hectares_and_square_metres() -> None:
    assert units.parse_area("25") == 16_667
    assert units.parse_area("1.5公顷") == 15_000
    assert units.parse_area("80 m²") == 80
    assert units.format_area_cn(16_667) == "25 亩"
    for wrong in ("25 里", "-1", "9" * 16):
        with pytest.raises(FormError):
            units.parse_area(wrong)


def test_a_count_is_whole() -> None:
    assert units.parse_count("2,000 件") == 2000
    for wrong in ("2.5", "3 公斤", "-1", "9" * 16):
        with pytest.raises(FormError):
            units.parse_count(wrong)
