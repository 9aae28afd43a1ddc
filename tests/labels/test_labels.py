"""Labels: every symbol decodes with a foreign decoder, and no text is cut or overlaps."""

import re
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labels.errors import SENTENCES_CN, LabelError
from labels.fonts import require_glyphs
from labels.layout import Label, lay_out
from labels.pack import render_png, render_svg
from labels.symbol import MODULE_MM_MIN, make_symbol
from labels.text import wrap
from tests.labels.batch import (
    FIELDS,
    GS1_URL,
    LONGEST,
    LONGEST_TITLE,
    UNIT_LINES,
    UNIT_URL,
    URL,
    label,
    read,
)


def decoded(png: bytes) -> str:
    (text,) = read(Image.open(BytesIO(png)))
    return text


def code_of(said: Label, **size: tuple[float, float]) -> str:
    with pytest.raises(LabelError) as refusal:
        render_svg(said, **size)
    assert refusal.value.sentence_cn == SENTENCES_CN[refusal.value.code]
    return refusal.value.code


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("url", [URL, UNIT_URL, GS1_URL])
@pytest.mark.parametrize("fields", [FIELDS, LONGEST])
@pytest.mark.parametrize("demo", [False, True])
def test_a_label_decodes_at_every_printers_resolution(
    dpi: int, url: str, fields: tuple[tuple[str, str], ...], *, demo: bool
) -> None:
    said = label(url=url, fields=fields, demo=demo, code_lines=UNIT_LINES)
    png = render_png(said, dpi=dpi)
    assert decoded(png) == url
    image = Image.open(BytesIO(png))
    assert image.size == (round(60 / 25.4 * dpi), round(40 / 25.4 * dpi))
    assert round(image.info["dpi"][0]) == dpi


@pytest.mark.parametrize("size_mm", [(40, 30), (60, 40), (64, 32), (80, 50), (100, 70)])
@pytest.mark.parametrize("dpi", [203, 300])
def test_a_label_decodes_on_every_stock(size_mm: tuple[float, float], dpi: int) -> None:
    said = label(url=UNIT_URL, code_lines=UNIT_LINES, demo=True)
    assert decoded(render_png(said, dpi=dpi, size_mm=size_mm)) == UNIT_URL


@given(st.from_regex(r"HTTPS://[A-Z]{3,12}\.CN/T/[0-9A-Z]{20,32}", fullmatch=True))
@settings(max_examples=20, deadline=None)
def test_every_link_that_is_drawn_is_the_link_that_is_read(url: str) -> None:
    assert decoded(render_png(label(url=url), dpi=203)) == url


def test_modules_are_whole_pixels_at_least_a_third_of_a_millimetre_with_a_quiet_zone() -> None:
    for dpi in (203, 300):
        pixel_mm = 25.4 / dpi
        layout = lay_out(label(fields=LONGEST), size_mm=(60, 40), pixel_mm=pixel_mm)
        assert layout.module_mm >= MODULE_MM_MIN
        assert abs(layout.module_mm / pixel_mm - round(layout.module_mm / pixel_mm)) < 1e-6
        assert layout.symbol_x_mm >= 4 * layout.module_mm - 1e-6
        right = layout.symbol_x_mm + layout.symbol.width_modules * layout.module_mm
        lines = layout.ground.lines
        texts = [line for line in lines if line.baseline_mm > layout.symbol_y_mm]
        column = min(line.x_mm for line in texts if line.x_mm > right)
        assert column - right >= 4 * layout.module_mm - 1e-6


@pytest.mark.parametrize("fields", [FIELDS, LONGEST, ()])
@pytest.mark.parametrize("size_mm", [(60, 40), (80, 50)])
@pytest.mark.parametrize("demo", [False, True])
def test_no_text_overlaps_another_or_leaves_the_label(
    fields: tuple[tuple[str, str], ...], size_mm: tuple[float, float], *, demo: bool
) -> None:
    layout = lay_out(
        label(fields=fields, demo=demo, code_lines=UNIT_LINES, title="熟地黄 中药饮片"),
        size_mm=size_mm,
    )
    boxes = [
        (one.x_mm, one.baseline_mm - 0.85 * one.em_mm, one.x_mm + one.width_mm, one.baseline_mm)
        for one in (*layout.ground.lines, *layout.code_lines)
    ]
    symbol = layout.symbol.width_modules * layout.module_mm
    x, y = layout.symbol_x_mm, layout.symbol_y_mm
    boxes.append((x, y, x + symbol, y + symbol))
    for number, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert right <= size_mm[0]
        assert bottom <= size_mm[1]
        for other in boxes[:number]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (layout, number)


