"""Whose word counts: makers, growers, named holders, offices; a stranger's alone is a claim."""

from dataclasses import replace

import pytest

from ledger.rules.findings.finding import Finding
from tests.rules.story import KG, WEN, Story, crop, lot, plot, row

SPRAY = {"product": "氧乐果", "toxicity": "高毒", "dose": "40克/亩", "area_m2": 900,
         "reg_no": "PD1", "phi_days": 300}  # fmt: skip
ROLES = {"lab": ("laboratory",), "bureau": ("supervisor",), "coop": ("cooperative",),
         "mill": ("processor",), "shop": ("shop",), "rival": ("processor", "cooperative"),
         "second": ("quality",)}  # fmt: skip


def told() -> Story:
    """The coop's field and fresh lot, the mill's dried lot and its packs; actors are known."""
    story = Story(roles=dict(ROLES))
    fresh = story.grow(herb="huaidihuang", sown="2026-04-10", cut="2026-11-01")
    story.do("mill", "RECEIVE", "2026-11-02", about=[(fresh, 3_000 * KG)], sent_g=3_000 * KG)
    story.do("mill", "DRY", "2026-11-03", inputs=[(fresh, 3_000 * KG)],
             outputs=[(lot("dry"), 700 * KG)])  # fmt: skip
    story.pack(lot("dry"), "p", 700 * KG, "2026-12-01")
    return story


def said(story: Story, rule: str) -> list[tuple[str, tuple[str, ...], bool]]:
    """Subject, who claims it, and whether it holds the subject."""
    found = story.findings(rule)
    return [(f.subject, f.claimed_by, _holds(f)) for f in found]


def _holds(finding: Finding) -> bool:
    return finding.holds and not finding.is_claim


@pytest.mark.parametrize(
    ("who", "claimed_by"),
    [("coop", ()), ("rival", ("rival",)), ("mill", ("mill",)), ("bureau", ()), ("lab", ("lab",))],
)
def test_a_crop_is_spoken_for_by_who_sowed_it_or_registered_its_plot_and_by_supervisors(
    who: str, claimed_by: tuple[str, ...]
) -> None:
    story = told()
    story.do(who, "PESTICIDE", "2026-10-01", about=[(crop(), None)], **SPRAY)
    assert said(story, "PB1") == [(crop(), claimed_by, not claimed_by)]
    assert said(story, "PH1") == [(lot("field"), claimed_by, not claimed_by)]


def test_who_registered_the_plot_speaks_for_what_another_sowed_there() -> None:
    story = Story(roles=dict(ROLES))
    where = story.place(plot(), county=WEN, actor="coop")
    story.do("farmer", "SOW", "2026-04-01", inputs=[(where, None)], outputs=[(crop(), None)])
    for who in ("coop", "farmer"):
        story.do(who, "PESTICIDE", "2026-05-01", about=[(crop(), None)], **SPRAY)
    assert [holds for _, _, holds in said(story, "PB1")] == [True, True]


def test_nobody_objects_for_a_thing_that_nobody_made() -> None:
    story = Story(roles=dict(ROLES))
    story.do("rival", "PESTICIDE", "2026-05-01", about=[(crop("new"), None)], **SPRAY)
    assert said(story, "PB1") == [(crop("new"), (), True)]
    story.do("coop", "SOW", "2026-04-01", inputs=[(plot(), None)], outputs=[(crop("new"), None)])
    assert said(story, "PB1") == [(crop("new"), ("rival",), False)]


def test_a_hired_sprayers_record_is_the_growers_by_the_growers_signature() -> None:
    story = told()
    story.do("rival", "PESTICIDE", "2026-10-01", about=[(crop(), None)], approved=True, **SPRAY)
    assert [holds for _, _, holds in said(story, "PB1")] == [False]  # "second" is nobody's here
    story.facts[-1] = replace(story.facts[-1], approvers=frozenset({"coop"}))
    assert [holds for _, _, holds in said(story, "PB1")] == [True]


def test_what_a_rival_sprayed_and_cut_himself_holds_what_he_cut() -> None:
    story = told()
    story.do("rival", "PESTICIDE", "2026-10-01", about=[(crop(), None)], **SPRAY)
    story.do("rival", "HARVEST", "2026-11-01", inputs=[(crop(), None)], outputs=[(lot("r"), KG)])
    assert set(said(story, "PH1")) == {
        (lot("field"), ("rival",), False), (lot("r"), (), True),
    }  # fmt: skip


