"""Straight lines and arcs between two nodes: the shortest from rim to rim that hits nothing and crosses little."""

from __future__ import annotations

from math import hypot

from graphviz_models.layout.curves import cubic, length
from graphviz_models.layout.parts import Point
from graphviz_models.layout.rims import cap, ports, side, towards
from graphviz_models.layout.scene import Scene

CROSSING = 160.0  # what one crossing costs, in points of length

Line = tuple[float, list[Point]]  # cost, points


def straight(scene: Scene, a: int, b: int, first_clear: bool = False) -> Line | None:
    """The best straight line from node `a` to node `b`; None where every one is blocked.

    Where `first_clear`, the line between the centres will do if it hits nothing, whatever it crosses.
    """
    first, second = scene.nodes[a], scene.nodes[b]
    (ax, ay), (bx, by) = scene.centres[a], scene.centres[b]
    dx, dy = bx - ax, by - ay
    best: Line | None = None
    if "diamond" not in (first.shape, second.shape) or dx == 0.0 or dy == 0.0:
        u, v = towards(first.shape, first.w, first.h, dx, dy), towards(second.shape, second.w, second.h, -dx, -dy)
        line = [(ax + u[0], ay + u[1]), (bx + v[0], by + v[1])]
        if not scene.blocked(line, a, b):
            if first_clear:
                return length(line), line
            best = (length(line) + CROSSING * scene.crossed(line, a, b), line)
            if best[0] < length(line) + 1:
                return best
    found = []
    for ux, uy in ports(first.shape, first.w, first.h):
        for vx, vy in ports(second.shape, second.w, second.h):
            px, py, qx, qy = ax + ux, ay + uy, bx + vx, by + vy
            long = hypot(qx - px, qy - py)
            if long < 8.0:
                continue
            ex, ey = (qx - px) / long, (qy - py) / long
            out = (ex * ux / first.w + ey * uy / first.h) / (hypot(ux / first.w, uy / first.h) or 1.0)
            into = -(ex * vx / second.w + ey * vy / second.h) / (hypot(vx / second.w, vy / second.h) or 1.0)
            if out > 0.25 and into > 0.25:
                found.append((long + 40 * (2 - out - into), [(px, py), (qx, qy)]))
    found.sort(key=lambda c: c[0])
    tried = 0
    for cost, line in found[:80]:
        if best is not None and cost >= best[0]:
            break
        if scene.blocked(line, a, b):
            continue
        total = cost + CROSSING * scene.crossed(line, a, b)
        if best is None or total < best[0]:
            best = (total, line)
        tried += 1
        if total < cost + 1 or tried >= 8:
            break
    return best


def arc(scene: Scene, a: int, b: int, level: float) -> Line | None:
    """The smoothest arc from `a` to `b` whose farthest point from the straight line lies at the height `level`."""
    first, second = scene.nodes[a], scene.nodes[b]
    (ax, ay), (bx, by) = scene.centres[a], scene.centres[b]
    top = level < (ay + by) / 2
    right = bx > ax
    best: Line | None = None
    for lean in (0.25, 0.15, 0.35, 0.05):
        for reach in (1.0, 1.12, 1.3, 1.6):
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
