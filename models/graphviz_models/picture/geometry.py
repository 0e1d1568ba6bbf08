"""Plane geometry of the picture: arrowheads, points along a route, rectangles."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from math import dist, hypot

from .marks import Point

Rect = tuple[float, float, float, float]  # left, top, width, height


def lengths(points: Sequence[Point]) -> list[float]:
    """Distance along the route from its start to each of its points."""
    return list(accumulate(map(dist, points, points[1:]), initial=0.0))


def along(points: Sequence[Point], fraction: float, at: Sequence[float] | None = None) -> Point:
    """The point at `fraction` (0 to 1) of a route's length; `at` are the `lengths`, where they are known."""
    at = lengths(points) if at is None else at
    k = bisect_left(at, fraction * at[-1], 1)
    if k == len(points):
        return points[-1]
    part = (fraction * at[-1] - at[k - 1]) / (at[k] - at[k - 1]) if at[k] > at[k - 1] else 0.0
    (ax, ay), (bx, by) = points[k - 1], points[k]
    return (ax + part * (bx - ax), ay + part * (by - ay))


def shortened(points: Sequence[Point], by: float, at: Sequence[float] | None = None) -> tuple[Point, ...]:
    """The route without the last `by` points of its length (at most all but a tenth of it)."""
    at = lengths(points) if at is None else at
    total = at[-1]
    keep = max(total - by, 0.1 * total)
    return (*points[: bisect_left(at, keep)], along(points, keep / total if total else 1.0, at))


def arrow(points: Sequence[Point], length: float, half_width: float) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Shaft and head of an arrow along a route: the tip is the route's last point, the shaft ends within the head."""
    at = lengths(points)
    shaft = shortened(points, 0.8 * length, at)
    tip, base = points[-1], along(points, max(0.0, 1 - length / max(at[-1], length)), at)
    distance = hypot(tip[0] - base[0], tip[1] - base[1]) or 1.0
    ux, uy = (tip[0] - base[0]) / distance, (tip[1] - base[1]) / distance
    back = (tip[0] - length * ux, tip[1] - length * uy)
    head = (
        tip,
        (back[0] - half_width * uy, back[1] + half_width * ux),
        (back[0] + half_width * uy, back[1] - half_width * ux),
    )
    return shaft, head


def head_size(width: float, active: bool) -> tuple[float, float]:
    """Length and half width of the arrowhead of a line so wide, in points: it is told from the widest line."""
    half = max(3.4 * (1.25 if active else 1.0), 1.4 * width)
    return 2.5 * half, half


def nearest(points: Sequence[Point], at: Point) -> Point:
    """The point of a polyline that is nearest to a point."""
    (x, y), found = at, []
    for (ax, ay), (bx, by) in pairwise(points):
        dx, dy = bx - ax, by - ay
        square = dx * dx + dy * dy
        part = min(max(((x - ax) * dx + (y - ay) * dy) / square, 0.0), 1.0) if square else 0.0
        found.append((ax + part * dx, ay + part * dy))
    return min(found, key=lambda point: dist(point, at))


def rects_overlap(a: Rect, b: Rect, gap: float = 0.0) -> bool:
    """Whether two rectangles come closer than `gap`."""
    return (
        a[0] < b[0] + b[2] + gap and b[0] < a[0] + a[2] + gap and a[1] < b[1] + b[3] + gap and b[1] < a[1] + a[3] + gap
    )


def bounds(points: Iterable[Point]) -> Rect:
    """The smallest rectangle around some points."""
    xs, ys = zip(*points, strict=True)
    left, top = min(xs), min(ys)
    return left, top, max(xs) - left, max(ys) - top
