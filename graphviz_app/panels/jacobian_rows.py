"""The rows of the Jacobian panel, made from a trace: numbers as matrices, formulas, and what they show in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication

from graphviz_app.panels.formula_page import Equation, Heat, Row, Text
from graphviz_models.calculus import jacobian
from graphviz_models.expr import Array
from graphviz_models.formula import tag
from graphviz_models.jacobians import (
    Part,
    Recurrence,
    growth,
    immediate_in_step,
    jacobian_latex,
    quotient_latex,
    recurrences,
    shared,
)
from graphviz_models.problem import Problems
from graphviz_models.program import Program
from graphviz_models.read import array_latex
from graphviz_models.trace import Trace

SIZE = 15.0
MOST_ENTRIES = 10_000  # of a Jacobian that is shown
MOST_WORK = 200_000  # rows times equations: a second or two
SIDE = 6  # entries a side up to which a matrix is written out
MOST_SLICES = 4
AROUND = 6  # steps that are listed
MOST_PARTS = 12  # of a growing gradient


@dataclass(frozen=True)
class Asked:
    """What the panel is asked for: at a trace, two nodes, a recurrence with one of its steps, the steps done."""

    trace: Trace
    of: str
    wrt: str
    recurrence: Recurrence | None
    step: int
    at: int
    digits: int


def _tr(text: str, *arguments: object) -> str:
    words = QCoreApplication.translate("JacobianPanel", text)
    for n, argument in enumerate(arguments):
        words = words.replace(f"{{{n}}}", str(argument))
    return words


def default_pair(program: Program, selected: str | None, found: Sequence[Recurrence]) -> tuple[str, str]:
    """Which two nodes: the selected one by the first that it is computed from, else a state by the one before."""
    if selected is not None and selected in program.equation:
        return selected, _first_read(program, selected)
    if selected is not None and program.consumers.get(selected):
        return program.consumers[selected][0], selected
    if found:
        before, after = found[0].steps[0]
        return after, before
    outputs = [n for n in program.equation if program.role(n) == "output"] or list(program.equation)
    return outputs[0], _first_read(program, outputs[0])


def _first_read(program: Program, node: str) -> str:
    """An activation that it is computed from, where there is one."""
    reads = [n for n in program.equation[node].reads if program.is_real(n)]
    return next((n for n in reads if n in program.equation), reads[0] if reads else node)


def two_nodes(asked: Asked) -> list[Row]:
    """The immediate (∂⁺: every other node held fixed) and the total Jacobian side by side, with their formulas."""
    trace, of, wrt = asked.trace, asked.of, asked.wrt
    if of not in trace.program.names or wrt not in trace.program.names:
        return []
    try:
        refused = _too_much(trace.program, of, wrt)
        if refused:
            return [(Text(refused, "muted"),)]
        with np.errstate(all="ignore"):
            immediate = jacobian(trace.program, of, wrt, trace.values, immediate=True)
            total = jacobian(trace.program, of, wrt, trace.values)
    except Problems as problems:
        return [(Text(f"{problem.message}.", "muted"),) for problem in problems.problems]
    near, far = (quotient_latex(trace, of, wrt, kind, tag) for kind in "+d")
    formulas = [
        (near, jacobian_latex(trace, of, wrt, immediate=True, tag=tag)),
        (far, jacobian_latex(trace, of, wrt, tag=tag)),
    ]
    heads = [_head(trace, of, wrt, kind, formula) for kind, (_, formula) in zip("+d", formulas, strict=True)]
    return [
        *_beside(trace, of, wrt, (near, immediate), (far, total), asked.digits),
        *((head,) for head in heads if head is not None),
        (Text(_words(trace.program, of, wrt, immediate, total), "muted"),),
    ]


def stepwise(asked: Asked) -> list[Row]:
    """The Jacobian of every step near the chosen one; for that one, immediate against total by each parameter."""
    trace, found = asked.trace, asked.recurrence
    if found is None:
        return []
    number = min(asked.step, len(found.steps))
    first = max(0, min(number - AROUND // 2, len(found.steps) - AROUND))
    near = found.steps[first : first + AROUND]
    rows: list[Row] = []
    before, after = found.steps[number - 1]
    refused = _too_much(trace.program, after, before)
    if refused:
        return [(Text(refused, "muted"),)]
    rows.append((Text(_tr("**Jacobian of each step**"), "text"),))
    for earlier, later in near:
        with np.errstate(all="ignore"):
            value = jacobian(trace.program, later, earlier, trace.values)
        formula = jacobian_latex(trace, later, earlier, tag=tag)
        colour = "forward_text" if later == after else "text"
        quotient = quotient_latex(trace, later, earlier, "", tag)
        rows += _matrix(trace, later, earlier, tuple(p for p in (quotient, formula) if p), value, asked.digits, colour)
    if len(near) < len(found.steps):
        rows.append((Text(_tr("{0} of {1} steps are shown.", len(near), len(found.steps)), "muted"),))
    for parameter in shared(trace.program):
        rows += _by_parameter(asked, found, number, parameter)
    return rows


def _by_parameter(asked: Asked, found: Recurrence, number: int, parameter: str) -> list[Row]:
    """∂⁺x_t/∂p with the state before held fixed, beside dx_t/dp, and how the second follows from the first."""
    trace = asked.trace
    before, after = found.steps[number - 1]
    if _too_much(trace.program, after, parameter):
        return []
    held = _states_before(trace.program, before)
    immediate = immediate_in_step(trace.program, after, parameter, held, trace.values)
    with np.errstate(all="ignore"):
        total = jacobian(trace.program, after, parameter, trace.values)
    if not np.any(immediate) and not np.any(total):
        return []
    near, far = (quotient_latex(trace, after, parameter, kind, tag) for kind in "+d")
    symbols = tuple(tag(node, trace.notation.symbol(node)) for node in (parameter, before))
    rows: list[Row] = [
        (Text(_tr("**By** ${0}$: immediate, with ${1}$ held fixed, and total", *symbols), "text"),),
    ]
    head = _head(trace, after, parameter, "+", jacobian_latex(trace, after, parameter, fixed=held, tag=tag))
    if head is not None:
        rows.append((head,))
    by_state = quotient_latex(trace, after, before, "", tag)
    earlier = quotient_latex(trace, before, parameter, "d", tag)
    if before in trace.program.equation and len(held) == 1:
        rows.append((Equation((far, rf"{by_state} \, {earlier} + {near}")),))
    rows += _beside(trace, after, parameter, (near, immediate), (far, total), asked.digits)
    return rows


def growing(asked: Asked) -> list[Row]:
    """The gradients of shared parameters, part by part, as far as the backward pass has come."""
    trace = asked.trace
    rows: list[Row] = []
    for parameter in shared(trace.program):
        parts = growth(trace, parameter).parts
        if not parts:
            continue
        known = [p for p in parts if trace.backward_index[p.source] < asked.at]
        symbol = tag(parameter, trace.notation.symbol(parameter))
        words = _tr("**Gradient by** ${0}$: {1} of {2} parts", symbol, len(known), len(parts))
        rows.append((Text(words, "text"),))
        shown = list(parts) if len(parts) <= MOST_PARTS else [*parts[: MOST_PARTS - 2], parts[-1]]
        for part in shown:
            if part is parts[-1] and len(shown) < len(parts):
                rows.append((Equation((r"\vdots",), "muted"),))
            rows.append(_part(asked, parameter, part, known=part in known))
        if len(known) < len(parts):
            rows.append((Text(_tr("A part is added when the backward pass has come to its node."), "muted"),))
    return rows


def _part(asked: Asked, parameter: str, part: Part, *, known: bool) -> Row:
    """What one consumer adds, and the sum so far; without numbers where its delta is not computed yet."""
    trace = asked.trace
    delta = tag(part.source, trace.notation.delta(part.source))
    link = rf"{delta} \cdot {quotient_latex(trace, part.source, parameter, '+', tag)}"
    if part.source == trace.program.loss:
        link = quotient_latex(trace, part.source, parameter, "+", tag)
    if not known:
        return (Equation((link, r"\text{?}"), "muted"),)
    product, total = (array_latex(v, asked.digits, SIDE) for v in (part.product, part.total))
    return (Equation((link, product), "backward_text"), Equation((r"\textstyle\sum", total)))


def _states_before(program: Program, before: str) -> tuple[str, ...]:
    """All states of the step before: an LSTM has two."""
    index = before[before.rindex("[") :]
    names = (f"{r.family}{index}" for r in recurrences(program))
    return tuple(name for name in names if name in program.names)


def _head(trace: Trace, of: str, wrt: str, kind: str, formula: str | None) -> Equation | None:
    """The formula with what it is the formula of; by a matrix entry by entry."""
    if formula is None:
        return None
    if len(trace.program.shape(of)) <= 1 and len(trace.program.shape(wrt)) > 1:
        sign, below = (r"\partial^{+}", r"\partial") if kind == "+" else (r"\mathrm{d}", r"\mathrm{d}")
        symbol = trace.notation.symbol
        left = rf"\frac{{{sign} ({tag(of, symbol(of))})_i}}{{{below} ({tag(wrt, symbol(wrt))})_{{jl}}}}"
        return Equation((left, formula))
    return Equation((quotient_latex(trace, of, wrt, kind, tag), formula))


def _too_much(program: Program, of: str, wrt: str) -> str:
    """Why a Jacobian is not computed here; "" where it is."""
    rows, columns = math.prod(program.shape(of)), math.prod(program.shape(wrt))
    if rows * columns > MOST_ENTRIES or rows * len(program.equations) > MOST_WORK:
        return _tr("This Jacobian is {0} × {1}: too large to be shown.", f"{rows:,}", f"{columns:,}")
    return ""


def _beside(
    trace: Trace, of: str, wrt: str, first: tuple[str, Array], second: tuple[str, Array], digits: int
) -> list[Row]:
    """Two Jacobians of the same shape, side by side."""
    made = [_matrix(trace, of, wrt, (latex,), value, digits, "text") for latex, value in (first, second)]
    return [(*a, *b) for a, b in zip(*made, strict=True)]


def _matrix(
    trace: Trace, of: str, wrt: str, parts: tuple[str, ...], value: Array, digits: int, colour: str
) -> list[Row]:
    """A Jacobian of shape (*of, *wrt): its matrix, by a matrix one for each entry, a heat-map of a large one."""
    rows, columns = trace.program.shape(of), trace.program.shape(wrt)
    sides = (math.prod(rows), math.prod(columns))
    if len(rows) == 1 and len(columns) == 2 and rows[0] <= MOST_SLICES and max(columns) <= SIDE:
        return [(Equation((_slice(trace, of, wrt, parts[0], i), array_latex(value[i], digits, SIDE)), colour),)
                for i in range(rows[0])]  # fmt: skip
    matrix = value.reshape(sides)
    if max(sides) <= SIDE:
        shown = value if value.ndim == 0 else matrix
        return [(Equation((*parts, array_latex(shown, digits, SIDE)), colour),)]
    name = _tr("{0} by {1}: {2} × {3}", of, wrt, *sides)
    return [(Equation(parts, colour), Heat(matrix, name))]


def _slice(trace: Trace, of: str, wrt: str, quotient: str, i: int) -> str:
    """The quotient for one entry of `of`, counted from 1 as sheets do."""
    symbol = tag(of, trace.notation.symbol(of))
    return quotient.replace(symbol, rf"({symbol})_{i + 1}", 1)


def _words(program: Program, of: str, wrt: str, immediate: Array, total: Array) -> str:
    """What the two have to do with one another."""
    direct = of in program.equation and wrt in program.equation[of].reads
    if not direct and np.any(total):
        return _tr(
            "∂⁺ holds every other node fixed and is 0: `{0}` depends on `{1}` only through other nodes.", of, wrt
        )
    if not np.any(total) and not np.any(immediate):
        return _tr("`{0}` does not depend on `{1}` here.", of, wrt)
    if np.array_equal(immediate, total):
        return _tr(
            "∂⁺ holds every other node fixed. Here both are equal: `{1}` reaches `{0}` in no other way.", of, wrt
        )
    return _tr("∂⁺ holds every other node fixed; d is by all ways from `{1}` to `{0}`.", of, wrt)
