"""Labels by command: each decodes to its own pack, and there are never more than were packed."""

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from api.packs import printed_link
from tests.cli.desk import PACKS, Desk


def decoded(raw: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(raw)))
    return found.text


def test_every_label_decodes_to_a_code_of_its_own(desk: Desk) -> None:
    pack = desk.season()
    said = desk.answer(
        "labels", "--lot", pack, "--count", 2, "--format", "png", "--out",
        desk.folder / "labels.png", "--base-url", "https://t.example.cn",
    )  # fmt: skip
    links = [decoded((desk.folder / name).read_bytes()) for name in said["files"]]
    assert len(set(links)) == 2
    for serial, link in enumerate(links):
        assert link.startswith("HTTPS://T.EXAMPLE.CN/T/")
        assert desk.answer("trace", link)["serial"] == serial


def test_a_serial_that_was_never_registered_is_an_unknown_code(desk: Desk) -> None:
    pack = desk.season()
    out = desk.folder / "label.svg"
    desk.on("labels", "--lot", pack, "--count", 1, "--format", "svg", "--out", out)
    assert out.read_text().startswith("<svg")
    code = out.read_text().partition("<title>")[0]
    assert code  # a label is drawn; a forged serial is not traced:
    desk.on("trace", f"{pack.rpartition('/')[2]}000000000000", expect=4)


@pytest.mark.parametrize(
    ("first", "count"), [(None, PACKS + 1), (1, PACKS), (PACKS, 1), (PACKS - 1, 2)]
)
def test_more_labels_than_packs_are_never_printed(
    desk: Desk, first: int | None, count: int
) -> None:
    pack = desk.season()
    from_first = () if first is None else ("--first", first)
    typed = ("labels", "--lot", pack, "--count", count, *from_first)
    refused = desk.on(*typed, "--out", desk.folder / "labels.png", expect=1)
    assert "bad_quantity" in refused.stderr
    assert not [*desk.folder.glob("labels*")]


def test_codes_for_more_than_was_packed_are_refused_though_they_were_registered(
    desk: Desk,
) -> None:
    source, pack = desk.lot(), desk.lot()
    desk.record(
        {"kind": "PACK_LABEL", "inputs": [[source, 10_000]], "outputs": [[pack, 10_000]],
         "elements": {"unit_g": 500, "count": 40, "code_range": {"first": 0, "last": 39},
                      "label_fields": [{"name": "品名", "value": "生地黄"}]}}
    )  # fmt: skip
    typed = ("labels", "--lot", pack, "--out", desk.folder / "x.png")
    assert "more than the 10000 g packed" in desk.on(*typed, "--count", 21, expect=1).stderr
    desk.on(*typed, "--count", 1)


def test_a_lot_that_was_not_packed_has_no_labels(desk: Desk) -> None:
    lot = desk.lot()
    desk.record({"kind": "SEED_REGISTER", "outputs": [lot]})
    desk.on("labels", "--lot", lot, "--count", 1, "--out", desk.folder / "x.png", expect=4)


@pytest.mark.parametrize("later", ["pdf", "zpl", "tspl", "csv"])
def test_a_format_that_comes_later_is_said_to(desk: Desk, later: str) -> None:
    typed = ("labels", "--lot", "x", "--count", 1, "--out", "x", "--format", later)
    assert "以后" in desk.on(*typed, expect=2).stderr


def test_a_link_too_long_for_a_readable_symbol_is_refused_with_its_sentence(desk: Desk) -> None:
    pack = desk.season()
    typed = ("labels", "--lot", pack, "--count", 1, "--base-url", f"https://t.cn/{'long' * 40}")
    refused = desk.on(*typed, "--out", desk.folder / "x.png", expect=1)
    assert "请用短一点的网址" in refused.stderr


def test_a_link_is_in_capitals_only_where_a_server_cannot_tell() -> None:
    assert printed_link("https://t.cn", "ab1") == "HTTPS://T.CN/T/AB1"
    assert printed_link("https://t.cn/Trace", "ab1") == "https://t.cn/Trace/t/ab1"
