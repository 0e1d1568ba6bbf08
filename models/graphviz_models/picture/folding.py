"""Folded plans: what a fold takes in makes room for one box, and everything else moves by the common shift only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import hypot

from graphviz_models.fold import View
from graphviz_models.layout.grid import Grid
from graphviz_models.layout.nodes import hits
from graphviz_models.program import Program

from .body import Body
from .clipping import sharp, smooth, turning_off, until
from .foldbox import Folded, box_body, filled, least_size
from .frames import groups_around, named
from .geometry import Rect, rects_overlap
from .marks import Point
from .narrowing import narrowed
from .places import Course, Plan, framed
from .regions import Region, free_rect, region
from .regrouped import regrouped_plan, scattered, uneven
from .rerouting import drawn_anew
from .show import Show
from .squeeze import Interval, Squeeze, squeeze

_ABOUT = 8.0  # around a box and a text, which is not squeezed
_TRACK = 12.0  # on either side of a stretch of an edge that runs across
_KINK = 0.65  # cosine of an angle by which no edge turns at one point
_TOUCH = 2.0  # of an edge and a box
_TURN, _BENT = 60.0, 10.0  # what a turn of an edge costs, in points of length, and each point that is squeezed


def folded_plan(base: Plan, program: Program, seen: View, show: Show, direction: str) -> Plan:
    """The plan `base` with the boxes of folds in place of what they take in.

    A box stands where its nodes stood; only what it and they need no longer along the direction of the drawing is taken
    out. Where something else stands or runs between its nodes, it stands in place of those that lie closest together,
    and the edges of the others are drawn anew; where nothing but groups is folded, everything is laid out anew, and so
    it is where boxes of several steps would be of several lengths.
    """
    axis = 1 if direction == "down" else 0
    regions = [one for fold in seen.boxes.values() if (one := region(base, program, fold, seen)).hidden]
    home = {node: one.fold.id for one in regions for node in one.hidden}
    ends = {c.id: (home.get(c.source, c.source), home.get(c.target, c.target)) for c in base.courses}
    rects: dict[str, Rect] = {}
    for one in regions:
        rects[one.fold.id] = free_rect(one, base, home, ends, rects, axis)
    edges = _edges(program, seen)
    courses, homeless = _merged(base, edges, home, ends, rects, axis)
    along = _squeeze(base, home, courses, regions, rects, axis)
    rooms = {key: _rect_moved(rect, along, axis) for key, rect in rects.items()}
    apart = all(one.fold.kind == "group" for one in regions) and any(
        scattered(base, one, rects[one.fold.id]) for one in regions
    )
    if apart or (all(one.fold.kind != "span" for one in regions) and uneven(program, regions, rooms, axis)):
        return regrouped_plan(base, program, seen, regions, edges, show, direction)
    bodies = {name: one for name, one in base.bodies.items() if name not in home}
    laid = _moved(base, bodies, courses, along, axis)
    laid, rooms = narrowed(regions, base, laid, rooms, 1 - axis)
    boxes = [_box(one, base, rooms[one.fold.id]) for one in regions]
    laid = replace(
        laid,
        bodies={**bodies, **{one.fold.id: body for one, (body, _) in zip(regions, boxes, strict=True)}},
        corners={**laid.corners, **{key: (x, y) for key, (x, y, _, _) in rooms.items()}},
        folded={one.fold.id: content for one, (_, content) in zip(regions, boxes, strict=True)},
        groups=groups_around(program, bodies, laid.corners, laid.beside),
    )
    laid = _uncovered(laid, rooms.values())
    return framed(named(_counted(drawn_anew(laid, homeless | _blocked(laid))), program, direction), show)


def _uncovered(laid: Plan, rooms: Iterable[Rect]) -> Plan:
    """The plan without the derivatives that a box of a fold, which is larger than what it has taken in, lies on."""
    grid = Grid()
    for rect in rooms:
        grid.add_rect(rect, 0)
    courses = tuple(
        one
        if all(grid.free(line.place, 0.0, 0.0) for line in one.lines)
        else replace(one, lines=tuple(line for line in one.lines if line.node))
        for one in laid.courses
    )
    return replace(laid, courses=courses)


def _blocked(laid: Plan) -> set[str]:
    """The edges that run through a box or over another's label, or turn back sharply, where what was taken out has bent
    them.
    """
    grid, names = Grid(), list(laid.bodies)
    for number, name in enumerate(names):
        grid.add_rect((*laid.corners[name], laid.bodies[name].width, laid.bodies[name].height), number)
    ends: list[tuple[str, ...]] = [(name,) for name in names]
    for one in laid.courses:
        for line in one.lines:
            grid.add_rect(line.place, len(ends))
            ends.append((one.source, one.target))
    through = {
        one.id
        for one in laid.courses
        for p, q in pairwise(one.points)
        for rect, number in grid.rects_near(p, q)
        if not {*ends[number]} <= {one.source, one.target} and hits(p, q, rect, _TOUCH if number < len(names) else 0.0)
    }
    return through | {one.id for one in laid.courses if sharp(one.points, _KINK)}


def _edges(program: Program, seen: View) -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    """The edges of the program by the boxes that they are drawn between."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for equation in program.equations:
        for read in equation.reads:
            found.setdefault((seen.box(read), seen.box(equation.name)), []).append((read, equation.name))
    return {ends: tuple(several) for ends, several in found.items()}


