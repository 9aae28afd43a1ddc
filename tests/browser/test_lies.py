"""Lies of a server in its page that the phone is to see: what is hidden, added, or left out."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route

from ledger.trace.claims import OUTSIDE_MAX
from tests import packets
from tests.browser.live import Stage
from tests.browser.phones import Phone, outlined
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
    "a word in the title page that looks like the platform's": (
        '<dl class="facts">', '<p class="note">特级野生</p><dl class="facts">',
    ),
    "a word loose in the title page": ('<dl class="facts">', '特级野生<dl class="facts">'),
    "a note under the label": ('(id="label".*?)</dl>', r'\1<p class="note">包治百病</p></dl>'),
    "words under the label": (
        '(id="label".*?</dl>)', r"\1<p>功能主治：包治百病</p>",
    ),
    "a row of a test is left out": (r"(<tbody>\s*)<tr>.*?</tr>", r"\1"),
    "the tests that are older are left out": (
        r"<details>\s*<summary>另外 \d+ 份检验报告.*?</details>", "",
    ),
    "a test is told twice in the place of the one that failed": (
        r'(<div data-leaf="\d+">.*?</table>\s*</div>)(\s*<details>.*?<div>).*?</div>\s*</details>',
        r"\1\2\1</div></details>",
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


CALM = '<section class="status is-grey" id="status" data-status="recorded"'


@pytest.mark.parametrize("act", ["recall", "hold"])
def test_a_page_that_calms_down_what_its_makers_signed_is_red(
    stage: Stage, phone: Phone, made: Packet, act: str
) -> None:
    """The server rewrites its status alone; the maker's signed recall stands on the chain."""
    getattr(packets, act)(stage.chain, made.season.pack)
    phone.now_ms = stage.chain.now_ms
    assert status_of(phone.scan(stage.page_of(made.code)))[0] in {"recalled", "held"}
    said = '<section class="status is-[a-z]+" id="status" data-status="[a-z]+"'
    lie(phone, lambda html: re.sub(said, CALM, html))

    page = phone.scan(stage.page_of(made.code))

    assert page.get_attribute("#status", "data-phone") == "wrong"


def test_a_recall_of_a_supervisor_is_never_green(stage: Stage, phone: Phone, made: Packet) -> None:
    """Also where the server's sentences for the phone are those of a calm page."""
    chain = stage.chain
    phone.now_ms = chain.now_ms
    calm = phone.scan(stage.page_of(made.code)).context.request.get(stage.page_of(made.code)).text()
    template = re.compile("(?s)<template id=.phone.*?</template>")
    (words,) = template.findall(calm)
    chain.admit("bureau", "supervisor")
    act(stage, made, "bureau", "RECALL")
    phone.now_ms = chain.now_ms

    def answer(html: str) -> str:
        said = '<section class="status is-[a-z]+" id="status" data-status="[a-z]+"'
        return template.sub(lambda _: words, re.sub(said, CALM, html))

    lie(phone, answer)
    page = phone.scan(stage.page_of(made.code))

    assert status_of(page)[:2] == ("wrong", "is-red")
    assert "召回" in outlined(page)[0]


def act(stage: Stage, made: Packet, who: str, kind: str, **named: object) -> str:
    """Somebody recalls or holds the pack, or lifts it; the id of what was signed."""
    said = {
        "level": "2", "reason": "查", "public_words": "请停止使用。", "recovered_g": 0,
        "deadline": "2030-01-01T00:00:00+08:00",
    } if kind == "RECALL" else {"reason": "查", "public_words": "先别卖。"}  # fmt: skip
    about = [(made.season.pack, None)]
    return stage.chain.do(who, kind, about=about, **said, **named).leaf.statement_id.hex()


# What was done, by whom, and what the server says then: of none of these is its page a lie.
HONEST = {
    "recalled and lifted by its maker": (
        [("mill", "RECALL", False), ("mill", "RECALL", True)], "recorded",
    ),
    "held by its maker, lifted by a supervisor": (
        [("mill", "HOLD", False), ("office", "HOLD", True)], "recorded",
    ),
    "held and recalled": ([("mill", "HOLD", False), ("office", "RECALL", False)], "recalled"),
    "recalled by a stranger": ([("rival", "RECALL", False)], "recorded"),
    "held by a stranger and a laboratory": (
        [("rival", "HOLD", False), ("laboratory", "HOLD", False)], "recorded",
    ),
    "recalled by its maker, lifted by a stranger": (
        [("mill", "RECALL", False), ("rival", "RECALL", True)], "recalled",
    ),
    "lifted and recalled again": (
        [("mill", "RECALL", False), ("mill", "RECALL", True), ("mill", "RECALL", False)],
        "recalled",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", HONEST)
def test_an_honest_page_of_recalls_and_holds_is_not_red(
    stage: Stage, phone: Phone, made: Packet, what: str
) -> None:
    acts, status = HONEST[what]
    for name, role in {"office": "supervisor", "rival": "processor"}.items():
        if name not in stage.chain.pens:
            stage.chain.admit(name, role)
    for who, kind, lifts in acts:
        act(stage, made, who, kind, lifts=lifts)
    phone.now_ms = stage.chain.now_ms

    page = phone.scan(stage.page_of(made.code))

    said = status_of(page)
    assert page.get_attribute("#status", "data-phone") == "checked"
    assert said[0] == ("checked" if status == "recorded" else status)


def test_a_recall_that_a_second_one_signs_with_a_stranger_is_his_claim(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    if "rival" not in stage.chain.pens:
        stage.chain.admit("rival", "processor")
    named = act(stage, made, "rival", "RECALL")
    stage.chain.record("mill", "approve", {"statement": named}, [made.season.pack])
    phone.now_ms = stage.chain.now_ms

    assert status_of(phone.scan(stage.page_of(made.code)))[:2] == ("checked", "is-green")


def test_a_test_in_a_strangers_pile_needs_no_table(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    """He is no laboratory: nothing rests on what he says, and it is told among his pile."""
    packets.pile(stage.chain, made, OUTSIDE_MAX + 1)
    items = [{"item": "铅", "op": "<=", "limit": 5, "value": 0.3, "unit": "mg/kg", "passed": True}]
    about = [(made.season.pack, None)]
    stage.chain.do("neighbour", "TEST", about=about, sample_id="S9", report_no="N-1", lab_cma="-",
                   method="看", conclusion="pass", items=items)  # fmt: skip
    phone.now_ms = stage.chain.now_ms

    page = phone.scan(stage.page_of(made.code))

    assert page.locator(".tests").count() == len(("tested", "failed", "tested again"))
    assert status_of(page)[:2] == ("checked", "is-green")


def test_items_that_are_no_results_need_no_table(stage: Stage, phone: Phone, made: Packet) -> None:
    about = [(made.season.pack, None)]
    stage.chain.do("mill", "PRICE_REPORT", about=about, price_cny=1, items=[1, "2"])
    phone.now_ms = stage.chain.now_ms

    assert status_of(phone.scan(stage.page_of(made.code)))[:2] == ("checked", "is-green")
