"""Mass: what land bears, what steps give, what is left, what codes stand for."""

import pytest

from ledger.herbs.vocabulary import herb
from ledger.rules.balance.book import Position, balance_at
from ledger.rules.balance.moves import moves_of
from tests.rules.story import KG, Story, crop, lot, ms, plot

CAP_G = 6_000 * KG  # 3 亩 at the cap of 2000 kg fresh; published are 1500 at most


@pytest.mark.parametrize(
    ("fresh_g", "said"),
    [
        (CAP_G + 1, ["red"]),
        (CAP_G, ["amber"]),
        (4_500 * KG + 1, ["amber"]),
        (4_500 * KG, []),
        (3_000 * KG, []),
    ],
)
def test_mb1_more_than_the_cap_is_red_more_than_published_amber(
    fresh_g: int, said: list[str]
) -> None:
    story = Story()
    story.grow(fresh_g=fresh_g)
    assert story.severities("MB1") == said


def test_mb1_three_pickings_of_one_field_are_one_area_and_unknown_herbs_are_unknown() -> None:
    story = Story()
    story.grow(fresh_g=2_500 * KG)
    for name in ("second", "third"):
        story.do("coop", "HARVEST", "2026-11-06", inputs=[(crop(), None)],
                 outputs=[(lot(name), 2_500 * KG)], plot=plot(), area_m2=2_000)  # fmt: skip
    story.do("coop", "HARVEST", "2026-11-06", inputs=[(crop("wild"), None)],
             outputs=[(lot("wild"), CAP_G)], area_m2=1)  # fmt: skip
    (finding,) = story.findings("MB1")
    assert (finding.severity, finding.subject, finding.unverified) == ("red", crop(), False)
    assert len(finding.statement_ids) == 3
    assert finding.message_cn == "3 亩怀牛膝采收 7.5 吨，超过亩产上限 2000 公斤。"


def test_mb1_judges_by_the_bases_own_cap_and_by_that_of_the_named_cultivar() -> None:
    story = Story()
    story.grow(fresh_g=CAP_G + 1)
    story.bears(plot("field"), 2_500)
    assert story.severities("MB1") == ["amber"]
    yam = Story()
    yam.grow(herb="huaishanyao", sown="2026-03-20", fresh_g=6_300 * KG)
    assert yam.severities("MB1") == []
    iron = Story()
    where = iron.place(plot(), area_m2=2_000)
    iron.do("coop", "HARVEST", "2026-11-05", inputs=[(crop(), None)], plot=where, area_m2=2_000,
            outputs=[(lot("iron"), 6_300 * KG)], herb="huaishanyao",
            drug="鲜山药(铁棍)")  # fmt: skip
    assert iron.severities("MB1") == ["red"]


def test_mb1_a_cap_above_unverified_yields_only_warns() -> None:
    story = Story()
    story.grow(herb="danshen", sown="2026-02-01", fresh_g=9_000 * KG)
    (finding,) = story.findings("MB1")
    assert (finding.severity, finding.unverified, finding.holds) == ("amber", True, False)


@pytest.mark.parametrize(
    ("kind", "out_g", "said"),
    [
        ("CUT_GRADE", 1_006, ["red"]),
        ("CUT_GRADE", 1_005, []),
        ("CUT_GRADE", 900, []),
        ("STEAM_BOIL", 1_200, ["amber"]),
    ],
)
def test_mb2_a_step_gives_no_more_than_it_took(kind: str, out_g: int, said: list[str]) -> None:
    story = Story()
    story.do("mill", kind, "2026-12-01", inputs=[(lot("a"), 1_000)], outputs=[(lot("b"), out_g)])
    assert story.severities("MB2") == said


def test_mb2_counts_the_loss_and_the_adjuvants_and_leaves_out_what_is_not_weighed() -> None:
    story = Story()
    story.do("mill", "WASH_SORT", "2026-12-01", inputs=[(lot("a"), 1_000)],
             outputs=[(lot("b"), 980)], loss_g=40)  # fmt: skip
    story.do("mill", "STEAM_BOIL", "2026-12-02", inputs=[(lot("b"), 1_000)],
             outputs=[(lot("c"), 1_300)], adjuvants=[{"name": "黄酒", "mass_g": 300}])  # fmt: skip
    story.do("mill", "CUT_GRADE", "2026-12-03", inputs=[(lot("c"), None)],
             outputs=[(lot("d"), 5_000)])  # fmt: skip
    assert [finding.subject for finding in story.findings("MB2")] == [lot("b")]


