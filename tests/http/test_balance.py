"""What is left of a lot with each holder: in JSON, and on two pages."""

from typing import Any, Final

import pytest

from ledger.herbs.identifiers import code_of_uri
from tests.chain import DAY_MS
from tests.http.served import Served, assert_problem
from tests.rules.story import ms

TON: Final = 1_000_000
CUT_MS: Final = ms("2026-03-02 09:00")


def tell(served: Served) -> tuple[str, str]:
    """A lot of a mill: 1,000 kg cut, 400 sold, 395 received by the shop; and the mill's store."""
    chain = served.chain
    for name, role in (("shop", "pharmacy"), ("bureau", "supervisor")):
        chain.admit(name, role)
    works, source, made = chain.site("mill"), chain.lot(), chain.lot()
    chain.do("cooperative", "PURCHASE", outputs=[(source, TON)], herb="huainiuxi",
             event_ms=CUT_MS - DAY_MS)  # fmt: skip
    chain.do("mill", "CUT_GRADE", inputs=[(source, TON)], outputs=[(made, TON)], site=works,
             event_ms=CUT_MS)  # fmt: skip
    chain.do("mill", "SALE_B2B", about=[(made, 400_000)], site=works, event_ms=CUT_MS + DAY_MS)
    chain.do("shop", "RECEIVE", about=[(made, 395_000)], sent_g=400_000,
             event_ms=CUT_MS + 2 * DAY_MS)  # fmt: skip
    return made, works


def balance(served: Served, who: str, lot: str, **asked: str) -> list[dict[str, Any]]:
    """What `GET /v1/balance` answers to somebody."""
    asked |= {"code": code_of_uri(lot)}
    answer = served.client.get("/v1/balance", params=asked, headers=served.bearing(who))
    assert answer.status_code == 200, answer.text
    holdings: list[dict[str, Any]] = answer.json()["holdings"]
    return holdings


def test_a_supervisor_reads_every_holders_balance_and_each_holder_its_own(served: Served) -> None:
    made, works = tell(served)
    actors = {name: f"urn:daodi:actor:{name}" for name in ("mill", "shop")}
    every = balance(served, "bureau", made)
    assert {(row["holder"], row["site"], row["left_g"]) for row in every} == {
        (actors["mill"], works, 600_000),
        (actors["shop"], "", 395_000),
    }
    (mill,) = balance(served, "mill", made)
    assert (mill["made_g"], mill["sent_g"]) == (TON, 400_000)
    (shop,) = balance(served, "shop", made)
    assert (shop["received_g"], shop["dried_g"]) == (400_000, 5_000)
    assert balance(served, "cooperative", made) == []


@pytest.mark.parametrize(
    ("at", "left_g"),
    [
        ("2026-03-02T08:59:59+08:00", []),
        ("2026-03-02T09:00:00+08:00", [TON]),
        ("2026-03-03T09:00:00+08:00", [600_000]),
        ("2026-03-04T01:00:00+00:00", [600_000, 395_000]),
    ],
)
def test_a_balance_is_of_any_instant(file_served: Served, at: str, left_g: list[int]) -> None:
    made, _ = tell(file_served)
    assert [row["left_g"] for row in balance(file_served, "bureau", made, at=at)] == left_g


def test_a_correction_by_whoever_stated_it_changes_the_balance(served: Served) -> None:
    chain = served.chain
    made, _ = tell(served)
    received = chain.do(
        "shop", "RECEIVE", about=[(made, 80_000)], sent_g=100_000, event_ms=CUT_MS + 3 * DAY_MS
    )
    (shop,) = balance(served, "shop", made)
    assert (shop["received_g"], shop["dried_g"], shop["left_g"]) == (500_000, 25_000, 475_000)
    chain.do("shop", "RECEIVE", about=[(made, 80_000)], corrects=received.leaf.statement_id.hex(),
             correct_reason="磅单看错", sent_g=80_000, event_ms=CUT_MS + 3 * DAY_MS)  # fmt: skip
    (shop,) = balance(served, "shop", made)
    assert (shop["received_g"], shop["dried_g"], shop["left_g"]) == (480_000, 5_000, 475_000)


def test_the_public_and_a_wrong_time_are_refused(file_served: Served) -> None:
    made, _ = tell(file_served)
    code = code_of_uri(made)
    assert_problem(
        file_served.client.get("/v1/balance", params={"code": code}), 401, "unauthorised"
    )
    answer = file_served.client.get(
        "/v1/balance", params={"code": code, "at": "soon"}, headers=file_served.bearing("mill")
    )
    assert_problem(answer, 400, "bad_time")


@pytest.mark.parametrize(
    ("who", "path", "shown", "hidden"),
    [
        ("mill", "/enterprise/lots/{}", "600 公斤", "395 公斤"),
        ("bureau", "/supervisor/trace?code={}", "395 公斤", "数量对不上"),
    ],
)
def test_pages_show_what_their_reader_may_see(
    file_served: Served, who: str, path: str, shown: str, hidden: str
) -> None:
    made, _ = tell(file_served)
    bearing = file_served.bearing(who)
    page = file_served.client.get(path.format(code_of_uri(made)), headers=bearing).text
    table = page.partition('<table id="holdings">')[2].partition("</table>")[0]
    assert shown in table
    assert hidden not in table
    file_served.chain.do("mill", "DESTROY", about=[(made, 700_000)], event_ms=CUT_MS + DAY_MS)
    table = file_served.client.get(path.format(code_of_uri(made)), headers=bearing).text
    assert "数量对不上" in table
    assert "−100 公斤" in table


def test_what_a_holder_moves_to_another_site_leaves_one_and_comes_to_the_other(
    served: Served,
) -> None:
    made, works = tell(served)
    store = served.chain.site("mill")
    served.chain.do("mill", "STORE_IN", about=[(made, 250_000)], site=store,
                    event_ms=CUT_MS + DAY_MS)  # fmt: skip
    rows = {row["site"]: row for row in balance(served, "mill", made)}
    assert (rows[works]["moved_g"], rows[works]["left_g"]) == (-250_000, 350_000)
    assert (rows[store]["moved_g"], rows[store]["left_g"]) == (250_000, 250_000)
    bearing = served.bearing("mill")
    page = served.client.get(f"/enterprise/lots/{code_of_uri(made)}", headers=bearing).text
    table = page.partition('<table id="holdings">')[2].partition("</table>")[0]
    assert "移出 250 公斤" in table
    assert "移入 250 公斤" in table
