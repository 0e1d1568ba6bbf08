"""Gradients against central differences at two step sizes, entry by entry, for everything real that a model is given.

A difference knows the slope only up to its rounding and the function's curvature. So an entry fails only where the
difference is sure of itself: where two step sizes disagree, where the slopes from the left and from the right differ (a
kink), or where the loss's own rounding is larger than the deviation (cancellation), the entry is reported instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from graphviz_models.expr import Array, evaluate, variables
from graphviz_models.problem import Problems
from graphviz_models.program import Equation, Program
from graphviz_models.trace import Trace, run

RELATIVE, FLOOR = 1e-5, 1e-8
"""Agreement: within RELATIVE of the node's largest entry, and never asked to be better than FLOOR."""
WHOLE, SAMPLE = 2000, 500
"""A node of more than WHOLE entries is checked at a seeded sample of SAMPLE."""
_STEP = float(np.finfo(np.float64).eps) ** (1 / 3)
_RATIO = 4.0
_NEAREST, _FARTHEST = 1e-280, 1e12
"""Values between which a step on their own scale can be told from none."""
_WORK = 2e6
"""What a whole check may cost, in equations evaluated; beyond, samples are checked."""
_LEAST = 4
_FEW, _SMALL, _GROUP, _DIRECTIONS = 100_000, 16, 64, 3
"""Many nodes of few entries each are checked in groups, along random directions."""


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
        self.budget = _WORK
        self.reads = [
            (e, frozenset(variables(e.computed))) for e in self.program.equations if e.name in self.program.ancestors
        ]

    def checks(self) -> tuple[NodeCheck, ...]:
        nodes = [name for name in self.program.given if self.program.is_real(name)]
        small = [name for name in nodes if self.trace.gradients[name].size <= _SMALL]
        many = len(small) * len(self.reads) > _FEW
        found: dict[str, NodeCheck] = {}
        if many:
            for start in range(0, len(small), _GROUP):
                found.update(self._together(small[start : start + _GROUP]))
        alone = [name for name in nodes if name not in found]
        for place, name in enumerate(alone):
            found[name] = self._node(name, self.budget / (len(alone) - place))
        return tuple(found[name] for name in nodes)

    def _together(self, names: Sequence[str]) -> Iterator[tuple[str, NodeCheck]]:
        """Nodes along random directions at once; where they disagree, each half of them, at last each one alone."""
        if len(names) == 1 or self.budget <= 0:
            yield from ((name, self._node(name, self.budget)) for name in names)
            return
        deviation = self._along(names)
        if deviation is None:
            half = len(names) // 2
            yield from self._together(names[:half])
            yield from self._together(names[half:])
            return
        for name in names:
            count = self.trace.gradients[name].size
            yield name, NodeCheck(name, count, count, deviation / max(self._largest(name), FLOOR / RELATIVE))

    def _along(self, names: Sequence[str]) -> float | None:
        """How far gradients and differences are apart along random directions, None where that is too far to say."""
        equations = self._downstream(names)
        tolerance = min(self._tolerance(name) for name in names)
        worst = 0.0
        for _ in range(_DIRECTIONS):
            along = {}
            slope = 0.0
            for name in names:
                value = self.trace.values[name]
                lengths = self.random.uniform(0.5, 1.5, value.shape) * np.maximum(1.0, np.abs(value))
                along[name] = lengths * self.random.choice((-1.0, 1.0), value.shape)
                slope += float((along[name] * self.trace.gradients[name]).sum())
            left, right = (
                self._loss({name: self.trace.values[name] + offset * way for name, way in along.items()}, equations)
                for offset in (-_STEP, _STEP)
            )
            worst = max(worst, abs((right - left) / (2 * _STEP) - slope))
            if not worst <= tolerance:
                return None
        return worst

    def _loss(self, moved: Mapping[str, Array], equations: Sequence[Equation]) -> float:
        """The loss with other values of some given nodes."""
        env = {**self.trace.values, **moved}
        with np.errstate(all="ignore"):
            for equation in equations:
                env[equation.name] = evaluate(equation.computed, env)
        self.budget -= _work(equations)
        return float(env[self.program.loss])

    def _downstream(self, names: Sequence[str]) -> Sequence[Equation]:
        """The equations on the way from some nodes to the loss, in order."""
        changed = set(names)
        on_the_way = []
        for equation, reads in self.reads:
            if not changed.isdisjoint(reads):
                changed.add(equation.name)
                on_the_way.append(equation)
        return on_the_way

    def _largest(self, name: str) -> float:
        gradient = self.trace.gradients[name]
        return float(np.abs(gradient[np.isfinite(gradient)]).max(initial=0.0))

    def _tolerance(self, name: str) -> float:
        return max(RELATIVE * self._largest(name), FLOOR)

    def _node(self, name: str, budget: float) -> NodeCheck:
        """One node entry by entry, as many of them as the budget allows."""
        gradient = self.trace.gradients[name]
        count = gradient.size
        if self.budget <= 0:
            return NodeCheck(name, count, 0, 0.0)
        equations = self._downstream([name])
        affordable = max(_LEAST, int(budget / max(2 * _work(equations), 1)))
        wanted = min(count if count <= WHOLE else SAMPLE, affordable)
        chosen = range(count) if wanted == count else sorted(self.random.choice(count, wanted, replace=False).tolist())
        tolerance = self._tolerance(name)
        entries = [
            self._entry(name, tuple(int(i) for i in np.unravel_index(flat, gradient.shape)), equations, tolerance)
            for flat in chosen
        ]
        wrong = tuple(e for e in entries if not e.doubt and not e.deviation <= tolerance)
        doubtful = tuple(e for e in entries if e.doubt)
        agreeing = [e.deviation for e in entries if not e.doubt and e.deviation <= tolerance]
        deviation = max(agreeing, default=0.0) / max(self._largest(name), FLOOR / RELATIVE)
        return NodeCheck(name, count, len(chosen), deviation, wrong, doubtful)

    def _entry(self, name: str, index: tuple[int, ...], equations: Sequence[Equation], tolerance: float) -> Entry:
        base = np.array(self.trace.values[name], dtype=np.float64)
        entry = Entry(index, float(self.trace.gradients[name][index]), math.nan)

        def loss(offset: float) -> float:
            moved = base.copy()
            moved[index] += offset
            return self._loss({name: moved}, equations)

        if abs(float(base[index])) > _FARTHEST:
            step = _STEP * abs(float(base[index]))
            near = (loss(step) - loss(-step)) / (2 * step)
            seen = replace(entry, difference=near)
            return seen if seen.deviation <= tolerance else replace(seen, doubt="too large a value to be varied")
        verdicts = []
        for scale in _scales(float(base[index])):
            verdict = self._compared(loss, entry, scale * _STEP, tolerance)
            if not verdict.doubt and verdict.deviation <= tolerance:
                return verdict
            verdicts.append(verdict)
        doubted = next((v for v in verdicts if v.doubt), None)
        if doubted is None and self._right_beside(name, base, index, loss):
            return replace(verdicts[0], doubt="kink")
        return doubted or verdicts[0]

    def _right_beside(self, name: str, base: Array, index: tuple[int, ...], loss: Callable[[float], float]) -> bool:
        """Whether the gradient is right on both sides: then parts of the formula have kinks here that cancel out."""
        step = _STEP * max(1.0, abs(float(base[index])))
        for way in (-step, step):
            moved = base.copy()
            moved[index] += way
            values = {n: self.trace.values[n] for n in self.program.given}
            gradient = run(self.program, values={**values, name: moved}).gradients[name]
            self.budget -= _work(self.program.equations)
            difference = (loss(1.5 * way) - loss(0.5 * way)) / way
            if not abs(float(gradient[index]) - difference) <= max(RELATIVE * float(np.abs(gradient).max()), FLOOR):
                return False
        return True

    def _compared(self, loss: Callable[[float], float], entry: Entry, step: float, tolerance: float) -> Entry:
        left, middle, right = loss(-step), self.trace.loss, loss(step)
        near = (right - left) / (2 * step)
        seen = replace(entry, difference=near, left=(middle - left) / step, right=(right - middle) / step)
        if not all(map(math.isfinite, (near, middle, entry.gradient))):
            return replace(seen, doubt="not finite")
        if seen.deviation <= tolerance:
            return seen
        far_left, far_right = loss(-_RATIO * step), loss(_RATIO * step)
        far = (far_right - far_left) / (2 * _RATIO * step)
        bend, far_bend = seen.right - seen.left, (far_right + far_left - 2 * middle) / (_RATIO * step)
        # A smooth function bends in proportion to the step, a kink by the same jump at any step.
        if abs(bend) > tolerance and abs(bend) > abs(far_bend) * 2 / _RATIO:
            return replace(seen, doubt="kink")
        if not abs(near - far) <= tolerance:
            return replace(seen, doubt="the step sizes disagree")
        if seen.deviation <= 8 * self._rounding / step:
            return replace(seen, doubt="cancellation")
        return seen

    @cached_property
    def _rounding(self) -> float:
        """A bound of the loss's rounding error: every operation's value rounded once, carried on by its delta."""
        program = self.program
        trace = self.trace
        with suppress(Problems):  # a level of too many nodes: the variables alone tell the rounding well enough
            trace = run(program.at_level("operations"), values={n: self.trace.values[n] for n in program.given})
        with np.errstate(all="ignore"):
            parts = [np.abs(trace.values[n] * trace.gradients[n]).ravel() for n in trace.gradients if n in trace.values]
            return float(np.finfo(np.float64).eps) * float(np.nansum(np.concatenate(parts)))


def _work(equations: Sequence[Equation]) -> float:
    """What one evaluation costs, in equations of few entries."""
    return sum(1 + math.prod(e.rhs.shape) / 1000 for e in equations)


def _scales(at: float) -> Iterator[float]:
    """Step sizes fit for an entry of order 1 or larger, then for a small one on its own scale."""
    yield max(1.0, abs(at))
    if _NEAREST < abs(at) < 1:
        yield abs(at)
