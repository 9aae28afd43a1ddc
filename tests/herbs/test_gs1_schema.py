"""Every body that this project makes is valid by GS1's own JSON Schema, formats checked."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema_rs import Draft7Validator

from ledger.herbs.bodies import event_body
from ledger.herbs.epcis import time_ms
from ledger.herbs.vocabulary import KINDS, Kind
from ledger.statements.envelope import parse_envelope
from ledger.statements.statement import parse_claim
from tests.chain import DAY_MS, Chain, one
from tests.cli.desk import Desk
from tests.gs1 import epcis_schema
from tests.herbs.whole import CROP, EVENTS, FRESH, HEX, PLOT, WHEN, whole_body
from tests.kinds import case_of
from tests.packets import packet


@pytest.fixture(scope="module")
def gs1() -> Draft7Validator:
    """The schema with its formats: without them it takes any word for a URI or a time."""
    return Draft7Validator(epcis_schema(), validate_formats=True, ignore_unknown_formats=False)


def faults(gs1: Draft7Validator, body: object) -> list[str]:
    return [error.message for error in gs1.iter_errors(body)]


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.code)
def test_a_body_of_every_kind_is_valid(gs1: Draft7Validator, kind: Kind) -> None:
    assert faults(gs1, whole_body(kind)) == []


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.code)
def test_a_correction_of_every_kind_is_valid(gs1: Draft7Validator, kind: Kind) -> None:
    body = event_body(
        kind.code, event_time=WHEN, about=[(FRESH, 1_500), CROP], site=PLOT,
        elements={"corrects": HEX, "correct_reason": "写错了", "metric": "light", "value": 1},
    )  # fmt: skip
    assert faults(gs1, body) == []


@pytest.mark.parametrize("code", ["HOLD", "RECALL"])
def test_what_lifts_a_hold_or_a_recall_is_valid(gs1: Draft7Validator, code: str) -> None:
    assert faults(gs1, event_body(code, event_time=WHEN, about=[FRESH], lifts=True)) == []


def test_what_people_sign_in_the_other_tests_is_valid(
    gs1: Draft7Validator, file_chain: Chain
) -> None:
    packet(file_chain, b"secret")
    for kind in EVENTS:
        one(file_chain.send(case_of(kind, file_chain).parcel))
    with file_chain.store.reading() as reading:
        claims = [parse_claim(e.payload) for e in reading.entries(0, reading.size()) if e.payload]
    recorded = [claim.body for claim in claims if claim.kind == "event"]
    assert {body["daodi:kind"] for body in recorded} == {kind.code for kind in EVENTS}
    assert [faults(gs1, body) for body in recorded if faults(gs1, body)] == []


def test_every_event_of_the_demonstration_is_valid(gs1: Draft7Validator, tmp_path: Path) -> None:
    desk = Desk(tmp_path, now_ms=time_ms(WHEN, "now") + 30 * DAY_MS)
    desk.on("demo")
    desk.on("export", "--out", tmp_path / "all.ndjson")
    lines = (tmp_path / "all.ndjson").read_bytes().splitlines()
    claims = [parse_claim(parse_envelope(_envelope(line)).payload) for line in lines]
    bodies = [claim.body for claim in claims if claim.kind == "event"]
    assert {body["daodi:kind"] for body in bodies} <= KINDS.keys()
    assert [faults(gs1, body) for body in bodies if faults(gs1, body)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"bizStep": "planting"},
        {"eventTime": "2026-10-28T09:30:00"},
        {"eventTime": "yesterday"},
        {"eventID": "7"},
        {"epcList": ["no uri"]},
        {"eventTimeZoneOffset": "08:00"},
        {"action": "WATCH"},
    ],
)
def test_the_schema_with_its_formats_refuses_what_the_door_refuses(
    gs1: Draft7Validator, wrong: dict[str, Any]
) -> None:
    assert faults(gs1, whole_body(KINDS["PESTICIDE"]) | wrong)


def _envelope(line: bytes) -> Any:  # noqa: ANN401 — any JSON
    value = msgspec.json.decode(line)
    value.pop("openings", None)
    return value
