"""Files that a form sends: a report and photos, kept, signed for and linked on the public page."""

from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD
from playwright.sync_api import Browser, Page, expect

from ledger.herbs.identifiers import code_of_uri
from tests.browser.desk import WIDTHS, Desk, fill, found_by_axe, served_desk, sign
from tests.http.test_files import PDF
from tests.season import grow

pytestmark = pytest.mark.browser
PHOTO_BYTES_MAX = 150_000


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One served ledger for this file."""
    with served_desk(tmp_path_factory.mktemp("attached")) as served:
        yield served


def photo(path: Path) -> Path:
    """A photo of more than 150 KB that says where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitudeRef] = "N"
    Image.effect_noise((1_800, 1_200), 60).convert("RGB").save(path, "JPEG", exif=exif)
    assert path.stat().st_size > PHOTO_BYTES_MAX
    return path


def size_of(desk: Desk) -> int:
    """How many leaves the log has."""
    with desk.beside.store.reading() as reading:
        return reading.size()


def examine(page: Page, desk: Desk, plot: str, lot: str) -> None:
    """Fill a test's form, all but its files and the button."""
    page.goto(f"{desk.base}/enterprise/record/TEST")
    fill(
        page, site=plot, lot="*", sample_id="S-1", report_no="R-1", lab_cma="CMA-1",
        method="中国药典", conclusion="pass",
    )  # fmt: skip
    page.fill("#q-lot-typed", lot)
    row = page.locator("[data-key=items] .one-row").first
    for cell, text in {"item": "水分", "limit": "15", "value": "13", "unit": "%"}.items():
        row.locator(f"[data-cell={cell}]").fill(text)
    row.locator("[data-cell=op]").select_option("<=")
    row.locator("[data-cell=passed]").select_option("true")


def test_a_report_and_a_photo_are_kept_signed_for_and_linked_on_the_public_page(
    desk: Desk, browser: Browser, tmp_path: Path
) -> None:
    season = grow(desk.chain)
    lot = code_of_uri(season.pack)
    report = tmp_path / "报告.pdf"
    report.write_bytes(PDF)
    page = desk.sit_down(browser, "laboratory")
    desk.enrol(page)
    examine(page, desk, code_of_uri(season.plot), lot)
    page.set_input_files("#q-report", report)
    page.locator("details:has(#q-files) summary").click()
    page.set_input_files("#q-files", [photo(tmp_path / "a.jpg"), photo(tmp_path / "b.jpg")])
    sign(page)

    shown = browser.new_page(java_script_enabled=False)
    shown.goto(f"{desk.base}/t/{lot}")
    links = [
        str(link.get_attribute("href")) for link in shown.query_selector_all("a[href^='/blob/']")
    ]
    shown.close()
    kept = {link: httpx.get(desk.base + link).content for link in links}
    (paper,) = [link for link in set(links) if kept[link] == PDF]
    assert sha256(PDF).hexdigest() in paper
    photos = {link for link in links if kept[link] != PDF}
    assert photos
    for link in photos:
        assert len(kept[link]) <= PHOTO_BYTES_MAX
        picture = Image.open(BytesIO(kept[link]))
        assert max(picture.size) <= 1_600
        assert not picture.getexif()
    assert not desk.complaints, desk.complaints


def test_what_the_platform_does_not_keep_is_named_by_its_fingerprint_alone(
    desk: Desk, browser: Browser, tmp_path: Path
) -> None:
    season = grow(desk.chain)
    written = tmp_path / "raw.csv"
    written.write_bytes(b"t,c\n1,2\n")
    page = desk.sit_down(browser, "laboratory")
    desk.enrol(page)
    examine(page, desk, code_of_uri(season.plot), code_of_uri(season.pack))
    page.set_input_files("#q-report", written)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sign(page)

    assert not any("/v1/files" in url for url in asked)
    said = httpx.get(f"{desk.base}/t/{code_of_uri(season.pack)}", headers={"accept": "text/html"})
    assert sha256(written.read_bytes()).hexdigest()[:8] in said.text.replace(" ", "")


def test_a_file_that_the_platform_refuses_signs_nothing(
    desk: Desk, browser: Browser, tmp_path: Path
) -> None:
    season = grow(desk.chain)
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"no report")
    page = desk.sit_down(browser, "laboratory")
    desk.enrol(page)
    examine(page, desk, code_of_uri(season.plot), code_of_uri(season.pack))
    page.set_input_files("#q-report", broken)
    before = size_of(desk)
    page.click("#sign")

    expect(page.locator("#said")).to_contain_text("文件")
    assert size_of(desk) == before
    desk.complaints.clear()  # the browser's own line about a 400


@pytest.mark.parametrize("width", WIDTHS)
def test_the_form_says_what_happens_to_a_file(desk: Desk, browser: Browser, width: int) -> None:
    page = desk.sit_down(browser, "laboratory", width=width)
    page.goto(f"{desk.base}/enterprise/record/TEST")
    expect(page.locator("#q-report-how")).to_contain_text("请不要传有姓名、电话的文件")
    page.locator("details:has(#q-files) summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert found_by_axe(page) == []
    page.goto(f"{desk.base}/enterprise/record/PURCHASE?lang=en")
    assert found_by_axe(page) == []
    assert not desk.complaints, desk.complaints
