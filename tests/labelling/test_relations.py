"""Drug codes beside packs: in and out as CSV, every bad row named, never passed off as proved."""

import csv
import re
from io import StringIO

import pytest
from httpx import Response

from api import limits
from api.access import COOKIE
from api.enterprise.printing import relations as desk
from api.labelling import relations
from api.labelling.relations import export_relations, import_relations
from ledger.errors import FormError, StoreError
from ledger.herbs.identifiers import batch_key, grouped, unit_code
from ledger.store.database import SqlStore
from ledger.store.relations import RelationRow
from tests.http.served import Served, assert_problem
from tests.labelling.shelf import Clerk, Shelf, release

BROWSER = {"accept": "text/html"}
FORM = {**BROWSER, "sec-fetch-site": "same-origin"}
NUMBER = "8123456789012345{:04}"


@pytest.fixture
def lot(clerk: Clerk, shelf: Shelf) -> str:
    """The code of a lot of twenty packs, stated and released."""
    code = clerk.plan(shelf)
    clerk.print(code, 20, format="csv")
    assert clerk.state(code, 20) == []
    release(clerk.served.chain, shelf.dried)
    return code


def unit(served: Served, lot: str, serial: int) -> str:
    return unit_code(lot, serial, batch_key(served.beside.folder.secret(), lot))


def table(served: Served, lot: str, count: int) -> str:
    rows = [f"{unit(served, lot, n).upper()},{NUMBER.format(n)}" for n in range(1, count + 1)]
    return "\r\n".join(["包装编号,药品追溯码", *rows, ""])


