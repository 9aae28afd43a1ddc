"""From a lot to a printed, stated, scannable pack: what resolves, what is refused, what is left."""

from io import BytesIO

import pypdfium2
import pytest

from api.opened.judging import Judge
from labels.symbol import make_symbol
from ledger.errors import CODES
from ledger.herbs.identifiers import asked_uri, batch_key, lot_uri, unit_code
from ledger.judging.follow import Pass
from ledger.seam import Judged
from tests.chain import clock_text
from tests.http.served import Served, assert_problem
from tests.labelling.shelf import BROWSER, PIECE, Clerk, Shelf, hold, release, stock_shelf
from tests.labels.batch import read
from tests.labels.test_rolls import tspl_printed
from tests.season import LABEL


def pages_read(pdf: bytes) -> list[list[str]]:
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    try:
        return [read(page.render(scale=203 / 72).to_pil()) for page in document]
    finally:
        document.close()


def status(clerk: Clerk, link: str) -> str:
    """What a scan of a printed link answers: the trace's status, or the problem's code."""
    answer = clerk.served.client.get("/v1/trace", params={"code": link})
    return str(answer.json()["status"] if answer.status_code == 200 else answer.json()["code"])


def left(clerk: Clerk, lot: str) -> int:
    page = clerk.see(f"/enterprise/printing/{lot}")
    return int(page.text.partition('<strong id="left">')[2].partition("<")[0])


def refusal(answer_text: str) -> str:
    return answer_text.partition('id="refused">')[2].partition('status-text">')[2].partition("<")[0]


def assert_stopped(clerk: Clerk, lot: str, code: str) -> None:
    """Nothing is printed, and programs and people are told why in the sentence of that code."""
    problem = assert_problem(clerk.ask("/v1/labels", {"lot": lot, "count": 1}), 409, code)
    assert problem["title"] == CODES[code].sentence_cn
    page = clerk.send(f"/enterprise/printing/{lot}/print", {"count": "1"})
    assert page.status_code == 409
    assert refusal(page.text).startswith(CODES[code].sentence_cn)


def code_of(clerk: Clerk, lot: str, serial: int) -> str:
    secret = clerk.served.beside.folder.secret()
    return unit_code(lot, serial, batch_key(secret, lot))


def test_a_lot_becomes_printed_stated_and_scannable_packs(clerk: Clerk, shelf: Shelf) -> None:
    lot = clerk.plan(shelf)
    assert left(clerk, lot) == 20
    state = clerk.print(lot, 20, format="pdf", stock="a4-2x4")
    assert (state["state"], state["count"], state["serials"]) == ("ready", 20, ["1-20"])
    sheets = pages_read(clerk.file(state))
    assert [len(sheet) for sheet in sheets] == [8, 8, 4]
    links = [link for sheet in sheets for link in sheet]
    assert len(set(links)) == 20
    uri = lot_uri(clerk.served.chain.origin, lot)
    assert {asked_uri(link, clerk.served.chain.origin) for link in links} == {uri}
    assert {status(clerk, link) for link in links} == {"code_unregistered"}
    page = clerk.served.client.get(links[0].lower().partition("example")[2], headers=BROWSER)
    assert page.status_code == 409
    assert "已打印，还没有登记" in page.text
    guessed = links[0][:-1] + ("0" if links[0][-1] != "0" else "1")
    assert status(clerk, guessed) == "unknown_code"
    assert status(clerk, code_of(clerk, lot, 21)) == "unknown_code"  # never went to a printer
    assert status(clerk, lot) == "unknown_code"
    assert left(clerk, lot) == 0
    assert clerk.state(lot, links[-1]) == []
    assert {status(clerk, link) for link in links} == {"dormant"}
    release(clerk.served.chain, shelf.dried)
    assert {status(clerk, link) for link in links} == {"recorded"}
    clerk.void(lot, "3, 5-6")
    assert [status(clerk, code_of(clerk, lot, n)) for n in (2, 3, 4, 5, 6, 7)] == [
        "recorded", "voided", "recorded", "voided", "voided", "recorded",
    ]  # fmt: skip
    hold(clerk.served.chain, shelf.dried)
    assert status(clerk, code_of(clerk, lot, 2)) == "held"
    for serial, words in ((3, "已作废"), (2, "暂停销售")):
        page = clerk.served.client.get(f"/t/{code_of(clerk, lot, serial)}", headers=BROWSER)
        assert words in page.text.partition("</title>")[2]


