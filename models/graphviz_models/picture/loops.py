"""Loops: the edges that lead back to a delay, over or under the row of a folded recurrence, past all boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import hypot

from graphviz_models.layout.curves import length, rounded
from graphviz_models.layout.detour import detour
from graphviz_models.layout.nodes import Node, hits
from graphviz_models.layout.parts import Rect
from graphviz_models.layout.rims import cap, side
from graphviz_models.layout.scene import ALONG, Scene, cross, near_parallel

from .marks import Point

_CLEAR = 12.0  # between a loop and a box
_LANE = 14.0  # between two loops, and between a loop and another edge
_CROSSING = 300.0  # what crossing another edge costs, in points of length
_RADIUS = 16.0
_ASIDE = (18.0, 30.0, 44.0, 62.0, 84.0, 110.0)  # how far a loop goes sideways before it turns
_MOST = 60  # ways whose crossings are counted
_SHARES = (0.0, 0.16, -0.16, 0.32, -0.32)  # of a shape's width: where an edge leaves it or enters it


def loops(scene: Scene, edges: Sequence[int], texts: Sequence[Rect]) -> None:
    """Draw the links `edges` of a scene, each from its node over the row or under it back to the other end.

    The scene has all boxes and all other routes. Where neither way is clear of boxes and texts, an edge takes the
    shortest way around them.
    """
    boxes = [node.box(scene.centres[i]) for i, node in enumerate(scene.nodes)]

    def reach(k: int) -> float:
        a, b = scene.ends[k]
        return abs(scene.centres[a][0] - scene.centres[b][0])

    for k in sorted(edges, key=reach):
        found = sorted(_ways(scene, k, boxes, texts), key=lambda one: one[0])[:_MOST]
        best = min(((_cost(scene, k, *one), one[1]) for one in found), key=lambda one: one[0], default=None)
        scene.draw(k, best[1] if best else detour(scene, *scene.ends[k], 4.0) or _direct(scene, *scene.ends[k]))


def _cost(scene: Scene, k: int, long: float, way: Sequence[Point]) -> float:
    """What is to be said against a way, in points of length."""
    a, b = scene.ends[k]
    met = sum(_meets(way, other) for other, (u, v) in _others(scene, k) if {u, v} & {a, b})
    return long + _CROSSING * (min(scene.crossed(way, a, b), ALONG) + met)


def _others(scene: Scene, k: int) -> Iterable[tuple[Sequence[Point], tuple[int, int]]]:
    return ((route, scene.ends[j]) for j, route in scene.routes.items() if j != k)


def _meets(way: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether two edges with a common end cross or run along one another, or end in almost the same point."""
    if any(hypot(p[0] - q[0], p[1] - q[1]) < _LANE for p in (way[0], way[-1]) for q in (other[0], other[-1])):
        return True
    return any(cross(p, q, r, s) or near_parallel(p, q, r, s) for p, q in pairwise(way) for r, s in pairwise(other))


def _ways(scene: Scene, k: int, boxes: Sequence[Rect], texts: Sequence[Rect]) -> Iterator[tuple[float, list[Point]]]:
    """Ways that touch no box and no text, with their lengths and what they stand aside of the middles of their ends."""
    a, b = scene.ends[k]
    (ax, ay), (bx, by) = scene.centres[a], scene.centres[b]
    held = [*(box for i, box in enumerate(boxes) if i not in (a, b)), *texts]
    low, high = min(ax, bx) - 60.0, max(ax, bx) + 60.0
    between = [rect for rect in (*boxes, *texts) if rect[0] < high and rect[0] + rect[2] > low]
    for above in (True, False):
        way = -1.0 if above else 1.0
        edges = {y - _CLEAR if above else y + h + _CLEAR for _, y, _, h in between}
        levels = sorted({level + way * _LANE * n for level in edges for n in (0, 1, 2, 3)}, key=lambda y: abs(y - ay))
        outs = list(_stubs(scene.nodes[a], (ax, ay), above, 1.0))
        ins = list(_stubs(scene.nodes[b], (bx, by), above, -1.0))
        for level in levels:
            if (level - ay) * way < 0 or (level - by) * way < 0:
                continue
            first = [one for one in outs if _open(one[1][-1], level, [*held, boxes[b]], one[1], boxes[a])]
            last = [one for one in ins if _open(one[1][-1], level, [*held, boxes[a]], one[1], boxes[b])]
            for aside, out in first:
                for beside, into in last:
                    p, q = (out[-1][0], level), (into[-1][0], level)
                    if not any(hits(p, q, rect, 3.0) for rect in (*held, boxes[a], boxes[b])):
                        line = [*out, p, q, *into[::-1]]
                        yield length(line) + aside + 3.0 * beside, rounded(line, _RADIUS)


def _stubs(node: Node, at: Point, above: bool, ahead: float) -> Iterator[tuple[float, list[Point]]]:
    """Beginnings of a way, with what is to be said against each: straight up or down, or sideways first."""
    for share in _SHARES:
        u, v = cap(node.shape, node.w, node.h, above, share * node.w)
        yield abs(u), [(at[0] + u, at[1] + v)]
    for share in _SHARES:
        u, v = side(node.shape, node.w, node.h, ahead > 0, share * node.h)
        p = at[0] + u, at[1] + v
        for far in _ASIDE:
            yield 40.0 + abs(v), [p, (at[0] + ahead * (node.w / 2 + far), p[1])]


def _open(start: Point, level: float, held: Sequence[Rect], stub: Sequence[Point], own: Rect) -> bool:
    """Whether a stub and the way from it to the level are clear, and long enough for a rounded corner."""
    if abs(level - start[1]) < _RADIUS:
        return False
    turn = start[0], level
    if any(hits(start, turn, rect, 3.0) for rect in held):
        return False
    if len(stub) == 1:
        return True
    return not hits(start, turn, own, 3.0) and not any(hits(stub[0], start, rect, 3.0) for rect in held)


def _direct(scene: Scene, a: int, b: int) -> list[Point]:
    """A loop as low as can be over everything, where nothing else is left."""
    top = min(node.box(scene.centres[i])[1] for i, node in enumerate(scene.nodes)) - _CLEAR
    ports = []
    for i in (a, b):
        node, (x, y) = scene.nodes[i], scene.centres[i]
        u, v = cap(node.shape, node.w, node.h, True, 0.0)
        ports.append((x + u, y + v))
    return rounded([ports[0], (ports[0][0], top), (ports[1][0], top), ports[1]], _RADIUS)
