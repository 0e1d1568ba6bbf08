"""The marks of one node: its box, symbol, value and delta."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from graphviz_models.formula import Formula, typeset
from graphviz_models.notation import Notation
from graphviz_models.read import number, number_latex
from graphviz_models.theme import Dash, Theme, mixed
from graphviz_models.trace import Contribution

from . import tensors
from .body import DELTA, SHADED, VALUE, Body
from .geometry import Rect
from .marks import Box, Label, Point, State, Tensor
from .moment import Moment
from .tensors import Array, Quantity, Span, fitted
from .words import GRADIENT, numeral, plain

_FADED = 0.65  # how far the fill of a node whose turn has not come fades into the background
_EMPTY = 0.25  # how far the brackets of what is not yet computed fade into the fill
Marks = tuple[Box, tuple[Label, ...], tuple[Tensor, ...]]

_OTHER: Mapping[Quantity, Quantity] = {"value": "delta", "delta": "value"}


@dataclass(frozen=True, slots=True)
class Pen:
    """What drawing needs beside the node and the moment."""

    notation: Notation
    theme: Theme
    digits: int


def node_marks(
    body: Body, corner: Point, beside: Rect | None, moment: Moment, pen: Pen, key: str, state: State | None = None
) -> Marks:
    """Box, labels and tensors of a node at a moment; `key` is the box's id, `state` that of what it stands for, its own
    by default.
    """
    theme, node = pen.theme, body.node
    state = state or moment.state(node)
    dim = state == "waiting"
    value = moment.ledger.value_of(node, moment.has_update(node)) if moment.has_value(node) else None
    delta = moment.ledger.delta_of(node) if moment.has_delta(node) else None
    fill = theme.fills[body.role]
    shade = mixed(theme.muted, fill, SHADED)
    shut = body.gate and moment.has_value(node) and moment.ledger.value_of(node, False) <= 0
    closed = np.ndim(shut) == 0 and bool(shut)  # the whole unit, where it is one
    if closed and body.gate == "output":
        fill = shade
    broken = value is not None and not np.all(np.isfinite(value))
    rim = (
        theme.wrong if broken else theme.phase(moment.phase) if state == "active" else theme.muted if dim else theme.rim
    )
    words = _symbol_words(body, pen)
    box = Box(
        key, node, body.role, body.form, *corner, body.width, body.height, state,
        mixed(fill, theme.background, _FADED) if dim else fill,
        rim, theme.active_width if state == "active" else theme.rim_width,
        rim_dash(body.role, state, moment, theme), body.role == "loss", body.corner,
        hatch="" if dim else theme.hatches[body.role], hatch_ink=theme.hatch_ink,
        title=_title(body, words, value, delta, pen),
    )  # fmt: skip
    ink = theme.muted if dim else theme.text
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
            ("value", value, body.value, "output"),
            ("delta", delta, body.delta, "input"),
        )
        for quantity, array, spot, gated in quantities:
            if spot is not None:
                gates = moment.ledger.value_of(node, False) <= 0 if gated == body.gate and array is not None else None
                span = _span(body, quantity, moment) if body.tensor.kind == "stems" else None
                drawn.append(_tensor(body, quantity, array, gates, _at(spot, corner), box, shade, span, pen))
        if delta is not None and body.letter is not None:
            room, formula = body.letter
            words = plain(formula.latex)
            labels.append(_placed(f"{key}.delta", key, "delta", words, formula, _at(room, corner), theme.backward_text))
    else:
        adding = tuple(moment.ledger.contributions(node).values()) if moment.adding(node) else ()
        numbers = _numbers(body, corner, beside, value, delta, adding, pen, key)
        if closed:  # nothing comes through: the number that says so stands on the same grey
            said, ground = (
                ("delta", mixed(theme.muted, theme.background, SHADED)) if body.gate == "input" else ("value", fill)
            )
            numbers = [replace(one, colour=theme.text, plate=ground) if one.kind == said else one for one in numbers]
        labels += numbers
    if box.hatch:  # lines would run through figures
        labels = [replace(one, plate=fill) if _within(one, box) else one for one in labels]
        drawn = [_plated(one, fill) for one in drawn]
    return box, tuple(labels), tuple(drawn)


def _span(body: Body, quantity: Quantity, moment: Moment) -> Span | None:
    """The span of a node's stems; value and delta side by side have their axes at one height."""
    own, other = (moment.ledger.span(body.node, one) for one in (quantity, _OTHER[quantity]))
    beside = body.value is not None and body.delta is not None and body.value[1] == body.delta[1]
    return tensors.levelled(own, other) if own is not None and other is not None and beside else own


def rim_dash(role: str, state: State, moment: Moment, theme: Theme) -> Dash:
    """The dashes of a rim: while the node is worked on those of the phase, which thus shows without any colour."""
    if state == "active":
        return theme.phase_dash(moment.phase)
    return theme.target_dash if role == "target" else ()


def _plated(tensor: Tensor, ground: str) -> Tensor:
    """The tensor with plates in the colour of the ground behind its numbers, but for those on a ground of their own."""
    grey = {f"{tensor.id}{list(cell.index)}" for cell in tensor.cells if cell.fill is not None}
    labels = (one if one.id in grey else replace(one, plate=ground) for one in tensor.labels)
    return replace(tensor, labels=tuple(labels))


def _within(label: Label, box: Box) -> bool:
    return box.x < label.x < box.x + box.width and box.y < label.y < box.y + box.height


def _tensor(
    body: Body, quantity: Quantity, array: Array | None, shut: Array | None, room: Rect, box: Box, shade: str,
    span: Span | None, pen: Pen,
) -> Tensor:  # fmt: skip
    assert body.tensor is not None
    x, y, _, _ = room
    if array is None:
        colour = mixed(pen.theme.muted, box.fill, _EMPTY * (not box.hatch))  # fainter, it would be one of the pattern
        return tensors.empty(body.tensor, x, y, of=box.id, node=body.node, quantity=quantity, colour=colour, span=span)
    return tensors.draw(
        body.tensor, x, y, array, of=box.id, node=body.node, quantity=quantity, theme=pen.theme,
        shut=shut, shade=shade, span=span,
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
                words = f"{plain(GRADIENT)} {words}" if kind == "delta" else words
                ink = theme.backward_text if kind == "delta" else theme.forward_text
                labels.append(line(f"{key}.{kind}", key, kind, words, numeral(words, VALUE), spot, VALUE, ink, anchor))
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
            line(f"{key}.delta", key, "delta", words, numeral(words, DELTA), beside, DELTA, theme.backward_text, anchor)
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
    unnamed = body.role in ("operation", "constant")
    return plain(body.formula.latex if unnamed else pen.notation.symbol(body.node))


def _title(body: Body, words: str, value: Array | None, delta: Array | None, pen: Pen) -> str:
    """What is said of the node: symbol, role, value, delta."""
    parts = [words, body.role]
    for quantity in (value, delta):
        if quantity is not None:
            shown = (
                number(float(quantity), pen.digits)
                if quantity.shape == ()
                else f"an array of {'×'.join(map(str, quantity.shape))}"
            )
            letter = "value" if quantity is value else f"{plain(pen.notation.inline_delta(body.node))} ="
            parts.append(f"{letter} {shown}")
    return ", ".join(parts)


def selected_box(box: Box) -> Box:
    """The box, marked as the selected one."""
    return replace(box, selected=True)
