"""Events of the trade: made as EPCIS 2.0, read back, and refused only for their form."""

from typing import Any

import pytest

from ledger.canonical import JsonObject, JsonValue, canonical_bytes, parse_canonical
from ledger.errors import FormError
from ledger.herbs import events
from ledger.herbs.bodies import event_body, is_class, plain_json, sealed_elements
from ledger.herbs.events import Thing, chains_of, default_chains, parse_event, parse_recorded_event
from ledger.herbs.vocabulary import KINDS, Kind
from tests.herbs.whole import (
    ACTOR,
    CROP,
    DRIED,
    EVENTS,
    FRESH,
    HEX,
    MARKET,
    PLOT,
    SAID,
    SEED,
    WHEN,
    refused,
    whole_body,
)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.code)
def test_every_kind_is_made_and_reads_back_in_canonical_bytes(kind: Kind) -> None:
    body = whole_body(kind)
    event = parse_event(parse_canonical(canonical_bytes(body)))
    assert event.kind == kind.code
    assert event.event_type == kind.event_type
    assert event.event_time_ms == 1_793_151_000_000
    assert event.site == PLOT
    assert not any(e.key in event.elements for e in kind.elements if e.sealed)
    inputs, outputs, subjects = chains_of(event)
    assert subjects
    assert all(uri in subjects for uri in outputs)
    assert all(uri + "#out" in subjects for uri in inputs)


@pytest.mark.parametrize("code", ["BASE_REGISTER", "SCAN", "COMPLAINT"])
def test_what_travels_otherwise_is_no_event(code: str) -> None:
    body = whole_body(KINDS["HARVEST"]) | {"daodi:kind": code}
    assert "travels as" in refused(body)


@pytest.mark.parametrize(
    "kind", [kind for kind in EVENTS if kind.first_season], ids=lambda kind: kind.code
)
def test_a_first_season_event_that_lacks_a_required_element_is_refused_at_the_door(
    kind: Kind,
) -> None:
    whole = whole_body(kind)
    for element in kind.elements:
        if element.required == "R" and element.at == "body" and not element.sealed:
            lacking = {n: v for n, v in whole.items() if n != f"daodi:{element.key}"}
            assert element.key in refused(lacking)
            assert parse_recorded_event(lacking).kind == kind.code


def test_a_harvest_says_what_went_in_and_what_came_out() -> None:
    event = parse_event(
        whole_body(KINDS["HARVEST"], herb="怀牛膝", drug="牛膝", display_name="WX-1")
    )
    assert event.inputs == (Thing(uri=CROP),)
    assert event.outputs == (Thing(uri=DRIED, mass_g=8_250_000),)
    assert event.herb is not None
    assert event.herb.id == "huainiuxi"
    assert (event.herb_text, event.drug, event.display_name) == ("怀牛膝", "牛膝", "WX-1")
    assert chains_of(event)[2] == (CROP + "#out", DRIED)
    assert parse_event(whole_body(KINDS["HARVEST"], herb="huainiuxi")).herb is event.herb
    assert parse_event(whole_body(KINDS["HARVEST"])).herb is None


def test_masses_are_kilograms_in_epcis_and_whole_grams_when_read() -> None:
    body = event_body("DRY", event_time=WHEN, inputs=[(FRESH, 1_240_500)], outputs=[(DRIED, 250)])
    assert body["inputQuantityList"] == [{"epcClass": FRESH, "quantity": 1240.5, "uom": "KGM"}]
    assert body["outputQuantityList"] == [{"epcClass": DRIED, "quantity": 0.25, "uom": "KGM"}]
    assert parse_recorded_event(body).inputs[0].mass_g == 1_240_500
    for quantity, uom, grams in (
        (41_250_000, "GRM", 41_250_000),
        (1.5, "TNE", 1_500_000),
        (12, "H87", None),
        (12, None, None),
    ):
        row = {"epcClass": FRESH, "quantity": quantity} | ({"uom": uom} if uom else {})
        body["inputQuantityList"] = [plain_json(row)]
        assert parse_recorded_event(body).inputs[0].mass_g == grams


