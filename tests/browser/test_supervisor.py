"""The supervisor's pages in a real browser: today, a chain both ways, audits of good and bad."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from api.app import clock_ms
from ledger.herbs.identifiers import code_of_uri, lot_uri
from tests.browser.desk import WIDTHS, Desk, found_by_axe, served_desk
from tests.chain import DAY_MS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One served ledger for this file."""
    with served_desk(tmp_path_factory.mktemp("supervisor")) as served:
        yield served


@pytest.fixture(scope="module")
def dried(desk: Desk) -> str:
    """The code of a dried lot, from its plot on; half of it was sold, the buyer sealed."""
    chain = desk.chain
    plot, crop, fresh, lot = chain.site("cooperative"), chain.crop(), chain.lot(), chain.lot()
    day_ms = chain.now_ms - DAY_MS
    chain.do("cooperative", "SOW", inputs=[(plot, None)], outputs=[(crop, None)], area_m2=6667,
             event_ms=day_ms)  # fmt: skip
    chain.do(
        "cooperative", "HARVEST", inputs=[(crop, None)], outputs=[(fresh, 3_000_000)],
        plot=plot, area_m2=6667, method="hand", pickers=["李四"], herb="huaidihuang",
        display_name="鲜-07", event_ms=day_ms + 1,
    )  # fmt: skip
    chain.do(
        "mill", "DRY", inputs=[(fresh, 3_000_000)], outputs=[(lot, 700_000)], method="oven",
        temperature_c=60, hours=70, final_moisture=13.5, herb="huaidihuang", display_name="干-07",
        event_ms=day_ms + 2,
    )  # fmt: skip
    chain.do(
        "mill", "SALE_B2B", about=[(lot, 350_000)], buyer="某药业公司",
        label_pack=[{"name": "品名", "value": "生地黄"}], event_ms=day_ms + 3,
    )  # fmt: skip
    return code_of_uri(lot)


@pytest.fixture(scope="module")
def sprayed(desk: Desk) -> str:
    """The code of a crop on which something barred was used."""
    crop = desk.chain.crop()
    desk.chain.do(
        "cooperative", "PESTICIDE", about=[(crop, None)], active_ingredient="甲胺磷",
        dose="40克/亩", reg_no="PD1", phi_days=7, area_m2=6_667,
    )  # fmt: skip
    return code_of_uri(crop)


@pytest.fixture(scope="module")
def graded(desk: Desk, dried: str) -> str:
    """The statement of a failed test, confirmed by an officer against the mill; another appealed.

    Returns its id.
    """
    lot = lot_uri(desk.chain.origin, dried)
    sulphured = [{"item": "二氧化硫", "value": 900, "limit": 150, "unit": "mg/kg", "passed": False}]
    named = desk.chain.do("laboratory", "TEST", about=[(lot, None)], items=sulphured,
                          conclusion="fail", event_ms=clock_ms() - DAY_MS)  # fmt: skip
    statement = named.leaf.statement_id.hex()
    confirmed = {"charge": "failed_official_sample", "confirmed": "2026-09-01",
                 "statement_ids": [statement], "reason_cn": "监督抽检二氧化硫不合格"}  # fmt: skip
    appealed = confirmed | {"charge": "red", "appeal": "pending", "severe": True}
    decisions = {"actors": {
        desk.chain.actors["mill"]: {"since": "2020-01-01", "findings": [confirmed, appealed]},
        desk.chain.actors["cooperative"]: {"since": "2020-01-01"},
    }}  # fmt: skip
    desk.settings.decisions_file.write_text(json.dumps(decisions), encoding="utf-8")
    return statement


def audit(desk: Desk, page: Page) -> None:
    """Start an audit and wait for its report."""
    page.goto(f"{desk.base}/supervisor/audit")
    page.click("main form button")
    page.wait_for_selector("text=上一次的结果", timeout=20_000)


def test_today_says_each_new_statement_in_one_sentence_and_how_the_log_is(
    desk: Desk, browser: Browser, dried: str
) -> None:
    page = desk.sit_down(browser, "inspector")
    page.goto(f"{desk.base}/supervisor")
    newest = page.inner_text(".lines")
    assert "mill 干燥：干-07 700 公斤" in newest
    assert "检查点、守护文件和日志一致" in page.inner_text("main")
    assert dried in page.inner_html(".lines")


def test_a_code_is_traced_both_ways_with_the_chains_that_only_supervisors_see(
    desk: Desk, browser: Browser, dried: str
) -> None:
    page = desk.sit_down(browser, "inspector")
    page.goto(f"{desk.base}/supervisor")
    page.fill("#code", f" {dried.upper()} ")
    page.click("main form button")
    above = page.inner_text("table >> nth=0")
    assert "鲜-07" in above
    assert "3 吨" in above
    (left,) = page.locator("#holdings tbody tr").all_inner_texts()
    assert "".join(left.split()) == "mill没有写明地点350公斤700公斤制成700公斤350公斤发出350公斤0克"
    steps = page.inner_text("table >> nth=-1")
    assert "某药业公司" in steps
    assert "李四" in steps
    assert page.locator("svg.lineage g").count() == 4
    page.goto(f"{desk.base}/supervisor/trace?code=0000000000000000000a")
    assert "没有这个码" in page.inner_text("[role=alert]")


