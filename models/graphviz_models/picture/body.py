"""Bodies: the shape and size of a node's box by its role, and the places of what it holds, before it is laid out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import sqrt

from graphviz_models.expr import Apply, Expr
from graphviz_models.formula import Formula, text, typeset
from graphviz_models.layout.rims import RADII
from graphviz_models.notation import Notation, operand
from graphviz_models.program import Program

from .geometry import Rect
from .marks import Shape
from .show import Show
from .signs import FUNCTION, STROKE, STROKES, in_circle, side, sign
from .tensors import Frame, frame
from .words import GRADIENT, plain, sign_latex

SYMBOL, VALUE, DELTA, NOTE = 20.0, 14.0, 14.0, 12.0  # font sizes: the symbol, its value, its delta, its shape
CONSTANT = 16.0  # a number or a name without a box
SHADED = 0.75  # how far the grey of a unit whose gate is shut fades into the fill
_LINE = 3.5  # between two lines
_PAD = 8.0  # between content and rim
MANY = 1000  # nodes, beyond which the room of a delta is reckoned from its letters and not measured
_INSIDE = 4.5  # between the corners of brackets and a round rim
INNER = ("operation", "constant")  # roles of nodes without a name: a sign or a number stands for it
Written = tuple[str, str]  # the LaTeX of a symbol and of the sign beside it, or in place of it
_NOSE = 16.0  # how far the corners of a parameter's hexagon reach to the left and to the right


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
    value: Rect | None = None
    note: tuple[Rect, Formula] | None = None
    tensor: Frame | None = None
    letter: tuple[Rect, Formula] | None = None  # of a tensor's delta
    delta: Rect | None = None  # of a tensor's delta
    below: tuple[float, float] | None = None
    gate: str = ""

    @property
    def nose(self) -> float:
        """How far the corners at its left and right reach beyond its flat top and bottom."""
        return self.corner if self.form == "diamond" else 0.0

    @property
    def rim(self) -> str:
        """The shape as the layout knows it."""
        if self.form == "none":
            return "rect"
        return "rounded" if self.form == "pill" and self.corner == RADII["rounded"] else self.form


def body(
    program: Program, notation: Notation, node: str, show: Show, digits: int, row: bool, signal: bool,
    aspect: float = 1.0, written: Written | None = None,
) -> Body:  # fmt: skip
    """The body of `node` for these annotations; it depends on no value.

    An array's box comes as near to `aspect`, its width to its height, as value and delta side by side or below one
    another can; `row`, `signal`: whether a vector is a row, an array has stems. `written` is said in place of its own
    symbol and sign.
    """
    role, shape = program.role(node), program.shape(node)
    inner = role in INNER
    symbol, operation = written or (notation.symbol(node), signed(program, notation, node))
    if role == "operation":
        formula = sign(operation, STROKE if operation in STROKES else FUNCTION)
    else:
        formula = typeset(operation if inner else symbol, CONSTANT if inner else SYMBOL, display=False)
    note = text("×".join(map(str, shape)), NOTE) if show.shapes and shape else None
    if note is None and program.level == "operations" and not inner and isinstance(_last(program, node), Apply):
        note = sign(operation, SYMBOL if operation in STROKES else NOTE)
    delta = has_delta(program, notation, node, show)
    given = program.given.get(node)
    if shape and (show.values or delta):
        letter = (GRADIENT if inner else notation.inline_delta(node)) if delta else ""
        whole = given is not None and given.integer
        tensor = frame(shape, row=row, signal=signal, whole=whole, digits=digits)
        made = _array(node, role, formula, note, tensor, letter, show, aspect)
    elif role == "constant":
        place = 2.0, 2.0, formula.width, formula.height
        made = Body(node, role, "none", formula.width + 4, formula.height + 4, 0.0, place, formula)
    elif role == "operation":
        made = _operation(node, formula, show, digits)
    else:
        below = _delta_size(program, notation, node, digits) if delta else None
        made = _scalar(node, role, formula, note, show, digits, below)
    gate = _gate(program, node)
    return replace(made, gate=gate) if gate else made


def signed(program: Program, notation: Notation, node: str) -> str:
    """The LaTeX of the sign in the box of `node`, or beside its symbol; empty where it has none."""
    shown = node in program.equation and (program.role(node) in INNER or program.level == "operations")
    return sign_latex(program.equation[node], notation) if shown else ""


def has_delta(program: Program, notation: Notation, node: str, show: Show) -> bool:
    """Whether the delta of `node` is drawn.

    That of an input or a target is where the sheet names it or asks for it; else only on demand, as a delta of what
    nothing can change takes the room of those that matter.
    """
    role = program.role(node)
    if not show.deltas or not program.is_real(node):
        return False
    if role not in ("input", "target") or show.input_deltas:
        return True
    spoken_of = notation.deltas.keys() | notation.asked
    return node in spoken_of or (program.given.get(node) or program.equation[node]).origin in spoken_of


def widest_number(digits: int, minus: str = "−") -> str:
    """As wide as numbers of so many digits get, but for those with a long exponent, which are set smaller."""
    return f"{minus}0.00" + "8" * digits


def _delta_size(program: Program, notation: Notation, node: str, digits: int) -> tuple[float, float]:
    number = "1" if node == program.loss else widest_number(digits, "-")
    if len(program.names) > MANY and node not in notation.deltas:  # of thousands, the letters that differ alone
        width, height = _room_around(notation.symbol(notation.loss), number)
        own, scale = typeset(notation.symbol(node), SYMBOL, display=False), DELTA / SYMBOL
        return width + own.width * scale + 1.0, max(height, own.height * scale + 2.0)
    line = typeset(f"{notation.inline_delta(node)} = {number}", DELTA, display=False)
    return line.width, line.height


@lru_cache(maxsize=64)
def _room_around(loss: str, number: str) -> tuple[float, float]:
    """The width of a delta's fraction and number without the symbol that it is the derivative by, and its height."""
    whole = typeset(rf"\partial {operand(loss)} / \partial x_{{j}} = {number}", DELTA, display=False)
    return whole.width - typeset("x_{j}", DELTA, display=False).width, whole.height


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


