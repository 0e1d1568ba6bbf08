"""Bodies: the shape and size of a node's box by its role, and the places of what it holds, before it is laid out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot, sqrt

from graphviz_models.expr import Apply, Expr
from graphviz_models.formula import Formula, text, typeset
from graphviz_models.notation import Notation
from graphviz_models.program import Program

from .geometry import Rect
from .marks import Shape
from .show import Show
from .tensors import Frame, frame
from .words import sign_latex

SYMBOL, VALUE, DELTA, NOTE = 20.0, 12.0, 12.0, 10.0  # font sizes: the symbol, its value, its delta, its shape
_LINE = 3.5  # between two lines
_PAD = 8.0  # between content and rim


@dataclass(frozen=True, slots=True)
class Body:
    """A node's box, all places relative to the top left of the body.

    `width`, `height`, `corner`: the shape itself. `symbol`, `note`: the typeset symbol and what stands beside it, the
    array's shape or the operation that computes it. `value`: room for the number or the tensor. `letter`, `delta`: the
    letter of a tensor's delta and room for the tensor. `below`: the size of what stands outside of the shape (the delta
    of a scalar; the value, too, of an operation), whose place follows from the routes. `gate` is "output" for what a
    relu computes, "input" for what one reads.
    """

    node: str
    role: str
    form: Shape
    width: float
    height: float
    corner: float
    symbol: Rect
    formula: Formula
    value: Rect | None
    note: tuple[Rect, Formula] | None
    tensor: Frame | None
    letter: tuple[Rect, Formula] | None  # of a tensor's delta
    delta: Rect | None  # of a tensor's delta
    below: tuple[float, float] | None
    gate: str = ""


def body(program: Program, notation: Notation, node: str, show: Show, digits: int, row: bool, signal: bool) -> Body:
    """The body of `node` for these annotations; it depends on no value."""
    role, shape = program.role(node), program.shape(node)
    inner = role in ("operation", "constant")  # no name of its own: its sign or its number stands for it
    sign = sign_latex(program.equation[node]) if inner else ""
    size = 22.0 if len(sign) == 1 or sign == r"\cdot" else 14.0 if inner else SYMBOL
    formula = typeset(sign or notation.symbol(node), size, display=False)
    note = text("×".join(map(str, shape)), NOTE) if show.shapes and shape else None
    if note is None and program.level == "operations" and not inner and isinstance(_last(program, node), Apply):
        note = typeset(sign_latex(program.equation[node]), NOTE + 2, display=False)
    given = program.given.get(node)
    gradient = show.deltas and role != "constant" and not (given is not None and given.integer)
    if shape:
        letter = rf"\partial {notation.symbol(program.loss)}" if inner else notation.inline_delta(node)
        made = _array(node, role, formula, note, frame(shape, row=row, signal=signal), letter if gradient else "", show)
        return replace(made, gate=_gate(program, node))
    if role == "operation":
        return _operation(node, formula, show, digits)
    if role == "constant":
        form, width, height, corner = _around(role, formula.width, formula.height)
        return Body(
            node,
            role,
            form,
            width,
            height,
            corner,
            (2, 2, formula.width, formula.height),
            formula,
            None,
            None,
            None,
            None,
            None,
            None,
        )
    number = text(widest_number(digits), VALUE)
    heading = formula.width + (note.width + 6 if note else 0.0)
    rise = max(0.0, 0.68 * SYMBOL - formula.ascent)  # symbols stand on one line, h and x alike
    content = [(heading, rise + formula.ascent + max(formula.descent, 0.12 * SYMBOL))]
    if show.values:
        content.append((number.width + 4, VALUE * 0.9))
    form, width, height, corner = _shape(role, content)
    top = (height - sum(h for _, h in content) - _LINE * (len(content) - 1)) / 2
    left = (width - heading) / 2
    symbol = (left, top + rise, formula.width, formula.height)
    level = top + rise + formula.ascent
    noted = ((left + heading - note.width, level - note.ascent, note.width, note.height), note) if note else None
    value = (_PAD, top + content[0][1] + _LINE, width - 2 * _PAD, VALUE * 0.9) if show.values else None
    below = _delta_size(notation, node, digits) if gradient else None
    return Body(node, role, form, width, height, corner, symbol, formula, value, noted, None, None, None, below)


def widest_number(digits: int, minus: str = "−") -> str:
    """As wide as numbers of so many digits get, but for those with a long exponent, which are set smaller."""
    return f"{minus}0.00" + "8" * digits


def _delta_size(notation: Notation, node: str, digits: int) -> tuple[float, float]:
    line = typeset(f"{notation.inline_delta(node)} = {widest_number(digits, '-')}", DELTA, display=False)
    return line.width, line.height


def _gate(program: Program, node: str) -> str:
    """Which side of a relu the node is on."""
    if _is_relu(_last(program, node)):
        return "output"
    shut = (_last(program, consumer) for consumer in program.consumers.get(node, ()))
    return (
        "input"
        if any(_is_relu(rhs) and rhs.args == (program.var(node),) for rhs in shut if isinstance(rhs, Apply))
        else ""
    )


def _is_relu(rhs: Expr | None) -> bool:
    return isinstance(rhs, Apply) and rhs.op.name == "relu"


def _last(program: Program, node: str) -> Expr | None:
    equation = program.equation.get(node)
    return equation.rhs if equation is not None else None


def _operation(node: str, formula: Formula, show: Show, digits: int) -> Body:
    side = max(26.0, hypot(formula.width, formula.height) + 6)
    symbol = ((side - formula.width) / 2, (side - formula.height) / 2, formula.width, formula.height)
    line = text(widest_number(digits), VALUE)
    width, height = line.width, line.height + _LINE
    value = (0.0, 0.0, width, height) if show.values else None
    delta = (0.0, height * show.values, width, height) if show.deltas else None
    below = (width, height * (show.values + show.deltas)) if show.values or show.deltas else None
    return Body(node, "operation", "circle", side, side, 0.0, symbol, formula, value, None, None, None, delta, below)


def _array(
    node: str, role: str, formula: Formula, note: Formula | None, tensor: Frame, delta_letter: str, show: Show
) -> Body:
    """Symbol over value; beside it (a column) or below it (anything wider) the delta's letter over the delta."""
    letter = typeset(delta_letter, DELTA + 2, display=False) if delta_letter else None
    head = max(formula.height, 0.8 * formula.size)
    heading = formula.width + (note.width + 5 if note else 0.0)
    block = tensor.width, tensor.height if show.values else 0.0
    width, height = max(heading, block[0] if show.values else 0.0), head + (_LINE + block[1] if show.values else 0.0)
    beside = letter is not None and tensor.height > 0.8 * tensor.width
    second = (
        (max(letter.width, tensor.width), letter.height + _LINE + tensor.height) if letter is not None else (0.0, 0.0)
    )
    if letter is None:
        inner = (width, height)
    elif beside:
        inner = (width + 10 + second[0], max(head, letter.height) + _LINE + tensor.height)
    else:
        inner = (max(width, second[0]), height + 2 * _LINE + second[1])
    form, outer_width, outer_height, corner = _around(role, *inner)
    left, top = (outer_width - inner[0]) / 2, (outer_height - inner[1]) / 2
    first = width if beside else inner[0]
    base = max(head, letter.height) if beside and letter is not None else head
    x = left + (first - heading) / 2
    symbol = (x, top + base - formula.height, formula.width, formula.height)
    noted = ((x + formula.width + 5, top + base - note.height, note.width, note.height), note) if note else None
    value = (
        (left + (first - tensor.width) / 2, top + base + _LINE, tensor.width, tensor.height) if show.values else None
    )
    if letter is None:
        return Body(
            node, role, form, outer_width, outer_height, corner, symbol, formula, value, noted, tensor, None, None, None
        )
    if beside:
        start = left + width + 10
        letter_at = (start + (second[0] - letter.width) / 2, top + base - letter.height, letter.width, letter.height)
        delta = (start + (second[0] - tensor.width) / 2, top + base + _LINE, tensor.width, tensor.height)
    else:
        start = top + height + 2 * _LINE
        letter_at = (left + (inner[0] - letter.width) / 2, start, letter.width, letter.height)
        delta = (left + (inner[0] - tensor.width) / 2, start + letter.height + _LINE, tensor.width, tensor.height)
    return Body(
        node,
        role,
        form,
        outer_width,
        outer_height,
        corner,
        symbol,
        formula,
        value,
        noted,
        tensor,
        (letter_at, letter),
        delta,
        None,
    )


