"""Boxes of folds: how large one is, and where in it stand its label and what leaves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

from graphviz_models.fold import Fold
from graphviz_models.formula import Formula, typeset
from graphviz_models.program import Program

from .body import Body
from .geometry import Rect
from .marks import Point

PAD = 6.0  # between content and rim
CORNER = 6.0
TITLE, NOW = 16.0, 13.0  # font sizes: the label, the step that is running in a span
_DOTS = 34.0  # font size of the ellipsis
_ROW = TITLE + 8.0
_TIGHT = 2.0  # around a label where there is little room
_LEAST = 44.0  # width of a box


@dataclass(frozen=True, eq=False)
class Folded:
    """The box of a fold: where its label stands, and the bodies of what leaves it, all relative to its top left.

    `exits` are bodies, drawn without their rims, each with room for the delta of a scalar where there is some. A span
    has `dots` instead, and room for the step that is running.
    """

    fold: Fold
    title: Rect
    exits: tuple[tuple[Body, Point, Rect | None], ...] = ()
    dots: tuple[Rect, Formula] | None = None
    now: Rect | None = None

    @cached_property
    def members(self) -> frozenset[str]:
        """The nodes within."""
        return frozenset(self.fold.members)


def exits(program: Program, fold: Fold, bodies: Mapping[str, Body]) -> tuple[str, ...]:
    """The nodes of a fold that something outside of it reads, or nothing at all."""
    if fold.kind == "span":
        return ()
    inside = set(fold.members)
    return tuple(
        node
        for node in fold.members
        if node in bodies
        and node in program.equation
        and (not program.consumers[node] or any(one not in inside for one in program.consumers[node]))
    )


def label(fold: Fold) -> Formula:
    """The label of a fold's box, typeset."""
    return typeset(fold.label, TITLE, display=False)


def least_size(fold: Fold, leaving: Sequence[Body], room: tuple[float, float] = (inf, inf)) -> tuple[float, float]:
    """Width and height that the content of a box needs: the label over the bodies of what leaves it.

    They stand beside one another where the width and height that there are, `room`, are for that alone.
    """
    heading = label(fold)
    if fold.kind == "span":
        dots = _dots()
        return max(heading.width, dots.width, _LEAST) + 2 * PAD, _ROW + dots.height + NOW + 3 * PAD
    width = max([_LEAST, heading.width, *map(_wide, leaving)])
    row = _side_by_side(heading, leaving)
    if _ROW + sum([one.height + 1.0 for one in leaving]) > room[1] and row[0] <= room[0] and row[1] <= room[1]:
        return row[0], min(room[1], max(one.height + 2 * _room(one)[1] for one in leaving))
    return width + 2 * PAD, _ROW + sum([one.height + _room(one)[1] + PAD for one in leaving]) + PAD


def _side_by_side(heading: Formula, leaving: Sequence[Body]) -> tuple[float, float]:
    """Width and height of a label and bodies beside one another, with what is around them."""
    wide = heading.width + sum([_wide(one) + PAD for one in leaving]) + 2 * PAD
    return wide, max([_ROW, *(one.height for one in leaving)])


def _wide(one: Body) -> float:
    return max(one.width, _room(one)[0])


def _room(one: Body) -> tuple[float, float]:
    """Width and height that are needed for what stands below a body."""
    return (0.0, 0.0) if one.below is None else (one.below[0] - PAD, one.below[1] + 4.0)


def snug(fold: Fold, leaving: Sequence[tuple[Body, float]], near: float) -> tuple[float, float]:
    """The heights between which the content of a box has room, what leaves it nearest to `near` where it has stood.

    `leaving` are bodies with the heights of their middles.
    """
    high = least_size(fold, [one for one, _ in leaving])[1]
    if not leaving:
        return near - high / 2, near + high / 2
    ordered = sorted(leaving, key=lambda found: found[1])
    kept = min(range(len(ordered)), key=lambda k: abs(ordered[k][1] - near))
    body, middle = ordered[kept]
    above = sum([one.height + _room(one)[1] + PAD for one, _ in ordered[:kept]])
    top = middle - body.height / 2 - above - _ROW
    return top, top + high


