"""A form refuses, before anybody signs, what would put a lot on hold; the door still takes it."""

from typing import Any

import pytest

from api import limits
from ledger.canonical import JsonValue
from ledger.rules.history.days import DAY_MS
from ledger.seam import Asking
from tests.chain import Chain, clock_text
from tests.http.served import Served, assert_problem
from tests.packets import examine, release
from tests.season import LABEL, Season, grow

Draft = dict[str, Any]
BARRED = {"product": "50%甲胺磷乳油", "active_ingredient": "甲胺磷"}
ALLOWED = {"product": "5%阿维菌素乳油", "active_ingredient": "阿维菌素"}
# On the list by no source that anybody has seen: such a one only warns.
UNSEEN = {"product": "35%硫丹乳油", "active_ingredient": "硫丹"}


def asked(served: Served, who: str, draft: Draft) -> Draft:
    """What the form is told of a draft."""
    event_time = clock_text(served.chain.now_ms)
    answer = served.client.post(
        "/v1/drafts", json={"event_time": event_time, **draft}, headers=served.bearing(who)
    )
    assert answer.status_code == 200, answer.text
    told: Draft = answer.json()
    return told


def refused(served: Served, who: str, draft: Draft) -> list[str]:
    """The sentences for which rules refuse a draft; nothing else may be wrong with it."""
    answer = asked(served, who, draft)
    assert {each["code"] for each in answer["refusals"]} <= {"would_hold"}, answer
    assert ("body" in answer) is not bool(answer["refusals"])
    return [each["sentence_cn"] for each in answer["refusals"]]


def spraying(season: Season, **elements: JsonValue) -> Draft:
    return {
        "kind": "PESTICIDE",
        "site": season.plot,
        "about": [{"field": "crop", "uri": season.crop}],
        "elements": {
            "reg_no": "PD1", "toxicity": "低毒", "manufacturer": "某厂", "target": "蚜虫",
            "dose": "40克/亩", "method": "喷雾", "area_m2": "10亩", "phi_days": "7",
            "earliest_harvest": "2026-12-30", **elements,
        },
    }  # fmt: skip


def harvesting(chain: Chain, season: Season, area: str = "10亩") -> Draft:
    return {
        "kind": "HARVEST",
        "site": season.plot,
        "inputs": [{"field": "crop", "uri": season.crop}],
        "outputs": [{"field": "lot", "uri": chain.lot(), "mass": "100公斤"}],
        "elements": {"plot": season.plot, "area_m2": area, "method": "人工"},
        "sealed": ["pickers"],
    }


def cutting(chain: Chain, season: Season, mass: str) -> Draft:
    return {
        "kind": "CUT_GRADE",
        "site": season.plot,
        "inputs": [{"field": "in_lots", "uri": season.dried, "mass": mass}],
        "outputs": [{"field": "out_lots", "uri": chain.lot(), "mass": mass}],
        "elements": {"spec": "片", "fresh_cut": False},
    }


def selling(season: Season, lot: str) -> Draft:
    return {
        "kind": "SALE_RETAIL",
        "site": season.plot,
        "about": [{"field": "lot", "uri": lot}],
        "elements": {"unit_code": "1", "store": "演示药铺"},
    }


def packing(chain: Chain, season: Season, fields: list[dict[str, str]]) -> Draft:
    return {
        "kind": "PACK_LABEL",
        "site": season.plot,
        "inputs": [{"field": "in_lot", "uri": season.pack, "mass": "1公斤"}],
        "outputs": [{"field": "pack_lot", "uri": chain.lot(), "mass": "1公斤"}],
        "elements": {
            "unit_g": "500克", "count": "2", "code_range": {"first": 0, "last": 1},
            "label_fields": fields,
        },
    }  # fmt: skip


def spray(chain: Chain, season: Season, **named: object) -> None:
    said = {"dose": "40克/亩", "reg_no": "PD1", "phi_days": 7, "toxicity": "low",
            "area_m2": 6_667, **ALLOWED}  # fmt: skip
    chain.do("cooperative", "PESTICIDE", about=[(season.crop, None)], **(said | named))


def released(chain: Chain, lot: str) -> None:
    """A test that passed, and a release that another approved."""
    examine(chain, lot)
    release(chain, lot)


def labelled(**said: str) -> list[dict[str, str]]:
    """A whole label of raw herb, with these fields besides or instead."""
    fields = {row["name"]: row["value"] for row in LABEL} | said
    return [{"name": name, "value": value} for name, value in fields.items() if value]


def pack(chain: Chain, season: Season, packed_ms: int, **said: str) -> str:
    """Packs of long ago, released then."""
    lot = chain.lot()
    chain.do("mill", "PACK_LABEL", inputs=[(season.dried, 1_000)], outputs=[(lot, 1_000)],
             event_ms=packed_ms, unit_g=500, count=2, drug="生地黄",
             label_fields=labelled(日期=clock_text(packed_ms)[:10], **said))  # fmt: skip
    released(chain, lot)
    return lot


def test_a_barred_pesticide_is_refused_and_an_allowed_one_is_not(served: Served) -> None:
    season = grow(served.chain)
    (sentence,) = refused(served, "cooperative", spraying(season, **BARRED))
    assert sentence == "使用了中药材上禁用的甲胺磷。这样的记录会使有关批次暂停销售。"
    assert refused(served, "cooperative", spraying(season, **BARRED)) == [sentence]
    assert refused(served, "cooperative", spraying(season, **ALLOWED)) == []


