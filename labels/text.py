"""Lines of text in millimetres: how wide they are, how large they may be, where they break.

Breaks follow the Chinese habit (GB/T 15834): no closing sign begins a line, no opening one ends it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from labels.errors import LabelError
from labels.fonts import advance_em

LINE_HEIGHT: Final = 1.22  # of the em
BASELINE: Final = 0.88  # of the em, from the line's top
STROKE_SHARE: Final = 0.02  # of the em, on each side of a bold line: the font has no bold

_OPENING: Final = frozenset("（《〈「『【“‘([{")
_CLOSING: Final = frozenset("，。、；：！？）》〉」』】”’,;:!?)]}%℃")
_BREAKS: Final = frozenset("-/_")  # behind these a Latin word may go on in the next line
_STEP_MM: Final = 0.1
_SLACK: Final = 1.02  # a small font size is hinted up to two parts in a hundred wider


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of text: left end of its baseline, its em, and the width that it may take."""

    text: str
    x_mm: float
    baseline_mm: float
    em_mm: float
    width_mm: float
    bold: bool = False
    reversed: bool = False


def width_mm(text: str, em_mm: float) -> float:
    """Return the width that a line may take, hinting included."""
    return sum(map(advance_em, text)) * em_mm * _SLACK


def sizes(bounds_mm: tuple[float, float]) -> Iterator[float]:
    """Ems from the greatest to the least, in tenths of a millimetre."""
    least, greatest = bounds_mm
    for step in range(round((greatest - least) / _STEP_MM) + 1):
        yield greatest - step * _STEP_MM


def fitting_em(text: str, room_mm: float, bounds_mm: tuple[float, float]) -> float:
    """Return the greatest em at which a line fits. Raises LabelError `label_text_too_long`."""
    wide = width_mm(text, 1)
    for em in sizes(bounds_mm):
        if wide * em <= room_mm:
            return em
    raise LabelError("label_text_too_long", f"{text!r} does not fit {room_mm:.1f} mm")


def wrap(text: str, room_mm: float, em_mm: float) -> list[str]:
    """Break a value into lines; an empty list says that a piece is wider than the room."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if width_mm(line + piece.rstrip(), em_mm) <= room_mm:
            line += piece
        elif width_mm(piece.strip(), em_mm) <= room_mm:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            return []
    return [each for each in (*lines, line.rstrip()) if each] or ["—"]


def _pieces(text: str) -> Iterator[str]:
    """What must stay together: a Chinese sign with its brackets, a Latin word up to a dash."""
    held = ""
    for sign in text:
        if _may_break(held, sign):
            yield held
            held = ""
        held += sign
    yield held


def _may_break(before: str, sign: str) -> bool:
    if not before or sign in _CLOSING or sign.isspace() or before[-1] in _OPENING:
        return False
    latin = before[-1].isascii() and sign.isascii()
    return not latin or before[-1].isspace() or before[-1] in _BREAKS
