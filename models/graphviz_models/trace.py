"""What the engine did, step by step: a frozen record that screens, exports, quizzes replay."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from .calculus import Delta, carried_name, delta_name, deltas, jacobian
from .expr import ATOM, Array, Expr, evaluate, uncollected
from .notation import Notation
from .optimizers import Descent
from .program import Program
from .program.layers import lettered
from .program.types import read_only
from .read import Formula, constant_latex
from .stable import Stable

Phase = Literal["forward", "backward", "update"]
#: Immediate Jacobians of more entries than this are not handed out with a contribution.
MOST_LOCAL = 4096
#: How closely the consumers' products add up to the true sum, where the two are made differently.
AGREE = 1e-9
ROUNDING = 1e-14  # of the size of its summands: what a sum that cancels may leave
TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class Contribution:
    """What one consumer sends back to a node: `product` has the node's shape, `local` is ∂⁺source/∂node."""

    source: str
    product: Array
    _local: Callable[[], Array | None] = field(repr=False)

    @cached_property
    def local(self) -> Array | None:
        """The immediate Jacobian, of shape (*source, *node); None where it has more than 4,096 entries."""
        return self._local()


@dataclass(frozen=True, eq=False)
class Step:
    """One node's turn.

    Forward: its value, from the nodes that it `reads`. Backward: its delta, the sum of contributions. Update: a
    parameter's value after the optimizer's update.
    """

    index: int
    phase: Phase
    node: str
    value: Array
    reads: tuple[str, ...] = ()
    contributions: tuple[Contribution, ...] = ()

    @cached_property
    def shown(self) -> Array:
        """The value as it is shown: 0 where contributions cancel but for what rounding leaves of them."""
        if len(self.contributions) < 2:
            return self.value
        with np.errstate(all="ignore"):
            size = sum((np.abs(part.product) for part in self.contributions), np.zeros(self.value.shape))
            cancelled = (np.abs(self.value) < ROUNDING * size) & np.isfinite(size)
        return read_only(np.where(cancelled, 0.0, self.value)) if np.any(cancelled) else self.value


@dataclass(frozen=True, eq=False)
class Trace:
    """The steps in order, every node's value and gradient, and the first node that is not finite (None if all are)."""

    program: Program
    notation: Notation
    steps: tuple[Step, ...]
    values: Mapping[str, Array]
    gradients: Mapping[str, Array]
    first_non_finite: str | None
    deltas: Mapping[str, Delta]
    descent: Descent | None = None

    @property
    def learning_rate(self) -> float | None:
        """The rate of the update, None where there is none."""
        return self.descent.learning_rate if self.descent is not None else None

    @property
    def loss(self) -> float:
        """The value of the loss."""
        return float(self.values[self.program.loss])

    @cached_property
    def phases(self) -> tuple[tuple[Phase, int, int], ...]:
        """Each phase with the index of its first step and of the step after its last."""
        found: list[tuple[Phase, int, int]] = []
        for s in self.steps:
            if found and found[-1][0] == s.phase:
                found[-1] = (s.phase, found[-1][1], s.index + 1)
            else:
                found.append((s.phase, s.index, s.index + 1))
        return tuple(found)

    @cached_property
    def forward_index(self) -> Mapping[str, int]:
        """The index of each node's forward step."""
        return {s.node: s.index for s in self.steps if s.phase == "forward"}

    @cached_property
    def backward_index(self) -> Mapping[str, int]:
        """The index of each node's backward step."""
        return {s.node: s.index for s in self.steps if s.phase == "backward"}

    def delta_shown(self, node: str) -> Array:
        """The gradient of the loss by a node as it is shown (see Step.shown). Raises KeyError where it has none."""
        index = self.backward_index.get(node)
        return self.gradients[node] if index is None else self.steps[index].shown


def run(
    program: Program,
    notation: Notation | None = None,
    values: Mapping[str, Any] | None = None,
    *,
    learning_rate: float | None = None,
    descent: Descent | None = None,
) -> Trace:
    """One forward pass and one backward pass, and where a `descent` is given, the update that it makes.

    A `learning_rate` alone is one of plain gradient descent. `values` replaces the values of given nodes, in their
    shapes. Arrays are float64 and read-only.
    """
    if descent is None and learning_rate is not None:
        descent = Descent(learning_rate)
    with np.errstate(all="ignore"), uncollected():
        return _Run(program, notation or Notation(program.loss), values or {}, descent).trace()


