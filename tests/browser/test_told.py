"""The page against the proof: absent codes, words that nobody signed, witnesses, wrong clocks."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Route

from ledger.herbs.identifiers import code_of_uri
from tests.browser.live import Stage
from tests.browser.phones import DAY_MS, WRONG, Bundle, Phone
from tests.browser.test_public import status_of
from tests.packets import Packet

pytestmark = pytest.mark.browser

ABSENT = "您的手机已核对：账本里没有这个码"
WITNESS = "witness.example/w"


def test_a_code_that_nobody_issued_is_proved_absent(stage: Stage, phone: Phone) -> None:
    nowhere = code_of_uri(stage.chain.lot())
    stage.chain.now_ms += 1
    phone.now_ms = stage.chain.now_ms

    page = phone.scan(stage.page_of(nowhere))

    assert status_of(page)[0] == "unknown_code"
    assert ABSENT in page.inner_text(".status")
    assert page.get_attribute("#status", "data-phone") == "absent"
    # Random signs after it are a pack's serial with no lot behind it.
    assert ABSENT in phone.scan(stage.page_of(f"{nowhere}000000000000")).inner_text(".status")


@pytest.mark.parametrize("lies", ["evidence", "page"])
def test_who_denies_a_pack_that_the_ledger_has_is_caught(
    stage: Stage, phone: Phone, made: Packet, lies: str
) -> None:
    lot = code_of_uri(made.season.pack)
    nowhere = code_of_uri(stage.chain.lot())
    denial = stage.chain.evidence(stage.chain.lot())

    def deny(route: Route) -> None:
        response = route.fetch(url=stage.page_of(nowhere))
        route.fulfill(response=response)

    if lies == "page":
        phone.context.route("**/t/*", deny)
    else:
        phone.lie(lambda bundle: bundle.update({**denial, "asked": made.season.pack}))
    page = phone.scan(stage.page_of(lot))

    assert status_of(page)[:2] == ("wrong", "is-red")
    assert ABSENT not in page.inner_text(".status")


# What a server writes on the page instead of what the statement says: place and text of a piece.
REWRITTEN = {
    "a weight": ("body/daodi:count", "1400 件", "1500 件"),
    "a name": ("by/name", "mill", "temple"),
    "a county": ("by/county", "焦作市温县", "广元市青川县"),
    "a kind": ("body/daodi:kind", "干燥", "蒸制"),
    "a time": ("body/eventTime", "年", "0年"),
    "an hour": ("at", ":", "1:"),
    "a choice": ("body/daodi:conclusion", "合格", "优秀"),
    "a result": ("body/daodi:items/0/value", "13.6", "3.6"),
    "a limit": ("body/daodi:items/1/limit", "5", "50"),
    "an item": ("body/daodi:items/1/item", "铅", "水"),
    "a verdict": ("body/daodi:items/0/passed", "✕ 不合格", "✓ 合格"),
    "a label": ("", "</h3>", "</h3> 2000 公斤"),
}


@pytest.mark.parametrize("what", REWRITTEN)
def test_a_page_that_says_other_than_was_signed_is_red(
    stage: Stage, phone: Phone, made: Packet, what: str
) -> None:
    place, told, lie = REWRITTEN[what]

    def rewrite(route: Route) -> None:
        response = route.fetch()
        at = f'data-v="{place}">' if place else ""
        pattern = re.compile(f"{at}[^<]*?{re.escape(told)}")
        head, _, tail = response.text().partition("<main")
        html, count = pattern.subn(lambda one: one.group().replace(told, lie), tail, count=1)
        assert count == 1
        route.fulfill(response=response, body=f"{head}<main{html}")

    phone.context.route("**/t/*", rewrite)
    page = phone.scan(stage.page_of(made.code))

    assert status_of(page) == ("wrong", "is-red", WRONG)
    assert page.locator(".outlined").count() >= 1


def witness_line(note: str, key: Ed25519PrivateKey, *, seconds: int, spoilt: bool = False) -> str:
    """A witness's line below a checkpoint. Source: C2SP tlog-cosignature."""
    text = note[: note.rindex("\n\n") + 1]
    signature = key.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
    stamped = seconds.to_bytes(8, "big") + (bytes(64) if spoilt else signature)
    return f"— {WITNESS} {b64encode(witness_hash(key) + stamped).decode()}\n"


def witness_hash(key: Ed25519PrivateKey) -> bytes:
    """The four bytes by which notes name a witness's key."""
    named = WITNESS.encode() + b"\n\x04" + key.public_key().public_bytes_raw()
    return sha256(named).digest()[:4]


@pytest.mark.parametrize(
    ("lines", "status"), [("none", "recorded"), ("good", "checked"), ("bad", "wrong")]
)
def test_a_quorum_of_witnesses_is_asked_for(
    stage: Stage, phone: Phone, made: Packet, lines: str, status: str
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    spelled = b64encode(b"\x04" + key.public_key().public_bytes_raw()).decode()
    vkey = f"{WITNESS}+{witness_hash(key).hex()}+{spelled}"

    def pin(route: Route) -> None:
        response = route.fetch()
        pins = f'data-witnesses="{vkey}" data-quorum="1"'
        html = response.text().replace('data-witnesses="" data-quorum="0"', pins)
        assert vkey in html
        route.fulfill(response=response, body=html)

    def cosign(bundle: Bundle) -> None:
        if lines != "none":
            note = bundle["checkpoint"]
            bundle["checkpoint"] += witness_line(note, key, seconds=1, spoilt=lines == "bad")

    phone.lie(cosign)
    phone.context.route("**/t/*", pin)
    page = phone.scan(stage.page_of(made.code))

    assert status_of(page)[0] == status
    assert ("未经见证" in page.inner_text(".status")) == (lines == "none")
    assert bool(page.query_selector_all(".status.is-red")) == (lines == "bad")


def test_a_clock_that_is_wrong_makes_the_page_grey(
    stage: Stage, phone: Phone, made: Packet
) -> None:
    for now_ms in (stage.chain.now_ms - 400 * DAY_MS, stage.chain.now_ms + 400 * DAY_MS):
        phone.now_ms = now_ms
        page = phone.scan(stage.page_of(made.code))
        assert status_of(page)[:2] == ("recorded", "is-grey")
