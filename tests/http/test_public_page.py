"""What the packet's page tells besides status and steps: storing, corrections, marks, sharing."""

import re
from dataclasses import replace
from html import unescape

from api.answers.pages import Display
from api.public.packet.status import shown_status
from api.scans import china_day
from ledger.herbs.bodies import event_body
from ledger.herbs.identifiers import code_of_uri
from ledger.register.door import Parcel
from ledger.rules.status import Status
from ledger.trace.trace import Asked, trace
from tests import packets
from tests.chain import DAY_MS, Chain, clock_text
from tests.http.served import Served
from tests.packets import Packet
from tests.season import grow

HOUR_MS = 3_600_000


def page(served: Served, code: str, query: str = "") -> str:
    answer = served.client.get(f"/t/{code}{query}", headers={"accept": "text/html"})
    return unescape(answer.text)


def made(served: Served) -> Packet:
    return packets.packet(served.chain, served.beside.folder.secret())


def sensed(
    chain: Chain,
    store: str,
    metric: str,
    value: float,
    unit: str,
    event_ms: int = 0,
    who: str = "mill",
) -> Parcel:
    """A reading of a store, which stands on the store's own `#out` chain."""
    said = {"metric": metric, "value": value, "unit": unit}
    when = clock_text(event_ms or chain.now_ms)
    body = event_body("SENSOR", event_time=when, site=store, elements=said)
    return chain.write(who, "event", body, [f"{store}#out"])


def sense(chain: Chain, store: str, metric: str, value: float, unit: str) -> None:
    chain.send(sensed(chain, store, metric, value, unit))


def store_for_a_month(chain: Chain, lot: str) -> str:
    """A lot comes into a store, is aired once, and leaves; the store goes on measuring."""
    store = chain.site("mill")
    sense(chain, store, "air_temperature", 31, "Cel")
    chain.now_ms += HOUR_MS
    chain.do("mill", "STORE_IN", about=[(lot, 900)], site=store, zone="passed", temperature_c=14,
             humidity=50)  # fmt: skip
    for day in range(30):
        chain.now_ms += DAY_MS
        sense(chain, store, "air_temperature", 8 + day % 7, "Cel")
        sense(chain, store, "air_humidity", 45 + day % 20, "%")
    chain.do("mill", "STORE_CARE", about=[(lot, None)], action="ventilate")
    chain.do("mill", "STORE_OUT", about=[(lot, 900)], site=store, to_org="某店", doc_no="1")
    chain.now_ms += HOUR_MS
    sense(chain, store, "air_temperature", 33, "Cel")
    return store


def test_the_page_draws_how_the_lot_was_stored(served: Served) -> None:
    season = grow(served.chain)
    lot = served.chain.lot()
    served.chain.do("mill", "SPLIT", inputs=[(season.dried, 900)], outputs=[(lot, 900)])
    store = store_for_a_month(served.chain, lot)

    text = page(served, code_of_uri(lot))

    assert "怎么存放的" in text
    assert "<b>温度</b> 8–14 ℃" in text
    assert "<b>相对湿度</b> 45–64 %" in text
    assert "62 个读数，养护 1 次" in text
    assert len(re.findall(r"<polyline points=", text)) == 2
    assert 'role="img" aria-label="温度在 8–14 ℃ 之间，从' in text
    assert store not in text
    assert "某店" not in text


def test_what_a_rival_says_of_storing_anothers_lot_is_not_drawn(served: Served) -> None:
    chain = served.chain
    chain.admit("rival", "warehouse")
    lot, mine = chain.lot(), chain.site("mill")
    theirs = chain.site("rival")
    chain.do("mill", "PURCHASE", outputs=[(lot, 900)], herb="huaidihuang", seller="某人")
    hot = {"zone": "passed", "temperature_c": 55, "humidity": 99}
    chain.do("rival", "STORE_IN", about=[(lot, 900)], site=theirs, **hot)
    assert "怎么存放的" not in page(served, code_of_uri(lot))

    chain.do("mill", "STORE_IN", about=[(lot, 900)], site=mine, zone="passed", temperature_c=8,
             humidity=50)  # fmt: skip
    # Papers of who never had the goods hand nothing on, however many they are.
    for _ in range(3):
        chain.do("rival", "STORE_OUT", about=[(lot, 900)], site=mine, to_org="rival", doc_no="1")
    chain.now_ms += HOUR_MS
    said = {"metric": "air_temperature", "value": 54, "unit": "Cel"}
    body = event_body("SENSOR", event_time=clock_text(chain.now_ms), site=mine, elements=said)
    chain.send(chain.write("rival", "event", body, [f"{mine}#out"]))
    chain.do("rival", "STORE_CARE", about=[(lot, None)], action="ventilate")
    sense(chain, mine, "air_temperature", 9, "Cel")

    text = page(served, code_of_uri(lot))

    assert "<b>温度</b> 8–9 ℃" in text
    assert "3 个读数，养护 0 次" in text


