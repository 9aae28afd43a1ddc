"""Values of statements as pages show them."""

import pytest

from api.shown.values import shown_unit, shown_value
from ledger.herbs.vocabulary import KINDS, Element

FILE = Element(key="report", cn="报告", en="Report", type="file", required="O")


@pytest.mark.parametrize(
    ("media_type", "shown"),
    [("text/plain; charset=utf-8", "PLAIN 3 kB"), ("application/pdf", "PDF 3 kB")],
)
def test_a_file_is_shown_by_its_sort_and_never_by_a_parameter(media_type: str, shown: str) -> None:
    named = {"sha256": "0" * 64, "type": media_type, "size": 3_000}
    assert shown_value(FILE, named, english=False) == shown


@pytest.mark.parametrize(
    ("kind", "unit", "value", "chinese", "english"),
    [
        ("integer", "min", 40, "40 分钟", "40 min"),
        ("number", "h", 66.5, "66.5 小时", "66.5 h"),
        ("number", "kg/亩", 80, "80 公斤/亩", "80 kg/mu"),
        ("integer", "件", 1200, "1200 件", "1200 packs"),
        ("integer", "天", 7, "7 天", "7 days"),
        ("number", "%", 12.5, "12.5%", "12.5%"),
        ("number", "", "80 公斤/亩", "80 公斤/亩", "80 公斤/亩"),
        ("date", "", "2025-07-27", "2025年7月27日", "2025-07-27"),
        ("date", "", "2025-02-30", "2025-02-30", "2025-02-30"),
        ("date", "", "2025-W05-1", "2025-W05-1", "2025-W05-1"),
    ],
)
def test_units_and_days_are_said_in_the_readers_language(
    kind: str, unit: str, value: str | float, chinese: str, english: str
) -> None:
    element = Element(key="x", cn="甲", en="X", type=kind, required="O", unit=unit)
    assert shown_value(element, value, english=False) == chinese
    assert shown_value(element, value, english=True) == english


def test_what_was_declared_not_to_be_so_does_not_read_as_if_it_were() -> None:
    element = Element(key="x", cn="甲", en="X", type="flags", required="O",
                      choices=(("base", "产地一致"), ("seed", "种苗一致")))  # fmt: skip
    said = {"base": False, "seed": True}
    assert shown_value(element, said, english=False) == "种苗一致；没有做到的：产地一致"


def test_every_unit_of_the_vocabulary_is_said_in_english_letters() -> None:
    units = {element.unit for kind in KINDS.values() for element in kind.elements}
    assert units > {"min", "件"}
    for unit in units:
        said = shown_unit(unit, english=True)
        assert not any("一" <= sign <= "鿿" for sign in said), unit
