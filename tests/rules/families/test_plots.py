"""Where it grew: fences, overlaps, protected areas."""

from datetime import date

import pytest

from ledger.rules.history.known import Outline, Position
from ledger.rules.history.outlines import distance_m, overlap
from tests.rules.story import CANGXI, HONEST_LABEL, KG, WEN, WUZHI, Story, plot

SQUARE = [(34.94, 113.08), (34.94, 113.09), (34.95, 113.09), (34.95, 113.08)]
METRES = 111_320.0


def shifted(share: float) -> list[tuple[float, float]]:
    return [(latitude + share * 0.01, longitude) for latitude, longitude in SQUARE]


def drawn(*corners: list[tuple[float, float]], first: int = 1) -> tuple[Outline, ...]:
    """Outlines that were drawn on the first days of November, one a day."""
    return tuple(
        Outline(since=date(2026, 11, day), corners=each) for day, each in enumerate(corners, first)
    )


def test_distance_is_nought_within_and_metres_without() -> None:
    assert distance_m((34.945, 113.085), SQUARE) == 0.0
    assert distance_m((34.951, 113.085), SQUARE) == pytest.approx(0.001 * METRES, rel=1e-6)
    assert distance_m((34.94, 113.08), [SQUARE[0]] * 3) == 0.0


def test_overlap_is_the_shared_part_of_all_that_is_covered() -> None:
    assert overlap(SQUARE, SQUARE) == pytest.approx(1.0)
    assert overlap(SQUARE, shifted(0.5)) == pytest.approx(1 / 3, rel=1e-6)
    assert overlap(SQUARE, shifted(2)) == 0.0
    assert overlap([SQUARE[0]] * 3, [SQUARE[0]] * 3) == 0.0
    middle = [(34.935, 113.085), (34.945, 113.095), (34.955, 113.085), (34.945, 113.075)]
    assert overlap(SQUARE, middle) == pytest.approx(1.0 / 2 * 3 / 2, rel=0.5)


@pytest.mark.parametrize(
    ("north_m", "accuracy_m", "said"),
    [(131, 30, ["red"]), (129, 30, []), (500, 900, []), (0, 5, [])],
)
def test_gf1_a_harvest_is_signed_at_its_plot_as_far_as_the_device_can_tell(
    north_m: float, accuracy_m: float, said: list[str]
) -> None:
    story = Story()
    story.grow()
    harvest = story.facts[-1].statement_id
    assert story.severities("GF1") == []  # while sealed, nothing is known
    where = Position(latitude=34.95 + north_m / METRES, longitude=113.085, accuracy_m=accuracy_m)
    story.knows(outlines={plot("field"): drawn(SQUARE)}, positions={harvest: where})
    assert story.severities("GF1") == said


@pytest.mark.parametrize(("first", "said"), [(4, []), (5, ["red"]), (6, ["red"])])
def test_gf1_judges_by_the_outline_that_stood_on_the_day_of_the_harvest(
    first: int, said: list[str]
) -> None:
    story = Story()
    story.grow(cut="2026-11-05")
    here = Position(latitude=34.97, longitude=113.085, accuracy_m=5)
    # Drawn anew the day after, an outline moves no harvest into its plot.
    outlines = drawn(SQUARE, shifted(2.5), first=first)
    story.knows(outlines={plot("field"): outlines},
                positions={story.facts[-1].statement_id: here})  # fmt: skip
    assert story.severities("GF1") == said
    story.knows(outlines={plot("field"): outlines[1:]})
    assert story.severities("GF1") == []


def test_gf2_judges_by_what_is_drawn_now() -> None:
    story = Story()
    story.place(plot("one"), actor="a")
    story.place(plot("two"), actor="b")
    story.knows(outlines={plot("one"): drawn(SQUARE), plot("two"): drawn(SQUARE, shifted(2))})
    assert story.severities("GF2") == []


@pytest.mark.parametrize(
    ("share", "owner", "said"),
    [(0.8, "b", ["amber", "amber"]), (0.9, "b", []), (0.5, "a", []), (2, "b", [])],
)
def test_gf2_plots_of_two_owners_do_not_overlap(share: float, owner: str, said: list[str]) -> None:
    story = Story()
    story.place(plot("one"), actor="a")
    story.place(plot("two"), actor=owner)
    story.place(plot("undrawn"), actor="c")
    story.knows(outlines={plot("one"): drawn(SQUARE), plot("two"): drawn(shifted(share))})
    assert story.severities("GF2") == said


@pytest.mark.parametrize(
    ("herb", "county", "mark", "said"),
    [
        ("huaishanyao", CANGXI, "有", ["red"]),
        ("huaishanyao", WUZHI, "有", []),
        ("huaishanyao", CANGXI, "", []),
        ("chuanxiong", WEN, "有", []),  # no indication is known for it
        ("huainiuxi", CANGXI, "有", ["amber"]),  # its indication is unverified
    ],
)
def test_gf3_the_mark_is_only_for_herbs_of_the_area(
    herb: str, county: str, mark: str, said: list[str]
) -> None:
    story = Story()
    fresh = story.grow(herb=herb, county=county)
    story.pack(fresh, "p", KG, "2026-12-01", fields=HONEST_LABEL | {"专用标志": mark})
    assert story.severities("GF3") == said