def _scalar(
    node: str, role: str, formula: Formula, note: Formula | None, show: Show, digits: int,
    below: tuple[float, float] | None,
) -> Body:  # fmt: skip
    """Symbol over value; the delta, if there is one, stands `below` the shape."""
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
    return Body(node, role, form, width, height, corner, symbol, formula, value, noted, below=below)


def _operation(node: str, formula: Formula, show: Show, digits: int) -> Body:
    across = side(formula)
    line = text(f"{plain(GRADIENT)} {widest_number(digits)}" if show.deltas else widest_number(digits), VALUE)
    width, height = line.width, line.height + _LINE
    value = (0.0, 0.0, width, height) if show.values else None
    delta = (0.0, height * show.values, width, height) if show.deltas else None
    below = (width, height * (show.values + show.deltas)) if show.values or show.deltas else None
    place = in_circle(formula, across)
    return Body(node, "operation", "circle", across, across, 0.0, place, formula, value, delta=delta, below=below)


def _array(
    node: str, role: str, formula: Formula, note: Formula | None, tensor: Frame, delta_letter: str, show: Show,
    aspect: float,
) -> Body:  # fmt: skip
    """Symbol over value, the delta's letter over the delta: beside one another or below, as it suits the aspect."""
    letter = typeset(delta_letter, DELTA + 2, display=False) if delta_letter else None
    head = max(formula.height, 0.8 * formula.size)
    heading = formula.width + (note.width + 5 if note else 0.0)
    width, height = max(heading, tensor.width if show.values else 0.0), head
    if show.values:
        height += _LINE + tensor.height
    inner, beside = (width, height), False
    if letter is not None:
        second = max(letter.width, tensor.width), letter.height + _LINE + tensor.height
        below = max(width, second[0]), height + 2 * _LINE + second[1]
        next_to = width + 14 + second[0], max(head, letter.height) + _LINE + tensor.height
        inner = min(below, next_to, key=lambda size: _lopsided(size, aspect))
        beside = inner == next_to
        if not show.values:  # the symbol over the delta's letter
            inner, beside = below, False
    form, outer_width, outer_height, corner = _around_array(role, *inner)
    left, top = (outer_width - inner[0]) / 2, (outer_height - inner[1]) / 2
    first = width if beside else inner[0]
    base = max(head, letter.height) if beside and letter is not None else head
    x = left + (first - heading) / 2
    rise = (base - formula.height) / (2 if role == "operation" else 1)  # a sign may be as low as a dot
    symbol = (x, top + rise, formula.width, formula.height)
    level = top + rise + formula.ascent  # they stand on one line
    noted = ((x + formula.width + 5, level - note.ascent, note.width, note.height), note) if note else None
    value = (left + (first - tensor.width) / 2, top + base + _LINE, tensor.width, tensor.height)
    made = Body(
        node, role, form, outer_width, outer_height, corner, symbol, formula, value if show.values else None, noted,
        tensor,
    )  # fmt: skip
    if letter is None:
        return made
    if beside:
        start, room, lower = left + width + 14, second[0], top + base
    else:
        start, room, lower = left, inner[0], top + height + 2 * _LINE + letter.height
    letter_at = start + (room - letter.width) / 2, lower - letter.height, letter.width, letter.height
    delta = start + (room - tensor.width) / 2, lower + _LINE, tensor.width, tensor.height
    return replace(made, letter=(letter_at, letter), delta=delta)


