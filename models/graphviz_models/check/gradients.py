"""Gradients against central differences at two step sizes, entry by entry, for everything real that a model is given.

A difference knows the slope only up to its rounding and the function's curvature. So an entry fails only where the
difference is sure of itself: where two step sizes disagree, where the slopes from the left and from the right differ (a
kink), or where the loss's own rounding is larger than the deviation (cancellation), the entry is reported instead.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from graphviz_models.expr import Array, evaluate, variables
from graphviz_models.program import Equation, Program
from graphviz_models.trace import Trace, run

RELATIVE, FLOOR = 1e-5, 1e-8
"""Agreement: within RELATIVE of the node's largest entry, and never asked to be better than FLOOR."""
WHOLE, SAMPLE = 2000, 500
"""A node of more than WHOLE entries is checked at a seeded sample of SAMPLE."""
_STEP = float(np.finfo(np.float64).eps) ** (1 / 3)
_RATIO = 4.0
_WORK = 3e6
_LEAST = 4
_OPERATIONS = 20_000


@dataclass(frozen=True)
class Entry:
    """One entry of a gradient: what the engine says, what the difference says, and the slopes from left and right.

    `doubt` says why the entry cannot be checked here, empty where it can.
    """

    index: tuple[int, ...]
    gradient: float
    difference: float
    left: float = math.nan
    right: float = math.nan
    doubt: str = ""

    @property
    def deviation(self) -> float:
        """How far the two are apart."""
        return abs(self.gradient - self.difference)