def _shape(role: str, lines: list[tuple[float, float]]) -> tuple[Shape, float, float, float]:
    """Shape, width, height and corner for centred lines of text (width, height)."""
    width = max(w for w, _ in lines)
    height = sum(h for _, h in lines) + _LINE * (len(lines) - 1)
    if role != "parameter":
        return _around(role, width, height)
    # a rhombus: every line's four corners within it, whatever its width
    rhombus_height = max(62.0, height + 26)
    rhombus_width, top = 0.0, -height / 2
    for w, h in lines:
        farthest = max(abs(top), abs(top + h))
        rhombus_width = max(rhombus_width, (w + 2) / (1 - 2 * farthest / rhombus_height))
        top += h + _LINE
    return "diamond", rhombus_width, rhombus_height, rhombus_width / 2


def _around(role: str, width: float, height: float) -> tuple[Shape, float, float, float]:
    """Shape, width, height and corner around a rectangle of content."""
    if role == "parameter":  # flat above and below, its corners left and right
        outer = height + 2 * _PAD
        corner = min(26.0, outer / 2)
        return "diamond", width + 12 + 2 * corner * height / outer, outer, corner
    if role in ("activation", "output", "operation"):
        if role == "activation" and width < 2.0 * height and height < 60:
            return "ellipse", max(width * sqrt(2), 62.0) + 4, max(height * sqrt(2), 46.0) + 2, 0.0
        return "pill", *_pill(width, height), 0.0
    if role == "constant":
        return "none", width + 4, height + 4, 0.0
    inset = 3.0 if role == "loss" else 0.0  # the second rim
    return "rect", max(width + 2 * (_PAD + inset), 56.0), max(height + 2 * (_PAD + inset), 46.0), 0.0


def _pill(width: float, height: float) -> tuple[float, float]:
    """The smaller of the lying and the standing pill around a rectangle."""
    pad = _PAD + 2
    tall, wide = height + 2 * pad, width + 2 * pad
    across = sqrt((tall / 2) ** 2 - (height / 2 + 1) ** 2)  # from the middle of the round end to the content's corner
    down = sqrt((wide / 2) ** 2 - (width / 2 + 1) ** 2)
    lying = max(width + tall - 2 * across, tall), tall
    standing = wide, max(height + wide - 2 * down, wide)
    return min(lying, standing, key=lambda size: size[0] * size[1])
