"""Plane geometry of the picture: rims of shapes, arrowheads, points along a route, what touches what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import cos, hypot, pi, sin

from .marks import Point

Rect = tuple[float, float, float, float]  # left, top, width, height


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
        corner = min(width, height) / 2
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


def first_crossing(polygon: Sequence[Point], start: Point, end: Point) -> Point | None:
    """Where the segment from `start` to `end` first meets the polygon's rim."""
    best: float | None = None
    dx, dy = end[0] - start[0], end[1] - start[1]
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        ex, ey = bx - ax, by - ay
        cross = dx * ey - dy * ex
        if abs(cross) < 1e-12:
            continue
        along = ((ax - start[0]) * ey - (ay - start[1]) * ex) / cross
        across = ((ax - start[0]) * dy - (ay - start[1]) * dx) / cross
        if -1e-9 <= along <= 1 + 1e-9 and -1e-9 <= across <= 1 + 1e-9 and (best is None or along < best):
            best = along
    return None if best is None else (start[0] + best * dx, start[1] + best * dy)


def end_at_rim(points: Sequence[Point], polygon: Sequence[Point], centre: Point) -> tuple[Point, ...]:
    """A route cut, or lengthened, so that its last point lies on the rim of `polygon`.

    A route that ends short of the rim goes straight on where that meets the rim, else turns to the centre.
    """
    kept = [points[0]]
    for point in points[1:]:
        crossing = None if inside(polygon, kept[-1]) else first_crossing(polygon, kept[-1], point)
        if crossing is not None:
            return (*kept, crossing)
        kept.append(point)
    end, before = kept[-1], kept[-2] if len(kept) > 1 else kept[-1]
    length = hypot(end[0] - before[0], end[1] - before[1])
    if length > 1e-9:
        reach = 2 * hypot(centre[0] - end[0], centre[1] - end[1])
        ahead = (end[0] + (end[0] - before[0]) / length * reach, end[1] + (end[1] - before[1]) / length * reach)
        crossing = first_crossing(polygon, end, ahead)
        if crossing is not None:
            return (*kept[:-1], crossing)
    crossing = first_crossing(polygon, end, centre)
    return (*kept, crossing) if crossing is not None else tuple(kept)


def lengths(points: Sequence[Point]) -> list[float]:
    """Distance along the route from its start to each of its points."""
    total, out = 0.0, [0.0]
    for (ax, ay), (bx, by) in pairwise(points):
        total += hypot(bx - ax, by - ay)
        out.append(total)
    return out


def along(points: Sequence[Point], fraction: float) -> Point:
    """The point at `fraction` (0 to 1) of a route's length."""
    at = lengths(points)
    want = fraction * at[-1]
    for k in range(1, len(points)):
        if at[k] >= want:
            part = (want - at[k - 1]) / (at[k] - at[k - 1]) if at[k] > at[k - 1] else 0.0
            (ax, ay), (bx, by) = points[k - 1], points[k]
            return (ax + part * (bx - ax), ay + part * (by - ay))
    return points[-1]


def shortened(points: Sequence[Point], by: float) -> tuple[Point, ...]:
    """The route without the last `by` points of its length (at most all but a tenth of it)."""
    total = lengths(points)[-1]
    keep = max(total - by, 0.1 * total)
    at = lengths(points)
    kept = [point for point, distance in zip(points, at, strict=True) if distance < keep]
    return (*kept, along(points, keep / total if total else 1.0))


def arrow(points: Sequence[Point], length: float, half_width: float) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Shaft and head of an arrow along a route: the tip is the route's last point, the shaft ends within the head."""
    shaft = shortened(points, 0.8 * length)
    tip, base = points[-1], along(points, max(0.0, 1 - length / max(lengths(points)[-1], length)))
    distance = hypot(tip[0] - base[0], tip[1] - base[1]) or 1.0
    ux, uy = (tip[0] - base[0]) / distance, (tip[1] - base[1]) / distance
    back = (tip[0] - length * ux, tip[1] - length * uy)
    head = (
        tip,
        (back[0] - half_width * uy, back[1] + half_width * ux),
        (back[0] + half_width * uy, back[1] - half_width * ux),
    )
    return shaft, head


def rects_overlap(a: Rect, b: Rect, gap: float = 0.0) -> bool:
    """Whether two rectangles come closer than `gap`."""
    return (
        a[0] < b[0] + b[2] + gap and b[0] < a[0] + a[2] + gap and a[1] < b[1] + b[3] + gap and b[1] < a[1] + a[3] + gap
    )


def route_meets_rect(points: Sequence[Point], rect: Rect, gap: float = 0.0) -> bool:
    """Whether a route comes closer than `gap` to a rectangle."""
    left, top, right, bottom = rect[0] - gap, rect[1] - gap, rect[0] + rect[2] + gap, rect[1] + rect[3] + gap
    for (ax, ay), (bx, by) in pairwise(points):
        if max(ax, bx) <= left or min(ax, bx) >= right or max(ay, by) <= top or min(ay, by) >= bottom:
            continue
        enter, leave = 0.0, 1.0
        for start, step, low, high in ((ax, bx - ax, left, right), (ay, by - ay, top, bottom)):
            if step == 0:
                if not low < start < high:
                    enter = 2.0
                continue
            first, second = sorted(((low - start) / step, (high - start) / step))
            enter, leave = max(enter, first), min(leave, second)
        if enter < leave:
            return True
    return False


def bounds(points: Iterable[Point]) -> Rect:
    """The smallest rectangle around some points."""
    xs, ys = zip(*points, strict=True)
    return (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
