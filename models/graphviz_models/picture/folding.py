"""Folded plans: what a fold takes in makes room for one box, and everything else moves by the common shift only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import hypot

from graphviz_models.fold import Fold, View
from graphviz_models.layout.grid import Grid
from graphviz_models.program import Program

from .body import Body
from .clipping import runs_through, until
from .foldbox import Folded, box_body, exits, filled, label, least_size
from .geometry import Rect, bounds, rects_overlap
from .marks import Point
from .places import Course, Plan, framed, groups_around
from .rerouting import rerouted
from .show import Show
from .squeeze import Interval, Squeeze, squeeze

_CLEAR = 5.0  # between a fold's box and what is not its own
_ABOUT = 8.0  # around a box and a text, which is not squeezed
_TRACK = 12.0  # on either side of a stretch of an edge that runs across
_TURN = 60.0  # what a turn of an edge costs, in points of length


@dataclass(frozen=True, eq=False)
class _Region:
    """A fold with the nodes that it hides, what leaves it, and the rectangle that they leave to its box."""

    fold: Fold
    hidden: tuple[str, ...]
    leaving: tuple[Body, ...]
    rect: Rect


def folded_plan(base: Plan, program: Program, seen: View, show: Show, direction: str) -> Plan:
    """The plan `base` with the boxes of folds in place of what they take in.

    A box stands where its nodes stood, the gaps before and after it stay as they were; only what it needs no longer
    along the direction of the drawing is taken out. Where something else stands or runs between its nodes, it is
    smaller, and its edges are drawn anew.
    """
    regions = [_region(base, program, fold, seen) for fold in seen.boxes.values()]
    regions = [one for one in regions if one.hidden]
    home = {node: one.fold.id for one in regions for node in one.hidden}
    rects: dict[str, Rect] = {}
    cramped = []
    routes = {c.id: _ends(c, home) for c in base.courses}
    for one in regions:
        rect = _roomy(one, base, home, routes, rects)
        if rect is None:
            cramped.append(one)
        else:
            rects[one.fold.id] = rect
    courses = _merged(base.courses, routes, rects)
    axis = 1 if direction == "down" else 0
    along = _squeeze(base, home, courses, regions, rects, axis)
    bodies = {name: one for name, one in base.bodies.items() if name not in home}
    laid = _moved(base, bodies, courses, along, axis)
    rects = {key: _rect_moved(rect, along, axis) for key, rect in rects.items()}
    for one in cramped:
        rects[one.fold.id] = _place(one, laid, rects, along, axis)
    boxes = [_box(one, base, rects[one.fold.id]) for one in regions]
    corners = {**laid.corners, **{key: (x, y) for key, (x, y, _, _) in rects.items()}}
    laid = replace(
        laid,
        bodies={**bodies, **{one.fold.id: body for one, (body, _) in zip(regions, boxes, strict=True)}},
        corners=corners,
        folded={one.fold.id: content for one, (_, content) in zip(regions, boxes, strict=True)},
        groups=groups_around(program, bodies, laid.corners, laid.beside),
    )
    if cramped:
        laid = rerouted(laid, laid.corners, direction, {one.fold.id for one in cramped})
    return framed(_counted(laid), show)


def _region(base: Plan, program: Program, fold: Fold, seen: View) -> _Region:
    hidden = tuple(node for node in fold.members if seen.hidden.get(node) == fold.id and node in base.bodies)
    leaving = tuple(base.bodies[node] for node in exits(program, fold, base.bodies))
    rects = [(*base.corners[node], base.bodies[node].width, base.bodies[node].height) for node in hidden]
    corners = [corner for x, y, w, h in rects for corner in ((x, y), (x + w, y + h))]
    rect = bounds(corners) if corners else (0.0, 0.0, 0.0, 0.0)
    return _Region(fold, hidden, leaving, rect)


def _ends(course: Course, home: Mapping[str, str]) -> tuple[str, str]:
    return home.get(course.source, course.source), home.get(course.target, course.target)


def _roomy(
    one: _Region,
    base: Plan,
    home: Mapping[str, str],
    routes: Mapping[str, tuple[str, str]],
    taken: Mapping[str, Rect],
) -> Rect | None:
    """The rectangle of all that is hidden, taller where the label asks for it; None where it is not free."""
    x, y, width, height = one.rect
    needed = least_size(one.fold, one.leaving)
    above = [body for body in one.leaving if base.corners[body.node][1] < y + label(one.fold).height + 12]
    rise = label(one.fold).height + 12 if above else 0.0
    short = max(0.0, needed[1] - height - rise) if one.fold.kind == "span" else 0.0
    standing = [
        (*base.corners[name], body.width, body.height) for name, body in base.bodies.items() if name not in home
    ]
    standing += [rect for name, rect in base.beside.items() if name not in home]
    standing += taken.values()
    for up, more in ((rise, 0.0), (0.0, rise), (0.0, 0.0)):
        rect = (x, y - up - short / 2, width, height + up + more + short)
        if any(rects_overlap(rect, other, _CLEAR) for other in standing):
            continue
        if all(
            one.fold.id in routes[course.id] or not runs_through(course.points, rect, _CLEAR)
            for course in base.courses
            if routes[course.id][0] != routes[course.id][1]
        ):
            return rect
    return None


def _merged(
    courses: Iterable[Course], routes: Mapping[str, tuple[str, str]], rects: Mapping[str, Rect]
) -> list[Course]:
    """One course for all edges between the same two boxes, the shortest and straightest of theirs."""
    several: dict[tuple[str, str], list[Course]] = {}
    for course in courses:
        a, b = routes[course.id]
        if a != b:
            several.setdefault((a, b), []).append(course)
    made = []
    for (a, b), same in several.items():
        if (a, b) == (same[0].source, same[0].target):
            made.append(same[0])
            continue
        clipped = []
        for course in same:
            points = course.points
            if b in rects:
                points = until(points, rects[b])
            if a in rects:
                points = until(points[::-1], rects[a])[::-1]
            clipped.append(points)
        best = min(range(len(same)), key=lambda k: _cost(clipped[k]))
        lines = same[0].lines if len(same) == 1 and _clear(same[0], rects.values()) else ()
        edges = tuple((one.source, one.target) for one in same)
        made.append(Course(f"{a}→{b}", a, b, clipped[best], lines, crossed=same[0].crossed, merged=edges))
    return made


def _cost(points: Sequence[Point]) -> float:
    length = sum(hypot(q[0] - p[0], q[1] - p[1]) for p, q in pairwise(points))
    ways = [(q[0] - p[0], q[1] - p[1]) for p, q in pairwise(points)]
    turns = sum(1.0 - max(0.0, (u[0] * v[0] + u[1] * v[1]) / (hypot(*u) * hypot(*v) or 1.0)) for u, v in pairwise(ways))
    return length + _TURN * turns


def _clear(course: Course, rects: Iterable[Rect]) -> bool:
    return not any(rects_overlap(line.place, rect) for line in course.lines for rect in rects)


def _squeeze(
    base: Plan,
    home: Mapping[str, str],
    courses: Iterable[Course],
    regions: Iterable[_Region],
    rects: Mapping[str, Rect],
    axis: int,
) -> Squeeze:
    held: list[Interval] = []
    for name, body in base.bodies.items():
        if name not in home:
            start = base.corners[name][axis]
            held.append((start - _ABOUT, start + (body.width, body.height)[axis] + _ABOUT))
            if name in base.beside:
                rect = base.beside[name]
                held.append((rect[axis] - _ABOUT, rect[axis] + rect[axis + 2] + _ABOUT))
    for course in courses:
        held += [(line.place[axis] - _ABOUT, line.place[axis] + line.place[axis + 2] + _ABOUT) for line in course.lines]
        for p, q in pairwise(course.points):
            if abs(q[1 - axis] - p[1 - axis]) > max(1.0, 2.0 * abs(q[axis] - p[axis])):
                held.append((min(p[axis], q[axis]) - _TRACK, max(p[axis], q[axis]) + _TRACK))
    wanted = [
        ((rects[one.fold.id][axis], rects[one.fold.id][axis] + rects[one.fold.id][axis + 2]), _needed(one, axis))
        for one in regions
        if one.fold.id in rects
    ]
    return squeeze(wanted, held)


def _needed(one: _Region, axis: int) -> float:
    return least_size(one.fold, one.leaving)[axis]


def _moved(base: Plan, bodies: Mapping[str, Body], courses: Iterable[Course], along: Squeeze, axis: int) -> Plan:
    """The plan without what is hidden, squeezed."""

    def point(p: Point) -> Point:
        return (along(p[0]), p[1]) if axis == 0 else (p[0], along(p[1]))

    corners = {name: point(base.corners[name]) for name in bodies}
    beside = {name: (*point(rect[:2]), *rect[2:]) for name, rect in base.beside.items() if name in bodies}
    moved = tuple(
        replace(
            one,
            points=tuple(map(point, one.points)),
            lines=tuple(replace(line, place=(*point(line.place[:2]), *line.place[2:])) for line in one.lines),
        )
        for one in courses
    )
    return replace(base, bodies=bodies, corners=corners, beside=beside, courses=moved, groups={})


def _rect_moved(rect: Rect, along: Squeeze, axis: int) -> Rect:
    start, end = along(rect[axis]), along(rect[axis] + rect[axis + 2])
    return (start, rect[1], end - start, rect[3]) if axis == 0 else (rect[0], start, rect[2], end - start)


def _place(one: _Region, laid: Plan, taken: Mapping[str, Rect], along: Squeeze, axis: int) -> Rect:
    """A free place for a box that cannot have the room of all that it takes in, as near as may be to their middle."""
    grid = Grid()
    for name, body in laid.bodies.items():
        grid.add_rect((*laid.corners[name], body.width, body.height), 0)
    for rect in (*laid.beside.values(), *taken.values()):
        grid.add_rect(rect, 0)
    for course in laid.courses:
        if one.fold.id not in (course.source, course.target):
            grid.add_line(course.points, 0)
    x, y, width, height = _rect_moved(one.rect, along, axis)
    found = []
    for size in (least_size(one.fold, one.leaving), least_size(one.fold, one.leaving[-1:]), least_size(one.fold, ())):
        for ring in range(60):
            for k in range(-ring, ring + 1):
                for dx, dy in ((k, -ring), (k, ring), (-ring, k), (ring, k)):
                    left, top = x + width / 2 + 10 * dx - size[0] / 2, y + height / 2 + 10 * dy - size[1] / 2
                    if grid.free((left, top, *size), _ABOUT, _CLEAR):
                        found.append((left, top, *size))
                        break
                if found:
                    break
            if found:
                return found[0]
    return (x + width / 2, y + height / 2, *least_size(one.fold, ()))


def _box(one: _Region, base: Plan, rect: Rect) -> tuple[Body, Folded]:
    middles = [(body, base.corners[body.node][1] + body.height / 2 - rect[1]) for body in one.leaving]
    content = filled(one.fold, rect[2:], middles)
    return box_body(one.fold, rect[2:], content.title), content


def _counted(laid: Plan) -> Plan:
    """The plan with what its edges share at their ends seen anew."""
    ends = Counter((one.target, *map(round, one.points[-1])) for one in laid.courses)
    courses = tuple(
        replace(one, merges=ends[one.target, round(one.points[-1][0]), round(one.points[-1][1])] > 1)
        for one in laid.courses
    )
    return replace(laid, courses=courses)
