"""EW1: what the log tells of a herb of a county, signal by signal, and the level of its warning."""

import pytest

from ledger.rules.findings.finding import Finding
from ledger.rules.supervision.warning import (
    WEIGHTS,
    CountyWarning,
    Seen,
    Signal,
    price_spikes,
    signals,
    warnings,
)
from tests.rules.story import KG, WEN, WUZHI, Story, lot, ms, row

MARKET = "urn:daodi:market:anguo"
SINCE = "2026-11-01"


def seen(
    story: Story, *findings: Finding, complaints: dict[str, list[int]] | None = None
) -> list[Seen]:
    """The signals since November."""
    return [*signals(story.history(), findings, complaints or {}, since_ms=ms(SINCE))]


def told(story: Story, **more: dict[str, list[int]]) -> list[tuple[str, str, str]]:
    """The same as (county, herb, signal)."""
    return [(each.county, each.herb, each.signal) for each in seen(story, **more)]


def examined(story: Story, when: str, *, passed: bool) -> str:
    return story.do("lab", "TEST", when, about=[(lot("dried"), None)], sample_id="S", lab_cma="C",
                    report_no="R", items=[row("水分", 30, passed=passed)],
                    conclusion="pass" if passed else "fail")  # fmt: skip


def blended() -> Story:
    """A lot of 牛膝 that was cut in two counties."""
    story = Story()
    fresh = [story.grow(), story.grow(name="else", county=WUZHI)]
    story.do("mill", "DRY", "2026-11-12", inputs=[(each, 9 * KG) for each in fresh],
             outputs=[(lot("dried"), 6 * KG)])  # fmt: skip
    return story


def test_a_failed_test_speaks_of_every_county_that_a_lot_came_from() -> None:
    story = blended()
    examined(story, "2026-11-20", passed=True)
    assert told(story) == []
    failed = examined(story, "2026-11-20", passed=False)
    assert seen(story) == [
        Seen(county=county, herb="huainiuxi", signal="failed_test", statement_ids=(failed,))
        for county in (WUZHI, WEN)
    ]


def test_what_is_older_or_of_no_known_origin_is_no_signal() -> None:
    story = blended()
    examined(story, "2026-10-31", passed=False)
    assert told(story, complaints={lot("dried"): [ms("2026-10-31")], lot("x"): [ms(SINCE)]}) == []


def test_each_complaint_counts_and_a_bought_lot_is_of_the_county_that_its_purchase_names() -> None:
    story = Story()
    story.do("trader", "PURCHASE", "2026-10-01", outputs=[(lot("root"), 9 * KG)],
             herb="huainiuxi", county=WEN)  # fmt: skip
    complaints = {lot("root"): [ms("2026-11-02"), ms("2026-11-03")]}
    assert told(story, complaints=complaints) == [(WEN, "huainiuxi", "complaint")] * 2


def test_a_copied_code_is_a_signal_and_no_other_finding_is() -> None:
    story = blended()
    pack = story.pack(lot("dried"), "pack", 5 * KG, "2026-12-01")
    for who in ("shop", "stall"):
        story.do(who, "SALE_RETAIL", "2026-12-20", about=[(pack, None)], unit_code="0" * 32)
    copied = story.findings("CL2")
    others = [each for rule in ("TS1", "MB4") for each in story.findings(rule)]
    assert copied
    assert others
    assert {each.signal for each in seen(story, *copied, *others)} == {"clone"}
    assert len(seen(story, *copied, *others)) == 2 * len(copied)


@pytest.mark.parametrize(
    ("price", "herb", "said"),
    [
        (30, "huainiuxi", [(WUZHI, "huainiuxi", "price_spike"), (WEN, "huainiuxi", "price_spike")]),
        (14, "huainiuxi", []),
        (30, "huaidihuang", []),  # nobody grew it here, and its prices are another series
        (30, "no herb of ours", []),
    ],
)
def test_a_price_that_spikes_concerns_every_county_that_cut_the_herb(
    price: int, herb: str, said: list[tuple[str, str, str]]
) -> None:
    story = blended()
    for day in range(1, 10):
        story.do("station", "PRICE_REPORT", f"2026-10-0{day}", about=[(MARKET, None)],
                 herb="huainiuxi", spec="统货", price=12 + day % 2)  # fmt: skip
    story.do("station", "PRICE_REPORT", "2026-11-10", about=[(MARKET, None)], herb=herb,
             spec="统货", price=price)  # fmt: skip
    assert told(story) == said


def test_another_market_or_grade_has_prices_of_its_own() -> None:
    story = blended()
    for day in range(1, 10):
        story.do("station", "PRICE_REPORT", f"2026-10-0{day}", about=[(MARKET, None)],
                 herb="huainiuxi", spec="统货", price=12)  # fmt: skip
    for market, spec in ((MARKET, "一等"), (MARKET + "-2", "统货")):
        story.do("station", "PRICE_REPORT", "2026-11-10", about=[(market, None)],
                 herb="huainiuxi", spec=spec, price=99)  # fmt: skip
    assert told(story) == []


def heard(signal: Signal, times: int = 1, county: str = "410825") -> list[Seen]:
    return [Seen(county=county, herb="huainiuxi", signal=signal, statement_ids=(f"s{n}",))
            for n in range(times)]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "level"),
    [([("complaint", 2)], "none"), ([("complaint", 3)], "watch"), ([("clone", 1)], "watch"),
     ([("failed_test", 1), ("complaint", 3)], "warn"), ([("failed_test", 3)], "alarm"),
     ([("weather", 1), ("price_spike", 1), ("weather", 1)], "warn")],
)  # fmt: skip
def test_signals_of_a_county_and_herb_make_one_level(
    told: list[tuple[Signal, int]], level: str
) -> None:
    (found,) = warnings([each for signal, times in told for each in heard(signal, times)])
    assert isinstance(found, CountyWarning)
    assert (found.level, found.mark) == (level, "unverified")
    assert found.score == sum(WEIGHTS[signal] * times for signal, times in told)


def test_counties_are_warned_of_apart_the_worst_first() -> None:
    found = warnings([*heard("complaint"), *heard("failed_test", county="410823")])
    assert [each.county for each in found] == ["410823", "410825"]
    assert found[0].statement_ids == ("s0",)


@pytest.mark.parametrize(
    ("earlier", "price", "spikes"),
    [([10.0] * 8, 10.0, False), ([10.0] * 8, 10.1, True), ([10.0] * 7, 99.0, False),
     ([9.0, 11.0] * 4, 13.0, False), ([9.0, 11.0] * 4, 13.1, True), ([9.0, 11.0] * 4, 1.0, False)],
)  # fmt: skip
def test_a_price_spikes_above_three_standard_deviations(
    earlier: list[float], price: float, spikes: bool
) -> None:
    assert price_spikes(earlier, price) is spikes
