"""The public's states, each reached by doing the real thing, and the server caught at its lies.

| # | state | test |
|---|---|---|
| 1 | recalled | test_phone: a recall outranks red; test_reached: it ends, a rival's is none |
| 2 | does not hold | here: rows under a running server; test_phone: LIES; test_told: REWRITTEN |
| 3 | failed, voided | test_phone: a failed test outranks green; here: a voided code |
| 3 | destroyed | test_reached: a lot that was destroyed is red |
| 4 | unknown code | test_told: a code that nobody issued is proved absent |
| 4 | guessing | test_reached: who guesses is stopped and others are not |
| 5 | held, dormant | test_reached: a person's hold, a rule's hold; here: an unreleased pack |
| 6 | copied | test_public: scanned fifty times; test_reached: in two provinces, sold before |
| 7 | expired | test_phone: what speaks against a pack outranks green |
| 8 | partly | test_phone: what was written down afterwards stays grey |
| 9 | checked | test_phone: an honest pack is green and every step is marked |
| 10 | server says | here: plain HTTP on a name; test_phone: no WebCrypto, an old checkpoint |
| 10 | no script | test_public: without scripts only the phone's own words are missing |
| 10 | judging | here: a judge that is behind |
| 11 | offline | test_reached: a phone that loses its network; test_phone: the last check's time |
| | waiting, several | test_reached: every state reads at both widths |

Threats: a row changed (here), removed (here), a projection (here); withheld events, another honest
lot, an older state (test_phone); two histories (here); a stranger's keys (test_phone).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Browser

from api.opened.judging import JudgeThread
from api.settings import Settings
from ledger.log.checkpoint import Checkpoint
from ledger.store.ledger import sign_head
from tests import packets
from tests.attacker import attack, drop_triggers, read_bytes, write_entry
from tests.browser.live import ARGUMENTS, CHROMIUM, Stage, acting, fetched, serving
from tests.browser.phones import UNCHECKED, Bundle, Phone, outlined
from tests.browser.test_public import status_of, violations
from tests.packets import Packet

pytestmark = pytest.mark.browser

NAME = "herbs.example"
PILE = 800
PATIENCE_S = 120


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stage]:
    """A ledger whose rows a test may spoil."""
    with acting(tmp_path / "own") as opened:
        yield opened


@pytest.fixture
def dozing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The same behind a server that reads its database only when it is asked something."""
    monkeypatch.setattr(JudgeThread, "_run", lambda _thread: None)
    with acting(tmp_path / "dozing") as opened:
        yield opened


def making(stage: Stage, lot: str) -> int:
    """The leaf that made a lot."""
    with stage.chain.store.reading() as reading:
        return reading.things([lot])[lot].made_index


def change_a_payload(stage: Stage, made: Packet) -> None:
    engine, index = stage.chain.store.engine, making(stage, made.season.dried)
    payload = read_bytes(engine, index, "payload")
    spoilt = payload.replace(b'"quantity":700', b'"quantity":900')
    assert spoilt != payload
    write_entry(engine, index, "payload", spoilt)


def change_a_signature(stage: Stage, made: Packet) -> None:
    engine, index = stage.chain.store.engine, making(stage, made.season.dried)
    signature = bytearray(read_bytes(engine, index, "signature"))
    signature[40] ^= 1
    write_entry(engine, index, "signature", bytes(signature))


def remove_a_leaf(stage: Stage, made: Packet) -> None:
    index = making(stage, made.season.dried)
    attack(stage.chain.store.engine, f"DELETE FROM entry WHERE leaf_index = {index}")


def change_a_projection(stage: Stage, made: Packet) -> None:
    index = making(stage, made.season.pack)
    attack(stage.chain.store.engine, f"UPDATE thing SET mass_g = 9 WHERE leaf_index = {index}")


# What the server itself notices it refuses to show; what it does not, the phone finds.
@pytest.mark.parametrize(
    ("spoil", "has_read", "found"),
    [
        (change_a_payload, False, (503, "")),
        (change_a_payload, True, (200, "is-red")),
        (change_a_signature, False, (200, "is-red")),
        (change_a_signature, True, (200, "is-red")),
        (remove_a_leaf, False, (503, "")),
        (remove_a_leaf, True, (503, "")),
        (change_a_projection, False, (200, "is-green")),  # pages tell masses by the statement,
        (change_a_projection, True, (200, "is-green")),
    ],
)
def test_a_row_that_is_spoilt_under_the_running_server_is_never_taken_for_good(
    dozing: Stage,
    browser: Browser,
    spoil: Callable[[Stage, Packet], None],
    found: tuple[int, str],
    *,
    has_read: bool,
) -> None:
    made = packets.packet(dozing.chain, dozing.secret)
    if has_read:
        fetched(f"{dozing.site.url}/v1/ledger")
    drop_triggers(dozing.chain.store.engine)
    spoil(dozing, made)

    page = browser.new_page()
    page.clock.set_fixed_time(dozing.chain.now_ms / 1000)
    answer = page.goto(dozing.page_of(made.code))
    assert answer is not None
    if answer.ok:
        page.wait_for_selector("[data-phone]", state="attached")
    assert (answer.status, status_of(page)[1] if answer.ok else "") == found
    if found[1] == "is-red":
        assert outlined(page) == ["干燥"]
    page.close()


