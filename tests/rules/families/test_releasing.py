"""Release: before sale, after a test that passed, and by what was on record then."""

import pytest

from tests.rules.families.test_testing import examined
from tests.rules.story import KG, Story, lot, row

SULPHURED = row("二氧化硫", 900, passed=False)


def released(story: Story, what: str, when: str, *, approved: bool = True, **said: object) -> str:
    told = {"decision": "release", "report_no": "R"} | said
    return story.do("mill", "RELEASE", when, about=[(what, 9)], approved=approved, **told)


def sold(story: Story, what: str, when: str = "2026-12-10") -> str:
    return story.do("mill", "SALE_B2B", when, about=[(what, 1 * KG)])


def test_ts1_a_pack_is_sold_after_the_release_of_what_it_was_packed_from() -> None:
    story = Story()
    examined(story, lot("dry"))
    released(story, lot("dry"), "2026-11-26")
    pack = story.pack(lot("dry"), "p", 100 * KG, "2026-12-01")
    sold(story, pack, "2026-12-02")
    sold(story, lot("dry"), "2026-11-01")  # raw herb between a farm and a mill
    assert story.severities("TS1") == []
    early = sold(story, pack, "2026-11-25")
    (finding,) = story.findings("TS1")
    assert (finding.severity, finding.holds, finding.subject) == ("hold", True, pack)
    assert finding.statement_ids == (early,)


@pytest.mark.parametrize(
    ("approved", "decision", "sale", "said"),
    [
        (True, "release", "2026-12-05", []),  # at the very instant of the release
        (True, "release", "2026-12-04", ["hold"]),
        (False, "release", "2026-12-06", ["hold"]),
        (True, "reject", "2026-12-06", ["hold"]),
    ],
)
def test_ts1_a_release_counts_when_another_holder_approves_it(
    approved: bool, decision: str, sale: str, said: list[str]
) -> None:
    story = Story()
    pack = story.pack(lot("dry"), "p", 100 * KG, "2026-12-01")
    examined(story, pack, "2026-12-02")
    released(story, pack, "2026-12-05", approved=approved, decision=decision)
    sold(story, pack, sale)
    assert story.severities("TS1") == said


def test_ts1_a_release_rests_on_a_test_that_passed_before_it() -> None:
    story = Story()
    released(story, lot("a"), "2026-12-01")
    examined(story, lot("b"), "2026-12-02")
    released(story, lot("b"), "2026-12-01")
    examined(story, lot("c"), items=[row("水分", 19, passed=False)])
    released(story, lot("c"), "2026-12-01")
    examined(story, lot("d"))
    released(story, lot("d"), "2026-12-01")
    assert [finding.subject for finding in story.findings("TS1")] == [lot("a"), lot("b"), lot("c")]


@pytest.mark.parametrize(("ash", "said"), [(1.5, ["hold"]), (1.4, []), ("未检出", [])])
def test_ts1_a_sourced_limit_outweighs_the_laboratorys_word_and_an_unverified_does_not(
    ash: object, said: list[str]
) -> None:
    story = Story()
    story.do("mill", "CUT_GRADE", "2026-05-01", inputs=[(lot("raw"), 9)], outputs=[(lot("a"), 9)],
             herb="chuanmingshen", drug="川明参")  # fmt: skip
    items = [row("灰分", ash), row("铅", 900), row("没有限值的项目", 1)]
    examined(story, lot("a"), "2026-05-02", items=items)
    released(story, lot("a"), "2026-05-03")
    assert story.severities("TS1") == said


def ts1_sentences(story: Story) -> list[tuple[str, str]]:
    return [(each.severity, each.message_cn) for each in story.findings("TS1")]


def failed_and_retested(*items: dict[str, object]) -> Story:
    """A lot in which a laboratory found sulphur, measured again by another, and released."""
    story = Story()
    examined(story, lot("a"), "2026-11-20", items=[SULPHURED, row("水分", 12)], conclusion="fail")
    story.do("institute", "TEST", "2026-11-25", about=[(lot("a"), None)], items=[*items],
             lab_cma="C-2", conclusion="pass")  # fmt: skip
    released(story, lot("a"), "2026-12-01")
    return story


@pytest.mark.parametrize(
    "again", ["二氧化硫", "SO2", "ｓｏ２", "二氧化硫 残留量", "二氧化硫（SO₂）"]
)
def test_ts1_a_pass_answers_a_failed_item_that_it_measured_whatever_it_calls_it(again: str) -> None:
    assert ts1_sentences(failed_and_retested(row("铅", 1), row(again, 20))) == []


def test_ts1_a_pass_that_did_not_measure_what_failed_answers_nothing_and_the_finding_says_so() -> (
    None
):
    (finding,) = failed_and_retested(row("水分", 12), row("铅", 1)).findings("TS1")
    assert (finding.severity, finding.holds) == ("hold", True)
    assert finding.message_cn == (
        "检验不合格（二氧化硫），没有由与这批货无关的检验机构复检合格就放行。"
        "此后没有人再测过：二氧化硫。"
    )
    assert finding.message_en.endswith("Nobody has measured again: sulphur dioxide.")