def _merged(
    base: Plan,
    edges: Mapping[tuple[str, str], tuple[tuple[str, str], ...]],
    home: Mapping[str, str],
    ends: Mapping[str, tuple[str, str]],
    rects: Mapping[str, Rect],
    axis: int,
) -> tuple[list[Course], set[str]]:
    """One course for all edges between the same two boxes, the shortest and straightest of theirs.

    With them come the ids of those that do not reach their boxes.
    """
    several: dict[tuple[str, str], list[Course]] = {}
    for course in base.courses:
        a, b = ends[course.id]
        if a != b:
            several.setdefault((a, b), []).append(course)
    made: list[Course] = []
    lost: list[Course] = []
    for (a, b), same in several.items():
        if (a, b) == (same[0].source, same[0].target):
            made.append(same[0])
            continue
        clipped = [points for one in same if (points := _clipped(one.points, rects.get(a), rects.get(b))) is not None]
        squeezed = [(rects[key][axis], rects[key][axis] + rects[key][axis + 2]) for key in (a, b) if key in rects]
        costs = [_cost(points, squeezed, axis) for points in clipped]
        points = clipped[costs.index(min(costs))] if clipped else same[0].points
        lines = same[0].lines if len(same) == 1 and clipped and _clear(same[0], rects.values()) else ()
        made.append(Course(f"{a}→{b}", a, b, points, lines, crossed=same[0].crossed, merged=edges[a, b]))
        if not clipped:
            lost.append(made[-1])
    grid = Grid()
    for name, body in base.bodies.items():
        for rect in [
            (*base.corners[name], body.width, body.height),
            *([base.beside[name]] if name in base.beside else []),
        ]:
            if name not in home:
                grid.add_rect(rect, 0)
    for rect in rects.values():
        grid.add_rect(rect, 0)
    found = {one.id: points for k, one in enumerate(lost) if (points := _turned_off(one, rects, grid, k, len(lost)))}
    made = [replace(one, points=found.get(one.id, one.points)) for one in made]
    return made, {one.id for one in lost} - found.keys()


def _turned_off(
    one: Course, rects: Mapping[str, Rect], grid: Grid, number: int, count: int
) -> tuple[Point, ...] | None:
    """The course from the route that it had to the box of a fold, where one of its ends is the box of one."""
    if (one.source in rects) == (one.target in rects):
        return None
    key = one.target if one.target in rects else one.source
    points = one.points if key == one.target else one.points[::-1]

    def clear(p: Point, q: Point) -> bool:
        return not any(hits(p, q, rect, 4.0) for rect, _ in grid.rects_near(p, q) if rect != rects[key])

    found = turning_off(points, rects[key], (number + 1) / (count + 1), clear)
    return found if found is None or key == one.target else found[::-1]


