"""Rotation: a plot rests from a herb."""

import pytest

from tests.rules.story import Story, plot


@pytest.mark.parametrize(
    ("herb", "again", "said"),
    [
        ("huaishanyao", "2029-03-19", ["amber"]),
        ("huaishanyao", "2029-03-20", []),
        ("huaishanyao", "2026-07-18", []),  # the rest of the plot, the same planting
        ("huainiuxi", "2027-03-20", []),
    ],
)
def test_ro1_a_plot_rests_from_a_herb(herb: str, again: str, said: list[str]) -> None:
    story = Story()
    story.grow(herb="huaishanyao", sown="2026-03-20")
    for name, each in (("again", herb), ("unknown", "人参")):
        story.do("coop", "SOW", again, inputs=[(plot("field"), None)], herb=each,
                 outputs=[(f"https://ledger.example/crop/{name}", None)])  # fmt: skip
    assert story.severities("RO1") == said
