"""Sales that jump: above two years of one's own, and above other newcomers."""

import pytest

from tests.rules.story import KG, Story, lot, ms


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
