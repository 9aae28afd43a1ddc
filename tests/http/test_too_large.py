"""More on a lot than evidence can carry: told early, told honestly, and never half shown."""

import json

import pytest

from ledger.errors import CODES
from ledger.evidence import make
from ledger.evidence.make import estimated_bytes
from ledger.evidence.verdict import CANNOT_BE_CHECKED, FILE_BYTES_MAX
from ledger.evidence.verify import verify_bundle
from tests import packets
from tests.http.served import Served, assert_problem
from tests.packets import Packet

PAGE = {"accept": "text/html"}
PILE = 700
LEFT = 512 * 1024  # of 8 MiB, so that hundreds of statements do what thousands would


@pytest.fixture(scope="module")
def made(lasting: Served) -> Packet:
    """A released pack with a pile on its crop."""
    packet = packets.packet(lasting.chain, lasting.beside.folder.secret())
    packets.pile(lasting.chain, packet, PILE)
    return packet


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the largest file be a sixteenth of what format v1 says."""
    for place in ("ledger.evidence.make", "api.public.packet.story", "api.public.packet.page"):
        monkeypatch.setattr(f"{place}.FILE_BYTES_MAX", LEFT)
    monkeypatch.setattr(make, "SURELY_SMALL", LEFT // 4)
    monkeypatch.setattr("api.shown.lineages.TOLD_FROM", LEFT // 8)


def test_the_estimate_is_about_right(lasting: Served, made: Packet) -> None:
    bundle = lasting.client.get(f"/v1/evidence?code={made.code}")
    payloads = [len(s["payload"].encode()) for s in bundle.json()["statements"].values()]
    assert len(payloads) > PILE
    assert 0.75 < estimated_bytes(payloads) / len(bundle.content) < 1.25


@pytest.mark.usefixtures("small")
def test_the_server_says_so_and_gives_out_no_file_that_nobody_could_check(
    lasting: Served, made: Packet
) -> None:
    answer = lasting.client.get(f"/v1/evidence?code={made.code}")
    document = assert_problem(answer, 422, "evidence_too_large")
    assert isinstance(document["statements"], int)
    assert document["statements"] > PILE


@pytest.mark.usefixtures("small")
def test_the_page_says_so_and_asks_no_phone_to_check(lasting: Served, made: Packet) -> None:
    for query in ("", "?others=all", "?others=2"):
        text = lasting.client.get(f"/t/{made.code}{query}", headers=PAGE).text
        assert "证据超过了 8 MiB 或一千个批次，谁也核对不了" in text
        assert f"其中 {PILE} 条是别的单位写的" in text
        assert "/phone.js" not in text
        assert "全部显示，让手机核对" not in text
        assert "从田间到手里，9 步" in text
    english = lasting.client.get(f"/t/{made.code}?lang=en", headers=PAGE).text
    assert "nobody can check it" in english


def test_a_phone_that_gets_no_file_says_why(
    lasting: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all of it is the maker's own, nobody's pile is told apart, and the phone asks."""
    packet = packets.packet(lasting.chain, lasting.beside.folder.secret())
    sentence = CODES["evidence_too_large"].sentence_cn
    monkeypatch.setattr("api.public.packet.page.FILE_BYTES_MAX", 1_000)
    text = lasting.client.get(f"/t/{packet.code}", headers=PAGE).text
    assert "/phone.js" in text
    assert sentence in text
    monkeypatch.undo()
    fresh = packets.packet(lasting.chain, lasting.beside.folder.secret())
    assert sentence not in lasting.client.get(f"/t/{fresh.code}", headers=PAGE).text


@pytest.mark.usefixtures("small")
def test_its_maker_and_the_authority_are_told_long_before(lasting: Served, made: Packet) -> None:
    lasting.chain.pens.get("bureau") or lasting.chain.admit("bureau", "supervisor")
    for who, address in (
        ("bureau", f"/supervisor/trace?code={made.code}"),
        ("cooperative", f"/enterprise/lots/{made.code}"),
    ):
        text = lasting.client.get(address, headers={**PAGE, **lasting.bearing(who)}).text
        assert 'id="growing"' in text, who
    fresh = packets.packet(lasting.chain, lasting.beside.folder.secret())
    text = lasting.client.get(
        f"/enterprise/lots/{fresh.code}", headers={**PAGE, **lasting.bearing("mill")}
    ).text
    assert 'id="growing"' not in text


def test_what_a_verifier_does_with_a_file_that_is_too_large(lasting: Served, made: Packet) -> None:
    bundle = lasting.client.get(f"/v1/evidence?code={made.code}").json()
    raw = json.dumps(bundle | {"openings": []}).encode()
    padded = raw[:-1] + b" " * (FILE_BYTES_MAX + 1 - len(raw)) + b"}"
    verdict = verify_bundle(padded, lasting.chain.policy(bundle["asked"]))
    assert verdict.outcome == CANNOT_BE_CHECKED
