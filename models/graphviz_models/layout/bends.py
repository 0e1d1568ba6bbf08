"""Bends: links that run level out of one node, through corridors, level into another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphviz_models.layout.curves import through
from graphviz_models.layout.flow import Corridor
from graphviz_models.layout.parts import Point
from graphviz_models.layout.rims import side
from graphviz_models.layout.rows import Plan
from graphviz_models.layout.scene import Scene


@dataclass(frozen=True, slots=True)
class Way:
    """A link from `a` to `b` through `corridors`; `out` and `into` say how far below their middles it leaves and enters
    their sides.
    """

    a: int
    b: int
    corridors: Sequence[Corridor]
    out: float
    into: float


def bent(scene: Scene, plan: Plan, way: Way) -> list[Point]:
    """Horizontally out of `a`, through the corridors, horizontally into `b`; where boxes of the same ranks are in the
    way of that, it bends between the ranks alone.
    """
    a, b = way.a, way.b
    start, end = sides(scene, way)
    line = through(start, way.corridors, end)
    if a in plan.extents and b in plan.extents and start[0] < end[0] and scene.blocked(line, a, b):
        begin, last = plan.extents[a][1], plan.extents[b][0]
        if begin < last:
            return through(start, [(start[0], begin, start[1]), *way.corridors, (last, end[0], end[1])], end)
    return line


def sides(scene: Scene, way: Way) -> tuple[Point, Point]:
    """Where a link leaves and enters the sides that its ends turn to one another."""
    first, second = scene.nodes[way.a], scene.nodes[way.b]
    (ax, ay), (bx, by) = scene.centres[way.a], scene.centres[way.b]
    right = bx > ax
    p = side(first.shape, first.w, first.h, right, way.out)
    q = side(second.shape, second.w, second.h, not right, way.into)
    return (ax + p[0], ay + p[1]), (bx + q[0], by + q[1])