def test_a_past_fact_is_never_refused_for_what_it_says() -> None:
    event = parse_event(
        whole_body(
            KINDS["PESTICIDE"],
            active_ingredient="乐果 40%",
            method="偷偷喷",
            phi_days=0,
            later_word={"daodi": 1},
        )
    )
    assert event.elements["active_ingredient"] == "乐果 40%"
    assert event.elements["method"] == "偷偷喷"
    assert event.elements["later_word"] == {"daodi": 1}


@pytest.mark.parametrize("odd", [[], "无", [{"item": "水分"}], {"水分": 12}])
def test_what_a_log_took_before_an_element_was_known_is_readable_and_a_form_refuses_it(
    odd: JsonValue,
) -> None:
    body = event_body("RETEST", event_time=WHEN, about=[(DRIED, None)],
                      elements={"due": "2026-12-01", "items": odd})  # fmt: skip
    assert parse_recorded_event(body).elements["items"] == odd
    assert refused(body)


def test_a_verdict_is_one_of_two_words_in_either_language() -> None:
    failed = whole_body(KINDS["TEST"], conclusion="不合格")
    assert failed["disposition"] == "non_conformant"
    assert parse_event(failed).elements["conclusion"] == "fail"
    assert whole_body(KINDS["TEST"], conclusion="pass")["disposition"] == "conformant"
    assert whole_body(KINDS["RELEASE"], decision="reject")["disposition"] == "non_conformant"
    assert "conclusion" in refused(
        whole_body(KINDS["TEST"]) | {"daodi:conclusion": "大概合格"}, parse_recorded_event
    )


def test_what_must_be_sealed_never_stands_in_clear() -> None:
    elements = {"buyer": "某药店", "price": 35.0, "label_pack": SAID["pairs"]}
    body = event_body("SALE_B2B", event_time=WHEN, about=[(FRESH, 5000)], elements=elements)
    assert "daodi:buyer" not in body
    assert sealed_elements("SALE_B2B", elements) == {"buyer": "某药店", "price": 35}
    assert "sealed" in refused(body | {"daodi:buyer": "某药店"})
    assert parse_recorded_event(body | {"daodi:buyer": "某药店"}).elements["buyer"] == "某药店"


def test_a_hold_is_placed_and_lifted_and_silence_means_placed() -> None:
    said = {"reason": "二氧化硫待复检"}
    placed = event_body("HOLD", event_time=WHEN, about=[FRESH], elements=said)
    lifted = event_body("HOLD", event_time=WHEN, about=[FRESH], elements=said, lifts=True)
    assert parse_event(placed).sets == ("non_sellable_other",)
    assert not parse_event(placed).lifts
    assert parse_event(lifted).unsets == ("non_sellable_other",)
    assert parse_event(lifted).lifts
    del placed["persistentDisposition"]
    assert parse_event(placed).sets == ("non_sellable_other",)
    assert not parse_event(whole_body(KINDS["DRY"])).lifts
    with pytest.raises(FormError, match="lifted"):
        event_body("DRY", event_time=WHEN, inputs=[FRESH], outputs=[DRIED], lifts=True)


def test_a_purchase_makes_a_lot_from_outside_and_receives_one_from_inside() -> None:
    elements = {"certificate": SAID["file"]}
    bought = event_body("PURCHASE", event_time=WHEN, outputs=[(FRESH, 5)], elements=elements)
    taken = event_body("PURCHASE", event_time=WHEN, about=[(FRESH, 5)], elements=elements)
    assert chains_of(parse_event(bought)) == ((), (FRESH,), (FRESH,))
    assert chains_of(parse_event(taken)) == ((), (), (FRESH + "#out",))


