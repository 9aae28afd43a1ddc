"""A stranger's pile on a lot: the page reads, the phone checks it, or is asked to and then does."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from api.public.packet.outside import CHECKED_MAX, SHOWN_MAX
from ledger.trace.claims import OUTSIDE_MAX
from tests import packets
from tests.browser.live import WIDTHS, Stage, Visitor
from tests.browser.phones import UNCHECKED, Phone
from tests.browser.test_public import status_of, violations
from tests.packets import Packet

pytestmark = pytest.mark.browser

FEW = OUTSIDE_MAX + 1
MANY = CHECKED_MAX + 1
OWN = 9  # steps of a season of its makers
LIGHT_BYTES_MAX = 24 * 1024  # of page and style, however large the pile is


@pytest.fixture(scope="module")
def piled(stage: Stage) -> dict[int, Packet]:
    """Packs with a pile that a phone carries and with one that it is asked about."""
    made = {count: packets.packet(stage.chain, stage.secret) for count in (FEW, MANY)}
    for count, packet in made.items():
        packets.pile(stage.chain, packet, count)
    return made


@pytest.fixture
def reader(browser: Browser, stage: Stage, piled: dict[int, Packet]) -> Iterator[Phone]:
    """A phone whose clock is the stage's behind the piles."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    yield Phone(context=context, now_ms=stage.chain.now_ms)
    context.close()


def seen(page: Page) -> int:
    """How many steps a reader sees."""
    return sum(step.is_visible() for step in page.query_selector_all(".steps > li"))


def test_a_pile_is_folded_apart_and_checked_with_the_rest(
    stage: Stage, reader: Phone, piled: dict[int, Packet]
) -> None:
    page = reader.scan(stage.page_of(piled[FEW].code))

    assert status_of(page)[:2] == ("checked", "is-green")
    assert f"{OWN + FEW}步记录都有签名" in page.inner_text(".status-text")
    assert seen(page) == OWN
    assert "从田间到手里，9 步" in page.inner_text("main")
    page.click("#others ~ .fold summary")
    assert seen(page) == OWN + FEW
    assert violations(page) == []


def test_a_statement_of_a_pile_that_is_kept_from_the_page_is_missed(
    stage: Stage, reader: Phone, piled: dict[int, Packet]
) -> None:
    def hide(route: Route) -> None:
        response = route.fetch()
        head, mark, tail = response.text().rpartition('<li id="step-')
        route.fulfill(response=response, body=head + tail.partition("</li>")[2])
        assert mark

    reader.context.route("**/t/*", hide)
    page = reader.scan(stage.page_of(piled[FEW].code))

    assert status_of(page)[0] == "wrong"
    assert (
        page.locator(".fold .outlined").count() == 2
    )  # its line counts one too many, and its kind


def test_a_large_pile_costs_no_phone_its_data_before_its_owner_asks(
    stage: Stage, reader: Phone, visitor: Visitor, piled: dict[int, Packet]
) -> None:
    url = stage.page_of(piled[MANY].code)
    page = visitor.visit(url)

    assert status_of(page) == ("recorded", "is-grey", UNCHECKED)
    assert "没有自动核对" in page.inner_text("main")
    assert page.locator(".steps > li").count() == OWN + SHOWN_MAX
    carried = visitor.carried_bytes(page)
    assert not [asked for asked in carried if "evidence" in asked or "phone.js" in asked]
    assert sum(carried.values()) <= LIGHT_BYTES_MAX
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert violations(page) == []
    page.click("text=下一页")
    assert seen(page) == OWN + SHOWN_MAX

    everything = reader.scan(f"{url}?others=all")
    assert status_of(everything)[:2] == ("checked", "is-green")
    assert f"{OWN + MANY}步记录都有签名" in everything.inner_text(".status-text")


def test_the_pages_of_a_pile_read_without_a_script(
    stage: Stage, visitor: Visitor, piled: dict[int, Packet]
) -> None:
    page = visitor.visit(stage.page_of(piled[MANY].code), javascript=False)

    page.click("text=看这些记录")
    page.click("text=下一页")
    assert "others=2" in page.url
    assert seen(page) == OWN + SHOWN_MAX
    page.click("text=English")
    assert "records by others" in page.inner_text("main")
    assert "others=2" in page.url
