"""Detours: the shortest way round boxes where no straight line, arc or corridor is clear."""

from __future__ import annotations

from heapq import heappop, heappush
from math import hypot

from graphviz_models.layout.curves import rounded
from graphviz_models.layout.lines import CROSSING
from graphviz_models.layout.nodes import CLEAR, Node, around, overlap
from graphviz_models.layout.parts import Point
from graphviz_models.layout.rims import ports
from graphviz_models.layout.scene import Scene

_OFFSETS = (CLEAR + 8.0, CLEAR + 20.0)  # of the way from the corners that it passes
_TURN = 12.0  # what one bend costs, in points of length


def detour(scene: Scene, a: int, b: int) -> list[Point] | None:
    """From the rim of `a` to that of `b` along corners of boxes (A*), with rounded bends; None where every way is shut."""
    for reach in (150.0, 1e9):
        found = _search(scene, a, b, reach)
        if found is not None:
            for radius in (26.0, 14.0, 8.0, 0.0):
                line = rounded(found, radius) if radius else found
                if not scene.blocked(line, a, b):
                    return line
    return None


def _search(scene: Scene, a: int, b: int, reach: float) -> list[Point] | None:
    x, y, w, h = around([scene.nodes[i].box(scene.centres[i]) for i in (a, b)])
    field = (x - reach, y - reach, w + 2 * reach, h + 2 * reach)
    boxes = [box for i, at in scene.centres.items() if overlap(field, box := scene.nodes[i].box(at))]
    spots: list[Point] = []
    for off in _OFFSETS:
        for bx, by, bw, bh in boxes:
            for p in ((bx - off, by - off), (bx + bw + off, by - off), (bx - off, by + bh + off), (bx + bw + off, by + bh + off)):
                if not any(o[0] - CLEAR < p[0] < o[0] + o[2] + CLEAR and o[1] - CLEAR < p[1] < o[1] + o[3] + CLEAR for o in boxes):
                    spots.append(p)
    starts, goals = _rim(scene.nodes[a], scene.centres[a]), _rim(scene.nodes[b], scene.centres[b])
    goal = scene.centres[b]
    first = len(spots)
    points = [*spots, *starts, *goals]
    best = {first + k: 0.0 for k in range(len(starts))}
    came: dict[int, int] = {}
    heap = [(hypot(p[0] - goal[0], p[1] - goal[1]), first + k) for k, p in enumerate(starts)]
    heap.sort()
    closed: set[int] = set()
    ends = range(first + len(starts), len(points))
    while heap:
        _, i = heappop(heap)
        if i in closed:
            continue
        closed.add(i)
        if i in ends:
            way = [points[i]]
            while i in came:
                i = came[i]
                way.append(points[i])
            return way[::-1]
        for j in (*range(first), *ends):
            if j in closed:
                continue
            p, q = points[i], points[j]
            cost = best[i] + hypot(q[0] - p[0], q[1] - p[1]) + _TURN
            if cost >= best.get(j, 1e18) or scene.blocked([p, q], a if i >= first else -1, b if j >= first else -1):
                continue
            cost += CROSSING * scene.crossed([p, q], a, b)
            if cost < best.get(j, 1e18):
                best[j], came[j] = cost, i
                heappush(heap, (cost + hypot(q[0] - goal[0], q[1] - goal[1]), j))
    return None


def _rim(node: Node, at: Point) -> list[Point]:
    return [(at[0] + u, at[1] + v) for u, v in ports(node.shape, node.w, node.h)]
