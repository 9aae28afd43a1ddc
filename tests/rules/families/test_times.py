"""Time: late, reversed, in one go, out of season."""

from dataclasses import replace
from random import Random  # noqa: TID251 — seeded: the same in every run

import pytest

from tests.rules.story import KG, Story, crop, lot, ms


@pytest.mark.parametrize(
    ("signed", "recorded", "said"),
    [
        ("2026-11-09 08:01", "2026-11-09 08:01", ["amber"]),
        ("2026-11-09 08:00", "2026-11-09 08:00", []),
        ("2026-11-06 08:05", "2026-11-20 08:00", []),  # an offline phone
    ],
)
def test_tt1_signing_over_three_days_late_is_backfilling_and_delivering_late_is_not(
    signed: str, recorded: str, said: list[str]
) -> None:
    story = Story()
    story.do("coop", "FIELD_WORK", "2026-11-06 08:00", about=[(crop(), None)], work="weeding",
             signed=signed, recorded=recorded)  # fmt: skip
    assert story.severities("TT1") == said


def test_tt1_backfilling_after_a_complaint_or_an_inspection_is_red() -> None:
    story = Story()
    fresh = story.grow()
    story.do("coop", "PESTICIDE", "2026-09-01", about=[(crop(), None)], signed="2026-12-20")
    assert story.severities("TT1") == ["amber"]
    story.knows(complaints={fresh: [ms("2026-12-01")]})
    assert story.severities("TT1") == ["red"]
    story.knows(complaints={})
    story.do("office", "SUPERVISE_SAMPLE", "2026-12-10", about=[(fresh, None)], result="pending")
    assert story.severities("TT1") == ["red"]


def test_tt1_believes_the_checkpoint_that_a_statement_names_over_its_clock() -> None:
    story = Story()
    story.do("coop", "FIELD_WORK", "2026-11-06", about=[(crop(), None)])
    story.facts[0] = replace(story.facts[0], anchored_ms=ms("2026-12-06"))
    assert story.severities("TT1") == ["amber"]


def test_tt2_nothing_is_made_before_what_it_was_made_of() -> None:
    story = Story()
    fresh = story.grow(cut="2026-11-05 10:00")
    story.do("mill", "WASH_SORT", "2026-11-05 10:00", inputs=[(fresh, 1 * KG)],
             outputs=[(lot("same"), 1 * KG)])  # fmt: skip
    story.do("mill", "WASH_SORT", "2026-11-05 12:00", inputs=[(lot("elsewhere"), 1)],
             outputs=[(lot("other"), 1)])  # fmt: skip
    assert story.severities("TT2") == []
    story.do("mill", "DRY", "2026-11-05 09:59", inputs=[(fresh, 1 * KG)],
             outputs=[(lot("early"), 300)])  # fmt: skip
    story.grow(name="unsown", sown="2026-11-06", cut="2026-11-05")
    assert [finding.subject for finding in story.findings("TT2")] == [lot("early"), lot("unsown")]


@pytest.mark.parametrize(
    ("records", "step", "note", "said"),
    [(16, 1, "", ["amber"]), (15, 1, "", []), (16, 0, "", []), (16, 1, "站员代录", [])],
)
def test_tt3_a_week_of_field_records_is_not_written_in_ten_minutes(
    records: int, step: int, note: str, said: list[str]
) -> None:
    story = Story()
    for day in range(records):
        told = {"note": note} if note else {}
        story.do("coop", "FIELD_WORK", f"2026-08-{1 + day * step:02}", about=[(crop(), None)],
                 signed=f"2026-08-20 10:{day % 10:02}", **told)  # fmt: skip
    story.do("coop", "FIELD_WORK", "2026-07-01", about=[(crop(), None)], signed="2026-07-01 10:00")
    assert story.severities("TT3") == said


@pytest.mark.parametrize(
    ("sown", "cut", "said"),
    [
        ("2026-05-15", "2026-09-20", ["amber"]),
        ("2026-08-17", "2026-10-31", ["amber"]),
        ("2026-08-16", "2026-10-31", []),
        ("2026-07-15", "2026-11-05", []),
    ],
)
def test_tt4_a_herb_has_its_months_and_its_days(sown: str, cut: str, said: list[str]) -> None:
    story = Story()
    story.grow(sown=sown, cut=cut)
    assert story.severities("TT4") == said


def test_tt4_an_unknown_herb_has_no_season() -> None:
    story = Story()
    story.do("coop", "HARVEST", "2026-02-01", inputs=[(crop(), None)], outputs=[(lot("a"), 1)])
    assert story.severities("TT4") == []


@pytest.mark.parametrize("seed", range(6))
def test_tt3_names_the_longest_run_as_a_plain_search_does(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 — the same in every run
    story = Story()
    minute = 0
    for _ in range(60):
        minute += chance.choice((0, 0, 0, 1, 2, 9))
        day = chance.choice((1, 2, 3, 4, 14, 15))
        story.do("coop", "FIELD_WORK", f"2026-08-{day:02}", about=[(crop(), None)],
                 signed=f"2026-08-20 {10 + minute // 60}:{minute % 60:02}")  # fmt: skip
    found = [len(finding.statement_ids) for finding in story.findings("TT3")]
    facts = sorted(story.history().facts, key=lambda fact: (fact.signed_ms, fact.statement_id))
    runs = [
        facts[start:end]
        for start in range(len(facts))
        for end in range(start + 16, len(facts) + 1)
        if facts[end - 1].signed_ms - facts[start].signed_ms <= 600_000
    ]
    days = [[fact.event.event_time_ms // 86_400_000 for fact in run] for run in runs]
    long = [len(each) for each in days if max(each) - min(each) > 7]
    assert max(found, default=0) == max(long, default=0)
