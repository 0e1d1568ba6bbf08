"""Frames: what stands around each call of a function, and where its name stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from graphviz_models.fold import called
from graphviz_models.formula import Formula, typeset
from graphviz_models.layout.grid import Grid
from graphviz_models.program import Program

from .body import Body
from .geometry import Rect, bounds, rects_overlap
from .marks import Point
from .places import Course, Plan, extent

NAME = 13.0  # font size
_AROUND = 10.0  # between what is framed and the frame
_CLOSER = (0.0, 2.0, 4.0, 6.0)  # by which a side comes nearer to what it frames, to be clear of texts
_ASIDE, _CLEAR = 7.0, 4.0  # between a name and its frame, and everything else
_NEARLY = 1.0  # between a side and what is not on it
_STEP = 10.0  # from one place for a name to the next one
_MOST = 60  # places that are tried


def groups_around(
    program: Program, bodies: Mapping[str, Body], corners: Mapping[str, Point], beside: Mapping[str, Rect]
) -> dict[str, Rect]:
    """A rectangle around each call of a function, of two nodes or more, by the group's id.

    All calls of a function have one or none has: a stranger in one of them would seem to belong to it. What a frame
    would cut is taken in where it feeds this call alone, in all calls alike.
    """
    members: dict[str, list[str]] = {}
    for equation in program.equations:
        if equation.groups and equation.name in bodies:
            members.setdefault(equation.groups[0], []).append(equation.name)
    if not members:
        return {}
    rects = {name: (*corners[name], one.width, one.height) for name, one in bodies.items()}
    found = {group: _around(names, bodies, corners, beside) for group, names in members.items()}
    own = {group: _fed_alone(program, names, bodies) for group, names in members.items()}
    unframed = {_function(group) for group, names in members.items() if len(names) < 2}
    cut = {
        _function(group)
        for group, around in found.items()
        if any(rects_overlap(rects[name], around, 0.0) for name in own[group])
    }
    for group, names in members.items():
        if _function(group) in cut:
            names += own[group]
            found[group] = _around(names, bodies, corners, beside)
    for group, names in members.items():
        boxes = bounds([p for name in names for p in extent(name, bodies, corners, {})])
        found[group] = _trimmed(found[group], boxes, [rect for name, rect in rects.items() if name not in names])
    for group, (x, y, width, height) in found.items():
        inside = {
            name
            for name, (left, top, wide, high) in rects.items()
            if x < left + wide / 2 < x + width and y < top + high / 2 < y + height
        }
        if not inside <= set(members[group]):
            unframed.add(_function(group))
    return {group: around for group, around in found.items() if _function(group) not in unframed}


def _fed_alone(program: Program, names: list[str], bodies: Mapping[str, Body]) -> list[str]:
    """The parameters of these nodes and of no others."""
    inside = set(names)
    read = dict.fromkeys(one for name in names for one in program.equation[name].reads)
    return [
        one
        for one in read
        if one in bodies and program.role(one) == "parameter" and inside.issuperset(program.consumers[one])
    ]


def _around(
    names: list[str], bodies: Mapping[str, Body], corners: Mapping[str, Point], beside: Mapping[str, Rect]
) -> Rect:
    left, top, width, height = bounds([p for name in names for p in extent(name, bodies, corners, beside)])
    return left - _AROUND, top - _AROUND, width + 2 * _AROUND, height + 2 * _AROUND


def _trimmed(frame: Rect, own: Rect, strangers: list[Rect]) -> Rect:
    """The frame with each side that a stranger is beyond half way between it and its `own` boxes, whose notes may then
    reach over the side.
    """
    for x, y, width, height in strangers:
        if not rects_overlap((x, y, width, height), frame, 0.0):
            continue
        left, top, right, bottom = frame[0], frame[1], frame[0] + frame[2], frame[1] + frame[3]
        gaps = [x - own[0] - own[2], own[0] - x - width, y - own[1] - own[3], own[1] - y - height]
        side = gaps.index(max(gaps))
        if gaps[side] <= 0.0:
            continue
        half = min(gaps[side] / 2, _AROUND)
        if side == 0:
            right = min(right, own[0] + own[2] + half)
        elif side == 1:
            left = max(left, own[0] - half)
        elif side == 2:
            bottom = min(bottom, own[1] + own[3] + half)
        else:
            top = max(top, own[1] - half)
        frame = left, top, right - left, bottom - top
    return frame


def _function(group: str) -> str:
    """The function that a group is a call of: cell of cell#2."""
    return group.rpartition("#")[0]


def name_of(group: str) -> Formula:
    """The name of a call, typeset: cell with its number."""
    function, _, number = group.rpartition("#")
    return typeset(called(function, int(number)), NAME, display=False)


