"""The enterprise's pages in a real browser: keys, recording, lost answers, labels."""

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import httpx
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from ledger.errors import CODES
from ledger.evidence.verify import verify_bundle
from ledger.herbs.identifiers import code_of_uri, lot_uri
from ledger.statements.sealed import parse_opening
from ledger.statements.statement import parse_claim
from tests.browser.desk import (
    WIDTHS,
    Desk,
    cookies_of,
    fill,
    found_by_axe,
    label_with,
    made_code,
    served_desk,
    sign,
    weigh_row,
)
from tests.chain import ORIGIN
from tests.season import LABEL

pytestmark = pytest.mark.browser

PICKER = "王采收"


@dataclass
class Field:
    """What stands before the harvest: a plot and the crop sown on it, by their codes."""

    plot: str
    crop: str


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One served ledger for this file."""
    with served_desk(tmp_path_factory.mktemp("enterprise")) as served:
        yield served


@pytest.fixture(scope="module")
def field(desk: Desk) -> Field:
    """A plot with its crop, sown by the cooperative."""
    chain = desk.chain
    plot, seed, crop = chain.site("cooperative"), chain.lot(), chain.crop()
    chain.do(
        "nursery", "SEED_REGISTER", outputs=[(seed, 1_000_000)], herb="huaidihuang",
        species_latin="Rehmannia glutinosa", cultivar="金九", source="温县", germination=92,
    )  # fmt: skip
    chain.do(
        "cooperative", "SOW", inputs=[(seed, 400_000), (plot, None)], outputs=[(crop, None)],
        area_m2=6667,
    )  # fmt: skip
    return Field(plot=code_of_uri(plot), crop=code_of_uri(crop))


def harvest(desk: Desk, page: Page, field: Field, *, mass: str = "3000 公斤") -> str:
    """Fill the form of a harvest, all but the button; returns the new lot's code."""
    page.goto(f"{desk.base}/enterprise/record/HARVEST")
    fill(
        page, crop=field.crop, plot=field.plot, area_m2="10 亩", method="hand", mass=mass,
        pickers=f"{PICKER}\n李丰年", herb="huaidihuang",
    )  # fmt: skip
    return made_code(page, "lot")


def claims_on(desk: Desk, code: str) -> list[bytes]:
    """Payloads of the statements on a lot's chain."""
    with desk.beside.store.reading() as reading:
        uri = lot_uri(ORIGIN, code)
        entries = reading.entries_at(reading.chains([uri]).get(uri, []))
    return [entry.payload for entry in entries if entry.payload is not None]


