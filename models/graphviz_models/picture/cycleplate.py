"""The plate of a folded recurrence: the frame around what returns at every step, titled with the step that is shown."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import pairwise
from math import hypot

from graphviz_models.formula import typeset
from graphviz_models.layout.grid import Grid
from graphviz_models.layout.scene import crossing

from .clipping import runs_through
from .cyclemarks import TITLE, turn_latex
from .geometry import Rect, bounds, rects_overlap
from .marks import Point
from .places import Course, Plan
from .rerouting import rerouted

_AROUND, _STRIP = 14.0, 12.0  # from the rim to what is on the plate, around its title
_ROUNDS = 4
_OFF = 7.0  # between the title and an edge that it stands along
_CLEAR = 8.0  # between the plate and what stands outside


def on_plate(laid: Plan, within: AbstractSet[str], direction: str, *, held: bool = False) -> Plan:
    """The plan with a plate under the boxes `within`; what stands in its way above or below the row moves outwards,
    unless everything is `held` where it is.

    Where that does not make it free, or edges would cross what leads back to a delay, there is a title alone, along
    that.
    """
    assert laid.cyclic is not None
    laid = replace(laid, cyclic=replace(laid.cyclic, plate=None, title=None), groups={})
    wide, high = _title_size(laid)
    plate = _around(laid, within, wide, high)
    across = 0 if direction == "down" else 1
    given = laid
    for _ in range(0 if held else _ROUNDS):  # a text may find another place beside a box that has moved
        wanted = _outwards(laid, within, plate, across)
        if not wanted:
            break
        laid = rerouted(laid, {**laid.corners, **wanted}, direction)
        plate = _around(laid, within, wide, high)
    worse = laid is not given and _crossed(laid, within) > _crossed(given, within)
    laid = given if worse else laid
    assert laid.cyclic is not None
    strangers = [rect for key, rect in _rects(laid) if key not in within]
    lower = plate[0], plate[1] + high + _STRIP, plate[2], plate[3]
    for rect, level in (
        (plate, plate[1] + _STRIP / 2 + 4),
        (lower, lower[1] + lower[3] - _STRIP / 2 - 4 - high),
    ):
        if worse or any(rects_overlap(rect, other, 1.0) for other in strangers):
            continue
        for k in range(int((plate[2] - wide - 2 * _AROUND) // 10) + 1):
            title = plate[0] + _AROUND + 10 * k, level, wide, high
            if not any(runs_through(one.points, title, 4.0) for one in laid.courses):
                framed = replace(laid.cyclic, plate=rect, title=title)
                return replace(laid, cyclic=framed, groups={laid.cyclic.recurrence.id: rect})
    tops = [rect[1] for _, rect in _rects(laid)] + [y for one in laid.courses for _, y in one.points]
    above = plate[0], min(tops) - high - _STRIP, wide, high
    return replace(laid, cyclic=replace(laid.cyclic, title=_at_loop(laid, within, wide, high) or above))


def _at_loop(laid: Plan, within: AbstractSet[str], wide: float, high: float) -> Rect | None:
    """Room for the title along a straight stretch of what leads back to a delay, the longest one that has some."""
    assert laid.cyclic is not None
    grid = Grid()
    for _, rect in _rects(laid):
        grid.add_rect(rect, 0)
    for one in laid.courses:
        grid.add_line(one.points, 0)
    middle = bounds([(rect[0] + rect[2] / 2, rect[1] + rect[3] / 2) for key, rect in _rects(laid) if key in within])
    back = [one for one in laid.courses if leads_back(laid, one, within)]
    found = [(hypot(q[0] - p[0], q[1] - p[1]), p, q) for one in back for p, q in pairwise(one.points)]
    for long, p, q in sorted(found, reverse=True):
        along = 0 if abs(q[0] - p[0]) >= abs(q[1] - p[1]) else 1
        if abs(q[1 - along] - p[1 - along]) > 0.5:
            continue
        size = (wide, high)
        outside = -1 if p[1 - along] <= middle[1 - along] + middle[3 - along] / 2 else 1
        for way in (outside, -outside):
            for k in range(int(max(0.0, long - size[along]) / 20) + 1):
                for by in (10.0 * k, -10.0 * k):
                    at = [0.0, 0.0]
                    at[along] = (p[along] + q[along]) / 2 + by
                    at[1 - along] = p[1 - along] + way * (_OFF + size[1 - along] / 2)
                    title = at[0] - wide / 2, at[1] - high / 2, wide, high
                    if grid.free(title, _OFF - 1.0, _OFF - 1.0):
                        return title
    return None


def leads_back(laid: Plan, course: Course, within: AbstractSet[str]) -> bool:
    """Whether an edge hands what the recurrence has computed to a delay; from what is given to it, it leads ahead."""
    assert laid.cyclic is not None
    given = laid.bodies[course.source].role in ("input", "target", "parameter")
    return course.target in laid.cyclic.delays and course.source in within and not given


def _crossed(laid: Plan, within: AbstractSet[str]) -> int:
    """How many edges cross what leads back to a delay."""
    back = [one for one in laid.courses if leads_back(laid, one, within)]
    return sum(crossing(one.points, other.points) for one in back for other in laid.courses if other is not one)


def _title_size(laid: Plan) -> tuple[float, float]:
    assert laid.cyclic is not None
    steps = laid.cyclic.recurrence.steps
    titles = [typeset(turn_latex(laid.cyclic, step), TITLE, display=False) for step in (steps[0], steps[-1])]
    return max(one.width for one in titles), max(one.height for one in titles)


def _rects(laid: Plan) -> list[tuple[str, Rect]]:
    bodies = [(key, (*laid.corners[key], one.width, one.height)) for key, one in laid.bodies.items()]
    return [*bodies, *laid.beside.items()]


def _around(laid: Plan, within: AbstractSet[str], wide: float, high: float) -> Rect:
    """The plate that all this asks for, with a strip for the title at the top."""
    inside = [rect for key, rect in _rects(laid) if key in within]
    points: list[Point] = [corner for x, y, w, h in inside for corner in ((x, y), (x + w, y + h))]
    points += [p for one in laid.courses if one.source in within and one.target in within for p in one.points]
    x, y, width, height = bounds(points)
    rise = high + _STRIP
    return x - _AROUND, y - _AROUND - rise, max(width, wide) + 2 * _AROUND, height + 2 * _AROUND + rise


def _outwards(laid: Plan, within: AbstractSet[str], plate: Rect, across: int) -> dict[str, Point]:
    """New corners for what stands beside the plate, where something there is in its way: each side moves as one.

    None where something stands among the row: then there is no room for a plate. `across` is the axis that runs across
    the row, 1 where the drawing runs to the right.
    """
    inside = [rect for key, rect in _rects(laid) if key in within]
    row = bounds([corner for x, y, w, h in inside for corner in ((x, y), (x + w, y + h))])
    needed: dict[tuple[int, int], float] = {}
    side: dict[str, tuple[int, int]] = {}
    for key, rect in _rects(laid):
        if key in within:
            continue
        (x, y), one = laid.corners[key], laid.bodies[key]
        side[key] = axis, way = _side((x, y, one.width, one.height), row, across)
        wide = plate[0] - _CLEAR, plate[1] - _CLEAR, plate[2] + 2 * _CLEAR, plate[3] + 2 * _CLEAR
        if not way:
            return {}
        if rects_overlap(wide, rect):
            into = rect[axis] + rect[axis + 2] - wide[axis] if way < 0 else wide[axis] + wide[axis + 2] - rect[axis]
            needed[side[key]] = max(needed.get(side[key], 0.0), into)
    wanted: dict[str, Point] = {}
    for key, (axis, way) in side.items():
        by = way * needed.get((axis, way), 0.0)
        if by:
            x, y = laid.corners[key]
            wanted[key] = (x + by, y) if axis == 0 else (x, y + by)
    return wanted


def _side(rect: Rect, row: Rect, across: int) -> tuple[int, int]:
    """On which side of the row a box stands: the axis, and −1 or 1, 0 where it stands in it; above and below first."""
    for axis in (across, 1 - across):
        if rect[axis] + rect[axis + 2] <= row[axis]:
            return axis, -1
        if rect[axis] >= row[axis] + row[axis + 2]:
            return axis, 1
    return across, 0
