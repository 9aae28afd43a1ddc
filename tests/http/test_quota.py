"""The quota meter over HTTP: what a county's land can bear against what was packed and labelled."""

import re
from html import unescape

import pytest

from api.public import harvests
from ledger.herbs.bodies import event_body
from ledger.herbs.identifiers import code_of_uri
from tests import packets
from tests.chain import clock_text
from tests.http.served import Served, assert_problem
from tests.packets import Packet

HERB = "huaidihuang"


def made(served: Served) -> Packet:
    return packets.packet(served.chain, served.beside.folder.secret())


def page(served: Served, path: str = "/quota") -> str:
    answer = served.client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def county_link(served: Served) -> str:
    (link,) = re.findall(r'href="(/quota/\d+/410825/huaidihuang)"', page(served))
    found: str = link
    return found


def cells(text: str) -> list[list[str]]:
    """Name, mass, cap and per cent of each figure."""
    rows = re.findall(r"<li><p><b>(.*?)</li>", text, flags=re.DOTALL)
    found = [[part.strip() for part in re.split(r"<[^>]*>", row) if part.strip()] for row in rows]
    return [
        [name, mass, cap, percent.rstrip("%"), *over]
        for name, percent, *over, _season, mass, _caps, cap in found
    ]


def test_a_season_is_measured_against_the_land(served: Served) -> None:
    """3 t fresh and 700 kg dried from 6,667 m², ten 亩, of caps 3,800 and 650 kg a 亩."""
    made(served)

    found = cells(page(served))

    assert [row[:2] for row in found] == [
        ["采收（鲜）", "3 吨"],
        ["包装（干）", "700 公斤"],
        ["已打标（干）", "700 公斤"],
    ]
    assert [row[3] for row in found] == ["7", "10", "10"]
    assert "怀地黄" in page(served)
    assert "焦作市温县" in page(served)


def test_each_figure_leads_to_its_statements(served: Served) -> None:
    packet = made(served)

    text = page(served, county_link(served))

    for lot in (packet.season.fresh, packet.season.pack):
        assert f'href="/t/{code_of_uri(lot)}"' in text
    ids = re.findall(r'href="/v1/statements/([0-9a-f]{64})"', text)
    assert len(ids) == 2
    for statement_id in ids:
        assert served.client.get(f"/v1/statements/{statement_id}").status_code == 200


def test_a_correction_changes_the_figure(file_served: Served) -> None:
    chain = file_served.chain
    packet = made(file_served)
    page(file_served)
    with chain.store.reading() as reading:
        made_at = reading.things([packet.season.fresh])[packet.season.fresh].made_index
        (entry,) = reading.entries_at([made_at])
    for who, mass_g in (("laboratory", 9_000_000), ("cooperative", 2_000_000)):
        body = event_body("HARVEST", event_time=clock_text(chain.now_ms),
                          about=[(packet.season.fresh, mass_g)],
                          elements={"corrects": entry.statement_id, "correct_reason": "写错",
                                    "area_m2": 3_333})  # fmt: skip
        chain.record(who, "event", body, [packet.season.fresh])

    harvested = cells(page(file_served))[0]

    assert harvested[1] == "2 吨"
    assert "采收面积 5 亩" in page(file_served)


def test_a_lot_of_two_plots_counts_by_its_shares(file_served: Served) -> None:
    chain = file_served.chain
    plots = [chain.site("cooperative"), chain.site("cooperative", county="410823")]
    lots = []
    for plot, mass_g in zip(plots, (600, 400), strict=True):
        crop, lot = chain.crop(), chain.lot()
        chain.do("cooperative", "SOW", inputs=[(plot, None)], outputs=[(crop, None)], area_m2=667)
        chain.do("cooperative", "HARVEST", inputs=[(crop, None)], outputs=[(lot, mass_g)],
                 plot=plot, area_m2=667, method="hand", herb=HERB)  # fmt: skip
        lots.append((lot, mass_g))
    blend, pack = chain.lot(), chain.lot()
    chain.do(
        "mill", "BLEND", inputs=lots, outputs=[(blend, 1_000)], same_batch={"same_base": False}
    )
    chain.do("mill", "PACK_LABEL", inputs=[(blend, 1_000)], outputs=[(pack, 1_000)], unit_g=500,
             count=2, code_range={"first": 0, "last": 1},
             label_fields=[{"name": "品名", "value": "生地黄"}])  # fmt: skip

    packed = [row[1] for row in cells(page(file_served)) if row[0] == "包装（干）"]

    assert sorted(packed) == ["400 克", "600 克"]


def test_caps_that_nobody_verified_say_so(file_served: Served) -> None:
    made(file_served)

    assert "上限未核实" in page(file_served) or "未核实" in page(
        file_served, county_link(file_served)
    )


def test_more_labels_than_the_land_can_bear_are_marked(file_served: Served) -> None:
    packet = made(file_served)
    pack = file_served.chain.lot()
    file_served.chain.do("mill", "PACK_LABEL", inputs=[(packet.season.dried, 1_000)],
                         outputs=[(pack, 1_000)], unit_g=500, count=40_000,
                         code_range={"first": 0, "last": 39_999},
                         label_fields=[{"name": "品名", "value": "生地黄"}])  # fmt: skip

    labelled = cells(page(file_served))[2]

    assert labelled[-1] == "超过"


def test_a_long_log_is_read_in_parts_and_the_page_says_so(
    file_served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harvests, "LEAVES_MAX", 1)
    made(file_served)

    first, second = page(file_served), page(file_served)

    assert "还在统计" in first
    assert "还在统计" not in second
    assert cells(first)[1][1] != cells(second)[1][1] == "700 公斤"


def test_an_empty_ledger_and_unknown_addresses_have_no_figures(file_served: Served) -> None:
    assert "还没有采收或包装的记录" in page(file_served)
    assert "Nothing was harvested" in page(file_served, "/quota?lang=en&season=1999")
    for path in ("/quota/2026/410825/huaidihuang", "/quota/2026/x/y"):
        assert_problem(file_served.client.get(path), 404, "not_found")
