"""Softmax with its logarithms, true for logits of any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphviz_models.expr import SUM, Apply, Array, Expr, Shape, apply

from .arithmetic import product_latex
from .functions import bracketed, call
from .reductions import _nonempty
from .table import broadcast, op, reduced, spread


def _unchanged(a: Shape, axis: Any = None) -> Shape:
    _nonempty(a, axis)
    return a


def _shifted(a: Array, axis: Any) -> tuple[Array, Array]:
    top = np.max(a, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    return a - top, top


def _softmax(a: Array, axis: Any = None) -> Array:
    e = np.exp(_shifted(a, axis)[0])
    return e / np.sum(e, axis=axis, keepdims=True)  # type: ignore[no-any-return]


def _log_softmax(a: Array, axis: Any = None) -> Array:
    """Also true for the winning entry, whose logarithm is minus the small sum of the others."""
    low, _ = _shifted(a, axis)
    e = np.exp(low)
    total = np.sum(e, axis=axis, keepdims=True)
    others = np.where(low == 0.0, total - e, 0.0)
    small = low == 0.0
    rest = np.sum(np.where(small, 0.0, e), axis=axis, keepdims=True)
    winners = np.sum(small, axis=axis, keepdims=True)
    exact = -np.log1p(np.where(winners == 1, rest, others))
    return np.where(small, exact, low - np.log(total))


def _logsumexp(a: Array, axis: Any = None, keepdims: bool = False) -> Array:
    low, top = _shifted(a, axis)
    e = np.exp(low)
    peak = low == 0.0
    alone = np.sum(peak, axis=axis, keepdims=True) == 1
    rest = np.sum(np.where(peak, 0.0, e), axis=axis, keepdims=True)
    out = top + np.where(alone, np.log1p(rest), np.log(np.sum(e, axis=axis, keepdims=True)))
    return out if keepdims else np.asarray(out).reshape(reduced(np.shape(a), axis))


def _weighted(a: Array, b: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """log Σ b·e^a: the logarithm of a weighted sum (scipy's logsumexp with b=)."""
    a, b = np.broadcast_arrays(a, b)
    used = np.where(b == 0, -np.inf, a)
    top = np.max(used, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    e = b * np.exp(used - top)
    total = np.sum(e, axis=axis, keepdims=True)
    peak = used == top
    winners = np.maximum(np.sum(peak, axis=axis, keepdims=True), 1)
    near = np.sum(e - peak / winners, axis=axis, keepdims=True)  # total - 1, without cancellation
    out = top + np.where(np.abs(near) < 0.5, np.log1p(near), np.log(total))
    return out if keepdims else np.asarray(out).reshape(reduced(np.shape(a), axis))


def _softmax_of(a: Expr, axis: Any) -> Expr:
    """The softmax as it is typed, so that it is known for what a node is called."""
    return apply("softmax", a) if axis is None else apply("softmax", a, axis=axis)


def _softmax_vjp(g: Expr, out: Expr, a: Expr, axis: Any = None) -> tuple[Expr | None, ...]:
    p = _softmax_of(a, axis)
    return (p * (g - apply("sum", g * p, axis=axis, keepdims=True)),)


def _log_softmax_vjp(g: Expr, out: Expr, a: Expr, axis: Any = None) -> tuple[Expr | None, ...]:
    return (g - _softmax_of(a, axis) * apply("sum", g, axis=axis, keepdims=True),)


def _logsumexp_vjp(g: Expr, out: Expr, a: Expr, axis: Any = None, keepdims: bool = False) -> tuple[Expr | None, ...]:
    return (spread(g, a, axis, keepdims) * _softmax_of(a, axis),)


def _weighted_vjp(
    g: Expr, out: Expr, a: Expr, b: Expr, axis: Any = None, keepdims: bool = False
) -> tuple[Expr | None, ...]:
    whole = apply("broadcast_to", a, shape=tuple(np.broadcast_shapes(a.shape, b.shape)))
    kept = apply("logsumexp_weighted", a, b, axis=axis, keepdims=True)
    share = apply("exp", whole - kept)
    flow = spread(g, whole, axis, keepdims)
    return (flow * apply("zero_safe_mul", b, share), flow * share)


def _zero_safe_mul(a: Array, b: Array) -> Array:
    return np.where(np.asarray(a) == 0, 0.0, np.multiply(a, b))


def _weighted_latex(e: Apply, part: Callable[[Expr, int], str]) -> str:
    return r"\log" + bracketed(rf"\sum {part(e.args[1], SUM)} \, e^{{{part(e.args[0], SUM)}}}")


op("softmax", _softmax, _softmax_vjp, call(r"\operatorname{softmax}"), shape=_unchanged, cost=1, plain="softmax",
   stands_for="exp(x)/sum(exp(x))")  # fmt: skip
op("log_softmax", _log_softmax, _log_softmax_vjp, call(r"\log\operatorname{softmax}"), cost=1, plain="log_softmax",
   shape=_unchanged, stands_for="log(exp(x)/sum(exp(x)))")  # fmt: skip
op("logsumexp", _logsumexp, _logsumexp_vjp,
   lambda e, part: rf"\log \sum e^{{{part(e.args[0], SUM)}}}", shape=_nonempty, binds=2, cost=1, plain="logsumexp",
   stands_for="log(sum(exp(x)))")  # fmt: skip
op("logsumexp_weighted", _weighted, _weighted_vjp, _weighted_latex, public=False, cost=1,
   shape=lambda a, b, axis=None, keepdims=False: _nonempty(broadcast(a, b), axis, keepdims),
   domain=((-2, 2), (0.5, 2)), stands_for="log(sum(b*exp(a)))")  # fmt: skip
op("zero_safe_mul", _zero_safe_mul, None, product_latex, binds=2, operands=(1, 2), public=False, cost=1,
   domain=((-2, 2), (-2, 2)), stands_for="a*b")  # fmt: skip