def test_what_was_used_whole_is_no_lot_to_pack(served: Served, shelf: Shelf) -> None:
    packable = "/enterprise/printing/{}".format
    fresh = shelf.fresh.rpartition("/")[2]
    part = served.chain.lot()
    served.chain.do("works", "SPLIT", inputs=[(shelf.dried, 40_000)], outputs=[(part, 40_000)])

    assert (
        packable(fresh)
        not in Clerk(served=served, who="cooperative").see("/enterprise/printing").text
    )
    shown = Clerk(served=served).see("/enterprise/printing").text
    assert packable(shelf.code) in shown  # sixty kilograms are left of it
    assert packable(part.rpartition("/")[2]) in shown


def test_a_pack_with_a_trade_number_carries_a_gs1_link_that_resolves_here(
    clerk: Clerk, shelf: Shelf
) -> None:
    wrong = clerk.ask("/v1/packings", PIECE | {"lot": shelf.code, "gtin": "09506000134353"})
    assert wrong.status_code == 400
    lot = clerk.plan(shelf, gtin="9506000134352")
    state = clerk.print(lot, 2, format="tspl", stock="roll-100x70")
    links = [read(image)[0] for image in tspl_printed(clerk.file(state))]
    head = f"HTTPS://DAODI.EXAMPLE/01/09506000134352/10/{lot.upper()}/21/"
    assert links == [head + code_of(clerk, lot, n)[20:].upper() for n in (1, 2)]
    assert all(make_symbol(link).version <= 6 for link in links)
    assert clerk.state(lot, links[1]) == []
    assert [status(clerk, link) for link in links] == ["dormant"] * 2
    path = links[0].removeprefix("HTTPS://DAODI.EXAMPLE")
    page = clerk.served.client.get(path, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "未放行" in page.text


def test_never_more_codes_than_the_grams_fill(clerk: Clerk, shelf: Shelf) -> None:
    lot = clerk.plan(shelf)
    clerk.print(lot, 15, format="csv")
    assert left(clerk, lot) == 5
    begun = clerk.ask("/v1/labels", {"lot": lot, "count": 6, "format": "csv"})
    assert_problem(begun, 409, "over_print")
    form = {"count": "6", "format": "csv"}
    page = clerk.send(f"/enterprise/printing/{lot}/print", form)
    assert page.status_code == 409
    assert refusal(page.text).startswith("码不能比包装的多")
    assert left(clerk, lot) == 5
    clerk.print(lot, 5, format="csv")
    begun = clerk.ask("/v1/labels", {"lot": lot, "count": 1, "format": "csv"})
    assert_problem(begun, 409, "over_print")


def test_a_voided_code_may_be_replaced_by_a_new_one(clerk: Clerk, shelf: Shelf) -> None:
    lot = clerk.plan(shelf)
    clerk.print(lot, 20, format="csv")
    assert clerk.void(lot, "7", "misprint") == []
    assert left(clerk, lot) == 1
    assert clerk.print(lot, 1, format="csv")["serials"] == ["21"]
    assert clerk.state(lot, 21) == []
    assert status(clerk, code_of(clerk, lot, 7)) == "voided"
    assert status(clerk, code_of(clerk, lot, 21)) == "dormant"


def test_a_reprint_keeps_its_serials_and_is_counted_apart(clerk: Clerk, shelf: Shelf) -> None:
    lot = clerk.plan(shelf)
    first = clerk.print(lot, 10, format="csv")
    begun = clerk.ask(
        "/v1/labels", {"lot": lot, "reprint": True, "from": 4, "to": 6, "format": "csv"}
    )
    again = clerk.wait(begun.json()["job"])
    assert (again["serials"], again["reprint"]) == (["4-6"], True)
    rows = clerk.file(first).decode("utf-8-sig").splitlines()
    assert [
        row.split(",")[1] for row in clerk.file(again).decode("utf-8-sig").splitlines()[1:]
    ] == [row.split(",")[1] for row in rows[4:7]]
    assert left(clerk, lot) == 10
    assert "重印 3 张" in clerk.see(f"/enterprise/printing/{lot}").text
    beyond = {"lot": lot, "reprint": True, "from": 9, "to": 11, "format": "csv"}
    assert_problem(clerk.ask("/v1/labels", beyond), 409, "not_printed")


def test_a_range_is_stated_once_and_only_of_what_was_printed(clerk: Clerk, shelf: Shelf) -> None:
    lot = clerk.plan(shelf)
    clerk.print(lot, 10, format="csv")
    beyond = clerk.ask(f"/v1/labels/{lot}/stating", {"last": "11"})
    assert_problem(beyond, 409, "not_printed")
    assert clerk.state(lot, code_of(clerk, lot, 8), spoiled="2,4-5") == []
    assert [status(clerk, code_of(clerk, lot, n)) for n in (1, 4, 8, 9)] == [
        "dormant", "voided", "dormant", "unknown_code",
    ]  # fmt: skip
    traced = clerk.served.client.get("/v1/trace", params={"code": code_of(clerk, lot, 1)}).json()
    packing = next(step for step in traced["steps"] if step["kind"] == "PACK_LABEL")
    assert packing["kind_cn"] == "包装赋码"
    twice = clerk.ask(f"/v1/labels/{lot}/stating", {"last": "8"})
    problem = assert_problem(twice, 409, "already_registered")
    assert problem["title"] == CODES["already_registered"].sentence_cn


def test_a_packing_signed_elsewhere_is_held_to_the_same_sum(clerk: Clerk, shelf: Shelf) -> None:
    draft = {
        "kind": "PACK_LABEL", "event_time": clock_text(clerk.served.chain.now_ms),
        "inputs": [{"field": "in_lot", "uri": shelf.code, "mass": "10公斤"}],
        "site": shelf.plot,
        "outputs": [{"field": "pack_lot", "uri": clerk.served.chain.lot(), "mass": "10公斤"}],
        "elements": {
            "unit_g": 500, "count": 20, "code_range": {"first": 1, "last": 21},
            "label_fields": LABEL,
        },
    }  # fmt: skip
    answer = clerk.ask("/v1/drafts", draft).json()
    assert [(one["field"], one["code"]) for one in answer["refusals"]] == [
        ("code_range", "over_print")
    ]
    assert "body" not in answer
    draft["elements"]["code_range"]["last"] = 20  # type: ignore[index]  # a dict of dicts
    assert clerk.ask("/v1/drafts", draft).json()["refusals"] == []


def test_others_neither_plan_nor_print_nor_state_nor_void(
    clerk: Clerk, shelf: Shelf, served: Served
) -> None:
    lot = clerk.plan(shelf)
    clerk.print(lot, 5, format="csv")
    job = clerk.ask("/v1/labels", {"lot": lot, "count": 1, "format": "csv"}).json()["job"]
    other = Clerk(served=served, who="mill")
    planned = other.send(f"/enterprise/printing/{shelf.code}/plan", PIECE)
    assert planned.status_code == 409
    assert refusal(planned.text).startswith("这批不是本单位")
    for path, value in (
        ("/v1/packings", PIECE | {"lot": shelf.code}),
        ("/v1/labels", {"lot": lot, "count": 1}),
        (f"/v1/labels/{lot}/stating", {"last": "3"}),
        (f"/v1/labels/{lot}/void", {"serials": "3", "reason": "lost"}),
    ):
        assert_problem(other.ask(path, value), 403, "not_your_lot")
    headers = served.bearing("mill")
    assert_problem(served.client.get(f"/v1/labels/{job}", headers=headers), 404, "not_found")
    assert_problem(served.client.get(f"/v1/labels/{job}/file", headers=headers), 404, "not_found")
    assert served.client.get(f"/v1/labels/{job}").status_code == 401


def test_a_held_a_failed_and_an_expired_lot_are_not_printed(
    clerk: Clerk, shelf: Shelf, served: Served
) -> None:
    lot = clerk.plan(shelf)
    hold(served.chain, shelf.dried)
    assert_stopped(clerk, lot, "lot_held")
    assert_problem(clerk.ask("/v1/packings", PIECE | {"lot": shelf.code}), 409, "lot_held")
    failed = stock_shelf(served.chain)
    other = clerk.plan(failed)
    release(served.chain, failed.dried, conclusion="fail")
    served.chain.do(
        "laboratory", "TEST", about=[(failed.dried, None)], report_no="R-2", lab_cma="CMA-1",
        conclusion="fail", items=[{"item": "水分", "value": 30, "passed": False}],
    )  # fmt: skip
    assert_stopped(clerk, other, "lot_failed")
    pack = served.chain.lot()
    served.chain.do(
        "works", "PACK_LABEL", inputs=[(stock_shelf(served.chain).dried, 1_000)],
        outputs=[(pack, 1_000)], unit_g=500, count=2, code_range={"first": 1, "last": 2},
        label_fields=[*LABEL, {"name": "保质期至", "value": "2020-01-01"}],
    )  # fmt: skip
    assert_stopped(clerk, pack.rpartition("/")[2], "lot_expired")


def test_a_lot_whose_crop_was_sprayed_with_what_is_barred_is_not_printed_from_then_on(
    clerk: Clerk, shelf: Shelf, served: Served
) -> None:
    lot = clerk.plan(shelf)
    clerk.print(lot, 1, format="csv")
    spray = served.chain.event(
        "cooperative", "PESTICIDE", about=[(shelf.crop, None)], active_ingredient="甲胺磷",
        dose="40克/亩", reg_no="PD1", phi_days=1, area_m2=6_667,
        event_ms=served.chain.now_ms - 150 * 60_000,
    )  # fmt: skip
    assert served.post(spray).status_code == 201
    assert_problem(clerk.ask("/v1/labels", {"lot": lot, "count": 1}), 409, "lot_held")
    assert_problem(clerk.ask("/v1/packings", PIECE | {"lot": shelf.code}), 409, "lot_held")


def test_what_rules_have_not_read_yet_is_not_printed(
    clerk: Clerk, shelf: Shelf, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = clerk.plan(shelf)
    monkeypatch.setattr(Judge, "catch_up", lambda _judge: False)  # no time was left
    monkeypatch.setattr(Judge, "step", lambda _judge: Pass(
        judged=Judged(through=0, at_ms=0), behind=0, more=False, wide_due=False,
    ))  # fmt: skip
    served.chain.do("works", "STORE_IN", about=[(shelf.dried, 100_000)])
    assert_problem(clerk.ask("/v1/labels", {"lot": lot, "count": 1}), 409, "not_judged")


def test_two_plans_never_take_more_than_the_lot_holds(clerk: Clerk, shelf: Shelf) -> None:
    clerk.plan(shelf, packed="60")
    second = clerk.ask("/v1/packings", PIECE | {"lot": shelf.code, "packed": "50"})
    assert_problem(second, 409, "over_print")
    lot = clerk.plan(shelf, packed="40")
    dropped = clerk.send(f"/enterprise/printing/{lot}/drop", {})
    assert dropped.headers["location"].endswith(shelf.code)
    again = clerk.plan(shelf, packed="40")
    clerk.print(again, 1, format="csv")
    kept = clerk.send(f"/enterprise/printing/{again}/drop", {})
    assert kept.status_code == 409
    assert "印过标签的不能放弃" in refusal(kept.text)


def test_a_file_that_went_is_drawn_again_when_ordered_with_the_same_serials(
    clerk: Clerk, shelf: Shelf, served: Served
) -> None:
    lot = clerk.plan(shelf)
    state = clerk.print(lot, 10, format="zpl", stock="roll-100x70")
    drawn = clerk.file(state)
    (path,) = (served.settings.data / "prints").glob("*.zpl")
    path.unlink()
    assert clerk.wait(state["job"])["state"] == "cleared"
    assert not path.exists()
    assert clerk.ask(f"/v1/labels/{state['job']}/redraw", {}).status_code == 202
    again = clerk.wait(state["job"])
    assert again["serials"] == ["1-10"]
    assert clerk.file(again) == drawn
    assert left(clerk, lot) == 10


@pytest.mark.parametrize(
    ("paper", "code"),
    [
        ({"format": "pdf", "stock": "a4-3x8", "start_cell": 25}, "bad_query"),
        ({"format": "docx"}, "bad_query"),
        ({"format": "zpl", "stock": "a4-3x8"}, "bad_query"),
        ({"format": "zpl", "stock": "roll-40x30"}, "bad_query"),
        ({"format": "pdf", "stock": "a3"}, "bad_query"),
        ({"format": "zpl", "dpi": 72}, "bad_query"),
        ({"format": "csv", "count": 0}, "bad_query"),
    ],
)
def test_a_paper_that_is_not_there_takes_no_serials(
    clerk: Clerk, shelf: Shelf, paper: dict[str, object], code: str
) -> None:
    lot = clerk.plan(shelf)
    assert_problem(clerk.ask("/v1/labels", {"lot": lot, "count": 1} | paper), 400, code)
    assert left(clerk, lot) == 20