def test_a_strangers_flood_of_readings_thins_out_none_of_the_keepers(served: Served) -> None:
    chain = served.chain
    chain.admit("rival", "warehouse")
    lot, store = chain.lot(), chain.site("mill")
    chain.do("mill", "PURCHASE", outputs=[(lot, 900)], herb="huaidihuang", seller="某人")
    chain.do("mill", "STORE_IN", about=[(lot, 900)], site=store, zone="passed", temperature_c=8,
             humidity=50)  # fmt: skip
    for day in range(10):
        chain.now_ms += DAY_MS
        sense(chain, store, "air_temperature", 9 + day, "Cel")
        flood = [sensed(chain, store, "air_temperature", 55, "Cel", chain.now_ms + each, "rival")
                 for each in range(60)]  # fmt: skip
        chain.send(*flood)

    text = page(served, code_of_uri(lot))

    assert "<b>温度</b> 8–18 ℃" in text
    assert "12 个读数" in text


def test_who_was_handed_a_lot_says_how_he_stores_it(file_served: Served) -> None:
    chain = file_served.chain
    chain.admit("rival", "warehouse")
    chain.admit("carrier", "warehouse")
    lot, theirs = chain.lot(), chain.site("rival")
    chain.do("mill", "PURCHASE", outputs=[(lot, 900)], herb="huaidihuang", seller="某人")
    chain.do("mill", "STORE_OUT", about=[(lot, 900)], to_org="carrier", doc_no="1")
    chain.do("carrier", "STORE_OUT", about=[(lot, 900)], to_org="rival", doc_no="2")
    chain.do("rival", "STORE_IN", about=[(lot, 900)], site=theirs, zone="passed",
             temperature_c=12, humidity=50)  # fmt: skip

    assert "<b>温度</b> 12 ℃" in page(file_served, code_of_uri(lot))


def test_a_lot_that_nobody_measured_has_no_picture(file_served: Served) -> None:
    chain = file_served.chain
    lot = chain.lot()
    chain.do("mill", "PURCHASE", outputs=[(lot, 1_000)], herb="huaidihuang", seller="某人")

    assert "怎么存放的" not in page(file_served, code_of_uri(lot))


def test_a_store_that_measures_every_minute_is_sampled_over_the_whole_stay(
    file_served: Served,
) -> None:
    chain = file_served.chain
    lot, store = chain.lot(), chain.site("mill")
    chain.do("mill", "PURCHASE", outputs=[(lot, 900)], herb="huaidihuang", seller="某人")
    chain.do("mill", "STORE_IN", about=[(lot, 900)], site=store, zone="passed", temperature_c=5,
             humidity=50)  # fmt: skip
    parcels = [
        sensed(chain, store, "air_temperature", 5 + at, "Cel", chain.now_ms + at * 60_000)
        for at in range(300)
    ]
    for start in range(0, 300, 10):
        chain.now_ms += 600_000
        chain.send(*parcels[start : start + 10])

    text = page(file_served, code_of_uri(lot))

    count = int(re.findall(r"(\d+) 个读数", text)[0])
    assert 90 <= count <= 98
    assert re.findall(r"<b>温度</b> 5–30\d ℃", text)


def test_a_correction_shows_the_old_value_and_the_new(file_served: Served) -> None:
    chain = file_served.chain
    lot, crop = chain.lot(), chain.crop()
    said = {"plot": "urn:example:plot", "method": "hand", "herb": "huaidihuang"}
    wrong = chain.do("cooperative", "HARVEST", inputs=[(crop, None)], outputs=[(lot, 30_000)],
                     area_m2=26_680, **said)  # fmt: skip
    body = event_body(
        "HARVEST",
        event_time=clock_text(chain.now_ms),
        about=[(lot, 3_000)],
        elements={
            "corrects": wrong.leaf.statement_id.hex(),
            "correct_reason": "多写了一个零",
            "area_m2": 2_668,
        },
    )
    chain.record("cooperative", "event", body, [lot])

    text = re.sub(r"</?span[^>]*>| data-leaf=\"\d+\"", "", page(file_served, code_of_uri(lot)))

    assert "采收面积：<del>40.02 亩</del> → 4 亩" in text
    assert "重量：<del>30 公斤</del> → 3 公斤" in text
    assert "这一步写错了，以第" in text


