"""The public's page in a real browser: a packet in one hand, a phone in the other."""

import json
from collections.abc import Callable
from urllib.request import Request as Asked
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests import packets
from tests.browser.live import WIDTHS, Site, Stage, Visitor, fetched
from tests.chain import Chain
from tests.packets import Packet

pytestmark = pytest.mark.browser

PAGE_BYTES_MAX = 30 * 1024  # transferred, with style and picture
SHOWN = ("honest", "blend", "late", "corrected", "held", "recalled", "expired")
UNCHECKED = "平台有这份记录，您的手机没有核对"
CHECKED = "您的手机已核对：19步记录都有签名，写入后没改过"


def status_of(page: Page) -> tuple[str, str, str]:
    """The one status of a page: its code, its look and its words."""
    (box,) = page.query_selector_all(".status")
    look = (box.get_attribute("class") or "").removeprefix("status ")
    words = page.inner_text(".status-text")
    return box.get_attribute("data-status") or "", look, words


def violations(page: Page) -> list[str]:
    """What the accessibility rules of axe find."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found]


def width_of(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


def test_the_page_tells_the_story_in_its_order(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.packet("honest"), javascript=False)

    text = page.inner_text("main")
    first = ["怀地黄", "生地黄", "焦作市温县", "500 克", UNCHECKED]
    then = ["\n检验结果\n", "\n从田间到手里", "觉得不对？", "拨打 12315", "\n我懂技术"]
    places = [text.index(words) for words in (*first, *then)]
    assert places == sorted(places)
    assert page.title().startswith("怀地黄（生地黄） · 焦作市温县")
    assert page.get_attribute("html", "lang") == "zh-CN"


def test_the_demonstration_draws_the_store_to_which_the_mill_sent_its_goods(
    demo: Site, visitor: Visitor
) -> None:
    page = visitor.visit(demo.packet("honest"), javascript=False)

    assert "10.1–12.9 ℃" in page.inner_text("main")


def test_the_server_never_says_that_a_phone_has_checked(demo: Site, visitor: Visitor) -> None:
    for shows in SHOWN:
        page = visitor.visit(demo.packet(shows), javascript=False)
        assert not page.query_selector_all(".is-green"), shows
        assert "您的手机已核对" not in page.inner_text("body")


def test_under_an_unchecked_record_stands_what_it_does_not_prove(
    demo: Site, visitor: Visitor
) -> None:
    page = visitor.visit(demo.packet("honest"), javascript=False)

    assert status_of(page) == ("recorded", "is-grey", UNCHECKED)
    assert "药材质量看检验结果。" in page.inner_text(".status")


def test_tests_are_a_table_of_item_limit_result_and_verdict(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.packet("honest"))

    heads = [head.inner_text() for head in page.query_selector_all("table.tests thead th")]
    rows = [row.inner_text() for row in page.query_selector_all("table.tests tbody tr")]
    assert heads == ["项目", "限度", "结果", "判定"]
    assert [part.strip() for part in rows[0].split("\t")] == ["水分", "≤ 15 %", "13.6 %", "✓ 合格"]


def test_every_step_shows_both_its_times(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.packet("late"), javascript=False)

    steps = page.query_selector_all(".steps > li")
    assert len(steps) > 10
    assert all(len(step.query_selector_all("time")) == 2 for step in steps)
    (late,) = [step.inner_text() for step in steps if "采收" in step.inner_text()[:4]]
    assert "迟传" in late
    assert "11月12日 15:20" in late
    assert "11月19日 10:00" in late
    assert status_of(page)[0] == "recorded"  # no signal costs nothing


def test_a_correction_stands_beside_what_it_corrects(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.packet("corrected"))

    text = page.inner_text("section[aria-labelledby=steps]")
    assert "这一步写错了，以第 11 步为准。" in text
    assert "更正第 10 步。" in text
    assert "40.02 亩" in text
    assert "4 亩" in text


def test_a_blend_is_shown_with_its_shares_by_county(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.packet("blend"))

    assert "焦作市温县 60%" in page.inner_text(".title-page")
    parts = [part.inner_text() for part in page.query_selector_all(".shares li")]
    assert ["温县 60%" in parts[0], "720 公斤" in parts[0]] == [True, True]
    assert ["武陟县 40%" in parts[1], "480 公斤" in parts[1]] == [True, True]


@pytest.mark.parametrize(
    ("shows", "status", "look", "words"),
    [
        ("held", "held", "is-amber", "暂停销售"),
        ("recalled", "recalled", "is-alarm", "已召回，请停止使用"),
        ("expired", "expired", "is-amber", "已过保质期"),
    ],
)
def test_the_demonstration_shows_a_status(
    demo: Site, visitor: Visitor, shows: str, status: str, look: str, words: str
) -> None:
    assert status_of(visitor.visit(demo.packet(shows))) == (status, look, words)


@pytest.mark.parametrize(
    ("make", "status", "words"),
    [
        (packets.packet, "recorded", UNCHECKED),
        (packets.expired, "expired", "已过保质期"),
        (packets.backfilled, "partly", "9步是当时记的，1步是事后补录"),
        (packets.incomplete, "incomplete", "记录未齐"),
        (packets.voided, "voided", "已作废"),
    ],
)
def test_what_happened_to_a_packet_decides_its_status(
    stage: Stage,
    visitor: Visitor,
    make: Callable[[Chain, bytes], Packet],
    status: str,
    words: str,
) -> None:
    made = make(stage.chain, stage.secret)

    shown = status_of(visitor.visit(stage.page_of(made.code), javascript=False))

    assert (shown[0], shown[2]) == (status, words)
    assert shown[1] != "is-green"


def test_a_packet_that_nobody_released_is_dormant(stage: Stage, visitor: Visitor) -> None:
    made = packets.packet(stage.chain, stage.secret, released=False)

    assert status_of(visitor.visit(stage.page_of(made.code)))[::2] == ("dormant", "未放行")


def test_a_hold_and_a_recall_show_with_the_publics_words(stage: Stage, visitor: Visitor) -> None:
    made = packets.packet(stage.chain, stage.secret)
    packets.hold(stage.chain, made.season.pack)
    held = visitor.visit(stage.page_of(made.code))
    packets.recall(stage.chain, made.season.pack)
    recalled = visitor.visit(stage.page_of(made.code))

    assert status_of(held)[0] == "held"
    assert "正在抽检" in held.inner_text(".status")
    assert status_of(recalled)[:2] == ("recalled", "is-alarm")
    assert "封口不严" in recalled.inner_text(".status")
    assert recalled.title().startswith("已召回，请停止使用")
    assert len(recalled.query_selector_all(".steps .outlined")) == 1


def test_a_failed_test_shows_with_its_item(stage: Stage, visitor: Visitor) -> None:
    made = packets.packet(stage.chain, stage.secret)
    packets.examine(stage.chain, made.season.pack, passed=False)

    page = visitor.visit(stage.page_of(made.code))

    assert status_of(page)[:2] == ("failed", "is-red")
    assert "✕ 不合格" in page.inner_text("table.tests")


def test_a_code_that_was_copied_shows_how_often(stage: Stage, visitor: Visitor) -> None:
    made = packets.packet(stage.chain, stage.secret)
    for _ in range(50):
        with urlopen(Asked(stage.page_of(made.code), headers={"accept": "text/html"})):  # noqa: S310 — our own server
            pass

    page = visitor.visit(stage.page_of(made.code))

    assert status_of(page)[:2] == ("copied", "is-amber")
    assert "至今 51 次" in page.inner_text(".status")
    # Nobody said where, so the page counts no provinces.
    assert "省份" not in page.inner_text(".status")


def test_an_unknown_code_offers_the_field_again(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(f"{demo.url}/t/ABCDE", status=404)

    assert status_of(page)[:2] == ("unknown_code", "is-red")
    assert page.input_value("#code") == "ABCDE"
    assert violations(page) == []


def test_typing_a_code_leads_to_its_page(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.url)

    page.fill("#code", demo.codes["honest"].replace("0", "o"))
    page.click("button")

    visitor.settle(page)
    assert page.url == demo.packet("honest")
    assert CHECKED in page.inner_text("main")


@pytest.mark.parametrize("shows", ["honest", "blend", "recalled"])
def test_no_page_scrolls_sideways(demo: Site, visitor: Visitor, shows: str) -> None:
    for display in ("", "?big=1", "?lang=en"):
        page = visitor.visit(demo.packet(shows) + display)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert width_of(page) == width, display


@pytest.mark.parametrize("width", [320, 1280])
def test_the_first_page_does_not_scroll_sideways(demo: Site, visitor: Visitor, width: int) -> None:
    for path in ("/", "/?lang=en&big=1", "/nothing"):
        page = visitor.visit(demo.url + path, width=width, status=404 if "nothing" in path else 200)
        assert width_of(page) == width


@pytest.mark.parametrize("shows", SHOWN)
def test_every_page_is_accessible(demo: Site, visitor: Visitor, shows: str) -> None:
    page = visitor.visit(demo.packet(shows))
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    for width in WIDTHS[1:]:
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page) == [], width


@pytest.mark.parametrize("path", ["/", "/?lang=en", "/?big=1"])
def test_the_first_page_is_accessible(demo: Site, visitor: Visitor, path: str) -> None:
    assert violations(visitor.visit(demo.url + path)) == []


def test_controls_are_large_enough_for_old_hands(demo: Site, visitor: Visitor) -> None:
    for url in (demo.url, demo.packet("honest")):
        page = visitor.visit(url)
        for control in page.query_selector_all("button, .button, summary, input, .tools a"):
            box = control.bounding_box()
            assert box is not None
            assert box["height"] >= 52, control.inner_html()


def test_text_is_large_and_can_be_larger(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.packet("honest"))
    size = "parseFloat(getComputedStyle(document.body).fontSize)"
    normal = page.evaluate(size)

    page.click("text=字大一点")
    visitor.settle(page)

    assert normal == 18
    assert page.evaluate(size) > 22
    page.click("text=字小一点")
    visitor.settle(page)
    assert page.evaluate(size) == 18


def test_english_is_one_link_away_and_keeps_the_code(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.packet("honest"))

    page.click("text=English")
    visitor.settle(page)

    assert page.url == demo.packet("honest") + "?lang=en"
    assert page.get_attribute("html", "lang") == "en"
    text = page.inner_text("main")
    assert "Rehmannia root" in text
    assert "Checked by your phone: all 19 steps are signed and unchanged since" in text
    assert "Demonstration" in page.inner_text(".notice")
    assert violations(page) == []


@pytest.mark.parametrize("shows", SHOWN)
def test_without_scripts_only_the_phones_own_words_are_missing(
    demo: Site, visitor: Visitor, shows: str
) -> None:
    checked = visitor.visit(demo.packet(shows)).inner_text("article")

    # In the same language, which is no second scan: its count would be another line.
    again = demo.packet(shows) + "?lang=zh"
    without = visitor.visit(again, javascript=False).inner_text("article")

    lines = [line.strip() for line in without.splitlines() if line.strip()]
    missing = [line for line in lines if line not in checked]
    # The grey sentences that a check replaces; nothing of what was recorded.
    assert len(missing) <= 3, missing
    assert all("核对" in line or line == "记" for line in missing)


@pytest.mark.parametrize("path", ["/", "/?lang=en", "/t/ABCDE", "/nothing"])
def test_every_page_of_a_demonstration_says_so(demo: Site, visitor: Visitor, path: str) -> None:
    page = visitor.visit(demo.url + path, status=200 if path[:2] in {"/", "/?"} else 404)

    assert page.inner_text(".notice").startswith(("演示数据", "Demonstration"))


def test_a_ledger_of_real_herbs_is_no_demonstration(stage: Stage, visitor: Visitor) -> None:
    assert "演示" not in visitor.visit(stage.site.url).inner_text("body")


def test_the_page_is_light(demo: Site, visitor: Visitor) -> None:
    for shows in SHOWN:
        page = visitor.visit(demo.packet(shows), status=200)
        carried = visitor.carried_bytes(page)
        own = {url: size for url, size in carried.items() if not later(url)}
        assert len(own) >= 2, "the page and its style"
        assert sum(own.values()) <= PAGE_BYTES_MAX, (shows, carried)


def later(url: str) -> bool:
    """Whether it is fetched after the content shows."""
    return "/phone.js" in url or "/whole.js" in url or "/v1/evidence" in url


def test_the_page_asks_for_no_script_but_the_check(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.packet("honest"))

    (script,) = page.query_selector_all("script")
    assert (script.get_attribute("src") or "").startswith("/phone.js?v=")
    assert script.get_attribute("type") == "module"
    assert page.query_selector_all("[style]") == []


def test_paper_shows_the_story_and_not_the_controls(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.packet("recalled"))

    page.emulate_media(media="print")

    assert page.is_visible(".status-text")
    assert page.is_visible("table.tests")
    assert not page.is_visible(".tools")
    assert not page.is_visible(".links")


def test_engineers_find_what_they_need_to_check_without_this_server(
    demo: Site, visitor: Visitor
) -> None:
    page = visitor.visit(demo.packet("honest"))
    page.click(".deeper summary")

    text = page.inner_text(".deeper")
    ledger = json.loads(fetched(f"{demo.url}/v1/ledger"))
    assert "python -m ledger verify evidence.json --asked" in text
    assert all(vkey in text for vkey in ledger["log_keys"])
    assert ledger["registrar"] in text
    assert "不能证明服务器没有说谎" in text
    with page.expect_download() as download:
        page.click(".deeper a[download]")
    assert json.loads(download.value.path().read_text("utf-8"))["asked"]
