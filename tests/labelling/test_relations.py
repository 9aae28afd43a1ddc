"""Drug codes beside packs: in and out as CSV, every bad row named, never passed off as proved."""

import csv
from io import StringIO

import pytest

from api.labelling.relations import export_relations, import_relations
from ledger.errors import FormError
from ledger.herbs.identifiers import batch_key, unit_code
from tests.http.served import Served, assert_problem
from tests.labelling.shelf import Clerk, Shelf, release

BROWSER = {"accept": "text/html"}
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


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xff\xff\xff", "包装编号,药品追溯码\n".encode()])
def test_what_is_no_table_is_refused(served: Served, raw: bytes) -> None:
    with pytest.raises(FormError):
        import_relations(served.beside, raw, "operator")
