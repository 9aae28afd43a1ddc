"""The head of the page, blends, the label and a pack's serial: reckoned again by the phone."""

import re

import pytest
from playwright.sync_api import Page, Route

from ledger.herbs.identifiers import batch_key, code_of_uri, unit_code
from tests import packets
from tests.browser.live import Stage
from tests.browser.phones import DAY_MS, UNCHECKED, WRONG, Phone
from tests.browser.test_public import status_of
from tests.packets import Packet
from tests.season import LABEL

pytestmark = pytest.mark.browser

WENXIAN, QINGCHUAN = "410825", "510822"
KG = 1_000
LAST = 1_399  # the last serial that a season's packing registers
IN_RANGE = "包装上的序号在企业签名登记的范围里"


def rewrite(phone: Phone, pattern: str, lie: str) -> None:
    """From now on the server says something else where its page matches."""

    def answer(route: Route) -> None:
        response = route.fetch()
        html, count = re.subn(f"(?s){pattern}", lie, response.text(), count=1)
        assert count == 1, pattern
        route.fulfill(response=response, body=html)

    phone.context.route("**/t/*", answer)


def outlined(page: Page) -> str:
    """What is outlined, as one text."""
    return " ".join(page.locator(".outlined").all_inner_texts())


# What a server writes in place of what is signed: pattern, lie, and what is outlined then.
HEAD = {
    "the name": ('"herb">怀地黄', '"herb">人参', "人参"),
    "the Latin name": ('(<p class="latin"[^>]*>).*?</p>', r"\1Panax ginseng 6</p>", "Panax"),
    "the net weight": ('"net">500 克', '"net">250 克', "250 克"),
    "the origin": ('"origin/410825">焦作市温县', '"origin/410825">广元市青川县', "青川县"),
    "another origin": ('"origin/410825">焦作市温县', '"origin/510822">焦作市温县', "温县"),
    "the harvest": ('"harvested/0">\\d{4}', '"harvested/0">2019', "2019年"),
    "the packing": ('"packed/0">\\d{4}', '"packed/0">2019', "2019年"),
    "the maker": ('"by/name">mill', '"by/name">temple', "temple"),
    "the label": ('"label/4/value">合格', '"label/4/value">特级', "特级"),
    "words beside": ('<dd>(<span class="whole"><span data-v="net")', r"<dd>特级 \1", "特级"),
    "a number beside": ("<dt>净重", "<dt>净重 2", "净重 2"),
    "a herb beside": ('<h1><span data-v="herb">', '<h1>人参 <span data-v="herb">', "人参"),
    "nothing of the maker": ("<div><dt>包装企业</dt>.*?</div>", "", "怀地黄"),
}


@pytest.mark.parametrize("what", HEAD)
def test_a_head_that_says_other_than_was_signed_is_red(
    stage: Stage, phone: Phone, made: Packet, what: str
) -> None:
    pattern, lie, place = HEAD[what]
    rewrite(phone, pattern, lie)

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page) == ("wrong", "is-red", WRONG)
    assert place in outlined(page)
    assert "这一页上写的和账本里的不一样" in page.inner_text(".status")


