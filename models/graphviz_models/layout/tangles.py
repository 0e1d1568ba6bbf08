"""Tangles: links that cross others, or end where they do, as they come to a node: drawn to other places on its rim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import dist, hypot

from graphviz_models.layout.bends import Way, bent
from graphviz_models.layout.curves import rounded, through
from graphviz_models.layout.flow import Corridor
from graphviz_models.layout.lines import between
from graphviz_models.layout.parts import Point
from graphviz_models.layout.rims import cap, side
from graphviz_models.layout.rows import Plan
from graphviz_models.layout.scene import ALONG, Scene, cross, crossing

_TURN, _APART = 30.0, 4.0  # the radius of the bend onto a cap; between two ends of links
_TIED, _NEAR = 10.0, 110.0  # ends nearer than that share an arrowhead; around a node, where links to it come together
_MANY = 30  # links at the ends of one: there they share arrowheads wherever they go
_SHIFTS = (7.0, -7.0, 14.0, -14.0, 21.0, -21.0, 28.0, -28.0)  # of ends along the sides of nodes
_TURNS, _LOOKED = 3, 4  # in which links that cross are drawn to other places; of these that are clear, so many at most
_SAME = 0.5  # between points where lines meet that end there

Extent = tuple[float, float, float, float]  # left, right, top, bottom of a line


def untie(scene: Scene, plan: Plan, ways: Mapping[int, Way]) -> None:
    """Bent links that meet others shortly before a node get other places on the sides of their ends, where they meet
    fewer, unless very many end there.
    """
    degree = Counter(node for ends in scene.ends for node in ends)
    for k, way in ways.items():
        if degree[way.a] + degree[way.b] > _MANY:
            continue
        now = scene.routes[k][::-1] if k in plan.flipped else scene.routes[k]
        near = _neighbours(scene, plan, k, way)
        fewest = _tied(scene, now, near)
        if not fewest:
            continue
        crossed = scene.crossed(now, way.a, way.b, k)
        for out, into in [*((0.0, s) for s in _SHIFTS), *((s, 0.0) for s in _SHIFTS), *((s, s) for s in _SHIFTS)]:
            line = bent(scene, plan, Way(way.a, way.b, way.corridors, way.out + out, way.into + into))
            found = _tied(scene, line, near)
            if found >= fewest or scene.blocked(line, way.a, way.b):
                continue
            if scene.crossed(line, way.a, way.b, k) <= crossed:
                fewest, now = found, line
                if not fewest:
                    break
        scene.routes[k] = now[::-1] if k in plan.flipped else now


def _neighbours(scene: Scene, plan: Plan, k: int, way: Way) -> list[tuple[bool, list[Point]]]:
    """The last parts of other links at the ends of a link, ending there: at its beginning, at its end."""
    out = []
    for o, ends in enumerate(scene.ends):
        if o == k or o in plan.rails or ends[0] == ends[1]:
            continue
        for first, node in ((True, way.a), (False, way.b)):
            if node in ends and scene.nodes[node].shape != "diamond":
                line = scene.routes[o]
                out.append((first, _tail(scene, line if ends[1] == node else line[::-1], node)))
    return out


def _tail(scene: Scene, line: Sequence[Point], i: int) -> list[Point]:
    """The part of a line to node `i` that lies near it."""
    x, y, w, h = scene.nodes[i].box(scene.centres[i])
    last = len(line) - 1
    while last > 0:
        last -= 1
        if not (x - _NEAR < line[last][0] < x + w + _NEAR and y - _NEAR < line[last][1] < y + h + _NEAR):
            break
    return list(line[last:])


def _tied(scene: Scene, line: Sequence[Point], near: Sequence[tuple[bool, list[Point]]]) -> int:
    """How many of the links `near` its ends a line crosses there, or ends beside; those that end where it does count
    twice.
    """
    found = 0
    for first, other in near:
        own = line[::-1] if first else line
        apart = dist(own[-1], other[-1])
        found += apart < _TIED or crossing(own, other)
        found += apart < _APART
    return found


def exchange(scene: Scene, plan: Plan, ways: Mapping[int, Way]) -> None:
    """Links that cross others with which they have an end in common, or end where they do, exchange their places on its
    rim, or one of them gets another place: where nothing is in the way of that, and fewer links cross then.
    """
    at: dict[int, list[int]] = {}
    for k, (u, v) in enumerate(scene.ends):
        if k not in plan.rails and u != v:
            at.setdefault(u, []).append(k)
            at.setdefault(v, []).append(k)
    extents: dict[int, Extent] = {}
    tried: dict[tuple[int, int, int], tuple[Sequence[Point], Sequence[Point]]] = {}
    for _ in range(_TURNS):
        changed = False
        for i, links in at.items():
            for k, o in combinations(links, 2) if len(links) <= _MANY else ():
                lines = scene.routes[k], scene.routes[o]
                if tried.get((i, k, o)) == lines:
                    continue
                tried[i, k, o] = lines
                if any(_met(scene, k, o, *lines)):
                    extents = extents or {n: _extent(line) for n, line in scene.routes.items()}
                    found = _exchanged(scene, plan, ways, extents, i, k, o)
                    scene.routes.update(found)
                    extents.update((n, _extent(line)) for n, line in found.items())
                    changed |= bool(found)
        if not changed:
            break


def _exchanged(
    scene: Scene, plan: Plan, ways: Mapping[int, Way], extents: Mapping[int, Extent], i: int, k: int, o: int
) -> dict[int, list[Point]]:
    """One or both of two links that cross, and end at node `i`, drawn in another way; nothing where there is none."""
    left = _LOOKED
    for lines in _otherwise(scene, plan, ways, i, k, o):
        now = {n: scene.routes[n] for n in (k, o)}
        if any(_met(scene, k, o, *(now | lines).values())) or any(_shut(scene, n, line) for n, line in lines.items()):
            continue
        if _count(scene, extents, lines, now | lines) < _count(scene, extents, lines, now):
            return lines
        left -= 1
        if not left:
            break
    return {}


def _shut(scene: Scene, k: int, line: Sequence[Point]) -> bool:
    a, b = scene.ends[k]
    return scene.blocked(line, a, b) or scene.crossed(line, a, b, k) >= ALONG


def _otherwise(
    scene: Scene, plan: Plan, ways: Mapping[int, Way], i: int, k: int, o: int
) -> Iterator[dict[int, list[Point]]]:
    """Two links with their places at node `i` exchanged; then one of them straight to other places."""
    ends = [0 if scene.ends[n][0] == i else -1 for n in (k, o)]
    first, second = (scene.routes[n][end] for n, end in zip((k, o), ends, strict=True))
    if all(n in ways or len(scene.routes[n]) == 2 for n in (k, o)):
        yield {
            n: _moved(scene, plan, ways, n, end, to) for n, end, to in zip((k, o), ends, (second, first), strict=True)
        }
    for n in (k, o):
        if len(scene.routes[n]) == 2:
            a, b = scene.ends[n]
            obstacles = scene.between(a, b)
            for _, line in between(scene.nodes[a], scene.nodes[b], scene.centres[a], scene.centres[b]):
                if not scene.struck(line[0], line[1], obstacles):
                    yield {n: line}


def _moved(scene: Scene, plan: Plan, ways: Mapping[int, Way], k: int, end: int, to: Point) -> list[Point]:
    """A link with one of its ends in another place: straight if it is so, else bent as before."""
    line = list(scene.routes[k])
    line[end] = to
    if len(line) == 2:
        return line
    way = ways[k]
    out, into = (line[0][1], line[-1][1]) if k not in plan.flipped else (line[-1][1], line[0][1])
    line = bent(scene, plan, replace(way, out=out - scene.centres[way.a][1], into=into - scene.centres[way.b][1]))
    return line[::-1] if k in plan.flipped else line


def _met(scene: Scene, k: int, o: int, line: Sequence[Point], other: Sequence[Point]) -> tuple[int, int]:
    """Whether two links cross, and whether they share an arrowhead."""
    near, tied = _APART, False
    (a, b), (c, d) = scene.ends[k], scene.ends[o]
    for node, (x, y) in ((a, line[0]), (b, line[-1])):
        for same, (r, t) in ((c, other[0]), (d, other[-1])):
            if node == same and abs(x - r) < _APART and abs(y - t) < _APART:
                near = min(near, hypot(x - r, y - t))
                tied |= near < _APART and scene.nodes[node].shape != "diamond"
    straight = len(line) == len(other) == 2
    crossed = near > _SAME and (cross(*line, *other) if straight else crossing(line, other))
    return int(crossed), int(tied)


def _extent(line: Sequence[Point]) -> Extent:
    xs, ys = zip(*line, strict=True)
    return min(xs), max(xs), min(ys), max(ys)


def _count(
    scene: Scene, extents: Mapping[int, Extent], among: Iterable[int], lines: Mapping[int, Sequence[Point]]
) -> tuple[int, int]:
    """How many links cross one `among` two that are drawn as these lines, and how many share an arrowhead with it."""
    crossed = tied = 0
    extents = {**extents, **{k: _extent(line) for k, line in lines.items()}}
    for k in among:
        left, right, top, bottom = extents[k]
        for o, (x0, x1, y0, y1) in extents.items():
            if x0 <= right and x1 >= left and y0 <= bottom and y1 >= top and o != k:
                found = _met(scene, k, o, lines[k], lines.get(o, scene.routes[o]))
                crossed, tied = crossed + found[0], tied + found[1]
    return crossed, tied


def untangle(scene: Scene, plan: Plan) -> None:
    """Long links that cross others as they come to their end from above or below are drawn straight onto its cap."""
    groups: dict[tuple[int, bool], list[tuple[float, int]]] = {}
    for k, corridors in plan.corridors.items():
        a, b = scene.ends[k][::-1] if k in plan.flipped else scene.ends[k]
        if corridors and k not in plan.rails and a != b:
            depth = corridors[-1][2] - scene.centres[b][1]
            groups.setdefault((b, depth > 0), []).append((abs(depth), k))
    for (b, _), group in groups.items():
        now = {k: scene.routes[k] for _, k in group}
        if not _tangles(scene, now, [o for o, ends in enumerate(scene.ends) if b in ends], b):
            continue
        lines: dict[int, list[Point]] = {}
        for turn, (_, k) in enumerate(sorted(group)):
            share = 0.44 * ((turn + 0.5) / len(group) - 0.5)
            start = scene.routes[k][-1 if k in plan.flipped else 0]
            a = sum(scene.ends[k]) - b
            off = plan.corridors[k][0][2] - scene.centres[a][1]
            if abs(off) < 0.4 * scene.nodes[a].h:  # level with the first corridor, whatever it was drawn like
                dx, dy = side(scene.nodes[a].shape, scene.nodes[a].w, scene.nodes[a].h, True, off)
                start = scene.centres[a][0] + dx, scene.centres[a][1] + dy
            line = _turned(scene, start, plan.corridors[k], b, share)
            if line is None or scene.blocked(line, a, b) or scene.crossed(line, a, b, k) >= ALONG:
                break
            lines[k] = line
        else:
            last = min(plan.corridors[k][-1][1] for k in lines)
            tails = [{k: [p for p in line if p[0] >= last] for k, line in some.items()} for some in (now, lines)]
            ends = [p for some in tails for line in some.values() for p in line]
            (left, right), (top, bottom) = ((min(at), max(at)) for at in zip(*ends, strict=True))
            near = {link for _, _, link in scene.segments_in((left, top, right - left, bottom - top))}
            if _tangles(scene, tails[0], near, b) > _tangles(scene, tails[1], near, b):
                scene.routes.update((k, line[::-1] if k in plan.flipped else line) for k, line in lines.items())


def _tangles(scene: Scene, lines: Mapping[int, Sequence[Point]], among: Iterable[int], b: int) -> int:
    """How often one of the `lines` crosses another route `among` these, or ends in one point with it at node `b`."""
    found = 0
    for k, line in lines.items():
        for o in among:
            if o == k or (o in lines and o < k):
                continue
            other = lines.get(o, scene.routes[o])
            together = (
                b in scene.ends[o]
                and min(dist(p, q) for p in (line[0], line[-1]) for q in (other[0], other[-1])) < _APART
            )
            found += together or crossing(line, other)
    return found


def _turned(scene: Scene, start: Point, corridors: Sequence[Corridor], b: int, share: float) -> list[Point] | None:
    """Level through the corridors as far as above (or below) node `b`, and straight down (or up) onto its cap."""
    node, (x, y) = scene.nodes[b], scene.centres[b]
    _, last, level = corridors[-1]
    dx, dy = cap(node.shape, node.w, node.h, level < y, share * node.w)
    if x + dx < last + _TURN or abs(level - y) < node.h / 2 + _TURN:
        return None
    line = through(start, corridors, (last, level))
    return [*line, *rounded([(last, level), (x + dx, level), (x + dx, y + dy)], _TURN)[1:]]
