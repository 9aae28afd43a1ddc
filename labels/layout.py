"""Where everything on a label stands, in millimetres: computed once, drawn as PNG or SVG.

Nothing overlaps and nothing is cut: text wraps, then shrinks, then is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from labels.errors import LabelError
from labels.fonts import require_glyphs, width_px
from labels.symbol import MODULE_MM_MIN, Symbol, make_symbol

MARGIN_MM: Final = 1.5  # what a roll printer's feed may drift
TITLE_MM: Final = (2.4, 4.4)  # least and greatest em
CODE_MM: Final = (1.8, 2.6)
FIELD_MM: Final = (1.8, 3.2)  # below 1.8 mm a printed Chinese character is not legible (GB 7718)
RULE_MM: Final = 0.25
LINE_HEIGHT: Final = 1.22  # of the em
NAME_SHARE: Final = 0.42  # of the column that a field's name may take
BASELINE: Final = 0.88  # of the em, from the line's top
DEMO_TEXT: Final = "演示数据"

_BREAKS: Final = frozenset("-/_.,:;")  # behind these a Latin word may go on in the next line
_STEP_MM: Final = 0.1
_EM_PX: Final = 200  # measured large, so that hinting does not matter
_SLACK: Final = 1.02  # a small font size is hinted up to two parts in a hundred wider
_SYMBOL_SHARE_MAX: Final = 0.5  # of the label's width
_HALF_SHARE_MAX: Final = 0.6  # of the width, for the symbol and the code below it


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What one label says: the link in its symbol, its code in printed lines, its fields.

    `fields` are (name, value) pairs in the order of the law; `demo` prints 演示数据.
    """

    url: str
    code_lines: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    title: str
    demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of text: left end of its baseline, its em, and the width that it may take."""

    text: str
    x_mm: float
    baseline_mm: float
    em_mm: float
    width_mm: float
    reversed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A black rectangle: a rule, or the ground of the demonstration mark."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A label laid out: the symbol's first module stands at (symbol_x_mm, symbol_y_mm)."""

    size_mm: tuple[float, float]
    symbol: Symbol
    symbol_x_mm: float
    symbol_y_mm: float
    module_mm: float
    lines: tuple[Line, ...]
    boxes: tuple[Box, ...]


def lay_out(label: Label, *, size_mm: tuple[float, float], pixel_mm: float | None = None) -> Layout:
    """Lay a label out; with `pixel_mm` a module is a whole number of pixels.

    Raises LabelError: `label_too_small`, `label_text_too_long`, `label_symbol_too_dense`,
    `label_missing_glyph`, `label_empty`.
    """
    for text in (label.title, *label.code_lines, *(part for pair in label.fields for part in pair)):
        require_glyphs(text)
    symbol = make_symbol(label.url)
    width, height = size_mm
    head_lines, head_boxes, top = _head(label, width)
    share = width * _SYMBOL_SHARE_MAX
    _, _, code_height = _code_size(label, share - 2 * MARGIN_MM)
    module = _module_mm(symbol, min(height - MARGIN_MM - code_height - top, share), pixel_mm)
    side = module * symbol.full_width_modules
    # Once the symbol's size is known, the code shrinks to stand under it, where it can.
    code_em, code_wide, code_height = _code_size(label, side - 2 * MARGIN_MM)
    quiet = (side - module * symbol.width_modules) / 2
    # The quiet zone is blank, so the label's margin lies within it.
    half = max(side, code_wide + 2 * MARGIN_MM)
    if half > width * _HALF_SHARE_MAX:
        raise LabelError("label_text_too_long", "a line of the code is wider than its half")
    left = max(0.0, MARGIN_MM - quiet, (half - side) / 2)
    spare = max(0.0, height - MARGIN_MM - code_height - top - side)
    symbol_top = top + spare / 2
    lines = [*head_lines, *_code_lines(label, code_em, left, side, symbol_top + side)]
    column = (max(left + side, half), top + 0.8, width - MARGIN_MM, height - MARGIN_MM)
    lines += _fields(label.fields, column)
    return Layout(
        size_mm=size_mm,
        symbol=symbol,
        symbol_x_mm=left + quiet,
        symbol_y_mm=symbol_top + quiet,
        module_mm=module,
        lines=tuple(lines),
        boxes=head_boxes,
    )


def text_width_mm(text: str, em_mm: float) -> float:
    """Return the width that a line may take, hinting included."""
    return width_px(text, _EM_PX) / _EM_PX * em_mm * _SLACK


def _sizes(bounds: tuple[float, float]) -> Iterator[float]:
    """Sizes from the greatest to the least."""
    least, greatest = bounds
    for step in range(round((greatest - least) / _STEP_MM) + 1):
        yield greatest - step * _STEP_MM


def _fitting(text: str, room_mm: float, bounds: tuple[float, float]) -> float:
    for em in _sizes(bounds):
        if text_width_mm(text, em) <= room_mm:
            return em
    raise LabelError("label_text_too_long", f"{text!r} does not fit {room_mm:.1f} mm")


