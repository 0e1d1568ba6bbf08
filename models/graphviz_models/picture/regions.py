"""Regions: the rectangles that hidden nodes leave to the boxes of their folds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from graphviz_models.fold import Fold, View
from graphviz_models.layout.grid import Grid
from graphviz_models.program import Program

from .body import Body
from .foldbox import exits, label, least_size
from .geometry import Rect, bounds
from .places import Plan

_CLEAR = 5.0  # between a fold's box and what is not its own
_SHARES = (1.0, 0.97, 0.93, 0.85, 0.75, 0.65, 0.55, 0.45, 0.35, 0.25, 0.15, 0.0)  # of its nodes that a box stands for
_FARTHEST = 200  # rings of places that are tried


@dataclass(frozen=True, eq=False)
class Region:
    """A fold with the nodes that it hides and the bodies of what leaves it."""

    fold: Fold
    hidden: tuple[str, ...]
    leaving: tuple[Body, ...]


def region(base: Plan, program: Program, fold: Fold, seen: View) -> Region:
    """What a fold hides of a plan."""
    hidden = tuple(node for node in fold.members if seen.hidden.get(node) == fold.id and node in base.bodies)
    return Region(fold, hidden, tuple(base.bodies[node] for node in exits(program, fold, base.bodies)))


def free_rect(
    one: Region,
    base: Plan,
    home: Mapping[str, str],
    ends: Mapping[str, tuple[str, str]],
    taken: Mapping[str, Rect],
    axis: int,
) -> Rect:
    """Room for the box of a fold: the rectangle of its nodes, or of as many of them as stand with nothing in between.

    `home` is the fold of every hidden node, `ends` are the boxes that every course will lead to, `taken` is the room of
    other folds.
    """
    grid = Grid()
    for name, body in base.bodies.items():
        if name not in home:
            grid.add_rect((*base.corners[name], body.width, body.height), 0)
            if name in base.beside:
                grid.add_rect(base.beside[name], 0)
    for rect in taken.values():
        grid.add_rect(rect, 0)
    for course in base.courses:
        a, b = ends[course.id]
        if a != b and one.fold.id not in (a, b):
            grid.add_line(course.points, 0)
    rects = [(*base.corners[node], base.bodies[node].width, base.bodies[node].height) for node in one.hidden]
    for rect in _tried(one, rects, base, axis):
        if grid.free(rect, _CLEAR, _CLEAR):
            return rect
    size = least_size(one.fold, ())
    x, y, width, height = _around(rects)
    for left, top in _places(x + (width - size[0]) / 2, y + (height - size[1]) / 2):
        if grid.free((left, top, *size), _CLEAR, _CLEAR):
            return (left, top, *size)
    return (x, y, *size)


def _tried(one: Region, rects: Sequence[Rect], base: Plan, axis: int) -> Iterator[Rect]:
    """Rectangles around the nodes, then around fewer and fewer of them, with room for the label above or below."""
    centres = [(x + w / 2, y + h / 2) for x, y, w, h in rects]
    middle = median(c[0] for c in centres), median(c[1] for c in centres)
    near = sorted(
        range(len(rects)),
        key=lambda k: (abs(centres[k][axis] - middle[axis]), abs(centres[k][1 - axis] - middle[1 - axis])),
    )
    high = label(one.fold).height + 12
    needed = least_size(one.fold, ())
    last = 0
    for share in _SHARES:
        count = max(1, round(share * len(rects)))
        if count == last:
            continue
        last = count
        x, y, width, height = _around([rects[k] for k in near[:count]])
        wide, tall = max(width, min(needed[0], 60.0)), max(height, needed[1])
        x, y = x - (wide - width) / 2, y - (tall - height) / 2
        crowded = any(base.corners[body.node][1] < y + high for body in one.leaving)
        if crowded:
            yield x, y - high, wide, tall + high
            yield x, y, wide, tall + high
        yield x, y, wide, tall


def _around(rects: Sequence[Rect]) -> Rect:
    return bounds([corner for x, y, w, h in rects for corner in ((x, y), (x + w, y + h))])


def _places(x: float, y: float) -> Iterator[tuple[float, float]]:
    """Places in growing squares around one."""
    for ring in range(_FARTHEST):
        for k in range(-ring, ring + 1):
            for dx, dy in ((k, -ring), (k, ring), (-ring, k), (ring, k)):
                yield x + 10.0 * dx, y + 10.0 * dy
