"""Attached files over HTTP: kept under their hash, given out where a public record names them."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from stat import S_IMODE
from types import SimpleNamespace

import pytest
from httpx import Response
from PIL import Image
from PIL.ExifTags import GPS, IFD
from PIL.PngImagePlugin import PngInfo

from api.files import blobs
from api.files.blobs import FILE_BYTES_MAX, FREE_BYTES_MIN
from ledger.canonical import JsonObject
from ledger.herbs.identifiers import code_of_uri
from tests import packets
from tests.http.served import Served, assert_problem, open_served

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def photo(*, media: str = "JPEG", place: bool = False, turned: bool = False) -> bytes:
    """A small picture, red above and white below; where it was taken and how it was held."""
    image = Image.new("RGB", (40, 30), "white")
    image.paste("red", (0, 0, 40, 15))
    exif = Image.Exif()
    exif[271] = "a phone's maker"
    if turned:
        exif[274] = 6
    if place:
        exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitudeRef] = "N"
    written = BytesIO()
    image.save(written, media, exif=exif)
    return written.getvalue()


def keep(served: Served, content: bytes, *, query: str = "", who: str = "laboratory") -> Response:
    return served.client.post(f"/v1/files{query}", content=content, headers=served.bearing(who))


def stated_test(served: Served, named: JsonObject) -> tuple[str, str]:
    """A lot whose test names a file: the code of the lot and the test's statement id."""
    lot = served.chain.lot()
    served.chain.do("mill", "PURCHASE", outputs=[(lot, 1_000)], herb="huaidihuang", seller="某人")
    packets.examine(served.chain, lot, report=named)
    seen = served.client.get("/v1/trace", params={"code": lot}).json()
    (step,) = [step for step in seen["steps"] if step["kind"] == "TEST"]
    return code_of_uri(lot), step["statement_id"]


def test_a_report_is_kept_and_shown_where_a_test_names_it(served: Served) -> None:
    named = keep(served, PDF).json()
    code, statement_id = stated_test(served, named)
    page = served.client.get(f"/t/{code}", headers={"accept": "text/html"}).text

    link = f"/blob/{sha256(PDF).hexdigest()}?of={statement_id}"
    assert named == {"sha256": sha256(PDF).hexdigest(), "type": "application/pdf", "size": len(PDF)}
    assert f'href="{link}"' in page
    answer = served.client.get(link)
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_report_that_never_came_is_a_fingerprint(file_served: Served) -> None:
    named: JsonObject = {"sha256": "ab" * 32, "type": "application/pdf", "size": 9}
    code, statement_id = stated_test(file_served, named)
    page = file_served.client.get(f"/t/{code}", headers={"accept": "text/html"}).text

    assert "只有文件指纹" in page
    assert "abababababab…" in page
    assert "/blob/" not in page
    missing = file_served.client.get(f"/blob/{'ab' * 32}?of={statement_id}")
    assert_problem(missing, 404, "not_found")


def test_a_kept_file_is_readable_by_its_owner_alone(file_served: Served) -> None:
    digest = keep(file_served, PDF).json()["sha256"]
    path = file_served.beside.folder.blobs / digest

    assert S_IMODE(path.stat().st_mode) == 0o600
    assert keep(file_served, PDF).status_code == 201
    assert [each.name for each in file_served.beside.folder.blobs.iterdir()] == [digest]


def test_what_no_public_record_names_is_not_given_out(file_served: Served) -> None:
    named = keep(file_served, PDF).json()
    digest = named["sha256"]
    lot = file_served.chain.lot()
    private = file_served.chain.do(
        "mill", "TRANSPORT", about=[(lot, 1)], vehicle="x", temperature_log=named
    )
    another = stated_test(file_served, {**named, "size": len(PDF) + 1})[1]

    for of in ("", private.leaf.statement_id.hex(), another, "cd" * 32, "x"):
        assert_problem(file_served.client.get(f"/blob/{digest}?of={of}"), 404, "not_found")


def test_a_type_that_a_browser_might_run_stays_a_fingerprint(file_served: Served) -> None:
    script = b"%PDF-<script>alert(1)</script>"
    digest = keep(file_served, script).json()["sha256"]
    code, statement_id = stated_test(
        file_served, {"sha256": digest, "type": "text/html", "size": len(script)}
    )

    assert (
        "/blob/" not in file_served.client.get(f"/t/{code}", headers={"accept": "text/html"}).text
    )
    answer = file_served.client.get(f"/blob/{digest}?of={statement_id}")
    assert_problem(answer, 404, "not_found")


def test_a_file_that_changed_on_the_disk_is_not_given_out(file_served: Served) -> None:
    named = keep(file_served, PDF).json()
    _, statement_id = stated_test(file_served, named)
    (file_served.beside.folder.blobs / named["sha256"]).write_bytes(PDF.replace(b"1.4", b"1.5"))

    answer = file_served.client.get(f"/blob/{named['sha256']}?of={statement_id}")

    assert_problem(answer, 404, "not_found")