def test_what_a_clerk_entered_for_a_farmer_is_marked(file_served: Served) -> None:
    chain = file_served.chain
    lot = chain.lot()
    chain.do("cooperative", "HARVEST", inputs=[(chain.crop(), None)], outputs=[(lot, 1_000)],
             plot="urn:example:plot", area_m2=667, method="hand", herb="huaidihuang",
             note="站点代录")  # fmt: skip

    text = page(file_served, code_of_uri(lot))

    assert '<span class="tag ">代录</span>' in text
    assert "由站点的工作人员代农户记录。" in text


def test_a_shared_link_says_what_it_is_and_names_nobody_else(file_served: Served) -> None:
    packet = made(file_served)
    text = page(file_served, packet.code)

    title = re.findall(r'<meta property="og:title" content="([^"]*)">', text)
    described = re.findall(r'<meta property="og:description" content="([^"]*)">', text)
    assert title == re.findall(r"<title>(.*)</title>", text)
    assert title[0].startswith("怀地黄")
    assert "平台有这份记录" in described[0]
    packets.recall(file_served.chain, packet.season.pack)
    assert 'og:title" content="已召回，请停止使用' in page(file_served, packet.code)


def test_rules_that_have_not_read_everything_are_never_good_news(file_served: Served) -> None:
    chain = file_served.chain
    asked = Asked(uri=made(file_served).season.pack)
    found = trace(chain.store, chain.replica, asked, today=china_day(chain.now_ms))

    shown = shown_status(replace(found, judged=False), Display())

    assert (shown.code, shown.look) == ("judging", "is-grey")
    assert shown_status(replace(found, judged=True), Display()).code == "recorded"
    voided = replace(found, status=Status(code="voided"), judged=False)
    assert shown_status(voided, Display()).code == "voided"


def test_every_word_of_the_page_has_its_english(file_served: Served) -> None:
    season = grow(file_served.chain)
    store_for_a_month(file_served.chain, season.pack)
    text = page(file_served, code_of_uri(season.pack), "?lang=en")

    assert "How it was stored" in text
    assert "Your phone" in text or "your phone" in text
    spoken = re.sub(r"<style.*?</style>|<[^>]*lang=\"zh-CN\"[^>]*>[^<]*", "", text, flags=re.DOTALL)
    assert "怎么存放" not in spoken


def test_a_figure_has_its_unit_and_what_was_not_found_has_none(file_served: Served) -> None:
    chain, packet = file_served.chain, made(file_served)
    items = [
        {"item": "铜", "value": 4.5, "unit": "mg/kg", "passed": True},
        {
            "item": "汞",
            "op": "<=",
            "limit": 0.2,
            "value": "未检出",
            "unit": "mg/kg",
            "passed": True,
        },
    ]
    chain.do("laboratory", "TEST", about=[(packet.season.pack, None)], sample_id="S2",
             report_no="R-2", lab_cma="CMA-1", method="药典", conclusion="pass",
             items=items)  # fmt: skip

    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", page(file_served, packet.code))
    told = [re.sub(r"<[^>]*>", "|", row) for row in rows]

    copper, mercury = (re.sub(r"\|+", "|", row).strip("|").split("|") for row in told[:2])
    assert copper == ["铜", "—", "4.5", " ", "mg/kg", "✓ 合格"]
    assert mercury == ["汞", "≤", " ", "0.2", " ", "mg/kg", "未检出", "✓ 合格"]


def test_a_failed_packet_names_what_failed_and_what_nobody_has_measured_again(
    served: Served,
) -> None:
    packet = made(served)
    chain, lot = served.chain, packet.season.pack
    bad = {"item": "二氧化硫 (SO₂)", "value": 900, "limit": 150, "unit": "mg/kg", "passed": False}
    chain.do("laboratory", "TEST", about=[(lot, None)], items=[bad], conclusion="fail")
    chain.now_ms += HOUR_MS
    packets.examine(chain, lot)  # for moisture and lead
    shown = page(served, packet.code)
    assert "检验不合格" in shown
    assert "不合格的项目：二氧化硫。" in shown
    assert "此后没有人再测过：二氧化硫。" in shown
    assert "Nobody has measured again: sulphur dioxide." in page(served, packet.code, "?lang=en")
    fine = bad | {"item": "SO2", "value": 20, "passed": True}
    chain.do("laboratory", "TEST", about=[(lot, None)], items=[fine], conclusion="pass")
    assert "不合格的项目" not in page(served, packet.code)


def test_what_a_report_does_not_say_is_no_piece_that_a_phone_would_look_for(
    served: Served,
) -> None:
    packet = made(served)
    bare = {"item": "水分", "limit": 15, "value": 12, "passed": True}
    served.chain.do("laboratory", "TEST", about=[(packet.season.pack, None)], items=[bare])
    shown = page(served, packet.code)
    assert "12" in shown
    assert re.findall(r'<span data-v="[^"]*"></span>', shown) == []
