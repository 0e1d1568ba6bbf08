"""Rims of the shapes on a picture, as polygons to measure against."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

Point = tuple[float, float]


def outline(shape: str, x: float, y: float, width: float, height: float, corner: float) -> tuple[Point, ...]:
    """The rim of a shape as a closed polygon (its first point not repeated), curves flattened to half a point."""
    right, bottom, middle = x + width, y + height, y + height / 2
    if shape == "diamond":
        return (
            (x, middle),
            (x + corner, y),
            (right - corner, y),
            (right, middle),
            (right - corner, bottom),
            (x + corner, bottom),
        )
    if shape in ("ellipse", "circle"):
        return _arc(x + width / 2, middle, width / 2, height / 2, 0.0, 2 * pi, closed=True)
    if shape == "pill":
        corner = min(width / 2, height / 2, corner or width)
    if corner <= 0 or shape == "none":
        return ((x, y), (right, y), (right, bottom), (x, bottom))
    quarter = pi / 2
    return (
        *_arc(right - corner, y + corner, corner, corner, -quarter, 0.0),
        *_arc(right - corner, bottom - corner, corner, corner, 0.0, quarter),
        *_arc(x + corner, bottom - corner, corner, corner, quarter, 2 * quarter),
        *_arc(x + corner, y + corner, corner, corner, 2 * quarter, 3 * quarter),
    )


def _arc(
    cx: float, cy: float, rx: float, ry: float, start: float, end: float, closed: bool = False
) -> tuple[Point, ...]:
    # a chord over the angle a leaves r(1 - cos(a/2)) uncovered, about r a^2 / 8: half a point or less
    pieces = max(3, int((end - start) / (4.0 / max(rx, ry, 1.0)) ** 0.5) + 1)
    angles = (start + (end - start) * k / pieces for k in range(pieces if closed else pieces + 1))
    return tuple((cx + rx * cos(angle), cy + ry * sin(angle)) for angle in angles)


def inside(polygon: Sequence[Point], point: Point) -> bool:
    """Whether `point` lies in a polygon (even-odd rule)."""
    px, py = point
    within = False
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (ay > py) != (by > py) and px < ax + (bx - ax) * (py - ay) / (by - ay):
            within = not within
    return within
