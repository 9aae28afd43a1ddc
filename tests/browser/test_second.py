"""A second opinion: one ledger's page judges another's evidence, by browser and by server."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from api.app import clock_ms
from api.opened.ledger import found_ledger
from api.settings import Settings
from ledger.canonical import JsonObject
from tests import packets
from tests.browser.live import Site, Stage, acting, serving
from tests.browser.test_phone import NO_WEBCRYPTO
from tests.browser.test_public import violations
from tests.packets import Packet

pytestmark = pytest.mark.browser

OTHER = "second.example/herbs"
TYPED = "typed"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One whose clock has not run ahead: it goes on with every statement of other tests."""
    with acting(tmp_path_factory.mktemp("first")) as opened:
        yield opened


@pytest.fixture(scope="module")
def second(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Another ledger, whose operator knows the stage's; asked more often than one person asks."""
    folder = tmp_path_factory.mktemp("second")
    known = " ".join((stage.chain.root.key_id, *stage.chain.vkeys))
    settings = Settings(data=folder, requests_per_minute=0, known_ledgers=known)
    found_ledger(settings, OTHER, clock_ms).store.engine.dispose()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.public.second.PER_MINUTE", 10_000)
        with serving(settings) as url:
            yield Site(url=url, folder=folder)


@pytest.fixture(params=["browser", "server", "no webcrypto"])
def judge(request: pytest.FixtureRequest, browser: Browser, second: Site) -> Iterator[Page]:
    """The page with its script, without any, and in a browser that cannot check."""
    context = browser.new_context(
        viewport={"width": 360, "height": 800}, java_script_enabled=request.param != "server"
    )
    if request.param == "no webcrypto":
        context.add_init_script(NO_WEBCRYPTO)
    page = context.new_page()
    page.goto(f"{second.url}/verify")
    yield page
    context.close()


def ask(
    page: Page, bundle: JsonObject | bytes, code: str, ledger: str, pins: tuple[str, str] = ("", "")
) -> str:
    """Fill the form in and send it; the outcome that is shown."""
    raw = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    file = {"name": "evidence.json", "mimeType": "application/json", "buffer": raw}
    page.set_input_files("#file", [file])  # type: ignore[list-item] — what its annotation forgets
    page.fill("#code", code)
    page.select_option("#ledger", ledger)
    page.fill("#log-keys", pins[0])
    page.fill("#registrar", pins[1])
    page.click("form#second button")
    box = page.wait_for_selector("#told .status")
    assert box is not None
    return box.get_attribute("data-outcome") or page.inner_text("#told")


def pins_of(stage: Stage) -> tuple[str, str]:
    return "\n".join(stage.chain.vkeys), stage.chain.root.key_id


def looks(page: Page) -> str:
    return (page.get_attribute("#told .status", "class") or "").removeprefix("status ")


def test_another_ledgers_evidence_holds_under_known_keys(
    stage: Stage, made: Packet, judge: Page
) -> None:
    evidence = stage.chain.evidence(made.season.pack)

    assert ask(judge, evidence, made.code, stage.chain.origin) == "holds"
    assert looks(judge) == "is-green"
    told = judge.inner_text("#told")
    assert made.season.pack in told
    assert stage.chain.origin in told


def test_keys_that_the_reader_brings_are_never_green(
    stage: Stage, made: Packet, judge: Page, demo: Site
) -> None:
    evidence = stage.chain.evidence(made.season.pack)
    # They are the keys of a ledger on the list, whoever types them.
    assert ask(judge, evidence, made.code, TYPED, pins_of(stage)) == "holds"
    judge.goto(f"{demo.url}/verify")  # which knows itself alone
    assert ask(judge, evidence, made.code, TYPED, pins_of(stage)) == "holds_typed"
    assert looks(judge) == "is-grey"


Asking = tuple[JsonObject | bytes, str, str, tuple[str, str]]  # file, code, ledger, typed pins
NONE = ("", "")


def spoilt(stage: Stage, made: Packet) -> Asking:
    raw = json.dumps(stage.chain.evidence(made.season.pack))
    changed = raw.replace("final_moisture_pct", "final_moisture_pkt")
    return changed.encode(), made.code, stage.chain.origin, NONE


def other_pack(stage: Stage, made: Packet) -> Asking:
    other = packets.packet(stage.chain, stage.secret)
    return stage.chain.evidence(made.season.pack), other.code, stage.chain.origin, NONE


def no_json(stage: Stage, made: Packet) -> Asking:
    return b"{", made.code, stage.chain.origin, NONE


def later_format(stage: Stage, made: Packet) -> Asking:
    evidence = {**stage.chain.evidence(made.season.pack), "format": "daodi-evidence/2"}
    return evidence, made.code, stage.chain.origin, NONE


def nobodys(stage: Stage, made: Packet) -> Asking:
    lot = stage.chain.lot()
    return stage.chain.evidence(lot), lot.rpartition("/")[2], stage.chain.origin, NONE


@pytest.mark.parametrize(
    ("asking", "outcome", "look"),
    [
        (spoilt, "does_not_hold", "is-red"),
        (other_pack, "does_not_hold", "is-red"),
        (no_json, "does_not_hold", "is-red"),
        (later_format, "cannot_be_checked", "is-grey"),
        (nobodys, "unknown", "is-grey"),
    ],
)
def test_each_outcome_has_its_words_and_its_look(
    stage: Stage,
    made: Packet,
    judge: Page,
    asking: Callable[[Stage, Packet], Asking],
    outcome: str,
    look: str,
) -> None:
    assert ask(judge, *asking(stage, made)) == outcome
    assert looks(judge) == look


def test_a_slip_of_the_reader_is_neither_red_nor_green(
    stage: Stage, made: Packet, judge: Page
) -> None:
    evidence = stage.chain.evidence(made.season.pack)
    lot = made.season.pack.rpartition("/")[2]
    slip = lot[:-1] + ("0" if lot[-1] != "0" else "1")  # whatever the last sign is, it checks
    ask(judge, evidence, slip, stage.chain.origin)
    assert looks(judge) == "is-amber"
    assert "编号写法不对" in judge.inner_text("#told")
    judge.reload()

    vkeys, registrar = pins_of(stage)
    ask(judge, evidence, made.code, TYPED, (vkeys.split()[0].replace("+", "+0", 1), registrar))
    assert looks(judge) == "is-amber"
    assert "公钥或登记机构钥匙的写法不对" in judge.inner_text("#told")


def test_an_old_checkpoint_holds_only_as_of_its_time(
    stage: Stage, made: Packet, browser: Browser, second: Site
) -> None:
    page = browser.new_page()
    page.clock.set_fixed_time(stage.chain.now_ms / 1000 + 3 * 86_400)
    page.goto(f"{second.url}/verify")

    asked = (stage.chain.evidence(made.season.pack), made.code, stage.chain.origin)
    assert ask(page, *asked) == "holds_old"
    assert looks(page) == "is-grey"
    page.close()


def test_a_ledger_does_not_vouch_for_itself(stage: Stage, made: Packet, judge: Page) -> None:
    judge.goto(f"{stage.site.url}/verify")
    evidence = stage.chain.evidence(made.season.pack)

    assert ask(judge, evidence, made.code, stage.chain.origin) == "holds_own"
    assert looks(judge) == "is-grey"


def test_nothing_is_uploaded_where_the_browser_can_check(
    stage: Stage, made: Packet, browser: Browser, second: Site
) -> None:
    page = browser.new_page()
    page.goto(f"{second.url}/verify?code={made.code}")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(f"{one.method} {one.url}"))

    assert page.input_value("#code") == made.code
    assert ask(page, stage.chain.evidence(made.season.pack), made.code, stage.chain.origin)
    assert "由您的浏览器核对" in page.inner_text("#told")
    # The seal beside the title may still be on its way.
    assert [one for one in asked if not one.startswith(f"GET {second.url}/static/")] == []
    assert violations(page) == []
    page.close()


@pytest.mark.parametrize("typed", ["{code}", "https://other.example/t/{code}", "{uri}", "{lot}"])
def test_a_code_its_address_and_its_uri_ask_for_one_thing(
    stage: Stage, made: Packet, judge: Page, typed: str
) -> None:
    lot = made.season.pack
    text = typed.format(code=made.code.upper(), uri=lot, lot=f" {lot.rpartition('/')[2]} ")
    assert ask(judge, stage.chain.evidence(lot), text, stage.chain.origin) == "holds"


def test_the_page_reads_in_english_and_passes_the_rules(browser: Browser, second: Site) -> None:
    page = browser.new_page()
    page.goto(f"{second.url}/verify?lang=en")
    assert page.inner_text("h1") == "Check another ledger's evidence"
    assert violations(page) == []
    page.close()