def test_a_checkpoint_of_another_history_is_red(stage: Stage, phone: Phone, made: Packet) -> None:
    """The server signs, at the same size, a root that its leaves do not have."""

    def fork(bundle: Bundle) -> None:
        size = int(bundle["checkpoint"].splitlines()[1])
        other = Checkpoint(origin=stage.chain.origin, size=size, root=bytes(32))
        bundle["checkpoint"] = sign_head(stage.chain.log_keys)(other)

    phone.lie(fork)
    page = phone.scan(stage.page_of(made.code))
    assert status_of(page)[:2] == ("wrong", "is-red")


def test_two_roots_of_one_size_are_a_warning_and_stay_one(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    page = phone.scan(stage.page_of(made.code))
    assert status_of(page)[1] == "is-green"
    other = """name => {
      const known = JSON.parse(localStorage.getItem(name));
      localStorage.setItem(name, JSON.stringify({ ...known, root: "0".repeat(64) }));
    }"""
    page.evaluate(other, f"daodi:{stage.chain.origin}")

    for _ in range(2):
        page = phone.scan(stage.page_of(made.code))
        assert status_of(page)[:2] == ("recorded", "is-grey")
        assert "可能有两本账" in page.inner_text(".status")


def test_plain_http_on_a_name_is_grey_and_says_why(
    stage: Stage, browser: Browser, made: Packet
) -> None:
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    away = browser.browser_type.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, rules])
    page = away.new_page()
    page.goto(stage.page_of(made.code).replace("127.0.0.1", NAME))
    page.wait_for_selector("[data-phone]", state="attached")

    assert page.evaluate("window.isSecureContext") is False
    assert status_of(page) == ("recorded", "is-grey", UNCHECKED)
    assert "不是 https" in page.inner_text(".status")
    away.close()


def test_a_voided_code_is_red_and_an_unreleased_pack_is_amber(stage: Stage, phone: Phone) -> None:
    voided = packets.voided(stage.chain, stage.secret)
    dormant = packets.packet(stage.chain, stage.secret, released=False)
    phone.now_ms = stage.chain.now_ms

    for made, status, look in ((voided, "voided", "is-red"), (dormant, "dormant", "is-amber")):
        page = phone.scan(stage.page_of(made.code))
        assert status_of(page)[:2] == (status, look)
        assert "您的手机已核对" in page.inner_text(".status")


def test_a_judge_that_is_behind_makes_a_new_statements_lot_grey_until_it_has_read_it(
    own: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, other = (packets.packet(own.chain, own.secret) for _ in range(2))
    context = browser.new_context(viewport={"width": 360, "height": 800})
    phone = Phone(context=context, now_ms=own.chain.now_ms)
    context.route("**/nothing", lambda route: route.abort())  # with a route, no cache
    # A judge on a slow machine. It reads in the log's order: one lot waits behind another's pile.
    monkeypatch.setattr("ledger.judging.follow.LEAVES_MAX", 1)
    packets.pile(own.chain, other, PILE)
    packets.examine(own.chain, made.season.pack)
    phone.now_ms = own.chain.now_ms
    page = phone.scan(own.page_of(made.code))

    assert status_of(page) == ("judging", "is-grey", "刚收到的记录还在核对")
    assert "您的手机已核对" in page.inner_text(".status")
    assert violations(page) == []
    monkeypatch.undo()
    deadline = monotonic() + PATIENCE_S
    while status_of(page)[0] == "judging" and monotonic() < deadline:
        page.close()
        page = phone.scan(own.page_of(made.code))
    assert status_of(page)[:2] == ("checked", "is-green")
    context.close()


def test_after_a_restart_of_the_server_nothing_is_red(own: Stage, browser: Browser) -> None:
    made = packets.packet(own.chain, own.secret)
    settings = Settings(data=own.site.folder, requests_per_minute=0)
    for _ in range(2):
        with serving(settings) as url:
            page = browser.new_page()
            page.clock.set_fixed_time(own.chain.now_ms / 1000)
            page.goto(f"{url}/t/{made.code}")
            page.wait_for_selector("[data-phone]", state="attached")
            assert status_of(page)[1] in {"is-green", "is-grey"}
            page.close()