def _lopsided(size: tuple[float, float], aspect: float) -> float:
    """How far a rectangle with its padding is from an aspect, as a factor."""
    ratio = (size[0] + 2 * _PAD) / (size[1] + 2 * _PAD) / aspect
    return max(ratio, 1 / ratio)


def _shape(role: str, lines: list[tuple[float, float]]) -> tuple[Shape, float, float, float]:
    """Shape, width, height and corner for centred lines of text (width, height)."""
    width = max(w for w, _ in lines)
    height = sum(h for _, h in lines) + _LINE * (len(lines) - 1)
    if role == "parameter":  # a rhombus: every line's four corners within it, whatever its width
        rhombus_height = max(62.0, height + 26)
        rhombus_width, top = 0.0, -height / 2
        for w, h in lines:
            farthest = max(abs(top), abs(top + h))
            rhombus_width = max(rhombus_width, (w + 2) / (1 - 2 * farthest / rhombus_height))
            top += h + _LINE
        rhombus_width = max(rhombus_width, 1.2 * rhombus_height)
        return "diamond", rhombus_width, rhombus_height, rhombus_width / 2
    if role == "activation" and width < 2.0 * height and height < 60:
        return "ellipse", max(width * sqrt(2), 62.0) + 4, max(height * sqrt(2), 46.0) + 2, 0.0
    if role in ("activation", "output"):
        return _pill(width, height)
    return _rect(role, width, height)


def _around_array(role: str, width: float, height: float) -> tuple[Shape, float, float, float]:
    """Shape, width, height and corner around a rectangle of content, most of it a tensor."""
    if role == "constant":
        return "none", width + 4, height + 4, 0.0
    if role == "parameter":  # a hexagon, flat above and below, its corners left and right
        outer = height + 2 * _PAD
        nose = min(_NOSE, outer / 2)
        return "diamond", width + 10 + 2 * nose * height / outer, outer, nose
    if role == "activation":
        return "pill", width + 2 * _PAD, height + 2 * _PAD, RADII["rounded"]
    if role in ("output", "operation"):
        return _pill(width, height, _INSIDE)
    return _rect(role, width, height)


def _rect(role: str, width: float, height: float) -> tuple[Shape, float, float, float]:
    inset = 3.0 if role == "loss" else 0.0  # the second rim
    return "rect", max(width + 2 * (_PAD + inset), 56.0), max(height + 2 * (_PAD + inset), 46.0), 0.0


def _pill(width: float, height: float, clear: float = 1.0) -> tuple[Shape, float, float, float]:
    """A pill around a rectangle, whose corners come no nearer to its rim than `clear`."""
    pad = _PAD + 2
    outer = height + 2 * pad
    radius = min(RADII["pill"], outer / 2)
    inset = radius - sqrt(max(0.0, (radius - clear) ** 2 - max(0.0, radius - pad) ** 2))
    least = 1.4 * outer if outer < 2 * RADII["pill"] else 2 * RADII["pill"]  # no circle, which is an operation's
    return "pill", max(width + 2 * max(inset, _PAD), least), outer, RADII["pill"]
