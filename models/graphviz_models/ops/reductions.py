"""Sums, means, extremes, spreads over axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from graphviz_models.expr import PRODUCT, SUM, Apply, Array, Const, Expr, MismatchError, Shape, apply

from .functions import bracketed, call
from .table import axes_of, op, reduced, spread, written


def _count(a: Expr, axis: Any, ddof: int = 0) -> float:
    return float(math.prod(a.shape[i] for i in axes_of(a.shape, axis)) - ddof)


def _share(value: Callable[..., Array]) -> Callable[..., Array]:
    def share(a: Array, axis: Any = None) -> Array:
        best = np.equal(a, value(a, axis=axis, keepdims=True))
        return best / np.sum(best, axis=axis, keepdims=True)  # type: ignore[no-any-return]

    return share


def _prod_others(a: Array, axis: Any = None) -> Array:
    """Every entry's product of all the others along the axes, true where entries are 0."""
    a = np.asarray(a)
    gone = axes_of(a.shape, axis)
    moved = np.moveaxis(a, gone, range(a.ndim - len(gone), a.ndim)) if a.ndim else a
    kept = moved.shape[: a.ndim - len(gone)]
    count = math.prod(a.shape[i] for i in gone)
    flat = moved.reshape((*kept, count))
    ones = np.ones((*kept, min(count, 1)))
    before = np.concatenate([ones, np.cumprod(flat, axis=-1)[..., :-1]], axis=-1)
    after = np.concatenate([np.cumprod(flat[..., ::-1], axis=-1)[..., ::-1][..., 1:], ones], axis=-1)
    out = (before * after).reshape(moved.shape)
    return np.moveaxis(out, range(a.ndim - len(gone), a.ndim), gone) if a.ndim else out


def _cumsum_back(g: Array, axis: int | None = None, shape: Shape = ()) -> Array:
    if axis is None:
        return np.cumsum(g[::-1])[::-1].reshape(shape)
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


def _finite_or_0(a: Array) -> Array:
    """By which sums are scaled: it cancels, so no gradient flows through it."""
    return np.where(np.isfinite(a), a, 0.0)


def _norm(a: Array, axis: Any = None, keepdims: bool = False) -> Array:
    largest = np.max(np.abs(a), axis=axis, keepdims=True, initial=0.0)
    safe = np.where((largest == 0) | ~np.isfinite(largest), 1.0, largest)
    length = np.sqrt(np.sum(np.square(a / safe), axis=axis, keepdims=True)) * safe
    return length if keepdims else np.asarray(length).reshape(reduced(np.shape(a), axis))