def test_ts1_what_was_measured_again_and_failed_again_is_not_called_unmeasured() -> None:
    story = failed_and_retested(row("水分", 12))
    story.do("third", "TEST", "2026-11-28", about=[(lot("a"), None)], items=[SULPHURED],
             lab_cma="C-3")  # fmt: skip
    ((_, first),) = ts1_sentences(story)
    assert "此后没有人再测过：二氧化硫" in first  # by the third nobody since
    story.do("mill", "TEST", "2026-11-29", about=[(lot("a"), None)], lab_cma="M",
             items=[row("二氧化硫", 1)])  # fmt: skip
    story.roles |= {"mill": ("laboratory",)}
    story.do("mill", "SPLIT", "2026-11-01", inputs=[(lot("raw"), 9)], outputs=[(lot("a"), 9)])
    ((_, then),) = ts1_sentences(story)
    assert "再测过" not in then  # its maker did, who frees it of nothing


@pytest.mark.parametrize(
    ("recorded", "said"),
    [("2026-12-04 00:00", []), ("2026-12-04 00:01", ["amber"]), ("2026-11-25", [])],
)
def test_ts1_a_test_that_was_recorded_long_after_the_release_it_is_dated_before_warns(
    recorded: str, said: list[str]
) -> None:
    story = Story()
    examined(story, lot("a"), "2026-11-25", signed="2026-11-25", recorded=recorded)
    released(story, lot("a"), "2026-12-01")
    assert story.severities("TS1") == said
    for finding in story.findings("TS1"):
        assert not finding.holds
        assert len(finding.statement_ids) == 2
        for sentence in (finding.message_cn, finding.message_en):
            assert all(time in sentence for time in ("2026-11-25 00:00", "2026-12-04 00:01",
                                                     "2026-12-01 00:00"))  # fmt: skip


def test_ts1_a_late_test_is_no_matter_where_another_was_there_in_time() -> None:
    story = Story()
    examined(story, lot("a"), "2026-11-25", recorded="2026-12-30")
    examined(story, lot("a"), "2026-11-26")
    released(story, lot("a"), "2026-12-01")
    assert story.severities("TS1") == []


def test_ts1_a_release_that_came_late_too_rests_on_what_came_before_it() -> None:
    story = Story()
    examined(story, lot("a"), "2026-11-25", recorded="2026-12-30")
    released(story, lot("a"), "2026-12-01", recorded="2026-12-29")
    assert story.severities("TS1") == []


def test_ts1_a_pass_that_answers_a_failure_only_by_its_date_warns() -> None:
    story = Story()
    examined(story, lot("a"), "2026-11-20")
    examined(story, lot("a"), "2026-11-21", items=[SULPHURED])
    story.do("institute", "TEST", "2026-11-25", about=[(lot("a"), None)], recorded="2026-12-25",
             items=[row("二氧化硫", 20)])  # fmt: skip
    released(story, lot("a"), "2026-12-01")
    assert story.severities("TS1") == ["amber"]


def test_ts1_a_failure_that_came_late_to_the_log_holds_as_if_it_had_come_at_once() -> None:
    story = Story()
    examined(story, lot("a"), "2026-11-20")
    examined(story, lot("a"), "2026-11-21", items=[SULPHURED], recorded="2026-12-25")
    released(story, lot("a"), "2026-12-01")
    assert story.severities("TS1") == ["hold"]


@pytest.mark.parametrize(
    ("recorded", "said"), [("2026-12-05", []), ("2026-12-08", []), ("2026-12-09", ["amber"])]
)
def test_ts1_a_release_that_was_recorded_long_after_the_sale_it_is_dated_before_warns(
    recorded: str, said: list[str]
) -> None:
    story = Story()
    pack = story.pack(lot("dry"), "p", 100 * KG, "2026-11-20")
    examined(story, pack, "2026-11-25")
    released(story, pack, "2026-12-01", recorded=recorded)
    sold(story, pack, "2026-12-05")
    assert story.severities("TS1") == said
    for finding in story.findings("TS1"):
        assert finding.subject == pack
        assert len(finding.statement_ids) == 2
        assert "2026-12-09 00:00" in finding.message_cn
        assert "2026-12-05 00:00" in finding.message_en


def test_ts1_of_two_releases_before_a_sale_one_that_was_recorded_in_time_is_enough() -> None:
    story = Story()
    pack = story.pack(lot("dry"), "p", 100 * KG, "2026-11-20")
    examined(story, pack, "2026-11-25")
    released(story, pack, "2026-12-01", recorded="2027-01-01")
    released(story, pack, "2026-12-02")
    sold(story, pack, "2026-12-05")
    assert story.severities("TS1") == []
    sold(story, pack, "2026-12-01 12:00")  # by its time only the other one was before it
    assert story.severities("TS1") == ["amber"]
