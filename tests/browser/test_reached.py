"""More of the public's states, each reached by doing the real thing, and ended where it can be.

The table of all of them stands in `test_states`.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from ledger.herbs.bodies import event_body
from ledger.herbs.tags import new_tag
from tests import packets
from tests.browser.live import PROVINCE, Stage, Visitor
from tests.browser.phones import Phone, outlined
from tests.browser.test_public import status_of, violations
from tests.chain import Chain, clock_text
from tests.season import grow

pytestmark = pytest.mark.browser

WIDTHS = (320, 1280)
GUESSES = 21
GUESSER = {"X-Forwarded-For": "203.0.113.9"}
TWICE = "TWICE-1"


@pytest.fixture(scope="module")
def phones(browser: Browser, stage: Stage) -> Iterator[dict[str, Phone]]:
    """Two phones, each in its own province."""
    contexts = {
        where: browser.new_context(
            viewport={"width": 360, "height": 800}, extra_http_headers={PROVINCE: header}
        )
        for where, header in {"河南": "41", "四川": "51"}.items()
    }
    yield {
        where: Phone(context=context, now_ms=stage.chain.now_ms)
        for where, context in contexts.items()
    }
    for context in contexts.values():
        context.close()


@pytest.fixture
def henan(phones: dict[str, Phone]) -> Iterator[Phone]:
    """The phone in 河南. A page may be half a minute old; it asks for a new one each time."""
    phone = phones["河南"]
    phone.context.route("**/nothing", lambda route: route.abort())  # with a route, no cache
    yield phone
    phone.unroute()


def look(phone: Phone, stage: Stage, code: str) -> tuple[Page, str, str]:
    """The page as the phone leaves it, its status and its look."""
    phone.now_ms = stage.chain.now_ms
    page = phone.scan(stage.page_of(code))
    status, shown, _ = status_of(page)
    return page, status, shown


def ends(chain: Chain, who: str, kind: str, thing: str, **said: object) -> None:
    """Lift a hold or a recall."""
    body = event_body(kind, event_time=clock_text(chain.now_ms), about=[(thing, None)],
                      lifts=True, elements={"reason": "查清", **said})  # fmt: skip
    chain.record(who, "event", body, [thing])


def test_a_hold_and_a_recall_that_end_leave_the_pack_green_again(
    stage: Stage, henan: Phone
) -> None:
    made = packets.packet(stage.chain, stage.secret)
    pack = made.season.pack
    packets.hold(stage.chain, pack)
    assert look(henan, stage, made.code)[1:] == ("held", "is-amber")
    ends(stage.chain, "mill", "HOLD", pack)
    assert look(henan, stage, made.code)[1:] == ("checked", "is-green")
    packets.recall(stage.chain, pack)
    assert look(henan, stage, made.code)[1:] == ("recalled", "is-alarm")
    ends(stage.chain, "mill", "RECALL", pack, level="2", recovered_g=0,
         deadline="2030-01-01T00:00:00+08:00")  # fmt: skip
    page, status, shown = look(henan, stage, made.code)
    assert (status, shown) == ("checked", "is-green")
    assert "已召回" not in page.title()


def test_a_rivals_recall_stays_a_claim_under_a_green_status(stage: Stage, henan: Phone) -> None:
    made = packets.packet(stage.chain, stage.secret)
    stage.chain.admit("alarmist", "processor")  # a name of its own: the stage is every test's
    stage.chain.do(
        "alarmist", "RECALL", about=[(made.season.pack, None)], level="1", reason="有毒",
        deadline="2030-01-01T00:00:00+08:00", recovered_g=0,
    )  # fmt: skip

    page, status, shown = look(henan, stage, made.code)

    assert (status, shown) == ("checked", "is-green")
    assert outlined(page) == []
    page.click("text=有单位声称这一批有问题 >> a")
    assert "只是声称" in page.inner_text(".steps > li:target")
    assert violations(page) == []


def test_a_lot_that_was_destroyed_is_red(stage: Stage, henan: Phone) -> None:
    made = packets.packet(stage.chain, stage.secret)
    stage.chain.do("mill", "DESTROY", about=[(made.season.pack, 700_000)], reason="霉变",
                   method="焚烧", witnesses=["某某"])  # fmt: skip

    page, status, shown = look(henan, stage, made.code)

    assert (status, shown) == ("voided", "is-red")
    assert outlined(page) == ["销毁"]


def test_what_a_rule_finds_holds_the_pack_that_came_of_it(stage: Stage, henan: Phone) -> None:
    made = packets.packet(stage.chain, stage.secret)
    stage.chain.do(
        "cooperative", "PESTICIDE", about=[(made.season.crop, None)], active_ingredient="甲胺磷",
        dose="40克/亩", reg_no="PD1", phi_days=7, area_m2=6_667,
        event_ms=stage.chain.now_ms - 3_600_000,
    )  # fmt: skip

    page, status, shown = look(henan, stage, made.code)

    assert (status, shown) == ("held", "is-amber")
    # Two rules hold it, for what was used and for when; either is a reason to show.
    assert re.search("原因：.*(甲胺磷|安全间隔期)", page.inner_text(".status"))


def test_a_code_that_is_copied_shows_when_it_turns_up_in_two_provinces(
    stage: Stage, phones: dict[str, Phone]
) -> None:
    made = packets.packet(stage.chain, stage.secret)
    assert look(phones["河南"], stage, made.code)[2] == "is-green"

    page, status, shown = look(phones["四川"], stage, made.code)

    assert (status, shown) == ("copied", "is-amber")
    assert "两小时之内，它出现在两个省份。" in page.inner_text(".status")
    assert "至今 2 次，来自 2 个省份" in page.inner_text(".status")


def test_a_pack_that_was_sold_before_says_on_which_day_and_when_twice(
    stage: Stage, henan: Phone
) -> None:
    made = packets.packet(stage.chain, stage.secret)
    lot = made.season.pack
    sale = {"about": [(lot, 500)], "unit_code": made.code, "store": "某店"}
    stage.chain.do("mill", "SALE_RETAIL", **sale)  # type: ignore[arg-type]
    page = look(henan, stage, made.code)[0]
    assert "登记的售出日期：2026年" in page.inner_text("section[aria-labelledby=pack]")
    stage.chain.do("mill", "SALE_RETAIL", **sale)  # type: ignore[arg-type]
    page = look(henan, stage, made.code)[0]
    assert "登记了 2 次售出" in page.inner_text("section[aria-labelledby=pack]")


def test_a_phone_that_loses_its_network_before_the_check_is_grey(
    stage: Stage, henan: Phone
) -> None:
    made = packets.packet(stage.chain, stage.secret)
    assert look(henan, stage, made.code)[1] == "checked"

    def leave(route: Route) -> None:
        answer = route.fetch()
        henan.context.set_offline(True)
        route.fulfill(response=answer)

    henan.context.route("**/phone.js*", leave)
    page, status, shown = look(henan, stage, made.code)
    henan.context.set_offline(False)

    assert (status, shown) == ("offline", "is-grey")
    assert "上次核对：2026-" in page.inner_text(".status")


def test_who_guesses_codes_is_stopped_and_others_are_not(
    browser: Browser, stage: Stage, henan: Phone
) -> None:
    made = packets.packet(stage.chain, stage.secret)
    guesser: BrowserContext = browser.new_context(extra_http_headers=GUESSER)
    for number in range(GUESSES):
        guess = guesser.request.get(
            stage.page_of(f"guess{number:02}"), headers={"accept": "text/html"}
        )
        assert guess.status == 404
    page = guesser.new_page()
    answer = page.goto(stage.page_of(made.code))

    assert answer is not None
    assert answer.status == 429
    assert "请求太频繁，请稍后再试。" in page.inner_text("main")
    assert violations(page) == []
    guesser.close()
    assert look(henan, stage, made.code)[1] == "checked"


@pytest.fixture(scope="module")
def places(stage: Stage) -> dict[str, tuple[str, int]]:
    """Addresses of states that have no code of a pack of their own, each with its answer."""
    chain = stage.chain
    for _ in range(2):
        grown = grow(chain)
        chain.do("mill", "SPLIT", inputs=[(grown.dried, 9)], outputs=[(chain.lot(), 9)],
                 aliases=[{"name": "购方编号", "value": TWICE}])  # fmt: skip
    rival = packets.packet(chain, stage.secret)
    chain.do("laboratory", "HOLD", about=[(rival.season.pack, None)], reason="声称")
    return {
        "waiting": (f"/t/{new_tag(bytes(5), stage.secret)}", 409),
        "several": (f"/t/{TWICE}", 300),
        "incomplete": (f"/t/{packets.incomplete(chain, stage.secret).code}", 200),
        "voided": (f"/t/{packets.voided(chain, stage.secret).code}", 200),
        "backfilled": (f"/t/{packets.backfilled(chain, stage.secret).code}", 200),
        "claimed": (f"/t/{rival.code}", 200),
        "dormant": (f"/t/{packets.packet(chain, stage.secret, released=False).code}", 200),
    }


SAID = {"waiting": "这个袋签还没有登记", "several": "这个号码", "claimed": "只是声称"}


def test_every_state_reads_at_both_widths(
    stage: Stage, visitor: Visitor, places: dict[str, tuple[str, int]]
) -> None:
    for name, (path, status) in places.items():
        page = visitor.visit(stage.site.url + path, status=status)
        assert violations(page) == [], name
        assert SAID.get(name, "") in page.inner_text("main"), name
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") == width, name
