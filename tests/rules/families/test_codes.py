"""Copied codes: where and how often one was scanned, and sold."""

import pytest

from ledger.rules.history.known import Guess, Sighting
from tests.rules.story import KG, Story, lot, ms


def seen(province: str, when: str, device: str = "", serial: int = 7) -> Sighting:
    return Sighting(
        lot=lot("p"), serial=serial, time_ms=ms(when), province=province, device=device or province
    )


@pytest.mark.parametrize(
    ("sightings", "said"),
    [
        ([("豫", "2026-12-01"), ("川", "2026-12-15"), ("粤", "2026-12-31")], ["red"]),
        ([("豫", "2026-12-01"), ("川", "2026-12-15"), ("粤", "2026-12-31 00:01")], []),
        ([("豫", "2026-12-01 08:00"), ("川", "2026-12-01 10:00")], ["red"]),
        ([("豫", "2026-12-01 08:00"), ("川", "2026-12-01 10:01")], []),
        ([("豫", "2026-12-01", "x"), ("川", "2026-12-01", "x"), ("粤", "2026-12-01", "x")], []),
    ],
)
def test_cl1_one_pack_is_not_in_many_places_with_many_devices(
    sightings: list[tuple[str, ...]], said: list[str]
) -> None:
    story = Story()
    story.knows(sightings=tuple(seen(*each) for each in sightings))
    assert story.severities("CL1") == said


def retail(story: Story, when: str, code: str = "A1") -> None:
    story.do("shop", "SALE_RETAIL", when, about=[(lot("p"), None)], unit_code=code)


def test_cl2_a_code_is_sold_once_unless_its_pack_came_back() -> None:
    story = Story()
    story.pack(lot("dry"), "p", 10 * KG, "2026-12-01")
    story.hands("mill", "shop", lot("p"), 5 * KG, "2026-12-01 12:00")
    retail(story, "2026-12-02")
    retail(story, "2026-12-03", code="B2")
    retail(story, "2026-12-05", code="a1")
    assert story.severities("CL2") == ["red"]
    story.do("shop", "RETURN", "2026-12-04", about=[(lot("p"), 500)], reason="受潮")
    assert story.severities("CL2") == []
    retail(story, "2026-12-06", code="B2")
    assert story.severities("CL2") == ["red"]  # one pack came back, not two


def test_cl3_scans_before_shipping_or_after_voiding_are_found_and_later_ones_are_not() -> None:
    story = Story()
    story.pack(lot("dry"), "p", 10 * KG, "2026-12-01")
    story.do("mill", "STORE_OUT", "2026-12-05", about=[(lot("p"), 10 * KG)])
    story.knows(sightings=(seen("豫", "2026-12-05"), seen("豫", "2026-12-09")))
    assert story.severities("CL3") == []
    story.do("mill", "CODE_VOID", "2026-12-06", about=[(lot("p"), None)], codes=["7"])
    assert story.severities("CL3") == ["amber"]
    story.knows(sightings=(seen("豫", "2026-12-04", serial=8), seen("豫", "2026-12-01", serial=9)))
    assert story.severities("CL3") == ["amber", "amber"]


def test_cl3_a_code_scanned_far_more_than_a_thousand_fellows_is_found() -> None:
    story = Story()
    usual = [seen("豫", "2026-12-05", serial=serial) for serial in range(1_000)]
    often = [seen("豫", "2026-12-05", device=str(n)) for n in range(9)]
    story.knows(sightings=(*usual, *often))
    assert story.severities("CL3") == ["amber"]
    story.knows(sightings=(*usual[:900], *often))
    assert story.severities("CL3") == []


@pytest.mark.parametrize(("codes", "said"), [(21, ["amber"]), (20, [])])
def test_cl4_guessing_is_more_than_twenty_unknown_codes_in_ten_minutes(
    codes: int, said: list[str]
) -> None:
    story = Story()
    guesses = [Guess(connection="c", code=f"X{n}", time_ms=n * 1_000) for n in range(codes)]
    story.knows(guesses=(*guesses, guesses[0], Guess(connection="d", code="X", time_ms=0)))
    assert story.severities("CL4") == said
    slow = [Guess(connection="c", code=f"X{n}", time_ms=n * 60_000) for n in range(codes)]
    story.knows(guesses=tuple(slow))
    assert story.severities("CL4") == []
