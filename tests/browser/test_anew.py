"""Most packets need one script alone; what it lacks comes whole, or the page stays grey."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from api.public.script import PHONE, WHOLE, script_link
from tests import packets
from tests.browser.live import Stage
from tests.browser.phones import UNCHECKED, WRONG, Bundle, Phone
from tests.browser.test_public import status_of
from tests.packets import Packet
from tests.season import LABEL

pytestmark = pytest.mark.browser

KG = 1_000
GREY = ("recorded", "is-grey", UNCHECKED)


def scripts_of(phone: Phone, url: str) -> tuple[Page, list[str]]:
    """A page, and the scripts that it loaded."""
    loaded: list[str] = []
    phone.context.on("request", lambda asked: loaded.extend(re.findall(r"/(\w+)\.js\?", asked.url)))
    return phone.scan(url), loaded


def withhold_the_whole(phone: Phone) -> None:
    """From now on the whole script does not come."""
    phone.context.route("**/whole.js*", lambda route: route.abort())


def name_the_first(phone: Phone, pattern: str = "", lie: str = "") -> None:
    """The server names the first script for a page that needs the whole, and may lie besides."""

    def answer(route: Route) -> None:
        response = route.fetch()
        html, count = re.subn(
            r' data-quorum="0">(?s:(.*))src="/whole\.js[^"]*"',
            rf' data-quorum="0" data-whole="{script_link(WHOLE)}">\1src="{script_link(PHONE)}"',
            response.text(),
        )
        assert count == 1
        html, count = re.subn(pattern, lie, html, count=1)
        assert count == 1
        route.fulfill(response=response, body=html)

    phone.context.route("**/t/*", answer)


@pytest.fixture
def blend(stage: Stage, phone: Phone) -> str:
    """The code of a pack of two bought lots."""
    chain = stage.chain
    parts = [chain.lot(), chain.lot()]
    blended, pack = chain.lot(), chain.lot()
    for part in parts:
        chain.do("mill", "PURCHASE", outputs=[(part, 50 * KG)], herb="huaidihuang")
    chain.do(
        "mill", "BLEND", inputs=[(part, 50 * KG) for part in parts],
        outputs=[(blended, 100 * KG)], display_name="B2",
    )  # fmt: skip
    chain.do(
        "mill", "PACK_LABEL", inputs=[(blended, 100 * KG)], outputs=[(pack, 100 * KG)],
        unit_g=500, count=200, code_range={"first": 0, "last": 199}, label_fields=LABEL,
    )  # fmt: skip
    packets.examine(chain, pack)
    packets.release(chain, pack)
    phone.now_ms = chain.now_ms
    return packets.code_of(pack, stage.secret, 3)


@pytest.mark.parametrize("link", ["/t/{0}{1}", "/t/{0}", "/01/06901234567892/10/{0}/21/{1}"])
def test_a_usual_visit_loads_one_script(
    stage: Stage, phone: Phone, made: Packet, link: str
) -> None:
    printed = link.format(made.code[:20], made.code[20:])
    page, loaded = scripts_of(phone, f"{stage.site.url}{printed}")

    assert status_of(page)[0] == "checked"
    assert loaded == [PHONE]


def test_a_blend_loads_the_whole_script_at_once(stage: Stage, phone: Phone, blend: str) -> None:
    page, loaded = scripts_of(phone, stage.page_of(blend))

    assert status_of(page)[0] == "checked"
    assert loaded == [WHOLE]


def test_an_address_of_another_form_is_read_by_the_whole_script(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    lot, serial = made.code[:20], made.code[20:]
    link = f"{stage.site.url}/01/06901234567892/22/A-1/10/{lot}/21/{serial}"
    page, loaded = scripts_of(phone, link)

    assert status_of(page)[0] == "checked"
    assert loaded == [PHONE, WHOLE]
    withhold_the_whole(phone)
    assert status_of(phone.scan(link)) == GREY


def change_a_weight(bundle: Bundle) -> None:
    for statement in bundle["statements"].values():
        statement["payload"] = statement["payload"].replace('"quantity":700', '"quantity":900')


def withhold_a_leaf(bundle: Bundle) -> None:
    bundle["subjects"][0]["leaves"].pop()


@pytest.mark.parametrize("lie", [change_a_weight, withhold_a_leaf])
def test_what_is_false_is_told_by_the_whole_script_and_is_never_green(
    stage: Stage, phone: Phone, made: Packet, lie: Callable[[Bundle], None]
) -> None:
    phone.lie(lie)
    page, loaded = scripts_of(phone, stage.page_of(made.code))
    assert status_of(page) == ("wrong", "is-red", WRONG)
    assert loaded == [PHONE, WHOLE]

    phone.lie(lie)
    withhold_the_whole(phone)
    page = phone.scan(stage.page_of(made.code))
    assert status_of(page) == GREY
    assert "手机没能核对" in page.inner_text(".status")


def test_a_page_that_is_rewritten_is_grey_where_the_whole_script_is_withheld(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    def rewrite(route: Route) -> None:
        response = route.fetch()
        html = response.text()
        assert '"net">500 克' in html
        route.fulfill(response=response, body=html.replace('"net">500 克', '"net">250 克'))

    phone.context.route("**/t/*", rewrite)
    assert status_of(phone.scan(stage.page_of(made.code))) == ("wrong", "is-red", WRONG)
    withhold_the_whole(phone)
    assert status_of(phone.scan(stage.page_of(made.code))) == GREY


def test_a_server_that_names_the_first_script_for_a_blend_gains_nothing(
    stage: Stage, phone: Phone, blend: str
) -> None:
    name_the_first(phone)
    page, loaded = scripts_of(phone, stage.page_of(blend))
    assert status_of(page)[0] == "checked"
    assert loaded == [PHONE, WHOLE]

    phone.unroute()
    name_the_first(phone, 'share">50', 'share">80')
    assert status_of(phone.scan(stage.page_of(blend))) == ("wrong", "is-red", WRONG)

    withhold_the_whole(phone)
    assert status_of(phone.scan(stage.page_of(blend))) == GREY


def test_a_whole_script_that_names_another_is_not_gone_on_with_for_ever(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    """Where the whole script cannot check either, the page says so and asks for no third."""
    phone.lie(lambda bundle: bundle.update({"format": "daodi-evidence/2"}))
    page, loaded = scripts_of(phone, stage.page_of(made.code))

    assert status_of(page) == GREY
    assert "手机没能核对" in page.inner_text(".status")
    assert loaded == [PHONE, WHOLE]
