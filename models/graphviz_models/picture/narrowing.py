"""Narrowing: the box of a fold is no taller than what is in it and on its sides, where its nodes stood high."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .foldbox import least_size, snug
from .geometry import Rect
from .places import Course, Plan
from .regions import Region

_SIDE = 16.0  # of a box beyond an edge on its side
_SPARE = 60.0  # what a box may be larger than it need be
_UNLIKE = 2.0  # what a box may be larger than it need be to stay like others
_TOUCH = 2.0
_LEVEL = 1.0  # rooms of like folds begin and end at the same heights, within this

Span = tuple[float, float]


def narrowed(
    regions: Sequence[Region], base: Plan, laid: Plan, rooms: Mapping[str, Rect], across: int
) -> tuple[Plan, dict[str, Rect]]:
    """The plan with no more of the boxes' rooms, across the drawing, than their contents and the edges on their sides
    need; like boxes stay alike where they need about the same. Edges from above or below lead on to them.
    """
    several: dict[tuple[str, int, int], list[Region]] = {}
    for one in regions:
        room = rooms[one.fold.id]
        name = one.fold.id.rpartition("#")[0] or one.fold.kind
        ends = round(room[across] / _LEVEL), round((room[across] + room[across + 2]) / _LEVEL)
        several.setdefault((name, *ends), []).append(one)
    rooms = dict(rooms)
    for like in several.values():
        spans = {one.fold.id: span for one in like if (span := _span(one, base, laid, rooms[one.fold.id], across))}
        first, last = min((a for a, _ in spans.values()), default=0.0), max((b for _, b in spans.values()), default=0.0)
        for one in like:
            room = rooms[one.fold.id]
            span = spans.get(one.fold.id)
            if span is not None and len(spans) == len(like) and last - first < _UNLIKE * (span[1] - span[0]):
                span = first, last
            if span is None or room[across + 2] - (span[1] - span[0]) < _SPARE:
                continue
            laid = replace(laid, courses=tuple(_led_on(course, one, room, span, across) for course in laid.courses))
            rooms[one.fold.id] = _with(room, span, across)
    return laid, rooms


def _span(one: Region, base: Plan, laid: Plan, room: Rect, across: int) -> Span | None:
    """From where to where a box is needed; None where an edge comes to it aslant from above or below."""
    if one.fold.kind == "span":
        return None
    low, high = room[across], room[across] + room[across + 2]
    sides: list[float] = []
    for course in laid.courses:
        for key, points in ((course.target, course.points[::-1]), (course.source, course.points)):
            if key != one.fold.id:
                continue
            if not _on_cap(points[0][across], low, high):
                sides.append(points[0][across])
            elif abs(points[1][1 - across] - points[0][1 - across]) > 0.5:
                return None
    near = sum(sides) / len(sides) if sides else (low + high) / 2
    if across == 1:
        middles = [(body, base.corners[body.node][1] + body.height / 2) for body in one.leaving]
        first, last = snug(one.fold, middles, near)
    else:
        wide = least_size(one.fold, one.leaving)[0]
        first, last = near - wide / 2, near + wide / 2
    long = last - first
    first = max(low, min([first, high - long, *(y - _SIDE for y in sides)]))
    return first, min(high, max([last, first + long, *(y + _SIDE for y in sides)]))


def _with(room: Rect, span: Span, across: int) -> Rect:
    first, long = span[0], span[1] - span[0]
    return (room[0], first, room[2], long) if across == 1 else (first, room[1], long, room[3])


def _on_cap(at: float, low: float, high: float) -> bool:
    return min(abs(at - low), abs(at - high)) < _TOUCH


def _led_on(course: Course, one: Region, room: Rect, span: Span, across: int) -> Course:
    """The course with its ends on the upper and lower side of a box where these are now."""
    low, high = room[across], room[across] + room[across + 2]
    points = list(course.points)
    for key, k in ((course.source, 0), (course.target, -1)):
        if key == one.fold.id and _on_cap(points[k][across], low, high):
            level = span[0] if abs(points[k][across] - low) < _TOUCH else span[1]
            points[k] = (points[k][0], level) if across == 1 else (level, points[k][1])
    return course if tuple(points) == course.points else replace(course, points=tuple(points))
