"""Custody, scales, rotation, and sales that jump."""

import pytest

from tests.rules.story import KG, Story, lot, ms, plot


@pytest.mark.parametrize(
    ("buyer", "received", "now", "said"),
    [
        ("shop", None, "2026-12-08 00:01", ["red"]),
        ("shop", None, "2026-12-08", []),
        ("shop", "2026-12-08", "2026-12-20", []),
        ("shop", "2026-12-08 00:01", "2026-12-20", ["red"]),
        ("other", "2026-12-03", "2026-12-20", ["red"]),
        ("", None, "2026-12-20", []),  # a buyer outside the ledger
        (None, None, "2026-12-20", ["amber"]),  # still sealed
        (None, "2026-12-03", "2026-12-20", []),
    ],
)
def test_cu1_a_buyer_on_the_ledger_receives_within_seven_days(
    buyer: str | None, received: str | None, now: str, said: list[str]
) -> None:
    story = Story(now=now)
    sale = story.do("mill", "SALE_B2B", "2026-12-01", about=[(lot("a"), KG)])
    if buyer is not None:
        story.knows(buyers={sale: buyer})
    if received:
        story.do("shop", "RECEIVE", received, about=[(lot("a"), KG)], sent_g=KG)
    assert story.severities("CU1") == said


@pytest.mark.parametrize(
    ("equipment", "valid_to", "said"),
    [
        ("电子秤", "2026-11-30", ["amber"]),
        ("电子秤", "2026-12-01", []),
        ("烘箱", "2026-01-01", []),
        (None, "", []),
    ],
)
def test_cc1_scales_weigh_while_their_certificate_lasts(
    equipment: str | None, valid_to: str, said: list[str]
) -> None:
    story = Story()
    if equipment:
        story.do("mill", "EQUIP", "2025-12-01", site=plot("works"), equipment=equipment,
                 certificate_no="C", valid_to=valid_to)  # fmt: skip
        story.do("mill", "EQUIP", "2025-12-01", site=plot("works"), equipment="秤")
    story.do("mill", "STORE_IN", "2026-12-01", about=[(lot("a"), KG)], site=plot("works"))
    story.do("mill", "STORE_IN", "2027-12-01", about=[(lot("a"), KG)])
    story.do("mill", "SWEAT", "2027-12-01", about=[(lot("a"), None)], site=plot("works"), days=2)
    assert story.severities("CC1") == said


@pytest.mark.parametrize(
    ("herb", "again", "said"),
    [
        ("huaishanyao", "2029-03-19", ["amber"]),
        ("huaishanyao", "2029-03-20", []),
        ("huaishanyao", "2026-07-18", []),  # the rest of the plot, the same planting
        ("huainiuxi", "2027-03-20", []),
    ],
)
def test_ro1_a_plot_rests_from_a_herb(herb: str, again: str, said: list[str]) -> None:
    story = Story()
    story.grow(herb="huaishanyao", sown="2026-03-20")
    for name, each in (("again", herb), ("unknown", "人参")):
        story.do("coop", "SOW", again, inputs=[(plot("field"), None)], herb=each,
                 outputs=[(f"https://ledger.example/crop/{name}", None)])  # fmt: skip
    assert story.severities("RO1") == said


def sells(story: Story, who: str, when: str, mass_kg: int) -> None:
    story.do(who, "SALE_B2B", when, about=[(lot("a"), mass_kg * KG)])


def two_years(story: Story, who: str, mass_kg: int = 100, peak_kg: int = 100) -> None:
    for month in range(24):
        peak = month % 12 == 11
        when = f"{2024 + month // 12}-{month % 12 + 1:02}-05"
        sells(story, who, when, peak_kg if peak else mass_kg + month % 3)


@pytest.mark.parametrize(
    ("mass_kg", "peak_kg", "peers_kg", "said"),
    [
        (900, 100, 100, ["amber"]),
        (900, 100, 300, []),  # everybody sold more
        (106, 100, 100, []),
    ],
)
def test_sv1_a_month_far_above_two_years_is_found_unless_others_rose_too(
    mass_kg: int, peak_kg: int, peers_kg: int, said: list[str]
) -> None:
    story = Story()
    for who in ("mill", "peer"):
        two_years(story, who, peak_kg=peak_kg)
    sells(story, "mill", "2026-01-05", mass_kg)
    sells(story, "peer", "2026-01-05", peers_kg)
    assert story.severities("SV1") == said


def test_sv1_the_harvest_month_is_compared_with_the_harvest_months_before() -> None:
    story = Story()
    two_years(story, "mill", peak_kg=900)
    for month in range(1, 12):
        sells(story, "mill", f"2026-{month:02}-05", 100)
    sells(story, "mill", "2026-12-05", 1_000)
    assert story.severities("SV1") == []


@pytest.mark.parametrize(
    ("mass_kg", "peers", "when", "said"),
    [
        (101, 20, "2026-07-01", ["amber"]),
        (100, 20, "2026-07-01", []),
        (900, 19, "2026-07-01", []),
        (900, 20, "2026-08-30", []),  # sixty days after it joined
    ],
)
def test_sv2_a_newcomer_that_sells_more_than_nearly_everybody_is_found(
    mass_kg: int, peers: int, when: str, said: list[str]
) -> None:
    story = Story(joined={"new": ms("2026-07-01"), "idle": ms("2026-07-01")})
    for number in range(peers):
        sells(story, f"peer{number}", "2026-07-10", 100 if number else 500)
    sells(story, "new", when, mass_kg)
    assert story.severities("SV2") == said
