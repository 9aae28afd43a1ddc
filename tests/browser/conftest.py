"""A browser, a demonstration and a ledger to act in, each made once for all tests of a run."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from api.app import clock_ms
from api.demonstration.build import build_demonstration
from api.settings import Settings
from tests import packets
from tests.browser.live import ARGUMENTS, CHROMIUM, Site, Stage, Visitor, acting, serving
from tests.browser.phones import Phone
from tests.packets import Packet


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration behind a server; tests only look at it."""
    folder = tmp_path_factory.mktemp("demo") / "ledger"
    settings = Settings(data=folder, requests_per_minute=0)
    build_demonstration(settings, clock=clock_ms, progress=lambda _done, _of: None)
    cases = json.loads((folder / "demo.json").read_text(encoding="utf-8"))["cases"]
    with serving(settings) as url:
        codes = {case["shows"]: case["code"] for case in reversed(cases)}  # the first of each
        yield Site(url=url, folder=folder, codes=codes)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A ledger of a test's own making behind a server; each test makes its own lots."""
    with acting(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Opens pages; at the end it fails on console errors, policy violations and strangers."""
    opened = Visitor(browser=browser)
    yield opened
    opened.leave()


@pytest.fixture
def phone(browser: Browser, stage: Stage) -> Phone:
    """A phone that was never here; its clock is the stage's."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    return Phone(context=context, now_ms=stage.chain.now_ms)


@pytest.fixture
def made(stage: Stage, phone: Phone) -> Packet:
    """A released pack whose last event is a test that it failed and one that it passed."""
    made = packets.packet(stage.chain, stage.secret)
    packets.examine(stage.chain, made.season.pack, passed=False)
    packets.examine(stage.chain, made.season.pack)
    phone.now_ms = stage.chain.now_ms
    return made
