"""Long histories over HTTP: which steps are folded under one line, and which never are."""

import re

import pytest

from ledger.herbs.bodies import event_body
from ledger.herbs.identifiers import code_of_uri
from tests.chain import DAY_MS, Chain, clock_text
from tests.http.served import Served
from tests.season import Season, grow

PAGE = {"accept": "text/html"}
WEEDINGS = 8


@pytest.fixture
def grown(file_served: Served) -> tuple[Served, Season]:
    """A served ledger and a season in it."""
    return file_served, grow(file_served.chain)


def weed(chain: Chain, crop: str, *, event_ms: int | None = None, hours: int = 8) -> str:
    done = chain.do(
        "cooperative", "FIELD_WORK", about=[(crop, None)], event_ms=event_ms, work="weeding",
        labour_h=hours,
    )  # fmt: skip
    return done.leaf.statement_id.hex()


def chapters(served: Served, season: Season, query: str = "") -> list[tuple[str, list[str]]]:
    """Each list of steps: the line over it, "" where it lies open, and the kinds of its steps."""
    html = served.client.get(f"/t/{code_of_uri(season.pack)}{query}", headers=PAGE).text
    found = re.findall(
        r'(?s)(?:<summary>([^<]*)(?:(?!</details>).)*</details>\s*)?<ol class="steps">(.*?)</ol>',
        html,
    )
    return [(name.strip(), re.findall(r"<h3><span[^>]*>([^<]*)", steps)) for name, steps in found]


def test_a_short_history_is_told_in_one_go(grown: tuple[Served, Season]) -> None:
    served, season = grown

    ((name, kinds),) = chapters(served, season)

    assert name == ""
    assert len(kinds) <= 12


def test_a_run_of_like_work_is_one_line_in_the_readers_language(
    grown: tuple[Served, Season],
) -> None:
    served, season = grown
    for _ in range(WEEDINGS):
        weed(served.chain, season.crop)

    assert ("田间管理", ["田间管理"] * WEEDINGS) in chapters(served, season)
    names = [name for name, _ in chapters(served, season, "?lang=en")]
    assert "Field care" in names


def test_what_was_late_or_wrong_lies_open_and_parts_the_run(
    grown: tuple[Served, Season],
) -> None:
    served, season = grown
    chain = served.chain
    for _ in range(3):
        weed(chain, season.crop)
    wrong = weed(chain, season.crop, hours=80)
    for _ in range(3):
        weed(chain, season.crop)
    body = event_body(
        "FIELD_WORK", event_time=clock_text(chain.now_ms), about=[(season.crop, None)],
        elements={"corrects": wrong, "correct_reason": "写错", "labour_h": 8},
    )  # fmt: skip
    chain.record("cooperative", "event", body, [season.crop])
    weed(chain, season.crop, event_ms=chain.now_ms - 10 * DAY_MS)

    found = chapters(served, season)

    assert [kinds for name, kinds in found if name == "田间管理"] == [["田间管理"] * 3] * 2
    html = served.client.get(f"/t/{code_of_uri(season.pack)}", headers=PAGE).text
    assert html.count("事情过去 72 小时以后才签名") == 1
    assert sum(kinds.count("田间管理") for name, kinds in found if not name) == 3


def test_every_step_is_told_once_and_numbered_as_it_is_told(
    grown: tuple[Served, Season],
) -> None:
    served, season = grown
    for _ in range(WEEDINGS):
        weed(served.chain, season.crop)
    code = code_of_uri(season.pack)

    html = served.client.get(f"/t/{code}", headers=PAGE).text

    steps = served.client.get("/v1/trace", params={"code": code}).json()["steps"]
    numbers = re.findall(r'<li id="step-(\d+)"[^>]*data-number="(\d+)"', html)
    assert numbers == [(str(at), str(at)) for at in range(1, len(steps) + 1)]
