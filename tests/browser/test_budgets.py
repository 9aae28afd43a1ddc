"""What the public's pages carry and do: bytes, round trips and signatures, never seconds.

Chromium is throttled as the budgets name it. A time follows by arithmetic from what stands before
the first paint; `daodi bench pages` measures the times themselves.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from time import sleep
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from api.app import clock_ms
from api.public.script import PHONE, script_as
from tests import packets
from tests.browser.live import Site, Stage, Visitor, fetched
from tests.browser.test_long import code_of
from tests.browser.test_public import later, status_of

pytestmark = pytest.mark.browser

KB = 1024
RTT_S, LINE_BYTES = 0.4, 50_000  # 400 ms, 400 kbit/s
ROUND_TRIPS = 3  # the connection, the page, its style
LCP_S_MAX = 1.8
SLOW_LINE = {
    "offline": False, "latency": 400, "downloadThroughput": LINE_BYTES,
    "uploadThroughput": LINE_BYTES,
}  # fmt: skip
STEPS_MAX = 12  # of a history to which the budgets apply in full
SCRIPT_BYTES_MAX = 9 * KB
# Steps, bytes of page and style, bytes of evidence.
BUDGETS = {"怀地黄": (60, 24 * KB, 56 * KB), "代煎汤剂": (100, 36 * KB, 100 * KB)}
# Hashes for a step: its leaf, its id, its place in tree and map.
HASHES_MAX = 60
WATCH = """
window["counted"] = { "verify": 0, "digest": 0, "largest": "" };
for (const name of ["verify", "digest"]) {
  const plain = SubtleCrypto.prototype[name];
  SubtleCrypto.prototype[name] = function (...given) {
    window["counted"][name] += 1;
    return plain.apply(this, given);
  };
}
new PerformanceObserver((list) => {
  for (const { element } of list.getEntries()) {
    const place = element && element.closest(".title-page, .status, .notice, section");
    window["counted"]["largest"] = place ? place.className : "";
  }
}).observe({ type: "largest-contentful-paint", buffered: true });
"""
PATH = """
() => performance.getEntriesByType("resource").map((one) => ({
  path: new URL(one.name).pathname,
  blocks: one.renderBlockingStatus === "blocking",
  bytes: one.transferSize,
})).concat(performance.getEntriesByType("navigation").map((one) => ({
  path: "page", blocks: true, bytes: one.transferSize,
})))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A page as an old phone got it on a slow line, and what its browser counted meanwhile."""

    page: Page
    path: list[dict[str, Any]]
    counted: dict[str, Any]

    def bytes_of(self, part: str) -> int:
        """What came from addresses that hold these words."""
        return sum(one["bytes"] for one in self.path if part in one["path"])


def loaded(browser: Browser, url: str, now_ms: int) -> Iterator[Loaded]:
    """Visit with an empty cache, a slow line and a slow processor."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    # A whole fake clock would hide what the browser measured of each request.
    page.add_init_script(f"Date.now = () => {now_ms};{WATCH}")
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(url)
    page.wait_for_selector("[data-phone]", state="attached")
    page.wait_for_load_state("networkidle")
    yield Loaded(page=page, path=page.evaluate(PATH), counted=page.evaluate("window.counted"))
    context.close()


@pytest.fixture(scope="module")
def short(browser: Browser, stage: Stage) -> Iterator[Loaded]:
    """A pack of at most twelve steps."""
    made = packets.packet(stage.chain, stage.secret)
    yield from loaded(browser, stage.page_of(made.code), stage.chain.now_ms)


@pytest.fixture(scope="module")
def long(browser: Browser, demo: Site) -> Iterator[Loaded]:
    """The demonstration's lot that was steamed nine times: sixty steps."""
    code = code_of(demo, "怀地黄")
    while not json.loads(fetched(f"{demo.url}/v1/trace?code={code}"))["judged"]:
        sleep(0.2)
    yield from loaded(browser, f"{demo.url}/t/{code}", clock_ms())


@pytest.fixture(params=["short", "long"])
def either(request: pytest.FixtureRequest) -> Loaded:
    found: Loaded = request.getfixturevalue(request.param)
    return found


def test_nothing_but_the_page_and_its_style_stands_before_the_first_paint(either: Loaded) -> None:
    steps = either.page.locator(".steps > li").count()
    blocking = sorted(one["path"] for one in either.path if one["blocks"])
    others = {one["path"].rpartition("/")[2] for one in either.path if not one["blocks"]}

    assert blocking == ["/static/style.css", "page"]
    # One script: the lot that was steamed with wine has several origins, for which it is the whole.
    script = "phone.js" if steps <= STEPS_MAX else "whole.js"
    assert {script, "evidence"} == others - {"seal.svg"}
    # The page's own words are the largest that is painted; what the check adds is not waited for.
    assert either.counted["largest"].split()[0] in {"title-page", "status", "notice"}


def test_the_first_paint_follows_within_its_budget_on_the_slow_line(either: Loaded) -> None:
    ahead = sum(one["bytes"] for one in either.path if one["blocks"])

    assert ahead > 0
    assert ROUND_TRIPS * RTT_S + ahead / LINE_BYTES <= LCP_S_MAX, ahead


def test_a_short_history_keeps_its_bytes(short: Loaded) -> None:
    assert short.page.locator(".steps > li").count() <= STEPS_MAX
    assert 0 < short.bytes_of("evidence") <= 30 * KB
    assert 0 < sum(one["bytes"] for one in short.path) - short.bytes_of("evidence") <= 30 * KB


def test_the_check_of_a_short_history_is_one_light_script(short: Loaded) -> None:
    """As it is received in brotli, with its headers; and in gzip, as the budget names it."""
    assert 0 < short.bytes_of("phone.js") <= SCRIPT_BYTES_MAX
    assert 0 < len(script_as(PHONE, "gzip")) <= SCRIPT_BYTES_MAX
    assert short.bytes_of("whole.js") == 0


def test_a_phone_verifies_each_signature_once_and_hashes_little(either: Loaded) -> None:
    steps = either.page.locator(".steps > li").count()
    assert status_of(either.page)[0] == "checked"

    # Of each step one; besides those of admissions, enrolments and the checkpoint's own.
    assert steps < either.counted["verify"] <= 2 * steps + 24
    assert 0 < either.counted["digest"] <= HASHES_MAX * (steps + 24)


@pytest.mark.parametrize("herb", BUDGETS)
def test_a_long_history_is_light_and_is_checked(demo: Site, visitor: Visitor, herb: str) -> None:
    steps_min, page_bytes_max, evidence_bytes_max = BUDGETS[herb]
    page = visitor.visit(f"{demo.url}/t/{code_of(demo, herb)}")

    assert page.locator(".steps > li").count() >= steps_min
    assert status_of(page)[0] in {"checked", "partly"}
    carried = visitor.carried_bytes(page)
    own = sum(size for url, size in carried.items() if not later(url))
    evidence = sum(size for url, size in carried.items() if "/v1/evidence" in url)
    assert 0 < own <= page_bytes_max
    assert 0 < evidence <= evidence_bytes_max