def test_a_rivals_second_label_on_a_pack_is_his_claim() -> None:
    story = told()
    story.pack(lot("else"), "p", KG, "2026-12-02", fields={"品名": "牛膝"})
    assert said(story, "LB1") == [(lot("p"), (), True)]  # the mill's own second label
    story.facts[-1] = replace(story.facts[-1], actor="rival")
    assert said(story, "LB1") == [(lot("p"), ("rival",), False)]


@pytest.mark.parametrize(("seller", "holds"), [("mill", True), ("rival", False), ("shop", True)])
def test_an_unreleased_pack_is_held_by_whoever_had_it_and_sold_it(
    seller: str, *, holds: bool
) -> None:
    story = told()
    if seller == "shop":
        story.hands("mill", "shop", lot("p"), 9 * KG, "2026-12-02")
    story.do(seller, "SALE_B2B", "2026-12-03", about=[(lot("p"), KG)])
    found = said(story, "TS1")
    assert (lot("p"), () if holds else (seller,), holds) in found


def test_a_release_counts_for_a_pack_when_who_signed_it_answers_for_the_pack() -> None:
    story = told()
    story.do("lab", "TEST", "2026-11-20", about=[(lot("dry"), None)], items=[row("水分", 12.1)])
    story.do("mill", "SALE_B2B", "2026-12-05", about=[(lot("p"), KG)])
    story.do("rival", "RELEASE", "2026-11-25", about=[(lot("dry"), None)], approved=True,
             decision="release")  # fmt: skip
    assert said(story, "TS1") == [(lot("p"), (), True)]
    story.facts[-1] = replace(
        story.facts[-1], approvers=frozenset({"mill"})
    )  # a second person of the mill's own
    assert said(story, "TS1") == []


@pytest.mark.parametrize(("who", "cleared"), [("lab", True), ("mill", False), ("rival", False)])
def test_only_a_laboratory_passes_a_lot(who: str, *, cleared: bool) -> None:
    story = told()
    story.do(who, "TEST", "2026-11-20", about=[(lot("dry"), None)], items=[row("水分", 12.1)])
    story.do("mill", "RELEASE", "2026-11-25", about=[(lot("dry"), None)], decision="release")
    assert said(story, "TS1") == ([] if cleared else [(lot("dry"), (), True)])


def test_a_rivals_release_of_an_untested_lot_is_his_claim_and_changes_no_findings_number() -> None:
    story = told()
    story.do("mill", "RELEASE", "2026-11-25", about=[(lot("dry"), None)], decision="release")
    (before,) = story.findings("TS1")
    story.do("rival", "TEST", "2026-11-20", about=[(lot("dry"), None)], conclusion="fail")
    story.do("rival", "RELEASE", "2026-11-25", about=[(lot("dry"), None)], decision="release")
    after = story.findings("TS1")
    assert before in after
    assert [found.claimed_by for found in after if found != before] == [("rival",)]


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("SALE_B2B", {"about": [(lot("p"), 9_000 * KG)]}),
        ("RECEIVE", {"about": [(lot("p"), 9_000 * KG)], "sent_g": KG}),
        ("STORE_IN", {"about": [(lot("p"), 9_000 * KG)]}),
        ("STOCKTAKE", {"about": [(lot("p"), 9_000 * KG)]}),
        ("DESTROY", {"about": [(lot("p"), 9_000 * KG)]}),
        ("SPLIT", {"inputs": [(lot("p"), 9_000 * KG)], "outputs": [(lot("r"), KG)]}),
    ],
)
def test_what_a_rival_moves_of_anothers_lot_is_his_claim(
    kind: str, named: dict[str, object]
) -> None:
    story = told()
    story.do("rival", kind, "2026-12-05", **named)  # type: ignore[arg-type]
    found = said(story, "MB4")
    assert found
    assert {(subject, by) for subject, by, _ in found} == {(lot("p"), ("rival",))}