def test_a_name_that_turns_letters_round_turns_its_own_alone(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    page = phone.scan(stage.page_of(made.code))

    told = "[...document.querySelectorAll('[data-v]')].map(e => getComputedStyle(e).unicodeBidi)"
    assert set(page.evaluate(told)) == {"isolate"}


def grown(stage: Stage, county: str, mass_g: int) -> str:
    """A lot that was harvested in a county."""
    chain = stage.chain
    plot, crop, lot = chain.site("cooperative", county), chain.crop(), chain.lot()
    chain.do("cooperative", "SOW", inputs=[(plot, None)], outputs=[(crop, None)], area_m2=9)
    chain.do(
        "cooperative", "HARVEST", inputs=[(crop, None)], outputs=[(lot, mass_g)],
        plot=plot, area_m2=9, method="hand", herb="huaidihuang", display_name=f"L{mass_g}",
    )  # fmt: skip
    return lot


@pytest.fixture
def blend(stage: Stage, phone: Phone) -> str:
    """The code of a pack of 600 and 100 kg of two counties, steamed with wine."""
    chain = stage.chain
    wine, steamed, blended, pack = (chain.lot() for _ in range(4))
    chain.do("mill", "PURCHASE", outputs=[(wine, 50 * KG)], drug="黄酒")
    parts = [(grown(stage, WENXIAN, 600 * KG), 600 * KG)]
    chain.now_ms += DAY_MS
    other = grown(stage, QINGCHUAN, 100 * KG)
    chain.do(
        "mill", "STEAM_BOIL", inputs=[(other, 100 * KG), (wine, 50 * KG)],
        outputs=[(steamed, 100 * KG)], adjuvants=[{"name": "黄酒", "lot": wine, "mass_g": 1}],
    )  # fmt: skip
    parts.append((steamed, 100 * KG))
    chain.do("mill", "BLEND", inputs=parts, outputs=[(blended, 700 * KG)], display_name="B1")
    chain.do(
        "mill", "PACK_LABEL", inputs=[(blended, 700 * KG)], outputs=[(pack, 700 * KG)],
        unit_g=500, count=1_400, code_range={"first": 0, "last": LAST}, label_fields=LABEL,
    )  # fmt: skip
    packets.examine(chain, pack)
    packets.release(chain, pack)
    phone.now_ms = chain.now_ms
    return packets.code_of(pack, stage.secret, 3)


def test_an_honest_blend_is_green(stage: Stage, phone: Phone, blend: str) -> None:
    page = phone.scan(stage.page_of(blend))

    assert "焦作市温县 85.71%" in page.inner_text(".title-page")
    assert "广元市青川县 14.29%" in page.inner_text(".title-page")
    assert outlined(page) == ""
    assert status_of(page)[:2] == ("checked", "is-green")


BLEND = {
    "a share of the whole": ('(origin/410825">\\S+ )85.71', r"\g<1>95.71", "95.71"),
    "a county left out": (
        '<span class="whole"><span data-v="origin/510822">.*?</span></span>', "", "怀地黄",
    ),
    "a share of the blend": ('share">14.29', 'share">34.29', "34.29"),
    "a part's county": (
        '(parts/./from/)510822">广元市青川县', r'\g<1>510822">焦作市温县', "焦作市温县",
    ),
    "a part's weight": ('mass">100 公斤', 'mass">300 公斤', "300 公斤"),
    "a part left out": (r'<li><span class="share-name">.*?</li>', "", "批次"),
}  # fmt: skip


@pytest.mark.parametrize("what", BLEND)
def test_a_blend_that_is_told_otherwise_is_red(
    stage: Stage, phone: Phone, blend: str, what: str
) -> None:
    pattern, lie, place = BLEND[what]
    rewrite(phone, pattern, lie)

    page = phone.scan(stage.page_of(blend))

    assert status_of(page) == ("wrong", "is-red", WRONG)
    assert place in outlined(page)


def test_a_corrected_harvest_is_told_by_its_right_day(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    chain, fresh = stage.chain, made.season.fresh
    with chain.store.reading() as reading:
        (entry,) = reading.entries_at([reading.things([fresh])[fresh].made_index])
    assert entry.statement_id is not None
    chain.do(
        "cooperative", "HARVEST", about=[(fresh, 3_000_000)], event_ms=chain.now_ms - DAY_MS,
        corrects=entry.statement_id, correct_reason="日期写错",
    )  # fmt: skip
    phone.now_ms = chain.now_ms

    page = phone.scan(stage.page_of(made.code))

    assert outlined(page) == ""
    assert status_of(page)[0] == "checked"


def test_of_a_pack_the_phone_says_what_is_proved_of_its_serial(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    assert IN_RANGE in phone.scan(stage.page_of(made.code)).inner_text(".status")
    lot, unit = made.code[:20], made.code[20:]
    link = f"{stage.site.url}/01/06901234567892/10/{lot}/21/{unit}"
    assert IN_RANGE in phone.scan(link).inner_text(".status")
    whole = phone.scan(stage.page_of(lot))
    assert status_of(whole)[0] == "checked"
    assert IN_RANGE not in whole.inner_text(".status")


def unissued(stage: Stage, made: Packet, *, check: bool = True) -> str:
    """The code of a serial beyond what was packed; without its check, of one that was packed."""
    lot = code_of_uri(made.season.pack)
    if check:
        return unit_code(lot, LAST + 1, batch_key(stage.secret, lot))
    return f"{made.code[:-1]}{'0' if made.code[-1] != '0' else '1'}"


def test_a_serial_that_nobody_registered_is_proved_to_be_none(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    page = phone.scan(stage.page_of(unissued(stage, made)))

    assert status_of(page)[:2] == ("unknown_code", "is-red")
    assert "您的手机已核对：企业没有登记过这个序号" in page.inner_text(".status")
    assert page.get_attribute("#status", "data-phone") == "unissued"


def test_of_a_check_that_is_wrong_the_phone_says_that_it_cannot_tell(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    page = phone.scan(stage.page_of(unissued(stage, made, check=False)))

    assert status_of(page)[:2] == ("unknown_code", "is-red")
    assert "平台说编号最后六位不对，这一点手机核对不了" in page.inner_text(".status")
    assert page.get_attribute("#status", "data-phone") == "unchecked"


def test_who_serves_an_honest_page_for_a_serial_that_is_none_is_caught(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    honest = stage.page_of(made.code)
    phone.context.route("**/t/*", lambda route: route.fulfill(response=route.fetch(url=honest)))

    page = phone.scan(stage.page_of(unissued(stage, made)))

    assert status_of(page) == ("wrong", "is-red", WRONG)
    assert "包装上的序号不在企业签名登记的范围里" in page.inner_text(".status")


@pytest.mark.parametrize("codes", [["7"], ["5-9"], ["code"]])
def test_who_keeps_quiet_about_a_serial_that_was_withdrawn_is_caught(
    stage: Stage, phone: Phone, made: Packet, codes: list[str]
) -> None:
    named = [made.code if code == "code" else code for code in codes]
    stage.chain.do(
        "mill", "CODE_VOID", about=[(made.season.pack, None)], codes=named, reason="印刷损坏"
    )
    phone.now_ms = stage.chain.now_ms
    page = phone.scan(stage.page_of(made.code))
    assert status_of(page)[:2] == ("voided", "is-red")

    other = stage.page_of(packets.code_of(made.season.pack, stage.secret, 77))
    phone.context.route("**/t/*", lambda route: route.fulfill(response=route.fetch(url=other)))
    page = phone.scan(stage.page_of(made.code))
    assert status_of(page) == ("wrong", "is-red", WRONG)
    assert "这个序号已经作废" in page.inner_text(".status")


def test_what_was_typed_and_is_unknown_is_proved_to_be_so(stage: Stage, phone: Phone) -> None:
    nowhere = code_of_uri(stage.chain.lot())
    stage.chain.do("mill", "PURCHASE", outputs=[(stage.chain.lot(), KG)])
    phone.now_ms = stage.chain.now_ms

    page = phone.scan(f"{stage.site.url}/t?code={nowhere[:10]}%20{nowhere[10:].upper()}")

    assert page.url == stage.page_of(nowhere.upper())
    assert page.get_attribute("#status", "data-phone") == "absent"
    assert UNCHECKED not in page.inner_text(".status")