def test_a_correction_gives_the_right_values_on_the_corrected_chains() -> None:
    body = event_body(
        "HARVEST",
        event_time=WHEN,
        outputs=[(FRESH, 40_000_000)],
        elements={"corrects": HEX, "correct_reason": "秤未归零"},
    )
    event = parse_event(body)
    assert (event.corrects, event.correct_reason) == (HEX, "秤未归零")
    assert event.outputs == ()
    assert event.about == (Thing(uri=FRESH, mass_g=40_000_000),)
    assert "correct_reason" in refused({k: v for k, v in body.items() if "reason" not in k})
    refused(body | {"daodi:corrects": "the last one"})
    assert "OBSERVE" in refused(body | {"action": "ADD"})
    assert events.correction_chains([FRESH, CROP + "#out"]) == (FRESH,)
    assert events.correction_chains([FRESH + "#out"]) == (FRESH + "#out",)
    held = event_body(
        "HOLD", event_time=WHEN, about=[FRESH], elements={"corrects": HEX, "correct_reason": "字"}
    )
    assert parse_event(held).sets == ()


def test_chains_follow_the_kind() -> None:
    assert default_chains("SOW", [SEED, PLOT], [CROP]) == (
        (SEED, PLOT),
        (CROP,),
        (CROP, SEED + "#out", PLOT + "#out"),
    )
    assert default_chains("TEST", [], [], [FRESH])[2] == (FRESH,)
    assert default_chains("SALE_B2B", [], [], [FRESH, FRESH])[2] == (FRESH + "#out",)
    assert default_chains("SENSOR", [], [], [PLOT])[2] == (PLOT + "#out",)
    assert default_chains("TRAINING", [], [], [ACTOR])[2] == (ACTOR + "#out",)
    assert default_chains("INSPECT", [], [], [ACTOR, FRESH])[2] == (FRESH, ACTOR + "#out")
    assert default_chains("PRICE_REPORT", [], [], [MARKET])[2] == (MARKET,)
    blind = "urn:daodi:sample:7"
    assert default_chains("SAMPLE", [FRESH], [blind], [FRESH])[2] == (
        FRESH,
        FRESH + "#out",
        blind,
    )


def test_a_case_on_a_pallet_has_its_sscc_as_parent() -> None:
    body: JsonObject = {
        n: v for n, v in whole_body(KINDS["PACK_LABEL"]).items() if "QuantityList" not in n
    }
    body |= {
        "type": "AggregationEvent",
        "action": "ADD",
        "parentID": "urn:epc:id:sscc:0614141.1234567890",
        "childQuantityList": [{"epcClass": FRESH, "quantity": 40, "uom": "H87"}],
    }
    event = parse_event(body)
    assert event.about == (Thing(uri=FRESH),)
    assert event.parent == "urn:epc:id:sscc:0614141.1234567890"
    assert "parentID" in refused({n: v for n, v in body.items() if n != "parentID"})
    assert "child" in refused({n: v for n, v in body.items() if n != "childQuantityList"})
    gone = {n: v for n, v in body.items() if n not in {"parentID", "childQuantityList"}}
    assert parse_event(gone | {"action": "DELETE"}).about == ()


def test_a_sale_with_its_documents_may_be_a_transaction() -> None:
    body = whole_body(KINDS["SALE_B2B"]) | {"type": "TransactionEvent"}
    assert "bizTransactionList" in refused(body)
    deals = [{"type": "inv", "bizTransaction": "urn:daodi:invoice:1"}]
    assert parse_event(body | {"bizTransactionList": deals}).about[0].uri == FRESH
    sources = [{"type": "owning_party", "source": ACTOR}]
    both = {"sourceList": sources, "destinationList": [{"type": "x", "destination": ACTOR}]}
    assert parse_event(whole_body(KINDS["SALE_B2B"]) | both).kind == "SALE_B2B"


def test_a_pesticide_record_about_no_crop_lacks_its_crop() -> None:
    assert "crop" in refused(whole_body(KINDS["PESTICIDE"]) | {"epcList": []})


def test_a_drying_without_weights_lacks_its_lots() -> None:
    body = whole_body(KINDS["DRY"]) | {"inputQuantityList": [{"epcClass": FRESH}]}
    assert "in_lots" in refused(body)


