"""Straight lines and arcs between two nodes: the shortest from rim to rim that hits nothing and crosses little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from graphviz_models.layout.curves import cubic, length
from graphviz_models.layout.nodes import CLEAR, Node, hits
from graphviz_models.layout.parts import Point
from graphviz_models.layout.rims import cap, ports, side, towards
from graphviz_models.layout.scene import BESIDE, SHARED, Scene

CROSSING = 160.0  # what one crossing costs, in points of length
_SHORT, _SHARP = 8.0, 0.25  # the least length of a straight line, and the least cosine between it and what leads away
_GRAZING = 0.15  # and the least sine between it and the straight side that it leaves
_SLANTED, _MOST = 40.0, 80  # what it costs to leave at a right angle to that; lines between ports that are looked at
_REACHES = (1.0, 1.12, 1.3, 1.6)  # how far arcs reach beyond the height asked for
_SURELY = 0.5  # less than CLEAR from a box: there a curve is too near, and what it is drawn as
_SAMPLES = [((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3) for t in (k / 10 for k in range(1, 10))]
_AT_ONCE = 100_000  # lines times boxes

Line = tuple[float, list[Point]]  # cost, points
Pairs = Mapping[int, tuple[int, int]]
Floats = npt.NDArray[np.float64]


def straight(scene: Scene, a: int, b: int, first_clear: bool = False, upright: bool = False) -> Line | None:
    """The best straight line from node `a` to node `b`; None where every one is blocked.

    Where `first_clear`, the line between the centres will do if it hits nothing, whatever it crosses. Where `upright`,
    the top and the bottom of a diamond are better than its sides, if it is straight from there.
    """
    first, second = scene.nodes[a], scene.nodes[b]
    obstacles = scene.between(a, b)
    best: Line | None = None
    line = centred(scene, a, b)
    if line is not None and not scene.struck(line[0], line[1], obstacles):
        if first_clear:
            return length(line), line
        best = (length(line) + CROSSING * scene.crossed(line, a, b), line)
        if best[0] < length(line) + 1:
            return best
    tried = 0
    lines = between(first, second, scene.centres[a], scene.centres[b])
    if upright and first.shape == "diamond":
        lines.sort(key=lambda one: one[1][0][1] == scene.centres[a][1])
    for cost, line in lines:
        if best is not None and cost >= best[0]:
            break
        if scene.struck(line[0], line[1], obstacles) or scene.reenters(line, a, b):
            continue
        total = cost + CROSSING * scene.crossed(line, a, b)
        if best is None or total < best[0]:
            best = (total, line)
        tried += 1
        if total < cost + 1 or tried >= 8:
            break
    return best


def centred(scene: Scene, a: int, b: int, corners: bool = False) -> list[Point] | None:
    """The part of the line between the centres of two nodes that lies outside their shapes; None where it would leave
    or reach the slanted side of a diamond, but where `corners` are to do: then it meets the corner on that side.
    """
    first, second = scene.nodes[a], scene.nodes[b]
    (ax, ay), (bx, by) = scene.centres[a], scene.centres[b]
    if ax != bx and ay != by and "diamond" in (first.shape, second.shape):
        if not corners:
            return None
        ax += (first.shape == "diamond") * (first.w if ax < bx else -first.w) / 2
        bx += (second.shape == "diamond") * (second.w if bx < ax else -second.w) / 2
    dx, dy = bx - ax, by - ay
    at = ax == scene.centres[a][0], bx == scene.centres[b][0]
    u = towards(first.shape, first.w, first.h, dx, dy) if at[0] else (0.0, 0.0)
    v = towards(second.shape, second.w, second.h, -dx, -dy) if at[1] else (0.0, 0.0)
    return [(ax + u[0], ay + u[1]), (bx + v[0], by + v[1])]


def direct(scene: Scene, pairs: Pairs, corners: bool = False) -> dict[int, list[Point]]:
    """For pairs of nodes, by any number: the line between their centres, or `corners` of diamonds, where it hits
    nothing, for many at once.
    """
    lines = {k: line for k, (a, b) in pairs.items() if (line := centred(scene, a, b, corners)) is not None}
    numbers = list(scene.centres)
    place = {i: n for n, i in enumerate(numbers)}
    boxes = np.array([scene.nodes[i].box(scene.centres[i]) for i in numbers]).reshape(-1, 4)
    out: dict[int, list[Point]] = {}
    rest = list(lines)
    while rest:
        part, rest = rest[: _AT_ONCE // len(numbers) + 1], rest[_AT_ONCE // len(numbers) + 1 :]
        hit = _hit(np.array([lines[k] for k in part]), boxes)
        for row, k in enumerate(part):
            hit[row, [place[i] for i in pairs[k]]] = False
        for row, n in zip(*hit.nonzero(), strict=True):
            i = numbers[n]
            if not scene.wary(*pairs[part[row]]):
                hit[row, n] = scene.nodes[i].struck(scene.centres[i], *lines[part[row]], CLEAR)
        for k, blocked in zip(part, np.any(hit, axis=1).tolist(), strict=True):
            p, q = lines[k]
            if not blocked and not any(hits(p, q, strip) for strip in scene.strips(*pairs[k], 2.0)):
                out[k] = lines[k]
    return out


def _hit(lines: Floats, boxes: Floats) -> npt.NDArray[np.bool_]:
    """Which lines come nearer than CLEAR to which boxes."""
    half = boxes[:, 2:] / 2
    middle = boxes[:, :2] + half
    half = half + CLEAR
    way = lines[:, None, 1] - lines[:, None, 0]
    apart = middle - lines[:, None, 0] - way / 2
    across = abs(way[..., 0] * apart[..., 1] - way[..., 1] * apart[..., 0])
    near = across < half[:, 0] * abs(way[..., 1]) + half[:, 1] * abs(way[..., 0])
    return np.asarray(near & (abs(apart) < half + abs(way) / 2).all(2))


def alongside(lines: Sequence[Sequence[Point]], ends: Sequence[tuple[int, int]]) -> int:
    """How many straight lines run along one before them with which they have no end in common, or both: closer than
    BESIDE for more than SHARED points.
    """
    if len(lines) < 2:
        return 0
    at, nodes = np.array(lines), np.array(ends)
    p, way = at[:, None, 0], at[:, 1] - at[:, 0]
    long = np.hypot(way[:, 0], way[:, 1])
    unit = (way / long[:, None])[:, None]
    to = [at[None, :, end] - p for end in (0, 1)]
    along = [(one * unit).sum(2) for one in to]
    off = [one[..., 1] * unit[..., 0] - one[..., 0] * unit[..., 1] for one in to]
    low, high = np.minimum(*along), np.maximum(*along)
    first, last = np.maximum(low, 0.0), np.minimum(high, long[:, None])
    slope = (off[1] - off[0]) / np.where(high - low < 1e-9, np.inf, along[1] - along[0])
    near = np.logical_and.reduce([abs(off[0] + slope * (x - along[0])) < BESIDE for x in (first, last)])
    common = (nodes[:, None, :, None] == nodes[None, :, None, :]).any(3).sum(2)
    found = (last - first > SHARED) & near & (common != 1) & np.tri(len(lines), k=-1, dtype=bool)
    return int(found.any(1).sum())


def between(first: Node, second: Node, a: Point, b: Point) -> list[Line]:
    """Straight lines from the ports of one node at `a` to those of another one at `b` that leave and reach the rims at
    no sharp angle, the best first; the cost is the length, more the more slanted they are.
    """
    out, leaving, outward = _rim(first.shape, first.w, first.h)
    into, reaching, inward = _rim(second.shape, second.w, second.h)
    p, q = out + a, into + b
    dx, dy = q[:, 0] - p[:, :1], q[:, 1] - p[:, 1:]
    long = np.hypot(dx, dy)
    scale = 1 / np.maximum(long, _SHORT)
    start = (dx * leaving[:, :1] + dy * leaving[:, 1:]) * scale
    end = -(dx * reaching[:, 0] + dy * reaching[:, 1]) * scale
    flat = (dx * outward[:, :1] + dy * outward[:, 1:]) * scale < _GRAZING
    flat |= -(dx * inward[:, 0] + dy * inward[:, 1]) * scale < _GRAZING
    possible = np.flatnonzero((long >= _SHORT) & (start > _SHARP) & (end > _SHARP) & ~flat)
    costs = (long + _SLANTED * (2 - start - end)).ravel()[possible]
    order = costs.argsort(kind="stable")[:_MOST]
    starts, ends = [(x, y) for x, y in p.tolist()], [(x, y) for x, y in q.tolist()]
    pairs = [divmod(pair, len(ends)) for pair in possible[order].tolist()]
    return [(cost, [starts[i], ends[j]]) for cost, (i, j) in zip(costs[order].tolist(), pairs, strict=True)]


@lru_cache(maxsize=256)
def _rim(shape: str, w: float, h: float) -> tuple[Floats, Floats, Floats]:
    """The ports of a node, and the directions that lead away from it there: as if it were as wide as it is high; and
    those at right angles to its outline, where that is straight.
    """
    at = np.array(ports(shape, w, h))
    way = at / (w, h)
    way = way / np.hypot(way[:, :1], way[:, 1:])
    side = np.isclose(abs(at), (w / 2, h / 2))
    return at, way, np.where(side.any(axis=1, keepdims=True), np.sign(at) * side, way)


def arc(scene: Scene, a: int, b: int, level: float) -> Line | None:
    """The smoothest arc from `a` to `b` whose farthest point from the straight line lies at the height `level`."""
    first, second = scene.nodes[a], scene.nodes[b]
    (ax, ay), (bx, by) = scene.centres[a], scene.centres[b]
    top = level < (ay + by) / 2
    right = bx > ax
    best: Line | None = None
    obstacles = _under(scene, a, b, level)
    for lean in (0.25, 0.15, 0.35, 0.05):
        for reach in _REACHES:
            height = (level - (ay + by) / 2) * 4 / 3 * reach
            c = (ax + (bx - ax) * lean, (ay + by) / 2 + height)
            d = (bx - (bx - ax) * lean, (ay + by) / 2 + height)
            u = towards(first.shape, first.w, first.h, c[0] - ax, c[1] - ay)
            v = towards(second.shape, second.w, second.h, d[0] - bx, d[1] - by)
            if first.shape == "diamond":
                u = (
                    cap(first.shape, first.w, first.h, top, 0.0)
                    if abs(height) > abs(bx - ax)
                    else side("diamond", first.w, 0, right, 0)
                )
            if second.shape == "diamond":
                v = side("diamond", second.w, 0, not right, 0)
            p, q = (ax + u[0], ay + u[1]), (bx + v[0], by + v[1])
            if _hits_one(p, c, d, q, obstacles):
                continue
            line = [p, *cubic(p, c, d, q)]
            long = length(line)
            if (best is not None and long >= best[0]) or scene.blocked(line, a, b):
                continue
            cost = long + CROSSING * scene.crossed(line, a, b)
            if best is None or cost < best[0]:
                best = (cost, line)
        if best is not None:
            break
    return best


def _under(scene: Scene, a: int, b: int, level: float) -> list[tuple[float, float, float, float]]:
    """What arcs from `a` to `b` at about that height may hit for certain: left, right, top, bottom."""
    (ax, ay), (bx, by) = scene.centres[a], scene.centres[b]
    high = (level - (ay + by) / 2) * _REACHES[-1]
    left, right = min(ax, bx), max(ax, bx)
    top, bottom = min(ay, by, (ay + by) / 2 + high), max(ay, by, (ay + by) / 2 + high)
    near = scene.boxes_in((left, top, right - left, bottom - top))
    off = CLEAR - _SURELY
    return [
        (x - off, x + w + off, y - off, y + h + off)
        for (x, y, w, h), i in near
        if i != a and i != b and not scene.nodes[i].cornered
    ]


def _hits_one(a: Point, b: Point, c: Point, d: Point, obstacles: Sequence[tuple[float, float, float, float]]) -> bool:
    """Whether one of some points of a cubic Bézier lies in one of the obstacles."""
    for p, q, r, s in _SAMPLES:
        x, y = p * a[0] + q * b[0] + r * c[0] + s * d[0], p * a[1] + q * b[1] + r * c[1] + s * d[1]
        for left, right, top, bottom in obstacles:
            if left < x < right and top < y < bottom:
                return True
    return False
