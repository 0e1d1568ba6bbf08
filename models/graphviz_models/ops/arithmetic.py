"""Sums, products, quotients, powers, as sheets write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphviz_models.expr import (
    ATOM,
    POWER,
    PRODUCT,
    SIGNED,
    SUM,
    Apply,
    Array,
    Const,
    Expr,
    MismatchError,
    Shape,
    apply,
)

from .functions import raised
from .table import is_, is_a, op


def _zero_free(a: Expr, b: Expr) -> Expr | None:
    if is_(a, 0) and len(b.shape) >= len(a.shape):
        return b
    if is_(b, 0) and len(a.shape) >= len(b.shape):
        return a
    if is_a(b, "neg"):
        return apply("sub", a, b.args[0])  # type: ignore[attr-defined]
    return None


def _difference(a: Expr, b: Expr) -> Expr | None:
    if is_(b, 0):
        return a
    if is_(a, 0):
        return apply("neg", b)
    if is_a(b, "neg"):
        return apply("add", a, b.args[0])  # type: ignore[attr-defined]
    return None


def _unsigned(a: Expr) -> Expr | None:
    if isinstance(a, Apply) and a.op.name == "neg":
        return a.args[0]
    if isinstance(a, Const) and not a.name and a.shape == ():
        return Const(-a.value)
    return None


def _product(a: Expr, b: Expr) -> Expr | None:
    for one, other in ((a, b), (b, a)):
        if is_(one, 1):
            return other
        if is_(one, -1):
            return apply("neg", other)
        if isinstance(one, Apply) and one.op.name == "neg":
            return apply("neg", apply("mul", one.args[0], b) if one is a else apply("mul", a, one.args[0]))
        if isinstance(one, Apply) and one.op.name == "broadcast_to" and other.shape == one.shape:
            inner = one.args[0]
            return apply("mul", inner, b) if one is a else apply("mul", a, inner)
    return _collected(a, b)


def _factor(e: Expr) -> tuple[float, Expr | None]:
    """A typed number in front of `e`, with the rest of it."""
    if isinstance(e, Const) and not e.name and e.shape == ():
        return float(e.value), None
    if isinstance(e, Apply) and e.op.name == "mul" and isinstance(e.args[0], Const):
        number, rest = _factor(e.args[0])
        return (number, e.args[1]) if rest is None else (1.0, e)
    return 1.0, e


def _collected(a: Expr, b: Expr) -> Expr | None:
    """Numbers in front, multiplied: (0.5 g)(2 u) is g u."""
    (x, left), (y, right) = _factor(a), _factor(b)
    if y == 1.0 or (left is None and right is None):
        return None
    rest = left if right is None else right if left is None else apply("mul", left, right)
    return apply("mul", Const(x * y), rest)


def _quotient(a: Expr, b: Expr) -> Expr | None:
    if is_(b, 1):
        return a
    if isinstance(a, Apply) and a.op.name == "neg":
        return apply("neg", apply("div", a.args[0], b))
    return None


def _power(a: Expr, n: Expr) -> Expr | None:
    if is_(n, 1):
        return a
    if is_(n, 0):
        return apply("broadcast_to", Const(1.0), shape=a.shape)
    return None


def _pow_vjp(g: Expr, out: Expr, a: Expr, n: Expr) -> tuple[Expr | None, ...]:
    if isinstance(n, Const):
        if n.shape == ():
            k = float(n.value)
            base = Const(0.0) if k == 0 else apply("mul", g, apply("mul", n, apply("pow", a, Const(k - 1))))
            return (base, None)
        return (g * apply("power_slope", a, n), None)
    return (g * apply("power_slope", a, n), g * apply("power_log", a, n))


def product_latex(e: Apply, part: Callable[[Expr, int], str]) -> str:
    """A product by its operands: c x, A ⊙ B, 2 · 3."""
    a, b = e.args
    return times(part(a, SIGNED), part(b, PRODUCT), entries=bool(a.shape and b.shape))


def times(left: str, right: str, *, entries: bool = False) -> str:
    """A product of two formulas, one of `entries` with its sign, one of figures with a dot."""
    if entries:
        return rf"{left} \odot {right}"
    return rf"{left} \cdot {right}" if right[:1].isdigit() or right.startswith("(-") else rf"{left} \, {right}"


def matmul_latex(e: Apply, part: Callable[[Expr, int], str]) -> str:
    """A product of matrices by its operands: W x; of two vectors aᵀ b, where the first is no row as x W in (x W) b."""
    a, b = e.args
    row = isinstance(a, Apply) and a.op.name in ("transpose", "matmul") and a.args[0].ndim == 1
    inner = a.ndim == b.ndim == 1 and not row
    left = rf"{raised(part(a, ATOM))}^{{\top}}" if inner else part(a, SIGNED)
    return rf"{left} \, {part(b, PRODUCT)}"


def matmul_shape(a: Shape, b: Shape, **_: Any) -> Shape:
    """NumPy's matmul; raises MismatchError with the shapes and the remedy."""
    if not a or not b:
        raise MismatchError("@ needs arrays on both sides: write * to multiply by a scalar")
    inner, other = a[-1], b[-2] if len(b) > 1 else b[0]
    if inner != other:
        raise MismatchError(
            f"@ needs the last axis of the left side to be as long as the "
            f"{'first' if len(b) < 3 else 'second to last'} "
            f"axis of the right side, here {inner} and {other} (shapes {'×'.join(map(str, a))} and "
            f"{'×'.join(map(str, b))}): transpose one of them with .T, or change the order"
        )
    try:
        batch = tuple(np.broadcast_shapes(a[:-2], b[:-2]))
    except ValueError:
        raise MismatchError(f"@ cannot pair the leading axes {a[:-2]} and {b[:-2]}: make them equal") from None
    return batch + (a[-2:-1] if len(a) > 1 else ()) + (b[-1:] if len(b) > 1 else ())


