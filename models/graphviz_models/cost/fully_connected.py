"""Fully connected nets d → n × L → c without biases: recognised in a program, and what their gradient costs, in closed
form (Assignment 3, question 3).

Free of charge are ∂J/∂y, the values f', and for the sums over paths the derivatives of the edges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from graphviz_models.expr import Apply, Const, Expr, Var, variables
from graphviz_models.program import Program

from .counts import FREE, Cost, times_read


@dataclass(frozen=True)
class Net:
    """d inputs, L = `layers` hidden layers of n units, c outputs; every layer is f(Wx)."""

    d: int
    n: int
    layers: int
    c: int

    @property
    def parameters(self) -> int:
        """The weights."""
        return self.d * self.n + self.n**2 * (self.layers - 1) + self.n * self.c

    @property
    def backward(self) -> int:
        """Multiplications of backpropagation, each δ stored: n of a layer for δ, mn for W, mn for the layer before."""
        d, n, c = self.d, self.n, self.c
        return n * d + 2 * n * n * (self.layers - 1) + 2 * n * c + n * self.layers + c

    @property
    def backward_from_scratch(self) -> int:
        """The same with δ computed anew in every term: two multiplications a term."""
        return 2 * self.n * self.d + 4 * self.n**2 * (self.layers - 1) + 4 * self.n * self.c

    @property
    def path_sum(self) -> int:
        """Multiplications with every unit's derivative the sum over its paths, then two for each weight."""
        return 2 * self.parameters + sum(
            (self.layers - i + 1) * self.c * _power(self.n, self.layers - i + 1) for i in range(1, self.layers + 1)
        )

    @property
    def path_sum_per_weight(self) -> int:
        """Multiplications with every weight's derivative the sum over its paths, nothing used twice."""
        return self._over_weights(lambda edges: edges)

    @property
    def paths(self) -> int:
        """Paths from all weights to the loss."""
        return self._over_weights(lambda edges: 1)

    def _over_weights(self, each: Callable[[int], int]) -> int:
        """The sum over all paths of `each`(number of multiplications of the path), layer by layer of the weights."""
        d, n, c, last = self.d, self.n, self.c, self.layers
        first = d * n * c * _power(n, last - 1) * each(last + 1)
        inner = sum(n * n * c * _power(n, last - i) * each(last - i + 2) for i in range(2, last + 1))
        return n * c * each(1) + first + inner


def _power(base: int, exponent: int) -> int:
    """A whole power; the exponent is no less than 0."""
    return int(base**exponent)


@dataclass(frozen=True)
class Formula:
    """One quantity of a net: what it is, its closed formula in LaTeX, its value, and the same as counted, if it is."""

    title: str
    latex: str
    value: Callable[[Net], int]
    counted: Callable[[Cost], int] | None = None


FORMULAS: tuple[Formula, ...] = (
    Formula("Parameters", r"d n + n^2 (L-1) + n c", lambda net: net.parameters, lambda cost: cost.parameters),
    Formula(
        "Backpropagation, δ stored",
        r"n d + 2 n^2 (L-1) + 2 n c + n L + c",
        lambda net: net.backward,
        lambda cost: cost.backward,
    ),
    Formula(
        "Backpropagation, every term from scratch",
        r"2 n d + 4 n^2 (L-1) + 4 n c",
        lambda net: net.backward_from_scratch,
    ),
    Formula(
        "Paths from all weights",
        r"n c + d n \, c \, n^{L-1} + \sum_{l=2}^{L} n^2 c \, n^{L-l}",
        lambda net: net.paths,
        lambda cost: cost.paths,
    ),
    Formula(
        "Sum over paths for every unit, then two per weight",
        r"2 \left(d n + n^2 (L-1) + n c\right) + \sum_{i=1}^{L} (L-i+1) \, c \, n^{L-i+1}",
        lambda net: net.path_sum,
        lambda cost: cost.path_sum,
    ),
    Formula(
        "Sum over paths for every weight, nothing reused",
        r"n c + d n \, c \, n^{L-1} (L+1) + \sum_{l=2}^{L} n^2 c \, n^{L-l} (L-l+2)",
        lambda net: net.path_sum_per_weight,
    ),
)