def test_only_an_actor_may_keep_a_file(file_served: Served) -> None:
    assert_problem(file_served.client.post("/v1/files", content=PDF), 401, "unauthorised")


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"PK\x03\x04", photo()[:200], b"\x89PNG\r\n\x1a\n"],
    ids=["empty", "page", "archive", "half a photo", "no picture"],
)
def test_other_formats_and_broken_pictures_are_refused(file_served: Served, content: bytes) -> None:
    assert_problem(keep(file_served, content), 415, "bad_file")
    assert [*file_served.beside.folder.blobs.iterdir()] == []


def test_a_file_over_four_mebibytes_is_refused(file_served: Served) -> None:
    answer = keep(file_served, PDF.ljust(FILE_BYTES_MAX + 1))

    assert_problem(answer, 413, "too_large")


@pytest.mark.parametrize("media", ["JPEG", "PNG"])
def test_a_photo_that_says_where_it_was_taken_is_refused(file_served: Served, media: str) -> None:
    assert_problem(keep(file_served, photo(media=media, place=True)), 422, "photo_with_place")


@pytest.mark.parametrize("media", ["JPEG", "PNG"])
def test_a_photo_that_names_its_camera_is_refused_and_one_of_a_picture_alone_is_kept(
    file_served: Served, media: str
) -> None:
    assert_problem(keep(file_served, photo(media=media)), 422, "photo_with_notes")
    turned = Image.Exif()
    turned[274] = 6
    written = BytesIO()
    Image.new("RGB", (9, 9)).save(written, media, exif=turned, dpi=(72, 72))
    assert keep(file_served, written.getvalue()).status_code == 201


def test_notes_in_any_other_place_of_a_photo_are_refused_too(file_served: Served) -> None:
    dated, text = Image.Exif(), PngInfo()
    dated.get_ifd(IFD.Exif)[0xA430] = "李四"
    text.add_text("Author", "李四")
    for media, said in (
        ("JPEG", {"exif": dated}), ("JPEG", {"comment": "李四"}), ("PNG", {"pnginfo": text}),
        ("JPEG", {"xmp": b"<x:xmpmeta><dc:creator/></x:xmpmeta>"}),
    ):  # fmt: skip
        written = BytesIO()
        Image.new("RGB", (9, 9)).save(written, media, **said)
        assert_problem(keep(file_served, written.getvalue()), 422, "photo_with_notes")


def test_a_photo_with_a_place_in_xmp_is_refused(file_served: Served) -> None:
    written = BytesIO()
    xmp = b'<x:xmpmeta><rdf:Description exif:GPSLatitude="34,55N"/></x:xmpmeta>'
    Image.new("RGB", (9, 9)).save(written, "JPEG", xmp=xmp)

    assert_problem(keep(file_served, written.getvalue()), 422, "photo_with_place")


@pytest.mark.parametrize("media", ["JPEG", "PNG"])
def test_a_stripped_photo_keeps_its_picture_and_nothing_else(
    file_served: Served, media: str
) -> None:
    sent = photo(media=media, place=True, turned=True)

    named = keep(file_served, sent, query="?strip=true").json()

    kept = (file_served.beside.folder.blobs / named["sha256"]).read_bytes()
    assert sha256(kept).hexdigest() == named["sha256"] != sha256(sent).hexdigest()
    with Image.open(BytesIO(kept)) as image:
        assert dict(image.getexif()) == {}
        assert image.size == (30, 40)  # upright, as its EXIF said
        red, green, _ = image.convert("RGB").getpixel((25, 20))
        assert red > 200 > green + 100
    assert b"maker" not in kept


def test_an_actor_uploads_so_much_in_a_day_and_no_more(sqlite_url: str, tmp_path: Path) -> None:
    with open_served(sqlite_url, tmp_path, upload_bytes_per_day=2 * len(PDF) + 1) as served:
        assert keep(served, PDF).status_code == 201
        assert keep(served, PDF + b"1").status_code == 201
        assert_problem(keep(served, PDF + b"2"), 429, "rate_limited")
        assert keep(served, PDF + b"2", who="mill").status_code == 201


def test_files_leave_room_on_the_disk_for_the_log(
    file_served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = FREE_BYTES_MIN + len(PDF) - 1
    monkeypatch.setattr(blobs, "disk_usage", lambda _: SimpleNamespace(free=full))
    assert_problem(keep(file_served, PDF), 507, "no_room")
    assert not [*file_served.beside.folder.blobs.iterdir()]
    assert file_served.post(file_served.harvest()).status_code == 201
    monkeypatch.setattr(blobs, "disk_usage", lambda _: SimpleNamespace(free=full + 1))
    assert keep(file_served, PDF).status_code == 201
