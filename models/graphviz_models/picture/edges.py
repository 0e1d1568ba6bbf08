"""The marks of one edge: shaft, head, and what stands on it."""

from __future__ import annotations

from dataclasses import replace

from graphviz_models.formula import text, typeset
from graphviz_models.read import number, number_latex

from .geometry import arrow
from .lines import BACK, LOCAL, SMALL, Line
from .marks import Edge, Label
from .moment import Moment
from .nodes import Pen, line
from .plan import Course
from .words import GRADIENT, plain

_HEAD = (8.5, 3.4)  # length and half width of an arrowhead


def is_active(course: Course, moment: Moment) -> bool:
    """Whether the step of this moment runs along the edge."""
    step = moment.step
    if step is None:
        return False
    if step.phase == "backward":
        if any(one.kind == "weight" and one.node == step.node for one in course.lines):
            return True
        return step.node == course.source and any(one.source == course.target for one in step.contributions)
    return step.phase == "forward" and step.node == course.target


def style(course: Course, moment: Moment) -> str:
    """One of waiting, passed, returned (the delta has come back along it), forward, backward."""
    if is_active(course, moment):
        return moment.phase
    if moment.has_delta(course.source) and course.target in moment.ledger.contributions(course.source):
        return "returned"
    return "passed" if moment.has_value(course.target) else "waiting"


def edge_mark(course: Course, styled: str, ends: tuple[str, str], pen: Pen) -> Edge:
    """The edge in one of its styles; `ends` are the ids of its two boxes."""
    theme = pen.theme
    colour = {
        "forward": theme.forward,
        "backward": theme.backward,
        "returned": theme.backward,
    }.get(styled, theme.edge)
    active = styled in ("forward", "backward")
    width = theme.active_width if active else theme.edge_width
    points = course.points[::-1] if styled == "backward" else course.points
    grown = 1.25 if active else 1.0
    shaft, head = arrow(points, _HEAD[0] * grown, _HEAD[1] * grown)
    if course.merges and styled != "backward":
        shaft = shaft[::-1]
    dash = theme.backward_dash if styled in ("backward", "returned") else ()
    return Edge(
        course.id, *ends, course.points, shaft, head, colour, width, dash, active, styled in ("backward", "returned")
    )


def edge_labels(course: Course, moment: Moment, ends: tuple[str, str], pen: Pen) -> tuple[Label, ...]:
    """What stands on the edge at this moment."""
    made = (_line_label(one, course, moment, ends, pen) for one in course.lines)
    plate = pen.theme.plate if course.crossed else None
    return tuple(replace(label, plate=plate) for label in made if label is not None)


def _line_label(one: Line, course: Course, moment: Moment, ends: tuple[str, str], pen: Pen) -> Label | None:
    theme, key = pen.theme, f"{course.id}.{one.kind}"
    arrives = moment.ledger.contributions(course.source).get(course.target)
    if one.kind == "local" and one.formula is not None:
        return line(key, ends, "local", plain(one.formula.latex), one.formula, one.place, LOCAL, theme.text)
    if one.kind == "local":
        if arrives is None or arrives.local is None or not moment.has_value(course.target):
            return None
        words = number(float(arrives.local), pen.digits)
        return line(key, ends, "local", words, text(words, LOCAL), one.place, LOCAL, theme.text)
    if one.kind == "product":
        if arrives is None or not moment.has_delta(course.source):
            return None
        words = f"{BACK} {number(float(arrives.product), pen.digits)}"
        return line(key, ends, "product", words, text(words, LOCAL), one.place, LOCAL, theme.backward_text)
    if one.brief:
        return _brief(one, key, ends, moment, pen)
    if one.kind == "weight":
        symbol = pen.notation.symbol(one.node)
        if not moment.has_value(one.node) or not one.shown:
            return line(
                key, ends, "weight", plain(symbol), typeset(symbol, LOCAL, display=False), one.place, LOCAL, theme.text
            )
        value = float(moment.ledger.value_of(one.node, moment.has_update(one.node)))
        return _equation(one, key, ends, "weight", symbol, value, pen, theme.forward_text)
    if not moment.has_delta(one.node):
        return None
    gradient = float(moment.ledger.delta_of(one.node))
    return _equation(one, key, ends, "delta", GRADIENT, gradient, pen, theme.backward_text)


def _brief(one: Line, key: str, ends: tuple[str, str], moment: Moment, pen: Pen) -> Label:
    if moment.has_delta(one.node):
        gradient = float(moment.ledger.delta_of(one.node))
        formula = typeset(rf"{GRADIENT}\, {number_latex(gradient, pen.digits)}", SMALL)
        words = f"{plain(GRADIENT)} {number(gradient, pen.digits)}"
        return line(key, ends, "delta", words, formula, one.place, SMALL, pen.theme.backward_text)
    words = number(float(moment.ledger.value_of(one.node, moment.has_update(one.node))), pen.digits)
    return line(key, ends, "weight", words, text(words, SMALL), one.place, SMALL, pen.theme.forward_text)


def _equation(
    one: Line, key: str, ends: tuple[str, str], kind: str, letter: str, value: float, pen: Pen, colour: str
) -> Label:
    formula = typeset(f"{letter} = {number_latex(value, pen.digits)}", LOCAL, display=False)
    return line(key, ends, kind, f"{plain(letter)} = {number(value, pen.digits)}", formula, one.place, LOCAL, colour)
