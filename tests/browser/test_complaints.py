"""The complaints desk in a real browser: a consumer reports, a supervisor answers, contacts go."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests import packets
from tests.browser.desk import WIDTHS, Desk, found_by_axe, served_desk

pytestmark = pytest.mark.browser

CONTACT = "13800001234"
REPORTED = "有霉味，封口是开的 <b>真的</b>"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One served ledger for this file."""
    with served_desk(tmp_path_factory.mktemp("complaints")) as served:
        yield served


def report(desk: Desk, browser: Browser, code: str) -> Page:
    """A consumer, without account or script, reports a pack; the page of the receipt."""
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    desk.contexts.append(context)
    page = context.new_page()
    page.goto(f"{desk.base}/complaint?code={code}")
    page.check("input[value=quality]")
    page.fill("#text", REPORTED)
    page.fill("#contact", CONTACT)
    page.click("button:has-text('提交')")
    page.wait_for_selector("dd.code")
    return page


def test_a_report_is_answered_at_the_desk_and_the_answer_is_read_by_its_receipt(
    desk: Desk, browser: Browser
) -> None:
    pack = packets.packet(desk.chain, desk.beside.folder.secret())
    told = report(desk, browser, pack.code)
    receipt = told.inner_text("dd.code").replace(" ", "").lower()
    page = desk.sit_down(browser, "inspector", width=360)
    page.goto(f"{desk.base}/supervisor")
    page.click("nav >> text=举报")
    page.wait_for_url(f"{desk.base}/supervisor/complaints")

    row = page.locator(f"[id='{receipt}']")
    assert REPORTED in row.inner_text()
    assert CONTACT in row.inner_text()
    assert "等待答复 1 件" in page.inner_text("main")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert found_by_axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    row.locator("textarea").fill("已派人抽样，结果会写在这里。")
    row.locator("button[value=answered]").click()
    page.wait_for_selector("text=等待答复 0 件")
    told.reload()
    assert "已派人抽样" in told.inner_text("main")
    assert "已答复" in told.inner_text("main")

    row.locator("a:has-text('查链')").click()
    page.wait_for_selector("table")
    assert f"code={pack.code}" in page.url
    assert not desk.complaints, desk.complaints


def test_the_desk_erases_a_contact_and_closes_a_report(desk: Desk, browser: Browser) -> None:
    told = report(desk, browser, "")
    receipt = told.inner_text("dd.code").replace(" ", "").lower()
    page = desk.sit_down(browser, "inspector")
    page.goto(f"{desk.base}/supervisor/complaints")
    row = page.locator(f"[id='{receipt}']")
    row.locator("button:has-text('删除联系方式')").click()
    page.wait_for_load_state("networkidle")
    assert CONTACT not in row.inner_text()
    row.locator("summary").click()
    row.locator("button[value=closed]").click()
    page.wait_for_load_state("networkidle")

    assert "已办结" in row.inner_text()
    told.reload()
    assert CONTACT not in told.inner_text("main")
    page.goto(f"{desk.base}/supervisor/complaints?lang=en")
    assert found_by_axe(page) == []
    assert not desk.complaints, desk.complaints


def test_nobody_but_a_supervisor_sits_at_the_desk(desk: Desk, browser: Browser) -> None:
    page = desk.sit_down(browser, "mill")
    answer = page.goto(f"{desk.base}/supervisor/complaints")

    assert answer is not None
    assert answer.status == 403
    assert REPORTED not in page.content()
    desk.complaints.clear()  # the browser's own line about a 403
