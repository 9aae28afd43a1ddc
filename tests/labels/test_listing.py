"""The list for print shops: opens in Excel, runs no formula, and every link decodes to itself."""

import csv
from io import BytesIO

import pytest

from labels.errors import LabelError
from labels.layout import Label
from labels.listing import write_csv
from tests.labels.batch import LONGEST, LONGEST_TITLE, UNIT_LINES, batch, label


def listed(*labels: Label) -> list[list[str]]:
    file = BytesIO()
    assert write_csv(iter(labels), file) == len(labels)
    assert not file.closed
    return list(csv.reader(file.getvalue().decode("utf-8-sig").splitlines()))


def refused(*labels: Label) -> str:
    with pytest.raises(LabelError) as refusal:
        write_csv(iter(labels), BytesIO())
    return refusal.value.code


def test_a_row_says_all_that_a_label_says() -> None:
    labels = list(batch(2))
    head, first, second = listed(*labels)
    assert head[:6] == ["序号", "二维码内容", "二维码级别", "二维码版本", "追溯码", "品名"]
    assert head[6:] == [name for name, _ in LONGEST] + ["标记"]
    assert first[:4] == ["1", labels[0].url, "Q", "4"]
    assert first[4].startswith(UNIT_LINES[0])
    assert first[5] == LONGEST_TITLE
    assert first[6:] == [value for _, value in LONGEST] + ["演示数据"]
    assert second[1] == labels[1].url


def test_a_list_begins_with_the_mark_that_excel_wants_and_ends_lines_as_windows_does() -> None:
    file = BytesIO()
    write_csv([label()], file)
    assert file.getvalue().startswith(b'\xef\xbb\xbf"')
    assert file.getvalue().count(b"\r\n") == 2


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(sign: str) -> None:
    _, row = listed(label(title=f"{sign}1+1", fields=(("产地", f"{sign}cmd|' /C calc'!A0"),)))
    assert row[5].startswith("'")
    assert row[6].startswith("'")


def test_a_list_that_a_shop_would_misread_is_refused() -> None:
    assert refused() == "label_empty"
    assert refused(label(), label(fields=(("净重", "100 克"),))) == "label_mixed_fields"
    assert refused(label(url="x" * 500)) == "label_symbol_too_dense"
    assert refused(label(level="L")) == "label_level_too_low"