def _head(label: Label, width: float) -> tuple[list[Line], tuple[Box, ...], float]:
    """The title, the demonstration mark at its right, a rule below; and where the body begins."""
    room = width - 2 * MARGIN_MM
    lines: list[Line] = []
    boxes: list[Box] = []
    if label.demo:
        em = TITLE_MM[0]
        mark = text_width_mm(DEMO_TEXT, em)
        ground = Box(
            x_mm=width - MARGIN_MM - mark - 1.2,
            y_mm=MARGIN_MM,
            width_mm=mark + 1.2,
            height_mm=em * LINE_HEIGHT + 0.5,
        )
        boxes.append(ground)
        lines.append(
            Line(
                text=DEMO_TEXT,
                x_mm=ground.x_mm + 0.6,
                baseline_mm=ground.y_mm + 0.3 + em * BASELINE,
                em_mm=em,
                width_mm=mark,
                reversed=True,
            )
        )
        room -= ground.width_mm + 1.0
    em = min(_fitting(label.title, room, TITLE_MM), width / 12)
    lines.append(
        Line(
            text=label.title,
            x_mm=MARGIN_MM,
            baseline_mm=MARGIN_MM + em * BASELINE,
            em_mm=em,
            width_mm=text_width_mm(label.title, em),
        )
    )
    below = MARGIN_MM + max(em, TITLE_MM[0] if label.demo else em) * LINE_HEIGHT + 0.4
    rule = Box(x_mm=MARGIN_MM, y_mm=below, width_mm=width - 2 * MARGIN_MM, height_mm=RULE_MM)
    return lines, (*boxes, rule), below + RULE_MM


def _code_size(label: Label, room: float) -> tuple[float, float, float]:
    """Em, width and height of the code's lines: as large as fits, and never below the least."""
    if not label.code_lines:
        return 0.0, 0.0, 0.0
    longest = max(label.code_lines, key=lambda line: text_width_mm(line, 1))
    em = _fitting(longest, max(room, text_width_mm(longest, CODE_MM[0])), CODE_MM)
    return em, text_width_mm(longest, em), em * LINE_HEIGHT * len(label.code_lines)


def _module_mm(symbol: Symbol, side: float, pixel_mm: float | None) -> float:
    module = side / symbol.full_width_modules
    if pixel_mm is not None:
        module = int(module / pixel_mm + 1e-9) * pixel_mm
    if module < MODULE_MM_MIN:
        raise LabelError(
            "label_too_small",
            f"a module would be {max(module, 0):.2f} mm, less than {MODULE_MM_MIN} mm",
        )
    return module


def _code_lines(label: Label, em: float, left: float, side: float, top: float) -> Iterator[Line]:
    for number, text in enumerate(label.code_lines):
        wide = text_width_mm(text, em)
        yield Line(
            text=text,
            x_mm=max(MARGIN_MM, left + (side - wide) / 2),
            baseline_mm=top + em * (BASELINE + number * LINE_HEIGHT),
            em_mm=em,
            width_mm=wide,
        )


def _fields(
    fields: Sequence[tuple[str, str]], column: tuple[float, float, float, float]
) -> list[Line]:
    """Names in one column, values wrapped beside them, as large as all of them fit."""
    left, top, right, bottom = column
    room = right - left
    for em in _sizes(FIELD_MM):
        gap = em * 0.5
        names = max((text_width_mm(name, em) for name, _ in fields), default=0.0)
        wrapped = [(name, _wrap(value, room - names - gap, em)) for name, value in fields]
        count = sum(len(lines) for _, lines in wrapped)
        fits = all(lines for _, lines in wrapped) and count * em * LINE_HEIGHT <= bottom - top
        if fits and names <= room * NAME_SHARE:
            # What height is left is shared between the fields, but never more than half a line.
            spare = (bottom - top - count * em * LINE_HEIGHT) / max(len(fields), 1)
            return _column(wrapped, (left, top, right), em, (names + gap, min(spare, em * 0.5)))
    raise LabelError("label_text_too_long", f"{len(fields)} fields do not fit {room:.1f} mm")


def _column(
    wrapped: Sequence[tuple[str, list[str]]],
    column: tuple[float, float, float],
    em: float,
    gaps: tuple[float, float],
) -> list[Line]:
    left, y, right = column
    indent, between = gaps
    placed: list[Line] = []
    for name, values in wrapped:
        baseline = y + em * BASELINE
        wide = text_width_mm(name, em)
        placed.append(Line(text=name, x_mm=left, baseline_mm=baseline, em_mm=em, width_mm=wide))
        for number, value in enumerate(values):
            placed.append(
                Line(
                    text=value,
                    x_mm=left + indent,
                    baseline_mm=baseline + number * em * LINE_HEIGHT,
                    em_mm=em,
                    width_mm=min(text_width_mm(value, em), right - left - indent),
                )
            )
        y += len(values) * em * LINE_HEIGHT + between
    return placed


def _wrap(text: str, room_mm: float, em: float) -> list[str]:
    """Break a value into lines; an empty list says that a piece is wider than the room."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if text_width_mm(line + piece, em) <= room_mm:
            line += piece
        elif text_width_mm(piece.strip(), em) <= room_mm:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            return []
    return [each for each in (*lines, line.rstrip()) if each] or ["—"]


def _pieces(text: str) -> Iterator[str]:
    """Chinese signs one by one, Latin words and digits whole up to a dash, slash or the like."""
    word = ""
    for sign in text:
        word += sign
        if not sign.isascii() or sign.isspace() or sign in _BREAKS:
            yield from (word[:-1], sign) if not sign.isascii() else (word,)
            word = ""
    yield word