def test_an_accomplices_stocktake_and_returns_excuse_no_overuse() -> None:
    story = told()
    story.do("mill", "DESTROY", "2026-12-03", about=[(lot("p"), 750 * KG)])
    (before,) = {f for f in story.findings("MB4") if "共用去" in f.message_cn}
    assert before.holds
    story.do("rival", "RECEIVE", "2026-11-30", about=[(lot("p"), 99_000 * KG)], sent_g=KG)
    story.do("rival", "STOCKTAKE", "2026-12-02", about=[(lot("p"), 99_400 * KG)])
    story.do("rival", "RETURN", "2026-12-02", about=[(lot("p"), 99_000 * KG)])
    assert before in story.findings("MB4")


def test_of_strangers_those_claim_it_who_took_what_was_gone_by_then() -> None:
    story = Story(roles=dict(ROLES))
    fresh = story.grow(fresh_g=3_000 * KG)
    for who in ("mill", "rival", "shop"):
        story.do(who, "RECEIVE", "2026-11-06", about=[(fresh, 3_000 * KG)], sent_g=3_000 * KG)
    for who in ("mill", "rival", "shop"):
        story.do(who, "CUT_GRADE", "2026-11-07", inputs=[(fresh, 3_000 * KG)],
                 outputs=[(lot(who), 900 * KG)])  # fmt: skip
    by = {f.message_cn[:3]: f.claimed_by for f in story.findings("MB4")}
    assert by["这批共"] == ("rival", "shop")
    story.hands("coop", "rival", fresh, 3_000 * KG, "2026-11-05 12:00")
    by = {f.message_cn[:3]: f.claimed_by for f in story.findings("MB4")}
    assert by["这批共"] == ("mill", "shop")


def test_a_paper_that_names_nobody_hands_nothing_on_and_one_that_does_goes_from_hand_to_hand() -> (
    None
):
    story = told()
    story.do("mill", "SALE_B2B", "2026-12-02", about=[(lot("p"), 9 * KG)])
    story.do("shop", "DISPENSE", "2026-12-05", about=[(lot("p"), 900 * KG)])
    assert {by for _, by, _ in said(story, "MB4")} == {("shop",)}
    sale = story.hands("mill", "trader", lot("p"), 9 * KG, "2026-12-02")
    assert sale
    story.hands("trader", "shop", lot("p"), 9 * KG, "2026-12-03")
    assert {by for _, by, _ in said(story, "MB4")} == {()}


def test_a_rivals_harvest_neither_fills_a_field_nor_makes_its_county_larger() -> None:
    story = told()
    story.do("rival", "HARVEST", "2026-11-02", inputs=[(crop(), None)], area_m2=2_000,
             outputs=[(lot("r"), 90_000 * KG)], plot=plot("field"))  # fmt: skip
    assert said(story, "MB1") == [(crop(), ("rival",), False)]
    assert story.severities("MB1") == ["amber"]


def test_a_rivals_sowing_on_anothers_plot_is_no_rotation_of_it() -> None:
    story = Story(roles=dict(ROLES))
    where = story.place(plot("field"), actor="coop")
    for who, name, when in (("rival", "r", "2025-03-20"), ("coop", "c", "2026-03-20")):
        story.do(who, "SOW", when, inputs=[(where, None)], outputs=[(crop(name), None)],
                 herb="huaishanyao")  # fmt: skip
    assert said(story, "RO1") == [(crop("c"), ("rival",), False)]


def test_a_rivals_scale_on_anothers_site_is_his_claim_and_his_inspection_asks_nobody() -> None:
    story = told()
    works = story.place(plot("works"), actor="mill")
    story.do("rival", "EQUIP", "2026-01-01", site=works, equipment="电子秤", valid_to="2026-02-01")
    story.do("mill", "SWEAT", "2026-11-05", about=[(lot("dry"), KG)], site=works, days=2,
             signed="2026-11-20")  # fmt: skip
    story.do("rival", "INSPECT", "2026-11-10", about=[(lot("dry"), None)])
    assert said(story, "CC1") == [(lot("dry"), ("rival",), False)]
    assert story.severities("TT1") == ["amber"]
    story.do("bureau", "INSPECT", "2026-11-10", about=[(lot("dry"), None)])
    assert story.severities("TT1") == ["red"]
