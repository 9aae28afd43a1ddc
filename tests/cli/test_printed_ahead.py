"""`daodi tags`, `cases` and `relations`: what is written decodes, resolves, and comes back."""

import json
from base64 import b64decode
from pathlib import Path

import pypdfium2
import pytest

from ledger.herbs.check_digits import is_sscc
from ledger.herbs.tags import tag_in
from tests.cli.desk import COOPERATIVE, Desk
from tests.labels.batch import read

WORKS = "urn:daodi:actor:works"
PREFIX = "6901234"
NUMBER = "8123456789012345{:04}"


def decoded(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [text for page in document for text in read(page.render(scale=203 / 72).to_pil())]
    finally:
        document.close()


@pytest.fixture
def works(desk: Desk) -> str:
    """A processor that has a GS1 prefix, and packed nothing."""
    named = ("--id", WORKS, "--name", "加工厂", "--role", "processor", "--county", "410825")
    desk.on("actor", "admit", *named, "--licence", f"gs1_prefix={PREFIX}")
    return WORKS


def test_an_admission_takes_what_labels_say_and_nothing_else(desk: Desk) -> None:
    named = ("--id", "urn:daodi:actor:maker", "--name", "饮片厂", "--role", "processor")
    for wrong in (
        "licence=1",
        "drug_production",
        "gs1_prefix=69x",
        "gi.rose=1",
        "gi.=1",
        "address=",
    ):
        desk.on("actor", "admit", *named, "--licence", wrong, expect=1)
    said = (
        "drug_production=豫20260001",
        "address=温县 1 号",
        "contact=0391-0",
        "gs1_prefix=690123",
        "gi.huaidihuang=2003年第105号",
    )
    given = [part for each in said for part in ("--licence", each)]
    code = "91350211M000100Y46"
    admitted = desk.answer("actor", "admit", *named, *given, "--credit-code", code)
    assert admitted["actor"] == "urn:daodi:actor:maker"
    lines = desk.on("export").stdout.splitlines()
    payload = json.loads(b64decode(json.loads(lines[-1])["payload"]))
    assert payload["body"]["licences"] == {
        "drug_production": "豫20260001", "address": "温县 1 号", "contact": "0391-0",
        "gs1_prefix": "690123", "gi": {"huaidihuang": "2003年第105号"}, "uscc": code,
    }  # fmt: skip


def test_tags_are_drawn_decode_and_wait_for_a_lot(desk: Desk) -> None:
    out = desk.folder / "tags.pdf"
    answer = desk.answer("tags", "--count", 3, "--format", "pdf", "--out", out)
    assert (answer["count"], answer["files"]) == (3, [str(out)])
    links = decoded(out)
    assert sorted(map(tag_in, links)) == sorted(answer["tags"])
    assert "tag_unbound" in desk.on("trace", links[0], expect=4).stderr


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("--format", "png"), 2),
        (("--format", "zpl", "--stock", "a4-3x8"), 1),
        (("--format", "pdf", "--start-cell", "25"), 1),
    ],
)
def test_tags_and_cases_on_no_such_paper_leave_no_file_and_take_no_number(
    desk: Desk, works: str, asked: tuple[str, ...], code: int
) -> None:
    out = desk.folder / "nothing"
    desk.on("tags", "--count", 1, "--out", out, *asked, expect=code)
    desk.on("cases", "--actor", works, "--count", 1, "--out", out, *asked, expect=code)
    assert not out.exists()
    answer = desk.answer("cases", "--actor", works, "--count", 1, "--format", "csv", "--out", out)
    assert answer["ssccs"][0][8:17] == "000000000"  # the first number of the prefix


def test_cases_have_new_numbers_of_the_packers_prefix_and_labels_that_decode(
    desk: Desk, works: str
) -> None:
    out = desk.folder / "cases.pdf"
    asked = ("cases", "--actor", works, "--count", 2, "--format", "pdf", "--out", out)
    given = [*desk.answer(*asked)["ssccs"], *desk.answer(*asked)["ssccs"]]
    assert len({*given}) == 4
    assert all(is_sscc(sscc) and sscc[1:8] == PREFIX for sscc in given)
    assert sorted(link[-18:] for link in decoded(out)) == sorted(given[2:])
    refused = desk.on("cases", "--actor", COOPERATIVE, "--count", 1, "--out", out, "--format",
                      "csv", expect=1)  # fmt: skip
    assert "gs1_prefix" in refused.stderr
    unknown = desk.on("cases", "--actor", "urn:x", "--count", 1, "--out", out, expect=1)
    assert "unknown_actor" in unknown.stderr


def test_relations_come_in_and_go_out_and_only_the_packer_brings_them(
    desk: Desk, works: str
) -> None:
    packs = desk.season()
    listed = desk.folder / "list.csv"
    desk.on("labels", "--lot", packs, "--count", 3, "--format", "csv", "--out", listed)
    codes = [row.split(",")[1].strip('"') for row in listed.read_text("utf-8-sig").splitlines()[1:]]
    rows = "".join(f"{code},{NUMBER.format(n)}\n" for n, code in enumerate(codes)).encode()
    refused = desk.on("relations", "import", "-", "--actor", works, expect=1, stdin=rows)
    assert "不是本单位包装的" in refused.stderr
    typed = ("relations", "import", "-")
    assert desk.answer(*typed, "--actor", COOPERATIVE, stdin=rows) == {"imported": 3}
    assert desk.answer(*typed, stdin=rows) == {"imported": 0}
    wrong = f"{codes[0]},{NUMBER.format(9)}\n".encode()
    assert "第 1 行" in desk.on(*typed, expect=1, stdin=wrong).stderr
    out = desk.folder / "relations.csv"
    desk.on("relations", "export", "--lot", packs, "--out", out)
    assert [row.split(",")[1] for row in out.read_text("utf-8-sig").splitlines()[1:]] == [
        f'"{NUMBER.format(n)}"' for n in range(3)
    ]
    desk.on(*typed, stdin=out.read_bytes())
    assert desk.answer("trace", NUMBER.format(1))["lot"] == packs
