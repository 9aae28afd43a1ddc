"""Every kind of the trade is recorded over HTTP, traced, proved and shown, on both databases.

The vocabulary is asked for its kinds: one without a form, a name or a way to be shown fails here.
"""

from html import unescape
from typing import Any, Final
from urllib.parse import quote

import pytest

from api.public.packet.steps import _NOT_AGAIN
from ledger.herbs.events import PREFIX
from ledger.herbs.forms import form
from ledger.herbs.identifiers import code_of_uri
from ledger.herbs.vocabulary import KINDS, Element, Kind
from tests.herbs.whole import whole_body
from tests.http.served import Served, assert_problem
from tests.kinds import Case, case_of, crop, seed

RECORDED: Final = [kind for kind in KINDS.values() if kind.travels != "row"]
# Where the page says an element that it does not say again beside its step.
SAID_ELSEWHERE: Final = {"label_fields": "包装上印的", "items": "检验结果", "unit_g": "净重"}
BROWSER: Final = {"accept": "text/html"}


@pytest.mark.parametrize("kind", RECORDED, ids=lambda kind: kind.code)
def test_a_record_of_every_kind_is_admitted_traced_proved_and_shown(
    lasting: Served, kind: Kind
) -> None:
    case = case_of(kind, lasting.chain)
    answer = lasting.post(case.parcel)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()

    step = _step(lasting, case, receipt["statement_id"])
    assert (step["kind"], step["kind_cn"]) == (kind.code, kind.cn)
    public = [e for e in kind.elements if e.at == "body" and _in_body(kind, case, e)]
    assert {(e.cn, e.en) for e in public} <= {(s["cn"], s["en"]) for s in step["elements"]}
    assert sorted(step["sealed"]) == sorted(e.key for e in kind.elements if e.sealed)

    _is_on_the_page(lasting, case, kind, public)
    _is_proved(lasting, case, receipt)
    _is_hidden_from_strangers(lasting, case)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_every_kind_has_a_form_that_asks_for_each_of_its_elements_by_name(kind: Kind) -> None:
    asked = {field.key: field for field in form(kind.code)}
    for element in kind.elements:
        assert asked[element.key].cn == element.cn
        assert asked[element.key].en
        assert asked[element.key].sealed == element.sealed


@pytest.mark.parametrize("code", [code for code, kind in KINDS.items() if kind.travels == "row"])
def test_a_scan_and_a_complaint_are_rows_and_never_statements(
    file_served: Served, code: str
) -> None:
    body = whole_body(KINDS["STORE_IN"]) | {"daodi:kind": code}
    parcel = file_served.chain.write("mill", "event", body, [file_served.chain.lot()])
    assert_problem(file_served.post(parcel), 400, "bad_event")


def test_a_bare_code_finds_the_lot_the_crop_and_the_site_that_has_it(file_served: Served) -> None:
    chain = file_served.chain
    plot = chain.site("cooperative")
    for thing in (seed(chain), crop(chain, plot), plot):
        code = code_of_uri(thing)
        traced = file_served.client.get("/v1/trace", params={"code": code})
        assert traced.json()["lot"] == thing
        page = file_served.client.get(f"/t/{code}", headers=BROWSER)
        assert page.status_code == 200
        path = thing.removeprefix("https://ledger.example").replace("/lot/", "/t/")
        assert page.url.path == path
        proved = file_served.client.get("/v1/evidence", params={"code": code})
        assert proved.json()["asked"] == thing


def test_an_actors_own_chain_is_traced_and_shown(file_served: Served) -> None:
    actor = file_served.chain.actors["mill"]
    traced = file_served.client.get("/v1/trace", params={"code": actor})
    assert [step["kind_cn"] for step in traced.json()["steps"]] == ["准入主体"]
    assert "准入主体" in file_served.client.get(f"/t/{actor}", headers=BROWSER).text


def _step(served: Served, case: Case, statement_id: str) -> dict[str, Any]:
    """The record as one of the steps that its signer reads; on a thing's own chain, as anybody."""
    headers = served.bearing("cooperative") if case.outward else {}
    answer = served.client.get("/v1/trace", params={"code": case.thing}, headers=headers)
    assert answer.status_code == 200, answer.text
    steps = answer.json()["out_steps" if case.outward else "steps"]
    found: dict[str, Any] = next(s for s in steps if s["statement_id"] == statement_id)
    return found


def _in_body(kind: Kind, case: Case, element: Element) -> bool:
    prefix = "" if kind.travels == "site.register" else PREFIX
    return not element.sealed and prefix + element.key in case.body


def _is_on_the_page(served: Served, case: Case, kind: Kind, public: list[Element]) -> None:
    desk = served.client.get(
        f"/enterprise/lots/{_code(case)}", headers={**BROWSER, **served.bearing("cooperative")}
    )
    assert desk.status_code == 200, desk.text
    for cn in (kind.cn, *(element.cn for element in public)):
        assert cn in unescape(desk.text)
    if case.outward:
        return
    page = served.client.get(f"/t/{_code(case)}", headers=BROWSER)
    assert page.status_code == 200
    assert kind.cn in unescape(page.text)
    for element in public:
        words = SAID_ELSEWHERE.get(element.key, element.cn)
        assert (element.key in _NOT_AGAIN) == (element.key in {*SAID_ELSEWHERE, "herb"})
        assert words in unescape(page.text) or element.key == "herb"


def _is_proved(served: Served, case: Case, receipt: dict[str, Any]) -> None:
    """A record on a thing's own chain is in the evidence that anybody may fetch."""
    if case.outward or case.thing.startswith("urn:"):
        return
    answer = served.client.get("/v1/evidence", params={"code": case.thing})
    assert answer.status_code == 200, answer.text
    assert receipt["statement_id"] in answer.json()["statements"]


def _is_hidden_from_strangers(served: Served, case: Case) -> None:
    for path in ("/v1/trace", "/v1/evidence"):
        text = served.client.get(path, params={"code": case.thing}).text
        assert not [secret for secret in case.secrets if secret in text]
    page = served.client.get(f"/t/{_code(case)}", headers=BROWSER).text
    assert not [secret for secret in case.secrets if secret in unescape(page)]


def _code(case: Case) -> str:
    return quote(case.thing, safe="") if case.thing[:4] == "urn:" else code_of_uri(case.thing)
