"""The printing desk in a real browser: from a lot to stated packs, by hand and without script."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from api.labelling.relations import import_relations
from ledger.herbs.identifiers import batch_key, code_of_uri, lot_uri, unit_code
from tests.browser.desk import WIDTHS, Desk, found_by_axe, served_desk
from tests.labelling.shelf import LICENCES, PIECE, Shelf, hold, stock_shelf
from tests.labels.batch import read
from tests.season import LABEL

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One served ledger for this file, with works that have their licences."""
    with served_desk(tmp_path_factory.mktemp("printing")) as served:
        served.chain.admit("works", "processor", licences=LICENCES | {"gs1_prefix": "6901234"})
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


def packed(desk: Desk, shelf: Shelf, *, numbers: int = 0) -> str:
    """A stated lot of twenty packs, the first of them with 药品追溯码; its code."""
    lot = desk.chain.lot()
    desk.chain.do(
        "works", "PACK_LABEL", inputs=[(shelf.dried, 10_000)], outputs=[(lot, 10_000)],
        unit_g=500, count=20, code_range={"first": 1, "last": 20}, label_fields=LABEL,
    )  # fmt: skip
    rows = [f"{unit(desk, lot, n)},{number(lot, n)}" for n in range(1, numbers + 1)]
    if rows:
        import_relations(desk.beside, "\n".join(rows).encode(), "operator")
    return code_of_uri(lot)


def uri(desk: Desk, code: str) -> str:
    return lot_uri(desk.chain.origin, code)


def unit(desk: Desk, lot: str, serial: int) -> str:
    code = code_of_uri(lot)
    return unit_code(code, serial, batch_key(desk.beside.folder.secret(), code))


def number(lot: str, serial: int) -> str:
    """An invented 药品追溯码 that no other lot of this file has."""
    return f"8{int.from_bytes(lot.encode()) % 10**15:015}{serial:04}"


def test_a_clerk_prints_case_labels_and_states_what_is_in_a_case(
    desk: Desk, browser: Browser, shelf: Shelf
) -> None:
    lot = packed(desk, shelf)
    page = desk.sit_down(browser, "works")
    desk.enrol(page)
    page.goto(f"{desk.base}/enterprise/cases")
    page.fill("#cases-count", "2")
    page.select_option("#cases-stock", "a4-2x4")
    with page.expect_download() as coming:
        page.click("text=印箱码 >> nth=-1")
    document = pypdfium2.PdfDocument(coming.value.path())
    links = read(document[0].render(scale=203 / 72).to_pil())
    document.close()
    assert len(links) == 2
    page.fill("#sscc", links[0])
    page.fill("#contents", "\n".join(unit(desk, uri(desk, lot), n) for n in (1, 2, 3)))
    page.click("#case button")
    expect(page.locator("#said")).to_contain_text("平台已收", timeout=20_000)
    found = httpx.get(f"{desk.base}/v1/trace", params={"code": links[0]}).json()
    assert found["lot"] == uri(desk, lot)
    assert not desk.complaints, desk.complaints
    page.fill("#sscc", "123")
    page.click("#case button")
    expect(page.locator("#said")).to_contain_text("SSCC")
    desk.complaints.clear()  # the browser's own line about a 400


def test_relations_are_imported_without_script_and_bad_rows_are_listed(
    desk: Desk, browser: Browser, shelf: Shelf
) -> None:
    lot = packed(desk, shelf)
    seated = desk.sit_down(browser, "works")
    context = browser.new_context(
        java_script_enabled=False, storage_state=seated.context.storage_state()
    )
    desk.contexts.append(context)
    page = context.new_page()
    rows = [f"{unit(desk, uri(desk, lot), n)},{number(uri(desk, lot), n)}" for n in (1, 2)]
    for content, said in (
        ("\n".join([*rows, f"{lot},8"]), "第 3 行"), ("\n".join(rows), "导入 2 条"),
    ):  # fmt: skip
        page.goto(f"{desk.base}/enterprise/relations")
        page.set_input_files(
            "#file", {"name": "list.csv", "mimeType": "text/csv", "buffer": content.encode()}
        )
        page.click("main form button")
        expect(page.locator("main")).to_contain_text(said)
    page.goto(f"{desk.base}/enterprise/relations/{lot}")
    expect(page.locator("tbody tr")).to_have_count(2)
    with page.expect_download() as coming:
        page.click("a[download]")
    assert number(uri(desk, lot), 2) in Path(coming.value.path()).read_text("utf-8-sig")


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_printed_ahead_and_relations_read_on_a_phone_and_on_a_desk(
    desk: Desk, browser: Browser, shelf: Shelf, width: int
) -> None:
    lot, other = packed(desk, shelf, numbers=3), desk.chain.lot()
    desk.chain.do(
        "mill", "SPLIT", inputs=[(desk.chain.lot(), 10)], outputs=[(other, 9)],
        aliases=[{"name": "药品追溯码", "value": number(uri(desk, lot), 2)}],
    )  # fmt: skip
    page = desk.sit_down(browser, "works", width=width)
    for path, shows in (
        ("/enterprise/cases", "#cases-count"),
        ("/enterprise/relations?imported=3", "#imported"),
        (f"/enterprise/relations/{lot}", "#contradicted"),
        (f"/enterprise/relations/{lot}?lang=en", "text=Export CSV"),
    ):
        page.goto(desk.base + path)
        expect(page.locator(shows).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert found_by_axe(page) == [], path
    page.goto(f"{desk.base}/enterprise/relations")
    page.set_input_files(
        "#file", {"name": "list.csv", "mimeType": "text/csv", "buffer": f"{lot},8\n".encode() * 60}
    )
    page.click("main form button")
    expect(page.locator("#faults li")).to_have_count(50)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert found_by_axe(page) == []
    desk.complaints[:] = [one for one in desk.complaints if "400" not in one]  # a refused form
    assert not desk.complaints, desk.complaints


@pytest.mark.parametrize("width", WIDTHS)
def test_the_desk_reads_on_a_phone_and_on_a_desk(
    desk: Desk, browser: Browser, shelf: Shelf, width: int
) -> None:
    page = desk.sit_down(browser, "works", width=width)
    lot = plan(page, desk, shelf)
    start_print(page, "5")
    expect(page.locator("#job-list a[download]")).to_be_visible(timeout=20_000)
    for file in desk.beside.folder.prints.iterdir():
        file.unlink()  # as the press does that makes room
    for path in (
        "/enterprise/printing",
        f"/enterprise/printing/{shelf.code}?sort=raw_herb&unit=500&packed=5",
        f"/enterprise/printing/{lot}",
    ):
        answer = page.goto(desk.base + path)
        assert answer is not None
        assert answer.status == 200
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (path, wide)
        assert found_by_axe(page) == [], path
    page.click("text=再画一次")
    expect(page.locator("#job-list a[download]")).to_be_visible(timeout=20_000)
    assert not desk.complaints, desk.complaints
