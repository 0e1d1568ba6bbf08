"""Routes: how every edge runs, straight where that is clear, else in an arc or through the corridors left for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot

from graphviz_models.layout.bends import Way, bent, sides
from graphviz_models.layout.curves import cubic, length, rounded
from graphviz_models.layout.detour import detour
from graphviz_models.layout.flow import CROWD, HUGE
from graphviz_models.layout.lines import CROSSING, Line, Pairs, alongside, arc, direct, straight
from graphviz_models.layout.nodes import CLEAR, Node
from graphviz_models.layout.parts import Point
from graphviz_models.layout.rims import cap, side
from graphviz_models.layout.rows import Ends, Plan
from graphviz_models.layout.scene import ALONG, Patience, Scene
from graphviz_models.layout.tangles import exchange, untangle, untie

_MANY = 200  # links, beyond which all run straight from rank to rank; where they are twice the nodes
_ROUND = 14.0  # the radius of their bends
_STUB = 2.0  # between a node's rim and the end of its rank: where there is no more, its links bend at the rim itself
_SHIFTS = (-8.0, 8.0, -14.0, 14.0)  # of corridors, tried where a link would run along another one
_DEEP = 150.0  # farther out than the corridors arcs may reach: beyond that they leave half a picture empty
_BENT, _LED = 40.0, 5.0  # what it costs to bend where a straight line is not blocked, and in corridors
_FAR = 1500.0  # between nodes that an arc joins


@dataclass(slots=True)
class Routes:
    """The routes by link number; how many of them found no clear way (`shut`), or none apart from another (`beside`).

    `plain` where all of them run straight from rank to rank.
    """

    lines: dict[int, list[Point]]
    shut: int = 0
    beside: int = 0
    plain: bool = False


def route(nodes: Sequence[Node], links: Sequence[Ends], plan: Plan, patience: Patience) -> Routes:
    """Draw every link of the plan: rails first, then the shortest links, the longest last."""
    scene = Scene(nodes, plan.centres, [(u, v) for u, v, _ in links], None, patience)
    out = Routes(scene.routes)
    for k, points in plan.rails.items():
        scene.draw(k, _swung(scene, *scene.ends[k], points, plan.swings[k]) if k in plan.swings else points)
    twins: dict[tuple[int, int], list[int]] = {}
    for k, (u, v, _) in enumerate(links):
        if k not in plan.rails:
            twins.setdefault((min(u, v), max(u, v)), []).append(k)

    def distance(k: int) -> float:
        (ax, ay), (bx, by) = plan.centres[links[k][0]], plan.centres[links[k][1]]
        return hypot(bx - ax, by - ay)

    offsets = _offsets(nodes, links, plan)
    out.plain = plan.dense and not any(label != (0.0, 0.0) for _, _, label in links)
    out.plain |= len(links) > (CROWD if len(links) - len(plan.rails) >= 2 * len(nodes) else _MANY)
    free = [k for k in range(len(links)) if k not in plan.rails]
    clear: dict[int, list[Point]] = {}
    if not out.plain or (plan.dense and len(links) <= HUGE):
        short = _short(plan, scene.ends, twins)
        clear = direct(scene, short, out.plain)
        if out.plain:
            clear = _alike(plan, short, clear)
    ways: dict[int, Way] = {}
    drawn: dict[int, list[Point]] = {}  # before anything that is not straight
    for k in free if out.plain else sorted(free, key=distance):
        u, v, _ = links[k]
        if u == v:
            scene.draw(k, best_loop(scene, u, twins[u, u].index(k)))
            continue
        a, b = (v, u) if k in plan.flipped else (u, v)
        if k in clear:
            if len(drawn) == len(scene.routes):
                drawn[k] = clear[k]
            elif not out.plain:
                out.beside += scene.crossed(clear[k], a, b) >= ALONG
            scene.draw(k, clear[k][::-1] if k in plan.flipped else clear[k])
            continue
        way = Way(a, b, plan.corridors.get(k, []), offsets.get((k, a), 0.0), offsets.get((k, b), 0.0))
        plain = _plain(scene, plan, way) if out.plain or patience.spent else None
        points, bends = (plain, False) if plain else _best(scene, plan, way, len(twins[min(u, v), max(u, v)]) > 1)
        if bends and not way.corridors:
            ways[k] = way
        if plain is None or plan.starts:  # among time steps there are rails, and places beside the ranks
            out.shut += scene.blocked(points, a, b, 1.0)
        if plain is None:
            out.beside += scene.crossed(points, a, b) >= ALONG
        scene.draw(k, points[::-1] if k in plan.flipped else points)
    out.beside += 0 if out.plain else alongside(list(drawn.values()), [scene.ends[k] for k in drawn])
    if not out.plain and not patience.spent:
        untie(scene, plan, ways)
        untangle(scene, plan)
        exchange(scene, plan, ways)
    for k, points in plan.rails.items():
        out.shut += scene.blocked(points, *scene.ends[k], 1.0)
    for k in plan.swings:
        if scene.crossed(scene.routes[k], *scene.ends[k], k) > scene.crossed(plan.rails[k], *scene.ends[k], k):
            scene.routes[k] = plan.rails[k]
    return out


def _short(plan: Plan, ends: Sequence[tuple[int, int]], twins: Mapping[tuple[int, int], Sequence[int]]) -> Pairs:
    """The ends, left to right, of the links that pass no rank and are the only ones between their ends."""
    return {
        k: (v, u) if k in plan.flipped else (u, v)
        for k, (u, v) in enumerate(ends)
        if u != v and twins.get((min(u, v), max(u, v))) == [k] and not plan.corridors.get(k)
    }


def _alike(plan: Plan, short: Pairs, clear: Mapping[int, list[Point]]) -> dict[int, list[Point]]:
    """Those of the `clear` lines between two ranks that all lines are clear between."""
    between = {k: (plan.extents[a], plan.extents[b]) for k, (a, b) in short.items()}
    shut = {ranks for k, ranks in between.items() if k not in clear}
    return {k: line for k, line in clear.items() if between[k] not in shut}


def _swung(scene: Scene, a: int, b: int, rail: list[Point], level: float) -> list[Point]:
    """An arc of that height instead of the rail, where there is one, and the ends are not far apart."""
    bow = arc(scene, a, b, level) if abs(scene.centres[b][0] - scene.centres[a][0]) < _FAR else None
    return rail if bow is None else bow[1]


def _plain(scene: Scene, plan: Plan, way: Way) -> list[Point] | None:
    """Straight from rank to rank, level inside them, where no box is; None where the ends stand in one rank."""
    a, b = way.a, way.b
    if a not in plan.extents or b not in plan.extents:
        return None
    begin, last = plan.extents[a][1] + CLEAR, plan.extents[b][0] - CLEAR
    if begin >= last:
        return None
    start, end = sides(scene, way)
    if scene.nodes[a].note is None and start[0] > begin - CLEAR - _STUB:
        begin = start[0]
    if scene.nodes[b].note is None and end[0] < last + CLEAR + _STUB:
        last = end[0]
    points = [start, (begin, start[1])] if begin > start[0] else [start]
    for x0, x1, y in (*[(x0 - CLEAR, x1 + CLEAR, y) for x0, x1, y in way.corridors], (last, end[0], end[1])):
        if len(points) > 1 and abs(y - points[-1][1]) < 1e-9:
            points[-1] = (x1, y)
        else:
            points += [(x0, y), (x1, y)] if x0 < x1 else [(x0, y)]
    return rounded(points, _ROUND) if len(scene.ends) <= HUGE else points


def _best(scene: Scene, plan: Plan, way: Way, several: bool) -> tuple[list[Point], bool]:
    """The cheapest line; whether it is one that bends."""
    a, b, corridors = way.a, way.b, way.corridors
    found: list[Line] = []
    if not several:
        in_rank = a in plan.extents and plan.extents[a] == plan.extents.get(b)
        line = straight(scene, a, b, first_clear=not corridors, upright=in_rank)
        if line is not None:
            if line[0] < length(line[1]) + 1:
                return line[1], False
            found.append(line)
    if corridors:
        ys = [y for _, _, y in corridors]
        middle = (scene.centres[a][1] + scene.centres[b][1]) / 2
        level = min(ys) if abs(min(ys) - middle) > abs(max(ys) - middle) else max(ys)
        bow = arc(scene, a, b, level)
        if bow is not None:
            beyond = max(abs(y - middle) for _, y in bow[1]) - abs(level - middle)
            found.append((bow[0] * 0.98 + max(0.0, beyond - _DEEP), bow[1]))
    bend = bent(scene, plan, way)
    if not scene.blocked(bend, a, b):
        turns = _LED if corridors else _BENT
        turns = 0.0 if plan.starts else turns  # time steps stand too close for many a straight line
        found.append((length(bend) * 1.03 + turns + CROSSING * scene.crossed(bend, a, b), bend))
    best = min(found, key=lambda f: f[0])[1] if found else bend
    for shift in _SHIFTS if corridors and scene.crossed(best, a, b) >= ALONG else ():
        shifted = [(x0, x1, y + shift) for x0, x1, y in corridors]
        aside = bent(scene, plan, Way(a, b, shifted, way.out + shift / 2, way.into + shift / 2))
        if not scene.blocked(aside, a, b) and scene.crossed(aside, a, b) < ALONG:
            return aside, False
    if not found or scene.crossed(best, a, b) >= ALONG:
        around = detour(scene, a, b)
        if around is not None and (not found or scene.crossed(around, a, b) < ALONG):
            return around, False
    return best, best is bend and not several


def _offsets(nodes: Sequence[Node], links: Sequence[Ends], plan: Plan) -> dict[tuple[int, int], float]:
    """Where the links leave and enter the left and right sides of their ends: spread, in the order of where they come
    from.
    """
    sides: dict[tuple[int, bool], list[tuple[float, int]]] = {}
    for k, (u, v, _) in enumerate(links):
        if u == v or k in plan.rails:
            continue
        a, b = (v, u) if k in plan.flipped else (u, v)
        way = plan.corridors.get(k)
        (ax, ay), (bx, by) = plan.centres[a], plan.centres[b]
        if abs(bx - ax) < 1.0:
            continue
        right = bx > ax
        sides.setdefault((a, right), []).append(((way[0][2] if way else by) - ay, k))
        sides.setdefault((b, not right), []).append(((way[-1][2] if way else ay) - by, k))
    out = {}
    for (i, _), ends in sides.items():
        if len(ends) == 1:
            continue
        ends.sort()
        step = min(14.0, 0.8 * nodes[i].h / len(ends))
        level = min(range(len(ends)), key=lambda e: (abs(ends[e][0]) > 2.0, abs(e - (len(ends) - 1) / 2)))
        centre = level if abs(ends[level][0]) <= 2.0 else (len(ends) - 1) / 2
        for e, (_, k) in enumerate(ends):
            out[k, i] = (e - centre) * step
    return out


def best_loop(scene: Scene, i: int, turn: int) -> list[Point]:
    """A loop at node `i` above or below it, where less is in its way."""
    loops = [loop(scene.nodes[i], scene.centres[i], turn, above) for above in (True, False)]
    return min(loops, key=lambda points: (scene.blocked(points, i, i), scene.crossed(points, i, i)))


def loop(node: Node, at: Point, turn: int, above: bool = True) -> list[Point]:
    """A loop above (or below) the node, from its right shoulder to its left; every further `turn` is a wider one."""
    way = -1 if above else 1
    dx = node.w * (0.22 + 0.08 * turn)
    a, b = cap(node.shape, node.w, node.h, above, dx), cap(node.shape, node.w, node.h, above, -dx)
    if node.shape == "diamond":
        a, b = side(node.shape, node.w, node.h, True, 0.0), side(node.shape, node.w, node.h, False, 0.0)
    p, q = (at[0] + a[0], at[1] + a[1]), (at[0] + b[0], at[1] + b[1])
    height = way * (46.0 + 20.0 * turn + node.h * 0.1)
    return [p, *cubic(p, (p[0] + 30, p[1] + height), (q[0] - 30, q[1] + height), q)]
