"""Pulses: values on their way to the nodes that read them, products of the chain rule on their way back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from graphviz_models.formula import text
from graphviz_models.read import number

from .geometry import Rect, along, rects_overlap
from .lines import LOCAL
from .marks import PLATE, Label, Pulse
from .moment import Moment
from .nodes import Pen
from .plan import Course

_RADIUS = 5.0
_GAP = 4.0  # from a pulse to its number
_MOST_NUMBERS = 16  # pulses that carry their numbers at a time


def pulses(
    active: Sequence[tuple[Course, tuple[str, str]]], moment: Moment, obstacles: Iterable[Rect], pen: Pen
) -> tuple[Pulse, ...]:
    """The pulses on the active edges (with their boxes' ids); none once they have landed.

    A number that would cover one of the `obstacles`, another pulse or its number is left out.
    """
    if moment.landed or moment.step is None:
        return ()
    moving = [_pulse(course, moment, pen) for course, _ in active]
    if len(moving) > _MOST_NUMBERS:
        return tuple(moving)
    taken = [*obstacles, *((one.x - _RADIUS, one.y - _RADIUS, 2 * _RADIUS, 2 * _RADIUS) for one in moving)]
    made = []
    for one, (course, ends) in zip(moving, active, strict=True):
        words = _words(course, moment, pen)
        label = _label(one, words, ends, taken, _upright(course, moment), moment, pen) if words else None
        if label is not None:
            taken.append(_room(label))
        made.append(replace(one, label=label))
    return tuple(made)


def _pulse(course: Course, moment: Moment, pen: Pen) -> Pulse:
    points = course.points[::-1] if moment.phase == "backward" else course.points
    x, y = along(points, moment.travelled)
    return Pulse(f"{course.id}.pulse", course.id, x, y, _RADIUS, pen.theme.phase(moment.phase))


def _words(course: Course, moment: Moment, pen: Pen) -> str:
    """The number that travels, where it is one."""
    carried = None
    if moment.phase == "backward":
        arrives = moment.ledger.contributions(course.source).get(course.target)
        if arrives is not None and moment.step is not None and moment.step.node == course.source:
            carried = arrives.product
    elif moment.has_value(course.source):
        carried = moment.ledger.value_of(course.source, False)
    return number(float(carried), pen.digits) if carried is not None and np.shape(carried) == () else ""


def _label(
    one: Pulse, words: str, ends: tuple[str, str], taken: Sequence[Rect], upright: bool, moment: Moment, pen: Pen
) -> Label | None:
    formula = text(words, LOCAL)
    width, height, away = formula.width, formula.height, one.radius + _GAP
    over, under = (one.x - width / 2, one.y - away - height), (one.x - width / 2, one.y + away)
    right, left = (one.x + away, one.y - height / 2), (one.x - away - width, one.y - height / 2)
    spots = (right, left, over, under) if upright else (over, under, right, left)
    phase = moment.phase
    kind = "product" if phase == "backward" else "value"
    for x, y in spots:
        label = Label(
            f"{one.id}.label",
            ends,
            kind,
            words,
            formula,
            x,
            y,
            width,
            height,
            LOCAL,
            pen.theme.phase_text(phase),
            pen.theme.plate,
        )
        if not any(rects_overlap(_room(label), rect, 1.0) for rect in taken):
            return label
    return None


def _upright(course: Course, moment: Moment) -> bool:
    """Whether the route runs up or down where the pulse is."""
    place = 1 - moment.travelled if moment.phase == "backward" else moment.travelled
    (ax, ay), (bx, by) = along(course.points, max(place - 0.05, 0.0)), along(course.points, min(place + 0.05, 1.0))
    return abs(by - ay) > abs(bx - ax)


def _room(label: Label) -> Rect:
    return label.x - PLATE, label.y - PLATE, label.width + 2 * PLATE, label.height + 2 * PLATE
