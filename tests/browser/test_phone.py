"""The phone proves the page, or says what does not hold: the server lies in every way we know."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route

from tests import packets
from tests.browser.judging import NO_ED25519
from tests.browser.live import Site, Stage, Visitor
from tests.browser.phones import DAY_MS, UNCHECKED, WRONG, Bundle, Phone, marks, outlined
from tests.browser.test_public import status_of, violations
from tests.packets import Packet

pytestmark = pytest.mark.browser

HONEST = "这说明记录没被改过；药材质量看检验结果。"
# As a browser takes it, with its headers: the seven checks with strict JSON, both algorithms and
# the bodies of section 6, and what the page says in head, blends, label and steps.
# As a browser receives it, the answer's headers among it.
SCRIPT_BYTES_MAX = {"br": 9_216, "gzip": 9_700}
EVIDENCE_BYTES_MAX = 30 * 1024  # of at most twelve steps
NO_WEBCRYPTO = "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });"

Lie = Callable[[Bundle, Packet], None]


def withhold(bundle: Bundle, uri: str, number: int) -> None:
    for subject in bundle["subjects"]:
        if subject["uri"] == uri:
            index = str(subject["leaves"].pop(number))
    del bundle["leaves"][index], bundle["log"]["proofs"][index]


def withhold_the_last_event(bundle: Bundle, made: Packet) -> None:
    withhold(bundle, made.season.pack, -1)


def withhold_a_failed_test(bundle: Bundle, made: Packet) -> None:
    withhold(bundle, made.season.pack, -2)


def statement_with(bundle: Bundle, words: str) -> Bundle:
    return next(one for one in bundle["statements"].values() if words in one["payload"])


def change_a_weight(bundle: Bundle, made: Packet) -> None:
    statement = statement_with(bundle, "final_moisture_pct")
    assert "700" in statement["payload"]
    statement["payload"] = statement["payload"].replace("700", "900", 1)


def swap_a_key(bundle: Bundle, made: Packet) -> None:
    one, two, *_ = bundle["keys"]
    bundle["keys"][one], bundle["keys"][two] = bundle["keys"][two], bundle["keys"][one]


def rename_an_actor(bundle: Bundle, made: Packet) -> None:
    statement = statement_with(bundle, '"actor":"urn:daodi:actor:mill","county"')
    statement["payload"] = statement["payload"].replace('"name":"mill"', '"name":"temple"')


LIES: dict[str, tuple[Lie, set[str]]] = {
    "the last event is withheld": (withhold_the_last_event, {"检验"}),
    "a failed test is withheld": (withhold_a_failed_test, {"检验"}),
    "a weight is changed": (change_a_weight, {"干燥"}),
    "a key is swapped": (swap_a_key, set()),
    "an actor is renamed": (rename_an_actor, {"干燥", "包装", "复核签字"}),
}


@pytest.mark.parametrize("why", LIES)
def test_a_lie_is_red_and_the_step_is_outlined(
    stage: Stage, phone: Phone, made: Packet, why: str
) -> None:
    lie, steps = LIES[why]
    phone.lie(lambda bundle: lie(bundle, made))

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page) == ("wrong", "is-red", WRONG)
    assert page.title().startswith(WRONG)
    assert outlined(page)
    assert {word for word in outlined(page) if any(word.startswith(one) for one in steps)} or (
        not steps
    ), outlined(page)
    assert {"对不上"} <= set(marks(page)) <= {"对不上", "核对不了"}
    assert violations(page) == []


def test_another_honest_lot_is_no_answer(stage: Stage, phone: Phone, made: Packet) -> None:
    other = packets.packet(stage.chain, stage.secret)
    phone.now_ms = stage.chain.now_ms
    evidence = stage.chain.evidence(other.season.pack)

    def exchange(bundle: Bundle) -> None:
        bundle.clear()
        bundle.update(evidence)

    phone.lie(exchange)
    page = phone.scan(stage.page_of(made.code))
    assert status_of(page)[0] == "wrong"
    assert outlined(page)

    phone.lie(lambda bundle: bundle.update({**evidence, "asked": made.season.pack}))
    page = phone.scan(stage.page_of(made.code))
    assert status_of(page)[0] == "wrong"
    assert outlined(page)


def test_an_older_state_is_seen_by_a_phone_that_saw_more(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    older = stage.chain.evidence(made.season.pack)
    packets.hold(stage.chain, made.season.pack)
    phone.now_ms = stage.chain.now_ms
    assert status_of(phone.scan(stage.page_of(made.code)))[0] == "held"

    def go_back(bundle: Bundle) -> None:
        bundle.clear()
        bundle.update(older)

    phone.lie(go_back)
    page = phone.scan(stage.page_of(made.code))
    assert "账本变短了" in page.inner_text(".status")
    assert marks(page)[-1] == "核对不了"


def test_a_page_that_keeps_quiet_about_a_step_is_red(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    def hide(route: Route) -> None:
        response = route.fetch()
        html, count = re.subn(r"(?s)<li id=\"step-4\".*?</li>", "", response.text())
        assert count == 1
        route.fulfill(response=response, body=html)

    phone.context.route("**/t/*", hide)
    page = phone.scan(stage.page_of(made.code))
    assert status_of(page)[0] == "wrong"
    assert "这一页上写的和账本里的不一样" in page.inner_text(".status")


def test_a_step_that_nobody_signed_is_outlined(stage: Stage, phone: Phone, made: Packet) -> None:
    def invent(route: Route) -> None:
        response = route.fetch()
        html = re.sub(r'data-statement="....', 'data-statement="0000', response.text(), count=1)
        route.fulfill(response=response, body=html)

    phone.context.route("**/t/*", invent)
    page = phone.scan(stage.page_of(made.code))
    assert status_of(page)[0] == "wrong"
    assert len(outlined(page)) == 1


def test_an_honest_pack_is_green_and_every_step_is_marked(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    page = phone.scan(stage.page_of(made.code))

    count = page.locator(".steps > li").count()
    words = f"您的手机已核对：{count}步记录都有签名，写入后没改过"
    assert status_of(page) == ("checked", "is-green", words)
    assert HONEST in page.inner_text(".status")
    assert page.get_attribute("#status", "aria-live") == "polite"
    assert marks(page) == ["已核对"] * count
    assert int(page.get_attribute("#status", "data-ms") or 0) > 0


@pytest.mark.parametrize("middle", ["", "/22/A-1"])
def test_a_gs1_digital_link_is_checked_like_the_short_one(
    stage: Stage, phone: Phone, made: Packet, middle: str
) -> None:
    lot, serial = made.code[:20], made.code[20:]

    page = phone.scan(f"{stage.site.url}/01/06901234567892{middle}/10/{lot}/21/{serial}")

    assert status_of(page)[:2] == ("checked", "is-green")


@pytest.mark.parametrize(
    ("shows", "status"), [("recalled", "recalled"), ("held", "held"), ("expired", "expired")]
)
def test_what_speaks_against_a_pack_outranks_green(
    demo: Site, visitor: Visitor, shows: str, status: str
) -> None:
    page = visitor.visit(demo.packet(shows))

    assert status_of(page)[0] == status
    assert not page.query_selector_all(".status.is-green")
    assert "您的手机已核对" in page.inner_text(".status")


def test_a_failed_test_outranks_green_and_a_recall_outranks_red(stage: Stage, phone: Phone) -> None:
    made = packets.packet(stage.chain, stage.secret)
    packets.examine(stage.chain, made.season.pack, passed=False)
    phone.now_ms = stage.chain.now_ms
    assert status_of(phone.scan(stage.page_of(made.code)))[:2] == ("failed", "is-red")

    packets.recall(stage.chain, made.season.pack)
    phone.lie(lambda bundle: change_a_weight(bundle, made))
    recalled = phone.scan(stage.page_of(made.code))
    assert status_of(recalled)[:2] == ("recalled", "is-alarm")
    assert WRONG in recalled.inner_text(".status")


def test_what_was_written_down_afterwards_stays_grey(stage: Stage, phone: Phone) -> None:
    made = packets.backfilled(stage.chain, stage.secret)
    phone.now_ms = stage.chain.now_ms

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page) == ("partly", "is-grey", "9步已核对，1步是事后补录")
    assert set(marks(page)) == {"已核对"}


def test_what_a_stranger_writes_down_late_takes_no_green_from_a_pack(
    stage: Stage, phone: Phone
) -> None:
    made = packets.outdated(stage.chain, stage.secret)
    phone.now_ms = stage.chain.now_ms

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page)[:2] == ("checked", "is-green")
    assert page.locator(".steps > li", has_text="补录").count() == 1


@pytest.mark.parametrize("signs", ["approves it", "grew it"])
def test_a_late_record_that_a_maker_answers_for_stays_grey(
    stage: Stage, phone: Phone, signs: str
) -> None:
    chain = stage.chain
    if signs == "approves it":
        made = packets.outdated(chain, stage.secret, approver="mill")
    else:
        made = packets.outdated(chain, stage.secret, who="cooperative")
    phone.now_ms = chain.now_ms

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page)[:2] == ("partly", "is-grey")
    assert "1步是事后补录" in status_of(page)[2]


@pytest.mark.parametrize("who", ["mill", "rival"])
def test_the_phone_counts_late_records_itself(stage: Stage, phone: Phone, who: str) -> None:
    made = packets.outdated(stage.chain, stage.secret, who=who)
    phone.now_ms = stage.chain.now_ms
    told, lie = ("partly", "recorded") if who == "mill" else ("recorded", "partly")

    def rewrite(route: Route) -> None:
        response = route.fetch()
        html = response.text()
        assert html.count(f'data-status="{told}"') == 1
        route.fulfill(
            response=response, body=html.replace(f'data-status="{told}"', f'data-status="{lie}"')
        )

    phone.context.route("**/t/*", rewrite)
    page = phone.scan(stage.page_of(made.code))

    assert status_of(page)[0] == ("partly" if who == "mill" else "checked")


def test_incomplete_records_stay_grey(stage: Stage, phone: Phone) -> None:
    made = packets.incomplete(stage.chain, stage.secret)

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page)[:2] == ("incomplete", "is-grey")
    assert "平台现在没有给出证据" in page.inner_text(".status")


def test_an_old_checkpoint_is_grey(stage: Stage, phone: Phone, made: Packet) -> None:
    evidence = stage.chain.evidence(made.season.pack)
    phone.lie(lambda bundle: bundle.update(evidence))
    phone.now_ms = stage.chain.now_ms + 400 * DAY_MS

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page) == ("recorded", "is-grey", UNCHECKED)
    assert "超过 24 小时" in page.inner_text(".status")


def test_without_network_the_page_says_when_it_was_last_checked(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    phone.context.route("**/v1/evidence*", lambda route: route.abort())
    first = phone.scan(stage.page_of(made.code))
    assert status_of(first) == ("offline", "is-grey", "现在没有网；上次核对：没有核对过")

    phone.unroute()
    phone.scan(stage.page_of(made.code))
    phone.context.route("**/v1/evidence*", lambda route: route.abort())
    again = phone.scan(stage.page_of(made.code))
    assert re.fullmatch(r"现在没有网；上次核对：\d{4}-\d\d-\d\d \d\d:\d\d", status_of(again)[2])


def test_another_key_than_remembered_is_a_warning_of_its_own(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    page = phone.scan(stage.page_of(made.code))
    name = f"daodi:{stage.chain.origin}"
    change = "name => localStorage.setItem(name, localStorage.getItem(name).replace('+', '+0'))"
    page.evaluate(change, name)

    page = phone.scan(stage.page_of(made.code))
    assert "账本的公钥和这部手机上次见到的不一样" in page.inner_text(".status")
    assert status_of(page)[1] == "is-grey"
    # The remembered registrar's own chain led to these keys.
    assert status_of(phone.scan(stage.page_of(made.code)))[1] == "is-green"

    other = "name => localStorage.setItem(name, JSON.stringify({ logKeys: 'x', registrar: 'x' }))"
    page.evaluate(other, name)
    for _ in range(2):
        page = phone.scan(stage.page_of(made.code))
        assert "账本的公钥和这部手机上次见到的不一样" in page.inner_text(".status")


def test_without_https_or_webcrypto_the_page_says_why(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    phone.context.add_init_script(NO_WEBCRYPTO)

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page) == ("recorded", "is-grey", UNCHECKED)
    assert "不是 https" in page.inner_text(".status")


def test_what_this_phone_cannot_check_is_grey_and_marked(stage: Stage, phone: Phone) -> None:
    made = packets.packet(stage.chain, stage.secret)
    stage.chain.admit("ropemaker", "processor", alg="Ed25519")
    stage.chain.do("ropemaker", "SWEAT", about=[(made.season.pack, None)], days=3)
    phone.now_ms = stage.chain.now_ms
    assert status_of(phone.scan(stage.page_of(made.code)))[0] == "checked"
    phone.context.add_init_script(NO_ED25519)

    page = phone.scan(stage.page_of(made.code))

    assert status_of(page) == ("recorded", "is-grey", UNCHECKED)
    assert "有的签名这部手机不会核对" in page.inner_text(".status")
    assert marks(page).count("核对不了") == 1
    assert not page.query_selector_all(".is-red")


def test_engineers_see_which_checks_held(demo: Site, visitor: Visitor) -> None:
    page = visitor.visit(demo.packet("honest"))
    page.click(".deeper summary")

    checks = page.locator("[data-check]").all_inner_texts()
    assert len(checks) == 7
    assert checks[0] == "账本的签名 (checkpoint): 成立"
    assert all(line.endswith("成立") for line in checks)
    assert "undefined" not in page.inner_text("article")
    assert "核对用的程序来自同一台服务器" in page.inner_text(".deeper")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_checked_page_is_accessible(demo: Site, visitor: Visitor, width: int) -> None:
    page = visitor.visit(demo.packet("honest"), width=width)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    assert page.query_selector_all(".status.is-green")
    assert violations(page) == []


def test_the_evidence_is_light(stage: Stage, visitor: Visitor) -> None:
    made = packets.packet(stage.chain, stage.secret)
    page = visitor.visit(stage.page_of(made.code))

    assert page.locator(".steps > li").count() <= 12
    carried = visitor.carried_bytes(page)
    evidence = sum(size for url, size in carried.items() if "/v1/evidence" in url)
    assert 0 < evidence <= EVIDENCE_BYTES_MAX


@pytest.mark.parametrize("coding", SCRIPT_BYTES_MAX)
def test_the_script_is_light(stage: Stage, visitor: Visitor, made: Packet, coding: str) -> None:
    page = visitor.visit(stage.page_of(made.code))
    page.set_extra_http_headers({"accept-encoding": coding})
    page.clock.set_fixed_time(stage.chain.now_ms / 1000)  # other tests may have moved the ledger's
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response("**/phone.js*") as answered:
        page.reload()
    visitor.settle(page)

    assert status_of(page)[0] == "checked"
    assert answered.value.header_value("content-encoding") == coding
    carried = visitor.carried_bytes(page)
    script = sum(size for url, size in carried.items() if "/phone.js" in url)
    assert 0 < script <= SCRIPT_BYTES_MAX[coding]
    assert not [url for url in asked if "/whole.js" in url]