def named(laid: Plan, program: Program, direction: str) -> Plan:
    """The plan with names for its frames: in the first place that is free in all frames of a function, in the frame or
    in a strip by which all of them grow; none where there is no such place.

    Frames also take in the edges that lead past some of their nodes to others.
    A side comes nearer to the nodes where a text would be on it.
    """
    if not laid.groups:
        return replace(laid, names={})
    laid = replace(laid, groups=_with_ways(laid, program, 0 if direction == "down" else 1))
    laid = replace(laid, groups=_clear_of_texts(laid))
    grid = Grid()
    for key, one in laid.bodies.items():
        grid.add_rect((*laid.corners[key], one.width, one.height), 0)
    for rect in laid.beside.values():
        grid.add_rect(rect, 0)
    for course in laid.courses:
        grid.add_line(course.points, 0)
        for line in course.lines:
            grid.add_rect(line.place, 0)
    names: dict[str, Rect] = {}
    groups = dict(laid.groups)
    for function in dict.fromkeys(map(_function, laid.groups)):
        calls = [group for group in laid.groups if _function(group) == function]
        for several in zip(*(_places(laid.groups[group], name_of(group)) for group in calls), strict=True):
            grown = [frame for _, frame in several]
            if all(grid.free(name, _CLEAR, _CLEAR) for name, _ in several) and not _in_the_way(laid, calls, grown):
                names |= {group: name for group, (name, _) in zip(calls, several, strict=True)}
                groups |= dict(zip(calls, grown, strict=True))
                break
    return replace(laid, groups=groups, names=names)


def _with_ways(laid: Plan, program: Program, across: int) -> dict[str, Rect]:
    """The frames, with the edges within them and those from what several of their nodes read, as far as they run beside
    the nodes; `across` is the axis across the drawing.
    """
    members: dict[str, set[str]] = {}
    for equation in program.equations:
        if equation.groups and equation.groups[0] in laid.groups:
            members.setdefault(equation.groups[0], set()).add(equation.name)
    home = {name: group for group, names in members.items() for name in names}
    courses: dict[str, list[Course]] = {}
    for course in laid.courses:
        if course.target in home:
            courses.setdefault(home[course.target], []).append(course)
    wider = dict(laid.groups)
    for group, several in courses.items():
        times = Counter(course.source for course in several)
        ways = [
            p[across]
            for course in several
            if course.source in members[group] or times[course.source] > 1
            for p in course.points
        ]
        if ways:
            rect = laid.groups[group]
            first = min(rect[across], min(ways) - _AROUND)
            far = max(rect[across] + rect[across + 2], max(ways) + _AROUND) - first
            wider[group] = (rect[0], first, rect[2], far) if across else (first, rect[1], far, rect[3])
    out = dict(laid.groups)
    for function in dict.fromkeys(map(_function, laid.groups)):
        calls = [group for group in laid.groups if _function(group) == function]
        if not _in_the_way(laid, calls, [wider[group] for group in calls]):
            out |= {group: wider[group] for group in calls}
    return out


def _clear_of_texts(laid: Plan) -> dict[str, Rect]:
    """The frames, with each side so far inwards, in all calls of a function alike, that no text is on it."""
    texts = [*laid.beside.values(), *(line.place for course in laid.courses for line in course.lines)]
    bodies = [(*laid.corners[key], one.width, one.height) for key, one in laid.bodies.items()]
    out = dict(laid.groups)
    for function in dict.fromkeys(map(_function, laid.groups)):
        calls = [group for group in laid.groups if _function(group) == function]
        for side in range(4):
            for by in _CLOSER:
                closer = {group: _closer(out[group], side, by) for group in calls}
                rims = [_sides(frame)[side] for frame in closer.values()]
                if any(_on(rims, rect) for rect in bodies):
                    break
                if not any(_on(rims, rect) for rect in texts):
                    out |= closer
                    break
    return out


def _closer(frame: Rect, side: int, by: float) -> Rect:
    """The frame with a side (the left, upper, right, lower one) moved inwards."""
    x, y, width, height = frame
    across, first = side % 2 == 0, by if side < 2 else 0.0
    return (x + first, y, width - by, height) if across else (x, y + first, width, height - by)


def _sides(frame: Rect) -> tuple[Rect, Rect, Rect, Rect]:
    """The left, upper, right and lower side."""
    x, y, width, height = frame
    return (x, y, 0.0, height), (x, y, width, 0.0), (x + width, y, 0.0, height), (x, y + height, width, 0.0)


def _on(sides: Sequence[Rect], rect: Rect) -> bool:
    """Whether a rectangle is on one of the sides of frames, or nearly."""
    return any(rects_overlap(rect, side, _NEARLY) for side in sides)


def _places(frame: Rect, name: Formula) -> Iterator[tuple[Rect, Rect]]:
    """Places for a name, with the frame as it is then: along its upper edge, its lower one, in a strip above, below."""
    x, y, width, height = frame
    strip = name.height + 2 * _CLEAR
    lower = y + height - name.height - _ASIDE
    for top, around in (
        (y + _ASIDE, frame),
        (lower, frame),
        (y - _CLEAR, (x, y - strip, width, height + strip)),
        (y + height - name.height + _CLEAR, (x, y, width, height + strip)),
    ):
        for k in range(_MOST):
            far = k * _STEP
            if far + name.width > width - 2 * _ASIDE:  # frames of several lengths have as many places
                far = 0.0
            yield (x + _ASIDE + far, top, name.width, name.height), around


def _in_the_way(laid: Plan, calls: list[str], frames: list[Rect]) -> bool:
    """Whether frames that have grown come to what stands outside of them."""
    for group, frame in zip(calls, frames, strict=True):
        if frame == laid.groups[group]:
            continue
        old = laid.groups[group]
        for key, one in laid.bodies.items():
            rect = (*laid.corners[key], one.width, one.height)
            if rects_overlap(rect, frame, 0.0) and not rects_overlap(rect, old, 0.0):
                return True
    return False