def test_what_rules_found_is_one_step_from_the_first_page(
    desk: Desk, browser: Browser, sprayed: str
) -> None:
    page = desk.sit_down(browser, "inspector")
    page.goto(f"{desk.base}/supervisor")
    page.click("main a:has-text('今天需要处理')")
    page.wait_for_url(f"{desk.base}/supervisor/findings")
    assert "使用了中药材上禁用的甲胺磷。" in page.inner_text("main")
    assert sprayed in page.inner_html("main")


def test_grades_and_warnings_lead_to_their_evidence(
    desk: Desk, browser: Browser, graded: str
) -> None:
    page = desk.sit_down(browser, "inspector")
    page.goto(f"{desk.base}/supervisor")
    page.click("nav a:has-text('信用')")
    (mill, farm) = page.locator("#grades tbody tr").all_inner_texts()
    assert "监督抽检二氧化硫不合格" in mill
    assert "申诉未决，暂不扣分" in mill
    assert "没有扣分" in farm
    page.click("main a:has-text('A 级 1')")
    assert page.locator("#grades tbody tr").count() == 1
    page.click("nav a:has-text('预警')")
    page.wait_for_selector("#warnings")
    (row,) = page.locator("#warnings tbody tr").all_inner_texts()
    assert "检验不合格 1" in row
    assert page.get_attribute("#warnings tbody a", "href") == f"/v1/statements/{graded}"
    page.click("main a:has-text('警报')")
    assert "没有需要留意的" in page.inner_text("#warnings")


def test_grades_and_warnings_are_read_without_script(
    desk: Desk, browser: Browser, graded: str
) -> None:
    assert graded
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    try:
        page = context.new_page()
        page.goto(f"{desk.base}/login?next=/supervisor/credit")
        page.fill("#token", desk.token("inspector"))
        page.click("main button")
        assert page.locator("#grades tbody tr").count() == 2
        page.goto(f"{desk.base}/supervisor/warnings")
        assert "检验不合格 1" in page.inner_text("#warnings")
    finally:
        context.close()


def test_an_audit_of_an_honest_ledger_finds_that_everything_adds_up(
    desk: Desk, browser: Browser, dried: str
) -> None:
    page = desk.sit_down(browser, "inspector")
    audit(desk, page)
    assert "全部对得上" in page.inner_text("main")
    report = page.request.get(f"{desk.base}/v1/audit").json()["report"]
    assert (report["clean"], report["findings"]) == (True, [])


def test_an_audit_names_the_leaf_whose_statement_was_changed(
    browser: Browser, tmp_path: Path
) -> None:
    with served_desk(tmp_path / "tampered") as desk:
        lot = desk.chain.lot()
        leaf = desk.chain.do(
            "mill", "DRY", inputs=[(desk.chain.lot(), 900)], outputs=[(lot, 300)], method="oven",
            temperature_c=60, hours=70, final_moisture=13.5,
        ).leaf.index  # fmt: skip
        page = desk.sit_down(browser, "inspector")
        with sqlite3.connect(desk.settings.data / "ledger.db") as database:
            for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                database.execute(f"DROP TRIGGER {name}")
            database.execute(
                "UPDATE entry SET payload = CAST(REPLACE(CAST(payload AS TEXT), "
                "'\"daodi:hours\":70', '\"daodi:hours\":71') AS BLOB) WHERE leaf_index = ?",
                (leaf,),
            )
        database.close()
        audit(desk, page)
        rows = page.inner_text("table")
        assert str(leaf) in rows
        assert "记录的内容被改过" in rows
        report = page.request.get(f"{desk.base}/v1/audit").json()["report"]
        assert {(one["code"], one["leaf"]) for one in report["findings"]} >= {
            ("statement_damaged", leaf)
        }


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_fits_its_screen_and_leaves_the_console_silent(
    desk: Desk, browser: Browser, dried: str, sprayed: str, graded: str, width: int
) -> None:
    assert graded
    desk.complaints.clear()
    page = desk.sit_down(browser, "inspector", width=width)
    audit(desk, page)
    assert found_by_axe(page) == []
    for path in (
        "/supervisor", f"/supervisor/trace?code={dried}", "/supervisor?lang=en",
        f"/supervisor/trace?code={dried}&lang=en",
        "/supervisor/findings", "/supervisor/findings?lang=en",
        "/supervisor/credit", "/supervisor/credit?lang=en", "/supervisor/credit?grade=D",
        "/supervisor/warnings", "/supervisor/warnings?lang=en&days=365",
        f"/enterprise/lots/{sprayed}",
        f"/enterprise/lots/{sprayed}?lang=en",
    ):  # fmt: skip
        page.goto(desk.base + path)
        assert found_by_axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert desk.complaints == []
