"""Scans over HTTP: own second looks, two places at once, sold packs, the signed tally of a day."""

from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from httpx import Response

from api.public.counted.rescans import COOKIE, KEPT_S, MARKS_MAX
from api.public.counted.tallies import format_tally
from api.scans import AT_ONCE_MS, CODES_MAX, Sightings, china_day, scans_of
from ledger.errors import DaodiError
from ledger.log.checkpoint import parse_checkpoint, parse_note, parse_vkey, verified_keys
from ledger.statements.keys import verify_note_line
from ledger.store.scans import TallyRow, count_scan, tally
from tests import packets
from tests.chain import DAY_MS, Chain
from tests.http.served import Served, assert_problem, open_served
from tests.packets import Packet

PROVINCE = "x-province"
WHERE = {"河南": "41", "四川": "51"}


@pytest.fixture
def placed(database_url: str, tmp_path: Path) -> Iterator[Served]:
    """A ledger whose proxy names provinces."""
    with open_served(database_url, tmp_path, province_header=PROVINCE) as opened:
        yield opened


def made(served: Served, serial: int = 7) -> Packet:
    return packets.packet(served.chain, served.beside.folder.secret(), serial=serial)


def look(served: Served, code: str, province: str = "", *, anew: bool = False) -> Response:
    if anew:
        served.client.cookies.clear()
    headers = {"accept": "text/html", PROVINCE: WHERE.get(province, "")}
    return served.client.get(f"/t/{code}", headers=headers)


def counted(served: Served, code: str) -> int:
    return scans_of(served.beside.store, code, now_ms=served.beside.clock()).count


def test_a_second_look_by_the_same_browser_is_no_second_scan(served: Served) -> None:
    code = made(served).code
    first = look(served, code)
    second = look(served, code.upper())

    assert counted(served, code) == 1
    said = first.headers["set-cookie"].lower()
    assert all(word in said for word in ("httponly", "samesite=lax", f"max-age={KEPT_S}"))
    assert "set-cookie" not in second.headers
    look(served, code, anew=True)
    assert counted(served, code) == 2


def test_the_mark_is_the_same_for_everybody_and_another_for_each_pack(file_served: Served) -> None:
    packet = made(file_served)
    other = packets.code_of(packet.season.pack, file_served.beside.folder.secret(), 8)

    marks = []
    for code in (packet.code, packet.code, other):
        look(file_served, code, anew=True)
        marks.append(file_served.client.cookies[COOKIE])
    look(file_served, packet.code)
    assert counted(file_served, packet.code) == 3

    assert marks[0] == marks[1] != marks[2]
    assert packet.code not in marks[0]


def test_a_made_up_mark_hides_no_scan(file_served: Served) -> None:
    code = made(file_served).code
    borne = {"cookie": f"{COOKIE}={'.'.join(['A' * 12] * 99)}", "accept": "text/html"}

    answer = file_served.client.get(f"/t/{code}", headers=borne)

    assert counted(file_served, code) == 1
    marks = answer.headers["set-cookie"].partition("=")[2].partition(";")[0].split(".")
    assert len(marks) == MARKS_MAX


def test_a_pack_in_two_provinces_within_two_hours_may_be_copied(placed: Served) -> None:
    code = made(placed).code
    look(placed, code, "河南")
    assert "可能被人复制" not in look(placed, code, "河南", anew=True).text

    page = look(placed, code, "四川", anew=True).text

    assert "可能被人复制" in page
    assert "两小时之内，它出现在两个省份。" in page
    assert "至今 3 次" in page
    traced = placed.client.get("/v1/trace", params={"code": code}).json()
    assert traced["status"] == "copied"
    assert traced["scans"] == {
        "count": 3,
        "first": china_day(placed.beside.clock()).isoformat(),
        "provinces": ["四川", "河南"],
    }


