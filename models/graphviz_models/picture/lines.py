"""What stands on an edge: its lines with the room that each is given, before anything is laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import dist

from graphviz_models.calculus import ONE, as_written, deltas, gathered
from graphviz_models.expr import Expr
from graphviz_models.formula import Formula, text, typeset
from graphviz_models.notation import Notation, operand
from graphviz_models.program import Program

from .body import widest_number
from .geometry import Rect, nearest
from .marks import Point
from .show import Show
from .signals import convolved
from .weights import Weight
from .words import GRADIENT, elided, expression_latex, outlined

LOCAL = 13.0  # font size of what stands on an edge
SMALL = 12.0  # of weights without their symbols
#: Weights of a layer, beyond which those of the picture stand without what flows back along their edges, without their
#: symbols, and without their deltas.
SEVERAL, MANY, CROWD = 9, 16, 40
BACK = "←"  # before what flows back along an edge
_WIDE, _WIDEST = 120.0, 160.0  # local derivatives that are wider are written shorter; wider still, left out
_TALL = 32.0  # a fraction within a fraction: its figures are too small to be read
_LARGE = 200  # terms of one that is not written shorter
_BETWEEN = 4.0
_BELOW = 0.25  # so steeply below a label, and more so, its edge is nearest to its last line
_LEAN = 4.0  # an edge is nearest to a corner of a label, but for one that is nearly level


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an edge's label: the room it has, its formula where that never changes, its place once it is laid out.

    `kind` "local" is the local derivative, "product" what flows back along the edge, "weight" and "delta" the value of
    `node`, a parameter that has no box of its own, and its delta; `shown` says whether its value is to be shown. A
    `brief` line has the value without the symbol. `lean` is the side of its room on which the edge runs: −1 left, 1
    right, 0 above or below its middle.
    """

    kind: str
    room: tuple[float, float]
    formula: Formula | None = None
    node: str = ""
    shown: bool = True
    brief: bool = False
    place: Rect = (0.0, 0.0, 0.0, 0.0)
    lean: float = 0.0

    @property
    def anchor(self) -> float:
        """The x that a formula narrower than its room has its middle as near to as can be."""
        return self.place[0] + self.place[2] * (1 + self.lean) / 2


Terms = Mapping[tuple[str, str], tuple[Expr | None, Expr]]


def terms(program: Program) -> Terms:
    """For every edge: the local derivative, where both ends are scalars, and the product that flows back along it."""
    found: dict[tuple[str, str], tuple[Expr | None, Expr]] = {}
    for delta in deltas(program):
        for term in delta.written:
            equation = program.equation[term.source]
            local = gathered(equation.local, ONE).get(delta.of) if equation.rhs.shape == () else None
            found[delta.of, term.source] = (None if local is None or local.shape else local, term.product)
    return found


def weight_lines(notation: Notation, weight: Weight, show: Show, digits: int, most: int) -> list[Line]:
    """A weight's symbol and value, and its delta; beyond MANY in a layer that has the `most` of them the numbers alone,
    beyond CROWD its value.
    """
    brief, deltas_too = most > MANY, most <= CROWD
    widest, symbol = widest_number(digits, "-"), notation.symbol(weight.parameter)
    rows = [("weight", "" if brief else symbol, show.values)] * (show.values or not brief)
    rows += [("delta", GRADIENT, True)] * (show.deltas and deltas_too)
    lines = []
    for kind, letter, shown in rows:
        formula = typeset(equals(letter, widest if shown else "", brief), SMALL if brief else LOCAL, display=False)
        lines.append(Line(kind, (formula.width, formula.height), None, weight.parameter, shown, brief))
    return lines


def equals(letter: str, value: str, brief: bool) -> str:
    """What a letter is equal to, in LaTeX: without an equals sign where that is to be `brief`."""
    if not (letter and value):
        return letter or value
    return rf"{letter}\, {{{value}}}" if brief else f"{letter} = {value}"


def local_lines(
    program: Program, notation: Notation, target: str, local: Expr | None, product: Expr, show: Show, digits: int,
    node: str = "",
) -> list[Line]:  # fmt: skip
    """The local derivative of the node `target` (of an array: the whole product), below it the product as a number.

    One that is too wide, or too tall, is written with the symbol of what is computed, as 1 − h², and with letters for
    deltas, δ_h; if that is too wide, too, as a number; a product with dots for what its functions are of, then for its
    brackets, and in the end as what it is, ∂h/∂x, where `node` is x.
    """
    number = text(widest_number(digits), LOCAL)
    room = (number.width, number.height)
    flow = text(f"{BACK} {widest_number(digits)}", LOCAL)
    flows = [Line("product", (flow.width, flow.height))] if product.shape == () else []
    if show.locals == "number" and local is not None:
        return [Line("local", room), *flows]
    expression = as_written(product if local is None else local)
    equation, unnamed = program.equation[target], target if program.role(target) == "operation" else ""
    formula = typeset(expression_latex(expression, notation, {}, program.spelled, unnamed), LOCAL, display=False)
    if (formula.width > _WIDE or formula.height > _TALL) and expression.size < _LARGE:
        known = {**program.shares(target), equation.rhs: target, equation.local: target}
        named = as_written(product if local is None else local, tuple(known))
        dotted = elided(named, known) if local is None else named
        for way, short in ((named, False), (named, True), (dotted, True), (outlined(dotted), True)):
            shorter = expression_latex(way, notation, known, program.spelled, unnamed, short)
            formula = typeset(shorter, LOCAL, display=False)
            if formula.width <= _WIDEST:
                break
    if formula.width > _WIDEST:
        if local is not None:
            return [Line("local", room), *flows]
        whole = convolved(expression)
        brief = r"\cdots" if whole is None else expression_latex(whole, notation, {}, program.spelled, unnamed)
        if whole is None and node and not any(program.role(one) == "operation" for one in (node, target)):
            above, below = (rf"\partial {operand(notation.symbol(one))}" for one in (target, node))
            brief = rf"{above} / {below}"
        formula = typeset(brief, LOCAL, display=False)
    return [Line("local", (formula.width, formula.height), formula), *flows]


def size(lines: Sequence[Line]) -> tuple[float, float]:
    """Width and height of a label of these lines."""
    return max(line.room[0] for line in lines) + 4, sum(line.room[1] + _BETWEEN for line in lines) - _BETWEEN + 2


def stacked(lines: Sequence[Line], spot: Rect | None, route: Sequence[Point]) -> tuple[Line, ...]:
    """The lines in the label's rectangle, from top to bottom; none where it got none.

    What always stands there is nearest to the `route`, and all of them lean towards it, so that short ones do not stand
    as far from their edge as from another.
    """
    if spot is None:
        return ()
    centre = spot[0] + spot[2] / 2, spot[1] + spot[3] / 2
    x, y = nearest(route, centre)
    far = max(dist((x, y), centre), 1.0)
    ordered = sorted(lines, key=lambda line: line.kind in ("product", "delta"))
    if y - centre[1] > _BELOW * far:
        ordered.reverse()
    return _one_below_another(ordered, spot, min(max(_LEAN * (x - centre[0]) / far, -1.0), 1.0))


def _one_below_another(lines: Sequence[Line], spot: Rect, lean: float) -> tuple[Line, ...]:
    top, placed = spot[1] + 1, []
    for line in lines:
        width, height = line.room
        place = (spot[0] + 2 + (spot[2] - 4 - width) * (1 + lean) / 2, top, width, height)
        placed.append(replace(line, place=place, lean=lean))
        top += height + _BETWEEN
    return tuple(placed)