@dataclass(frozen=True)
class Curves:
    """Multiplications over the depth or the width, everything else of the net as it is."""

    at: tuple[int, ...]
    backward: tuple[int, ...]
    path_sum: tuple[int, ...]


def curves(net: Net, over: Literal["depth", "width"]) -> Curves:
    """Both counts for 1 to 10 hidden layers, or units in each; further where the net itself is larger."""
    own = net.layers if over == "depth" else net.n
    at = tuple(range(1, max(10, own + 2) + 1))
    nets = [replace(net, layers=k) if over == "depth" else replace(net, n=k) for k in at]
    return Curves(at, tuple(net.backward for net in nets), tuple(net.path_sum for net in nets))


def fully_connected(program: Program) -> Net | None:
    """The net that a program is; None where it is another model.

    Recognised from the loss down: each layer is one elementwise function of one product of a weight matrix, which is
    used nowhere else, with the layer before. Names of pre-activations do not matter. No biases; one sample; all hidden
    layers of one width, one at least.
    """
    live = {name for name, g in program.given.items() if g.role == "parameter"}
    matrices = {name for name in live if len(program.shape(name)) == 2 and name in program.ancestors}
    if live & program.ancestors != matrices:
        return None
    for e in program.equations:
        if any(name in live for name in e.reads):
            live.add(e.name)
    at: Expr | None = _only_read(program.equation[program.loss].rhs, live)
    shapes: list[tuple[int, int]] = []
    used: set[str] = set()
    while at is not None:
        product = _activated(at, program, live)
        layer = None if product is None else _layer(product, program, matrices)
        if layer is None:
            return None
        name, shape, at = layer
        if name in used:
            return None
        used.add(name)
        shapes.insert(0, shape)
        if not _depends(at, live):
            break
    sizes = [width for _, width in shapes]
    if len(shapes) < 2 or used != matrices or len(set(sizes[:-1])) != 1:
        return None
    return Net(shapes[0][0], sizes[0], len(shapes) - 1, sizes[-1])


def _depends(e: Expr, live: set[str]) -> bool:
    return any(name in live for name in variables(e))


def _only_read(e: Expr, live: set[str]) -> Var | None:
    """The one name of `live` that stands in `e`, where it stands there once."""
    found = [(name, times) for name, times in times_read(e).items() if name in live]
    return variables(e)[found[0][0]] if len(found) == 1 and found[0][1] == 1 else None


def _activated(e: Expr, program: Program, live: set[str]) -> Apply | None:
    """The product inside f(product), through names that are read once; None where there is no such f, or two."""
    functions = 0
    while True:
        if isinstance(e, Var):
            if e.name not in program.equation or len(program.consumers[e.name]) != 1:
                return None
            e = program.equation[e.name].rhs
        elif not isinstance(e, Apply):
            return None
        elif e.op.name == "matmul":
            return e if functions == 1 else None
        else:
            below = [a for a in e.args if _depends(a, live)]
            others_fixed = all(isinstance(a, Const) for a in e.args if not _depends(a, live))
            if not e.op.elementwise or e.op.name in FREE or len(below) != 1 or not others_fixed:
                return None
            functions += 1
            e = below[0]


def _layer(product: Apply, program: Program, matrices: set[str]) -> tuple[str, tuple[int, int], Expr] | None:
    """The matrix of W x, x W or Wᵀ x for a vector x, with its (inputs, outputs), and x."""
    left, right = product.args
    for matrix, other, outputs_first in ((left, right, True), (right, left, False)):
        plain = matrix
        if isinstance(matrix, Apply) and matrix.op.name == "transpose":
            plain, outputs_first = matrix.args[0], not outputs_first
        if isinstance(plain, Var) and plain.name in matrices and len(other.shape) == 1:
            if len(program.consumers[plain.name]) != 1:
                return None
            first, second = program.shape(plain.name)
            return plain.name, (second, first) if outputs_first else (first, second), other
    return None


__all__ = ["FORMULAS", "Curves", "Formula", "Net", "curves", "fully_connected"]
