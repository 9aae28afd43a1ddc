"""A lot is found by every number that it goes by; a number of several is never guessed."""

from typing import Final

import pytest
from httpx import Response

from ledger.audit.replay import audit
from ledger.canonical import JsonObject
from ledger.herbs.epcis import CONTEXT_URL
from ledger.herbs.identifiers import code_of_uri
from tests.chain import Chain, clock_text, one
from tests.http.served import Served, assert_problem
from tests.kinds import KG, seed
from tests.packets import examine
from tests.parcels import silent
from tests.season import grow

DRUG_CODE: Final = "81234567890123456789"
SSCC: Final = "306141417782246356"
CASE: Final = "urn:epc:id:sscc:0614141.3778224635"  # the same
BROWSER: Final = {"accept": "text/html"}


def numbers(*values: str) -> list[dict[str, str]]:
    return [{"name": "购方编号", "value": value} for value in values]


def split(chain: Chain, who: str = "mill", parts: int = 1, **said: object) -> list[str]:
    """Split a lot; the new lots."""
    made = [chain.lot() for _ in range(parts)]
    chain.do(who, "SPLIT", inputs=[(seed(chain), KG)], outputs=[(lot, 9) for lot in made], **said)
    return made


def correct(chain: Chain, who: str, lot: str, statement_id: str, **said: object) -> None:
    """State right values of what made a lot, on the lot's own chain."""
    chain.do(who, "SPLIT", about=[(lot, None)], corrects=statement_id, correct_reason="补上号码",
             **said)  # fmt: skip


def asked(served: Served, number: str) -> Response:
    return served.client.get("/v1/trace", params={"code": number})


@pytest.mark.parametrize("typed", [DRUG_CODE, "8123 4567-8901 2345 6789", "YN-2026-X", "yn2026x"])
def test_a_lot_is_found_by_the_numbers_that_its_maker_states(served: Served, typed: str) -> None:
    (lot,) = split(served.chain, aliases=numbers(DRUG_CODE, "YN-2026-X"))
    answer = asked(served, typed).json()
    assert answer["lot"] == lot
    assert answer["code"] == code_of_uri(lot)
    assert answer["aliases"] == [
        {"scheme": "own", "number": DRUG_CODE}, {"scheme": "own", "number": "YN2026X"},
    ]  # fmt: skip
    page = served.client.get(f"/t/{typed}", headers=BROWSER)
    assert page.status_code == 200
    assert page.url.path == f"/t/{code_of_uri(lot).upper()}"
    bundle = served.client.get("/v1/evidence", params={"code": typed}).json()
    assert bundle["asked"] == lot
    assert any(DRUG_CODE in each["payload"] for each in bundle["statements"].values())
    assert audit(served.beside.store, progress=silent).clean


def test_a_number_that_came_later_is_stated_by_a_correction_of_the_maker(served: Served) -> None:
    chain = served.chain
    lot = chain.lot()
    made = chain.do("mill", "SPLIT", inputs=[(seed(chain), KG)], outputs=[(lot, 9)])
    correct(chain, "quality", lot, made.leaf.statement_id.hex(), aliases=numbers("STOLEN-1"))
    assert_problem(asked(served, "STOLEN-1"), 404, "unknown_code")
    correct(chain, "mill", lot, made.leaf.statement_id.hex(), aliases=numbers("LATER-1"))
    assert asked(served, "later 1").json()["lot"] == lot
    assert [each["number"] for each in asked(served, lot).json()["aliases"]] == ["LATER1"]


def test_a_case_is_an_alias_of_the_pack_lots_in_it(served: Served) -> None:
    chain = served.chain
    (lot,) = split(chain)
    body: JsonObject = {
        "@context": [CONTEXT_URL, {"daodi": "https://daodi.example/ns/"}],
        "type": "AggregationEvent", "action": "ADD", "parentID": CASE,
        "childQuantityList": [{"epcClass": lot, "quantity": 1, "uom": "KGM"}],
        "eventTime": clock_text(chain.now_ms), "eventTimeZoneOffset": "+08:00",
        "bizStep": "packing", "disposition": "active", "daodi:kind": "PACK_LABEL",
    }  # fmt: skip
    one(chain.send(chain.write("mill", "event", body, [lot])))
    for typed in (SSCC, f"(00){SSCC}", f"https://id.gs1.org/00/{SSCC}"):
        assert asked(served, typed).json()["lot"] == lot


def test_a_number_of_several_lots_is_shown_as_such_and_never_guessed(served: Served) -> None:
    lots = split(served.chain, parts=2, aliases=numbers("TWICE-1"))
    problem = assert_problem(asked(served, "TWICE-1"), 409, "ambiguous_code")
    assert problem["lots"] == sorted(lots)
    page = served.client.get("/t/TWICE-1", headers=BROWSER)
    assert page.status_code == 300
    for lot in lots:
        assert f'href="/t/{code_of_uri(lot).upper()}"' in page.text
    assert "这个号码对应几个批次" in page.text


def test_samples_reports_accessions_and_bases_are_found_by_their_numbers(served: Served) -> None:
    chain = served.chain
    season = grow(chain)
    examine(chain, season.pack)
    accession = chain.lot()
    chain.do("nursery", "SEED_REGISTER", outputs=[(accession, KG)], accession="ZZ-0042")
    base = chain.lot().replace("/lot/", "/site/")
    body: JsonObject = {
        "site": base, "kind": "base", "county": "410825", "area_m2": 9, "base_code": "WX-07",
    }  # fmt: skip
    chain.record("cooperative", "site.register", body, [base])
    found = {number: asked(served, number).json()["lot"] for number in ("S1", "R-1", "ZZ0042")}
    assert found == {"S1": season.pack, "R-1": season.pack, "ZZ0042": accession}
    assert asked(served, "wx 07").json()["lot"] == base
    page = served.client.get("/t/WX-07", headers=BROWSER)
    assert page.url.path == f"/site/{code_of_uri(base)}"


def test_a_number_that_nobody_stated_is_unknown_and_counted_as_a_guess(served: Served) -> None:
    for typed in (DRUG_CODE, "NOBODY-1", SSCC):
        assert_problem(asked(served, typed), 404, "unknown_code")
        assert served.client.get(f"/t/{typed}", headers=BROWSER).status_code == 404


@pytest.mark.parametrize(
    ("name", "value", "fields"),
    [
        ("SSCC", SSCC, []),
        ("SSCC", SSCC[:-1] + "0", ["aliases"]),
        ("药品追溯码", "123", ["aliases"]),
    ],
)
def test_a_draft_refuses_a_number_whose_check_digit_fails(
    file_served: Served, name: str, value: str, fields: list[str]
) -> None:
    chain = file_served.chain
    draft = {
        "kind": "SPLIT", "event_time": clock_text(chain.now_ms),
        "inputs": [{"field": "in_lot", "uri": seed(chain), "mass": "1公斤"}],
        "outputs": [{"field": "out_lots", "uri": chain.lot(), "mass": "1公斤"}],
        "site": chain.site("mill"), "elements": {"aliases": [{"name": name, "value": value}]},
    }  # fmt: skip
    answer = file_served.client.post("/v1/drafts", json=draft, headers=file_served.bearing("mill"))
    assert [refusal["field"] for refusal in answer.json()["refusals"]] == fields
