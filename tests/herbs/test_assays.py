"""What laboratories measure has one code, however a report writes its name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.herbs.assays import ASSAYS, assay_code, assay_named, plain_name
from ledger.herbs.limits import LIMITS


def test_every_item_that_has_a_limit_has_a_code_and_no_name_means_two() -> None:
    known = {assay.cn for assay in ASSAYS}
    assert {limit.item for limit in LIMITS} <= known
    names = [plain_name(name) for each in ASSAYS for name in {each.cn, each.en, *each.also}]
    assert len(names) == len({*names})
    assert len({assay.code for assay in ASSAYS}) == len(ASSAYS)


@pytest.mark.parametrize(
    "name",
    ["二氧化硫", "SO2", "so2", "ＳＯ２", "SO₂", " 二氧化硫\u3000残留量 ", "二氧化硫（SO₂）",
     "Sulphur Dioxide", "二氧\u200b化硫"],
)  # fmt: skip
def test_one_measurement_has_one_code_whatever_its_width_case_and_spaces(name: str) -> None:
    assert assay_code(name) == "sulphur_dioxide"
    named = assay_named(name)
    assert named is not None
    assert named.cn == "二氧化硫"


def test_what_no_list_has_is_its_own_item_and_looks_like_names_are_told_apart() -> None:
    assert assay_code("重金属 总量") == assay_code("重金属总量")
    assert assay_named("重金属总量") is None
    apart = [
        "浸出物",
        "浸出物(水溶性)",
        "灰分",
        "酸不溶性灰分",
        "黄曲霉毒素B1",
        "黄曲霉毒素总量",
        "铅",
        "铅和镉",
    ]
    assert len({assay_code(name) for name in apart}) == len(apart)


@given(st.text(max_size=20))
def test_the_code_of_a_name_is_that_of_its_plain_name(name: str) -> None:
    assert assay_code(plain_name(name)) == assay_code(name)
    assert assay_code(f" {name} ") == assay_code(name)
