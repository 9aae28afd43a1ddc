"""Other people's numbers: one normal form, check digits where their issuers have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.herbs.aliases import ALIAS_LENGTH_MAX, alias_fault, is_drug_code, normal_alias
from ledger.herbs.check_digits import gs1_check_digit, is_sscc

SSCC = "306141417782246356"


@pytest.mark.parametrize(
    "typed",
    [SSCC, f"(00){SSCC}", "3061 4141-7782 2463 56", f"https://id.gs1.org/00/{SSCC}",
     f"https://x.example/a/00/{SSCC}", "urn:epc:id:sscc:0614141.3778224635",
     "３０６１４１４１７７８２２４６３５６"],
)  # fmt: skip
def test_every_way_to_write_an_sscc_is_its_18_digits(typed: str) -> None:
    assert normal_alias(typed) == SSCC


@pytest.mark.parametrize(
    ("typed", "found"),
    [(" yn-2026 0117 ", "YN20260117"), ("甲—1", "甲1"), ("", ""), ("  ", ""), ("urn:x:y", ""),
     ("x" * ALIAS_LENGTH_MAX, "X" * ALIAS_LENGTH_MAX), ("x" * (ALIAS_LENGTH_MAX + 1), "")],
)  # fmt: skip
def test_blanks_dashes_and_case_do_not_matter(typed: str, found: str) -> None:
    assert normal_alias(typed) == found


@given(st.text(max_size=80))
def test_a_normal_number_is_its_own_normal_form(typed: str) -> None:
    found = normal_alias(typed)
    assert normal_alias(found) == found


@given(st.from_regex(r"\A[0-9]{17}\Z"))
def test_any_epc_of_a_case_gives_a_number_whose_check_digit_holds(digits: str) -> None:
    found = normal_alias(f"urn:epc:id:sscc:{digits[1:8]}.{digits[0]}{digits[8:]}")
    assert is_sscc(found)
    assert found == digits + gs1_check_digit(digits)


@pytest.mark.parametrize(
    ("name", "number", "good"),
    [
        ("药品追溯码", "81234567890123456789", True),
        ("药品追溯码", "8123456789012345678", False),
        ("药品追溯码", "8123456789012345678X", False),
        ("SSCC", SSCC, True),
        ("箱码 sscc", SSCC[:-1] + "7", False),
        ("GTIN", "06901234567892", True),
        ("GTIN", "06901234567891", False),
        ("统一社会信用代码", "91350100M000100Y43", True),
        ("统一社会信用代码", "91350100M000100Y44", False),
        ("购方编号", "YN-1", True),
        ("购方编号", " ", False),
    ],
)
def test_a_mistyped_number_of_a_known_sort_is_found(name: str, number: str, good: bool) -> None:
    assert (alias_fault(name, number) == "") is good


def test_a_drug_code_is_twenty_digits_and_nothing_else() -> None:
    assert is_drug_code("8123 4567 8901 2345 6789")
    assert not is_drug_code("8123456789012345678")
    assert not is_drug_code("5e3dr00t7k2m9q4x8v1p")
