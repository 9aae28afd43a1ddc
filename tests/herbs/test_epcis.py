"""The form of EPCIS 2.0: what GS1 allows is taken, what it forbids or cannot see is refused."""

import pytest

from ledger.canonical import JsonObject, JsonValue
from ledger.herbs.bodies import event_body
from ledger.herbs.events import parse_event
from ledger.herbs.vocabulary import KINDS
from tests.herbs.whole import CROP, FRESH, HEX, PLOT, WHEN, refused, whole_body


@pytest.mark.parametrize(
    "row",
    [
        {"epcClass": FRESH, "quantity": -1, "uom": "KGM"},
        {"epcClass": FRESH, "quantity": 1.0005, "uom": "KGM"},
        {"epcClass": FRESH, "quantity": 10**16, "uom": "KGM"},
        {"epcClass": FRESH, "quantity": "1", "uom": "KGM"},
        {"epcClass": FRESH, "quantity": True, "uom": "KGM"},
        {"epcClass": FRESH, "quantity": 1, "uom": "kg"},
        {"epcClass": FRESH, "quantity": 1, "uom": 1},
        {"epcClass": FRESH, "uom": "KGM"},
        {"quantity": 1, "uom": "KGM"},
        {"epcClass": FRESH, "daodi:mass_g": 1},
        "row",
    ],
)
def test_a_quantity_that_is_empty_negative_or_no_whole_grams_is_refused(row: JsonValue) -> None:
    body = whole_body(KINDS["DRY"])
    refused(body | {"inputQuantityList": [row]})


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "ObservationEvent"},
        {"type": None},
        {"type": "TransformationEvent"},
        {"@context": None},
        {"@context": ["https://evil.example/context.jsonld"]},
        {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", 5]},
        {"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"},
        {
            "@context": [
                "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                {"daodi": "https://d.example/ns/", "gs1": "https://evil.example/"},
            ]
        },
        {"daodi:kind": "HARVESTING"},
        {"daodi:kind": 7},
        {"acme:colour": "red"},
        {"daodi:nested": [{"acme:colour": "red"}]},
        {"colour": "red"},
        {"action": "WATCH"},
        {"action": "ADD"},
        {"action": None},
        {"eventTime": "2026-10-28T09:30:00"},
        {"eventTime": "2026-13-28T09:30:00+08:00"},
        {"eventTime": "2026-10-28T09:30:00+15:00"},
        {"eventTime": 1_793_151_000},
        {"eventTimeZoneOffset": "08:00"},
        {"eventTimeZoneOffset": None},
        {"bizStep": "planting"},
        {"bizStep": "acme:planting"},
        {"bizStep": "urn:epcglobal:cbv:bizstep:shipping"},
        {"disposition": 7},
        {"persistentDisposition": {}},
        {"persistentDisposition": {"set": []}},
        {"persistentDisposition": {"set": ["sleepy"]}},
        {"persistentDisposition": ["recalled"]},
        {"readPoint": PLOT},
        {"bizLocation": {"id": "wen 0107"}},
        {"epcList": "one"},
        {"epcList": [CROP, CROP]},
        {"epcList": ["not a uri"]},
        {"epcList": [CROP + "#out"]},
        {"epcList": ["https://x.example/" + "x" * 256]},
        {"quantityList": []},
        {"quantityList": 7},
        {"quantityList": [{"epcClass": CROP}], "epcList": [CROP]},
        {"ilmd": {"daodi:x": 1}},
        {"ilmd": 7},
        {"bizTransactionList": [{"id": "x"}]},
        {"sensorElementList": [{"sensorReport": [{"value": 3}]}]},
        {"errorDeclaration": 7},
        {"errorDeclaration": {"reason": "did_not_occur"}},
        {"recordTime": "yesterday"},
        {"eventID": "7"},
        {"certificationInfo": ["no uri"]},
    ],
)
def test_what_is_not_an_epcis_event_of_its_kind_is_refused(wrong: JsonObject) -> None:
    refused(whole_body(KINDS["PESTICIDE"]) | wrong)


@pytest.mark.parametrize(
    "more",
    [
        {"eventTime": "2026-10-28T01:30:00.5Z"},
        {"eventTime": "2026-10-28T09:30:00.123456789+08:00"},
        {"bizStep": "https://d.example/ns/BizStep-x"},
        {"bizStep": "cbv:BizStep-inspecting"},
        {"disposition": "urn:daodi:disposition:x"},
        {"certificationInfo": "https://c.example/1"},
        {"certificationInfo": ["https://c.example/1"]},
        {"errorDeclaration": {"declarationTime": WHEN}},
        {"eventID": "ni:///sha-256;" + HEX + "?ver=CBV2.0"},
        {"gs1:colour": "x", "https://d.example/ns/x": 1},
        {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 3.5}]}]},
    ],
)
def test_what_epcis_allows_is_taken(more: JsonObject) -> None:
    assert parse_event(whole_body(KINDS["PESTICIDE"]) | more).kind == "PESTICIDE"


def test_an_event_of_another_type_than_its_kind_is_refused() -> None:
    body = whole_body(KINDS["SALE_B2B"]) | {"daodi:kind": "TEST", "type": "TransactionEvent"}
    deals: JsonValue = [{"bizTransaction": "urn:daodi:invoice:1"}]
    assert "TEST is" in refused(body | {"bizTransactionList": deals})


def test_a_fraction_of_a_second_is_kept_to_the_millisecond() -> None:
    body = whole_body(KINDS["PESTICIDE"])
    whole = parse_event(body).event_time_ms
    assert parse_event(body | {"eventTime": "2026-10-28T01:30:00.5Z"}).event_time_ms == whole + 500
    later = body | {"eventTime": "2026-10-28T09:30:00.123456789+08:00"}
    assert parse_event(later).event_time_ms == whole + 123
    zulu = event_body("SENSOR", event_time="2026-10-28T01:30:00Z", site=PLOT, elements={"value": 1})
    assert zulu["eventTimeZoneOffset"] == "+00:00"


@pytest.mark.parametrize("missing", ["@context", "type", "eventTime", "eventTimeZoneOffset"])
def test_a_body_without_its_frame_is_refused(missing: str) -> None:
    body = whole_body(KINDS["PESTICIDE"])
    del body[missing]
    refused(body)


def test_an_observation_observes_something_and_a_transformation_transforms() -> None:
    body = whole_body(KINDS["PESTICIDE"])
    del body["epcList"]
    assert "epcList" in refused(body)
    body = whole_body(KINDS["DRY"])
    assert "both" in refused(body | {"outputQuantityList": body["inputQuantityList"]})
    del body["outputQuantityList"]
    assert "output" in refused(body)
    assert "object" in refused([])  # type: ignore[arg-type]  # the door sees any JSON
