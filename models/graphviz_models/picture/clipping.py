"""Clipping: where a route enters a rectangle, or where it can turn off to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import hypot

from graphviz_models.layout.curves import length, rounded

from .geometry import Rect
from .marks import Point

_TOUCH = 0.05  # what comes as near as this to a rectangle has come to it
_SHARP = 0.75  # cosine of the angle by which a route turns at a corner
_OFF = 0.5  # of a line that a point on it may be
_RADIUS = 14.0  # of the corner where a route turns off


def runs_through(points: Sequence[Point], rect: Rect, gap: float) -> bool:
    """Whether a route comes nearer to a rectangle than `gap`."""
    wide = rect[0] - gap, rect[1] - gap, rect[2] + 2 * gap, rect[3] + 2 * gap
    return any(_share(p, q, wide) is not None for p, q in pairwise(points))


def _share(p: Point, q: Point, rect: Rect) -> tuple[float, float] | None:
    """From where to where (0 to 1) a segment lies in a rectangle."""
    low, high = 0.0, 1.0
    for k in (0, 1):
        way, start = q[k] - p[k], rect[k] - p[k]
        if abs(way) < 1e-9:
            if not start <= 0.0 <= start + rect[k + 2]:
                return None
            continue
        near, far = sorted((start / way, (start + rect[k + 2]) / way))
        low, high = max(low, near), min(high, far)
    return (low, high) if low <= high else None


def until(points: Sequence[Point], rect: Rect) -> tuple[Point, ...] | None:
    """A route from outside of a rectangle up to its rim; None where it begins inside or does not come there."""
    kept = [points[0]]
    about = rect[0] - _TOUCH, rect[1] - _TOUCH, rect[2] + 2 * _TOUCH, rect[3] + 2 * _TOUCH
    for p, q in pairwise(points):
        share = _share(p, q, about)
        if share is not None:
            entry = (p[0] + (q[0] - p[0]) * share[0], p[1] + (q[1] - p[1]) * share[0])
            if hypot(entry[0] - kept[-1][0], entry[1] - kept[-1][1]) > 1e-6:
                kept.append(entry)
            return tuple(kept) if len(kept) > 1 else None
        kept.append(q)
    return None


def smooth(points: Sequence[Point]) -> tuple[Point, ...]:
    """The route with its corners rounded, where it has sharp ones."""
    return tuple(rounded(_straightened(points), _RADIUS)) if sharp(points, _SHARP) else tuple(points)


def sharp(points: Sequence[Point], cosine: float) -> bool:
    """Whether a route turns at one of its points by more than the angle of this cosine."""
    for a, b, c in zip(points, points[1:], points[2:], strict=False):
        ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]
        if ux * vx + uy * vy < cosine * hypot(ux, uy) * hypot(vx, vy):
            return True
    return False


def _straightened(points: Sequence[Point]) -> list[Point]:
    """The route without the points that lie on a line with those around them: a corner has room to be rounded in."""
    kept = [points[0]]
    skipped: list[Point] = []
    for at, after in pairwise(points[1:]):
        (x, y), (dx, dy) = kept[-1], (after[0] - kept[-1][0], after[1] - kept[-1][1])
        long = hypot(dx, dy)
        skipped.append(at)
        if any(abs((p[0] - x) * dy - (p[1] - y) * dx) > _OFF * long for p in skipped) or long < 1e-9:
            kept.append(at)
            skipped = []
    return [*kept, points[-1]]


def turning_off(
    points: Sequence[Point], rect: Rect, place: float, clear: Callable[[Point, Point], bool]
) -> tuple[Point, ...] | None:
    """The shortest way along a route and then straight across to a rectangle that the route does not come to.

    It meets the rectangle at `place` (0 to 1) of one of its sides; `clear` says whether a line hits nothing.
    """
    found = [[*points[: k + 1], turn, end] for k, turn, end in _turns(points, rect, place) if clear(turn, end)]
    best = min(found, key=length, default=None)
    return None if best is None else tuple(rounded(best, _RADIUS))


def _turns(points: Sequence[Point], rect: Rect, place: float) -> Iterator[tuple[int, Point, Point]]:
    """Segments with the points of theirs that lie straight across from the rectangle, and the points there."""
    for axis in (0, 1):
        at = rect[axis] + place * rect[axis + 2]
        low, high = rect[1 - axis], rect[1 - axis] + rect[3 - axis]
        for k, (p, q) in enumerate(pairwise(points)):
            if abs(q[axis] - p[axis]) < 1e-6 or not min(p[axis], q[axis]) <= at <= max(p[axis], q[axis]):
                continue
            level = p[1 - axis] + (q[1 - axis] - p[1 - axis]) * (at - p[axis]) / (q[axis] - p[axis])
            if low - _RADIUS < level < high + _RADIUS:
                continue
            rim = low if level < low else high
            yield (k, (at, level), (at, rim)) if axis == 0 else (k, (level, at), (rim, at))
