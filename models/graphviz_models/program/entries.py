"""Matrix products, sums, convolutions over arrays whose entries are expressions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from graphviz_models.expr import Const, Expr, lift, make
from graphviz_models.ops.signals import correlate_start, span
from graphviz_models.ops.table import axes_of

Objects = np.ndarray[Any, np.dtype[np.object_]]
#: Terms of a sum that stand one within the other; a chain of all of a long one could not be walked.
MOST_IN_A_ROW = 100


def objects(found: Any) -> Objects:
    if isinstance(found, Expr):
        cell = np.empty((), dtype=object)
        cell[()] = found
        return cell
    out = np.empty(np.shape(found), dtype=object)
    if out.shape == ():
        out[()] = found[()] if isinstance(found, np.ndarray) else found
    else:
        out[...] = found
    return out


def _plus(parts: list[Any]) -> Expr:
    """A sum as it is written: one term after the other; of very many terms, the sum of its halves."""
    if len(parts) > MOST_IN_A_ROW:
        half = len(parts) // 2
        return make("add", _plus(parts[:half]), _plus(parts[half:]))
    whole = lift(parts[0])
    for p in parts[1:]:
        whole = make("add", whole, lift(p))
    return whole


def _rows(a: Objects, gone: tuple[int, ...]) -> Objects:
    """The entries along the axes `gone` as the last axis, behind those that are kept."""
    kept = [i for i in range(a.ndim) if i not in gone]
    count = math.prod(a.shape[i] for i in gone)
    return np.transpose(a, (*kept, *gone)).reshape((*(a.shape[i] for i in kept), count))


def total(a: Objects, gone: tuple[int, ...]) -> Any:
    if not gone:
        return a
    moved = _rows(a, gone)
    out = np.empty(moved.shape[:-1], dtype=object)
    for at in np.ndindex(*out.shape):
        out[at] = _plus(list(moved[at])) if moved.shape[-1] else Const(0.0)
    return out


def matmul(a: Objects, b: Objects) -> Any:
    if a.ndim == 1 and b.ndim == 1:
        if not len(a):
            return Const(0.0)
        return _plus([make("mul", lift(x), lift(y)) for x, y in zip(a, b, strict=True)])
    if a.ndim == 1:
        return matmul(a[None], b)[0] if b.ndim == 2 else np.matmul(a, b)
    if b.ndim == 1:
        return np.array([matmul(row, b) for row in a] + [None], dtype=object)[:-1] if a.ndim == 2 else np.matmul(a, b)
    if a.ndim == 2 and b.ndim == 2:
        out = np.empty((a.shape[0], b.shape[1]), dtype=object)
        for i, j in np.ndindex(*out.shape):
            out[i, j] = matmul(a[i], b[:, j])
        return out
    return np.matmul(a, b)


def _kept_dims(out: Any, a: Objects, axis: Any, keepdims: bool) -> Any:
    if not keepdims:
        return out
    gone = axes_of(a.shape, axis)
    return objects(out).reshape(tuple(1 if i in gone else n for i, n in enumerate(a.shape)))


def _reduce(step: str, whole: str = "") -> Callable[..., Any]:
    """One entry after the other; of three and more the operation `whole` on all of them, where there is one."""

    def one(entries: list[Expr]) -> Expr:
        if whole and len(entries) > 2:
            return make(whole, *entries)
        found = entries[0] if entries else Const(1.0)
        for x in entries[1:]:
            found = make(step, found, x)
        return found

    def reduce(a: Objects, axis: Any = None, keepdims: bool = False) -> Any:
        moved = _rows(a, axes_of(a.shape, axis))
        out = np.empty(moved.shape[:-1], dtype=object)
        for at in np.ndindex(*out.shape):
            out[at] = one([lift(x) for x in moved[at]])
        return _kept_dims(out, a, axis, keepdims)

    return reduce


def _sum(a: Objects, axis: Any = None, keepdims: bool = False) -> Any:
    return _kept_dims(total(a, axes_of(a.shape, axis)), a, axis, keepdims)


def _each(name: str, a: Any, *rest: Any) -> Objects:
    wide = np.broadcast_arrays(objects(a), *(objects(r) for r in rest))
    out = np.empty(wide[0].shape, dtype=object)
    for at in np.ndindex(*out.shape):
        out[at] = make(name, *(lift(w[at]) for w in wide))
    return out


def _mean(a: Objects, axis: Any = None, keepdims: bool = False) -> Any:
    count = math.prod(a.shape[i] for i in axes_of(a.shape, axis))
    return _each("div", _sum(a, axis, keepdims), Const(float(count)))


def _var(a: Objects, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
    count = math.prod(a.shape[i] for i in axes_of(a.shape, axis)) - ddof
    squares = _each("square", _each("sub", a, _mean(a, axis, True)))
    return _each("div", _sum(squares, axis, keepdims), Const(float(count)))


def _std(a: Objects, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
    return _each("root", _var(a, axis, keepdims, ddof))


def _norm(a: Objects, axis: Any = None, keepdims: bool = False) -> Any:
    return _each("root", _sum(_each("square", a), axis, keepdims))


def _softmax(a: Objects, axis: Any = None) -> Any:
    e = _each("exp", a)
    return _each("div", e, _sum(e, axis, True))


def _logsumexp(a: Objects, axis: Any = None, keepdims: bool = False) -> Any:
    return _each("log", _sum(_each("exp", a), axis, keepdims))


def _weighted(a: Objects, b: Objects, axis: Any = None, keepdims: bool = False) -> Any:
    return _each("log", _sum(_each("mul", b, _each("exp", a)), axis, keepdims))


def _log_softmax(a: Objects, axis: Any = None) -> Any:
    return _each("log", _softmax(a, axis))


def _cumsum(a: Objects, axis: int | None = None) -> Any:
    flat = a.reshape(-1) if axis is None else np.moveaxis(a, axis, -1)
    out = np.empty(flat.shape, dtype=object)
    for at in np.ndindex(*flat.shape):
        out[at] = lift(flat[at]) if at[-1] == 0 else make("add", out[(*at[:-1], at[-1] - 1)], lift(flat[at]))
    return out if axis is None else np.moveaxis(out, -1, axis)


def _outer(a: Objects, b: Objects) -> Any:
    return _each("mul", a.reshape(-1, 1), b.reshape(1, -1))


def _trace(a: Objects, offset: int = 0) -> Any:
    return _plus(list(np.diagonal(a, offset))) if np.diagonal(a, offset).size else Const(0.0)


def _convolve(a: Objects, b: Objects, mode: str = "full") -> Any:
    n, m = len(a), len(b)
    start, length = span(n, m, mode)
    out = np.empty(length, dtype=object)
    for t in range(length):
        meets = [make("mul", lift(a[start + t - s]), lift(b[s])) for s in range(m) if 0 <= start + t - s < n]
        out[t] = _plus(meets)
    return out


def _correlate(a: Objects, b: Objects, mode: str = "valid") -> Any:
    n, m = len(a), len(b)
    start, length = correlate_start(n, m, mode), span(n, m, mode)[1]
    return _convolve(a, b[::-1], "full")[start : start + length]


REDUCE: dict[str, Callable[..., Any]] = {
    "sum": _sum, "mean": _mean, "var": _var, "std": _std, "norm": _norm, "softmax": _softmax, "logsumexp": _logsumexp,
    "log_softmax": _log_softmax, "logsumexp_weighted": _weighted, "cumsum": _cumsum, "outer": _outer, "trace": _trace,
    "convolve": _convolve, "correlate": _correlate, "matmul": matmul,
    "prod": _reduce("mul"), "max": _reduce("maximum", "largest"), "min": _reduce("minimum", "smallest"),
}  # fmt: skip
