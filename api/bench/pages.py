"""Pages as an old phone on a slow line meets them: what they carry, and how soon they show.

Chromium is driven by Playwright, which no ledger needs; the throttle is that of its DevTools.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from socket import create_connection
from statistics import median
from time import perf_counter
from typing import Any, Final

import click
import msgspec

from api.app import clock_ms
from api.bench.databases import Bench
from api.bench.results import Result
from api.bench.seasons import FIELDS, season
from api.bench.served import served
from api.bench.workload import Workload, founded
from ledger.canonical import JsonObject
from ledger.evidence.make import make_evidence
from ledger.evidence.verdict import Policy
from ledger.evidence.verify import verify_bundle
from ledger.herbs.identifiers import batch_key, code_of_uri, unit_code
from ledger.store.tokens import Bearer, keep_token

DEVICES: Final = 5  # that a season needs
RUNS_MAX: Final = 9
LATENCY_MS: Final = 400
LINE_BYTES: Final = 400_000 // 8  # a second
SLOWER: Final = 4  # than this machine's processor
WAIT_MS: Final = 120_000
START_SECONDS: Final = 300
WIDTH, HEIGHT = 360, 800
TOKEN: Final = "token-of-a-benchmark"  # noqa: S105 — of a ledger that is gone with the run
SUPERVISOR: Final = "urn:daodi:actor:bench-supervisor"
DESKS: Final = {"enterprise": "urn:daodi:actor:bench-0", "supervisor": SUPERVISOR}
# The tests' own: nothing of the browser's may leave this machine, and a container runs it as root.
ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
WATCH: Final = """
window.shownAt = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shownAt = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
"""
# As systems name a Chromium; else the one that Playwright brought.
BROWSERS: Final = ("chromium", "chromium-headless-shell", "google-chrome")
MISSING: Final = (
    "pages 要用浏览器来量：pip install 'daodi[test]'，再 playwright install chromium"
    "（或者装系统的 chromium）"
)


@dataclass(kw_only=True)
class Visit:
    """One visit with an empty cache: bytes as they travelled and unpacked, by what was asked."""

    carried: dict[str, int] = field(default_factory=dict)
    unpacked: dict[str, int] = field(default_factory=dict)
    shown_ms: float = 0.0
    answered_ms: float = 0.0
    verified_ms: float = 0.0

    def bytes_of(self, sort: str, *, unpacked: bool = False) -> int:
        """Bytes of `script`, of `evidence`, or of the `page`: all but the evidence."""
        sizes = self.unpacked if unpacked else self.carried
        return sum(size for kept, size in sizes.items() if kept == sort) or sum(
            size for kept, size in sizes.items() if sort == "page" and kept != "evidence"
        )


def pages(bench: Bench, *, seconds: float) -> Iterator[Result]:
    """Five figures of the public's page of 12 and of 60 steps, three of each first page of a desk.

    Medians over as many visits as `seconds`, nine at most. The line and the processor are slow for
    what is shown, and this machine's own for what is verified.
    """
    runs = max(1, min(RUNS_MAX, int(seconds)))
    with (
        _browser() as browser,
        bench.fresh() as url,
        founded(bench.folder, url, pens=DEVICES) as workload,
    ):
        lots = {f"public-{steps}": season(workload, steps) for steps in FIELDS}
        _admit(workload)
        with (
            served("bare", workload.settings, bench.folder / "bare.log") as bare,
            served("ledger", workload.settings, bench.folder / "server.log") as server,
        ):
            measure = _Measure(
                browser=browser, base=f"http://127.0.0.1:{server.port}",
                bare=f"http://127.0.0.1:{bare.port}", runs=runs, database=bench.database,
            )  # fmt: skip
            for ready in (bare, server):  # starting takes a while where others share the machine
                with create_connection(("127.0.0.1", ready.port), timeout=START_SECONDS) as line:
                    line.sendall(b"GET /healthz HTTP/1.1\r\nhost: bench\r\n\r\n")
                    line.recv(1)
            for name, lot in lots.items():
                yield from measure.public(name, _pack_of(workload, lot), _verifying(workload, lot))
            for name in DESKS:
                yield from measure.desk(name, f"{TOKEN}-{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    browser: Any
    base: str
    bare: str
    runs: int
    database: Any

    def public(self, name: str, code: str, by_python: Callable[[], float]) -> Iterator[Result]:
        path = f"/t/{code}"
        slow = [self._visit(self.base + path, slow=True) for _ in range(self.runs)]
        fast = [self._visit(self.base + path) for _ in range(self.runs)]
        yield from self._shown(name, slow)
        yield self._carried(name, "evidence", slow)
        yield self._result(
            f"{name}-verified", [one.verified_ms for one in fast], "ms",
            "Python's verifier on the same file", median(by_python() for _ in fast),
            slow_ms=median(one.verified_ms for one in slow),
        )  # fmt: skip

    def desk(self, name: str, token: str) -> Iterator[Result]:
        path = f"/{name}"
        visits = [self._visit(self.base + path, slow=True, token=token) for _ in range(self.runs)]
        yield from self._shown(name, visits)

    def _shown(self, name: str, visits: Sequence[Visit]) -> Iterator[Result]:
        """When the page shows, beside a bare one of as many bytes; what it and its script carry."""
        size = int(median(one.bytes_of("page") for one in visits))
        bare = [self._visit(f"{self.bare}/page/{size}", slow=True) for _ in visits]
        yield self._result(
            name, [one.shown_ms for one in visits], "ms to the largest paint",
            "bare page of as many bytes", median(one.shown_ms for one in bare),
            answered_ms=median(one.answered_ms for one in visits),
        )  # fmt: skip
        yield self._carried(name, "page", visits)
        yield self._carried(name, "script", visits)

    def _carried(self, name: str, sort: str, visits: Sequence[Visit]) -> Result:
        carried = [one.bytes_of(sort) / 1024 for one in visits]
        unpacked = median(one.bytes_of(sort, unpacked=True) / 1024 for one in visits)
        return self._result(f"{name}-{sort}", carried, "KB", "KB before compression", unpacked)

    def _result(
        self, name: str, values: Sequence[float], unit: str, yardstick: str, by: float,
        **details: float,
    ) -> Result:  # fmt: skip
        return Result(
            benchmark=name, database=self.database, size=len(values), value=median(values),
            unit=unit, yardstick=yardstick, yardstick_value=by, details=details,
        )  # fmt: skip

    def _visit(self, url: str, *, slow: bool = False, token: str = "") -> Visit:
        context = self.browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        try:
            page = context.new_page()
            if token:
                page.goto(f"{self.base}/login")
                page.fill("#token", token)
                page.click("main button")
            page.add_init_script(WATCH)
            session = context.new_cdp_session(page)
            visit = _watched(session, slow=slow)
            page.goto(url, wait_until="load", timeout=WAIT_MS)
            if page.query_selector("#phone") is not None:
                page.wait_for_selector("[data-phone]", state="attached", timeout=WAIT_MS)
                visit.verified_ms = float(page.get_attribute("#status", "data-ms") or 0)
            page.wait_for_load_state("networkidle", timeout=WAIT_MS)
            visit.shown_ms = page.evaluate("window.shownAt")
            visit.answered_ms = page.evaluate(
                "performance.getEntriesByType('navigation')[0].responseStart"
            )
            return visit
        finally:
            context.close()


def _watched(session: Any, *, slow: bool) -> Visit:  # noqa: ANN401 — a session of the DevTools
    """A visit that is filled while the browser loads."""
    visit = Visit()
    sorts: dict[str, str] = {}
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    if slow:
        line = {"latency": LATENCY_MS, "downloadThroughput": LINE_BYTES}
        session.send(
            "Network.emulateNetworkConditions",
            {**line, "uploadThroughput": LINE_BYTES, "offline": False},
        )
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    def add(sizes: dict[str, int], request: str, size: float) -> None:
        sort = sorts.get(request, "other")
        sizes[sort] = sizes.get(sort, 0) + int(size)

    def begin(event: dict[str, Any]) -> None:
        is_evidence = "/v1/evidence" in event["request"]["url"]
        sorts[event["requestId"]] = "evidence" if is_evidence else event["type"].lower()

    session.on("Network.requestWillBeSent", begin)
    session.on(
        "Network.dataReceived",
        lambda event: add(visit.unpacked, event["requestId"], event["dataLength"]),
    )
    session.on(
        "Network.loadingFinished",
        lambda event: add(visit.carried, event["requestId"], event["encodedDataLength"]),
    )
    return visit


@contextmanager
def _browser() -> Iterator[Any]:
    """A Chromium; says how to get one where there is none."""
    try:
        api = import_module("playwright.sync_api")
    except ImportError as error:
        raise click.UsageError(MISSING) from error
    with api.sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, BROWSERS)), None)
        try:
            opened = playwright.chromium.launch(executable_path=found, args=[*ARGUMENTS])
        except api.Error as error:
            raise click.UsageError(MISSING) from error
        yield opened
        opened.close()


def _admit(workload: Workload) -> None:
    """A supervisor, and a token for each desk."""
    root = workload.opened.folder.registrar_key()
    assert root is not None  # the folder was founded here
    body: JsonObject = {
        "actor": SUPERVISOR,
        "name": "监管部门",
        "roles": ["supervisor"],
        "county": "410825",
    }
    workload.opened.state(root, "actor.admit", body, [SUPERVISOR])
    for name, actor in DESKS.items():
        digest = sha256(f"{TOKEN}-{name}".encode()).hexdigest()
        bearer = Bearer(actor=actor, holder=f"holder-of-{name}")
        keep_token(workload.opened.store, digest, bearer, created_ms=clock_ms())


def _pack_of(workload: Workload, lot: str) -> str:
    code = code_of_uri(lot)
    return unit_code(code, 7, batch_key(workload.opened.folder.secret(), code))


def _verifying(workload: Workload, lot: str) -> Callable[[], float]:
    """How long Python takes for the same file, in ms."""
    opened = workload.opened
    raw = msgspec.json.encode(make_evidence(opened.store, opened.replica, lot))
    registry = opened.replica.registry
    policy = Policy(asked=lot, log_keys=registry.log_keys, registrar=registry.founder or "")

    def timed() -> float:
        began = perf_counter()
        verdict = verify_bundle(raw, policy)
        assert verdict.outcome == "holds", verdict
        return (perf_counter() - began) * 1000

    return timed
