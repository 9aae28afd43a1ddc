"""The benchmarks at their smallest: each ends by itself and says what it found beside a yardstick.

Nothing here asks how fast anything was: machines differ, and this one is busy with tests.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from api.bench.clients import drive
from api.bench.command import DEFAULT, bench
from api.bench.pages import DESKS
from api.bench.results import GOALS, Goal, Result, percentile

TINY = ("--seconds", "0.03", "--sizes", "200", "--scans", "4", "40")
FOR_INFORMATION = {"scans-distinct", "scans-one"}  # without a goal
RESULTS = {name: [name] for name in DEFAULT} | {
    "evidence": ["evidence-12", "evidence-60"],
    "scans": ["scans-distinct", "scans-one"],
}


def measured(*arguments: str) -> list[dict[str, object]]:
    """The results that the command prints as JSON."""
    ran = CliRunner().invoke(bench, [*arguments, *TINY, "--json"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    printed = json.loads(ran.stdout)
    assert {"cores", "machine", "platform", "python"} <= printed["machine"].keys()
    results: list[dict[str, object]] = printed["results"]
    return results


@pytest.mark.slow
@pytest.mark.parametrize("name", DEFAULT)
def test_each_benchmark_ends_by_itself_and_gives_a_ratio(name: str) -> None:
    results = measured(name)

    assert [one["benchmark"] for one in results] == RESULTS[name]
    for one in results:
        assert one["database"] == "sqlite"
        assert isinstance(one["size"], int)
        assert isinstance(one["ratio"], float)
        assert one["ratio"] > 0
        assert one["unit"]
        assert one["yardstick"]
        has_goal = one["benchmark"] not in FOR_INFORMATION
        assert isinstance(one["goal"], dict) is has_goal
        assert isinstance(one["held"], bool) is has_goal


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("name", ["append", "trace"])
def test_it_measures_on_a_postgresql_that_it_is_given(name: str, postgres_url: str) -> None:
    (result,) = measured(name, "--database", postgres_url)

    assert result["database"] == "postgresql"


@pytest.mark.slow
@pytest.mark.browser
def test_pages_are_visited_as_by_an_old_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    # On a shorter line: what is held here are bytes, and a longer one is only waited for.
    monkeypatch.setattr("api.bench.pages.LATENCY_MS", 40)
    # And a processor that is a little slower: Chromium slows it down by counting in circles.
    monkeypatch.setattr("api.bench.pages.SLOWER", 1.25)
    # In a thread of its own: a browser of another test has a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        results = {str(one["benchmark"]): one for one in thread.submit(measured, "pages").result()}

    public = {
        f"public-{steps}{figure}"
        for steps in (12, 60)
        for figure in ("", "-page", "-script", "-evidence", "-verified")
    }
    desks = {f"{desk}{figure}" for desk in DESKS for figure in ("", "-page", "-script")}
    assert results.keys() == public | desks
    for name, one in results.items():
        assert isinstance(one["value"], (int, float)), name
        # A desk's first page may have no script.
        assert one["value"] > 0 or name == "supervisor-script", name
    for name in ("public-12-page", "public-12-evidence", "public-60-evidence"):
        assert results[name]["held"] is True, name


def test_without_a_browser_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    ran = CliRunner().invoke(bench, ["pages", *TINY])

    assert ran.exit_code == 2
    assert "playwright install chromium" in ran.output


@pytest.mark.slow
def test_people_get_a_table() -> None:
    ran = CliRunner().invoke(bench, ["trace", *TINY], catch_exceptions=False)

    assert ran.exit_code == 0
    assert "sqlite" in ran.stdout


@pytest.mark.parametrize("sizes", ["many", "0", "1e9", "1e4,", "inf"])
def test_sizes_that_are_no_sizes_are_refused(sizes: str) -> None:
    ran = CliRunner().invoke(bench, ["trace", "--sizes", sizes])

    assert ran.exit_code == 2


def test_a_benchmark_that_is_none_is_refused() -> None:
    assert CliRunner().invoke(bench, ["everything"]).exit_code == 2


def test_a_client_that_cannot_connect_says_so() -> None:
    with pytest.raises(RuntimeError, match="a client"):
        drive(1, [[b"never sent"]], seconds=0.01)


def test_every_goal_is_known_on_both_databases() -> None:
    assert {name for name, database in GOALS if database == "sqlite"} == {
        name for name, database in GOALS if database == "postgresql"
    }


@pytest.mark.parametrize(
    ("goal", "held"),
    [
        (Goal(bound=0.5, sense="at least"), True),
        (Goal(bound=0.51, sense="at least"), False),
        (Goal(bound=0.5, sense="at most"), True),
        (Goal(bound=2, sense="at most", of="value"), False),
    ],
)
def test_a_goal_bounds_the_ratio_or_the_value(goal: Goal, *, held: bool) -> None:
    result = Result(
        benchmark="post",
        database="sqlite",
        size=1,
        value=3,
        unit="requests/s",
        yardstick="another",
        yardstick_value=6,
    )

    assert goal.is_held(value=result.value, ratio=result.ratio) is held


def test_the_percentile_of_nothing_is_nothing() -> None:
    assert percentile([], 0.5) == 0
    assert percentile([3, 1, 2], 0.5) == 2
