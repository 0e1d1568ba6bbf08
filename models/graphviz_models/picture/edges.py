"""The marks of one edge: shaft, head, and what stands on it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from graphviz_models.formula import tag, typeset
from graphviz_models.read import number, number_latex
from graphviz_models.theme import PHASES

from .geometry import arrow, head_size
from .lines import BACK, LOCAL, SMALL, Line, equals
from .marks import Edge, Label
from .moment import Moment
from .nodes import Pen, line
from .plan import Course
from .words import GRADIENT, numeral, plain

Pair = tuple[str, str]


def active_pairs(course: Course, moment: Moment) -> tuple[Pair, ...]:
    """The edges of the program along which the step of this moment runs, of those that are drawn here.

    A weight without a box of its own is on its edge, which is at work for it: when its delta comes, when it is updated.
    """
    step = moment.step
    if step is None:
        return ()
    if step.phase != "forward" and any(one.node == step.node for one in course.lines):
        return course.edges
    if step.phase == "backward":
        senders = {one.source for one in step.contributions}
        return tuple(pair for pair in course.edges if pair[0] == step.node and pair[1] in senders)
    if step.phase != "forward":
        return ()
    return tuple(pair for pair in course.edges if pair[1] == step.node)


def style(course: Course, shown: Sequence[Pair], moment: Moment) -> str:
    """One of waiting, passed, returned (the delta has come back along it), forward, backward, update.

    `shown` are those edges of the program by which it is judged while nothing runs along it.
    """
    if active_pairs(course, moment):
        return moment.phase
    for a, b in shown:
        if moment.has_delta(a) and b in moment.ledger.contributions(a):
            return "returned"
    for _, b in shown:
        if moment.has_value(b):
            return "passed"
    return "waiting"


def carried(courses: Sequence[Course]) -> frozenset[int]:
    """Of edges that leave their source along one rail, the numbers of all but the one which goes farthest."""
    rails: dict[Hashable, list[tuple[float, int]]] = {}
    for index, course in enumerate(courses):
        (x, y), (to_x, to_y) = course.points[:2]
        if x == to_x or y == to_y:
            key = course.source, x, y, y == to_y, to_x + to_y > x + y
            rails.setdefault(key, []).append((abs(to_x - x) + abs(to_y - y), index))
    return frozenset(
        index
        for rail, (longest, _) in ((rail, max(rail)) for rail in rails.values())
        for length, index in rail
        if 0.0 < length < longest and len(courses[index].points) > 2
    )


def edge_mark(course: Course, styled: str, ends: tuple[str, str], pen: Pen, *, carried: bool = False) -> Edge:
    """The edge in one of its styles; `ends` are the ids of its two boxes.

    Where it is `carried`, and nothing runs along it, its first stretch is drawn by another one: a rail is one line.
    """
    theme = pen.theme
    active = styled in PHASES
    colour = theme.phase(styled) if active else theme.backward if styled == "returned" else theme.edge
    width = theme.active_width if active else theme.edge_width
    points = course.points[::-1] if styled == "backward" else course.points
    shaft, head = arrow(points, *head_size(width, active))
    if carried and not active and len(shaft) > 2:
        shaft = shaft[1:]
    if course.merges and styled != "backward":
        shaft = shaft[::-1]
    dash = theme.phase_dash(styled) if active else theme.backward_dash if styled == "returned" else ()
    return Edge(
        course.id, *ends, course.points, shaft, head, colour, width, dash, active, styled in ("backward", "returned")
    )


def edge_labels(course: Course, pair: Pair, moment: Moment, ends: tuple[str, str], pen: Pen) -> tuple[Label, ...]:
    """What stands on the edge at this moment: that of the program's edge `pair`."""
    made = ((one, _line_label(one, course.id, pair, moment, ends, pen)) for one in course.lines)
    plate = pen.theme.plate if course.crossed else None
    return tuple(replace(label, plate=plate, node=one.node) for one, label in made if label is not None)


def _line_label(one: Line, course: str, pair: Pair, moment: Moment, ends: tuple[str, str], pen: Pen) -> Label | None:
    theme, key = pen.theme, f"{course}.{one.kind}"
    arrives = moment.ledger.contributions(pair[0]).get(pair[1])
    if one.kind == "local" and one.formula is not None:
        return line(key, ends, "local", plain(one.formula.latex), one.formula, one.place, LOCAL, theme.text, one.anchor)
    if one.kind == "local":
        if arrives is None or arrives.local is None or not moment.has_value(pair[1]):
            return None
        words = number(float(arrives.local), pen.digits)
        return line(key, ends, "local", words, numeral(words, LOCAL), one.place, LOCAL, theme.text, one.anchor)
    if one.kind == "product":
        if arrives is None or not moment.has_delta(pair[0]):
            return None
        words = f"{BACK} {number(float(arrives.product), pen.digits)}"
        return line(
            key, ends, "product", words, numeral(words, LOCAL), one.place, LOCAL, theme.backward_text, one.anchor
        )
    if one.kind == "delta" and not moment.has_delta(one.node):
        return None
    if one.kind == "delta":
        letter, colour = tag(one.node, GRADIENT), theme.backward_text
        value = float(moment.ledger.delta_of(one.node))
    else:
        letter, colour = "" if one.brief else tag(one.node, pen.notation.symbol(one.node)), theme.forward_text
        value = float(moment.ledger.value_of(one.node, moment.has_update(one.node)))
    words, digits = (number(value, pen.digits), number_latex(value, pen.digits)) if one.shown else ("", "")
    words = (" " if one.brief else " = ").join(part for part in (plain(letter), words) if part)
    size = SMALL if one.brief else LOCAL
    formula = typeset(equals(letter, digits, one.brief), size, display=False)
    return line(key, ends, one.kind, words, formula, one.place, size, colour if one.shown else theme.text, one.anchor)
