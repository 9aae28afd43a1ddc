"""Labels: what must stand there, days that fit each other, and the last day."""

import pytest

from tests.rules.story import HONEST_LABEL, KG, Story, lot


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"企业名称": ""}, ["hold"]),
        ({"采收日期": "2026-12-02"}, ["hold"]),
        ({"包装日期": "2026-12-02"}, ["hold"]),
        ({"保质期至": "2026-12-01"}, ["hold"]),
        ({"保质期至": "2026-12-02"}, []),
        ({"包装日期": "上周"}, []),
        ({"声明": "符合GAP要求"}, ["amber"]),
        ({"专用标志": "有"}, ["amber"]),
        ({"产品属性": "中药饮片"}, ["amber"]),
    ],
)
def test_lb1_statutory_fields_hold_and_unverified_ones_warn(
    change: dict[str, str], said: list[str]
) -> None:
    story = Story()
    story.pack(lot("dry"), "p", KG, "2026-12-01", fields=HONEST_LABEL | change)
    assert story.severities("LB1") == said
    assert [f.holds for f in story.findings("LB1")] == [each == "hold" for each in said]


def test_lb1_the_shelf_life_of_pieces_was_asked_for_from_august_2025() -> None:
    fields = HONEST_LABEL | {"产品属性": "中药饮片", "保质期至": "", "采收日期": "", "包装日期": ""}
    for when, findings in (("2025-07-31", 1), ("2025-08-01", 2), ("2024-07-31", 0)):
        story = Story()
        story.pack(lot("dry"), "p", KG, when, fields=fields)
        assert len(story.findings("LB1")) == findings


@pytest.mark.parametrize(
    ("sold", "keeps", "drug", "said"),
    [
        ("2028-12-01", "2028-11-30", "牛膝", ["hold"]),
        ("2028-11-30", "2028-11-30", "牛膝", []),
        ("2028-12-02", "", "牛膝", ["amber"]),  # two years are general knowledge
        ("2028-12-01", "", "牛膝", []),
        ("2040-01-01", "", "无名", []),
    ],
)
def test_lb2_nothing_is_sold_past_its_last_day(
    sold: str, keeps: str, drug: str, said: list[str]
) -> None:
    story = Story()
    dry = story.grow()
    fields = HONEST_LABEL | {"保质期至": keeps}
    pack = story.pack(dry, "p", KG, "2026-12-01", fields=fields, drug=drug)
    story.hands("mill", "shop", pack, 9, "2026-12-02")
    story.do("shop", "DISPENSE", sold, about=[(pack, 9)])
    assert story.severities("LB2") == said


def test_lb2_months_end_where_the_shorter_month_ends() -> None:
    story = Story()
    fresh = story.grow(herb="huaidihuang", sown="2026-04-10")
    fields = HONEST_LABEL | {"保质期至": "", "包装日期": "2026-12-31"}
    pack = story.pack(fresh, "p", KG, "2026-12-31", fields=fields, drug="鲜地黄")
    story.do("shop", "DISPENSE", "2027-02-28", about=[(pack, 9)])
    assert story.severities("LB2") == []
    story.do("shop", "DISPENSE", "2027-03-01", about=[(pack, 9)])
    assert story.severities("LB2") == ["amber"]
