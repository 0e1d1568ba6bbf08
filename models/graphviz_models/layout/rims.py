"""Rims of the shapes: where edges may leave a node and where a straight line towards it meets its outline."""

from __future__ import annotations

from functools import lru_cache
from math import cos, hypot, pi, sin, sqrt

from graphviz_models.layout.parts import Point

RADII = {"pill": 34.0, "rounded": 14.0, "circle": 1e9}  # of corners, at most half of the shorter side


def radius(shape: str, w: float, h: float) -> float:
    """The radius of the corners of a shape with straight sides; 0 where they are sharp."""
    return min(RADII.get(shape, 0.0), w / 2, h / 2)


def inside(shape: str, w: float, h: float, u: float, v: float, slack: float = 1e-9) -> bool:
    """True where the offset (u, v) from the centre lies within the shape of size `w` by `h`, or on its outline."""
    u, v = abs(u), abs(v)
    if shape == "diamond":
        return u * h + v * w <= w * h / 2 + slack * max(w, h)
    if shape == "ellipse" or (shape == "circle" and abs(w - h) < 1e-9):
        return (2 * u / w) ** 2 + (2 * v / h) ** 2 <= 1 + 2 * slack / min(w, h)
    if shape in RADII:
        r = radius(shape, w, h)
        return hypot(max(0.0, u - w / 2 + r), max(0.0, v - h / 2 + r)) <= r + slack
    return u <= w / 2 + slack and v <= h / 2 + slack


def near_ellipse(p: Point, q: Point, w: float, h: float, _: float, margin: float) -> bool:
    """Whether a segment comes nearer than `margin` to the ellipse around the origin."""
    a, b = w / 2 + margin, h / 2 + margin
    px, py, qx, qy = p[0] / a, p[1] / b, q[0] / a, q[1] / b
    dx, dy = qx - px, qy - py
    square = dx * dx + dy * dy
    part = min(max(-(px * dx + py * dy) / square, 0.0), 1.0) if square else 0.0
    return hypot(px + part * dx, py + part * dy) < 1.0


def near_hexagon(p: Point, q: Point, w: float, h: float, nose: float, margin: float) -> bool:
    """Whether a segment comes nearer than `margin` to the hexagon around the origin whose corners at the left and right
    reach by `nose` beyond its flat sides: it is cut off at every side in turn (Cyrus and Beck 1978).
    """
    slant = hypot(h / 2, nose)
    sides = [(u * h / 2 / slant, v * nose / slant, w * h / 4 / slant) for u in (1, -1) for v in (1, -1)]
    sides += [(1.0, 0.0, w / 2), (-1.0, 0.0, w / 2), (0.0, 1.0, h / 2), (0.0, -1.0, h / 2)]
    low, high = 0.0, 1.0
    for nx, ny, far in sides:
        start, end = (nx * x + ny * y - far - margin for x, y in (p, q))
        if start >= 0.0 and end >= 0.0:
            return False
        if start > 0.0:
            low = max(low, start / (start - end))
        elif end > 0.0:
            high = min(high, start / (start - end))
    return low < high


def towards(shape: str, w: float, h: float, u: float, v: float) -> Point:
    """The offset from the centre at which the ray in direction (u, v) leaves the shape."""
    if u == 0.0 and v == 0.0:
        return (w / 2, 0.0)
    if shape == "diamond":
        k = w * h / (2 * (abs(u) * h + abs(v) * w))
    elif shape == "ellipse" or (shape == "circle" and abs(w - h) < 1e-9):
        k = 1 / hypot(2 * u / w, 2 * v / h)
    else:
        k = min(w / 2 / abs(u) if u else 1e18, h / 2 / abs(v) if v else 1e18)
        if shape in RADII:
            k = _rounded(w, h, radius(shape, w, h), u, v, k)
    return (u * k, v * k)


def _rounded(w: float, h: float, r: float, u: float, v: float, k: float) -> float:
    """The factor at which the ray meets a rounded rectangle: on a straight side (then `k`), or on a corner's arc."""
    cx, cy = (w / 2 - r if u > 0 else r - w / 2), (h / 2 - r if v > 0 else r - h / 2)
    if abs(u * k) <= w / 2 - r + 1e-12 or abs(v * k) <= h / 2 - r + 1e-12:
        return k
    a, b, c = u * u + v * v, u * cx + v * cy, cx * cx + cy * cy - r * r
    return (b + sqrt(max(0.0, b * b - a * c))) / a


def side(shape: str, w: float, h: float, right: bool, dy: float) -> Point:
    """The offset of the point on the left or right part of the outline that stands `dy` below the centre."""
    dy = min(max(dy, -0.46 * h), 0.46 * h)
    if shape == "diamond":
        u, dy = w / 2, 0.0
    elif shape == "ellipse" or (shape == "circle" and abs(w - h) < 1e-9):
        u = w / 2 * sqrt(max(0.0, 1 - (2 * dy / h) ** 2))
    elif shape in RADII:
        r = radius(shape, w, h)
        inner = max(0.0, abs(dy) - (h / 2 - r))
        u = w / 2 - r + sqrt(max(0.0, r * r - inner * inner))
    else:
        u = w / 2
    return (u if right else -u, dy)


def cap(shape: str, w: float, h: float, top: bool, dx: float) -> Point:
    """The offset of the point on the upper or lower part of the outline that stands `dx` right of the centre."""
    v, u = side(shape, h, w, not top, dx)
    return (u, v)


@lru_cache(maxsize=256)
def ports(shape: str, w: float, h: float) -> tuple[Point, ...]:
    """Offsets from the centre at which an edge may meet the outline: four first, then those between.

    A diamond has only its corners, where every kind of rhombus or flattened rhombus has its outline.
    """
    four = ((w / 2, 0.0), (-w / 2, 0.0), (0.0, h / 2), (0.0, -h / 2))
    if shape == "diamond":
        return four
    if shape == "rect":
        more = [(s * w / 2, k * h / 8) for s in (1, -1) for k in (-3, -2, -1, 1, 2, 3)]
        more += [(k * w / 8, s * h / 2) for s in (1, -1) for k in (-3, -2, -1, 1, 2, 3)]
    else:
        angles = [k * pi / 12 for k in range(24) if k % 6]
        more = [towards(shape, w, h, w * cos(a), h * sin(a)) for a in angles]
    return (*four, *more)
