"""The printing desk in a real browser: from a lot to stated packs, by hand and without script."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import WIDTHS, Desk, found_by_axe, served_desk
from tests.labelling.shelf import LICENCES, PIECE, Shelf, hold, stock_shelf
from tests.labels.batch import read

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One served ledger for this file, with works that have their licences."""
    with served_desk(tmp_path_factory.mktemp("printing")) as served:
        served.chain.admit("works", "processor", licences=LICENCES)
        yield served


@pytest.fixture
def shelf(desk: Desk) -> Shelf:
    """A lot to pack."""
    return stock_shelf(desk.chain)


def plan(page: Page, desk: Desk, shelf: Shelf, **wish: str) -> str:
    """Plan packs through the form as a clerk fills it; the pack lot's code."""
    page.goto(f"{desk.base}/enterprise/printing/{shelf.code}")
    details = page.locator("form.questions details")
    details.locator("summary").click()
    for name, value in (PIECE | wish).items():
        control = page.locator(f"#{name}")
        if control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
    page.select_option("#stock", "roll-100x70")
    page.click("text=看看标签")
    sample = page.locator("img.label-sample")
    assert sample.evaluate("node => node.decode().then(() => true, () => false)")
    page.click("text=就这样，去打印")
    page.wait_for_selector("#left")
    return page.url.rpartition("/")[2].partition("?")[0]


def start_print(page: Page, count: str, kind: str = "pdf", stock: str = "a4-2x4") -> None:
    page.fill("#count", count)
    page.select_option("#new-format", kind)
    page.select_option("#new-stock", stock)
    page.locator("form[action$='/print']:has(#count) button:not(.second)").click()


def test_a_clerk_prints_states_and_withdraws_in_the_browser(
    desk: Desk, browser: Browser, shelf: Shelf
) -> None:
    page = desk.sit_down(browser, "works")
    desk.enrol(page)
    lot = plan(page, desk, shelf)
    expect(page.locator("#left")).to_have_text("20")
    start_print(page, "20")
    link = page.locator("#job-list a[download]")
    expect(link).to_be_visible(timeout=20_000)
    expect(page.locator("#left")).to_have_text("0")
    pdf = page.request.get(f"{desk.base}{link.get_attribute('href')}").body()
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    codes = [text for sheet in document for text in read(sheet.render(scale=203 / 72).to_pil())]
    document.close()
    assert len(codes) == 20
    page.fill("#last", codes[17])
    page.fill("#spoiled", "3, 5-6")
    page.click("#state button")
    expect(page.locator("main")).to_contain_text("已登记：1-18", timeout=20_000)
    expect(page.locator("main")).to_contain_text("3、5-6")
    answers = [httpx.get(f"{desk.base}/v1/trace", params={"code": code}).json() for code in codes]
    found = [answer.get("status") for answer in answers]
    assert sorted(map(str, found)) == ["404"] * 2 + ["dormant"] * 15 + ["voided"] * 3
    page.fill("#serials", "8")
    page.select_option("#reason", "lost")
    page.click("#void button")
    expect(page.locator("main")).to_contain_text("3、5-6、8", timeout=20_000)
    assert not desk.complaints, desk.complaints
    page.fill("#serials", "8")
    page.click("#void button")
    expect(page.locator("#said")).to_contain_text("已经登记过了")
    desk.complaints.clear()  # the browser's own line about a 409
    assert lot in page.url


def test_without_script_everything_but_signing_works(
    desk: Desk, browser: Browser, shelf: Shelf
) -> None:
    seated = desk.sit_down(browser, "works")
    state = seated.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    desk.contexts.append(context)
    page = context.new_page()
    page.goto(f"{desk.base}/enterprise/printing/{shelf.code}")
    page.fill("#unit", "500")
    page.fill("#packed", "200")
    page.click("text=看看标签")
    page.click("text=就这样，去打印")
    expect(page.locator("#refused")).to_contain_text("只剩")
    page.fill("#packed", "10")
    page.click("text=看看标签")
    page.click("text=就这样，去打印")
    page.fill("#count", "21")
    page.locator("form:has(#count) button:not(.second)").click()
    expect(page.locator("#refused")).to_contain_text("还能印 20 张")
    page.fill("#count", "20")
    page.locator("form:has(#count) button:not(.second)").click()
    expect(page.locator("#left")).to_have_text("0")
    expect(page.locator("noscript").first).to_be_attached()


def test_what_is_missing_is_named_before_anything_is_printed(
    desk: Desk, browser: Browser, shelf: Shelf
) -> None:
    page = desk.sit_down(browser, "works")
    page.goto(
        f"{desk.base}/enterprise/printing/{shelf.code}?sort=decoction_piece&unit=500&packed=5"
    )
    expect(page.locator("[role=alert]")).to_contain_text("执行标准（请填执行标准）")
    expect(page.locator("text=就这样，去打印")).to_have_count(0)
    hold(desk.chain, shelf.dried)
    page.goto(f"{desk.base}/enterprise/printing/{shelf.code}")
    expect(page.locator("main")).to_contain_text("已暂停销售")
    expect(page.locator("#unit")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_desk_reads_on_a_phone_and_on_a_desk(
    desk: Desk, browser: Browser, shelf: Shelf, width: int, tmp_path: Path
) -> None:
    page = desk.sit_down(browser, "works", width=width)
    lot = plan(page, desk, shelf)
    start_print(page, "5")
    expect(page.locator("#job-list a[download]")).to_be_visible(timeout=20_000)
    for path in (
        "/enterprise/printing",
        f"/enterprise/printing/{shelf.code}?sort=raw_herb&unit=500&packed=5",
        f"/enterprise/printing/{lot}",
    ):
        answer = page.goto(desk.base + path)
        assert answer is not None
        assert answer.status == 200
        page.screenshot(path=tmp_path / "shot.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (path, wide)
        assert found_by_axe(page) == [], path
    assert not desk.complaints, desk.complaints