def test_what_rests_on_an_unverified_figure_only_warns(served: Served) -> None:
    answer = asked(served, "cooperative", spraying(grow(served.chain), **UNSEEN))
    assert answer["refusals"] == []
    assert any("硫丹" in warning for warning in answer["warnings"])


def test_a_harvest_within_the_interval_of_a_spray_is_refused(served: Served) -> None:
    season = grow(served.chain)
    assert refused(served, "cooperative", harvesting(served.chain, season)) == []
    spray(served.chain, season)
    (sentence,) = refused(served, "cooperative", harvesting(served.chain, season))
    assert "安全间隔期 7 天" in sentence


def test_a_harvest_after_the_interval_or_beside_the_sprayed_part_is_not_refused(
    served: Served,
) -> None:
    chain, season = served.chain, grow(served.chain)
    spray(chain, season, event_ms=chain.now_ms - 7 * DAY_MS)
    assert refused(served, "cooperative", harvesting(chain, season)) == []
    spray(chain, season, area_m2=3_000)
    assert refused(served, "cooperative", harvesting(chain, season, "1亩")) == []


def test_more_than_there_is_cannot_be_cut_and_what_is_left_can(served: Served) -> None:
    chain = served.chain
    season = grow(chain)  # packed 700 of 700 kg
    (sentence, *_) = refused(served, "mill", cutting(chain, season, "1公斤"))
    assert "总共只有 700" in sentence
    draft = cutting(chain, season, "1公斤")
    draft["inputs"] = [{"field": "in_lots", "uri": season.pack, "mass": "1公斤"}]
    assert refused(served, "mill", draft) == []


def test_packs_are_not_sold_before_their_release(served: Served) -> None:
    chain, season = served.chain, grow(served.chain)
    (sentence,) = refused(served, "mill", selling(season, season.pack))
    assert "未放行就销售" in sentence
    released(chain, season.pack)
    assert refused(served, "mill", selling(season, season.pack)) == []


@pytest.mark.parametrize("lacking", ["产地", "供货单位"])
def test_a_label_that_lacks_what_the_law_asks_is_refused(served: Served, lacking: str) -> None:
    chain, season = served.chain, grow(served.chain)
    (sentence,) = refused(served, "mill", packing(chain, season, labelled(**{lacking: ""})))
    assert f"标签缺少{lacking}" in sentence
    assert refused(served, "mill", packing(chain, season, labelled())) == []


def test_packs_past_the_day_on_their_label_are_not_sold(served: Served) -> None:
    chain, season = served.chain, grow(served.chain)
    packed_ms = chain.now_ms - 30 * DAY_MS
    late = pack(chain, season, packed_ms, 保质期至=clock_text(chain.now_ms - DAY_MS)[:10])
    good = pack(chain, season, packed_ms, 保质期至=clock_text(chain.now_ms + DAY_MS)[:10])
    chain.now_ms += 1_000
    (sentence,) = [each for each in refused(served, "mill", selling(season, late))
                   if "未放行" not in each]  # fmt: skip
    assert "保质期到" in sentence
    assert refused(served, "mill", selling(season, good)) == []


def test_the_direct_door_takes_what_a_form_refuses_and_the_lot_is_held(served: Served) -> None:
    chain, season = served.chain, grow(served.chain)
    assert refused(served, "cooperative", spraying(season, **BARRED))
    parcel = chain.event("cooperative", "PESTICIDE", about=[(season.crop, None)], reg_no="PD1",
                         dose="40克/亩", phi_days=7, area_m2=6_667, **BARRED)  # fmt: skip
    assert served.post(parcel).status_code == 201
    answer = served.client.get("/v1/trace", params={"code": season.crop}).json()
    assert answer["status"] == "held"


def test_a_refused_draft_leaves_nothing_behind(served: Served) -> None:
    season = grow(served.chain)
    served.client.get("/v1/trace", params={"code": season.pack})
    with served.beside.store.reading() as reading:
        before = reading.size(), reading.judged().through, reading.findings(Asking())
    assert refused(served, "cooperative", spraying(season, **BARRED))
    with served.beside.store.reading() as reading:
        assert (reading.size(), reading.judged().through, reading.findings(Asking())) == before


def test_a_lot_held_already_can_still_be_recorded_about(served: Served) -> None:
    chain, season = served.chain, grow(served.chain)
    spray(chain, season, **BARRED)
    assert refused(served, "cooperative", spraying(season, **ALLOWED)) == []
    body = {"draft": "of nothing"}
    answer = served.client.post("/v1/drafts", json=body, headers=served.bearing("mill"))
    assert_problem(answer, 400, "bad_body")


def test_one_actor_has_one_draft_read_at_a_time(
    file_served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAIT_S", 0)
    season = grow(file_served.chain)
    draft = {"event_time": clock_text(file_served.chain.now_ms), **spraying(season, **ALLOWED)}
    with limits.desk_turns.taken(file_served.chain.actors["mill"]):
        busy = file_served.client.post(
            "/v1/drafts", json=draft, headers=file_served.bearing("mill")
        )
        assert_problem(busy, 503, "busy")
        assert refused(file_served, "cooperative", spraying(season, **ALLOWED)) == []
    assert refused(file_served, "mill", spraying(season, **ALLOWED)) == []