class _Run:
    def __init__(
        self, program: Program, notation: Notation, values: Mapping[str, Any], descent: Descent | None
    ) -> None:
        self.program = program
        self.notation = _naming(program, lettered(notation, program))
        self.descent = descent
        self.env: dict[str, Array] = {
            n: read_only(values[n]) if n in values else g.value for n, g in program.given.items()
        }
        self.steps: list[Step] = []
        self.gradients: dict[str, Array] = {}
        self.looked_through = {name for e in program.equations for name in e.resolved}
        self._wide: Wide | None = None
        self._seen = looking_through(program)

    def trace(self) -> Trace:
        program = self.program
        for e in program.equations:
            self.env[e.name] = read_only(evaluate(e.computed, self.env))
            self._step("forward", e.name, self.env[e.name], e.reads)
        self.values = MappingProxyType({n: self.env[n] for n in program.names})
        found = {d.of: d for d in deltas(program)}
        for d in found.values():
            self._backward(d)
        for name in (*(e.name for e in reversed(program.equations)), *reversed(tuple(program.given))):
            if name not in found and program.is_real(name):
                self._unreached(name)
        if self.descent is not None:
            for name, given in program.given.items():
                if given.role == "parameter":
                    new = self.descent.updated(name, self.env[name], self.gradients[name])
                    self._step("update", name, read_only(new), (name,))
        gradients = MappingProxyType({n: self.gradients[n] for n in program.names if n in self.gradients})
        return Trace(
            program, self.notation, tuple(self.steps), self.values, gradients, self._non_finite(), found, self.descent
        )

    def _products(self, d: Delta) -> list[tuple[str, Array]]:
        """What each consumer sends back to a node, each with its name."""
        if d.exact is None:
            return [(t.source, p) for t, p in zip(d.terms, self._evaluated(d), strict=True)]
        exact = [read_only(evaluate(t.product, self.env)) for t in d.exact]
        said = self._evaluated(d)
        total = sum(exact[1:], exact[0])
        rest = total - sum(said[1:], said[0])
        if np.all(np.abs(rest) <= AGREE * sum(map(np.abs, said))):
            said[0] = read_only(said[0] + rest)
            return [(t.source, p) for t, p in zip(d.terms, said, strict=True)]
        return [(t.source, p) for t, p in zip(d.exact, exact, strict=True)]

    def _evaluated(self, d: Delta) -> list[Array]:
        """The terms' values.

        A sheet that spells a softmax out has nodes such as e^1000 or 1 - p that no float64 holds; nothing true depends
        on them (see stable), yet their own deltas are finite numbers: these are taken in the range of the machine's
        long double, with the true forms of the local derivatives.
        """
        if d.of not in self.looked_through:
            return [read_only(evaluate(t.product, self.env)) for t in d.terms]
        products = [read_only(evaluate(self._seen.rewrite(t.product), self.env)) for t in d.terms]
        held = np.abs(self.env[d.of])
        if all(np.isfinite(p).all() for p in products) and np.all((held > TINY) & np.isfinite(held)):
            return products
        if self._wide is None:
            self._wide = Wide(self.program, self.env)
        wide = self._wide.products(d.of)
        if len(wide) != len(products):
            return products
        return [read_only(np.where(np.isnan(w), p, w)) for p, w in zip(products, wide, strict=True)]

    def _step(self, phase: Phase, node: str, value: Array, reads: tuple[str, ...], parts: Any = ()) -> None:
        if self.program.role(node) == "constant":
            return  # nothing is computed, and nobody asks for the derivative by a number
        self.steps.append(Step(len(self.steps), phase, node, value, reads, tuple(parts)))

    def _backward(self, d: Delta) -> None:
        shape = self.program.shape(d.of)
        products = self._products(d)
        parts = [self._contribution(source, d.of, product) for source, product in products]
        sources = {source for source, _ in products}
        parts += [
            self._contribution(c, d.of, read_only(np.zeros(shape)))
            for c in self.program.consumers[d.of]
            if c not in sources
        ]
        total = np.ones(()) if d.of == self.program.loss else np.zeros(shape)
        for part in parts:
            total = total + part.product
        self.gradients[d.of] = self.env[delta_name(d.of)] = read_only(total)
        if d.carried is not None:
            rest = np.zeros(shape)
            for e in d.carried:
                rest = rest + evaluate(e, self.env)
            self.env[carried_name(d.of)] = rest
        self._step("backward", d.of, self.gradients[d.of], tuple(p.source for p in parts), parts)

    def _unreached(self, name: str) -> None:
        zeros = read_only(np.zeros(self.program.shape(name)))
        self.gradients[name] = zeros
        parts = [self._contribution(c, name, zeros) for c in self.program.consumers[name]]
        self._step("backward", name, zeros, (), parts)

    def _contribution(self, source: str, node: str, product: Array) -> Contribution:
        program, values = self.program, self.values

        def local() -> Array | None:
            if program.var(source).shape and program.var(node).shape:
                size = int(np.prod(program.shape(source))) * int(np.prod(program.shape(node)))
                if size > MOST_LOCAL:
                    return None
            with np.errstate(all="ignore"):
                return read_only(jacobian(program, source, node, values, immediate=True))

        return Contribution(source, product, local)

    def _non_finite(self) -> str | None:
        for s in self.steps:
            value = s.value
            if not (np.isfinite(value).all() if value.shape else math.isfinite(value)):
                return s.node
        return None


def _naming(program: Program, notation: Notation) -> Notation:
    """The notation in which operations without a name are called what they are, √2, (y - t), not by their places."""
    spelled = program.spelled
    if not spelled:
        return notation

    def called(node: str) -> str:
        if node not in spelled:
            return ""
        if node in program.numbers:
            return constant_latex(spelled[node], notation.symbol)
        return Formula(notation.symbol, {}, constants=notation.symbol).text(spelled[node], ATOM)

    return replace(notation, called=called)


def looking_through(program: Program) -> Stable:
    """The true forms of formulas in the program's names."""

    def meaning(name: str) -> Expr | None:
        found = program.equation.get(name)
        return found.computed if found else None

    return Stable(meaning)


class Wide:
    """The values with their deltas, in long double."""

    def __init__(self, program: Program, values: Mapping[str, Array]) -> None:
        seen = looking_through(program)
        plain = tuple(replace(e, local=e.rhs, computed=e.rhs, resolved=()) for e in program.equations)
        self.env: dict[str, Array] = {n: values[n].astype(np.longdouble) for n in program.given}
        for e in program.equations:
            self.env[e.name] = evaluate(e.computed, self.env)
        self._products: dict[str, list[Array]] = {}
        for d in deltas(replace(program, equations=plain)):
            parts = [np.asarray(evaluate(seen.rewrite(t.product), self.env)) for t in d.terms]
            self._products[d.of] = parts
            self.env[delta_name(d.of)] = sum(parts[1:], parts[0]) if parts else np.ones((), np.longdouble)

    def products(self, node: str) -> list[Array]:
        """What each consumer sends back to a node."""
        return self._products[node]
