"""Lies of a server in its page that the phone is to see: what is hidden, added, or left out."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route

from tests import packets
from tests.browser.live import Stage
from tests.browser.phones import Phone
from tests.browser.test_public import status_of
from tests.packets import Packet

pytestmark = pytest.mark.browser

# What a server writes in place of its honest page: pattern and lie.
LIES = {
    "a step is hidden": ('<li id="step-5"', '<li hidden id="step-5"'),
    "a step is for readers of screens alone": (
        '<li id="step-5" class="', '<li id="step-5" class="visually-hidden ',
    ),
    "the name is hidden and another one stands there": (
        "<h1>(.*?)</h1>", r"<h1 hidden>\1</h1><p class=mark>百年野山参</p>",
    ),
    "words in the title page that nobody signed": (
        '<p class="latin"', '<p><b>特级野生</b></p><p class="latin"',
    ),
    "a picture in the title page": (
        '<p class="latin"', '<img src="/static/seal.svg" alt="特级"><p class="latin"',
    ),
    "a screen reader is told another name": ("<h1>", '<h1 aria-label="百年野山参">'),
    "a value is struck out": (
        '(<span data-v="body/daodi:items/0/value">[^<]*</span>)', r"<del>\1</del>",
    ),
    "a value is turned round": (
        '(<span data-v="body/daodi:items/0/value">[^<]*</span>)', r"<bdo dir=rtl>\1</bdo>",
    ),
    "a step's number is a text": ('data-number="5"', 'data-number="特级 5"'),
    "two numbers are exchanged": ('data-number="5"', 'data-number="6"'),
    "words under the label": (
        '(id="label".*?</dl>)', r"\1<p>功能主治：包治百病</p>",
    ),
    "a row of a test is left out": (r"(<tbody>\s*)<tr>.*?</tr>", r"\1"),
    "the test that failed is left out": (
        r"<details>\s*<summary>另外 \d+ 份检验报告.*?</details>", "",
    ),
}  # fmt: skip


def lie(phone: Phone, change: Callable[[str], str]) -> None:
    """From now on the server's page is changed."""

    def answer(route: Route) -> None:
        response = route.fetch()
        html = response.text()
        changed = change(html)
        assert changed != html
        route.fulfill(response=response, body=changed)

    phone.context.route("**/t/*", answer)


@pytest.mark.parametrize("what", LIES)
def test_a_page_that_hides_or_adds_is_red(
    stage: Stage, phone: Phone, made: Packet, what: str
) -> None:
    pattern, said = LIES[what]
    lie(phone, lambda html: re.sub(f"(?s){pattern}", said, html, count=1))

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page)[:2] == ("wrong", "is-red")


def test_a_late_step_is_not_excused_as_corrected(stage: Stage, phone: Phone, made: Packet) -> None:
    """State 8 is the phone's own count: a mark of the page's must not lower it."""
    chain = stage.chain
    chain.do(
        "mill", "RETAIN", about=[(made.season.pack, None)], event_ms=chain.now_ms - 9 * 86_400_000
    )
    phone.now_ms = chain.now_ms
    assert status_of(phone.scan(stage.page_of(made.code)))[0] == "partly"
    lie(
        phone, lambda html: re.sub(r'(<li id="step-\d+" class="[^"]*")', r"\1 data-corrected", html)
    )

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page)[0] in {"wrong", "partly"}


def test_a_recall_in_the_evidence_is_never_green(stage: Stage, phone: Phone, made: Packet) -> None:
    """The server rewrites its status alone; the maker's signed recall stands on the chain."""
    packets.recall(stage.chain, made.season.pack)
    phone.now_ms = stage.chain.now_ms
    assert status_of(phone.scan(stage.page_of(made.code)))[0] == "recalled"
    honest = '<section class="status is-grey" id="status" data-status="recorded"'
    lie(
        phone,
        lambda html: re.sub(
            '<section class="status is-alarm" id="status" data-status="recalled"', honest, html
        ),
    )

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page)[0] != "checked"
