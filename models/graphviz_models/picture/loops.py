"""Loops: the edges that lead back to a delay, over or under the row of a folded recurrence, past all boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import islice, pairwise
from math import hypot, inf

from graphviz_models.layout.curves import length, rounded
from graphviz_models.layout.detour import detour
from graphviz_models.layout.grid import Grid
from graphviz_models.layout.nodes import Node, hits
from graphviz_models.layout.parts import Rect
from graphviz_models.layout.rims import cap, side
from graphviz_models.layout.scene import ALONG, Scene, cross, near_parallel

from .geometry import bounds
from .marks import Point

_CLEAR = 12.0  # between a loop and a box
_LANE = 14.0  # between two loops, and between a loop and another edge
_CROSSING = 300.0  # what crossing another edge costs, in points of length
_RADIUS = 16.0
_RADII = (_RADIUS, 8.0, 4.0)  # where a wide corner would cut that of a box
_ASIDE = (18.0, 30.0, 44.0, 62.0, 84.0, 110.0)  # how far a loop goes sideways before it turns
_LEVELS = 60  # heights that are tried on each side
_MOST, _STUBS = 400, 6  # ways whose crossings are counted, of each end at each height
_SHORTEST = 8  # ways at each height, of all pairs of ends
_BESIDE, _APART = 150.0, 11.0  # what running beside another edge costs that is no farther away
_POINT = 6.0  # ends of two edges that are nearer to one another look like one and count twice
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
        best, cost = _cheapest(scene, k, _ways(scene, k, (*boxes, *texts), grid, _SHORTEST), _MOST)
        if cost > _CROSSING * ALONG:  # on another edge: then any way that is clear of it
            best, cost = _cheapest(scene, k, _ways(scene, k, (*boxes, *texts), grid, _STUBS**2), 10 * _MOST)
        if best:
            lines = [rounded(best, radius) for radius in _RADII]
            line: Sequence[Point] | None = next(
                (one for one in lines if not scene.blocked(one, *scene.ends[k], 2.5)), lines[0]
            )
        else:
            line = detour(scene, *scene.ends[k], 4.0)
        scene.draw(k, line or _direct(scene, *scene.ends[k]))


def _cheapest(
    scene: Scene, k: int, ways: Iterable[tuple[float, list[Point]]], most: int
) -> tuple[list[Point] | None, float]:
    """The way against which there is least to be said, of the shortest ones, and how much that is.

    What a way crosses is counted only while it can still win.
    """
    best, least = None, inf
    for long, way in islice(sorted(ways, key=lambda one: one[0]), most):
        if long >= least:
            break
        cost = _cost(scene, k, long, way)
        if cost < least:
            best, least = way, cost
    return best, least


def _cost(scene: Scene, k: int, long: float, way: Sequence[Point]) -> float:
    """What is to be said against a way, in points of length."""
    a, b = scene.ends[k]
    ends: dict[int, float] = {}  # by links with a common end: how far from theirs those of the way are
    for j, other in scene.routes.items():
        if {a, b}.intersection(scene.ends[j]):
            ends[j] = min(hypot(p[0] - q[0], p[1] - q[1]) for p in (way[0], way[-1]) for q in (other[0], other[-1]))
    met = sum((far < _LANE) + (far < _POINT) for far in ends.values())
    beside: set[int] = set()
    along: set[int] = set()
    for p, q in pairwise(way):
        x, y, w, h = bounds((p, q))
        for r, s, link in scene.segments_in((x - _APART, y - _APART, w + 2 * _APART, h + 2 * _APART)):
            if link in ends:
                met += cross(p, q, r, s)
                if near_parallel(p, q, r, s):
                    along.add(link)
            elif near_parallel(p, q, r, s, _APART, 2 * _LANE):
                beside.add(link)
    return long + _CROSSING * (min(scene.crossed(way, a, b), ALONG) + met + len(along)) + _BESIDE * len(beside)


def _ways(
    scene: Scene, k: int, rects: Sequence[Rect], grid: Grid, shortest: int
) -> Iterator[tuple[float, list[Point]]]:
    """Ways that touch no box and no text, with their lengths and what they stand aside of the middles of their ends:
    the `shortest` ones at each height.
    """
    a, b = scene.ends[k]
    (ax, ay), (bx, by) = scene.centres[a], scene.centres[b]
    low, high = min(ax, bx) - 60.0, max(ax, bx) + 60.0
    drawn = (bounds(route) for route in scene.routes.values())
    between = [rect for rect in (*rects, *drawn) if rect[0] < high and rect[0] + rect[2] > low]

    def clear(p: Point, q: Point, own: int = -2) -> bool:
        return not any(owner != own and hits(p, q, rect, 3.0) for rect, owner in grid.rects_near(p, q))

    for way in (-1.0, 1.0):
        outs = sorted(_stubs(scene.nodes[a], (ax, ay), way < 0, 1.0), key=lambda one: one[0])
        ins = sorted(_stubs(scene.nodes[b], (bx, by), way < 0, -1.0), key=lambda one: one[0])
        for level in _levels(between, way, ay if (ay - by) * way > 0 else by):
            first = list(islice((one for one in outs if _open(one[1], level, clear, a)), _STUBS))
            last = list(islice((one for one in ins if _open(one[1], level, clear, b)), _STUBS)) if first else []
            found: list[tuple[float, list[Point]]] = []
            for aside, out in first:
                for beside, into in last:
                    p, q = (out[-1][0], level), (into[-1][0], level)
                    if clear(p, q):
                        line = [*out, p, q, *into[::-1]]
                        found.append((length(line) + aside + 3.0 * beside, line))
            yield from nsmallest(shortest, found, key=lambda one: one[0])


def _levels(rects: Sequence[Rect], way: float, start: float) -> list[float]:
    """Heights above (`way` −1) or below (1) a start at which an edge may run, just past the rectangles of boxes, texts
    and other edges: the nearest ones, and that past all of them.
    """
    edges = {round(y - _CLEAR if way < 0 else y + h + _CLEAR) for _, y, _, h in rects}
    lanes = sorted({edge + way * _LANE * n for edge in edges for n in (0, 1, 2, 3)}, key=lambda y: y * way)
    beyond = [lane for lane in lanes if (lane - start) * way > 0]
    return beyond if len(beyond) <= _LEVELS else [*beyond[: _LEVELS - 4], *beyond[-4:]]


def _stubs(node: Node, at: Point, above: bool, ahead: float) -> Iterator[tuple[float, list[Point]]]:
    """Beginnings of a way, with what is to be said against each: straight up or down, sideways first, or then."""
    for share in _SHARES:
        u, v = cap(node.shape, node.w, node.h, above, share * node.w)
        yield abs(u), [(at[0] + u, at[1] + v)]
    for share in _SHARES:
        u, v = side(node.shape, node.w, node.h, ahead > 0, share * node.h)
        p = at[0] + u, at[1] + v
        for far in _ASIDE:
            yield 40.0 + far + abs(v), [p, (at[0] + ahead * (node.w / 2 + far), p[1])]
    u, v = cap(node.shape, node.w, node.h, above, 0.0)
    for far in _ASIDE:
        level = at[1] + v + (-_ASIDE[0] if above else _ASIDE[0])
        yield 60.0 + far, [(at[0] + u, at[1] + v), (at[0] + u, level), (at[0] + ahead * (node.w / 2 + far), level)]


def _open(stub: Sequence[Point], level: float, clear: Callable[..., bool], own: int) -> bool:
    """Whether a stub and the way from it to the level are clear, and long enough for a rounded corner."""
    start = stub[-1]
    turn = start[0], level
    if abs(level - start[1]) < _RADIUS:
        return False
    if len(stub) > 2 and abs(level - start[1]) < 2 * _RADIUS:
        return False
    way = [*stub, turn]
    return clear(way[0], way[1], own) and all(clear(p, q) for p, q in pairwise(way[1:]))


def _direct(scene: Scene, a: int, b: int) -> list[Point]:
    """A loop as low as can be over everything, where nothing else is left."""
    top = min(node.box(scene.centres[i])[1] for i, node in enumerate(scene.nodes)) - _CLEAR
    ports = []
    for i in (a, b):
        node, (x, y) = scene.nodes[i], scene.centres[i]
        u, v = cap(node.shape, node.w, node.h, True, 0.0)
        ports.append((x + u, y + v))
    return rounded([ports[0], (ports[0][0], top), (ports[1][0], top), ports[1]], _RADIUS)
