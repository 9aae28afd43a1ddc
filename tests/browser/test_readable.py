"""What an old hand with large text sees: nothing cut off, nothing on top of something else."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.live import ARGUMENTS, CHROMIUM, Site, Visitor

pytestmark = pytest.mark.browser

# What stands beyond the right edge, or inside a part that must be moved to be read.
CUT = """
() => [...document.querySelectorAll("main *, header *")].filter((one) => {
  const hidden = one.closest(".visually-hidden, select, input");
  return !hidden && (one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    || (getComputedStyle(one).overflowX === "auto" && one.scrollWidth > one.clientWidth + 1));
}).map((one) => one.outerHTML.slice(0, 80))
"""


@pytest.fixture(scope="module")
def large(browser: Browser) -> Iterator[Browser]:
    """A browser whose owner asked for text twice as large."""
    opened = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*ARGUMENTS, "--blink-settings=defaultFontSize=32"]
    )
    yield opened
    opened.close()


@pytest.mark.parametrize("display", ["?big=1", "?big=1&lang=en"])
def test_no_figure_of_the_quota_is_cut_off(demo: Site, visitor: Visitor, display: str) -> None:
    page = visitor.visit(f"{demo.url}/quota{display}", width=320, javascript=False)
    page.click("h2 a >> nth=0")
    page.wait_for_load_state()  # with its style
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    assert page.evaluate(CUT) == []
    assert "%" in page.inner_text(".meter >> nth=0")


def test_the_frame_of_a_step_touches_no_other_step(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.packet("recalled"))

    framed = page.locator(".steps > .outlined")
    after = page.locator(".steps > .outlined + li")
    box, below = framed.bounding_box(), after.bounding_box()
    assert box is not None
    assert below is not None
    assert below["y"] - (box["y"] + box["height"]) >= 8


@pytest.mark.parametrize("path", ["", "?lang=en", "/", "/complaint"])
def test_text_twice_as_large_is_not_cut_off(demo: Site, large: Browser, path: str) -> None:
    page = opened(large, demo.url + path if path.startswith("/") else demo.packet("blend") + path)

    assert page.evaluate("getComputedStyle(document.body).fontSize") == "36px"
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def opened(browser: Browser, url: str) -> Page:
    """A page on a phone, without its script: words alone decide how wide it is."""
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    return page
