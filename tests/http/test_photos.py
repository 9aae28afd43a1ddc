"""A photo of a label over HTTP: read in memory, led on to the code's page, never kept."""

import signal
import subprocess
import sys
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from zlib import compress, crc32

import pytest
from httpx import Response
from PIL import Image, ImageFilter

from api import limits
from api.files import blobs, photos
from api.files.decoding import TEXTS_MAX
from api.files.photos import PHOTO_BYTES_MAX, read_codes
from api.files.pictures import SCANS_MAX
from api.public.photographed import PER_MINUTE
from labels.symbol import make_symbol
from tests import packets
from tests.http.served import Served, assert_problem

PAGE = {"accept": "text/html"}


def photo(text: str, *, media: str = "JPEG", side: int = 2_400, turn: float = 8) -> bytes:
    """A symbol somewhere on a large grey picture, a little turned and blurred."""
    symbol = make_symbol(text)
    width = symbol.full_width_modules
    drawn = Image.new("L", (width, width), 255)
    for x, y, length in symbol.runs():
        drawn.paste(0, (x + 4, y + 4, x + 4 + length, y + 5))
    large = drawn.resize((width * 12, width * 12), Image.Resampling.NEAREST)
    picture = Image.new("RGB", (side, side * 3 // 4), (120, 110, 100))
    picture.paste(large.rotate(turn, expand=True, fillcolor=120).convert("RGB"), (700, 500))
    written = BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1)).save(written, media)
    return written.getvalue()


def send(served: Served, content: bytes, name: str = "a.jpg", query: str = "") -> Response:
    return served.client.post(
        f"/photo{query}", files={"photo": (name, content)}, headers=PAGE, follow_redirects=False
    )


@pytest.mark.parametrize("media", ["JPEG", "PNG", "WEBP"])
def test_a_photo_leads_to_the_page_of_its_code(file_served: Served, media: str) -> None:
    code = packets.packet(file_served.chain, file_served.beside.folder.secret()).code.upper()

    answer = send(
        file_served, photo(f"HTTPS://DEMO.EXAMPLE/T/{code}", media=media), query="?lang=en"
    )

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/t/{code}?lang=en"


def test_nothing_of_a_photo_is_kept(file_served: Served, tmp_path: Path) -> None:
    before = sorted(path for path in tmp_path.rglob("*") if path.suffix != ".db-wal")

    send(file_served, photo("HTTPS://DEMO.EXAMPLE/T/X"))

    after = sorted(path for path in tmp_path.rglob("*") if path.suffix != ".db-wal")
    assert after == before


def test_a_photo_of_a_code_that_nobody_issued_is_the_page_of_the_unknown(
    file_served: Served,
) -> None:
    answer = send(file_served, photo("HTTPS://EVIL.EXAMPLE/T/ABC"))

    assert answer.status_code == 404
    assert "没有这个码" in answer.text
    assert 'href="tel:12315"' in answer.text


def test_a_photo_without_a_code_says_so_and_offers_the_field(file_served: Served) -> None:
    written = BytesIO()
    Image.new("RGB", (800, 600), "white").save(written, "JPEG")

    answer = send(file_served, written.getvalue())

    assert answer.status_code == 422
    assert "没有在照片里找到二维码" in answer.text
    assert 'id="code"' in answer.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\x00\x00\x18ftypheic" + bytes(99), "平台读不了 HEIC 照片"),
        (b"", "没有在照片里找到二维码|这不是一张完整的照片"),
        (b"<html>", "这不是一张完整的照片"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "这不是一张完整的照片"),
    ],
    ids=["heic", "empty", "page", "broken"],
)
def test_what_cannot_be_read_is_refused_in_words(
    file_served: Served, content: bytes, words: str
) -> None:
    answer = send(file_served, content)

    assert answer.status_code == 422
    assert any(each in answer.text for each in words.split("|"))


def test_a_picture_that_unfolds_beyond_measure_is_refused(file_served: Served) -> None:
    written = BytesIO()
    Image.new("1", (8_000, 6_000)).save(written, "PNG")

    answer = send(file_served, written.getvalue(), "a.png")

    assert answer.status_code == 422
    assert "照片太大了" in answer.text


@pytest.mark.parametrize("size", [(1, 20_001), (20_001, 1), (100_000, 100_000)])
def test_a_picture_of_endless_rows_is_refused_before_it_unfolds(
    file_served: Served, size: tuple[int, int]
) -> None:
    raw = png_of(size)

    assert "照片太大了" in send(file_served, raw, "a.png").text
    token = file_served.bearing("mill")
    for query in ("", "?strip=true"):
        kept = file_served.client.post(f"/v1/files{query}", content=raw, headers=token)
        assert_problem(kept, 413, "too_large")


