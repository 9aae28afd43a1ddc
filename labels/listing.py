"""Labels as a list for print shops: CSV (RFC 4180) in UTF-8 with the mark that Excel wants.

A shop draws the symbols itself; so what its software must know stands in the list.
"""

import csv
from collections.abc import Iterable
from io import TextIOWrapper
from typing import BinaryIO, Final

from labels.errors import LabelError
from labels.layout import DEMO_TEXT, Label
from labels.symbol import make_symbol

HEAD: Final = ("序号", "二维码内容", "二维码级别", "二维码版本", "追溯码", "品名")
MARK: Final = "标记"  # last column: 演示数据, or nothing

# Spreadsheets of Chinese and Japanese offices read the wide signs like the narrow ones.
_FORMULA_SIGNS: Final = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")


def write_csv(labels: Iterable[Label], file: BinaryIO) -> int:
    """Write a row for each label below one row of names; return how many labels.

    Raises LabelError: `label_mixed_fields` when labels have other fields than the first,
    `label_symbol_too_dense`, `label_level_too_low`, `label_empty`.
    """
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    try:
        return _write_rows(labels, text)
    finally:
        text.detach()


def _write_rows(labels: Iterable[Label], text: TextIOWrapper) -> int:
    rows = csv.writer(text, quoting=csv.QUOTE_ALL)
    names: tuple[str, ...] | None = None
    written = 0
    for label in labels:
        version = make_symbol(label.url, level=label.level).version
        own = tuple(name for name, _ in label.fields)
        if names is None:
            names = own
            rows.writerow(plain_cell(name) for name in (*HEAD, *names, MARK))
        if own != names:
            raise LabelError("label_mixed_fields", f"{own} after {names}")
        written += 1
        said = (
            *(str(written), label.url, label.level, str(version)),
            *(" ".join(label.code_lines), label.title),
            *(value for _, value in label.fields),
            DEMO_TEXT if label.demo else "",
        )
        rows.writerow(plain_cell(value) for value in said)
    if written == 0:
        raise LabelError("label_empty", "there is no label to list")
    return written


def plain_cell(value: str) -> str:
    """A value that no spreadsheet takes for a formula. Source: OWASP, CSV injection."""
    return f"'{value}" if value.startswith(_FORMULA_SIGNS) else value
