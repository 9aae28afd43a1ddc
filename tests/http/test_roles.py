"""Who may log what is data: forms offer by it, the door never refuses, supervisors see the mark."""

from typing import Any, Final

import pytest

from ledger.herbs.identifiers import code_of_uri
from ledger.herbs.vocabulary import KINDS
from tests.http.served import Served
from tests.season import grow

BROWSER: Final = {"accept": "text/html"}
MARK: Final = "超出角色"


def steps(served: Served, lot: str, who: str = "") -> dict[str, Any]:
    """The steps of a lot by kind, as somebody reads them."""
    headers = served.bearing(who) if who else {}
    answer = served.client.get("/v1/trace", params={"code": lot}, headers=headers).json()
    return {step["kind"]: step for step in (*answer["steps"], *answer["out_steps"])}


def test_a_fact_of_a_role_that_may_not_log_it_is_admitted_and_marked_for_supervisors(
    served: Served,
) -> None:
    served.chain.admit("inspector", "supervisor")
    lot = grow(served.chain).pack
    told = served.chain.event("cooperative", "TEST", about=[(lot, None)], sample_id="S", method="m",
                              report_no="R", lab_cma="C", conclusion="pass", items=[
                                  {"item": "水分", "value": 1, "passed": True}])  # fmt: skip
    assert served.post(told).status_code == 201

    seen = steps(served, lot, "inspector")
    assert seen["TEST"]["out_of_role"] is True
    assert seen["PACK_LABEL"]["out_of_role"] is False
    assert seen["BASE_REGISTER"]["out_of_role"] is False
    for who in ("", "cooperative"):
        assert "out_of_role" not in steps(served, lot, who)["TEST"]

    code = code_of_uri(lot)
    page = served.client.get(
        "/supervisor/trace",
        params={"code": code},
        headers={**BROWSER, **served.bearing("inspector")},
    )
    assert page.text.count(MARK) == 1
    assert MARK not in served.client.get(f"/t/{code}", headers=BROWSER).text


@pytest.mark.parametrize(("who", "role"), [("laboratory", "laboratory"), ("mill", "processor")])
def test_the_forms_that_a_role_logs_come_first_and_all_are_there(
    file_served: Served, who: str, role: str
) -> None:
    headers = {**BROWSER, **file_served.bearing(who)}
    page = file_served.client.get("/enterprise/record", headers=headers).text
    listed = [part.partition('"')[0] for part in page.split("/enterprise/record/")[1:]]
    own = [code for code, kind in KINDS.items() if role in kind.logged_by]
    assert listed[: len(own)] == own
    every = [code for code, kind in KINDS.items() if kind.travels == "event"]
    assert sorted(listed[len(own) :]) == sorted(every)


@pytest.mark.parametrize("code", [code for code, kind in KINDS.items() if kind.travels == "event"])
def test_every_kind_of_event_has_a_form_that_says_when_others_usually_log_it(
    file_lasting: Served, code: str
) -> None:
    headers = {**BROWSER, **file_lasting.bearing("laboratory")}
    page = file_lasting.client.get(f"/enterprise/record/{code}", headers=headers)
    assert page.status_code == 200
    assert KINDS[code].cn in page.text
    assert ("通常由别的角色来记" in page.text) != KINDS[code].is_for(["laboratory"])