@dataclass(frozen=True)
class NodeCheck:
    """The gradient of one node: `checked` of its `entries` were looked at, each fails (`wrong`), is in doubt or agrees.

    `deviation` is the largest one of those that agree, relative to the gradient's largest entry (to 1e-3 at least).
    """

    node: str
    entries: int
    checked: int
    deviation: float
    wrong: tuple[Entry, ...] = ()
    doubtful: tuple[Entry, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no entry fails."""
        return not self.wrong


def gradients(trace: Trace, seed: int = 0) -> tuple[NodeCheck, ...]:
    """The check of every real input, target and parameter, in the program's order, at the values of a trace."""
    return _Differences(trace, seed).checks()


class _Differences:
    def __init__(self, trace: Trace, seed: int) -> None:
        self.trace = trace
        self.program: Program = trace.program
        self.random = np.random.default_rng(seed)
        self.reads = [
            (e, frozenset(variables(e.computed))) for e in self.program.equations if e.name in self.program.ancestors
        ]

    def checks(self) -> tuple[NodeCheck, ...]:
        nodes = [name for name in self.program.given if self.program.is_real(name)]
        budget = _WORK
        found = []
        for place, name in enumerate(nodes):
            equations = self._downstream(name)
            cost = 4 * sum(1 + math.prod(e.rhs.shape) / 1000 for e in equations)
            affordable = max(_LEAST, int(budget / (len(nodes) - place) / max(cost, 1)))
            found.append(self._node(name, equations, affordable))
            budget = max(budget - cost * found[-1].checked, 0.0)
        return tuple(found)

    def _downstream(self, name: str) -> Sequence[Equation]:
        """The equations on the way from a node to the loss, in order."""
        changed = {name}
        on_the_way = []
        for equation, reads in self.reads:
            if not changed.isdisjoint(reads):
                changed.add(equation.name)
                on_the_way.append(equation)
        return on_the_way

    def _node(self, name: str, equations: Sequence[Equation], affordable: int) -> NodeCheck:
        gradient = self.trace.gradients[name]
        count = gradient.size
        wanted = min(count if count <= WHOLE else SAMPLE, affordable)
        chosen = range(count) if wanted == count else sorted(self.random.choice(count, wanted, replace=False).tolist())
        finite = np.abs(gradient[np.isfinite(gradient)])
        largest = float(finite.max(initial=0.0))
        tolerance = max(RELATIVE * largest, FLOOR)
        base = np.array(self.trace.values[name], dtype=np.float64)
        entries = []
        with np.errstate(all="ignore"):
            for flat in chosen:
                index = tuple(int(i) for i in np.unravel_index(flat, gradient.shape))
                loss = _Loss(self.trace.values, name, base, index, equations, self.program.loss)
                entries.append(self._entry(loss, index, float(gradient[index]), tolerance))
        wrong = tuple(e for e in entries if not e.doubt and not e.deviation <= tolerance)
        doubtful = tuple(e for e in entries if e.doubt)
        agreeing = [e.deviation for e in entries if not e.doubt and e.deviation <= tolerance]
        return NodeCheck(
            name, count, len(chosen), max(agreeing, default=0.0) / max(largest, FLOOR / RELATIVE), wrong, doubtful
        )

    def _entry(self, loss: _Loss, index: tuple[int, ...], gradient: float, tolerance: float) -> Entry:
        verdicts = []
        for scale in _scales(loss.at):
            verdict = self._compared(loss, Entry(index, gradient, math.nan), scale * _STEP, tolerance)
            if not verdict.doubt and verdict.deviation <= tolerance:
                return verdict
            verdicts.append(verdict)
        return next((v for v in verdicts if v.doubt), verdicts[0])

    def _compared(self, loss: _Loss, entry: Entry, step: float, tolerance: float) -> Entry:
        left, middle, right = loss(-step), loss(0.0), loss(step)
        far_left, far_right = loss(-_RATIO * step), loss(_RATIO * step)
        near, far = (right - left) / (2 * step), (far_right - far_left) / (2 * _RATIO * step)
        seen = replace(entry, difference=near, left=(middle - left) / step, right=(right - middle) / step)
        if not all(map(math.isfinite, (near, far, middle, entry.gradient))):
            return replace(seen, doubt="not finite")
        if seen.deviation <= tolerance:
            return seen
        bend, far_bend = seen.right - seen.left, (far_right + far_left - 2 * middle) / (_RATIO * step)
        # A smooth function bends in proportion to the step, a kink by the same jump at any step.
        if abs(bend) > tolerance and abs(bend) > abs(far_bend) * 2 / _RATIO:
            return replace(seen, doubt="kink")
        if abs(near - far) > tolerance:
            return replace(seen, doubt="the step sizes disagree")
        if seen.deviation <= 8 * self._rounding / step:
            return replace(seen, doubt="cancellation")
        return seen

    @cached_property
    def _rounding(self) -> float:
        """A bound of the loss's rounding error: every operation's value rounded once, carried on by its delta."""
        program = self.program
        trace = self.trace
        if len(program.equations) <= _OPERATIONS:
            trace = run(program.at_level("operations"), values={n: self.trace.values[n] for n in program.given})
        parts = (np.abs(trace.values[n] * trace.gradients[n]).sum() for n in trace.gradients if n in trace.values)
        return float(np.finfo(np.float64).eps) * float(sum(parts))


class _Loss:
    """The loss as a function of one entry of one given node, everything else as in the trace."""

    def __init__(
        self,
        values: Mapping[str, Array],
        name: str,
        base: Array,
        index: tuple[int, ...],
        equations: Sequence[Equation],
        loss: str,
    ) -> None:
        self.at = float(base[index])
        self._values = values
        self._name, self._base, self._index = name, base, index
        self._equations = equations
        self._loss = loss

    def __call__(self, offset: float) -> float:
        moved = self._base.copy()
        moved[self._index] = self.at + offset
        env = {**self._values, self._name: moved}
        for equation in self._equations:
            env[equation.name] = evaluate(equation.computed, env)
        return float(env[self._loss])


def _scales(at: float) -> Iterator[float]:
    """Step sizes fit for an entry of order 1 or larger, then for a small one on its own scale."""
    yield max(1.0, abs(at))
    if 0 < abs(at) < 1:
        yield abs(at)
