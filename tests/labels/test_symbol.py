"""Symbols: as another writer draws them, never denser or weaker than print allows."""

import re

import pytest
import qrcode  # type: ignore[import-untyped]  # the package ships no types
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.errors import LabelError
from labels.symbol import LEVELS, VERSION_MAX, Symbol, make_symbol
from tests.labels.batch import GS1_URL, UNIT_URL, URL

OTHER_LEVELS = {
    "M": qrcode.ERROR_CORRECT_M,
    "Q": qrcode.ERROR_CORRECT_Q,
    "H": qrcode.ERROR_CORRECT_H,
}
CODE_URL = re.compile(r"HTTPS://[A-Z]{3,12}\.CN/T/[0-9A-Z]{20,32}")


def other_rows(text: str, *, level: str = "Q", mask: int | None = None) -> tuple[bytes, ...]:
    """The symbol of another writer, in one segment, with a mask or its own choice of one."""
    alphanumeric = re.fullmatch(r"[0-9A-Z $%*+\-./:]+", text) is not None
    mode = qrcode.util.MODE_ALPHA_NUM if alphanumeric else qrcode.util.MODE_8BIT_BYTE
    code = qrcode.QRCode(error_correction=OTHER_LEVELS[level], border=0, mask_pattern=mask)
    code.add_data(qrcode.util.QRData(text.encode(), mode=mode), optimize=0)
    code.make(fit=True)
    return tuple(bytes(map(bool, row)) for row in code.modules)


def refused(text: str, **said: str) -> str:
    with pytest.raises(LabelError) as refusal:
        make_symbol(text, **said)
    return refusal.value.code


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("text", [URL, UNIT_URL[:40], "HTTPS://A.CN/T/68SK8D9P6WW3JEHV7GYH"])
def test_another_writer_draws_the_same_symbol_module_for_module(text: str, level: str) -> None:
    drawn = make_symbol(text, level=level).modules
    assert drawn in [other_rows(text, level=level, mask=mask) for mask in range(8)]


@given(st.from_regex(CODE_URL, fullmatch=True))
@settings(max_examples=10, deadline=None)
def test_a_printed_link_is_the_symbol_of_another_writer_or_a_smaller_one(url: str) -> None:
    drawn = make_symbol(url).modules
    same = [other_rows(url, mask=mask) for mask in range(8)]
    # A long run of digits may be a segment of its own, which another writer leaves undone.
    assert drawn in same or re.search("[0-9]{4}", url)
    assert len(drawn) <= len(same[0])


@pytest.mark.parametrize("text", [GS1_URL, "https://x.example/lots/t/68sk8d9p6ww3jehv7gyh", URL])
def test_no_symbol_is_denser_than_another_writers(text: str) -> None:
    assert make_symbol(text).width_modules <= len(other_rows(text))


def test_a_symbol_is_no_denser_than_version_six() -> None:
    assert make_symbol(URL).version == 3
    assert make_symbol(UNIT_URL).version == 4
    assert make_symbol("HTTPS://" + "A" * 59).version == 4
    assert make_symbol(URL.lower()).version > make_symbol(URL).version
    assert make_symbol("A" * 108).version == VERSION_MAX
    for text in ("A" * 109, "怀" * 60, "x" * 500):
        assert refused(text) == "label_symbol_too_dense"


def test_a_symbol_without_text_or_weaker_than_level_m_is_refused() -> None:
    assert refused("") == "label_empty"
    for level in ("L", "q", ""):
        assert refused(URL, level=level) == "label_level_too_low"


def test_runs_are_the_dark_modules_and_nothing_else() -> None:
    symbol = Symbol(version=1, modules=(b"\1\1\0\1", b"\0\0\0\0", b"\0\1\1\1", b"\1\1\1\1"))
    assert list(symbol.runs()) == [(0, 0, 2), (3, 0, 1), (1, 2, 3), (0, 3, 4)]
    assert symbol.full_width_modules == 12
