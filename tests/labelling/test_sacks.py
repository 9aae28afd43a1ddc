"""Sack tags: printed ahead, bound at harvest, scanned to their lot; a conflict is shown."""

from io import BytesIO
from typing import Any

import pypdfium2
import pytest

from api.labelling.sacks import new_tags
from ledger.audit.replay import audit
from ledger.herbs.identifiers import code_of_uri
from ledger.herbs.tags import grouped_tag, is_printed, new_tag, tag_in
from tests.chain import clock_text
from tests.http.served import Served, assert_problem
from tests.labelling.shelf import Clerk, stock_shelf
from tests.labels.batch import read
from tests.parcels import silent

BROWSER = {"accept": "text/html"}
SECRET = bytes(32)


def tag_of(served: Served) -> str:
    (tag,) = new_tags(served.beside, 1)
    return tag


def draft(served: Served, *tags: str) -> list[dict[str, Any]]:
    chain = served.chain
    form = {
        "kind": "PURCHASE", "event_time": clock_text(chain.now_ms), "site": chain.site("works"),
        "outputs": [{"field": "lot", "uri": chain.lot(), "mass": "10"}],
        "elements": {"sack_tags": "\n".join(tags)},
    }  # fmt: skip
    answer = served.client.post("/v1/drafts", json=form, headers=served.bearing("works")).json()
    return [one for one in answer["refusals"] if one["field"] == "sack_tags"]


def test_a_tag_is_read_however_it_is_typed_and_a_slip_is_found() -> None:
    tag = new_tag(b"\x01\x02\x03\x04\x05", SECRET)
    assert tag_in(tag.lower()) == tag_in(f" {grouped_tag(tag)} ") == tag
    assert tag_in(tag.replace("0", "O").replace("1", "l")) == tag
    assert tag_in(f"HTTPS://DAODI.EXAMPLE/T/{tag}?x=1") == tag
    assert tag_in(f"https://daodi.example/lot/{tag}") == tag_in(tag[:-1]) == tag_in("") == ""
    for place, sign in enumerate(tag):
        other = "A" if sign != "A" else "B"
        assert tag_in(tag[:place] + other + tag[place + 1 :]) == ""
    assert is_printed(tag, SECRET)
    assert not is_printed(tag, b"\x01" * 32)


def test_an_unbound_tag_says_so_and_an_invented_one_is_unknown(served: Served) -> None:
    tag = tag_of(served)
    problem = served.client.get("/v1/trace", params={"code": tag})
    assert_problem(problem, 409, "tag_unbound")
    page = served.client.get(f"/t/{tag}", headers=BROWSER)
    assert page.status_code == 409
    assert "这个袋签还没有登记" in page.text
    assert "没有这个码" not in page.text
    invented = new_tag(b"\x01\x02\x03\x04\x05", SECRET)
    assert_problem(served.client.get("/v1/trace", params={"code": invented}), 404, "unknown_code")


@pytest.mark.parametrize("form", ["{}", "HTTPS://DAODI.EXAMPLE/T/{}", "https://daodi.example/t/{}"])
def test_a_bound_tag_leads_to_its_lot(served: Served, form: str) -> None:
    tag = tag_of(served)
    shelf = stock_shelf(served.chain, sack_tags=[grouped_tag(tag).lower()])
    found = served.client.get("/v1/trace", params={"code": form.format(tag)}).json()
    assert found["lot"] == shelf.fresh
    page = served.client.get(f"/T/{tag}", headers=BROWSER)
    assert page.url.path == f"/t/{code_of_uri(shelf.fresh).upper()}"
    assert audit(served.beside.store, progress=silent).clean


def test_a_tag_on_two_lots_shows_both_as_a_conflict(served: Served) -> None:
    tag = tag_of(served)
    lots = [stock_shelf(served.chain, sack_tags=[tag]).fresh for _ in range(2)]
    problem = assert_problem(
        served.client.get("/v1/trace", params={"code": tag}), 409, "ambiguous_code"
    )
    assert problem["lots"] == sorted(lots) or problem["lots"] == lots
    page = served.client.get(f"/t/{tag}", headers=BROWSER)
    assert page.status_code == 300
    assert "互相矛盾" in page.text
    assert all(code_of_uri(lot).upper() in page.text for lot in lots)


def test_a_form_refuses_tags_that_are_mistyped_foreign_or_used(served: Served) -> None:
    tag, used = new_tags(served.beside, 2)
    assert draft(served, tag) == []
    stock_shelf(served.chain, sack_tags=[used])
    for wrong, said in (
        (tag[:-1], "12 位"), (new_tag(bytes(5), SECRET), "不是这个平台印的"), (used, "已经登记"),
    ):  # fmt: skip
        (refusal,) = draft(served, wrong)
        assert said in refusal["sentence_cn"]


def test_a_sheet_of_tags_is_printed_on_the_desk_and_every_one_answers(clerk: Clerk) -> None:
    answer = clerk.send("/enterprise/tags", {"count": "3", "format": "pdf", "stock": "a4-3x8"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(BytesIO(answer.content))
    links = read(document[0].render(scale=300 / 72).to_pil())
    document.close()
    assert len(set(links)) == 3
    for link in links:
        found = clerk.served.client.get("/v1/trace", params={"code": link})
        assert_problem(found, 409, "tag_unbound")
