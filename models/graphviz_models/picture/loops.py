"""Loops: the edges that lead back to a delay, over or under the row of a folded recurrence, past all boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import islice, pairwise
from math import hypot

from graphviz_models.layout.curves import length, rounded
from graphviz_models.layout.detour import detour
from graphviz_models.layout.grid import Grid
from graphviz_models.layout.nodes import Node, hits
from graphviz_models.layout.parts import Rect
from graphviz_models.layout.rims import cap, side
from graphviz_models.layout.scene import ALONG, Scene, cross, near_parallel

from .marks import Point

_CLEAR = 12.0  # between a loop and a box
_LANE = 14.0  # between two loops, and between a loop and another edge
_CROSSING = 300.0  # what crossing another edge costs, in points of length
_RADIUS = 16.0
_RADII = (_RADIUS, 8.0, 4.0)  # where a wide corner would cut that of a box
_ASIDE = (18.0, 30.0, 44.0, 62.0, 84.0, 110.0)  # how far a loop goes sideways before it turns
_LEVELS = 60  # heights that are tried on each side
_MOST, _STUBS = 60, 6  # ways whose crossings are counted, of each end at each height
_SHARES = (0.0, 0.16, -0.16, 0.32, -0.32)  # of a shape's width: where an edge leaves it or enters it


def loops(scene: Scene, edges: Sequence[int], texts: Sequence[Rect]) -> None:
    """Draw the links `edges` of a scene, each from its node over the row or under it back to the other end.

    The scene has all boxes and all other routes. Where neither way is clear of boxes and texts, an edge takes the
    shortest way around them.
    """
    grid = Grid()
    boxes = [node.box(scene.centres[i]) for i, node in enumerate(scene.nodes)]
    for i, box in enumerate(boxes):
        grid.add_rect(box, i)
    for rect in texts:
        grid.add_rect(rect, -1)

    def reach(k: int) -> float:
        a, b = scene.ends[k]
        return abs(scene.centres[a][0] - scene.centres[b][0])

    for k in sorted(edges, key=reach):
        found = nsmallest(_MOST, _ways(scene, k, (*boxes, *texts), grid), key=lambda one: one[0])
        best = min(found, key=lambda one: _cost(scene, k, *one), default=None)
        if best:
            lines = [rounded(best[1], radius) for radius in _RADII]
            line: Sequence[Point] | None = next(
                (one for one in lines if not scene.blocked(one, *scene.ends[k], 2.5)), lines[0]
            )
        else:
            line = detour(scene, *scene.ends[k], 4.0)
        scene.draw(k, line or _direct(scene, *scene.ends[k]))


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


def _ways(scene: Scene, k: int, rects: Sequence[Rect], grid: Grid) -> Iterator[tuple[float, list[Point]]]:
    """Ways that touch no box and no text, with their lengths and what they stand aside of the middles of their ends."""
    a, b = scene.ends[k]
    (ax, ay), (bx, by) = scene.centres[a], scene.centres[b]
    low, high = min(ax, bx) - 60.0, max(ax, bx) + 60.0
    between = [rect for rect in rects if rect[0] < high and rect[0] + rect[2] > low]

    def clear(p: Point, q: Point, own: int = -2) -> bool:
        return not any(owner != own and hits(p, q, rect, 3.0) for rect, owner in grid.rects_near(p, q))

    for way in (-1.0, 1.0):
        outs = sorted(_stubs(scene.nodes[a], (ax, ay), way < 0, 1.0), key=lambda one: one[0])
        ins = sorted(_stubs(scene.nodes[b], (bx, by), way < 0, -1.0), key=lambda one: one[0])
        for level in _levels(between, way, ay if (ay - by) * way > 0 else by):
            first = list(islice((one for one in outs if _open(one[1], level, clear, a)), _STUBS))
            last = list(islice((one for one in ins if _open(one[1], level, clear, b)), _STUBS)) if first else []
            for aside, out in first:
                for beside, into in last:
                    p, q = (out[-1][0], level), (into[-1][0], level)
                    if clear(p, q):
                        line = [*out, p, q, *into[::-1]]
                        yield length(line) + aside + 3.0 * beside, line


def _levels(rects: Sequence[Rect], way: float, start: float) -> list[float]:
    """Heights above (`way` −1) or below (1) a start at which an edge may run, just past the rectangles: the nearest
    ones, and that past all of them.
    """
    edges = {round(y - _CLEAR if way < 0 else y + h + _CLEAR) for _, y, _, h in rects}
    lanes = sorted({edge + way * _LANE * n for edge in edges for n in (0, 1, 2, 3)}, key=lambda y: y * way)
    beyond = [lane for lane in lanes if (lane - start) * way > 0]
    return beyond if len(beyond) <= _LEVELS else [*beyond[: _LEVELS - 4], *beyond[-4:]]


def _stubs(node: Node, at: Point, above: bool, ahead: float) -> Iterator[tuple[float, list[Point]]]:
    """Beginnings of a way, with what is to be said against each: straight up or down, or sideways first."""
    for share in _SHARES:
        u, v = cap(node.shape, node.w, node.h, above, share * node.w)
        yield abs(u), [(at[0] + u, at[1] + v)]
    for share in _SHARES:
        u, v = side(node.shape, node.w, node.h, ahead > 0, share * node.h)
        p = at[0] + u, at[1] + v
        for far in _ASIDE:
            yield 40.0 + far + abs(v), [p, (at[0] + ahead * (node.w / 2 + far), p[1])]


def _open(stub: Sequence[Point], level: float, clear: Callable[..., bool], own: int) -> bool:
    """Whether a stub and the way from it to the level are clear, and long enough for a rounded corner."""
    start = stub[-1]
    turn = start[0], level
    if abs(level - start[1]) < _RADIUS:
        return False
    return clear(start, turn, own) if len(stub) == 1 else clear(start, turn) and clear(stub[0], start, own)


def _direct(scene: Scene, a: int, b: int) -> list[Point]:
    """A loop as low as can be over everything, where nothing else is left."""
    top = min(node.box(scene.centres[i])[1] for i, node in enumerate(scene.nodes)) - _CLEAR
    ports = []
    for i in (a, b):
        node, (x, y) = scene.nodes[i], scene.centres[i]
        u, v = cap(node.shape, node.w, node.h, True, 0.0)
        ports.append((x + u, y + v))
    return rounded([ports[0], (ports[0][0], top), (ports[1][0], top), ports[1]], _RADIUS)
