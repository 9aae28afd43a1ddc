"""A server in this process behind a free port of loopback, and a browser that watches itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route

from api.app import create_app
from api.requests import RequestLog
from api.settings import Settings
from tests.chain import Chain
from tests.http.served import found, opened_in
from tests.http.server import free_port

# The engine without the windows around it: a third of the work for the same pages.
CHROMIUM = "/usr/bin/chromium-headless-shell"
# Nothing of the browser's own may leave this machine, and tests may run as root.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOOPBACK = "127.0.0.1"
PROVINCE = "x-province"  # where the operator's proxy writes the scanner's province
START_SECONDS = 20
WIDTHS = (320, 360, 1280)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A server that answers, and the codes that its demonstration lists."""

    url: str
    folder: Path
    codes: dict[str, str] = field(default_factory=dict)

    def packet(self, shows: str) -> str:
        """The address of a demonstration's pack."""
        return f"{self.url}/t/{self.codes[shows].upper()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A server over a ledger in which a test may act."""

    site: Site
    chain: Chain
    secret: bytes

    def page_of(self, code: str) -> str:
        """The address of a code."""
        return f"{self.site.url}/t/{code}"


class Unheard(RequestLog):
    """Says nothing: pages fetch on behind their test, when a line would land on the terminal."""

    def add(self, *_answered: object) -> None:
        """Let it pass."""


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Serve a founded ledger; yields the address."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("api.requests.RequestLog", Unheard)
        app = create_app(settings.model_copy(update={"port": port}))
    server = uvicorn.Server(
        uvicorn.Config(app, host=LOOPBACK, port=port, log_config=None, access_log=False, ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = monotonic() + START_SECONDS
        while not server.started:
            if monotonic() > deadline or not thread.is_alive():
                raise RuntimeError("the server does not start")
            sleep(0.02)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        server.should_exit = True
        thread.join()
        opened_in(app).store.engine.dispose()


@contextmanager
def acting(folder: Path) -> Iterator[Stage]:
    """Found a ledger with the actors of the first season and serve it."""
    settings = Settings(data=folder, requests_per_minute=0, province_header=PROVINCE)
    beside, chain = found(settings)
    try:
        with serving(settings) as url:
            site = Site(url=url, folder=folder)
            yield Stage(site=site, chain=chain, secret=beside.folder.secret())
    finally:
        beside.store.engine.dispose()


@dataclass
class Visitor:
    """Opens pages, and remembers all that a strict visitor would complain of."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    _finished_requests: list[Request] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def visit(
        self, url: str, *, width: int = 360, javascript: bool = True, status: int = 200
    ) -> Page:
        """Open a page in a browser of its own that has never been here."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=javascript
        )
        self._contexts.append(context)
        context.route("**/*", self._only_here)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("requestfinished", self._finished)
        answer = page.goto(url)
        assert answer is not None
        if answer.status != status:
            self.complaints.append(f"{url} answered {answer.status}, not {status}")
        if javascript:
            self.settle(page)
        return page

    def settle(self, page: Page) -> None:
        """Wait until a page that checks itself has said what it found."""
        page.wait_for_load_state("load")
        if page.query_selector("#phone") is not None:
            page.wait_for_selector("[data-phone]", state="attached")

    def carried_bytes(self, page: Page) -> dict[str, int]:
        """Bytes over the wire for each address that a page's browser was answered from."""
        page.wait_for_load_state("networkidle")
        return {
            request.url: sizes["responseBodySize"] + sizes["responseHeadersSize"]
            for request in self._finished_requests
            if request.frame.page == page
            for sizes in (request.sizes(),)
        }

    def leave(self) -> None:
        """Close everything. Raises AssertionError with the complaints."""
        for context in self._contexts:
            context.close()
        assert not self.complaints, self.complaints

    def _only_here(self, route: Route) -> None:
        if urlsplit(route.request.url).hostname == LOOPBACK:
            route.continue_()
            return
        self.complaints.append(f"asked a stranger: {route.request.url}")
        route.abort()

    def _heard(self, message: ConsoleMessage) -> None:
        """Policy violations arrive here too. A page's own 4xx is what its test asks about."""
        own_status = "the server responded with a status of 4" in message.text
        if message.type in {"error", "warning"} and not own_status:
            self.complaints.append(f"console: {message.text}")

    def _finished(self, request: Request) -> None:
        self._finished_requests.append(request)

    def _failed(self, request: Request) -> None:
        self.complaints.append(f"failed: {request.url} {request.failure}")


def fetched(url: str) -> str:
    """What a program is answered."""
    with urlopen(url) as answer:  # noqa: S310 — our own server
        text: str = answer.read().decode()
    return text
