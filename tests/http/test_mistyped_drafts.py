"""What a clerk may mistype in a form: the field is named with its code, and nothing is drafted."""

from typing import Any

import pytest

from ledger.herbs.identifiers import code_of_uri
from tests.chain import clock_text
from tests.http.served import Served, assert_problem
from tests.season import grow

Draft = dict[str, Any]
FUTURE = "2099-01-01T00:00:00+08:00"


def harvest(served: Served) -> Draft:
    """A draft that lacks nothing."""
    chain = served.chain
    return {
        "kind": "HARVEST",
        "event_time": clock_text(chain.now_ms),
        "inputs": [{"field": "crop", "uri": code_of_uri(chain.crop())}],
        "outputs": [{"field": "lot", "uri": code_of_uri(chain.lot()), "mass": "240斤"}],
        "site": code_of_uri(chain.lot()),
        "elements": {"area_m2": "2.5", "method": "人工", "plot": code_of_uri(chain.lot())},
        "sealed": ["pickers"],
    }


def asked(served: Served, draft: Draft) -> Draft:
    answer = served.client.post("/v1/drafts", json=draft, headers=served.bearing("cooperative"))
    assert answer.status_code == 200, answer.text
    told: Draft = answer.json()
    return told


def refusals(served: Served, draft: Draft) -> list[tuple[str, str]]:
    told = asked(served, draft)
    assert ("body" in told) is not bool(told["refusals"])
    assert all("\u4e00" <= one["sentence_cn"].strip("“")[0] <= "\u9fff" for one in told["refusals"])
    return [(one["field"], one["code"]) for one in told["refusals"]]


@pytest.mark.parametrize(
    ("part", "value", "refused"),
    [
        ("event_time", "yesterday", ("event_time", "bad_event")),
        ("event_time", "", ("event_time", "bad_event")),
        ("event_time", 7, ("event_time", "bad_event")),
        ("event_time", FUTURE, ("event_time", "bad_time")),
        ("site", "no code", ("site", "bad_code")),
        ("site", "", ("site", "bad_event")),
        ("inputs", [], ("crop", "bad_event")),
        ("inputs", [{"field": "crop", "uri": "  "}], ("crop", "bad_event")),
        ("inputs", [{"field": "crop", "uri": "??"}], ("crop", "bad_code")),
        ("sealed", [], ("pickers", "bad_event")),
    ],
)
def test_the_field_is_named(
    file_served: Served, part: str, value: object, refused: tuple[str, str]
) -> None:
    draft = harvest(file_served)
    assert refusals(file_served, draft) == []
    assert refusals(file_served, {**draft, part: value}) == [refused]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("area_m2", "wide", "bad_quantity"),
        ("area_m2", [1], "bad_event"),
        ("plot", "??", "bad_code"),
        ("mood", "good", "unknown_member"),
        ("pickers", "李四", "bad_event"),
    ],
)
def test_the_element_is_named(file_served: Served, key: str, value: object, code: str) -> None:
    draft = harvest(file_served)
    draft["elements"][key] = value
    assert refusals(file_served, draft) == [(key, code)]


def test_an_output_needs_its_number_and_its_mass(file_served: Served) -> None:
    draft = {**harvest(file_served), "outputs": []}
    assert refusals(file_served, draft) == [("lot", "bad_event"), ("mass", "bad_event")]


@pytest.mark.parametrize("mass", ["much", "-3公斤", "3 parsecs", "0.0000001公斤"])
def test_a_mass_that_is_none_is_named(file_served: Served, mass: str) -> None:
    draft = harvest(file_served)
    draft["outputs"][0]["mass"] = mass
    ((_, code), *_) = refusals(file_served, draft)
    assert code == "bad_quantity"


def test_a_number_that_is_taken_is_not_given_to_another_lot(file_served: Served) -> None:
    season = grow(file_served.chain)
    draft = harvest(file_served)
    draft["outputs"][0]["uri"] = code_of_uri(season.fresh)
    assert refusals(file_served, draft) == [("lot", "already_registered")]


def test_a_correction_says_why_and_of_what(file_served: Served) -> None:
    chain = file_served.chain
    season = grow(chain)
    with file_served.beside.store.reading() as reading:
        made = reading.things([season.fresh])[season.fresh].made_index
        (entry,) = reading.entries_at([made])
    draft = harvest(file_served)
    draft |= {"inputs": [], "outputs": [], "sealed": []}
    right = {"area_m2": "3", "corrects": entry.statement_id, "correct_reason": "抄错了"}
    told = asked(file_served, {**draft, "elements": right})
    assert told["refusals"] == []
    assert season.fresh in told["subjects"]
    silent = {**draft, "elements": {**right, "correct_reason": ""}}
    assert refusals(file_served, silent) == [("correct_reason", "bad_event")]
    unknown = {**draft, "elements": {**right, "corrects": "0" * 64}}
    assert refusals(file_served, unknown) == [("corrects", "not_found")]


@pytest.mark.parametrize(
    ("part", "value", "code"),
    [
        ("inputs", "crop", "bad_body"),
        ("outputs", ["lot"], "bad_body"),
        ("elements", [], "bad_body"),
        ("sealed", "pickers", "bad_body"),
        ("kind", "SCAN", "unknown_kind"),
        ("kind", "DANCE", "unknown_kind"),
        ("mood", "good", "bad_body"),
    ],
)
def test_what_no_form_of_ours_sends_is_bad_input(
    file_served: Served, part: str, value: object, code: str
) -> None:
    answer = file_served.client.post(
        "/v1/drafts",
        json={**harvest(file_served), part: value},
        headers=file_served.bearing("cooperative"),
    )
    assert_problem(answer, 400, code)
