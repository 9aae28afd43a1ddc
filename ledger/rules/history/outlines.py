"""Outlines of plots on the ground: distance to one, share of overlap of two.

Degrees become metres on a plane that touches the earth at the first corner: over the few
kilometres of a base that is wrong by less than a metre.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, hypot, radians
from typing import Final, TypeAlias

METRES_PER_DEGREE: Final = 111_320.0  # of latitude; of longitude at the equator
CORNERS_MIN: Final = 3

Degrees: TypeAlias = tuple[float, float]  # latitude, longitude
Metres: TypeAlias = tuple[float, float]  # east, north
Side: TypeAlias = tuple[Metres, Metres]


def distance_m(point: Degrees, outline: Sequence[Degrees]) -> float:
    """Metres from a point to the nearest of an outline; 0.0 within it."""
    corners = [_plane(corner, outline[0]) for corner in outline]
    here = _plane(point, outline[0])
    sides = _sides(corners)
    crossings = sum(_crosses(here, side) for side in sides)
    return 0.0 if crossings % 2 else min(_to_side(here, side) for side in sides)


def overlap(first: Sequence[Degrees], second: Sequence[Degrees]) -> float:
    """The area that two outlines share, as a part of the area that either covers: 0 to 1.

    Exact for outlines that do not cross themselves: between two neighbouring corners or crossings
    the common width changes evenly, so its middle counts for the whole strip.
    """
    a = _sides([_plane(corner, first[0]) for corner in first])
    b = _sides([_plane(corner, first[0]) for corner in second])
    cuts = {corner[0] for side in (*a, *b) for corner in side}
    cuts |= {x for one in a for other in b for x in _meeting(one, other)}
    shared = covered = 0.0
    for left, right in pairwise(sorted(cuts)):
        middle = (left + right) / 2
        spans_a, spans_b = _spans(a, middle), _spans(b, middle)
        common = sum(
            max(0.0, min(top, high) - max(bottom, low))
            for bottom, top in spans_a
            for low, high in spans_b
        )
        both = sum(top - bottom for bottom, top in (*spans_a, *spans_b))
        shared += common * (right - left)
        covered += (both - common) * (right - left)
    return shared / covered if covered else 0.0


def _plane(point: Degrees, origin: Degrees) -> Metres:
    east = (point[1] - origin[1]) * METRES_PER_DEGREE * cos(radians(origin[0]))
    return east, (point[0] - origin[0]) * METRES_PER_DEGREE


def _sides(corners: Sequence[Metres]) -> list[Side]:
    return list(pairwise((*corners, corners[0])))


def _crosses(point: Metres, side: Side) -> bool:
    """Whether a ray to the east from the point crosses the side."""
    (x1, y1), (x2, y2) = side
    if (y1 > point[1]) == (y2 > point[1]):
        return False
    return point[0] < x1 + (point[1] - y1) * (x2 - x1) / (y2 - y1)


def _to_side(point: Metres, side: Side) -> float:
    (x1, y1), (x2, y2) = side
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    along = ((point[0] - x1) * (x2 - x1) + (point[1] - y1) * (y2 - y1)) / length if length else 0
    part = min(1.0, max(0.0, along))
    return hypot(point[0] - x1 - part * (x2 - x1), point[1] - y1 - part * (y2 - y1))


def _meeting(one: Side, other: Side) -> list[float]:
    """Where two sides cross, east of the origin; nothing where they run alike."""
    (x1, y1), (x2, y2) = one
    (x3, y3), (x4, y4) = other
    turn = (x2 - x1) * (y4 - y3) - (y2 - y1) * (x4 - x3)
    if turn == 0:
        return []
    t = ((x3 - x1) * (y4 - y3) - (y3 - y1) * (x4 - x3)) / turn
    u = ((x3 - x1) * (y2 - y1) - (y3 - y1) * (x2 - x1)) / turn
    return [x1 + t * (x2 - x1)] if 0 <= t <= 1 and 0 <= u <= 1 else []


def _spans(sides: Sequence[Side], x: float) -> list[tuple[float, float]]:
    """From where to where the outline covers the line that runs north through x."""
    ys = sorted(
        y1 + (x - x1) * (y2 - y1) / (x2 - x1)
        for (x1, y1), (x2, y2) in sides
        if (x1 > x) != (x2 > x)
    )
    return list(zip(ys[::2], ys[1::2], strict=True))
