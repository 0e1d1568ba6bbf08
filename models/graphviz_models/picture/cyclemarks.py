"""The marks of a folded recurrence: its nodes at the time step that is shown, its delays, its plate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from graphviz_models.fold import Recurrence, Slot
from graphviz_models.formula import typeset
from graphviz_models.notation import symbol
from graphviz_models.theme import Theme

from .body import INNER, Body
from .cyclebox import HELD, Cyclic, Delay
from .foldbox import Folded
from .geometry import Rect
from .marks import Box, Label, Point
from .moment import Moment
from .nodes import Marks, Pen, line, node_marks
from .signs import in_circle, sign
from .words import plain

TITLE = 16.0  # font size

Signs = Mapping[str, str]  # by nodes, as LaTeX


def slot_marks(
    slot: Slot, node: str, body: Body, corner: Point, beside: Rect | None, moment: Moment, pen: Pen, signs: Signs
) -> Marks:
    """A node of the recurrence under its symbol for all steps, with the value and delta of its member `node`.

    Its sign is that of the member where `signs` has one: those in all steps have nothing in common.
    """
    shown = _with_sign(member_body(node, body, pen), signs.get(node))
    box, labels, tensors = node_marks(shown, corner, beside, moment, pen, slot.name)
    words = plain(shown.formula.latex)
    named = tuple(replace(one, text=words) if one.kind == "symbol" else one for one in labels)
    return replace(box, title=f"{words}: {box.title}"), named, tensors


def member_body(node: str, body: Body, pen: Pen) -> Body:
    """The body of a slot with the letter of its member `node` for the delta."""
    shown = replace(body, node=node)
    if body.letter is not None and body.role != "operation":  # its letter is the same in all steps
        room, formula = body.letter
        letter = typeset(pen.notation.inline_delta(node), formula.size, display=False)
        spot = (room[0] + (room[2] - letter.width) / 2, room[1] + room[3] - letter.height, letter.width, letter.height)
        shown = replace(shown, letter=(spot, letter))
    return shown


def _with_sign(body: Body, latex: str | None) -> Body:
    """The body with another sign in the room of its own, smaller where that is too narrow."""
    if latex is None:
        return body
    inner = body.role in INNER
    (x, y, width, _), old = (body.symbol, body.formula) if inner or body.note is None else body.note
    new = sign(latex, old.size)
    if new.width > width:
        new = new.scaled(width / new.width)
    aside = (width - new.width) / 2 if inner else 0.0
    spot = (x + aside, y + old.ascent - new.ascent, new.width, new.height)
    if not inner:
        return replace(body, note=(spot, new))
    return replace(body, symbol=in_circle(new, body.width) if body.form == "circle" else spot, formula=new)


def turned(content: Folded, turn: int, steps: Recurrence, pen: Pen, signs: Signs) -> Folded:
    """What is in a fold's box within a folded recurrence, at one of its time steps."""
    slots = dict.fromkeys(steps.slot[node] for node in content.fold.members if node in steps.slot)
    if not slots:
        return content
    named = {slot.name: slot.near(turn) for slot in slots}
    exits = tuple(
        (_with_sign(member_body(node, one, pen), signs.get(node)), place, room)
        for one, place, room in content.exits
        for node in [named.get(one.node, one.node)]
    )
    fold = replace(content.fold, members=tuple(named.values()))
    return replace(content, fold=fold, exits=exits)


def delay_marks(delay: Delay, body: Body, corner: Point, turn: int, moment: Moment, pen: Pen) -> Marks:
    """The square of a delay with the name of what it hands on in this time step."""
    theme, held = pen.theme, delay.held(turn)
    full = held is not None and moment.has_value(held)
    words = plain(body.formula.latex)
    box = Box(
        delay.id, delay.recurrence, "operation", "rect", *corner, body.width, body.height,
        "known" if full else "waiting", theme.background, theme.rim if full else theme.muted, theme.rim_width,
        corner=body.corner, title=f"{words}: hands on the value of {delay.lag} time steps before",
    )  # fmt: skip
    ink, size = theme.text if full else theme.muted, body.formula.size
    labels = [line(f"{delay.id}.symbol", delay.id, "symbol", words, body.formula, _at(body.symbol, corner), size, ink)]
    if body.value is not None and held is not None and full:
        latex = pen.notation.symbol(held)
        formula, room = typeset(latex, HELD, display=False), _at(body.value, corner)
        labels.append(line(f"{delay.id}.held", delay.id, "held", plain(latex), formula, room, HELD, theme.forward_text))
    return box, tuple(labels), ()


def _at(rect: Rect, corner: Point) -> Rect:
    return rect[0] + corner[0], rect[1] + corner[1], rect[2], rect[3]


def turn_label(cyclic: Cyclic, turn: int, theme: Theme) -> Iterable[Label]:
    """The time step that is shown, of those that there are."""
    if cyclic.title is not None:
        latex = turn_latex(cyclic, turn)
        formula = typeset(latex, TITLE, display=False)
        x, y, _, height = cyclic.title
        name = cyclic.recurrence.id
        spot = (x, y, formula.width, height)
        words = plain(latex).replace("of", " of ")
        yield line(f"{name}.step", "", "step", words, formula, spot, TITLE, theme.text)


def turn_latex(cyclic: Cyclic, turn: int) -> str:
    """t = 2 of 1, …, 4."""
    steps, letter = cyclic.recurrence.steps, symbol(cyclic.recurrence.id)
    last = rf"{steps[0]},\,{steps[1]}" if len(steps) == 2 else rf"{steps[0]},\,\ldots,\,{steps[-1]}"
    return rf"{letter} = {turn}\;\;\mathrm{{of}}\;\;{last}"