def test_the_token_lives_in_a_cookie_that_no_script_reads_and_no_other_site_sends(
    desk: Desk, browser: Browser
) -> None:
    page = desk.sit_down(browser, "cooperative")
    cookie = cookies_of(page.context)["daodi_token"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert "daodi_token" not in page.evaluate("document.cookie")
    page.click(".leave button")
    page.wait_for_url(f"{desk.base}/login")
    assert "daodi_token" not in cookies_of(page.context)


def test_the_key_is_made_in_the_browser_and_cannot_be_taken_out(
    desk: Desk, browser: Browser
) -> None:
    page = desk.sit_down(browser, "cooperative")
    holder = str(page.text_content("#holder"))
    assert holder.startswith("holder-")
    kid = desk.enrol(page)
    page.reload()
    assert holder in str(page.locator("tr", has_text=kid).text_content())
    answer = httpx.get(f"{desk.base}/v1/keys/{kid}").json()
    assert (answer["status"], answer["actor"]) == ("enrolled", desk.chain.actors["cooperative"])
    assert "registrar" not in answer["roles"]
    taken = page.evaluate(
        """async () => {
          const { findDevice } = await import("/static/enterprise/vault.js");
          const { owner } = document.getElementById("device").dataset;
          const device = await findDevice(owner);
          try { await crypto.subtle.exportKey("pkcs8", device.pair.privateKey); return "taken"; }
          catch (error) { return device.pair.privateKey.extractable ? "extractable" : "kept"; }
        }"""
    )
    assert taken == "kept"


def test_a_harvest_signed_in_the_browser_becomes_a_label_that_opens_the_public_page(
    desk: Desk, browser: Browser, field: Field
) -> None:
    grower = desk.sit_down(browser, "cooperative")
    desk.enrol(grower)
    fresh = harvest(desk, grower, field)
    first = sign(grower)
    assert "/t/" + fresh in str(grower.locator("#receipt-things").inner_html())

    mill = desk.sit_down(browser, "mill")
    desk.enrol(mill)
    mill.goto(f"{desk.base}/enterprise/record/DRY")
    fill(
        mill, site=field.plot, method="oven", temperature_c="60", hours="70",
        final_moisture="13.5", herb="huaidihuang",
    )  # fmt: skip
    weigh_row(mill, "in_lots", "3000 公斤", code=fresh)
    dried = weigh_row(mill, "out_lots", "1400 斤")
    assert sign(mill) > first
    mill.goto(f"{desk.base}/enterprise/record/PACK_LABEL")
    weigh_row(mill, "in_lot", "700 公斤", code=dried)
    packs = weigh_row(mill, "pack_lot", "700 公斤")
    fill(mill, site=field.plot, unit_g="500 克", count="1400")
    mill.fill("#q-code_range-first", "1")
    mill.fill("#q-code_range-last", "1400")
    label_with(mill, LABEL)
    sign(mill)

    label = mill.request.get(f"{desk.base}/enterprise/labels/{packs}.png?serial=7")
    read = zxingcpp.read_barcode(Image.open(BytesIO(label.body())))
    assert read is not None
    assert read.text == read.text.upper()
    opened = httpx.get(read.text, headers={"accept": "text/html"}, follow_redirects=True)
    assert opened.status_code == 200
    assert "生地黄" in opened.text
    outside = mill.request.get(f"{desk.base}/enterprise/labels/{packs}.png?serial=1401")
    assert outside.status == 404
    drawn = mill.request.get(f"{desk.base}/enterprise/labels/{packs}.svg?serial=7")
    assert "500 克" in drawn.text()
    assert "温县" in drawn.text()

    evidence = httpx.get(f"{desk.base}/v1/evidence", params={"code": packs}).content
    verdict = verify_bundle(evidence, desk.chain.policy(lot_uri(ORIGIN, packs)))
    assert verdict.outcome == "holds", verdict


def test_a_sealed_value_leaves_the_browser_only_as_an_opening(
    desk: Desk, browser: Browser, field: Field
) -> None:
    page = desk.sit_down(browser, "cooperative")
    desk.enrol(page)
    lot = harvest(desk, page, field)
    sent: list[tuple[str, str]] = []
    page.on("request", lambda request: sent.append((request.url, request.post_data or "")))
    sign(page)
    posted = {url.rpartition("/v1/")[2]: body for url, body in sent if "/v1/" in url and body}
    assert set(posted) == {"drafts", "statements"}
    assert PICKER not in posted["drafts"]
    parcel = json.loads(posted["statements"])
    payload = b64decode(parcel["payload"])
    assert PICKER not in payload.decode()
    (opening,) = [parse_opening(one) for one in parcel["openings"]]
    assert opening.value == [PICKER, "李丰年"]
    assert claims_on(desk, lot) == [payload]
    assert set(parse_claim(payload).sealed) == {"pickers"}


def test_what_is_missing_or_wrong_is_said_at_its_field_before_anything_is_signed(
    desk: Desk, browser: Browser, field: Field
) -> None:
    page = desk.sit_down(browser, "cooperative")
    desk.enrol(page)
    harvest(desk, page, field, mass="三百 公斤")
    page.locator("#q-method").select_option("")
    page.fill("#q-pickers", "")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.click("#sign")
    page.wait_for_selector("#refused:not([hidden])")
    assert page.inner_text("#e-q-method") == "请选择“采收方式”。"
    assert page.inner_text("#e-q-pickers") == "请填写“采收人”。"
    assert "“鲜重”写法不对" in page.inner_text("#e-q-mass")
    assert page.get_attribute("#q-method", "aria-invalid") == "true"
    assert not any(url.endswith("/v1/statements") for url in asked)
    fill(page, method="machine", mass="300 公斤", pickers=PICKER)
    sign(page)


def test_a_barred_pesticide_is_refused_before_it_is_signed_and_an_allowed_one_is_signed(
    desk: Desk, browser: Browser, field: Field
) -> None:
    plot, crop = lot_uri(ORIGIN, field.plot).replace("/lot/", "/site/"), desk.chain.crop()
    desk.chain.do("cooperative", "SOW", inputs=[(plot, None)], outputs=[(crop, None)], area_m2=6667)
    page = desk.sit_down(browser, "cooperative")
    desk.enrol(page)
    page.goto(f"{desk.base}/enterprise/record/PESTICIDE")
    fill(
        page, site=field.plot, crop=code_of_uri(crop), product="50%甲胺磷乳油", reg_no="PD1",
        active_ingredient="甲胺磷", manufacturer="某厂", target="蚜虫", dose="40克/亩",
        method="spray", area_m2="10 亩", phi_days="7", earliest_harvest="2030-01-01",
    )  # fmt: skip
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.click("#sign")
    page.wait_for_selector("#refused:not([hidden])")
    assert "使用了中药材上禁用的甲胺磷。" in page.inner_text("#refused")
    assert "暂停销售" in page.inner_text("#refused")
    assert any(url.endswith("/v1/drafts") for url in asked)
    assert not any(url.endswith("/v1/statements") for url in asked)
    fill(page, product="5%阿维菌素乳油", active_ingredient="阿维菌素")
    sign(page)


def test_a_lost_answer_is_sent_again_first_and_stays_one_statement(
    desk: Desk, browser: Browser, field: Field
) -> None:
    page = desk.sit_down(browser, "cooperative")
    desk.enrol(page)
    lot = harvest(desk, page, field)

    def lose(route: Route) -> None:
        route.fetch()  # the server records it, but the answer never arrives
        route.abort()

    page.route("**/v1/statements", lose)
    page.click("#sign")
    expect(page.locator("#said")).to_contain_text("没有收到")
    page.unroute("**/v1/statements")
    assert len(claims_on(desk, lot)) == 1
    second = harvest(desk, page, field, mass="200 公斤")
    sign(page)
    assert len(claims_on(desk, lot)) == 1
    assert len(claims_on(desk, second)) == 1
    page.goto(f"{desk.base}/enterprise")
    page.wait_for_selector("#device-facts:not([hidden])")
    assert page.is_hidden("#unsent")


def test_what_was_signed_without_a_network_waits_and_is_sent_when_there_is_one(
    desk: Desk, browser: Browser, field: Field
) -> None:
    page = desk.sit_down(browser, "cooperative")
    desk.enrol(page)
    lot = harvest(desk, page, field)
    page.route("**/v1/statements", lambda route: route.abort())
    page.click("#sign")
    expect(page.locator("#said")).to_contain_text("没有收到")
    assert claims_on(desk, lot) == []
    page.goto(f"{desk.base}/enterprise")
    page.wait_for_selector("#unsent-list li")
    page.unroute("**/v1/statements")
    page.click("#resend")
    expect(page.locator("#unsent-said")).to_contain_text("平台已收")
    assert len(claims_on(desk, lot)) == 1


def test_who_is_told_to_wait_keeps_the_record_and_sends_it_by_himself(
    desk: Desk, browser: Browser, field: Field
) -> None:
    page = desk.sit_down(browser, "cooperative")
    desk.enrol(page)
    lot = harvest(desk, page, field)
    sentence = CODES["measure_spent"].sentence_cn
    told = {"status": 429, "code": "measure_spent", "title": sentence, "wait_s": 1}
    page.route("**/v1/statements", lambda route: route.fulfill(status=429, json=told))
    page.click("#sign")
    expect(page.locator("#said")).to_have_text(sentence)
    page.goto(f"{desk.base}/enterprise")
    expect(page.locator("#unsent-said")).to_have_text(sentence)
    assert claims_on(desk, lot) == []
    page.unroute("**/v1/statements")
    expect(page.locator("#unsent-said")).to_contain_text("平台已收")
    assert len(claims_on(desk, lot)) == 1


def test_a_key_whose_chain_has_moved_on_signs_once_more_with_the_next_number(
    desk: Desk, browser: Browser, field: Field
) -> None:
    page = desk.sit_down(browser, "cooperative")
    kid = desk.enrol(page)
    first = harvest(desk, page, field)
    # What a second tab of this browser would see before the first one has signed.
    stale = httpx.get(f"{desk.base}/v1/keys/{kid}").json()
    sign(page)
    second = harvest(desk, page, field)
    asked = iter([True])
    page.route(
        f"**/v1/keys/{kid}",
        lambda route: route.fulfill(json=stale) if next(asked, False) else route.continue_(),
    )
    sign(page)
    assert [len(claims_on(desk, lot)) for lot in (first, second)] == [1, 1]
    assert parse_claim(claims_on(desk, second)[0]).seq == 1


def test_a_correction_is_a_new_record_that_points_at_the_old_one(
    desk: Desk, browser: Browser, field: Field
) -> None:
    page = desk.sit_down(browser, "cooperative")
    desk.enrol(page)
    lot = harvest(desk, page, field)
    sign(page)
    page.goto(f"{desk.base}/enterprise/lots/{lot}")
    page.click(f"a[href*='corrects='][href*='{lot}']")
    fill(page, correct_reason="多写了一个零", mass="300 公斤")
    sign(page)
    old, new = (parse_claim(payload) for payload in claims_on(desk, lot))
    assert new.body["daodi:corrects"] == old.statement_id
    assert new.body["quantityList"] == [
        {"epcClass": lot_uri(ORIGIN, lot), "quantity": 300, "uom": "KGM"}
    ]
    assert (new.inputs, new.outputs, new.subjects) == ((), (), (lot_uri(ORIGIN, lot),))
    page.goto(f"{desk.base}/enterprise/lots/{lot}")
    assert "已更正" in page.inner_text("main")


def test_enrolling_without_the_registrars_key_tells_the_operators_command(
    desk: Desk, browser: Browser
) -> None:
    page = desk.sit_down(browser, "nursery")
    registrar = desk.beside.folder.registrar
    away = registrar.with_suffix(".away")
    registrar.rename(away)
    try:
        page.goto(f"{desk.base}/enterprise")
        page.click("#enrol button")
        page.wait_for_selector("#operator:not([hidden])")
        command = page.inner_text("#operator-command")
        assert "daodi key enrol --data" in command
        assert f"--holder {page.text_content('#holder')} " in command
        assert "BEGIN PUBLIC KEY" in page.inner_text("#operator-pem")
    finally:
        away.rename(registrar)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_fits_its_screen_and_leaves_the_console_silent(
    desk: Desk, browser: Browser, field: Field, width: int
) -> None:
    desk.complaints.clear()
    page = desk.sit_down(browser, "cooperative", width=width)
    desk.enrol(page)
    lot = harvest(desk, page, field)
    sign(page)
    assert found_by_axe(page) == []
    for path in (
        "/enterprise",
        "/enterprise/record",
        "/enterprise/record/HARVEST",
        "/enterprise/record/PACK_LABEL",
        "/enterprise/record/TEST",
        f"/enterprise/lots/{lot}",
        "/enterprise?lang=en",
    ):
        page.goto(desk.base + path)
        page.wait_for_load_state("networkidle")
        assert found_by_axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    stranger = desk.sit_down(browser, None, width=width)
    stranger.goto(f"{desk.base}/login")
    assert found_by_axe(stranger) == []
    assert desk.complaints == []