def _var_shape(a: Shape, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Shape:
    count = math.prod(a[i] for i in axes_of(a, axis))
    if count == 0:
        raise MismatchError("an empty array has no variance: give it an entry")
    if count - ddof <= 0:
        raise MismatchError(f"ddof={ddof} leaves nothing to divide by: take ddof=0 or more entries")
    return reduced(a, axis, keepdims)


def _nonempty(a: Shape, axis: Any = None, keepdims: bool = False) -> Shape:
    if math.prod(a[i] for i in axes_of(a, axis)) == 0:
        raise MismatchError("an empty array has no largest, smallest or mean entry: give it an entry")
    return reduced(a, axis, keepdims)


def _centred(a: Expr, axis: Any) -> Expr:
    return a - apply("mean", a, axis=axis, keepdims=True)


def _sigma(e: Apply, part: Callable[[Expr, int], str]) -> str:
    inside = part(e.args[0], PRODUCT)
    axis = dict(e.attrs).get("axis")
    return rf"\sum {inside}" if axis is None else rf"\sum_{{\text{{axis }}{_axes(axis)}}} {inside}"


def _axes(axis: Any) -> str:
    return ", ".join(map(str, axis)) if isinstance(axis, tuple) else str(axis)


def _named(name: str) -> Callable[[Apply, Callable[[Expr, int], str]], str]:
    def latex(e: Apply, part: Callable[[Expr, int], str]) -> str:
        axis = dict(e.attrs).get("axis")
        return name + ("" if axis is None else f"_{{{_axes(axis)}}}") + bracketed(part(e.args[0], SUM))

    return latex


def _trace_shape(a: Shape, offset: int = 0) -> Shape:
    if len(a) != 2:
        raise MismatchError(f"trace needs a matrix, here {written(a)}")
    return ()


def _cumsum_shape(a: Shape, axis: int | None = None) -> Shape:
    if axis is None:
        return (math.prod(a),)
    if not isinstance(axis, int):
        raise MismatchError("cumsum runs along one axis: write axis=0, or leave it out")
    axes_of(a, axis)
    return a


op("sum", lambda a, axis=None, keepdims=False: np.sum(a, axis=axis, keepdims=keepdims),
   lambda g, out, a, axis=None, keepdims=False: (spread(g, a, axis, keepdims),), _sigma, shape=reduced, binds=PRODUCT,
   operands=(PRODUCT,), plain="sum")  # fmt: skip
op("mean", lambda a, axis=None, keepdims=False: np.mean(a, axis=axis, keepdims=keepdims),
   lambda g, out, a, axis=None, keepdims=False: (spread(g, a, axis, keepdims) / Const(_count(a, axis)),),
   _named(r"\operatorname{mean}"), shape=_nonempty, cost=1, plain="mean")  # fmt: skip
op("prod", lambda a, axis=None, keepdims=False: np.prod(a, axis=axis, keepdims=keepdims),
   lambda g, out, a, axis=None, keepdims=False: (spread(g, a, axis, keepdims) * apply("prod_others", a, axis=axis),),
   _named(r"\prod"), shape=reduced, cost=1, extremes=(), plain="prod")  # fmt: skip
op("max", lambda a, axis=None, keepdims=False: np.max(a, axis=axis, keepdims=keepdims),
   lambda g, out, a, axis=None, keepdims=False: (spread(g, a, axis, keepdims) * apply("max_share", a, axis=axis),),
   _named(r"\max"), shape=_nonempty, plain="max")  # fmt: skip
op("min", lambda a, axis=None, keepdims=False: np.min(a, axis=axis, keepdims=keepdims),
   lambda g, out, a, axis=None, keepdims=False: (spread(g, a, axis, keepdims) * apply("min_share", a, axis=axis),),
   _named(r"\min"), shape=_nonempty, plain="min")  # fmt: skip
op("var", lambda a, axis=None, keepdims=False, ddof=0: np.var(a, axis=axis, keepdims=keepdims, ddof=ddof),
   lambda g, out, a, axis=None, keepdims=False, ddof=0: (
       spread(g, a, axis, keepdims) * (Const(2.0 / _count(a, axis, ddof)) * _centred(a, axis)),),
   _named(r"\operatorname{var}"), shape=_var_shape, cost=1, plain="var")  # fmt: skip
op("std", lambda a, axis=None, keepdims=False, ddof=0: np.std(a, axis=axis, keepdims=keepdims, ddof=ddof),
   lambda g, out, a, axis=None, keepdims=False, ddof=0: (
       spread(g, a, axis, keepdims) * apply(
           "safe_div", _centred(a, axis),
           Const(_count(a, axis, ddof)) * apply("std", a, axis=axis, keepdims=True, ddof=ddof)),),
   _named(r"\operatorname{std}"), shape=_var_shape, cost=1, plain="std")  # fmt: skip
op("norm", _norm, lambda g, out, a, axis=None, keepdims=False: (
    spread(g, a, axis, keepdims) * apply("safe_div", a, apply("norm", a, axis=axis, keepdims=True)),),
   lambda e, part: rf"\left\| {part(e.args[0], SUM)} \right\|", shape=reduced, cost=1, plain="norm")  # fmt: skip
op("cumsum", lambda a, axis=None: np.cumsum(a, axis=axis),
   lambda g, out, a, axis=None: (apply("cumsum_back", g, axis=axis, shape=a.shape),), call(r"\operatorname{cumsum}"),
   shape=_cumsum_shape, plain="cumsum")  # fmt: skip
op("trace", lambda a, offset=0: np.trace(a, offset=offset),
   lambda g, out, a, offset=0: (g * Const(np.eye(a.shape[0], a.shape[1], k=offset)),), call(r"\operatorname{tr}"),
   shape=_trace_shape, plain="trace")  # fmt: skip

op("prod_others", _prod_others, None, call(r"\textstyle\prod_{j \ne i}"), shape=lambda a, axis=None: a, public=False,
   cost=1, extremes=())  # fmt: skip
op("peak_along", lambda a, axis=None, keepdims=False: _finite_or_0(np.max(a, axis=axis, keepdims=keepdims)), None,
   _named(r"\max"), shape=_nonempty, public=False)  # fmt: skip
op("max_share", _share(np.max), None, call(r"\mathbb{1}_{\max}"), shape=lambda a, axis=None: a, public=False)
op("min_share", _share(np.min), None, call(r"\mathbb{1}_{\min}"), shape=lambda a, axis=None: a, public=False)
op("cumsum_back", _cumsum_back, None, call(r"\operatorname{cumsum}^{\top}"),
   shape=lambda g, axis=None, shape=(): shape, public=False)  # fmt: skip