@pytest.mark.parametrize(
    ("dry_kg", "said"),
    [(1_200, ["amber"]), (1_111, []), (900, []), (682, []), (681, ["amber"])],
)
def test_mb3_fresh_to_dry_stays_in_the_widened_window(dry_kg: int, said: list[str]) -> None:
    story = Story()
    fresh = story.grow()
    story.do("mill", "DRY", "2026-11-20", inputs=[(fresh, 3_000 * KG)],
             outputs=[(lot("half"), 1_500 * KG)])  # fmt: skip
    story.do("mill", "DRY", "2026-11-25", inputs=[(lot("half"), 1_500 * KG)],
             outputs=[(lot("dry"), dry_kg * KG)])  # fmt: skip
    assert story.severities("MB3") == said
    assert all(finding.unverified for finding in story.findings("MB3"))


def test_mb3_what_was_bought_part_dry_or_not_weighed_has_no_ratio() -> None:
    story = Story()
    story.do("mill", "PURCHASE", "2026-11-01", outputs=[(lot("bought"), 3_000)], moisture=30,
             herb="huainiuxi")  # fmt: skip
    for name, mass_g in (("bought", 3_000), ("unweighed", None)):
        story.do("mill", "DRY", "2026-11-20", inputs=[(lot(name), mass_g)],
                 outputs=[(lot("half" + name), 2_800)])  # fmt: skip
        story.do("mill", "DRY", "2026-11-21", inputs=[(lot("half" + name), 2_800)],
                 outputs=[(lot("dry" + name), 2_700)], herb="huainiuxi")  # fmt: skip
    assert story.severities("MB3") == []


def test_mb4_two_actors_cannot_use_the_same_kilogram_and_the_lot_is_held_at_once() -> None:
    story = Story(now="2026-11-20 13:00")
    fresh = story.grow()
    for who in ("mill", "trader"):
        story.hands("coop", who, fresh, 1_500 * KG, "2026-11-06")
        story.do(who, "RECEIVE", "2026-11-06", about=[(fresh, 3_000 * KG)], sent_g=3_000 * KG)
    first = story.do("mill", "DRY", "2026-11-20 10:00", inputs=[(fresh, 3_000 * KG)],
                     outputs=[(lot("dry"), 900 * KG)])  # fmt: skip
    second = story.do("trader", "CUT_GRADE", "2026-11-20 12:00", inputs=[(fresh, 500 * KG)],
                      outputs=[(lot("cut"), 500 * KG)])  # fmt: skip
    consumed = next(f for f in story.findings("MB4") if "共用去" in f.message_cn)
    assert (consumed.severity, consumed.holds, consumed.subject) == ("red", True, fresh)
    assert consumed.statement_ids[-2:] == (first, second)
    assert consumed.message_en == "3,500 kg of this lot were used, but there were only 3,000 kg."


@pytest.mark.parametrize(
    ("now", "said"),
    [("2026-11-12 08:00", []), ("2026-11-13 08:00", ["amber"]), ("2026-11-13 08:01", ["red"])],
)
def test_mb4_a_missing_receipt_has_three_days_of_grace(now: str, said: list[str]) -> None:
    story = Story(now=now)
    fresh = story.grow()
    story.hands("coop", "mill", fresh, 3_000 * KG, "2026-11-09")
    if now != "2026-11-12 08:00":
        story.do("mill", "DRY", "2026-11-10 08:00", inputs=[(fresh, 3_000 * KG)],
                 outputs=[(lot("dry"), 900 * KG)])  # fmt: skip
    assert story.severities("MB4") == said
    assert [finding.holds for finding in story.findings("MB4")] == [each == "red" for each in said]
    story.do("mill", "RECEIVE", "2026-11-09", about=[(fresh, 3_000 * KG)], sent_g=3_000 * KG)
    assert story.severities("MB4") == []


