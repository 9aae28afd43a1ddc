"""Merging lots: the form refuses a claim that the history contradicts, the trace notes one."""

from typing import Any

import pytest

from ledger.herbs.identifiers import code_of_uri
from tests.chain import Chain, clock_text
from tests.http.served import Served

CLAIM = ["same_base", "same_seed", "same_cycle", "same_management", "same_harvest",
         "same_processing"]  # fmt: skip


def dried(chain: Chain, method: str) -> str:
    """A kilogram that was dried in some way."""
    fresh, made = chain.lot(), chain.lot()
    chain.do("mill", "PURCHASE", outputs=[(fresh, 5_000)])
    chain.do("mill", "DRY", inputs=[(fresh, 5_000)], outputs=[(made, 1_000)], method=method)
    return made


def drafted(served: Served, lots: list[str], claimed: dict[str, bool]) -> Any:  # noqa: ANN401 — any JSON
    chain = served.chain
    draft = {
        "kind": "BLEND", "event_time": clock_text(chain.now_ms),
        "inputs": [{"field": "in_lots", "uri": one, "mass": "1公斤"} for one in lots],
        "outputs": [{"field": "out_lot", "uri": chain.lot(), "mass": "2公斤"}],
        "site": chain.site("mill"), "elements": {"same_batch": claimed},
    }  # fmt: skip
    return served.client.post("/v1/drafts", json=draft, headers=served.bearing("mill")).json()


@pytest.mark.parametrize(
    ("methods", "claims", "refused"),
    [(("sun", "kiln"), True, True), (("sun", "kiln"), False, False), (("sun", "sun"), True, False)],
)
def test_a_draft_refuses_one_batch_of_lots_that_the_history_tells_apart(
    served: Served, methods: tuple[str, str], claims: bool, refused: bool
) -> None:
    lots = [dried(served.chain, method) for method in methods]
    answer = drafted(served, lots, dict.fromkeys(CLAIM, claims))
    assert [refusal["field"] for refusal in answer["refusals"]] == ["same_batch"] * refused
    if refused:
        assert "干燥 晒 / 干燥 焙" in answer["refusals"][0]["sentence_cn"]


@pytest.mark.parametrize("claims", [True, False])
def test_the_trace_of_a_blend_says_what_speaks_against_one_batch(
    served: Served, claims: bool
) -> None:
    chain = served.chain
    made = chain.lot()
    lots = [(dried(chain, "sun"), 1_000), (dried(chain, "kiln"), 1_000)]
    chain.do("mill", "BLEND", inputs=lots, outputs=[(made, 2_000)],
             same_batch=dict.fromkeys(CLAIM, claims))  # fmt: skip
    (note,) = served.client.get("/v1/trace", params={"code": made}).json()["blends"]
    assert note["lot"] == made
    assert note["declared_blend"] is not claims
    assert [each["key"] for each in note["differences"]] == ["same_processing"]
    assert len(note["contradicted"]) == int(claims)
    page = served.client.get(f"/t/{code_of_uri(made)}", headers={"accept": "text/html"}).text
    assert ("声明一致、记录却不一致的：产地加工不一致" in page) is claims
    assert ("按混批申报" in page) is not claims


@pytest.mark.parametrize(("typed", "kilograms"), [("12", 0.012), ("1斤", 0.5), ("2公斤", 2)])
def test_a_bare_number_is_meant_in_the_unit_that_the_form_asks_for(
    file_served: Served, typed: str, kilograms: float
) -> None:
    chain = file_served.chain
    draft = {
        "kind": "DISPENSE", "event_time": clock_text(chain.now_ms), "site": chain.site("mill"),
        "about": [{"field": "lot", "uri": chain.lot(), "mass": typed, "mass_field": "mass"}],
        "sealed": ["rx_token"],
    }  # fmt: skip
    headers = file_served.bearing("mill")
    answer = file_served.client.post("/v1/drafts", json=draft, headers=headers).json()
    assert answer["refusals"] == []
    assert answer["body"]["quantityList"][0]["quantity"] == kilograms
