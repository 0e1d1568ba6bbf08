"""How each operation on single entries is written in generated code: on Python floats and on whole arrays.

Composite operations are first taken apart into these (`SPLIT`), so that pieces they have in common are computed once:
softplus and its derivative share one exponential. Every form is true at ±800: an exponential is only taken of what is
not positive. Where Python's `math` would raise and NumPy gives an infinity or NaN, the iteration is evaluated by NumPy
instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from graphviz_models.expr import Array, Attrs
from graphviz_models.ops import OPS

if TYPE_CHECKING:
    from .ssa import Block

#: Python text of one entry's value; 1 − tanh² only where it keeps 13 digits. A slot that occurs twice is only ever
# filled
#: with a name.
TEXT: dict[str, str] = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "neg": "-{0}",
    "pow": "pow({0}, {1})",
    "minus_abs": "-{0} if {0} > 0.0 else {0}",
    "one_or": "1.0 if {0} > 0.0 else {1}",
    "sech2_of": "1.0 - {0} * {0} if -0.999 < {0} < 0.999 else sech2({1})",
    "relu": "0.0 if {0} <= 0.0 else {0}",
    "step": "1.0 if {0} > 0.0 else 0.0",
    "sign": "1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else {0}",
    "maximum": "{0} if {0} > {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} < {1} or {0} != {0} else {1}",
    "above": "1.0 if {0} > {1} else 0.5 if {0} == {1} else 0.0",
    "within": "1.0 if {1} <= {0} <= {2} else 0.0",
    "less": "1.0 if {0} < {1} else 0.0",
    "less_equal": "1.0 if {0} <= {1} else 0.0",
    "greater": "1.0 if {0} > {1} else 0.0",
    "greater_equal": "1.0 if {0} >= {1} else 0.0",
    "equal": "1.0 if {0} == {1} else 0.0",
    "not_equal": "1.0 if {0} != {1} else 0.0",
    "where": "{1} if {0} else {2}",
    "xlogy": "0.0 if {0} == 0.0 else {0} * log({1})",
    "safe_div": "0.0 if {0} == 0.0 else {0} / {1}",
    "zero_safe_mul": "0.0 if {0} == 0.0 else {0} * {1}",
}


def _gelu(a: float) -> float:
    return 0.5 * a * math.erfc(-a / math.sqrt(2.0))


def _gelu_slope(a: float) -> float:
    return 0.5 * math.erfc(-a / math.sqrt(2.0)) + a * math.exp(-0.5 * a * a) / math.sqrt(2.0 * math.pi)


def _logaddexp(a: float, b: float) -> float:
    return max(a, b) + math.log1p(math.exp(-abs(a - b)))


#: Functions that the texts call, by the name they go by there.
FUNCTIONS: dict[str, Callable[..., float]] = {
    "pow": math.pow, "log": math.log, "fsum": math.fsum, "sum": sum,
    "gelu": _gelu, "gelu_slope": _gelu_slope, "logaddexp": _logaddexp,
}  # fmt: skip
TEXT.update(gelu="gelu({0})", gelu_slope="gelu_slope({0})", logaddexp="logaddexp({0}, {1})")
for _name, _op in OPS.items():
    if _op.scalar is not None and _op.elementwise:
        FUNCTIONS[_name] = _op.scalar
        TEXT.setdefault(_name, f"{_name}({{0}})")

#: NumPy's ufunc for one entry's operation; `out` is its last operand.
UFUNCS: dict[str, np.ufunc] = {
    name: op.ufunc for name, op in OPS.items() if op.ufunc is not None and op.elementwise and op.name != "where"
}
UFUNCS.update(
    {name: getattr(np, name) for name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")}
)

#: Calls of NumPy's ufuncs that make up one operation on arrays: {o} the result, {0} the operands, {z} 0, {zeros} as
#: many as fit.
CALLS: dict[str, tuple[str, ...]] = {
    "minus_abs": ("absolute({0}, {o})", "negative({o}, {o})"),
    "one_or": ("greater({0}, {z}, {o})", "maximum({o}, {1}, out={o})"),
    "sech2_of": ("cosh({1}, {o})", "multiply({o}, {o}, {o})", "reciprocal({o}, {o})"),
    "sech2": ("cosh({0}, {o})", "multiply({o}, {o}, {o})", "reciprocal({o}, {o})"),
    "relu": ("maximum({0}, {zeros}, out={o})",),
    "step": ("greater({0}, {z}, {o})",),
}


def _total(*terms: Array) -> Array:
    out = terms[0]
    for term in terms[1:]:
        out = out + term
    return out


#: What every operation gives, by NumPy: those of the language, and those that generated code adds to them.
VALUES: dict[str, Callable[..., Any]] = {name: op.value for name, op in OPS.items()}
VALUES["total"] = _total
VALUES["minus_abs"] = lambda a: -np.abs(a)
VALUES["one_or"] = lambda a, b: np.where(a > 0, 1.0, b)
VALUES["sech2_of"] = lambda tanh, a: OPS["sech2"].value(a)

#: Operations whose result has the shape of NumPy's broadcasting, each entry made of matching entries.
PER_ENTRY = {name for name, op in OPS.items() if op.elementwise} | {"minus_abs", "one_or", "sech2_of"}


# ---- composite operations, taken apart

Split = Callable[["Block", tuple[int, ...], Attrs], int]


def _small(block: Block, a: int) -> int:
    """e^-|a|, which never overflows."""
    return block.apply("exp", (block.apply("minus_abs", (a,)),))


def _one_plus(block: Block, a: int) -> int:
    return block.apply("add", (block.constant(1.0), a))


def _sigmoid(block: Block, args: tuple[int, ...], attrs: Attrs) -> int:
    e = _small(block, args[0])
    return block.apply("div", (block.apply("one_or", (args[0], e)), _one_plus(block, e)))


def _sigmoid_slope(block: Block, args: tuple[int, ...], attrs: Attrs) -> int:
    e = _small(block, args[0])
    below = _one_plus(block, e)
    return block.apply("div", (e, block.apply("mul", (below, below))))


def _softplus(block: Block, args: tuple[int, ...], attrs: Attrs) -> int:
    rest = block.apply("log1p", (_small(block, args[0]),))
    return block.apply("add", (block.apply("relu", args), rest))


def _sech2(block: Block, args: tuple[int, ...], attrs: Attrs) -> int:
    tanh = block.found("tanh", args)
    return block.make("sech2", args) if tanh is None else block.make("sech2_of", (tanh, *args))


def _step(block: Block, args: tuple[int, ...], attrs: Attrs) -> int:
    """1 where relu(a) > 0, which is where a > 0: the operand of relu may then be overwritten."""
    relu = block.found("relu", args)
    return block.make("step", args if relu is None else (relu,))


def _clip(block: Block, args: tuple[int, ...], attrs: Attrs) -> int:
    low = block.apply("maximum", args[:2])
    return block.apply("minimum", (low, args[2]))


def _leaky(block: Block, args: tuple[int, ...], attrs: Attrs) -> int:
    slope = block.constant(dict(attrs).get("slope", 0.01))
    open_ = block.apply("greater", (args[0], block.constant(0.0)))
    return block.apply("where", (open_, args[0], block.apply("mul", (slope, args[0]))))


def _leaky_step(block: Block, args: tuple[int, ...], attrs: Attrs) -> int:
    slope = block.constant(dict(attrs).get("slope", 0.01))
    open_ = block.apply("greater", (args[0], block.constant(0.0)))
    return block.apply("where", (open_, block.constant(1.0), slope))


def _silu_slope(block: Block, args: tuple[int, ...], attrs: Attrs) -> int:
    rest = block.apply("mul", (args[0], block.apply("sigmoid_slope", args)))
    return block.apply("add", (block.apply("sigmoid", args), rest))


SPLIT: dict[str, Split] = {
    "sigmoid": _sigmoid,
    "sigmoid_slope": _sigmoid_slope,
    "softplus": _softplus,
    "sech2": _sech2,
    "clip": _clip,
    "leaky_relu": _leaky,
    "leaky_step": _leaky_step,
    "silu_slope": _silu_slope,
    "step": _step,
}