def test_mb4_the_trader_who_sells_more_root_than_grew_is_found_and_the_honest_one_is_not() -> None:
    story = Story()
    fresh = story.grow(fresh_g=7_500 * KG)
    story.hands("coop", "trader", fresh, 7_500 * KG, "2026-11-08")
    story.do("trader", "PURCHASE", "2026-11-08", about=[(fresh, 7_500 * KG)])
    story.do("trader", "RECEIVE", "2026-11-08", about=[(fresh, 7_500 * KG)], sent_g=7_500 * KG)
    story.do("trader", "STORE_IN", "2026-11-09", about=[(fresh, 7_500 * KG)], site=plot("store"))
    story.do("trader", "SALE_B2B", "2026-11-10", about=[(fresh, 7_500 * KG)])
    story.do("trader", "STORE_OUT", "2026-11-11", about=[(fresh, 7_500 * KG)], site=plot("store"))
    assert story.severities("MB4") == []
    story.do("trader", "SALE_B2B", "2026-11-12", about=[(fresh, 4_500 * KG)])
    (finding,) = story.findings("MB4")
    assert finding.message_cn == "这一方用出、售出共 12 吨，而收到和产出只有 7.5 吨。"
    assert finding.holds
    assert not finding.is_claim


def test_mb4_what_others_hold_is_never_more_than_was_made() -> None:
    story = Story()
    fresh = story.grow()
    for who in ("one", "two"):
        story.hands("coop", who, fresh, 1_000 * KG, "2026-11-09")
        story.do(who, "STORE_IN", "2026-11-10", about=[(fresh, 2_000 * KG)])
    assert story.severities("MB4") == ["red"]
    assert "各方手中" in story.findings("MB4")[0].message_cn


@pytest.mark.parametrize(("received_g", "said"), [(1_005, []), (1_006, ["red"]), (900, [])])
def test_mb4_the_receivers_weight_stands_beside_the_senders(
    received_g: int, said: list[str]
) -> None:
    story = Story()
    fresh = story.grow()
    story.hands("coop", "mill", fresh, 1_000, "2026-11-05 12:00")
    story.do("mill", "RECEIVE", "2026-11-06", about=[(fresh, received_g)], sent_g=1_000)
    assert story.severities("MB4") == said
    position = balance_at(moves_of(story.history()), ms("2026-12-01"))[fresh, "mill", ""]
    assert position.received_g == 1_000
    assert position.left_g == min(received_g, 1_005)


def test_mb4_a_stocktake_may_find_less_but_hardly_more_and_seed_needs_no_receipt() -> None:
    story = Story()
    story.do("nursery", "SEED_REGISTER", "2026-03-01", outputs=[(lot("seed"), 2_000)])
    story.do("nursery", "SEED_TRANSFER", "2026-03-02", about=[(lot("seed"), 1_500)])
    story.do("coop", "SOW", "2026-07-10", inputs=[(lot("seed"), 1_500)], outputs=[(crop(), None)])
    story.do("nursery", "STOCKTAKE", "2026-08-01", about=[(lot("seed"), 480)], site=plot("barn"))
    assert story.severities("MB4") == []
    here = balance_at(moves_of(story.history()), ms("2026-09-01"))[lot("seed"), "nursery", ""]
    assert here == Position(made_g=2_000, sent_g=1_500, dried_g=20)
    story.do("nursery", "STOCKTAKE", "2026-08-02", about=[(lot("seed"), 483)])
    assert [f.holds for f in story.findings("MB4")] == [True]


def test_a_balance_knows_holder_and_site_at_any_instant() -> None:
    story = Story()
    made, store, shop = plot("works"), plot("store"), plot("shop")
    story.do("mill", "CUT_GRADE", "2026-12-01", outputs=[(lot("a"), 1_000)],
             inputs=[(lot("z"), 1_000)], site=made)  # fmt: skip
    story.do("mill", "STORE_IN", "2026-12-02", about=[(lot("a"), 800)], site=store)
    story.do("mill", "STOCKTAKE", "2026-12-03", about=[(lot("a"), 804)], site=store)
    story.do("mill", "DESTROY", "2026-12-04", about=[(lot("a"), 300)], site=made)
    story.do("mill", "STORE_OUT", "2026-12-05", about=[(lot("a"), 700)], site=store)
    story.do("shop", "RECEIVE", "2026-12-06", about=[(lot("a"), 690)], sent_g=700, site=shop)
    story.do("shop", "DISPENSE", "2026-12-07", about=[(lot("a"), 90)], site=shop)
    story.do("shop", "RETURN", "2026-12-08", about=[(lot("a"), 10)], site=shop)
    moves = moves_of(story.history())
    early = balance_at(moves, ms("2026-12-02"))
    assert (early[lot("a"), "mill", made].left_g, early[lot("a"), "mill", store].left_g) == (
        200,
        800,
    )
    late = balance_at(moves, ms("2026-12-09"))
    assert late[lot("a"), "mill", made] == Position(made_g=1_000, moved_g=-800, lost_g=200)
    assert late[lot("a"), "mill", store].left_g == 4
    assert late[lot("a"), "shop", shop].left_g == 610
    assert story.severities("MB4") == []