def _clipped(points: Sequence[Point], first: Rect | None, second: Rect | None) -> tuple[Point, ...] | None:
    """A route from the rim of one rectangle to that of another; None where it does not come to them."""
    found: tuple[Point, ...] | None = tuple(points)
    if second is not None:
        found = until(points, second)
    if first is not None and found is not None:
        back = until(found[::-1], first)
        found = None if back is None else back[::-1]
    return found


def _cost(points: Sequence[Point], squeezed: Iterable[Interval], axis: int) -> float:
    """What is to be said against a route: its length, its turns, and what of it will be squeezed."""
    length = sum(hypot(q[0] - p[0], q[1] - p[1]) for p, q in pairwise(points))
    ways = [(q[0] - p[0], q[1] - p[1]) for p, q in pairwise(points)]
    turns = sum(1.0 - max(0.0, (u[0] * v[0] + u[1] * v[1]) / (hypot(*u) * hypot(*v) or 1.0)) for u, v in pairwise(ways))
    bent = 0.0
    for start, end in squeezed:
        for p, q in pairwise(points):
            low, high = sorted((p[axis], q[axis]))
            bent += max(0.0, min(high, end) - max(low, start))
    return length + _TURN * turns + _BENT * bent


def _clear(course: Course, rects: Iterable[Rect]) -> bool:
    return not any(rects_overlap(line.place, rect) for line in course.lines for rect in rects)


def _squeeze(
    base: Plan,
    home: Mapping[str, str],
    courses: Iterable[Course],
    regions: Iterable[Region],
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
    wanted = []
    for one in regions:
        rect = rects[one.fold.id]
        wanted.append(((rect[axis], rect[axis] + rect[axis + 2]), least_size(one.fold, one.leaving, rect[2:])[axis]))
    return squeeze(wanted, held, [stretch for one in regions for stretch in _vacant(base, one, rects, axis)])


def _vacant(base: Plan, one: Region, rects: Mapping[str, Rect], axis: int) -> list[Interval]:
    """What the nodes of a fold leave before and after its box."""
    ends = [(base.corners[node][axis], base.bodies[node]) for node in one.hidden]
    first, last = min(at for at, _ in ends), max(at + (body.width, body.height)[axis] for at, body in ends)
    start, end = rects[one.fold.id][axis], rects[one.fold.id][axis] + rects[one.fold.id][axis + 2]
    return [(a, b) for a, b in ((first, start), (end, last)) if a < b]


def _moved(base: Plan, bodies: Mapping[str, Body], courses: Iterable[Course], along: Squeeze, axis: int) -> Plan:
    """The plan without what is hidden, squeezed."""

    def point(p: Point) -> Point:
        return (along(p[0]), p[1]) if axis == 0 else (p[0], along(p[1]))

    corners = {name: point(base.corners[name]) for name in bodies}
    beside = {name: (*point(rect[:2]), *rect[2:]) for name, rect in base.beside.items() if name in bodies}
    moved = tuple(
        replace(
            one,
            points=smooth([point(p) for p in one.points]),
            lines=tuple(replace(line, place=(*point(line.place[:2]), *line.place[2:])) for line in one.lines),
        )
        for one in courses
    )
    return replace(base, bodies=bodies, corners=corners, beside=beside, courses=moved, groups={})


def _rect_moved(rect: Rect, along: Squeeze, axis: int) -> Rect:
    start, end = along(rect[axis]), along(rect[axis] + rect[axis + 2])
    return (start, rect[1], end - start, rect[3]) if axis == 0 else (rect[0], start, rect[2], end - start)


def _box(one: Region, base: Plan, rect: Rect) -> tuple[Body, Folded]:
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
