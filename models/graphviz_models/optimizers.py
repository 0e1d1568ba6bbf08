"""The rules that turn a gradient into an update, one entry each, written as expressions like everything else.

The formulas are PyTorch's with its defaults (torch.optim: SGD, RMSprop, Adam, without weight decay). A rule is given
the parameter, its gradient, what it remembers from the last update, the learning rate and the number of this update,
counted from 1; it gives the new parameter and what to remember. Remembered arrays begin at zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .expr import Array, Const, Expr, Var, apply, evaluate

Remembered = Mapping[str, Expr]
Rule = Callable[[Expr, Expr, Remembered, Expr, Expr], tuple[Expr, Remembered]]


@dataclass(frozen=True)
class Optimizer:
    """One way to descend: `remembers` names the arrays kept between updates, each shaped like the parameter."""

    name: str
    title: str
    rule: Rule
    remembers: tuple[str, ...] = ()
    counts: bool = False


def _sgd(p: Expr, g: Expr, last: Remembered, rate: Expr, count: Expr) -> tuple[Expr, Remembered]:
    return p - rate * g, {}


def _momentum(p: Expr, g: Expr, last: Remembered, rate: Expr, count: Expr) -> tuple[Expr, Remembered]:
    velocity = MOMENTUM * last["velocity"] + g
    return p - rate * velocity, {"velocity": velocity}


def _nesterov(p: Expr, g: Expr, last: Remembered, rate: Expr, count: Expr) -> tuple[Expr, Remembered]:
    velocity = MOMENTUM * last["velocity"] + g
    return p - rate * (g + MOMENTUM * velocity), {"velocity": velocity}


def _rmsprop(p: Expr, g: Expr, last: Remembered, rate: Expr, count: Expr) -> tuple[Expr, Remembered]:
    square = Const(0.99) * last["square"] + Const(1.0 - 0.99) * apply("square", g)
    return p - rate * (g / (apply("sqrt", square) + EPSILON)), {"square": square}


def _adam(p: Expr, g: Expr, last: Remembered, rate: Expr, count: Expr) -> tuple[Expr, Remembered]:
    mean = Const(0.9) * last["mean"] + Const(1.0 - 0.9) * g
    square = Const(0.999) * last["square"] + Const(1.0 - 0.999) * apply("square", g)
    size = rate / (Const(1.0) - apply("pow", Const(0.9), count))
    spread = apply("sqrt", Const(1.0) - apply("pow", Const(0.999), count))
    return p - size * (mean / (apply("sqrt", square) / spread + EPSILON)), {"mean": mean, "square": square}


MOMENTUM = Const(0.9)
EPSILON = Const(1e-8)

OPTIMIZERS: dict[str, Optimizer] = {
    optimizer.name: optimizer
    for optimizer in (
        Optimizer("sgd", "Gradient descent", _sgd),
        Optimizer("momentum", "Momentum (0.9)", _momentum, ("velocity",)),
        Optimizer("nesterov", "Nesterov's momentum (0.9)", _nesterov, ("velocity",)),
        Optimizer("rmsprop", "RMSprop (0.99)", _rmsprop, ("square",)),
        Optimizer("adam", "Adam (0.9, 0.999)", _adam, ("mean", "square"), counts=True),
    )
}

#: The number of the next update, among what an optimizer remembers.
COUNT = "number of the update"
#: The letters of a rule: the learning rate, the number of the update, what is remembered.
LETTERS = {"rate": r"\alpha", "count": "k", "velocity": "v", "square": "s", "mean": "m"}


def remembered(kind: str, node: str) -> str:
    """The name of an array that an optimizer keeps for a parameter."""
    return f"{kind} of {node}"


@dataclass(frozen=True, eq=False)
class Descent:
    """How the next update is made; `state` is what the optimizer remembers, by `remembered` and COUNT, zeros if not."""

    learning_rate: float
    optimizer: str = "sgd"
    state: Mapping[str, Array] = field(default_factory=dict)

    def rule(self, shape: tuple[int, ...]) -> Expr:
        """The new value of a parameter p of `shape`, from its gradient g and the names in LETTERS."""
        last = {kind: Var(kind, shape) for kind in OPTIMIZERS[self.optimizer].remembers}
        made = OPTIMIZERS[self.optimizer].rule(Var("p", shape), Var("g", shape), last, Var("rate"), Var("count"))
        return made[0]

    def given(self, node: str, value: Array, gradient: Array) -> dict[str, Array]:
        """What the rule reads for a parameter of this value and gradient."""
        kinds = OPTIMIZERS[self.optimizer].remembers
        kept = {kind: self.state.get(remembered(kind, node), np.zeros(value.shape)) for kind in kinds}
        count = self.state.get(COUNT, np.ones(()))
        return {"p": value, "g": gradient, "rate": np.asarray(self.learning_rate), "count": count, **kept}

    def updated(self, node: str, value: Array, gradient: Array) -> Array:
        """The parameter after the update, in its shape."""
        return evaluate(self.rule(value.shape), self.given(node, value, gradient))
