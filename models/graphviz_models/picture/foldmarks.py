"""The marks of folds: the box of a group, a time step or a span, a node of a folded recurrence, a delay."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from graphviz_models.fold import Recurrence
from graphviz_models.formula import Formula, typeset
from graphviz_models.notation import symbol
from graphviz_models.program import Program
from graphviz_models.theme import mixed

from .body import Body
from .foldbox import NOW, Folded
from .geometry import Rect
from .marks import Box, Label, Point, State, Tensor
from .moment import Moment
from .nodes import Marks, Pen, line, node_marks, rim_dash
from .words import plain

_FADED = 0.65  # how far the rim of a box whose turn has not come fades into the background


def fold_state(content: Folded, moment: Moment, program: Program) -> State:
    """active while one of the nodes within is worked on, known when all of them are."""
    fold = content.fold
    if moment.step is not None and moment.step.node in content.members:
        return "active"
    return "known" if all(moment.has_value(node) for node in fold.members if node in program.equation) else "waiting"


def fold_look(content: Folded, moment: Moment, program: Program, steps: Recurrence | None) -> Hashable:
    """What the marks of a fold's box depend on."""
    state = fold_state(content, moment, program)
    inside = tuple(
        (moment.state(one.node), moment.has_value(one.node), moment.has_delta(one.node), moment.adding(one.node))
        for one, _, _ in content.exits
    )
    running = _running(content, moment, steps) if state == "active" else None
    return state, state == "active" and moment.phase, inside, running


def fold_marks(
    content: Folded, body: Body, corner: Point, moment: Moment, pen: Pen, program: Program, steps: Recurrence | None
) -> Marks:
    """The box of a group, a time step or a span, with what leaves it."""
    theme, fold = pen.theme, content.fold
    state = fold_state(content, moment, program)
    waiting = state == "waiting"
    rim = theme.phase(moment.phase) if state == "active" else theme.muted if waiting else theme.rim
    words = plain(fold.label)
    box = Box(
        fold.id, fold.id, "group", "rect", *corner, body.width, body.height, state,
        mixed(theme.surface, theme.background, _FADED) if waiting else theme.surface, rim,
        theme.active_width if state == "active" else theme.rim_width, rim_dash("group", state, moment, theme),
        corner=body.corner,
        title=f"{words}, folded: {len(fold.members)} nodes",
    )  # fmt: skip
    ink = theme.muted if waiting else theme.text
    labels = [_label(f"{fold.id}.symbol", fold.id, "symbol", words, body.formula, _at(content.title, corner), ink)]
    tensors: list[Tensor] = []
    for one, place, below in content.exits:
        spot = corner[0] + place[0], corner[1] + place[1]
        beside = None if below is None else _at(below, corner)
        _, texts, arrays = node_marks(one, spot, beside, moment, pen, f"{fold.id}/{one.node}")
        labels += [replace(text, of=fold.id) for text in texts]
        tensors += [
            replace(array, of=fold.id, labels=tuple(replace(text, of=fold.id) for text in array.labels))
            for array in arrays
        ]
    if content.dots is not None:
        spot_, formula = content.dots
        labels.append(_label(f"{fold.id}.dots", fold.id, "symbol", "⋯", formula, _at(spot_, corner), ink))
    running = _running(content, moment, steps) if state == "active" else None
    if running is not None and content.now is not None and steps is not None:
        latex = f"{symbol(steps.id)} = {running}"
        formula, room = typeset(latex, NOW, display=False), _at(content.now, corner)
        labels.append(
            line(f"{fold.id}.now", fold.id, "step", plain(latex), formula, room, NOW, theme.phase_text(moment.phase))
        )
    return box, tuple(labels), tuple(tensors)


def _running(content: Folded, moment: Moment, steps: Recurrence | None) -> int | None:
    """The time step that is being worked on within a span."""
    if content.fold.kind != "span" or moment.step is None or steps is None:
        return None
    return steps.turn.get(moment.step.node)


def _label(key: str, of: str, kind: str, words: str, formula: Formula, room: Rect, colour: str) -> Label:
    return line(key, of, kind, words, formula, room, formula.size, colour)


def _at(rect: Rect, corner: Point) -> Rect:
    return rect[0] + corner[0], rect[1] + corner[1], rect[2], rect[3]
