"""The marks of one node: its box, symbol, value and delta."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from graphviz_models.formula import Formula, text, typeset
from graphviz_models.notation import Notation
from graphviz_models.read import number, number_latex
from graphviz_models.theme import Theme, mixed
from graphviz_models.trace import Contribution

from . import tensors
from .body import DELTA, VALUE, Body
from .geometry import Rect
from .marks import Box, Label, Point, Tensor
from .moment import Moment
from .tensors import Array, Quantity, fitted
from .words import plain

_SHADED = 0.75  # how far the grey behind an entry whose gate is shut fades into the fill
_FADED = 0.65  # how far the fill of a node whose turn has not come fades into the background
Marks = tuple[Box, tuple[Label, ...], tuple[Tensor, ...]]


@dataclass(frozen=True, slots=True)
class Pen:
    """What drawing needs beside the node and the moment."""

    notation: Notation
    theme: Theme
    digits: int


def node_marks(body: Body, corner: Point, beside: Rect | None, moment: Moment, pen: Pen, key: str) -> Marks:
    """Box, labels and tensors of a node at a moment; `key` is the box's id."""
    theme, node = pen.theme, body.node
    state = moment.state(node)
    dim = state == "waiting"
    value = moment.ledger.value_of(node, moment.has_update(node)) if moment.has_value(node) else None
    delta = moment.ledger.delta_of(node) if moment.has_delta(node) else None
    fill = theme.fills[body.role]
    broken = value is not None and not np.all(np.isfinite(value))
    rim = (
        theme.wrong if broken else theme.phase(moment.phase) if state == "active" else theme.muted if dim else theme.rim
    )
    box = Box(
        key, node, body.role, body.form, *corner, body.width, body.height, state,
        mixed(fill, theme.background, _FADED) if dim else fill,
        rim, theme.active_width if state == "active" else theme.rim_width,
        theme.target_dash if body.role == "target" else (), body.role == "loss", body.corner,
        hatch="" if dim else theme.hatches[body.role], hatch_ink=theme.hatch_ink, title=_title(body, value, delta, pen),
    )  # fmt: skip
    ink, words = theme.muted if dim else theme.text, _symbol_words(body, pen)
    labels = [_placed(f"{key}.symbol", key, "symbol", words, body.formula, _at(body.symbol, corner), ink)]
    if body.note is not None:
        room, formula = body.note
        kind = "shape" if formula.spoken[:1].isdigit() else "operation"
        labels.append(
            _placed(f"{key}.{kind}", key, kind, plain(formula.latex), formula, _at(room, corner), theme.muted)
        )
    drawn: list[Tensor] = []
    if body.tensor is not None:
        quantities: tuple[tuple[Quantity, Array | None, Rect | None, str], ...] = (
            ("value", value, body.value, node if body.gate == "output" else ""),
            ("delta", delta, body.delta, node if body.gate == "input" else ""),
        )
        for quantity, array, spot, gated in quantities:
            if spot is not None:
                shut = moment.ledger.value_of(gated, False) <= 0 if gated and array is not None else None
                drawn.append(_tensor(body, quantity, array, shut, _at(spot, corner), box, pen))
        if delta is not None and body.letter is not None:
            room, formula = body.letter
            words = plain(pen.notation.inline_delta(node))
            labels.append(_placed(f"{key}.delta", key, "delta", words, formula, _at(room, corner), theme.backward_text))
    else:
        adding = tuple(moment.ledger.contributions(node).values()) if moment.adding(node) else ()
        labels += _numbers(body, corner, beside, value, delta, adding, pen, key)
    return box, tuple(labels), tuple(drawn)


def _tensor(
    body: Body, quantity: Quantity, array: Array | None, shut: Array | None, room: Rect, box: Box, pen: Pen
) -> Tensor:
    assert body.tensor is not None
    x, y, _, _ = room
    if array is None:
        colour = mixed(pen.theme.muted, box.fill, _FADED)
        return tensors.empty(body.tensor, x, y, of=box.id, node=body.node, quantity=quantity, colour=colour)
    return tensors.draw(
        body.tensor, x, y, array, of=box.id, node=body.node, quantity=quantity, theme=pen.theme, digits=pen.digits,
        shut=shut, shade=mixed(pen.theme.muted, box.fill, _SHADED),
    )  # fmt: skip


