"""Pulses: values on their way to the nodes that read them, products of the chain rule on their way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from graphviz_models.read import number

from .edges import Pair, active_pairs
from .geometry import Rect, along, rects_overlap
from .lines import LOCAL
from .marks import PLATE, Label, Pulse
from .moment import Moment
from .nodes import Pen
from .plan import Course
from .words import numeral

_RADIUS = 5.0
_GAP = 4.0  # from a pulse to its number
_MOST_NUMBERS = 16  # pulses that carry their numbers at a time
_APART, _SHORTEST = (
    0.6,
    0.2,
)  # of several on one edge: from one to the next, and the time of each, in parts of the whole


@dataclass(frozen=True, slots=True)
class Moving:
    """What runs along a course: for an edge of the program that is drawn there, `place` (0 to 1) along the course."""

    course: Course
    ends: tuple[str, str]  # box ids
    pair: Pair
    place: float
    key: str


def pulses(
    active: Iterable[tuple[Course, tuple[str, str]]],
    moment: Moment,
    obstacles: Callable[[Rect], Iterable[Rect]],
    pen: Pen,
) -> tuple[Pulse, ...]:
    """The pulses on the active edges (with their boxes' ids); none once they have landed.

    Several edges of the program that are drawn as one have their pulses one after another. A number that would cover
    one of the `obstacles` near a rectangle, another pulse or its number is left out.
    """
    if moment.landed or moment.step is None or moment.phase == "update":
        return ()
    moving = [one for course, ends in active for one in _moving(course, ends, moment)]
    made = [_pulse(one, moment, pen) for one in moving]
    if len(moving) > _MOST_NUMBERS:
        return tuple(made)
    taken = [(one.x - _RADIUS, one.y - _RADIUS, 2 * _RADIUS, 2 * _RADIUS) for one in made]
    numbered = []
    for one, run in zip(made, moving, strict=True):
        words = _words(run.pair, moment, pen)
        label = _label(one, words, run.ends, obstacles, taken, _upright(run), moment, pen) if words else None
        if label is not None:
            taken.append(_room(label))
        numbered.append(replace(one, label=label))
    return tuple(numbered)


def _moving(course: Course, ends: tuple[str, str], moment: Moment) -> Iterator[Moving]:
    pairs = active_pairs(course, moment)
    back = moment.phase == "backward"
    if back:
        pairs = pairs[::-1]  # the last step sends first
    window = max(_SHORTEST, 1.0 / (1.0 + (len(pairs) - 1) * _APART))  # the part of the time that each is on its way
    begin, end = course.part
    for k, pair in enumerate(pairs):
        start = k * (1.0 - window) / max(1, len(pairs) - 1)
        went = (moment.travelled - start) / window
        if len(pairs) > 1 and not 0.0 <= went <= 1.0:
            continue
        at = 1.0 - went if back else went
        if begin <= at <= end:
            key = f"{course.id}.pulse" if len(pairs) == 1 else f"{course.id}.pulse.{k}"
            yield Moving(course, ends, pair, (at - begin) / (end - begin), key)


def _pulse(run: Moving, moment: Moment, pen: Pen) -> Pulse:
    x, y = along(run.course.points, run.place)
    return Pulse(run.key, run.course.id, x, y, _RADIUS, pen.theme.phase(moment.phase))


def _words(pair: Pair, moment: Moment, pen: Pen) -> str:
    """The number that travels, where it is one."""
    carried = None
    if moment.phase == "backward":
        arrives = moment.ledger.contributions(pair[0]).get(pair[1])
        if arrives is not None and moment.step is not None and moment.step.node == pair[0]:
            carried = arrives.product
    elif moment.has_value(pair[0]):
        carried = moment.ledger.value_of(pair[0], False)
    return number(float(carried), pen.digits) if carried is not None and np.shape(carried) == () else ""


def _label(
    one: Pulse,
    words: str,
    ends: tuple[str, str],
    obstacles: Callable[[Rect], Iterable[Rect]],
    taken: Sequence[Rect],
    upright: bool,
    moment: Moment,
    pen: Pen,
) -> Label | None:
    formula = numeral(words, LOCAL)
    width, height, away = formula.width, formula.height, one.radius + _GAP
    over, under = (one.x - width / 2, one.y - away - height), (one.x - width / 2, one.y + away)
    right, left = (one.x + away, one.y - height / 2), (one.x - away - width, one.y - height / 2)
    wide, high = width + away + PLATE, height + away + PLATE
    near = [*obstacles((one.x - wide, one.y - high, 2 * wide, 2 * high)), *taken]
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
        if not any(rects_overlap(_room(label), rect, 1.0) for rect in near):
            return label
    return None


def _upright(run: Moving) -> bool:
    """Whether the route runs up or down where the pulse is."""
    points = run.course.points
    (ax, ay), (bx, by) = along(points, max(run.place - 0.05, 0.0)), along(points, min(run.place + 0.05, 1.0))
    return abs(by - ay) > abs(bx - ax)


def _room(label: Label) -> Rect:
    return label.x - PLATE, label.y - PLATE, label.width + 2 * PLATE, label.height + 2 * PLATE