@pytest.mark.parametrize(
    ("code", "key", "wrong"),
    [
        ("PESTICIDE", "product", ""),
        ("PESTICIDE", "product", "x" * 5000),
        ("PESTICIDE", "phi_days", 3.5),
        ("PESTICIDE", "phi_days", -1),
        ("PESTICIDE", "dose", True),
        ("PESTICIDE", "earliest_harvest", "tomorrow"),
        ("PESTICIDE", "earliest_harvest", 20260901),
        ("DRY", "hours", "many"),
        ("CUT_GRADE", "fresh_cut", "yes"),
        ("CODE_VOID", "codes", []),
        ("CODE_VOID", "codes", ["x"] * 201),
        ("PACK_LABEL", "code_range", {"first": 9, "last": 1}),
        ("PACK_LABEL", "code_range", {}),
        ("PACK_LABEL", "label_fields", [{"name": "品名"}]),
        ("BLEND", "same_batch", {"same_base": "yes"}),
        ("STEAM_BOIL", "adjuvants", [{"name": "黄酒"}]),
        ("TEST", "items", [{"item": "水分", "value": 12.3}]),
        ("TEST", "items", [{"item": "水分", "value": 1, "passed": True, "limit": []}]),
        ("TEST", "report", {"sha256": "00", "type": "application/pdf", "size": 1}),
        ("INSPECT", "findings", [{"text": "x"}]),
        ("HARVEST", "plot", "wen-0107"),
        ("RECALL", "deadline", "2026-10-28"),
        ("DRY", "files", [{"sha256": HEX}]),
    ],
)
def test_an_element_of_the_wrong_shape_is_refused(code: str, key: str, wrong: JsonValue) -> None:
    body = whole_body(KINDS[code]) | {f"daodi:{key}": wrong}
    assert key in refused(body, parse_recorded_event)


def test_photos_and_notes_may_go_with_any_event() -> None:
    event = parse_event(whole_body(KINDS["DRY"], files=[SAID["file"]], note="雨后"))
    assert event.elements["files"] == [SAID["file"]]


@pytest.mark.parametrize(
    ("code", "sides"),
    [
        ("DRY", {"inputs": [FRESH], "outputs": [DRIED], "about": [SEED]}),
        ("TEST", {"outputs": [FRESH]}),
        ("TEST", {"inputs": [FRESH]}),
        ("SEED_REGISTER", {"outputs": [FRESH], "about": [DRIED]}),
        ("TEST", {"about": [(FRESH, -1)]}),
        ("DRY", {"inputs": [FRESH]}),
    ],
)
def test_things_on_the_wrong_side_are_refused_when_made(
    code: str, sides: dict[str, list[Any]]
) -> None:
    with pytest.raises(FormError) as refusal:
        event_body(code, event_time=WHEN, **sides)
    assert refusal.value.code == "bad_event"


def test_a_sensors_reading_also_stands_in_epcis_own_words() -> None:
    said = {"metric": "air_temperature", "value": 24.5, "unit": "Cel"}
    body = event_body("SENSOR", event_time=WHEN, site=PLOT, elements=said)
    assert body["epcList"] == []
    assert body["sensorElementList"] == [
        {"sensorReport": [{"type": "Temperature", "value": 24.5, "uom": "CEL"}]}
    ]


def test_numbers_are_written_as_the_format_wants_them() -> None:
    assert plain_json({"a": (1.0, 2.5, None, True)}) == {"a": [1, 2.5, None, True]}
    for wrong in (float("nan"), object()):
        with pytest.raises(FormError):
            plain_json(wrong)


def test_a_lot_is_a_class_and_a_crop_a_plot_or_a_pack_is_an_instance() -> None:
    gs1 = "https://id.gs1.org/01/09506000134352/10/AB1"
    assert is_class(FRESH)
    assert is_class(gs1)
    assert is_class("urn:epc:class:lgtin:4012345.012345.998877")
    for instance in (CROP, PLOT, gs1 + "/21/7", "urn:epc:id:sscc:0614141.1234567890"):
        assert not is_class(instance)
