"""The public pages besides the packet in a browser: reporting, recalls, photos, quota."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from ledger.herbs.bodies import event_body
from ledger.herbs.identifiers import code_of_uri
from tests import packets
from tests.browser.live import Site, Stage, Visitor
from tests.chain import DAY_MS, Chain, clock_text
from tests.http.test_photos import photo
from tests.packets import Packet
from tests.season import LABEL, grow

pytestmark = pytest.mark.browser

WIDE = (360, 1280)
EAN = "6901234567892"
PAGES = ("/privacy", "/recalls", "/quota", "/photo", "/complaint", "/t/ABCDE")


def violations(page: Page) -> list[str]:
    """What the accessibility rules of axe find."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found]


def assert_plain(page: Page, width: int) -> None:
    """Nothing sideways, nothing that axe complains of, controls for old hands."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert violations(page) == []
    for control in page.query_selector_all(
        "main button, main .button, main input:not([type=radio])"
    ):
        box = control.bounding_box()
        assert box is None or box["height"] >= 52, control.inner_html()


def press(page: Page, what: str) -> None:
    """Click once all that the page asked for has come."""
    page.wait_for_load_state("networkidle")
    page.click(what)
    page.wait_for_load_state("networkidle")


def stored(stage: Stage) -> Packet:
    """A packet with ten days in a store that measures."""
    made = packets.packet(stage.chain, stage.secret)
    chain, lot = stage.chain, made.season.pack
    store = chain.site("mill")
    chain.do("mill", "STORE_IN", about=[(lot, 700_000)], site=store, zone="passed",
             temperature_c=12, humidity=50)  # fmt: skip
    began_ms = chain.now_ms
    for day in range(10):
        sense(chain, store, 8 + day % 4, began_ms + day * DAY_MS // 1_000)
    return made


def sense(chain: Chain, store: str, value: int, event_ms: int) -> None:
    said = {"metric": "air_temperature", "value": value, "unit": "Cel"}
    body = event_body("SENSOR", event_time=clock_text(event_ms), site=store, elements=said)
    chain.send(chain.write("mill", "event", body, [f"{store}#out"]))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_accessible_and_fits(demo: Site, visitor: Visitor, path: str) -> None:
    for query in ("", "?lang=en&big=1"):
        page = visitor.visit(f"{demo.url}{path}{query}", status=404 if "ABCDE" in path else 200)
        for width in WIDE:
            page.set_viewport_size({"width": width, "height": 800})
            assert_plain(page, width)


@pytest.mark.parametrize("width", WIDE)
def test_the_packets_page_shows_how_it_was_stored_and_what_to_compare(
    stage: Stage, visitor: Visitor, width: int
) -> None:
    page = visitor.visit(stage.page_of(stored(stage).code), width=width)

    (curve, _) = page.query_selector_all("figure.curve svg")
    box = curve.bounding_box()
    assert box is not None
    assert box["width"] > 200
    assert "温度" in (curve.get_attribute("aria-label") or "")
    assert "和手里的包装比一比" in page.inner_text("main")
    assert_plain(page, width)


def test_a_consumer_reports_a_pack_and_reads_the_answer_without_a_script(
    stage: Stage, visitor: Visitor
) -> None:
    made = packets.packet(stage.chain, stage.secret)
    page = visitor.visit(stage.page_of(made.code), javascript=False)
    press(page, "text=举报问题")
    assert page.inner_text("main").index("拨打 12315") < page.inner_text("main").index(
        "在这里写下来"
    )
    page.check("input[value=quality]")
    page.fill("#text", "有霉味")
    page.fill("#contact", "13800001234")
    press(page, "button:has-text('提交')")

    receipt = page.inner_text("dd.code").replace(" ", "")
    assert len(receipt) == 20
    press(page, "button:has-text('删除我的联系方式')")
    assert "13800001234" not in page.inner_text("main")
    page.goto(stage.site.url + "/complaint")
    page.fill("#receipt", receipt)
    press(page, "button:has-text('查看答复')")
    assert "有霉味" in page.inner_text("main")


def test_a_recall_is_found_from_the_first_page(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.url, javascript=False)
    press(page, "footer >> text=召回")
    press(page, "h2 a")

    assert "封口不严" in page.inner_text(".status")
    assert page.title().startswith("已召回，请停止使用")
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    press(page, "ul.plain a")
    assert "已召回" in page.title()
    press(page, "text=看这次召回")
    assert "/recall/" in page.url


def test_a_photo_is_chosen_and_read_without_a_script(
    stage: Stage, visitor: Visitor, tmp_path: Path
) -> None:
    made = packets.packet(stage.chain, stage.secret)
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo(f"HTTPS://DEMO.EXAMPLE/T/{made.code.upper()}"))
    page = visitor.visit(stage.site.url, javascript=False)

    page.set_input_files("#photo", path)
    press(page, "button:has-text('识别照片')")

    assert page.url == stage.page_of(made.code.upper())


def test_a_figure_of_the_quota_leads_to_its_lots(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(f"{demo.url}/quota", javascript=False)
    press(page, "h2 a >> nth=0")
    press(page, "summary >> nth=0")
    press(page, "details a.code >> nth=0")

    assert "/t/" in page.url
    assert "怀地黄" in page.title()


def test_a_recalled_lots_code_is_its_page(stage: Stage, visitor: Visitor) -> None:
    made = packets.packet(stage.chain, stage.secret)
    packets.recall(stage.chain, made.season.dried)

    page = visitor.visit(f"{stage.site.url}/recalls", javascript=False)

    assert f"/t/{code_of_uri(made.season.dried)}" in page.content()
    assert "1400 包" in page.inner_text("main")


def test_paper_shows_the_storing_and_not_the_forms(stage: Stage, visitor: Visitor) -> None:
    page = visitor.visit(stage.page_of(stored(stage).code))

    page.emulate_media(media="print")

    assert page.is_visible("figure.curve")
    assert not page.is_visible(".links")


@pytest.mark.parametrize("width", WIDE)
@pytest.mark.parametrize("query", ["", "?lang=en&big=1"])
def test_a_bar_code_alone_says_which_product_and_where_to_find_the_lot(
    stage: Stage, visitor: Visitor, width: int, query: str
) -> None:
    grow(stage.chain, label=[*LABEL, {"name": "商品条码", "value": EAN}])
    page = visitor.visit(f"{stage.site.url}/01/0{EAN}{query}", width=width, javascript=False)
    assert EAN in page.inner_text("h1")
    assert page.locator("main ol li").count() == 3
    page = visitor.visit(f"{stage.site.url}/{query}", width=width)
    page.fill("#code", EAN)  # as a scanner of bar codes types it
    press(page, "main button[type=submit]")
    assert urlsplit(page.url).path == f"/01/0{EAN}"
    assert_plain(page, width)
