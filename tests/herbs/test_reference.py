"""Limits, barred pesticides and labels: as of a day, each with the mark of how sure it is."""

from dataclasses import replace
from datetime import date

import pytest

from ledger.herbs.labels import LABELS, labels_for
from ledger.herbs.limits import LIMITS, find_limit, number_of
from ledger.herbs.pesticides import CLASS_RULE, PESTICIDES, barred_class, barred_pesticides

TODAY = date(2026, 11, 1)
MARKS = {"sourced", "unverified", "derived"}


def test_every_figure_keeps_its_mark_and_the_day_from_which_it_counts() -> None:
    for each in (*LIMITS, *PESTICIDES, *LABELS, CLASS_RULE):
        assert each.mark in MARKS
        assert each.effective_from <= TODAY
    assert [limit.value for limit in LIMITS if limit.mark == "sourced"] == [16.0, 16.5, 17.0, 1.4]
    assert len([each for each in PESTICIDES if each.mark == "sourced"]) == 29
    assert all(each.loq_mark == "unverified" for each in PESTICIDES)


def test_a_limit_is_found_for_the_drug_before_the_herb_before_all() -> None:
    achyranthes = find_limit(["牛膝"], "二氧化硫", TODAY)
    other = find_limit(["无名"], "SO2", TODAY)
    assert achyranthes is not None
    assert other is not None
    assert (achyranthes.value, other.value) == (400, 150)
    assert find_limit(["无名"], "没有的项目", TODAY) is None
    assert find_limit(["牛膝"], "二氧化硫", date(2020, 12, 29)) is None
    assert find_limit(["川明参"], "水分", TODAY) is None
    graded = find_limit(["川明参"], "含水率", TODAY, grade="一级")
    assert graded is not None
    assert graded.value == 16.5


def test_a_bases_own_limit_stands_before_the_houses() -> None:
    house = find_limit(["牛膝"], "水分", TODAY)
    assert house is not None
    own = replace(house, value=13.0)
    assert find_limit(["牛膝"], "水分", TODAY, limits=(own, *LIMITS)) is own


@pytest.mark.parametrize(
    ("op", "value", "result", "kept"),
    [("<=", 5, 5, True), ("<=", 5, 5.1, False), (">=", 5, 5, True), (">=", 5, 4.9, False),
     ("<", 5, 5, False), ("<", None, 99, True)],
)  # fmt: skip
def test_a_limit_decides_its_border(op: str, value: float, result: float, kept: bool) -> None:
    assert replace(LIMITS[0], op=op, value=value).allows(result) is kept  # type: ignore[arg-type]


def test_results_are_numbers_where_they_are_numbers() -> None:
    assert [number_of(v) for v in (3, 2.5, " 1.5 ", "未检出", True, None, [1])] == [
        3.0, 2.5, 1.5, None, None, None, None,
    ]  # fmt: skip


def test_what_no_laboratory_can_measure_is_no_number() -> None:
    results = ("NaN", "inf", "-Infinity", "1e999", "9" * 400, 10**400)
    assert [number_of(result) for result in results] == [None] * len(results)


@pytest.mark.parametrize(
    ("ingredient", "named"),
    [
        ("40%乐果乳油", ["乐果"]),
        ("氧化乐果", ["氧乐果"]),
        ("乙酰甲胺磷", ["乙酰甲胺磷"]),
        ("含甲胺磷50%", ["甲胺磷"]),
        ("Parathion-methyl", ["甲基对硫磷"]),
        ("parathion", ["对硫磷"]),
        ("硫双灭多威", []),
    ],
)
def test_a_barred_name_counts_as_a_whole(ingredient: str, named: list[str]) -> None:
    assert [each.cn for each in barred_pesticides(ingredient, TODAY)] == named


def test_the_class_rule_reads_what_the_words_say() -> None:
    assert barred_class("剧毒", TODAY) == "剧毒"
    assert barred_class("非高毒", TODAY) is None
    assert barred_class("高毒", date(2020, 1, 1)) is None


def test_labels_are_asked_for_from_their_day_on() -> None:
    assert [len(labels_for("decoction_piece", date(2024 + year, 8, 1))) for year in (0, 1)] == [
        1,
        2,
    ]
    assert labels_for("raw_herb", date(2019, 11, 30)) == []