def test_sightings_are_forgotten_after_two_hours_and_never_grow_without_end() -> None:
    seen = Sightings()
    assert not seen.is_elsewhere("code", "河南", now_ms=0)
    assert not seen.is_elsewhere("code", "", now_ms=1)
    assert not seen.is_elsewhere("code", "四川", now_ms=AT_ONCE_MS)
    assert seen.is_elsewhere("code", "河南", now_ms=AT_ONCE_MS + 1)
    for number in range(CODES_MAX):
        seen.is_elsewhere(str(number), "河南", now_ms=AT_ONCE_MS + 2)
    assert not seen.is_elsewhere("code", "湖北", now_ms=AT_ONCE_MS + 3)


def sell(chain: Chain, lot: str, code: str) -> None:
    chain.do("mill", "SALE_RETAIL", about=[(lot, 500)], unit_code=code, store="某店")


def test_the_page_says_when_this_pack_was_noted_as_sold(served: Served) -> None:
    packet = made(served)
    lot = packet.season.pack
    sell(served.chain, lot, packets.code_of(lot, served.beside.folder.secret(), 8))
    assert "商店还没有登记售出。" in look(served, packet.code).text
    sell(served.chain, lot, packet.code.upper())

    page = unescape(look(served, packet.code).text)

    assert page.count("登记的售出日期：") == 1
    assert "某店" not in page
    sell(served.chain, lot, packet.code)
    assert "这个编号登记了 2 次售出" in look(served, packet.code).text


def test_a_lots_own_code_is_no_pack_to_compare(file_served: Served) -> None:
    packet = made(file_served)

    assert "和手里的包装比一比" not in look(file_served, packet.code[:20]).text


def test_scans_are_tallied_by_lot_and_province(chain: Chain) -> None:
    lot, other = "a" * 20, "b" * 20
    for code, day, province in (
        (lot + "1" * 12, "2026-11-20", "河南"),
        (lot + "2" * 12, "2026-11-20", "河南"),
        (lot + "2" * 12, "2026-11-20", ""),
        (other + "1" * 12, "2026-11-20", "四川"),
        (other + "1" * 12, "2026-11-21", "四川"),
    ):
        count_scan(chain.store, code, day, province)

    assert tally(chain.store, "2026-11-20") == [(lot, "", 1), (lot, "河南", 2), (other, "四川", 1)]


def test_the_tally_of_a_day_that_is_over_is_signed_by_the_log(placed: Served) -> None:
    code = made(placed).code
    yesterday = china_day(placed.beside.clock() - DAY_MS)
    for province in ("河南", "*"):
        count_scan(placed.beside.store, code, yesterday.isoformat(), province)

    answer = placed.client.get(f"/scans/{yesterday}.json")
    note = parse_note(answer.json()["note"])
    keys = [parse_vkey(vkey) for vkey in placed.client.get("/v1/ledger").json()["log_keys"]]

    assert answer.json()["scans"] == [{"lot": code[:20], "province": "河南", "count": 1}]
    assert verified_keys(note, keys, verify_note_line) == tuple(keys)
    rows = [TallyRow(code[:20], "河南", 1)]
    assert note.text == format_tally(placed.beside.origin, yesterday, rows)
    assert placed.client.get(f"/scans/{yesterday}").text == answer.json()["note"]
    forged = parse_note(answer.json()["note"].replace(" 1\n", " 9\n"))
    with pytest.raises(DaodiError):
        verified_keys(forged, keys, verify_note_line)


def test_a_tally_can_never_be_taken_for_a_checkpoint() -> None:
    for rows in ([], [TallyRow("a" * 20, "", 5)]):
        with pytest.raises(DaodiError):
            parse_checkpoint(format_tally("ledger.example/herbs", date(2026, 11, 20), rows))


def test_a_day_that_is_not_over_has_no_tally(file_served: Served) -> None:
    today = china_day(file_served.beside.clock())
    for day in (today, today + timedelta(days=1), "20200101", "yesterday", "2026-13-01"):
        assert_problem(file_served.client.get(f"/scans/{day}.json"), 404, "not_found")


def test_what_a_scan_stores_is_written_down(file_served: Served) -> None:
    for query in ("", "?lang=en"):
        page = file_served.client.get(f"/privacy{query}", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "cookie" in page.text
