"""A pass answers a failed item that it measured, and nothing else."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.herbs.assays import assay_code
from ledger.rules.history.fact import Fact
from ledger.rules.history.results import Answers, Failing, names_of, standing
from tests.rules.story import Story, lot, row

SO2, LEAD, WATER = "二氧化硫", "铅", "水分"
WHOSE: dict[str, Answers] = {"lab": "everybody", "institute": "everybody", "mill": "itself",
                             "stranger": "nobody"}  # fmt: skip


def report(
    story: Story, who: str, *items: dict[str, object], conclusion: str = "", kind: str = "TEST"
) -> None:
    said: dict[str, object] = {"conclusion": conclusion} if conclusion else {}
    if items:
        said["items"] = [*items]
    story.do(who, kind, "2026-11-25", about=[(lot("a"), None)], **said)


def left(story: Story) -> list[Failing]:
    return standing(story.facts, lambda test: WHOSE[test.actor])


def open_codes(story: Story) -> list[tuple[str, str]]:
    return [(each.actor, each.code) for each in left(story)]


def bad(item: str) -> dict[str, object]:
    return row(item, 900, passed=False)


def fine(item: str) -> dict[str, object]:
    return row(item, 1)


@pytest.mark.parametrize(
    ("measured", "stands"),
    [
        ([WATER], True),
        ([SO2], False),
        (["ＳＯ２"], False),
        (["二氧化硫 残留量", WATER], False),
        ([], True),
    ],
)
@pytest.mark.parametrize("who", ["lab", "institute"])
def test_another_laboratory_and_the_first_answer_only_what_they_measured(
    who: str, measured: list[str], stands: bool
) -> None:
    story = Story()
    report(story, "lab", bad(SO2), fine(WATER), conclusion="fail")
    report(story, who, *map(fine, measured), conclusion="pass")
    assert open_codes(story) == ([("lab", "sulphur_dioxide")] if stands else [])


def test_what_a_report_passed_is_answered_though_another_of_its_items_failed() -> None:
    story = Story()
    report(story, "lab", bad(SO2))
    report(story, "institute", fine(SO2), bad(WATER), conclusion="fail")
    assert open_codes(story) == [("institute", "moisture")]
    report(story, "lab", fine(WATER))
    assert left(story) == []


def test_an_item_that_stands_twice_in_a_report_failed_if_it_failed_once() -> None:
    story = Story()
    report(story, "lab", fine(SO2), bad("SO2"))
    assert open_codes(story) == [("lab", "sulphur_dioxide")]


def test_a_failure_that_names_no_item_is_answered_by_a_test_that_passed_whole() -> None:
    story = Story()
    report(story, "lab", fine(WATER), conclusion="fail")
    assert open_codes(story) == [("lab", "")]
    assert names_of(left(story)) == ("", "")
    report(story, "institute", fine(WATER), bad(LEAD))
    assert open_codes(story) == [("lab", ""), ("institute", "lead")]
    report(story, "institute", fine(LEAD))
    assert left(story) == []


def test_an_official_sample_that_is_under_way_measured_nothing() -> None:
    story = Story()
    report(story, "lab", bad(SO2))
    story.do("lab", "SUPERVISE_SAMPLE", "2026-11-26", about=[(lot("a"), None)], result="pending",
             items=[fine(SO2)])  # fmt: skip
    assert open_codes(story) == [("lab", "sulphur_dioxide")]


def test_what_nobody_measured_again_is_told_from_what_somebody_did_who_may_not_free_it() -> None:
    story = Story()
    report(story, "lab", bad(SO2), bad("某种没有名录的农残"))
    report(story, "mill", fine(SO2))
    assert [(each.code, each.again) for each in left(story)] == [
        ("sulphur_dioxide", True), ("某种没有名录的农残", False),
    ]  # fmt: skip
    report(story, "stranger", fine("某种没有名录的农残"))
    assert [each.again for each in left(story)] == [True, False]


def test_items_are_named_in_both_tongues_and_many_or_endless_ones_are_cut() -> None:
    story = Story()
    report(story, "lab", bad("SO₂"), bad("某农残"), bad("长" * 99))
    cn, en = names_of(left(story))
    assert cn == f"二氧化硫、某农残、{'长' * 40}…"
    assert en == f"sulphur dioxide, 某农残, {'长' * 40}…"
    many = Story()
    report(many, "lab", *(bad(f"农残{number}") for number in range(20)))
    cn, en = names_of(left(many))
    assert cn.endswith("、农残11等 20 项")
    assert en.endswith(", 农残11 and 8 more")


VERDICTS = st.dictionaries(st.sampled_from([SO2, LEAD, WATER, "甲"]), st.booleans(), min_size=1)
REPORTS = st.lists(st.tuples(st.sampled_from([*WHOSE]), VERDICTS), max_size=8)


@given(REPORTS)
def test_whatever_is_reported_just_the_unanswered_items_stand(
    reports: Sequence[tuple[str, dict[str, bool]]],
) -> None:
    story = Story()
    for who, verdicts in reports:
        report(story, who, *(row(item, 1, passed=good) for item, good in verdicts.items()))

    def answered(place: int, item: str) -> bool:
        actor = reports[place][0]
        for who, verdicts in reports[place + 1 :]:
            good = verdicts.get(item)
            if good and (WHOSE[who] == "everybody" or (WHOSE[who] == "itself" and who == actor)):
                return True
            if good is False and who == actor:
                return True  # it failed anew, and stands for that
        return False

    expected = {
        (who, assay_code(item))
        for place, (who, verdicts) in enumerate(reports)
        for item, good in verdicts.items()
        if not good and not answered(place, item)
    }
    assert {*open_codes(story)} == expected
    assert len(open_codes(story)) == len(expected)


def test_a_thousand_reports_of_a_thousand_items_cost_as_much_as_they_say() -> None:
    """Each report asks for its own items alone: what stands beside is not gone through."""
    asked: list[Fact] = []

    def answers(test: Fact) -> Answers:
        asked.append(test)
        return "everybody"

    story = Story()
    for number in range(300):
        report(story, "lab", bad(f"农残{number}"))
    assert len(standing(story.facts, answers)) == 300
    assert len(asked) == 300
