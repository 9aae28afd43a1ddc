"""The proof written out in a browser: small phones, desks, English, no script, sixty steps."""

import gzip
import re

import pytest
from playwright.sync_api import Page

from tests.browser.live import Site, Stage, Visitor, fetched
from tests.browser.test_long import code_of
from tests.browser.test_public_pages import assert_plain, violations
from tests.packets import Packet

pytestmark = pytest.mark.browser

WIDE = (360, 1280)
GZIP_BYTES_MAX = 150 * 1024


def open_fold(page: Page, selector: str) -> str:
    """Open the first fold of these as a reader does, by its line; what it then shows."""
    fold = page.locator(selector).first
    fold.locator("summary").first.click()
    return fold.inner_text()


@pytest.mark.parametrize("query", ["", "&lang=en", "&lang=en&big=1"])
def test_every_fold_is_accessible_and_fits(demo: Site, visitor: Visitor, query: str) -> None:
    page = visitor.visit(f"{demo.url}/proof?code={demo.codes['honest']}{query}")

    for width in WIDE:
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = false)")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert violations(page) == []
        assert_plain(page, width)
    assert page.query_selector_all("[style], main script") == []


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_packets_page_it_is_one_tap_and_back(
    demo: Site, visitor: Visitor, javascript: bool
) -> None:
    page = visitor.visit(demo.packet("honest"), javascript=javascript)
    page.click(".deeper summary")
    page.click(".deeper a[href^='/proof']")
    page.wait_for_url("**/proof?code=*")

    assert "python -m ledger verify evidence.json --asked" in page.inner_text("main")
    assert "签名成立" in open_fold(page, ".proof details")
    assert "主题键" in open_fold(page, "details[data-subject]")
    told = open_fold(page, "details[id^=leaf-]")
    assert re.search(r"叶的哈希 = H\(00 \| 叶\)\s+[0-9a-f]{64}", told)
    assert "这台服务器有没有说谎" in page.inner_text("main")
    page.click("text=回到这一包的页面")
    page.wait_for_url("**/t/*")
    assert page.is_visible(".status-text")


def test_english_readers_come_to_the_english_proof(
    stage: Stage, visitor: Visitor, made: Packet
) -> None:
    page = visitor.visit(f"{stage.page_of(made.code)}?lang=en")
    page.click(".deeper summary")
    page.click(".deeper a[href^='/proof']")
    page.wait_for_url("**/proof?code=*&lang=en")

    lines = page.locator(".proof h2, .proof h3, .proof dt, .proof summary").all_inner_texts()
    strange = [line for line in lines if re.search(r"[一-鿿]", line.partition(" · ")[0])]
    assert strange == []


@pytest.mark.parametrize(("drug", "least"), [("怀地黄", 60), ("代煎汤剂", 60)])
def test_sixty_steps_are_a_page_that_a_phone_can_carry(demo: Site, drug: str, least: int) -> None:
    text = fetched(f"{demo.url}/proof?code={code_of(demo, drug)}")

    assert text.count('<details id="leaf-') >= least
    assert len(gzip.compress(text.encode(), 6)) < GZIP_BYTES_MAX
