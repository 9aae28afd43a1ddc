"""Custody and scales: who bought must receive, and what weighs must be calibrated."""

import pytest

from tests.rules.story import KG, Story, lot, plot


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