@pytest.mark.parametrize(
    ("codes", "voided", "said"),
    [(203, [], ["red"]), (202, [], []), (203, ["203"], []), (210, ["1", "x"], ["red"])],
)
def test_mb5_live_codes_stand_for_no_more_than_was_packed(
    codes: int, voided: list[str], said: list[str]
) -> None:
    story = Story()
    pack = story.pack(lot("a"), "p", 100 * KG, "2026-12-01", code_range={"first": 1, "last": codes})
    if voided:
        story.do("mill", "CODE_VOID", "2026-12-02", about=[(pack, None)], codes=voided,
                 reason="damaged")  # fmt: skip
    assert story.severities("MB5") == said


def test_mb5_packs_without_a_range_of_whole_serials_print_no_codes() -> None:
    story = Story()
    story.do("mill", "PACK_LABEL", "2026-12-01", inputs=[(lot("a"), 10)], outputs=[(lot("b"), 10)])
    assert story.severities("MB5") == []


def test_the_figures_of_these_tests_are_those_of_the_dictionary() -> None:
    root = herb("huainiuxi")
    assert root is not None
    assert (root.fresh_cap_kg_mu, root.dry_cap_kg_mu) == (2_000, 520)


def test_no_rule_judges_by_a_figure_that_nobody_knows() -> None:
    story = Story()
    for year in (2026, 2027):
        story.grow(name=f"field{year}", herb="ezhu", sown=f"{year}-02-01", cut=f"{year}-02-09",
                   fresh_g=10**9)  # fmt: skip
    story.do("coop", "SOW", "2027-02-01", inputs=[(plot("field2026"), None)],
             outputs=[(crop("again"), None)], area_m2=9, herb="ezhu")  # fmt: skip
    story.do("mill", "DRY", "2027-03-01", inputs=[(lot("field2027"), 10**9)],
             outputs=[(lot("dry"), 10**9)])  # fmt: skip
    story.do("mill", "SALE_B2B", "2027-03-01", about=[(lot("dry"), 10**9)],
             label_pack=[{"name": "产地", "value": "河南省焦作市温县"}])  # fmt: skip
    assert [story.severities(rule) for rule in ("MB1", "MB3", "MB6", "MB7", "TT4", "RO1")] == (
        [[]] * 6
    )


def test_mb2_counts_an_adjuvant_that_is_a_lot_once() -> None:
    story = Story()
    wine = {"name": "黄酒", "lot": lot("wine"), "mass_g": 300}
    story.do("mill", "CUT_GRADE", "2026-12-02", inputs=[(lot("b"), 1_000), (lot("wine"), 300)],
             outputs=[(lot("c"), 1_400)], adjuvants=[wine])  # fmt: skip
    assert story.severities("MB2") == ["red"]


@pytest.mark.parametrize(("dry_kg", "said"), [(1_000, []), (1_300, ["amber"]), (620, ["amber"])])
def test_mb3_follows_the_fresh_weight_through_steaming_with_wine(
    dry_kg: int, said: list[str]
) -> None:
    story = Story()
    fresh = story.grow(fresh_g=3_400 * KG)
    wine = {"name": "黄酒", "lot": lot("wine"), "mass_g": 300 * KG}
    story.do("mill", "DRY", "2026-11-20", inputs=[(fresh, 3_400 * KG)],
             outputs=[(lot("dry"), 1_000 * KG)])  # fmt: skip
    story.do("mill", "STEAM_BOIL", "2026-11-25", adjuvants=[wine],
             outputs=[(lot("wet"), 1_280 * KG)],
             inputs=[(lot("dry"), 1_000 * KG), (lot("wine"), 300 * KG)])  # fmt: skip
    story.do("mill", "DRY", "2026-11-28", inputs=[(lot("wet"), 1_280 * KG)],
             outputs=[(lot("again"), dry_kg * KG)])  # fmt: skip
    assert story.severities("MB3") == said


def test_mb3_says_nothing_of_a_thing_that_is_its_own_ancestor() -> None:
    story = Story()
    story.do("a", "DRY", "2026-11-02", inputs=[(lot("x"), 9)], outputs=[(lot("y"), 9)],
             herb="huainiuxi")  # fmt: skip
    story.do("b", "CUT_GRADE", "2026-11-01", inputs=[(lot("y"), 9)], outputs=[(lot("x"), 9)])
    assert story.severities("MB3") == []
