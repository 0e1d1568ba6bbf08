"""Clipping: where a route enters a rectangle."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import hypot

from .geometry import Rect
from .marks import Point


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


def until(points: Sequence[Point], rect: Rect) -> tuple[Point, ...]:
    """A route from outside of a rectangle up to its rim."""
    kept = [points[0]]
    for p, q in pairwise(points):
        share = _share(p, q, rect)
        if share is not None:
            entry = (p[0] + (q[0] - p[0]) * share[0], p[1] + (q[1] - p[1]) * share[0])
            if hypot(entry[0] - kept[-1][0], entry[1] - kept[-1][1]) > 1e-6 or len(kept) == 1:
                kept.append(entry)
            break
        kept.append(q)
    return tuple(kept)
