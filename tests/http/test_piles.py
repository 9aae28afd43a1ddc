"""Thousands of statements that a stranger piles on a lot: page and JSON stay what they were."""

import re

import pytest

from api.public.packet.outside import CHECKED_MAX, SHOWN_MAX
from api.shown.lineages import STEPS_MAX
from ledger.trace.answer import MORE_MAX
from ledger.trace.claims import OUTSIDE_MAX
from tests import packets
from tests.http.served import Served
from tests.packets import Packet

PAGE = {"accept": "text/html"}
PILE = 1_100
PAGE_BYTES_MAX = 80 * 1024  # before compression; 1.2 MB when all of them stood on it
TRACE_BYTES_MAX = 450 * 1024


@pytest.fixture(scope="module")
def made(lasting: Served) -> Packet:
    """A released pack with a pile on its crop."""
    packet = packets.packet(lasting.chain, lasting.beside.folder.secret())
    packets.pile(lasting.chain, packet, PILE)
    return packet


def page(served: Served, packet: Packet, query: str = "") -> str:
    answer = served.client.get(f"/t/{packet.code}{query}", headers=PAGE)
    assert answer.status_code == 200
    return answer.text


def leaves(text: str) -> list[str]:
    """The leaves of the steps on a page, in its order."""
    return re.findall(r'<li id="step-\d+"[^>]* data-leaf="(\d+)"', text)


def test_the_page_stays_light_and_tells_its_own_history_whole(
    lasting: Served, made: Packet
) -> None:
    text = page(lasting, made)

    assert len(text.encode()) <= PAGE_BYTES_MAX
    assert "从田间到手里，9 步" in text
    assert f"别的单位写的记录，{PILE} 条" in text
    assert "竞争合作社没有种过、做过、也没有放行过这一批" in text
    assert len(leaves(text)) == 9 + SHOWN_MAX
    # What a phone would hold against the log is not all here, so it is not asked to.
    assert "/phone.js" not in text
    assert "您的手机没有自动核对" in text


def test_every_statement_is_on_one_of_the_pages(lasting: Served, made: Packet) -> None:
    last = PILE // SHOWN_MAX
    pages = [leaves(page(lasting, made, f"?others={number}"))[9:] for number in range(1, last + 1)]
    every = leaves(page(lasting, made, "?others=all"))

    assert [leaf for one in pages for leaf in one] == every[9:]
    assert len(set(every)) == len(every) == 9 + PILE
    assert leaves(page(lasting, made, "?others=99999"))[9:] == pages[-1]
    assert leaves(page(lasting, made, "?others=x")) == leaves(page(lasting, made))


def test_all_of_them_come_with_the_phones_check(lasting: Served, made: Packet) -> None:
    assert "/phone.js" in page(lasting, made, "?others=all")


def test_a_program_gets_the_history_first_and_the_pile_in_parts(
    lasting: Served, made: Packet
) -> None:
    found: list[str] = []
    address = f"/v1/trace?code={made.code}"
    sizes = []
    while address:
        answer = lasting.client.get(address)
        assert len(answer.content) <= TRACE_BYTES_MAX
        steps = answer.json()["steps"]
        found += [step["statement_id"] for step in steps]
        sizes.append(len(steps))
        assert answer.json()["others"] == PILE
        address = answer.json()["more"]

    assert sizes == [9 + MORE_MAX, MORE_MAX, PILE - 2 * MORE_MAX]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("after", ["-1", "x", "99999999999999999999"])
def test_a_part_that_is_none_is_refused_or_empty(lasting: Served, made: Packet, after: str) -> None:
    answer = lasting.client.get(f"/v1/trace?code={made.code}&after={after}")
    assert answer.status_code == (200 if after.startswith("9") else 400)
    assert answer.status_code == 400 or answer.json()["steps"] == []


def test_the_desks_turn_pages(lasting: Served, made: Packet) -> None:
    lasting.chain.pens.get("bureau") or lasting.chain.admit("bureau", "supervisor")
    for who, address in (
        ("bureau", f"/supervisor/trace?code={made.code}&page="),
        ("mill", f"/enterprise/lots/{made.code}?page="),
    ):
        headers = {**PAGE, **lasting.bearing(who)}
        rows: list[str] = []
        for number in (1, 2, 3):
            text = lasting.client.get(f"{address}{number}", headers=headers).text
            rows += re.findall(r'<tr id="leaf-(\d+)"', text)
            assert f"第 {number} 页，共 3 页" in text
        assert len(set(rows)) == len(rows) > PILE
        # The history itself comes first.
        assert "种子种苗登记" in lasting.client.get(address + "1", headers=headers).text
        assert len(re.findall(r'<tr id="leaf-', text)) < STEPS_MAX


def test_a_pile_that_a_phone_can_carry_is_on_the_page_and_checked(lasting: Served) -> None:
    packet = packets.packet(lasting.chain, lasting.beside.folder.secret())
    packets.pile(lasting.chain, packet, OUTSIDE_MAX + 1)

    text = page(lasting, packet)

    assert OUTSIDE_MAX < CHECKED_MAX
    assert len(leaves(text)) == 9 + OUTSIDE_MAX + 1
    assert "/phone.js" in text
    assert "没有自动核对" not in text


def test_a_test_by_who_is_no_laboratory_is_no_first_report(lasting: Served) -> None:
    packet = packets.packet(lasting.chain, lasting.beside.folder.secret())
    lasting.chain.do(
        "cooperative", "TEST", about=[(packet.season.pack, None)], sample_id="S2",
        report_no="R-2", lab_cma="CMA-2", method="x", conclusion="pass",
        items=[{"item": "水分", "op": "<=", "limit": 15, "value": 1, "unit": "%", "passed": True}],
    )  # fmt: skip

    text = page(lasting, packet)

    assert 0 < text.index("R-1") < text.index("R-2")
    assert "不是检验机构" in text
