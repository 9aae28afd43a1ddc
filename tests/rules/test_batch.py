"""One batch or a declared blend: what the history tells of lots that are to be merged."""

import pytest

from ledger.rules.batch import batch_differences, contradicted
from tests.rules.story import CANGXI, WEN, Story, crop, lot, plot

ALL = dict.fromkeys(
    ["same_base", "same_seed", "same_cycle", "same_management", "same_harvest", "same_processing"],
    True,
)


def told(story: Story, *lots: str) -> list[str]:
    found = batch_differences(story.history(), [lot(name) for name in (lots or ("a", "b"))])
    assert all(each.cn and each.en for each in found)
    return [each.key for each in found]


def seeded(story: Story, name: str, cultivar: str) -> None:
    """Sow a field from a registered lot of seed and cut it."""
    story.do("nursery", "SEED_REGISTER", "2026-03-01", outputs=[(lot(f"s{name}"), 9)],
             cultivar=cultivar, source="温县")  # fmt: skip
    where = story.place(plot(name))
    story.do("coop", "SOW", "2026-07-15", inputs=[(where, None), (lot(f"s{name}"), 9)],
             outputs=[(crop(name), None)], herb="huainiuxi")  # fmt: skip
    story.do("coop", "HARVEST", "2026-11-05", inputs=[(crop(name), None)],
             outputs=[(lot(name), 9)], method="hand")  # fmt: skip


def test_lots_of_one_base_seed_season_and_way_are_one_batch() -> None:
    story = Story()
    seeded(story, "a", "核桃纹")
    seeded(story, "b", "核桃纹")
    for name in ("a", "b"):
        story.do("coop", "FERTILISE", "2026-08-01", about=[(crop(name), None)], product="有机肥")
    assert told(story) == []
    assert contradicted([], ALL) == []


def test_another_county_another_cultivar_another_way_of_drying_are_told_apart() -> None:
    story = Story()
    story.grow(name="a", county=WEN)
    story.grow(name="b", county=CANGXI)
    assert told(story) == ["same_base"]
    story = Story()
    seeded(story, "a", "核桃纹")
    seeded(story, "b", "怀牛膝1号")
    assert told(story) == ["same_seed"]
    story = Story()
    for name, method in (("a", "kiln"), ("b", "sun")):
        story.do("mill", "DRY", "2026-11-09", inputs=[(lot(f"f{name}"), 9)],
                 outputs=[(lot(name), 9)], method=method)  # fmt: skip
    assert told(story) == ["same_processing"]


@pytest.mark.parametrize(("cut", "said"), [("2026-12-05", []), ("2026-12-06", ["same_harvest"])])
def test_a_picking_lasts_a_month(cut: str, said: list[str]) -> None:
    story = Story()
    story.grow(name="a")
    story.grow(name="b", cut=cut)
    assert told(story) == said


def test_years_of_growth_pesticides_and_grades_are_told_apart() -> None:
    story = Story()
    story.grow(name="a", sown="2024-11-15")
    story.grow(name="b", sown="2026-07-15")
    assert told(story) == ["same_cycle"]
    story = Story()
    for name, ingredient in (("a", "吡虫啉"), ("b", "苦参碱")):
        story.grow(name=name)
        story.do("coop", "PESTICIDE", "2026-08-01", about=[(crop(name), None)],
                 active_ingredient=ingredient)  # fmt: skip
    assert told(story) == ["same_management"]
    story = Story()
    for name, spec in (("a", "一等"), ("b", "二等")):
        story.do("mill", "CUT_GRADE", "2026-11-09", inputs=[(lot(f"f{name}"), 9)],
                 outputs=[(lot(name), 9)], spec=spec)  # fmt: skip
    assert told(story) == ["same_quality"]


def test_what_nobody_recorded_speaks_neither_way() -> None:
    story = Story()
    seeded(story, "a", "核桃纹")
    story.do("trader", "PURCHASE", "2026-12-30", outputs=[(lot("b"), 9)])
    assert told(story) == []
    assert told(story, "b", "nobody") == []


def test_only_what_is_claimed_is_contradicted_and_a_whole_claim_is_of_one_quality() -> None:
    story = Story()
    for name, spec, method in (("a", "一等", "sun"), ("b", "二等", "kiln")):
        story.do("mill", "DRY", "2026-11-08", inputs=[(lot(f"f{name}"), 9)],
                 outputs=[(lot(f"d{name}"), 9)], method=method)  # fmt: skip
        story.do("mill", "CUT_GRADE", "2026-11-09", inputs=[(lot(f"d{name}"), 9)],
                 outputs=[(lot(name), 9)], spec=spec)  # fmt: skip
    found = batch_differences(story.history(), [lot("a"), lot("b")])
    assert contradicted(found, ALL | {"same_processing": False}) == []
    assert contradicted(found, {"same_processing": True}) == [
        "产地加工不一致：切制/分级、干燥 晒 / 切制/分级、干燥 焙"
    ]
    assert len(contradicted(found, ALL)) == 2