def filled(fold: Fold, size: tuple[float, float], leaving: Sequence[tuple[Body, float]]) -> Folded:
    """The content of a box of this size; what leaves it stands as near as it can to the heights it had (of middles)."""
    width, height = size
    heading = label(fold)
    scale = min(1.0, (width - 2 * PAD) / heading.width)
    title = ((width - heading.width * scale) / 2, PAD, heading.width * scale, heading.height * scale)
    if fold.kind == "span":
        dots = _dots()
        spot = ((width - dots.width) / 2, (height - dots.height) / 2, dots.width, dots.height)
        now = (PAD, min(spot[1] + spot[3] + PAD, height - NOW - PAD), width - 2 * PAD, NOW)
        return Folded(fold, title, (), (spot, dots), now)
    if not leaving:
        return Folded(fold, title)
    if stacked := _stacked(leaving, width, height, _ROW):
        return Folded(fold, title, stacked)
    if row := _row(heading, [one for one, _ in leaving], width, height):
        return Folded(fold, (PAD, PAD, heading.width, heading.height), row)
    if tight := _stacked(leaving, width, height, title[3] + 2 * _TIGHT):
        return Folded(fold, (title[0], _TIGHT, *title[2:]), tight)
    return Folded(fold, title)


def _stacked(
    leaving: Sequence[tuple[Body, float]], width: float, height: float, heading: float
) -> tuple[tuple[Body, Point, Rect | None], ...]:
    """Bodies under one another below the label, each as near as it can to its height; none where not all have room.

    `heading` is the height of the label with what is around it.
    """
    ordered = sorted(leaving, key=lambda found: found[1])
    spare = height - heading - sum(one.height for one, _ in ordered)
    if spare < len(ordered) or any(one.width > width + 0.5 for one, _ in ordered):
        return ()
    tops, lowest = [], heading
    for one, middle in ordered:
        tops.append(max(middle - one.height / 2, lowest + 1.0))
        lowest = tops[-1] + one.height
    highest = height
    for k in range(len(ordered) - 1, -1, -1):
        tops[k] = min(tops[k], highest - 1.0 - ordered[k][0].height)
        highest = tops[k]
    ends = [*tops[1:], height][: len(tops)]
    return tuple(
        (one, ((width - one.width) / 2, top), _below(one, top + one.height, end, width))
        for (one, _), top, end in zip(ordered, tops, ends, strict=True)
    )


def _row(
    heading: Formula, leaving: Sequence[Body], width: float, height: float
) -> tuple[tuple[Body, Point, Rect | None], ...]:
    """Bodies beside one another on the right of the label, what stands below them, too, where it has room.

    None where not all of them have.
    """
    needed = _side_by_side(heading, leaving)
    if needed[0] > width + 0.5 or needed[1] > height + 0.5:
        return ()
    row, left = [], PAD + heading.width + PAD + (width - needed[0]) / 2
    for one in leaving:
        wide, low = _wide(one), _room(one)[1]
        top = (height - one.height - (low if one.height + low <= height else 0.0)) / 2
        at = left + (wide - one.width) / 2
        below = _below(one, top + one.height, height, width)
        row.append((one, (at, top), below and (left + (wide - below[2]) / 2, *below[1:])))
        left += wide + PAD
    return tuple(row)


def _below(one: Body, top: float, end: float, width: float) -> Rect | None:
    """Room for what stands below a body in the box; None where there is not enough."""
    if one.below is None or one.below[0] > width - 4.0 or top + one.below[1] + 4.0 > end:
        return None
    return (width - one.below[0]) / 2, top + 2.0, *one.below


def box_body(fold: Fold, size: tuple[float, float], title: Rect) -> Body:
    """The box as other bodies are."""
    return Body(fold.id, "group", "rect", *size, CORNER, title, label(fold))


def _dots() -> Formula:
    return typeset(r"\cdots", _DOTS)