@pytest.mark.parametrize("size_mm", [(40, 30), (64, 32), (60, 40), (99.1, 67.7)])
@pytest.mark.parametrize("title", ["怀牛膝", LONGEST_TITLE])
def test_the_name_is_the_largest_line_of_a_label(size_mm: tuple[float, float], title: str) -> None:
    layout = lay_out(label(title=title, demo=True, code_lines=UNIT_LINES), size_mm=size_mm)
    (name,) = (line for line in layout.ground.lines if line.text == title)
    others = (*layout.ground.lines, *layout.code_lines)
    assert name.em_mm >= max(line.em_mm for line in others if line.text != "演示数据")
    assert name.bold


def test_every_sign_of_a_wrapped_value_is_still_there() -> None:
    layout = lay_out(label(fields=LONGEST), size_mm=(60, 40))
    printed = "".join(line.text for line in layout.ground.lines).replace(" ", "")
    for name, value in LONGEST:
        assert name in printed
        assert value.replace(" ", "") in printed


def test_an_svg_holds_the_symbol_as_one_path_and_text_as_text() -> None:
    svg = render_svg(label(title="温县 <怀> & 牛膝", demo=True))
    root = ET.fromstring(svg)  # noqa: S314 — our own document
    space = "{http://www.w3.org/2000/svg}"
    assert root.attrib["width"] == "60mm"
    texts = ["".join(text.itertext()) for text in root.iter(space + "text")]
    assert {"演示数据", "温县 <怀> & 牛膝", "68SK8 D9P6W", "W3JEH V7GYH", "SDH-2026-01"} <= set(
        texts
    )
    (path,) = root.iter(space + "path")
    symbol = make_symbol(URL)
    dark: set[tuple[int, int]] = set()
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path.attrib["d"]):
        dark |= {(int(x) + step, int(y)) for step in range(int(run))}
    drawn = {(x, y) for y, row in enumerate(symbol.modules) for x, on in enumerate(row) if on}
    assert dark == drawn


def test_demonstration_labels_say_so_and_real_ones_do_not() -> None:
    assert "演示数据" in render_svg(label(demo=True))
    assert "演示数据" not in render_svg(label())


def test_no_line_begins_with_a_closing_sign_or_ends_with_an_opening_one() -> None:
    text = "《中国药典》（2025年版），一部；“置阴凉处”，防蛀。WXSDH-20261110"
    for tenths in range(80, 400, 3):
        lines = wrap(text, tenths / 10, 2.0)
        assert "".join(lines) == text if lines else tenths < 200
        assert not [line for line in lines if line[0] in "》），；”。" or line[-1] in "《（“"]


def test_what_does_not_fit_is_refused_with_a_sentence_for_people() -> None:
    assert code_of(label(), size_mm=(30, 12)) == "label_too_small"
    assert code_of(label(), size_mm=(60, 3)) == "label_too_small"
    assert code_of(label(fields=LONGEST * 3)) == "label_text_too_long"
    assert code_of(label(fields=(("品名", "X" * 60),))) == "label_text_too_long"
    assert code_of(label(fields=(("品名" * 20, "牛膝"),))) == "label_text_too_long"
    assert code_of(label(title="怀" * 60)) == "label_text_too_long"
    assert code_of(label(code_lines=("68SK8 " * 16,))) == "label_text_too_long"
    assert code_of(label(url="https://x.example/" + "x" * 90)) == "label_symbol_too_dense"


def test_a_sign_that_the_font_lacks_is_refused_rather_than_printed_as_a_box() -> None:
    assert code_of(label(title="牛膝😀")) == "label_missing_glyph"
    assert code_of(label(title="牛\x07膝")) == "label_missing_glyph"
    require_glyphs("怀牛膝 ≤150 mg/kg ℃ ½ 《药典》 Rehmannia glutinosa (Gaertn.) DC.")


def test_a_label_may_have_neither_code_nor_fields_and_an_empty_value_is_a_dash() -> None:
    bare = label(code_lines=(), fields=())
    assert decoded(render_png(bare, dpi=203)) == URL
    assert "—" in render_svg(label(fields=(("等级", ""),)))
