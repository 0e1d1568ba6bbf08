"""How each function of the language is called: its operands, its keywords, as in NumPy or scipy.special."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from .expr import Const, Expr, MismatchError, make
from .ops import OPS
from .ops.table import MOST_AXES
from .problem import MistakeError

Attributes = dict[str, Hashable]
Finish = Callable[[list[Expr], Attributes], tuple[str, list[Expr], Attributes]]


@dataclass(frozen=True)
class Bound:
    """The arguments of one call, sorted: operands by kind, attributes by keyword."""

    operands: tuple[tuple[str, ast.expr], ...]
    attributes: dict[str, ast.expr]


@dataclass(frozen=True, eq=False)
class Signature:
    """The parameters of one function, in order.

    `operands` are (name, kind) with kind `value`, `condition`, `sequence` or `bound` (a value or None); `attributes`
    are keywords known beforehand, of which the first `positional` may stand by place.
    """

    name: str
    operands: tuple[tuple[str, str], ...]
    attributes: tuple[str, ...] = ()
    positional: int = 1
    required: int | None = None
    op: str = ""
    aliases: dict[str, str] = field(default_factory=dict)
    conclude: Finish | None = None

    def bind(self, node: ast.Call) -> Bound:
        """Sorts the arguments of a call; raises a mistake that names what the function takes."""
        needed = len(self.operands) if self.required is None else self.required
        places = [name for name, _ in self.operands[:needed]] + list(self.attributes[: self.positional])
        if len(node.args) > len(places) or self._pairs(node):
            raise MistakeError(node, f"{self.name} takes {self.usage()}{self._hint(node)}")
        given: dict[str, ast.expr] = dict(zip(places, node.args, strict=False))
        allowed = [*(name for name, _ in self.operands), *self.attributes]
        for keyword in node.keywords:
            key = self.aliases.get(str(keyword.arg), str(keyword.arg))
            if key not in allowed:
                raise MistakeError(keyword, f"{self.name} has no keyword {keyword.arg}=: it takes {self.usage()}")
            if key in given:
                raise MistakeError(keyword, f"{self.name} is given {keyword.arg} twice: leave one out")
            given[key] = keyword.value
        if any(name not in given for name, _ in self.operands[:needed]):
            raise MistakeError(node, f"{self.name} takes {self.usage()}")
        operands = tuple((kind, given[name]) for name, kind in self.operands if name in given)
        return Bound(operands, {key: given[key] for key in self.attributes if key in given})

    def usage(self) -> str:
        """How the function is written: `sum(a, axis=, keepdims=)`."""
        return f"{self.name}({', '.join([*(name for name, _ in self.operands), *(f'{a}=' for a in self.attributes)])})"

    def _pairs(self, node: ast.Call) -> bool:
        """Whether max or min is meant of two values: max(0, z)."""
        if self.name not in ("max", "min") or len(node.args) != 2:
            return False
        first, second = node.args
        axis = second.operand if isinstance(second, ast.UnaryOp) else second
        whole = isinstance(axis, ast.Tuple) or (isinstance(axis, ast.Constant) and isinstance(axis.value, int | None))
        return isinstance(first, ast.Constant) or not whole

    def _hint(self, node: ast.Call) -> str:
        pair = {"max": "maximum", "min": "minimum"}.get(self.name)
        return f": write {pair}(a, b) for the larger or smaller of two values" if pair and len(node.args) == 2 else ""

    def finish(self, operands: list[Expr], attributes: Attributes) -> tuple[str, list[Expr], Attributes]:
        """The operation, its operands and attributes; raises MismatchError."""
        if self.conclude is not None:
            return self.conclude(operands, attributes)
        return self.op or self.name, operands, attributes


def _values(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, "value") for name in names)


def _dot(operands: list[Expr], attributes: Attributes) -> tuple[str, list[Expr], Attributes]:
    a, b = operands
    if a.ndim == 0 or b.ndim == 0:
        return "mul", operands, {}
    if a.ndim > 2 or b.ndim > 2:
        raise MismatchError("dot takes vectors or matrices: write @ for arrays of more axes")
    return "matmul", operands, {}


def _reduction(name: str) -> Finish:
    def finish(operands: list[Expr], attributes: Attributes) -> tuple[str, list[Expr], Attributes]:
        if name in ("max", "min") and operands[0].ndim == 0 and attributes.get("axis") is not None:
            raise MismatchError(f"{name} looks for one entry of an array: write {name}imum(a, b) for two values")
        return name, operands, attributes

    return finish


def _norm(operands: list[Expr], attributes: Attributes) -> tuple[str, list[Expr], Attributes]:
    order = attributes.pop("ord", None)
    a = operands[0]
    if order not in (None, 1, 2) or (order is not None and a.ndim != 1 and attributes.get("axis") is None):
        raise MismatchError("norm knows ord=1 or ord=2 of vectors: leave ord= out for the root of the sum of squares")
    if order == 1:
        return "sum", [make("abs", a)], attributes
    return "norm", operands, attributes


def _logsumexp(operands: list[Expr], attributes: Attributes) -> tuple[str, list[Expr], Attributes]:
    return ("logsumexp_weighted" if len(operands) == 2 else "logsumexp"), operands, attributes


def _filled(value: float) -> Finish:
    def finish(operands: list[Expr], attributes: Attributes) -> tuple[str, list[Expr], Attributes]:
        import math

        import numpy as np

        wanted = attributes.get("shape")
        shape = wanted if isinstance(wanted, tuple) else (wanted,)
        if any(not isinstance(n, int) or n < 0 for n in shape):
            raise MismatchError("a shape is made of integers of 0 or more: write (2, 3)")
        if math.prod(shape) > 10_000_000:
            raise MismatchError("an array of more than 10,000,000 entries: write a smaller shape")
        if len(shape) > MOST_AXES:
            raise MismatchError(f"an array of more than {MOST_AXES} axes: write a shorter shape")
        return "const", [Const(np.full(shape, value))], {}

    return finish


def _reshape(operands: list[Expr], attributes: Attributes) -> tuple[str, list[Expr], Attributes]:
    if "shape" not in attributes:
        raise MismatchError("reshape takes reshape(a, shape): write reshape(a, (2, 3))")
    shape = attributes["shape"]
    if shape is None:
        raise MismatchError("reshape needs a shape: write reshape(a, (2, 3))")
    full = OPS["reshape"].shape(operands[0].shape, shape if isinstance(shape, tuple) else (shape,))
    return "reshape", operands, {"shape": full}


def _transposed(operands: list[Expr], attributes: Attributes) -> tuple[str, list[Expr], Attributes]:
    axes = attributes.get("axes")
    if axes is None:
        return "transpose", operands, {}
    return "transpose", operands, {"axes": axes if isinstance(axes, tuple) else (axes,)}


ELEMENTARY = [
    "exp",
    "expm1",
    "log",
    "log1p",
    "sqrt",
    "square",
    "abs",
    "sign",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "erf",
    "sigmoid",
    "relu",
    "softplus",
    "gelu",
    "silu",
    "logcosh",
]
REDUCTIONS = ("sum", "mean", "max", "min", "prod")

FUNCTIONS: dict[str, Signature] = {
    s.name: s
    for s in (
        *(Signature(name, _values("x")) for name in ELEMENTARY),
        Signature("leaky_relu", _values("x"), ("slope",)),
        Signature("maximum", _values("a", "b")),
        Signature("minimum", _values("a", "b")),
        Signature(
            "clip", (("x", "value"), ("min", "bound"), ("max", "bound")), aliases={"a_min": "min", "a_max": "max"}
        ),
        Signature("where", (("condition", "condition"), ("a", "value"), ("b", "value"))),
        *(Signature(name, _values("a"), ("axis", "keepdims"), conclude=_reduction(name)) for name in REDUCTIONS),
        *(Signature(name, _values("a"), ("axis", "keepdims", "ddof")) for name in ("var", "std")),
        Signature("norm", _values("x"), ("ord", "axis", "keepdims"), positional=2, conclude=_norm),
        Signature("cumsum", _values("a"), ("axis",)),
        Signature("dot", _values("a", "b"), conclude=_dot),
        Signature("outer", _values("a", "b")),
        Signature("transpose", _values("a"), ("axes",), conclude=_transposed),
        Signature("reshape", _values("a"), ("shape",), aliases={"newshape": "shape"}, conclude=_reshape),
        Signature("concatenate", (("arrays", "sequence"),), ("axis",)),
        Signature("stack", (("arrays", "sequence"),), ("axis",)),
        Signature("zeros", (), ("shape",), conclude=_filled(0.0)),
        Signature("ones", (), ("shape",), conclude=_filled(1.0)),
        Signature("softmax", _values("x"), ("axis",)),
        Signature("log_softmax", _values("x"), ("axis",)),
        Signature("logsumexp", _values("a", "b"), ("axis", "keepdims"), required=1, conclude=_logsumexp),
        Signature("convolve", _values("a", "v"), ("mode",)),
        Signature("correlate", _values("a", "v"), ("mode",)),
        Signature("trace", _values("a"), ("offset",)),
        Signature("diag", _values("v"), ("k",)),
    )
}
