"""What land bears: a county's sales, a farmer's sales, and what a base says of its own land."""

import pytest

from tests.rules.story import KG, WEN, WUZHI, Story, label, lot, plot


def sold(story: Story, name: str, mass_kg: int, when: str = "2026-12-10") -> None:
    story.do("trader", "SALE_B2B", when, about=[(lot(name), mass_kg * KG)],
             label_pack=label({"产地": "河南温县"}))  # fmt: skip


@pytest.mark.parametrize(
    ("sold_kg", "said"), [(13_001, ["red"]), (13_000, ["amber"]), (10_000, []), (7_500, [])]
)
def test_mb6_a_county_sells_no_more_than_its_land_bears(sold_kg: int, said: list[str]) -> None:
    area_m2 = 50_000 // 3 + 1  # 25 亩, rounded up to a whole m²
    story = Story()
    story.grow(area_m2=area_m2 - 1 if sold_kg == 13_001 else area_m2, fresh_g=25_000 * KG)
    story.do("trader", "PURCHASE", "2026-12-01", outputs=[(lot("root"), sold_kg * KG)],
             herb="huainiuxi", drug="牛膝")  # fmt: skip
    sold(story, "root", sold_kg)
    assert story.severities("MB6") == said


def test_mb6_counts_resold_kilograms_once_and_stock_from_before() -> None:
    story = Story()
    story.grow(area_m2=16_667, fresh_g=25_000 * KG)
    story.grow(name="else", county=WUZHI)
    story.do("trader", "PURCHASE", "2026-12-01", outputs=[(lot("root"), 12_000 * KG)],
             herb="huainiuxi", county=WEN)  # fmt: skip
    story.do("trader", "SALE_B2B", "2026-12-02", about=[(lot("root"), 6_000 * KG)])
    story.do("dealer", "SALE_B2B", "2026-12-03", about=[(lot("root"), 6_000 * KG)])
    story.do("dealer", "SPLIT", "2026-12-03", inputs=[(lot("root"), 6_000 * KG)],
             outputs=[(lot("part"), 6_000 * KG)])  # fmt: skip
    sold(story, "part", 6_000)
    sold(story, "unknown", 90_000)
    assert story.severities("MB6") == []
    story.do("trader", "SALE_B2B", "2027-01-03", about=[(lot("root"), 6_000 * KG)])
    assert story.severities("MB6") == ["amber"]
    story.knows(opening_g={(WEN, "huainiuxi"): 2_000 * KG})
    assert story.severities("MB6") == []


@pytest.mark.parametrize(("dry_kg", "said"), [(4_000, 0), (5_000, 2)])
def test_mb6_fresh_root_needs_the_land_of_fresh_root(dry_kg: int, said: int) -> None:
    story = Story()
    fresh = story.grow(area_m2=16_667, fresh_g=35_000 * KG)
    story.do("coop", "SALE_B2B", "2026-11-10", about=[(fresh, 20_000 * KG)],
             label_pack=label({"产地": "河南温县"}))  # fmt: skip
    story.do("trader", "PURCHASE", "2026-12-01", outputs=[(lot("root"), dry_kg * KG)],
             herb="huainiuxi", county=WEN)  # fmt: skip
    sold(story, "root", dry_kg)
    # 20 t of fresh root grow on 13.3 亩 at best, 4 t of dried on 10, and there are 25.
    assert story.severities("MB6") == ["amber"] * said


def test_mb6_a_little_that_was_sold_before_hides_nothing_that_it_is_blended_with() -> None:
    story = Story()
    story.grow(area_m2=16_667, fresh_g=25_000 * KG)
    for name, mass_kg in (("sold", 100), ("bought", 13_500)):
        story.do("trader", "PURCHASE", "2026-12-01", outputs=[(lot(name), mass_kg * KG)],
                 herb="huainiuxi", county=WEN)  # fmt: skip
    sold(story, "sold", 100, "2026-12-02")
    story.do("trader", "BLEND", "2026-12-03", outputs=[(lot("mixed"), 13_600 * KG)],
             inputs=[(lot("sold"), 100 * KG), (lot("bought"), 13_500 * KG)])  # fmt: skip
    sold(story, "mixed", 13_600)
    assert story.severities("MB6") == ["red", "red"]
    assert "13.6 吨" in story.findings("MB6")[0].message_cn  # the hundred kilograms count once


