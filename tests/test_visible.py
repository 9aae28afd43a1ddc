"""What strangers wrote moves no cursor, colours no verdict and turns no line of a terminal."""

import json

import pytest

from ledger.visible import visible, visible_json

MOVING = ["\x1b[2J", "\x9b31m", "\u202e", "\u2066", "\x07", "\r", "\x00", "\U000e0041", "\u2028"]


@pytest.mark.parametrize("sign", MOVING)
def test_no_sign_that_moves_reaches_a_terminal(sign: str) -> None:
    shown = visible(f"生地黄{sign}合格\n")
    assert sign not in shown
    assert shown.startswith("生地黄\N{REPLACEMENT CHARACTER}")
    assert shown.endswith("合格\n")


@pytest.mark.parametrize("sign", MOVING)
def test_a_json_document_says_the_same_without_them(sign: str) -> None:
    value = {"名": f'生{sign}"地\\黄', "n": [1, "　𝄞"]}
    document = json.dumps(value, ensure_ascii=False, indent=2)
    shown = visible_json(document)
    assert sign not in shown
    assert json.loads(shown) == value
    assert "　𝄞" in shown  # what is seen stays as it is
