"""Choosing, arranging, joining entries of arrays."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from graphviz_models.expr import ATOM, POWER, SUM, Apply, Array, Const, Expr, MismatchError, Shape, apply

from .functions import bracketed, call, raised
from .table import axes_of, broadcast, is_, is_a, op, written

#: One item of an index as data: ("int", k), ("slice", a, b, c), ("arg", j) the j-th index operand, ("new",), ("all",).
IndexItem = tuple[Any, ...]


def key_of(index: tuple[IndexItem, ...], chosen: tuple[Array, ...]) -> tuple[Any, ...]:
    """The NumPy index that the items and the values of the index operands make."""
    key: list[Any] = []
    for item in index:
        if item[0] == "int":
            key.append(item[1])
        elif item[0] == "slice":
            key.append(slice(*item[1:]))
        elif item[0] == "arg":
            whole = np.asarray(chosen[item[1]]).astype(np.int64)
            key.append(int(whole) if whole.shape == () else whole)
        else:
            key.append(None if item[0] == "new" else Ellipsis)
    return tuple(key)


def _index(a: Array, *chosen: Array, index: tuple[IndexItem, ...]) -> Array:
    return a[key_of(index, chosen)]  # type: ignore[no-any-return]


def _index_shape(a: Shape, *chosen: Shape, index: tuple[IndexItem, ...]) -> Shape:
    probe = np.lib.stride_tricks.as_strided(np.zeros(1), shape=a, strides=(0,) * len(a))
    try:
        return tuple(probe[key_of(index, tuple(np.zeros(s) for s in chosen))].shape)
    except IndexError as problem:
        text = str(problem)
        if "too many indices" in text:
            raise MismatchError(f"too many indices: the value has {len(a)} axes ({written(a)})") from None
        raise MismatchError(f"{text}: indices count from 0") from None


def _put(g: Array, *chosen: Array, index: tuple[IndexItem, ...], shape: Shape) -> Array:
    out = np.zeros(shape, dtype=np.asarray(g).dtype)
    key = key_of(index, chosen)
    if any(isinstance(k, np.ndarray) for k in key):
        np.add.at(out, key, g)
    else:
        out[key] = g
    return out


def _index_latex(e: Apply, part: Callable[[Expr, int], str]) -> str:
    items = []
    for item in dict(e.attrs)["index"]:  # type: ignore[attr-defined]
        if item[0] == "int":
            items.append(str(item[1]))
        elif item[0] == "arg":
            items.append(part(e.args[1 + item[1]], SUM))
        elif item[0] == "slice":
            start, stop, step = ("" if x is None else str(x) for x in item[1:])
            items.append(f"{start}:{stop}" + (f":{step}" if step else ""))
        else:
            items.append(r"\cdot" if item[0] == "new" else r"\ldots")
    of = part(e.args[0], SUM)
    letter = _LETTER.fullmatch(of)  # a subscript would be the index of something else
    return rf"{{{of}}}_{{{', '.join(items)}}}" if letter else rf"\left[{of}\right]_{{{', '.join(items)}}}"


#: One letter, within its mark or without.
_LETTER = re.compile(r"(?:\\htmlId\{[^{}]*\}\{)?(?:[A-Za-z]|\\(?!cdot)[A-Za-z]+)\}?")


def _transposed(a: Shape, axes: tuple[int, ...] | None = None) -> Shape:
    if axes is None:
        return a[::-1]
    if len(axes) != len(a) or len(axes_of(a, axes)) != len(a):
        raise MismatchError(f"transpose needs every axis once, here {len(a)} of them")
    return tuple(a[x] for x in axes)


def _untransposed(a: Expr, axes: tuple[int, ...] | None = None) -> Expr | None:
    if a.ndim < 2 and axes is None:
        return a
    if axes is None and is_a(a, "transpose") and not a.attrs:  # type: ignore[attr-defined]
        return a.args[0]  # type: ignore[attr-defined, no-any-return]
    if axes is None and is_a(a, "matmul") and all(x.ndim == 2 for x in a.args):  # type: ignore[attr-defined]
        left, right = a.args  # type: ignore[attr-defined]
        return right.T @ left.T  # type: ignore[no-any-return]
    if axes is None and is_a(a, "outer"):
        left, right = a.args  # type: ignore[attr-defined]
        return apply("outer", right, left)
    return None


def _transpose_vjp(g: Expr, out: Expr, a: Expr, axes: tuple[int, ...] | None = None) -> tuple[Expr | None, ...]:
    if axes is None:
        return (g.T,)
    return (apply("transpose", g, axes=tuple(int(x) for x in np.argsort([x % a.ndim for x in axes]))),)


def reshaped(a: Shape, shape: Shape) -> Shape:
    """The shape that reshape gives, a -1 filled in; raises MismatchError where the entries do not fit."""
    total = math.prod(a)
    if shape.count(-1) > 1 or any(n < -1 for n in shape):
        raise MismatchError("reshape can work out one length at most: write -1 once")
    known = math.prod(n for n in shape if n != -1)
    full = tuple(total // known if n == -1 and known else n for n in shape)
    if math.prod(full) != total or -1 in full:
        raise MismatchError(f"reshape cannot arrange {total} entries as {written(shape)}")
    return full


def _outer_shape(a: Shape, b: Shape) -> Shape:
    return (math.prod(a), math.prod(b))


def _outer_latex(e: Apply, part: Callable[[Expr, int], str]) -> str:
    return rf"{part(e.args[0], POWER)} \, {raised(part(e.args[1], ATOM))}^{{\top}}"


def _flat(e: Expr) -> Expr:
    return e if e.ndim == 1 else apply("reshape", e, shape=(math.prod(e.shape),))


def _outer_vjp(g: Expr, out: Expr, a: Expr, b: Expr) -> tuple[Expr | None, ...]:
    to_a, to_b = g @ _flat(b), g.T @ _flat(a)
    return (apply("reshape", to_a, shape=a.shape), apply("reshape", to_b, shape=b.shape))


def _joined(*shapes: Shape, axis: int | None = 0) -> Shape:
    if axis is None:
        return (sum(math.prod(s) for s in shapes),)
    if any(not s for s in shapes):
        raise MismatchError("concatenate needs arrays with an axis: use stack to join scalars")
    (k,) = axes_of(shapes[0], axis)
    rest = shapes[0][:k] + shapes[0][k + 1 :]
    if any(len(s) != len(shapes[0]) or s[:k] + s[k + 1 :] != rest for s in shapes):
        raise MismatchError(f"concatenate cannot join {', '.join(map(written, shapes))} along axis {axis}")
    return (*shapes[0][:k], sum(s[k] for s in shapes), *shapes[0][k + 1 :])


def _concatenate_vjp(g: Expr, out: Expr, *args: Expr, axis: int | None = 0) -> tuple[Expr | None, ...]:
    terms: list[Expr | None] = []
    start = 0
    for a in args:
        if axis is None:
            piece = apply("index", g, index=(("slice", start, start + math.prod(a.shape), None),))
            terms.append(apply("reshape", piece, shape=a.shape))
            start += math.prod(a.shape)
        else:
            k = axis % a.ndim
            every = (("slice", None, None, None),) * k
            terms.append(apply("index", g, index=(*every, ("slice", start, start + a.shape[k], None))))
            start += a.shape[k]
    return tuple(terms)


def _stacked(*shapes: Shape, axis: int = 0) -> Shape:
    if any(s != shapes[0] for s in shapes):
        raise MismatchError(f"stack needs equal shapes, here {', '.join(map(written, shapes))}")
    n = len(shapes[0]) + 1
    if not -n <= axis < n:
        raise MismatchError(f"axis={axis} does not exist: the result has {n} axes, counted from 0")
    k = axis % n
    return (*shapes[0][:k], len(shapes), *shapes[0][k:])


def _stack_vjp(g: Expr, out: Expr, *args: Expr, axis: int = 0) -> tuple[Expr | None, ...]:
    every = (("slice", None, None, None),) * (axis % (args[0].ndim + 1))
    return tuple(apply("index", g, index=(*every, ("int", i))) for i in range(len(args)))


def _stack_latex(e: Apply, part: Callable[[Expr, int], str]) -> str:
    if len(e.args) > 6:
        first, second, last = (part(e.args[i], SUM) for i in (0, 1, -1))
        return rf"\left[{first}, {second}, \ldots, {last}\right]"
    return rf"\left[{', '.join(part(a, SUM) for a in e.args)}\right]"


def _sum_to(a: Array, shape: Shape) -> Array:
    a = np.asarray(a)
    lead = a.ndim - len(shape)
    a = a.sum(axis=tuple(range(lead))) if lead else a
    kept = tuple(i for i, n in enumerate(shape) if n == 1 and a.shape[i] != 1)
    return np.asarray(a.sum(axis=kept, keepdims=True) if kept else a)


def _broadcastable(a: Shape, shape: Shape) -> Shape:
    if broadcast(a, shape) != shape:
        raise MismatchError(f"{written(a)} cannot be repeated to {written(shape)}")
    return shape


def _same_shape(a: Expr, shape: Shape) -> Expr | None:
    return a if a.shape == shape else None


def _reshape_tidy(a: Expr, shape: Shape) -> Expr | None:
    if a.shape == shape:
        return a
    if is_a(a, "reshape"):
        return apply("reshape", a.args[0], shape=shape)  # type: ignore[attr-defined]
    return None


def _broadcast_tidy(a: Expr, shape: Shape) -> Expr | None:
    if a.shape == shape:
        return a
    if isinstance(a, Apply) and a.op.name == "neg":
        return apply("neg", apply("broadcast_to", a.args[0], shape=shape))
    return None


def _ones_latex(e: Apply, part: Callable[[Expr, int], str]) -> str:
    inside = part(e.args[0], POWER)
    return r"\mathbf{1}" if inside == "1" else rf"{inside} \, \mathbf{{1}}"


def _diag_shape(a: Shape, k: int = 0) -> Shape:
    if len(a) == 1:
        return (a[0] + abs(k),) * 2
    if len(a) == 2:
        return (max(0, min(a[0] + min(k, 0), a[1] - max(k, 0))),)
    raise MismatchError(f"diag needs a vector or a matrix, here {written(a)}")


def _put_diag(g: Array, shape: Shape, k: int = 0) -> Array:
    out = np.zeros(shape)
    rows = np.arange(g.shape[0])
    out[rows - min(k, 0), rows + max(k, 0)] = g
    return out


def _diag_vjp(g: Expr, out: Expr, a: Expr, k: int = 0) -> tuple[Expr | None, ...]:
    return (apply("diag", g, k=k),) if a.ndim == 1 else (apply("put_diag", g, shape=a.shape, k=k),)


op("index", _index, lambda g, out, a, *chosen, index: (
    apply("put", g, *chosen, index=index, shape=a.shape), *(None for _ in chosen)),
   _index_latex, shape=_index_shape, operands=(ATOM,), public=False)  # fmt: skip
op("put", _put, None, lambda e, part: (
    "" if is_(e.args[0], 1) else rf"{part(e.args[0], POWER)} \, ") + r"\mathbf{e}" + (
    f"_{{{_items(e, part)}}}"),
   shape=lambda g, *chosen, index, shape: shape, public=False)  # fmt: skip
op("transpose", lambda a, axes=None: np.transpose(a, axes), _transpose_vjp, r"{0}^{{\top}}", shape=_transposed,
   binds=POWER, operands=(ATOM,), tidy=_untransposed, plain="transpose")  # fmt: skip
op("reshape", lambda a, shape: np.reshape(a, shape), lambda g, out, a, shape: (apply("reshape", g, shape=a.shape),),
   "{0}", shape=reshaped, operands=(ATOM,), tidy=_reshape_tidy, plain="reshape")  # fmt: skip
op("outer", lambda a, b: np.outer(a, b), _outer_vjp, _outer_latex, shape=_outer_shape, binds=2, cost=1,
   domain=((-2, 2), (-2, 2)), plain="outer")  # fmt: skip
op("concatenate", lambda *a, axis=0: np.concatenate(a, axis=axis), _concatenate_vjp, _stack_latex, shape=_joined,
   plain="concatenate")  # fmt: skip
op("stack", lambda *a, axis=0: np.stack(a, axis=axis), _stack_vjp, _stack_latex, shape=_stacked, plain="stack")
op("diag", lambda a, k=0: np.diag(a, k), _diag_vjp, call(r"\operatorname{diag}"), shape=_diag_shape, plain="diag")
op("put_diag", _put_diag, None, call(r"\operatorname{diag}"), shape=lambda g, shape, k=0: shape, public=False)
op("broadcast_to", lambda a, shape: np.broadcast_to(a, shape),
   lambda g, out, a, shape: (apply("sum_to", g, shape=a.shape),), _ones_latex, shape=_broadcastable, binds=2,
   operands=(POWER,), tidy=_broadcast_tidy, public=False)  # fmt: skip
op("sum_to", _sum_to, lambda g, out, a, shape: (apply("broadcast_to", g, shape=a.shape),), r"\sum {0}",
   shape=lambda a, shape: shape, binds=2, operands=(2,), tidy=_same_shape, public=False)  # fmt: skip
op("embed", lambda g, start, length: np.concatenate([np.zeros(start), g, np.zeros(length - start - len(g))]), None,
   "{0}", shape=lambda g, start, length: (length,), operands=(ATOM,), public=False)  # fmt: skip
op("flip", lambda a: a[::-1], lambda g, out, a: (apply("flip", g),), call(r"\operatorname{flip}"),
   shape=lambda a: a, public=False)  # fmt: skip


def _items(e: Apply, part: Callable[[Expr, int], str]) -> str:
    items = []
    for kind, *rest in dict(e.attrs)["index"]:  # type: ignore[attr-defined]
        items.append(part(e.args[1 + rest[0]], SUM) if kind == "arg" else str(rest[0]) if kind == "int" else r"\cdot")
    return ", ".join(items)


def constant(value: float, shape: Shape) -> Const:
    """An array of one number repeated, for zeros(...) and ones(...)."""
    return Const(np.full(shape, value))


__all__ = ["IndexItem", "bracketed", "constant", "key_of", "reshaped"]