def png_of(size: tuple[int, int]) -> bytes:
    """A PNG that says so much of itself and has one row."""

    def chunk(name: bytes, content: bytes) -> bytes:
        whole = name + content
        return len(content).to_bytes(4) + whole + crc32(whole).to_bytes(4)

    head = size[0].to_bytes(4) + size[1].to_bytes(4) + bytes((8, 0, 0, 0, 0))
    parts = [(b"IHDR", head), (b"IDAT", compress(bytes(9))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize("media", ["GIF", "TIFF", "BMP", "ICO", "PPM", "PDF"])
def test_other_formats_are_not_even_tried(file_served: Served, media: str) -> None:
    written = BytesIO()
    Image.new("RGB", (64, 64)).save(written, media)
    assert "不是一张完整的照片" in send(file_served, written.getvalue()).text


def test_a_wall_of_symbols_is_no_way_to_guess_codes_by_the_hundred() -> None:
    wall = Image.new("L", (1_200, 900), 255)
    for number in range(12):
        symbol = make_symbol(f"HTTPS://DEMO.EXAMPLE/T/{number:020}")
        for x, y, length in symbol.runs():
            left, top = 300 * (number % 4), 300 * (number // 4)
            box = (
                left + 40 + x * 5,
                top + 40 + y * 5,
                left + 40 + (x + length) * 5,
                top + 45 + y * 5,
            )
            wall.paste(0, box)
    written = BytesIO()
    wall.save(written, "PNG")
    assert len(read_codes(written.getvalue())) == TEXTS_MAX


def scans(more: int) -> bytes:
    """A progressive JPEG of four scans and so many more, of 60 bytes each."""
    written = BytesIO()
    Image.new("L", (64, 64), 128).save(written, "JPEG", progressive=True)
    raw = written.getvalue()
    last = raw[raw.rindex(b"\xff\xda") : -2]
    return raw[:-2] + last * more + raw[-2:]


def test_a_photo_that_would_be_gone_through_a_thousand_times_is_refused(
    file_served: Served,
) -> None:
    token = file_served.bearing("mill")
    for more, status in ((0, 201), (SCANS_MAX, 413)):
        sent = file_served.client.post("/v1/files", content=scans(more), headers=token)
        assert sent.status_code == status, sent.text
    assert "照片太大了" in send(file_served, scans(SCANS_MAX)).text
    assert "没有在照片里找到" in send(file_served, scans(0)).text


def test_a_picture_made_to_keep_a_decoder_busy_ends_its_process() -> None:
    eye = Image.new("L", (9, 9), 255)
    for edge, grey in ((1, 0), (2, 255), (3, 0)):
        eye.paste(grey, (edge, edge, 9 - edge, 9 - edge))
    row, wall = Image.new("L", (3_600, 9), 255), Image.new("L", (3_600, 3_600), 255)
    for place in range(0, 3_600, 9):
        row.paste(eye, (place, 0))
    for place in range(0, 3_600, 9):
        wall.paste(row, (0, place))
    written = BytesIO()
    wall.save(written, "PNG")
    ended = subprocess.run(
        [*photos.PROGRAM[:-1], "1"], input=written.getvalue(), capture_output=True, check=False
    )
    assert ended.returncode in {-signal.SIGXCPU, -signal.SIGKILL}


@pytest.mark.parametrize(
    "program", ["import os; os.kill(os.getpid(), 11)", "import time; time.sleep(60)"]
)
def test_a_decoder_that_breaks_down_costs_its_photo_alone(
    file_served: Served, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(photos, "WAIT_S", 1)
    monkeypatch.setattr(photos, "PROGRAM", (sys.executable, "-c", program))
    assert "没有在照片里找到" in send(file_served, photo("X")).text
    assert file_served.client.get("/healthz").status_code == 200


def test_an_error_of_ours_in_the_decoder_is_told_to_the_operator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(photos, "PROGRAM", (sys.executable, "-c", "raise SystemExit('no zxing')"))
    with pytest.raises(RuntimeError, match="no zxing"):
        read_codes(photo("X"))


def test_pictures_wait_for_their_turn(file_served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WAIT_S", 0)
    with ExitStack() as turns:
        for _ in range(blobs.AT_ONCE):
            turns.enter_context(blobs.unfolders.taken())
        assert "现在看照片的人太多" in send(file_served, photo("X")).text
        token = file_served.bearing("mill")
        refused = file_served.client.post("/v1/files", content=photo("X"), headers=token)
        assert_problem(refused, 503, "busy")
    assert "现在看照片的人太多" not in send(file_served, photo("X")).text


def test_a_photo_over_twelve_mebibytes_is_refused(file_served: Served) -> None:
    assert send(file_served, b"\xff\xd8\xff".ljust(PHOTO_BYTES_MAX + 1, b"x")).status_code == 422
    assert send(file_served, bytes(2 * PHOTO_BYTES_MAX)).status_code == 413


def test_photos_of_one_connection_are_limited(file_served: Served) -> None:
    refused_at_once = b"\0\0\0\x18ftypheic"  # by its head, so that nothing need be unfolded
    for _ in range(PER_MINUTE):
        assert send(file_served, refused_at_once).status_code == 422

    assert send(file_served, refused_at_once).status_code == 429


def test_the_form_works_without_a_script(file_served: Served) -> None:
    for path in ("/", "/photo", "/t/ABCDE"):
        page = file_served.client.get(path, headers=PAGE).text
        assert 'enctype="multipart/form-data"' in page
        assert 'type="file" accept="image/*" capture="environment"' in page


def test_the_unknown_page_says_what_to_compare(file_served: Served) -> None:
    page = file_served.client.get("/t/abcde-f0", headers=PAGE).text

    assert "您填的是 7 个字符，该是 20 个或 32 个。" in page
    mistyped = "e6mke-y426q-4mqjn-4hegz"
    for typed, words in (
        (mistyped, "字符的个数对，但校验对不上"),
        (mistyped[:-1] + "x", "字符的个数和校验都对"),
    ):
        assert words in file_served.client.get(f"/t/{typed}", headers=PAGE).text
    link = file_served.client.get("/01/06901234567892/10/AB", headers=PAGE).text
    assert "个字符" not in link
    assert "再看一遍编号" in page
    assert 'href="/complaint?code=abcde-f0"' in page
    assert "ledger.example 开头" in page
