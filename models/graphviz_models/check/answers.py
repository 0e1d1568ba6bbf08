"""Answers to questions against the engine: the shape, then every entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphviz_models.calculus import jacobian
from graphviz_models.expr import Array, evaluate
from graphviz_models.program import expression
from graphviz_models.trace import Trace

from .claims import Quantity, Question

if TYPE_CHECKING:
    from graphviz_models.compile import Recorded

RELATIVE, FLOOR = 1e-9, 1e-12


@dataclass(frozen=True, eq=False)
class AnswerCheck:
    """One answer: its value (None where it has another shape), what the engine says, and what is wrong, if anything."""

    question: Question
    expected: Array
    value: Array | None
    fault: str = ""

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return not self.fault


def expected(trace: Trace | Recorded, quantity: Quantity) -> Array:
    """What the engine says about a quantity: a value, a gradient, or a Jacobian of shape ``[*of, *wrt]``."""
    if quantity.wrt is None:
        return trace.values[quantity.of]
    if quantity.of == trace.program.loss and not quantity.immediate:
        return trace.gradients[quantity.wrt]
    return jacobian(trace.program, quantity.of, quantity.wrt, trace.values, immediate=quantity.immediate)


def answers(trace: Trace, questions: tuple[Question, ...], deltas: Mapping[str, str]) -> tuple[AnswerCheck, ...]:
    """The check of every question that has an answer; `deltas` maps nodes to the sheet's names of their gradients.

    Raises Problems for an answer that cannot be read.
    """
    with np.errstate(all="ignore"):
        return tuple(_answer(trace, q, q.quantity, deltas) for q in questions if q.answer and q.quantity is not None)


def _answer(trace: Trace, question: Question, quantity: Quantity, deltas: Mapping[str, str]) -> AnswerCheck:
    known = {name: trace.gradients[node] for node, name in deltas.items() if name in question.given}
    formula = expression(question.answer, trace.program, {name: value.shape for name, value in known.items()})
    truth = expected(trace, quantity)
    if formula.shape != truth.shape:
        return AnswerCheck(question, truth, None, f"it has the shape {formula.shape}, {quantity} has {truth.shape}")
    value = np.asarray(evaluate(formula, {**trace.values, **known}), dtype=np.float64)
    agree = (value == truth) | (np.isnan(value) & np.isnan(truth))
    largest = float(np.abs(truth[np.isfinite(truth)]).max(initial=0.0))
    agree |= np.abs(value - truth) <= RELATIVE * largest + FLOOR
    if agree.all():
        return AnswerCheck(question, truth, value)
    index = tuple(int(i) for i in np.argwhere(~agree)[0])
    at = f" at {list(index)}" if index else ""
    return AnswerCheck(question, truth, value, f"it is {value[index]:.10g}{at}, {quantity} is {truth[index]:.10g}")
