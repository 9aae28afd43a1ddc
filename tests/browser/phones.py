"""A phone with its memory before a server that may be made to lie, and what its page shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

Bundle = Any  # JSON whose shape is known to the lie
WRONG = "记录对不上，请先别用"
UNCHECKED = "平台有这份记录，您的手机没有核对"
DAY_MS = 86_400_000


@dataclass
class Phone:
    """One phone with its memory, in front of a server that may be made to lie."""

    context: BrowserContext
    now_ms: int

    def scan(self, url: str) -> Page:
        """Open a page and wait for what the phone finds."""
        page = self.context.new_page()
        page.clock.set_fixed_time(self.now_ms / 1000)
        page.goto(url)
        page.wait_for_selector("[data-phone]", state="attached")
        return page

    def lie(self, lie: Callable[[Bundle], None]) -> None:
        """From now on the server's evidence is changed."""
        self.unroute()

        def answer(route: Route) -> None:
            response = route.fetch()
            bundle = response.json()
            lie(bundle)
            route.fulfill(response=response, json=bundle)

        self.context.route("**/v1/evidence*", answer)

    def unroute(self) -> None:
        """The server is honest again."""
        self.context.unroute_all()


def marks(page: Page) -> list[str]:
    """The phone's mark of each step."""
    return [tags[-1] for tags in map(str.split, page.locator(".steps h3").all_inner_texts())]


def outlined(page: Page) -> list[str]:
    """What is outlined, by its first word."""
    return [text.split()[0] for text in page.locator(".steps > .outlined").all_inner_texts()]
