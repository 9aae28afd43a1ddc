"""A lineage drawn in layers: SVG made on the server from the same rows as the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.shown.lineages import EdgeRow, ThingRow

WIDTH: Final = 178  # of a box, in the SVG's units
HEIGHT: Final = 62
GAP_X: Final = 44
GAP_Y: Final = 22
MARGIN: Final = 12
DRAWN_MAX: Final = 60  # boxes; beyond, the tables are easier to read than any drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One thing of the drawing, with its upper left corner."""

    thing: ThingRow
    x: int
    y: int
    asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One edge of the drawing as an SVG path; its mass stands at (x, y)."""

    path: str
    mass: str
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A lineage laid out from left (ancestors) to right (descendants)."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw(asked: ThingRow, edges: Sequence[EdgeRow]) -> Drawing | None:
    """Lay a lineage out; None for one that is alone or too large to be read as a drawing."""
    things = {asked.uri: asked}
    for edge in edges:
        things.setdefault(edge.parent.uri, edge.parent)
        things.setdefault(edge.child.uri, edge.child)
    if not edges or len(things) > DRAWN_MAX:
        return None
    columns = _columns(things, edges)
    boxes = _boxes(things, columns, edges, asked)
    return Drawing(
        width=max(box.x for box in boxes.values()) + WIDTH + MARGIN,
        height=max(box.y for box in boxes.values()) + HEIGHT + MARGIN,
        boxes=tuple(boxes.values()),
        arrows=tuple(
            _arrow(boxes[edge.parent.uri], boxes[edge.child.uri], edge.mass) for edge in edges
        ),
    )


def _columns(things: Mapping[str, ThingRow], edges: Sequence[EdgeRow]) -> dict[str, int]:
    """The longest way from an eldest ancestor; a cycle, which no rule allows, stops it."""
    column = dict.fromkeys(things, 0)
    for _ in things:
        moved = False
        for edge in edges:
            further = column[edge.parent.uri] + 1
            if column[edge.child.uri] < further < len(things) + 1:
                column[edge.child.uri] = further
                moved = True
        if not moved:
            break
    # An ancestor stands right before what it went into, not at the far left.
    for uri in sorted(things, key=lambda uri: -column[uri]):
        after = [column[edge.child.uri] for edge in edges if edge.parent.uri == uri]
        if after:
            column[uri] = max(column[uri], min(after) - 1)
    return column


def _boxes(
    things: Mapping[str, ThingRow],
    columns: Mapping[str, int],
    edges: Sequence[EdgeRow],
    asked: ThingRow,
) -> dict[str, Box]:
    """Rows by the mean of the parents' rows, so that arrows cross little."""
    by_column: dict[int, list[str]] = {}
    for uri in things:
        by_column.setdefault(columns[uri], []).append(uri)
    tallest = max(len(column) for column in by_column.values())
    row: dict[str, float] = {}
    boxes: dict[str, Box] = {}
    for number in sorted(by_column):
        ordered = sorted(by_column[number], key=lambda uri: _wanted_row(uri, edges, row))
        first = (tallest - len(ordered)) / 2
        for place, uri in enumerate(ordered):
            row[uri] = first + place
            boxes[uri] = Box(
                thing=things[uri],
                x=MARGIN + number * (WIDTH + GAP_X),
                y=MARGIN + round(row[uri] * (HEIGHT + GAP_Y)),
                asked=uri == asked.uri,
            )
    return boxes


def _wanted_row(uri: str, edges: Sequence[EdgeRow], row: Mapping[str, float]) -> float:
    parents = [row[e.parent.uri] for e in edges if e.child.uri == uri and e.parent.uri in row]
    return sum(parents) / len(parents) if parents else 0.0


def _arrow(parent: Box, child: Box, mass: str) -> Arrow:
    x1, y1 = parent.x + WIDTH, parent.y + HEIGHT // 2
    x2, y2 = child.x, child.y + HEIGHT // 2
    middle = (x1 + x2) // 2
    path = f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"
    return Arrow(path=path, mass=mass, x=middle, y=(y1 + y2) // 2)