@pytest.mark.parametrize(
    ("cap_kg_mu", "since", "said"),
    [
        (None, "", "red"),
        (3_000, "2026-01-01", "amber"),
        (3_000, "2026-12-01", "red"),  # stated after the harvest, it excuses nothing
        (2_100, "2026-01-01", "red"),  # 13.65 t of dried root at most
    ],
)
def test_mb6_counts_land_by_its_bases_own_cap(cap_kg_mu: int | None, since: str, said: str) -> None:
    story = Story()
    story.grow(area_m2=16_667, fresh_g=25_000 * KG)
    if cap_kg_mu is not None:
        story.bears(plot("field"), cap_kg_mu, since)
    story.do("trader", "PURCHASE", "2026-12-01", outputs=[(lot("root"), 14_000 * KG)],
             herb="huainiuxi", county=WEN)  # fmt: skip
    sold(story, "root", 14_000)
    (finding,) = story.findings("MB6")
    assert finding.severity == said
    counts = since == "2026-01-01"
    assert (story.places[0].caps[0].statement_id in finding.statement_ids) if counts else True


def test_mb6_a_low_cap_of_one_base_lowers_what_the_county_bears() -> None:
    story = Story()
    story.grow(area_m2=16_667, fresh_g=25_000 * KG)
    story.do("trader", "PURCHASE", "2026-12-01", outputs=[(lot("root"), 9_000 * KG)],
             herb="huainiuxi", county=WEN)  # fmt: skip
    sold(story, "root", 9_000)
    assert story.severities("MB6") == []
    story.bears(plot("field"), 1_000)
    assert story.severities("MB6") == ["red"]


def test_mb6_land_that_is_not_on_the_ledger_is_unknown() -> None:
    story = Story()
    story.place(plot("bare"))
    story.do("trader", "PURCHASE", "2026-12-01", outputs=[(lot("root"), 9 * KG)],
             herb="huainiuxi", county=WEN)  # fmt: skip
    sold(story, "root", 9)
    assert story.severities("MB6") == []


@pytest.mark.parametrize(("bought_kg", "said"), [(6_001, ["amber"]), (6_000, []), (2_000, [])])
def test_mb7_a_farmer_sells_no_more_than_his_own_plots_bear(
    bought_kg: int, said: list[str]
) -> None:
    story = Story()
    story.grow(who="farmer")
    bought = story.do("trader", "PURCHASE", "2026-11-10", outputs=[(lot("b"), bought_kg * KG)],
                      herb="huainiuxi")  # fmt: skip
    assert story.severities("MB7") == []
    story.knows(sellers={bought: "farmer"})
    assert story.severities("MB7") == said


@pytest.mark.parametrize(
    ("cap_kg_mu", "since", "said"),
    [
        (2_500, "2026-01-01", []),
        (2_500, "2026-11-11", ["amber"]),  # the first was sold the day before
        (2_000, "2026-01-01", ["amber"]),
    ],
)
def test_mb7_a_farmers_own_cap_counts_from_its_day_on(
    cap_kg_mu: int, since: str, said: list[str]
) -> None:
    story = Story()
    story.grow(who="farmer")
    story.bears(plot("field"), cap_kg_mu, since)
    bought = story.do("trader", "PURCHASE", "2026-11-10", outputs=[(lot("b"), 6_001 * KG)],
                      herb="huainiuxi")  # fmt: skip
    story.knows(sellers={bought: "farmer"})
    assert story.severities("MB7") == said


def test_mb7_an_unproductive_plot_of_two_bears_what_its_farmer_says() -> None:
    story = Story()
    story.grow(who="farmer")
    story.place(plot("stony"), area_m2=2_000, actor="farmer")
    bought = story.do("trader", "PURCHASE", "2026-11-10", outputs=[(lot("b"), 11_000 * KG)],
                      herb="huainiuxi")  # fmt: skip
    story.knows(sellers={bought: "farmer"})
    assert story.severities("MB7") == []
    story.bears(plot("stony"), 1_600)
    (finding,) = story.findings("MB7")
    assert story.places[1].caps[0].statement_id in finding.statement_ids
