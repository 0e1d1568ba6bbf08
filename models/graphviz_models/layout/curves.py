"""Curves: Béziers, rounded corners and bends between ranks, all flattened to within a quarter of a point."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import ceil, hypot, sqrt

from graphviz_models.layout.parts import Point

TOLERANCE = 0.25


def cubic(a: Point, b: Point, c: Point, d: Point) -> list[Point]:
    """Points of a cubic Bézier after `a`, up to and including `d`."""
    bent = max(
        hypot(a[0] - 2 * b[0] + c[0], a[1] - 2 * b[1] + c[1]), hypot(b[0] - 2 * c[0] + d[0], b[1] - 2 * c[1] + d[1])
    )
    if bent < 1e-6:
        return [d]
    n = max(2, ceil(sqrt(0.75 * bent / TOLERANCE)))
    out = []
    for k in range(1, n):
        t = k / n
        s = 1 - t
        p, q, r, w = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        out.append((p * a[0] + q * b[0] + r * c[0] + w * d[0], p * a[1] + q * b[1] + r * c[1] + w * d[1]))
    out.append(d)
    return out


def bend(a: Point, b: Point) -> list[Point]:
    """Points after `a` of the S that leaves `a` and reaches `b` horizontally."""
    if abs(a[1] - b[1]) < 1e-6:
        return [b]
    m = (b[0] - a[0]) * 0.5
    return cubic(a, (a[0] + m, a[1]), (b[0] - m, b[1]), b)


def through(start: Point, corridors: Sequence[tuple[float, float, float]], end: Point) -> list[Point]:
    """A smooth way from `start` through corridors (x from, x to, y), horizontal inside them, to `end`."""
    points, at = [start], start
    stops = list(corridors)
    for x0, x1, y in stops:
        points += bend(at, (x0, y))
        at = (x1, y)
        if abs(x1 - x0) > 1e-9:
            points.append(at)
    return tidy(points + bend(at, end))


def rounded(points: Sequence[Point], radius: float) -> list[Point]:
    """A polyline with its corners rounded, by at most `radius` and by half of the shorter leg."""
    points = tidy(points)
    out = [points[0]]
    for a, b, c in zip(points, points[1:], points[2:], strict=False):
        first, second = hypot(a[0] - b[0], a[1] - b[1]), hypot(c[0] - b[0], c[1] - b[1])
        r = min(radius, first / 2, second / 2)
        p = (b[0] + (a[0] - b[0]) * r / first, b[1] + (a[1] - b[1]) * r / first)
        q = (b[0] + (c[0] - b[0]) * r / second, b[1] + (c[1] - b[1]) * r / second)
        k = 0.552  # a quarter of a circle, where the corner is a right angle
        out.append(p)
        out += cubic(
            p,
            (p[0] + (b[0] - p[0]) * k, p[1] + (b[1] - p[1]) * k),
            (q[0] + (b[0] - q[0]) * k, q[1] + (b[1] - q[1]) * k),
            q,
        )
    out.append(points[-1])
    return tidy(out)


def tidy(points: Sequence[Point]) -> list[Point]:
    """The same line without points that repeat the last one or lie straight between their neighbours."""
    out: list[Point] = []
    for p in points:
        if out and abs(p[0] - out[-1][0]) + abs(p[1] - out[-1][1]) < 1e-6:
            continue
        if len(out) > 1:
            (ax, ay), (bx, by) = out[-2], out[-1]
            ux, uy, vx, vy = bx - ax, by - ay, p[0] - bx, p[1] - by
            if (
                abs(ux * vy - uy * vx) < 1e-9 * (1 + abs(ux) + abs(uy)) * (1 + abs(vx) + abs(vy))
                and ux * vx + uy * vy > 0
            ):
                out.pop()
        out.append(p)
    return out if len(out) > 1 else [*out, points[-1]]


def length(points: Sequence[Point]) -> float:
    return sum(hypot(q[0] - p[0], q[1] - p[1]) for p, q in itertools.pairwise(points))


def along(points: Sequence[Point], at: float) -> tuple[Point, Point]:
    """The point `at` points along a line, and the unit direction there."""
    left = at
    for p, q in itertools.pairwise(points):
        step = hypot(q[0] - p[0], q[1] - p[1])
        if step and (left <= step or q == points[-1]):
            k = min(1.0, left / step)
            return (p[0] + (q[0] - p[0]) * k, p[1] + (q[1] - p[1]) * k), ((q[0] - p[0]) / step, (q[1] - p[1]) / step)
        left -= step
    return points[-1], (1.0, 0.0)
