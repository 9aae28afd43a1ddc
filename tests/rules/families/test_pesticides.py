"""Pesticides: the interval, the barred ones, and more used than bought."""

import pytest

from tests.rules.story import Story, crop, lot, plot


def spray(story: Story, when: str = "2026-10-29", **said: object) -> str:
    told = {"active_ingredient": "吡虫啉 10%", "product": "吡虫啉可湿性粉剂", "reg_no": "PD1"}
    return story.do("coop", "PESTICIDE", when, about=[(crop(), None)], **{**told, **said})


@pytest.mark.parametrize(
    ("days", "area_m2", "said"),
    [(8, 2_000, ["hold"]), (7, 2_000, []), (3, 2_000, []), (8, 1, ["hold"])],
)
def test_ph1_harvest_waits_for_the_interval_on_the_label(
    days: int, area_m2: int, said: list[str]
) -> None:
    story = Story()
    story.grow()
    spray(story, phi_days=days, area_m2=area_m2)
    spray(story, when="2026-11-06", phi_days=30)  # after the harvest
    assert story.severities("PH1") == said
    assert [finding.holds for finding in story.findings("PH1")] == [True] * len(said)


def test_ph1_another_part_of_the_field_only_warns() -> None:
    story = Story()
    story.grow()
    story.do("coop", "HARVEST", "2026-11-01", inputs=[(crop(), None)], outputs=[(lot("part"), 9)],
             area_m2=500)  # fmt: skip
    spray(story, phi_days=5, area_m2=1_500)
    (finding,) = story.findings("PH1")
    assert (finding.severity, finding.holds, finding.subject) == ("amber", False, lot("part"))


@pytest.mark.parametrize(
    ("ingredient", "when", "said", "holds"),
    [
        ("克百威 3%", "2026-07-20", ["hold"], [True]),
        ("Carbofuran 3%", "2026-07-20", ["hold"], [True]),
        ("某高毒杀虫剂", "2026-07-20", ["hold"], [True]),
        ("40%乐果乳油", "2026-07-20", ["amber"], [False]),  # barred by an unverified notice
        ("40%乐果乳油", "2019-08-01", ["amber"], [False]),
        ("40%乐果乳油", "2019-07-31", [], []),
        ("硫双灭多威", "2026-07-20", [], []),  # another substance of a longer name
        ("低毒，非高毒，吡虫啉", "2026-07-20", [], []),
        ("高毒", "2022-04-30", [], []),
    ],
)
def test_pb1_barred_by_name_or_class_on_the_day_of_use(
    ingredient: str, when: str, said: list[str], holds: list[bool]
) -> None:
    story = Story()
    spray(story, when, active_ingredient=ingredient, product="农药")
    assert story.severities("PB1") == said
    assert [finding.holds for finding in story.findings("PB1")] == holds


def test_pb1_buying_a_barred_one_is_red_and_holds_no_lot() -> None:
    story = Story()
    story.do("coop", "INPUT_PURCHASE", "2026-06-01", site=plot(), product="甲胺磷乳油", reg_no="X")
    (finding,) = story.findings("PB1")
    assert (finding.severity, finding.holds, finding.subject) == ("red", False, plot())


@pytest.mark.parametrize(
    ("toxicity", "said"),
    [("extreme", ["hold"]), ("high", ["hold"]), ("剧毒", ["hold"]), ("moderate", []), ("low", [])],
)
def test_pb1_reads_the_class_of_toxicity_that_the_label_states(
    toxicity: str, said: list[str]
) -> None:
    story = Story()
    spray(story, "2026-07-20", toxicity=toxicity)
    assert story.severities("PB1") == said
    bought = Story()
    bought.do("coop", "INPUT_PURCHASE", "2026-07-01", site=plot(), product="农药",
              reg_no="PD1", toxicity=toxicity)  # fmt: skip
    assert bought.severities("PB1") == ["red"] * len(said)


@pytest.mark.parametrize(
    ("dose", "quantity", "said"),
    [
        (101, "300 g", ["amber"]),
        (100, "300 克", []),
        ("100 ml/亩", 0.3, []),
        ("400 克", 0.3, ["amber"]),
        ("50 克/亩，兑水 45 升", "1 kg", []),
        ("看标签", "1 kg", []),
        (900, "几瓶", []),
    ],
)
def test_pb2_no_more_is_used_than_was_bought(
    dose: object, quantity: object, said: list[str]
) -> None:
    story = Story()
    spray(story, dose=dose, area_m2=2_000)
    assert story.severities("PB2") == []  # who logs no purchases is unknown, not without any
    story.do("coop", "INPUT_PURCHASE", "2026-06-01", site=plot(), product="吡虫啉", reg_no="PD1",
             quantity=quantity)  # fmt: skip
    assert story.severities("PB2") == said
