"""Values of statements as pages show them."""

import pytest

from api.shown.values import shown_value
from ledger.herbs.vocabulary import Element

FILE = Element(key="report", cn="报告", en="Report", type="file", required="O")


@pytest.mark.parametrize(
    ("media_type", "shown"),
    [("text/plain; charset=utf-8", "PLAIN 3 kB"), ("application/pdf", "PDF 3 kB")],
)
def test_a_file_is_shown_by_its_sort_and_never_by_a_parameter(media_type: str, shown: str) -> None:
    named = {"sha256": "0" * 64, "type": media_type, "size": 3_000}
    assert shown_value(FILE, named, english=False) == shown
