"""Loops: the edges that lead back to a delay, over or under the row of a folded recurrence, past all boxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import hypot

from graphviz_models.layout.curves import length, rounded
from graphviz_models.layout.nodes import Node
from graphviz_models.layout.parts import Rect
from graphviz_models.layout.rims import cap
from graphviz_models.layout.scene import ALONG, Scene, cross, near_parallel

from .marks import Point

_CLEAR = 12.0  # between a loop and a box
_LANE = 14.0  # between two loops, and between a loop and another edge
_CROSSING = 300.0  # what crossing another edge costs, in points of length
_RADIUS = 16.0
_SHARES = (0.0, 0.16, -0.16, 0.32, -0.32)  # of a shape's width: where an edge leaves it or enters it


def loops(scene: Scene, edges: Sequence[int], obstacles: Iterable[Rect]) -> None:
    """Draw the links `edges` of a scene, each from its node over the row or under it back to the other end.

    The scene has all boxes and all other routes. `obstacles` are texts.
    """
    rects = [*obstacles, *(node.box(scene.centres[i]) for i, node in enumerate(scene.nodes))]

    def reach(k: int) -> float:
        a, b = scene.ends[k]
        return abs(scene.centres[a][0] - scene.centres[b][0])

    for k in sorted(edges, key=reach):
        best = min(_ways(scene, k, rects), key=lambda way: _cost(scene, k, way, rects))
        scene.draw(k, best)


def _cost(scene: Scene, k: int, way: Sequence[Point], rects: Sequence[Rect]) -> float:
    a, b = scene.ends[k]
    blocked = scene.blocked(way, a, b, 4.0)
    crossed = scene.crossed(way, a, b)
    aside = abs(way[0][0] - scene.centres[a][0]) + 3.0 * abs(way[-1][0] - scene.centres[b][0])
    met = sum(_meets(way, other) for other, (u, v) in _others(scene, k) if {u, v} & {a, b})
    return length(way) + aside + _CROSSING * (min(crossed, ALONG) + met) + 1e6 * blocked


def _others(scene: Scene, k: int) -> Iterable[tuple[Sequence[Point], tuple[int, int]]]:
    return ((route, scene.ends[j]) for j, route in scene.routes.items() if j != k)


def _meets(way: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether two edges with a common end cross or run along one another, or end in almost the same point."""
    if any(hypot(p[0] - q[0], p[1] - q[1]) < _LANE for p in (way[0], way[-1]) for q in (other[0], other[-1])):
        return True
    return any(cross(p, q, r, s) or near_parallel(p, q, r, s) for p, q in pairwise(way) for r, s in pairwise(other))


def _ways(scene: Scene, k: int, rects: Sequence[Rect]) -> Iterable[list[Point]]:
    a, b = scene.ends[k]
    (ax, ay), (bx, by) = scene.centres[a], scene.centres[b]
    low, high = min(ax, bx), max(ax, bx)
    for above in (True, False):
        edges = sorted(
            {
                y - _CLEAR if above else y + h + _CLEAR
                for x, y, w, h in rects
                if x < high + _CLEAR and x + w > low - _CLEAR
            }
        )
        levels = [level for level in edges if (level < min(ay, by) if above else level > max(ay, by))]
        levels += [level + (-1 if above else 1) * _LANE * n for level in levels for n in (1, 2, 3)]
        for level in levels:
            for out in _SHARES:
                for into in _SHARES:
                    p, q = _port(scene.nodes[a], (ax, ay), above, out), _port(scene.nodes[b], (bx, by), above, into)
                    if abs(level - p[1]) > _RADIUS and abs(level - q[1]) > _RADIUS:
                        yield rounded([p, (p[0], level), (q[0], level), q], _RADIUS)


def _port(node: Node, at: Point, above: bool, share: float) -> Point:
    u, v = cap(node.shape, node.w, node.h, above, share * node.w)
    return at[0] + u, at[1] + v
