"""RC1: what a recall reaches, in grams, and by when everybody is told."""

from fractions import Fraction

import pytest

from ledger.rules.supervision.recall import Closure, recall_closure
from tests.rules.story import HOUR_MS, KG, Story, lot


def recalled(story: Story, level: str = "1") -> Closure:
    """A lot of 100 kg, packed in two lots of 60 and 40 kg, is recalled on 2026-12-20."""
    story.do("mill", "RECALL", "2026-12-20", about=[(lot("a"), None)], level=level,
             deadline="2026-12-30T00:00:00+08:00")  # fmt: skip
    recall = story.facts[-1]
    masses: dict[str, int | None] = {lot("a"): 100 * KG, lot("p"): 60 * KG, lot("q"): 40 * KG}
    children = {lot("a"): [lot("p"), lot("q")]}
    return recall_closure(recall, story.facts, children=children, masses_g=masses)


def test_a_recall_reaches_all_that_was_made_of_the_lot_and_counts_each_gram_once() -> None:
    story = Story()
    story.do("mill", "SALE_B2B", "2026-12-10", about=[(lot("p"), 50 * KG)])
    story.do("shop", "SALE_RETAIL", "2026-12-12", about=[(lot("p"), 20 * KG)])
    story.do("mill", "SALE_B2B", "2026-12-10", about=[(lot("q"), 30 * KG)])
    story.do("shop", "RETURN", "2026-12-11", about=[(lot("p"), 9 * KG)])  # before the recall
    story.do("shop", "RETURN", "2026-12-21", about=[(lot("p"), 20 * KG)])
    story.do("shop", "RETURN", "2026-12-21", about=[(lot("other"), 99 * KG)])
    closure = recalled(story)
    assert closure.reached == (lot("a"), lot("p"), lot("q"))
    assert (closure.reached_g, closure.shipped_g, closure.recovered_g) == (100_000, 80_000, 20_000)
    assert closure.rate == Fraction(1, 4)
    assert not closure.closed
    assert closure.notice_mark == "unverified"


def test_what_was_sold_before_it_was_packed_again_is_not_shipped_twice() -> None:
    story = Story()
    story.do("mill", "SALE_B2B", "2026-12-10", about=[(lot("a"), 100 * KG)])
    story.do("trader", "SALE_B2B", "2026-12-12", about=[(lot("p"), 60 * KG)])
    story.do("mill", "RECALL", "2026-12-25", about=[(lot("a"), None)], recovered_g=100 * KG)
    closure = recalled(story)
    assert (closure.shipped_g, closure.rate, closure.closed) == (100_000, Fraction(1), True)


@pytest.mark.parametrize(("level", "hours"), [("1", 24), ("2", 48), ("3", 72), ("9", None)])
def test_the_level_of_a_recall_says_by_when_everybody_is_told(
    level: str, hours: int | None
) -> None:
    story = Story()
    closure = recalled(story, level)
    began_ms = story.facts[-1].event.event_time_ms
    due_ms = None if hours is None else began_ms + hours * HOUR_MS
    assert (closure.notice_due_ms, closure.rate) == (due_ms, None)
