"""Long histories: milestones in the open, runs of like work under one line, red always in sight."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from api.app import clock_ms
from tests.browser.live import Site, Visitor
from tests.browser.phones import WRONG, Bundle, Phone, outlined
from tests.browser.test_public import status_of, violations

pytestmark = pytest.mark.browser

HEIGHTS_MAX = {360: 8_000, 1280: 5_500}  # of sixty steps; 17,500 px when all of them lay open
OPEN = ["播种/移栽", "采收", "检验", "放行", "包装赋码"]


def code_of(demo: Site, drug: str) -> str:
    """The demonstration's pack that is longest in the telling: 熟地黄, or the decoction."""
    cases = json.loads((demo.folder / "demo.json").read_text(encoding="utf-8"))["cases"]
    listed = [one["code"] for one in cases if (one["herb"], one["shows"]) == (drug, "honest")]
    return str(listed[-1])


@pytest.fixture
def steamed(demo: Site) -> str:
    """The address of the pack that was steamed nine times."""
    return f"{demo.url}/t/{code_of(demo, '怀地黄')}"


@pytest.fixture
def reader(browser: Browser) -> Iterator[Phone]:
    """A phone whose clock is right."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    yield Phone(context=context, now_ms=clock_ms())
    context.close()


def folds(page: Page) -> list[str]:
    """The lines under which steps are folded."""
    return [" ".join(text.split()) for text in page.locator(".fold > summary").all_inner_texts()]


def shown(page: Page) -> list[str]:
    """The kinds of the steps that a reader sees."""
    heads = page.locator(".steps > li h3").all()
    return [head.inner_text().split()[0] for head in heads if head.is_visible()]


@pytest.mark.parametrize("width", HEIGHTS_MAX)
def test_sixty_steps_are_told_by_their_milestones(
    steamed: str, visitor: Visitor, width: int
) -> None:
    page = visitor.visit(steamed, width=width)

    assert page.locator(".steps > li").count() == 60
    lines = folds(page)
    assert [line.split()[0] for line in lines] == ["地块和种苗", "田间管理", "加工", "九蒸九晒"]
    assert lines[-1] == "九蒸九晒 28 步 蒸/煮/炮制 9 堆闷发汗 9 干燥 9 切制/分级 1"
    seen = shown(page)
    assert [kind for kind in OPEN if kind not in seen] == []
    assert "蒸/煮/炮制" not in seen
    assert page.evaluate("document.documentElement.scrollHeight") <= HEIGHTS_MAX[width]
    assert violations(page) == []
    page.locator(".fold > summary").nth(3).click()
    assert shown(page).count("蒸/煮/炮制") == 9
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_run_opens_without_a_script_by_its_line_or_by_a_link_into_it(
    steamed: str, visitor: Visitor
) -> None:
    page = visitor.visit(steamed, javascript=False)
    folded = len(shown(page))
    page.focus(".fold > summary")
    page.keyboard.press("Enter")
    assert len(shown(page)) == folded + 3

    page.goto(f"{steamed}#step-40")
    assert page.is_visible("#step-40")
    assert not page.is_visible("#step-41")


def test_paper_has_every_step(steamed: str, visitor: Visitor) -> None:
    page = visitor.visit(steamed)

    page.emulate_media(media="print")

    assert len(shown(page)) == 60


def test_a_step_that_does_not_hold_is_seen_though_its_run_is_closed(
    steamed: str, reader: Phone
) -> None:
    def change(bundle: Bundle) -> None:
        (one,) = [
            one for one in bundle["statements"].values() if '"daodi:cycle_no":5' in one["payload"]
        ]
        one["payload"] = one["payload"].replace('"daodi:cycle_no":5', '"daodi:cycle_no":6')

    reader.lie(change)
    page = reader.scan(steamed)

    assert status_of(page)[:2] == ("wrong", "is-red")
    assert outlined(page) == ["蒸/煮/炮制"]
    (step,) = page.query_selector_all(".steps > .outlined")
    assert step.is_visible()
    assert shown(page).count("蒸/煮/炮制") == 1


# What a server writes on a fold's line instead of what is behind it.
MISCOUNTED = {
    "all": ("28 步", "36 步"),
    "of a kind": ("<small>蒸/煮/炮制 9</small>", "<small>蒸/煮/炮制 12</small>"),
    "a kind": ("<small>切制/分级 1</small>", "<small>采收 1</small>"),
}


@pytest.mark.parametrize("what", MISCOUNTED)
def test_a_fold_that_counts_other_steps_than_are_behind_it_is_red(
    steamed: str, reader: Phone, what: str
) -> None:
    told, lie = MISCOUNTED[what]

    def rewrite(route: Route) -> None:
        response = route.fetch()
        assert response.text().count(told) == 1
        route.fulfill(response=response, body=response.text().replace(told, lie))

    reader.context.route("**/t/*", rewrite)
    page = reader.scan(steamed)

    assert status_of(page) == ("wrong", "is-red", WRONG)
    (line,) = page.query_selector_all(".fold .outlined")
    assert line.inner_text() in lie
    assert line.is_visible()


def test_what_was_made_of_several_herbs_is_told_herb_by_herb(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(f"{demo.url}/t/{code_of(demo, '代煎汤剂')}")

    lines = folds(page)
    assert len(lines) == 4
    assert "怀地黄 · 焦作市温县 60 步" in lines
    assert shown(page) == ["代煎"]
    assert status_of(page)[0] == "checked"
    numbers = [one.get_attribute("data-number") for one in page.query_selector_all(".steps > li")]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert page.evaluate("document.documentElement.scrollHeight") <= 4_000
    page.click("summary:has-text('怀地黄')")
    page.click("text=单独看怀地黄这一味")
    visitor.settle(page)
    assert page.title().startswith("怀地黄（熟地黄）")
