"""A served ledger and a browser at its desks: logging in, enrolling, filling a record's form."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from api.app import clock_ms
from api.opened.ledger import OpenedLedger
from api.settings import Settings
from ledger.store.tokens import Bearer, keep_token
from tests.browser.live import serving
from tests.chain import Chain
from tests.http.served import found

WIDTHS = (360, 1280)


@dataclass
class Desk:
    """A server on a port of its own, the same ledger beside it, and what pages complained of."""

    base: str
    settings: Settings
    beside: OpenedLedger
    chain: Chain
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def token(self, who: str) -> str:
        """A new bearer token of another person of an actor."""
        token = f"token-of-{who}-{len(self.contexts)}-{clock_ms()}"
        digest = sha256(token.encode()).hexdigest()
        bearer = Bearer(actor=self.chain.actors[who], holder=f"holder-{digest[:12]}")
        keep_token(self.beside.store, digest, bearer, created_ms=clock_ms())
        return token

    def sit_down(self, browser: Browser, who: str | None, *, width: int = 1280) -> Page:
        """A page in a browser of its own; logged in through the form as `who`."""
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if who is not None:
            page.goto(f"{self.base}/login?next=/enterprise")
            page.fill("#token", self.token(who))
            page.click("main button")
            page.wait_for_url(f"{self.base}/enterprise")
        return page

    def enrol(self, page: Page) -> str:
        """Make this browser's key and have it enrolled; returns its id."""
        page.goto(f"{self.base}/enterprise")
        page.click("#enrol button")
        page.wait_for_selector("#device-facts:not([hidden])")
        return page.inner_text("#device-kid")


@contextmanager
def served_desk(folder: Path) -> Iterator[Desk]:
    """Found a ledger with its actors and an inspector, and serve it on a free port."""
    settings = Settings(data=folder, requests_per_minute=0)
    beside, chain = found(settings)
    chain.admit("inspector", "supervisor")
    try:
        with serving(settings) as url:
            desk = Desk(base=url, settings=settings, beside=beside, chain=chain)
            yield desk
            for context in desk.contexts:
                context.close()
    finally:
        beside.store.engine.dispose()


def fill(page: Page, **answers: str) -> None:
    """Answer single questions of a form by their keys: text, a choice's word, or amount+unit."""
    for key, answer in answers.items():
        control = page.locator(f"#q-{key}")
        holder = page.locator(f"[data-key={key}]")
        if holder.get_attribute("data-control") in {"mass", "area"}:
            amount, _, unit = answer.partition(" ")
            control.fill(amount)
            if unit:
                holder.locator("[data-unit]").select_option(unit)
        elif control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(answer)
        else:
            control.fill(answer)


def weigh_row(page: Page, key: str, mass: str, *, code: str = "") -> str:
    """Fill the first row of a table of lots; returns the lot's code."""
    row = page.locator(f"[data-key={key}] .one-row").first
    if code:
        row.locator("[data-pick]").select_option(code)
    amount, _, unit = mass.partition(" ")
    row.locator("[data-amount]").fill(amount)
    row.locator("[data-unit]").select_option(unit)
    return code or str(row.locator("[data-made]").get_attribute("data-code"))


def label_with(page: Page, fields: Sequence[Mapping[str, str]]) -> None:
    """Fill the table of what the label says, a row each."""
    table = page.locator("[data-key=label_fields]")
    for number, said in enumerate(fields):
        if number:
            table.locator("[data-add]").click()
        row = table.locator(".one-row").nth(number)
        for cell, text in said.items():
            row.locator(f"[data-cell={cell}]").fill(text)


def made_code(page: Page, key: str) -> str:
    """The new code that the form made for what the record makes."""
    return str(page.locator(f"[data-key={key}] [data-made]").get_attribute("data-code"))


def sign(page: Page) -> int:
    """Press the button; returns the log index of the receipt."""
    page.click("#sign")
    page.wait_for_selector("#receipt:not([hidden])", timeout=10_000)
    return int(page.inner_text("#receipt-index"))


def cookies_of(context: BrowserContext) -> dict[str, dict[str, object]]:
    """The browser's cookies by name."""
    return {str(cookie["name"]): dict(cookie) for cookie in context.cookies()}


def found_by_axe(page: Page) -> list[str]:
    """Rules that the page breaks, each with the first element that breaks it."""
    violations = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in violations]