def _swap(e: Expr) -> Expr:
    """The last two axes exchanged."""
    if len(e.shape) == 2:
        return e.T
    axes = (*range(len(e.shape) - 2), len(e.shape) - 1, len(e.shape) - 2)
    return apply("transpose", e, axes=axes)


def _upright(a: Expr) -> Expr:
    """A vector without its transposition, which changes nothing but how it is written."""
    turned = isinstance(a, Apply) and a.op.name == "transpose" and len(a.shape) == 1
    return a.args[0] if turned else a  # type: ignore[attr-defined]


def _matmul_vjp(g: Expr, out: Expr, a: Expr, b: Expr) -> tuple[Expr | None, ...]:
    a, b = _upright(a), _upright(b)
    if a.ndim == 1 and b.ndim == 1:
        return (g * b, g * a)
    if a.ndim <= 2 and b.ndim <= 2:
        if a.ndim == 1:
            return (b @ g, apply("outer", a, g))
        if b.ndim == 1:
            return (apply("outer", g, b), a.T @ g)
        return (g @ b.T, a.T @ g)
    wide_a = apply("reshape", a, shape=(1, a.shape[0])) if a.ndim == 1 else a
    wide_b = apply("reshape", b, shape=(b.shape[0], 1)) if b.ndim == 1 else b
    full = matmul_shape(wide_a.shape, wide_b.shape)
    wide_g = apply("reshape", g, shape=full)
    to_a = apply("sum_to", wide_g @ _swap(wide_b), shape=wide_a.shape)
    to_b = apply("sum_to", _swap(wide_a) @ wide_g, shape=wide_b.shape)
    return (apply("reshape", to_a, shape=a.shape), apply("reshape", to_b, shape=b.shape))


def _power_slope(a: Array, n: Array) -> Array:
    return np.where(np.asarray(n) == 0, 0.0, n * np.power(a, np.subtract(n, 1.0)))


def _power_log(a: Array, n: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.where((np.asarray(a) == 0) & (np.asarray(n) > 0), 0.0, np.power(a, n) * np.log(a))


def _xlogy(a: Array, b: Array) -> Array:
    return np.where(np.asarray(a) == 0, 0.0, a * np.log(b))


def _safe_div(a: Array, b: Array) -> Array:
    return np.where(np.asarray(a) == 0, 0.0, np.divide(a, b))


op("add", np.add, lambda g, out, a, b: (g, g), "{0} + {1}", binds=SUM, operands=(SUM, SUM), domain=((-2, 2), (-2, 2)),
   ufunc=np.add, code="{0} + {1}", plain="+", tidy=_zero_free)  # fmt: skip
op("sub", np.subtract, lambda g, out, a, b: (g, -g), "{0} - {1}", binds=SUM, operands=(SUM, PRODUCT),
   domain=((-2, 2), (-2, 2)), ufunc=np.subtract, code="{0} - {1}", plain="-", tidy=_difference)  # fmt: skip
op("neg", np.negative, lambda g, out, a: (-g,), "-{0}", binds=SIGNED, operands=(PRODUCT,), ufunc=np.negative,
   code="-{0}", plain="-", tidy=_unsigned)  # fmt: skip
op("mul", np.multiply, lambda g, out, a, b: (g * b, g * a), product_latex, binds=PRODUCT, operands=(SIGNED, PRODUCT),
   domain=((-2, 2), (-2, 2)), cost=1, ufunc=np.multiply, code="{0} * {1}", plain="*", tidy=_product)  # fmt: skip
op("div", np.divide, lambda g, out, a, b: (g / b, -(g * out / b)), r"\frac{{{0}}}{{{1}}}", operands=(SUM, SUM),
   domain=((-2, 2), (0.5, 2)), cost=1, ufunc=np.divide, code="{0} / {1}", plain="/", tidy=_quotient)  # fmt: skip
op("pow", np.power, _pow_vjp, "{0}^{{{1}}}", binds=POWER, operands=(ATOM, SUM), domain=((0.5, 2), (-2, 3)), extremes=(),
   cost=1, ufunc=np.power, plain="**", tidy=_power)  # fmt: skip
op("matmul", np.matmul, _matmul_vjp, matmul_latex, binds=PRODUCT, operands=(SIGNED, PRODUCT), shape=matmul_shape,
   cost=1, plain="@")  # fmt: skip

op("power_slope", _power_slope, None, r"{1} \, {0}^{{{1} - 1}}", binds=PRODUCT, operands=(ATOM, ATOM),
   domain=((0.5, 2), (-2, 3)), extremes=(), cost=2, public=False)  # fmt: skip
op("power_log", _power_log, None, r"{0}^{{{1}}} \log {0}", binds=PRODUCT, operands=(ATOM, SUM),
   domain=((0.5, 2), (-2, 3)), extremes=(), cost=1, public=False)  # fmt: skip
op("xlogy", _xlogy, lambda g, out, a, b: (g * apply("log", b), g * apply("safe_div", a, b)), r"{0} \log({1})",
   binds=PRODUCT, operands=(PRODUCT, SUM), domain=((-2, 2), (0.5, 2)), extremes=(), cost=1, public=False,
   stands_for="a*log(b)")  # fmt: skip
op("safe_div", _safe_div, None, r"\frac{{{0}}}{{{1}}}", operands=(SUM, SUM), domain=((-2, 2), (0.5, 2)), cost=1,
   public=False, stands_for="a/b")  # fmt: skip