def read(raw: bytes) -> list[list[str]]:
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(raw.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_number_that_was_imported_leads_to_its_pack_and_says_who_vouches(
    served: Served, lot: str, encoding: str
) -> None:
    raw = table(served, lot, 3).encode(encoding)
    assert import_relations(served.beside, raw, "operator") == 3
    assert import_relations(served.beside, raw, "operator") == 0
    found = served.client.get("/v1/trace", params={"code": NUMBER.format(2)}).json()
    assert found["code"] == unit(served, lot, 2)
    typed = NUMBER.format(2)
    page = served.client.get(f"/t/{typed[:4]} {typed[4:]}", headers=BROWSER)
    assert page.url.path == f"/t/{unit(served, lot, 2).upper()}"
    assert NUMBER.format(2) in page.text
    assert "没有人签名，不能证明" in page.text
    other = served.client.get(f"/t/{unit(served, lot, 4)}", headers=BROWSER)
    assert "药品追溯码：" not in other.text
    assert_problem(
        served.client.get("/v1/trace", params={"code": NUMBER.format(4)}), 404, "unknown_code"
    )


def test_what_goes_out_comes_in_again(served: Served, lot: str) -> None:
    import_relations(served.beside, table(served, lot, 3).encode(), "operator")
    raw = b"".join(export_relations(served.beside, lot))
    rows = read(raw)
    assert rows[0] == ["包装编号", "药品追溯码"]
    assert [row[1] for row in rows[1:]] == [NUMBER.format(n) for n in (1, 2, 3)]
    assert import_relations(served.beside, raw, "operator") == 0


def test_every_bad_row_is_named_and_nothing_is_kept(served: Served, lot: str) -> None:
    good = table(served, lot, 2)
    import_relations(served.beside, good.encode(), "operator")
    code = unit(served, lot, 5)
    stated = served.chain.lot()
    source = served.chain.lot()
    served.chain.do(
        "mill", "SPLIT", inputs=[(source, 10)], outputs=[(stated, 9)],
        aliases=[{"name": "药品追溯码", "value": NUMBER.format(900)}],
    )  # fmt: skip
    bad = [
        (f"{code},123", "20 位"),
        (f"{code},8.12346E+19", "科学计数"),
        (f"{lot},{NUMBER.format(5)}", "不是一件包装"),
        (f"{code[:-1]}{'0' if code[-1] != '0' else '1'},{NUMBER.format(5)}", "不是这个平台的"),
        (f"{unit(served, lot, 21)},{NUMBER.format(5)}", "还没有登记"),
        (f"{code},{NUMBER.format(1)}", "对应另一件"),
        (f"{unit(served, lot, 1)},{NUMBER.format(99)}", "对应另一个追溯码"),
        (f"{unit(served, lot, 6)},{NUMBER.format(900)}", "签名记录"),
        (f"=1+1,{NUMBER.format(5)}", "不是这个平台的"),
    ]
    fine = f"{unit(served, lot, 7)},{NUMBER.format(7)}"
    raw = "\n".join([fine, *(row for row, _ in bad)]).encode()
    with pytest.raises(FormError) as caught:
        import_relations(served.beside, raw, "operator")
    said = caught.value.details["rows"]
    assert isinstance(said, list)
    for (_, why), (at, sentence) in zip(bad, enumerate(said, 2), strict=True):
        assert str(sentence).startswith(f"第 {at} 行："), sentence
        assert why in str(sentence)
    rows = read(b"".join(export_relations(served.beside, lot)))
    assert len(rows) == 3


def test_one_file_may_not_contradict_itself(served: Served, lot: str) -> None:
    one, two = unit(served, lot, 1), unit(served, lot, 2)
    for rows in (
        f"{one},{NUMBER.format(1)}\n{two},{NUMBER.format(1)}",
        f"{one},{NUMBER.format(1)}\n{one},{NUMBER.format(2)}",
    ):
        with pytest.raises(FormError, match="第 2 行"):
            import_relations(served.beside, rows.encode(), "operator")


def test_a_row_that_stands_there_twice_is_one_relation(served: Served, lot: str) -> None:
    raw = f"{unit(served, lot, 1)},{NUMBER.format(1)}\n".encode()
    assert import_relations(served.beside, raw * 2, "operator") == 1


def test_imports_that_always_come_between_are_not_waited_for(
    served: Served, lot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    monkeypatch.setattr(relations, "add_relations", lambda _store, rows: tried.append(rows))
    with pytest.raises(StoreError) as refused:
        import_relations(served.beside, table(served, lot, 1).encode(), "operator")
    assert refused.value.code == "busy"
    assert len(tried) == relations.TRIES


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\n\n", b"\xff\xff\xff", "包装编号,药品追溯码\n".encode(), b"1" * 140_000,
        b'"' + b"1," * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(served: Served, raw: bytes) -> None:
    with pytest.raises(FormError):
        import_relations(served.beside, raw, "operator")


def upload(clerk: Clerk, raw: bytes) -> Response:
    """A file through the page's form, as a browser without script sends it."""
    cookie = {**FORM, "cookie": f"{COOKIE}={clerk.served.token(clerk.who)}"}
    return clerk.served.client.post(
        "/enterprise/relations", files={"file": ("list.csv", raw, "text/csv")}, headers=cookie,
        follow_redirects=False,
    )  # fmt: skip


def test_a_packer_imports_lists_and_exports_at_the_desk(clerk: Clerk, lot: str) -> None:
    raw = table(clerk.served, lot, 3).encode()
    kept = upload(clerk, raw)
    assert (kept.status_code, kept.headers["location"]) == (303, "/enterprise/relations?imported=3")
    page = clerk.see("/enterprise/relations", imported=3).text
    assert "导入 3 条" in page
    assert "3 件有药品追溯码" in page
    listed = clerk.see(f"/enterprise/relations/{lot}").text
    assert all(grouped(NUMBER.format(n)) in listed for n in (1, 2, 3))
    assert "contradicted" not in listed
    answer = clerk.served.client.get(
        f"/v1/relations/{lot}", headers=clerk.served.bearing(clerk.who)
    )
    assert [row[1] for row in read(answer.content)[1:]] == [NUMBER.format(n) for n in (1, 2, 3)]
    assert f'filename="relations-{lot}.csv"' in answer.headers["content-disposition"]
    assert upload(clerk, answer.content).headers["location"].endswith("?imported=0")
    assert "没有新的" in clerk.see("/enterprise/relations", imported=0).text


def test_every_bad_row_is_listed_on_the_page_and_told_to_programs(clerk: Clerk, lot: str) -> None:
    raw = (table(clerk.served, lot, 2) + f"{lot},{NUMBER.format(7)}\n").encode()
    page = upload(clerk, raw)
    assert page.status_code == 400
    assert "第 4 行" in page.text
    assert "一行也没有导入" in page.text
    headers = clerk.served.bearing(clerk.who)
    problem = clerk.served.client.post("/v1/relations", content=raw, headers=headers)
    said = assert_problem(problem, 400, "bad_body")["rows"]
    assert isinstance(said, list)
    assert [str(row)[:5] for row in said] == ["第 4 行"]
    assert "3 行" not in clerk.see(f"/enterprise/relations/{lot}").text
    assert upload(clerk, b"").status_code == 400
    good = clerk.served.client.post("/v1/relations", content=raw[: raw.rindex(b"\r\n")],
                                    headers=headers)  # fmt: skip
    assert good.json() == {"imported": 2}


def test_a_number_that_a_statement_gives_to_another_lot_is_shown_as_a_conflict(
    clerk: Clerk, lot: str
) -> None:
    assert upload(clerk, table(clerk.served, lot, 3).encode()).status_code == 303
    other = clerk.served.chain.lot()
    clerk.served.chain.do(
        "mill", "SPLIT", inputs=[(clerk.served.chain.lot(), 10)], outputs=[(other, 9)],
        aliases=[{"name": "药品追溯码", "value": NUMBER.format(2)}],
    )  # fmt: skip
    page = clerk.see(f"/enterprise/relations/{lot}").text
    assert "本页有 1 个追溯码，签名的记录把它给了另一批" in page
    assert f"/enterprise/lots/{other.rpartition('/')[2]}" in page
    found = clerk.served.client.get("/v1/trace", params={"code": NUMBER.format(2)}).json()
    assert found["lot"] == other  # what is signed goes first


def test_only_the_packer_imports_sees_and_exports(clerk: Clerk, lot: str) -> None:
    raw = table(clerk.served, lot, 1).encode()
    mill = Clerk(served=clerk.served, who="mill")
    assert "不是本单位包装的" in upload(mill, raw).text
    assert upload(clerk, raw).status_code == 303
    headers = mill.served.bearing("mill")
    assert_problem(mill.served.client.get(f"/v1/relations/{lot}", headers=headers),
                   403, "not_your_lot")  # fmt: skip
    assert mill.see(f"/enterprise/relations/{lot}").status_code == 403
    assert_problem(clerk.served.client.get(f"/v1/relations/{lot}"), 401, "unauthorised")
    nobody = clerk.served.client.post(
        "/v1/relations", content=raw, headers={"sec-fetch-site": "same-origin"}
    )
    assert_problem(nobody, 401, "unauthorised")
    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    crossed = clerk.served.client.post(
        "/enterprise/relations", files={"file": ("x.csv", raw)},
        headers={**FORM, "cookie": f"{COOKIE}={clerk.served.token('works')}", **foreign},
    )  # fmt: skip
    assert crossed.status_code == 403


def test_many_numbers_are_listed_page_by_page(
    clerk: Clerk, lot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "ROWS_SHOWN", 4)
    assert upload(clerk, table(clerk.served, lot, 10).encode()).status_code == 303
    after, seen = "-1", []
    for _ in range(3):
        page = clerk.see(f"/enterprise/relations/{lot}", after=after).text
        seen += [n for n in range(1, 11) if grouped(NUMBER.format(n)) in page]
        after = "".join(re.findall(r'after=(\d+)"', page))  # the next page, in this language
    assert seen == [*range(1, 11)]
    assert after == ""


def test_of_two_imports_at_once_one_is_told_what_the_other_left(
    served: Served, lot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = unit(served, lot, 1), unit(served, lot, 2)
    keep = relations.add_relations

    def after_another(store: SqlStore, rows: list[RelationRow]) -> bool:
        monkeypatch.undo()
        import_relations(served.beside, f"{two},{NUMBER.format(1)}".encode(), "operator")
        return keep(store, rows)

    monkeypatch.setattr(relations, "add_relations", after_another)
    with pytest.raises(FormError, match="对应另一件"):
        import_relations(served.beside, f"{one},{NUMBER.format(1)}".encode(), "operator")


def test_one_packer_imports_one_table_at_a_time(
    clerk: Clerk, lot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAIT_S", 0)
    raw, headers = table(clerk.served, lot, 3).encode(), clerk.served.bearing("works")
    client = clerk.served.client
    with limits.desk_turns.taken(clerk.served.chain.actors["works"]):
        assert_problem(client.post("/v1/relations", content=raw, headers=headers), 503, "busy")
        assert upload(clerk, raw).status_code == 503
        others = clerk.served.bearing("mill")
        assert client.post("/v1/relations", content=raw, headers=others).status_code == 400
    assert client.post("/v1/relations", content=raw, headers=headers).json() == {"imported": 3}
