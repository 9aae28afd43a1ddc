"""Where everything on a label stands, in millimetres: computed once, drawn on every medium.

Nothing overlaps and nothing is cut: text wraps, then shrinks, then is refused. What a batch has in
common, title and fields, is laid out once; only symbol and code change from label to label.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Final

from labels.errors import LabelError
from labels.fonts import require_glyphs
from labels.symbol import LEVEL, MODULE_MM_MIN, Symbol, make_symbol
from labels.text import BASELINE, LINE_HEIGHT, Line, fitting_em, sizes, width_mm, wrap

MARGIN_MM: Final = 1.5  # what a roll printer's feed may drift
TITLE_MM: Final = (2.2, 7.0)  # least and greatest em
CODE_MM: Final = (1.8, 4.0)
FIELD_MM: Final = (1.8, 4.4)  # below 1.8 mm a printed Chinese character is not legible (GB 7718)
FIELD_MM_GOOD: Final = 2.4  # down to here a value rather shrinks than wraps
MODULE_MM_GOOD: Final = 0.45  # a cheap camera reads it at arm's length: then the code may grow
RULE_MM: Final = 0.25
NAME_SHARE: Final = 0.42  # of the column that a field's name may take
DEMO_TEXT: Final = "演示数据"
DEMO_MM: Final = 2.4

_CODE_SHARE: Final = 1 / 15  # of the label's height, for the code's em
_FIELD_SHARE: Final = 1 / 12  # of the label's height, for the fields' em
_TITLE_SHARES: Final = (2 / 27, 1 / 8)  # of the label's width and height, for the title's em
_CODE_BASELINE: Final = 0.76  # of the em: a code is capitals and digits, lower than Chinese signs
_CODE_LINE_HEIGHT: Final = 1.1  # of the em
_SYMBOL_SHARE_MAX: Final = 0.5  # of the label's width
_HALF_SHARE_MAX: Final = 0.6  # of the width, for the symbol and the code below it
_GROUPS_IN_LINE: Final = 3  # a line of more groups is read more surely as two
_COLUMN_STEPS_PER_MM: Final = 2  # columns begin at half millimetres: a batch looks like one


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What one label says: the link in its symbol, its code in printed lines, its fields.

    `code_lines` hold groups divided by blanks. `fields` are (name, value) pairs in the order of
    the law; `demo` prints 演示数据; `level` is the symbol's error correction, M at least.
    """

    url: str
    code_lines: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    title: str
    demo: bool = False
    level: str = LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A black rectangle: a rule, or the ground of the demonstration mark."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What labels of a batch have in common: title, mark, rule and fields."""

    lines: tuple[Line, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A label laid out: the symbol's first module stands at (symbol_x_mm, symbol_y_mm)."""

    size_mm: tuple[float, float]
    symbol: Symbol
    symbol_x_mm: float
    symbol_y_mm: float
    module_mm: float
    code_lines: tuple[Line, ...]
    ground: Ground

    @property
    def own_mm(self) -> float:
        """How far from the left anything reaches that differs from label to label, millimetres."""
        symbol = self.symbol_x_mm + self.module_mm * self.symbol.width_modules
        return max(symbol, *(line.x_mm + line.width_mm for line in self.code_lines), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Half:
    """The left half: a module's size, and the code below the symbol."""

    module_mm: float
    code: tuple[str, ...]
    em_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """Title, mark and rule; the title's em, which no field exceeds; where the body begins."""

    lines: tuple[Line, ...]
    boxes: tuple[Box, ...]
    em_mm: float
    below_mm: float


def lay_out(label: Label, *, size_mm: tuple[float, float], pixel_mm: float | None = None) -> Layout:
    """Lay a label out; with `pixel_mm` a module is a whole number of pixels.

    Raises LabelError: `label_too_small`, `label_text_too_long`, `label_symbol_too_dense`,
    `label_level_too_low`, `label_missing_glyph`, `label_empty`.
    """
    for text in (label.title, *label.code_lines, *(part for pair in label.fields for part in pair)):
        require_glyphs(text)
    symbol = make_symbol(label.url, level=label.level)
    width, height = size_mm
    head = _head(label.title, size_mm, demo=label.demo)
    greatest_em = _within(CODE_MM, height * _CODE_SHARE)
    half = _half(label, symbol, (width, height - head.below_mm, greatest_em), pixel_mm)
    side = half.module_mm * symbol.full_width_modules
    # The quiet zone is blank, so the label's margin lies within it.
    quiet = (side - half.module_mm * symbol.width_modules) / 2
    em, code_height = _code_under(half, side)
    wide = max((width_mm(line, em) for line in half.code), default=0.0) + 2 * MARGIN_MM
    left = max(0.0, MARGIN_MM - quiet, (wide - side) / 2)
    column = ceil(max(left + side, wide) * _COLUMN_STEPS_PER_MM) / _COLUMN_STEPS_PER_MM
    fields = _fields(
        label.fields,
        (column, head.below_mm + 0.8, width - MARGIN_MM, height - MARGIN_MM),
        min(_within(FIELD_MM, height * _FIELD_SHARE), head.em_mm),
    )
    spare = max(0.0, height - MARGIN_MM - code_height - head.below_mm - side)
    symbol_top = head.below_mm + spare / 2
    return Layout(
        size_mm=size_mm,
        symbol=symbol,
        symbol_x_mm=left + quiet,
        symbol_y_mm=symbol_top + quiet,
        module_mm=half.module_mm,
        code_lines=tuple(_code_lines(half.code, em, left + side / 2, symbol_top + side)),
        ground=Ground(lines=head.lines + fields, boxes=head.boxes),
    )


@lru_cache(maxsize=64)
def _head(title: str, size_mm: tuple[float, float], *, demo: bool) -> _Head:
    """The title, the demonstration mark at its right, a rule below."""
    width = size_mm[0]
    room = width - 2 * MARGIN_MM
    lines: list[Line] = []
    boxes: list[Box] = []
    if demo:
        line, box = _mark(width)
        lines.append(line)
        boxes.append(box)
        room -= box.width_mm + 1.0
    wished = min(side * share for side, share in zip(size_mm, _TITLE_SHARES, strict=True))
    em = fitting_em(title, room, (TITLE_MM[0], _within(TITLE_MM, wished)))
    lines.append(
        Line(
            text=title,
            x_mm=MARGIN_MM,
            baseline_mm=MARGIN_MM + em * BASELINE,
            em_mm=em,
            width_mm=width_mm(title, em),
            bold=True,
        )
    )
    below = MARGIN_MM + max(em * LINE_HEIGHT, *(box.height_mm for box in boxes), 0.0) + 0.3
    rule = Box(x_mm=MARGIN_MM, y_mm=below, width_mm=width - 2 * MARGIN_MM, height_mm=RULE_MM)
    return _Head(lines=tuple(lines), boxes=(*boxes, rule), em_mm=em, below_mm=below + RULE_MM)


def _mark(label_width_mm: float) -> tuple[Line, Box]:
    """演示数据 in white on black, at the upper right."""
    wide = width_mm(DEMO_TEXT, DEMO_MM)
    ground = Box(
        x_mm=label_width_mm - MARGIN_MM - wide - 1.2,
        y_mm=MARGIN_MM,
        width_mm=wide + 1.2,
        height_mm=DEMO_MM * LINE_HEIGHT + 0.5,
    )
    line = Line(
        text=DEMO_TEXT,
        x_mm=ground.x_mm + 0.6,
        baseline_mm=ground.y_mm + 0.3 + DEMO_MM * BASELINE,
        em_mm=DEMO_MM,
        width_mm=wide,
        reversed=True,
    )
    return line, ground


def _half(
    label: Label, symbol: Symbol, room_mm: tuple[float, float, float], pixel_mm: float | None
) -> _Half:
    """The first arrangement with a good module, else the one with the greatest module."""
    width, height, greatest_em = room_mm
    best: _Half | None = None
    too_wide = True
    for code in _arrangements(label.code_lines):
        wide = max((width_mm(line, 1) for line in code), default=0.0)
        for em in sizes((CODE_MM[0], greatest_em)):
            if wide * em + 2 * MARGIN_MM > width * _HALF_SHARE_MAX:
                continue
            too_wide = False
            under = _code_height_mm(code, em) + MARGIN_MM
            side = min(height - under, width * _SYMBOL_SHARE_MAX)
            module = _whole_pixels(side / symbol.full_width_modules, pixel_mm)
            if best is None or module > best.module_mm:
                best = _Half(module_mm=module, code=code, em_mm=em)
            if module >= MODULE_MM_GOOD:
                return best
    if best is None or too_wide:
        raise LabelError("label_text_too_long", "a line of the code is wider than its half")
    if best.module_mm < MODULE_MM_MIN:
        raise LabelError(
            "label_too_small",
            f"a module would be {max(best.module_mm, 0):.2f} mm, less than {MODULE_MM_MIN} mm",
        )
    return best


def _arrangements(code_lines: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Long lines of the code broken at the middle blank, then the lines as they were given."""
    broken: list[str] = []
    for line in code_lines:
        groups = line.split()
        middle = (len(groups) + 1) // 2 if len(groups) > _GROUPS_IN_LINE else len(groups)
        broken += [part for part in (" ".join(groups[:middle]), " ".join(groups[middle:])) if part]
    yield tuple(broken)
    if tuple(broken) != code_lines:
        yield code_lines


def _whole_pixels(module_mm: float, pixel_mm: float | None) -> float:
    if pixel_mm is None:
        return module_mm
    return int(module_mm / pixel_mm + 1e-9) * pixel_mm


def _code_under(half: _Half, side_mm: float) -> tuple[float, float]:
    """Em and height of the code, shrunk to stand under the symbol where it can."""
    wide = max((width_mm(line, 1) for line in half.code), default=0.0)
    em = half.em_mm
    for em in sizes((CODE_MM[0], half.em_mm)):
        if wide * em <= side_mm - 2 * MARGIN_MM:
            break
    return em, _code_height_mm(half.code, em)


def _code_height_mm(code: tuple[str, ...], em_mm: float) -> float:
    return ((len(code) - 1) * _CODE_LINE_HEIGHT + _CODE_BASELINE) * em_mm if code else 0.0


def _code_lines(
    code: tuple[str, ...], em_mm: float, middle_mm: float, top_mm: float
) -> Iterator[Line]:
    for number, text in enumerate(code):
        wide = width_mm(text, em_mm)
        yield Line(
            text=text,
            x_mm=max(MARGIN_MM, middle_mm - wide / 2),
            baseline_mm=top_mm + em_mm * (_CODE_BASELINE + number * _CODE_LINE_HEIGHT),
            em_mm=em_mm,
            width_mm=wide,
        )


@lru_cache(maxsize=64)
def _fields(
    fields: tuple[tuple[str, str], ...],
    column_mm: tuple[float, float, float, float],
    greatest_em_mm: float,
) -> tuple[Line, ...]:
    """Names in one column, values beside them: large, and rather smaller than wrapped."""
    left, top, right, bottom = column_mm
    room = right - left
    for em, wraps in _field_sizes(greatest_em_mm):
        gap = em * 0.5
        names = max((width_mm(name, em) for name, _ in fields), default=0.0)
        wrapped = [(name, wrap(value, room - names - gap, em)) for name, value in fields]
        count = sum(len(lines) for _, lines in wrapped)
        fits = all(lines for _, lines in wrapped) and count * em * LINE_HEIGHT <= bottom - top
        if fits and names <= room * NAME_SHARE and (wraps or count == len(fields)):
            # What height is left is shared between the fields, but never more than half a line.
            spare = (bottom - top - count * em * LINE_HEIGHT) / max(len(fields), 1)
            gaps = (names + gap, min(spare, em * 0.5))
            return tuple(_column(wrapped, (left, top, right), em, gaps))
    raise LabelError("label_text_too_long", f"{len(fields)} fields do not fit {room:.1f} mm")


def _field_sizes(greatest_mm: float) -> Iterator[tuple[float, bool]]:
    """Ems to try, and whether a value may wrap at each."""
    for em in sizes((min(FIELD_MM_GOOD, greatest_mm), greatest_mm)):
        yield em, False
    for em in sizes((FIELD_MM[0], greatest_mm)):
        yield em, True


def _within(bounds_mm: tuple[float, float], wished_mm: float) -> float:
    return max(bounds_mm[0], min(bounds_mm[1], wished_mm))


def _column(
    wrapped: list[tuple[str, list[str]]],
    column_mm: tuple[float, float, float],
    em_mm: float,
    gaps_mm: tuple[float, float],
) -> Iterator[Line]:
    left, y, right = column_mm
    indent, between = gaps_mm
    for name, values in wrapped:
        first = y + em_mm * BASELINE
        wide = width_mm(name, em_mm)
        yield Line(text=name, x_mm=left, baseline_mm=first, em_mm=em_mm, width_mm=wide)
        for number, value in enumerate(values):
            yield Line(
                text=value,
                x_mm=left + indent,
                baseline_mm=first + number * em_mm * LINE_HEIGHT,
                em_mm=em_mm,
                width_mm=min(width_mm(value, em_mm), right - left - indent),
            )
        y += len(values) * em_mm * LINE_HEIGHT + between