def _numbers(
    body: Body, corner: Point, beside: Rect | None, value: Array | None, delta: Array | None,
    adding: Sequence[Contribution], pen: Pen, key: str,
) -> list[Label]:  # fmt: skip
    """The value and the delta of a scalar, the delta as the sum of what is `adding` up."""
    theme, labels = pen.theme, []
    anchor = corner[0] + body.width / 2
    if body.role == "operation":  # both next to the circle, under one another
        for kind, scalar, room in (("value", value, body.value), ("delta", delta, body.delta)):
            if scalar is not None and room is not None and beside is not None:
                words, spot = number(float(scalar), pen.digits), _at(room, beside[:2])
                ink = theme.backward_text if kind == "delta" else theme.forward_text
                labels.append(line(f"{key}.{kind}", key, kind, words, text(words, VALUE), spot, VALUE, ink, anchor))
        return labels
    if value is not None and body.value is not None:
        words = number(float(value), pen.digits)
        colour = theme.forward_text if np.isfinite(value) else theme.wrong_text
        labels.append(fitted(f"{key}.value", key, "value", words, *_at(body.value, corner), VALUE, colour))
    if beside is None:
        return labels
    if delta is not None and adding:
        words = _sum([number(float(one.product), pen.digits) for one in adding])
        labels.append(
            line(f"{key}.delta", key, "delta", words, text(words, DELTA), beside, DELTA, theme.backward_text, anchor)
        )
    elif delta is not None:
        letter = pen.notation.inline_delta(body.node)
        formula = typeset(f"{letter} = {number_latex(float(delta), pen.digits)}", DELTA, display=False)
        words = f"{plain(letter)} = {number(float(delta), pen.digits)}"
        labels.append(line(f"{key}.delta", key, "delta", words, formula, beside, DELTA, theme.backward_text, anchor))
    return labels


def _sum(words: Sequence[str]) -> str:
    """Numbers as a sum: a + b − c; the middle of a long one is left out."""
    shown = [*words[:2], "…", words[-1]] if len(words) > 4 else words
    first, *rest = shown
    return first + "".join(f" − {word[1:]}" if word.startswith("−") else f" + {word}" for word in rest)


def line(
    key: str,
    of: str | tuple[str, str],
    kind: str,
    words: str,
    formula: Formula,
    room: Rect,
    size: float,
    colour: str,
    anchor: float | None = None,
) -> Label:
    """A formula in the room kept for it, smaller where it is too wide, its middle as near to x `anchor` as can be."""
    if formula.width > room[2] > 0:
        size *= room[2] / formula.width
        formula = formula.scaled(room[2] / formula.width)
    centre = room[0] + room[2] / 2 if anchor is None else anchor
    x = min(max(centre - formula.width / 2, room[0]), room[0] + room[2] - formula.width)
    y = room[1] + (room[3] - formula.height) / 2
    return Label(key, of, kind, words, formula, x, y, formula.width, formula.height, size, colour)


def _placed(key: str, of: str, kind: str, words: str, formula: Formula, room: Rect, colour: str) -> Label:
    return Label(key, of, kind, words, formula, room[0], room[1], formula.width, formula.height, formula.size, colour)


def _at(rect: Rect, corner: Point) -> Rect:
    return rect[0] + corner[0], rect[1] + corner[1], rect[2], rect[3]


def _symbol_words(body: Body, pen: Pen) -> str:
    return plain(body.formula.latex) if body.role == "operation" else plain(pen.notation.symbol(body.node))


def _title(body: Body, value: Array | None, delta: Array | None, pen: Pen) -> str:
    """What is said of the node: symbol, role, value, delta."""
    parts = [_symbol_words(body, pen), body.role]
    for quantity, letter in ((value, "value"), (delta, plain(pen.notation.inline_delta(body.node)))):
        if quantity is not None:
            shown = (
                number(float(quantity), pen.digits)
                if quantity.shape == ()
                else f"an array of {'×'.join(map(str, quantity.shape))}"
            )
            parts.append(f"{letter} {'= ' if letter != 'value' else ''}{shown}")
    return ", ".join(parts)


def selected_box(box: Box) -> Box:
    """The box, marked as the selected one."""
    return replace(box, selected=True)
