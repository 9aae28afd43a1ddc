"""`daodi labels` in every format: sheets, rolls, a list, and never half a file."""

from pathlib import Path

import pypdfium2
import pytest

from tests.cli.desk import COOPERATIVE, Desk
from tests.labels.batch import read


@pytest.fixture
def packs(desk: Desk) -> str:
    return desk.season()


def pages_read(path: Path) -> list[list[str]]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [read(page.render(scale=203 / 72).to_pil()) for page in document]
    finally:
        document.close()


def test_a_sheet_begins_at_its_start_cell_and_every_code_on_it_is_known(
    desk: Desk, packs: str
) -> None:
    out = desk.folder / "sheet.pdf"
    asked = ("labels", "--lot", packs, "--count", 4, "--format", "pdf", "--out", out)
    answer = desk.answer(*asked, "--start-cell", 23, "--shift-right", "0.5")
    assert answer == {"lot": packs, "count": 4, "files": [str(out)]}
    first, second = pages_read(out)
    assert len(first) == len(second) == 2
    for url in (*first, *second):
        desk.on("trace", url)


@pytest.mark.parametrize(("kind", "begins"), [("zpl", b"^XA"), ("tspl", b"SIZE 40 mm,30 mm")])
def test_a_roll_and_a_list_are_one_file(desk: Desk, packs: str, kind: str, begins: bytes) -> None:
    out = desk.folder / f"roll.{kind}"
    asked = ("labels", "--lot", packs, "--count", 3, "--out", out, "--format", kind)
    desk.on(*asked, "--stock", "roll-40x30", "--dpi", "203")
    assert out.read_bytes().startswith(begins)
    desk.on("labels", "--lot", packs, "--count", 3, "--out", out, "--format", "csv")
    assert len(out.read_text("utf-8-sig").splitlines()) == 4


def test_a_test_page_needs_no_lot_and_no_ledger(bare: Desk) -> None:
    out = bare.folder / "test.pdf"
    bare.on("labels", "--test-page", "--format", "pdf", "--stock", "a4-3x7", "--out", out)
    assert out.read_bytes().startswith(b"%PDF")
    bare.on("labels", "--format", "pdf", "--out", out, expect=2)


def test_what_is_refused_leaves_what_was_there(desk: Desk, packs: str) -> None:
    out = desk.folder / "sheet.pdf"
    out.write_bytes(b"printed yesterday")
    asked = ("labels", "--lot", packs, "--count", 2, "--out", out)
    said = desk.on(*asked, "--format", "pdf", "--start-cell", 25, expect=1)
    assert "label_no_such_cell" in said.stderr
    said = desk.on(*asked, "--format", "zpl", "--stock", "a4-3x8", expect=1)
    assert "label_wrong_stock" in said.stderr
    said = desk.on(*asked, "--format", "pdf", "--first", 1_399, expect=1)
    assert "over_print" in said.stderr
    assert out.read_bytes() == b"printed yesterday"
    assert not [path for path in desk.folder.iterdir() if path.suffix == ".part"]


def test_in_an_actors_name_only_its_own_packs_are_printed(desk: Desk, packs: str) -> None:
    works = "urn:daodi:actor:works"
    named = ("--id", works, "--name", "加工厂", "--role", "processor", "--county", "410825")
    desk.on("actor", "admit", *named)
    out = desk.folder / "roll.csv"
    asked = ("labels", "--lot", packs, "--count", 2, "--format", "csv", "--out", out)
    refused = desk.on(*asked, "--actor", works, expect=1)
    assert "not_your_lot" in refused.stderr
    assert not out.exists()
    desk.on(*asked, "--actor", COOPERATIVE)
    assert len(out.read_text("utf-8-sig").splitlines()) == 3
    assert "unknown_actor" in desk.on(*asked, "--actor", "urn:x", expect=1).stderr


def test_many_labels_are_drawn_by_a_process_of_their_own_to_the_same_bytes(
    desk: Desk, packs: str
) -> None:
    """A process of its own above 500, and the same refusals from there."""
    first, all_ = desk.folder / "first.csv", desk.folder / "all.csv"
    desk.on("labels", "--lot", packs, "--count", 500, "--format", "csv", "--out", first)
    desk.on("labels", "--lot", packs, "--count", 501, "--format", "csv", "--out", all_)
    assert all_.read_bytes().startswith(first.read_bytes())
    assert len(all_.read_text("utf-8-sig").splitlines()) == 502
    once = all_.read_bytes()
    all_.unlink()  # as after an interrupted run: the same command draws the same serials again
    desk.on("labels", "--lot", packs, "--count", 501, "--format", "csv", "--out", all_)
    assert all_.read_bytes() == once
