"""Tests: one report a lot, results that were measured, sulphur, samples without a result."""

import pytest

from tests.rules.story import HONEST_LABEL, KG, Story, lot, row

FILE = {"sha256": "ab" * 32, "type": "application/pdf", "size": 9}


def examined(story: Story, what: str, when: str = "2026-11-25", **said: object) -> str:
    told = {"sample_id": f"S-{what[-6:]}", "report_no": f"R-{what[-6:]}", "lab_cma": "C-1",
            "items": [row("水分", 12.1)], "conclusion": "pass"} | said  # fmt: skip
    return story.do("lab", "TEST", when, about=[(what, None)], **told)


def test_ts2_one_report_is_for_one_root_lot() -> None:
    story = Story()
    pack = story.pack(lot("a"), "p", 100 * KG, "2026-12-01")
    examined(story, lot("a"), report_no="R-1")
    examined(story, pack, report_no="R-1")  # packed from it: the same root
    examined(story, lot("x"), report_no="R-1", lab_cma="C-2")  # another laboratory's number
    assert story.severities("TS2") == []
    examined(story, lot("b"), report_no="R-1")
    assert [finding.subject for finding in story.findings("TS2")] == [lot("a"), lot("b")]
    assert story.severities("TS2") == ["red", "red"]


def test_ts2_one_file_for_two_lots_is_found_once_and_a_declared_composite_is_not() -> None:
    story = Story()
    for name in ("a", "b"):
        examined(story, lot(name), report_no="R-9", report=FILE, sample_id="MIX")
    assert len(story.findings("TS2")) == 2
    story.do("mill", "SAMPLE", "2026-11-20", about=[(lot("a"), None), (lot("b"), None)],
             sample_id="MIX", sample_g=9)  # fmt: skip
    assert story.severities("TS2") == []


def test_ts3_three_lots_with_the_same_results_and_results_of_half_the_limit_are_too_good() -> None:
    story = Story()
    rounded = [row("水分", 12.1), row("总灰分", 4.4), row("浸出物", 70.2)]
    for name in ("a", "b"):
        examined(story, lot(name), items=rounded)
    assert story.severities("TS3") == []
    examined(story, lot("c"), items=rounded)
    assert story.severities("TS3") == ["amber"]
    halves = [row("铅", 2.5, limit=5), row("镉", 0.5, limit=1), row("砷", 1, limit=2)]
    examined(story, lot("d"), items=halves)
    examined(story, lot("e"), items=halves[:2])
    assert story.severities("TS3") == ["amber", "amber"]


@pytest.mark.parametrize(("step", "said"), [(10, ["amber"]), (1, [])])
def test_ts3_last_digits_are_chance(step: int, said: list[str]) -> None:
    story = Story()
    for number in range(120):
        value = (1_000 + number * step) / 100 + (0.07 if step == 10 else 0)
        value = int(value) if value == int(value) else round(value, 2)
        examined(story, lot(f"n{number}"), items=[row("水分", value)])
    assert story.severities("TS3") == said


def test_ts3_reads_last_digits_beside_results_of_any_size() -> None:
    story = Story()
    for number in range(120):
        examined(story, lot(f"n{number}"), items=[row("水分", 1_000 + 10 * number)])
    assert story.severities("TS3") == ["amber"]
    odd = (1e308, -1e308, "NaN", "1e999", "9" * 400)
    examined(story, lot("odd"), items=[row("水分", value) for value in odd])
    assert story.severities("TS3") == ["amber"]
    examined(story, lot("fine"), items=[row("水分", 0.5)])  # one more place: every one ends in 0
    assert story.severities("TS3") == ["amber"]


@pytest.mark.parametrize(("value", "said"), [(401, ["amber"]), (400, []), (30, [])])
def test_ts4_sulphur_dioxide_keeps_the_limit_of_the_drug_which_is_unverified(
    value: int, said: list[str]
) -> None:
    story = Story()
    story.do("mill", "CUT_GRADE", "2026-11-20", inputs=[(lot("r"), 9)], outputs=[(lot("a"), 9)],
             herb="huainiuxi", drug="牛膝")  # fmt: skip
    examined(
        story, lot("a"), items=[row("二氧化硫", value), row("水分", 1), row("二氧化硫", "未检出")]
    )
    assert story.severities("TS4") == said
    assert all(finding.unverified for finding in story.findings("TS4"))


@pytest.mark.parametrize(("value", "said"), [(11, ["red"]), (10, [])])
def test_ts4_what_is_called_free_of_sulphur_has_only_traces(value: int, said: list[str]) -> None:
    declared = Story()
    examined(declared, lot("a"), items=[row("二氧化硫", value)])
    assert declared.severities("TS4") == []
    declared.do("mill", "SULPHUR", "2026-11-01", about=[(lot("a"), None)], used=False)
    assert declared.severities("TS4") == said
    printed = Story()
    examined(printed, lot("a"), items=[row("二氧化硫", value)])
    printed.pack(lot("a"), "p", KG, "2026-12-01", fields=HONEST_LABEL | {"声明": "无硫加工"})
    assert printed.severities("TS4") == said


@pytest.mark.parametrize(
    ("now", "said"), [("2027-01-01 00:01", ["red"]), ("2026-12-31", []), ("2026-12-10", [])]
)
def test_ts5_a_sample_without_result_beside_one_that_passed(now: str, said: list[str]) -> None:
    story = Story(now=now)
    for sample in ("S-1", "S-2"):
        story.do("office", "SAMPLE", "2026-12-01", about=[(lot("a"), None)], sample_id=sample,
                 sample_g=9)  # fmt: skip
    assert story.severities("TS5") == []
    examined(story, lot("a"), "2026-12-05", sample_id="S-1")
    assert story.severities("TS5") == said
    examined(story, lot("a"), "2026-12-09", sample_id="S-2", conclusion="fail")
    assert story.severities("TS5") == []
