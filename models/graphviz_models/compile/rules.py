"""Products, sums, softmax and choices as NumPy calls: one member, or a whole group with a leading axis."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphviz_models.expr import Array, Shape
from graphviz_models.ops.arrays import key_of
from graphviz_models.ops.table import axes_of

from .calls import Calls, Ref, rule

#: Entries up to which a sum is an inner product with ones, which is quick; beyond, NumPy's pairwise sum, which is
#: closer.
MOST_DOT = 4096

Attributes = dict[str, Any]


# ---- products


@rule("matmul")
def _matmul(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
    a, b = args
    rank_a, rank_b = len(a.inner), len(b.inner)
    if not out.lead and rank_a <= 2 and rank_b <= 2:
        if rank_a == rank_b == 1:
            return [f"{out.text}[...] = {a.method('dot')}({b.text})"]
        return [calls.dot(a, b, out)]
    if out.lead and (rank_a, rank_b) == (2, 1) and not a.lead:
        return [calls.dot(b, a.view(lambda x: x.T), out)]
    if out.lead and (rank_a, rank_b) == (1, 2) and not b.lead:
        return [calls.dot(a, b, out)]
    if out.lead and (rank_a, rank_b) == (2, 2) and not b.lead and a.contiguous and out.contiguous:
        n, p, q = a.shape
        return [calls.dot(a.shaped(n * p, q), b, out.shaped(n * p, out.shape[-1]))]
    a = a.view(lambda x: x[..., None, :]) if rank_a == 1 else a
    b = b.view(lambda x: x[..., None]) if rank_b == 1 else b
    to = out.view(lambda x: x[..., None]) if rank_b == 1 else out
    to = to.view(lambda x: x[..., None, :]) if rank_a == 1 and rank_b != 1 else to
    to = to.view(lambda x: x[..., None]) if rank_a == rank_b == 1 else to
    return [f"{calls.ufunc('matmul')}({a.text}, {b.text}, {to.text})"]


def _flat(x: Array, lead: int) -> Array:
    return x.reshape((*x.shape[:lead], -1))


def _column(x: Array) -> Array:
    return x[..., :, None]


def _row(x: Array) -> Array:
    return x[..., None, :]


@rule("outer")
def _outer(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
    if any(not a.contiguous and len(a.inner) > 1 for a in args):
        return None
    flat = [a if len(a.inner) == 1 or not a.arrays else a.view(functools.partial(_flat, lead=a.lead)) for a in args]
    left, right = (a if not a.arrays else a.view(f) for a, f in zip(flat, (_column, _row), strict=True))
    return [f"{calls.ufunc('multiply')}({left.text}, {right.text}, {out.text})"]


# ---- sums


def ones(calls: Calls, n: int) -> Ref:
    """A vector of ones."""
    found = calls.shared.get(("ones", n))
    if found is None:
        found = calls.shared["ones", n] = (calls.memory(np.ones(n)),)
    return found[0]


def summed(calls: Calls, a: Ref, axes: Sequence[int], out: Ref) -> list[str]:
    """The sum of `a` over these axes of its shape into `out`, which has the axes that are left, in order."""
    shape = a.shape
    if not axes:
        return [f"{out.text}[...] = {a.text}"]
    kept = [i for i in range(len(shape)) if i not in axes]
    gone = math.prod(shape[i] for i in axes)
    if a.contiguous and out.contiguous and gone <= MOST_DOT and out.shape:
        left = math.prod(shape[i] for i in kept)
        if list(axes) == list(range(len(kept), len(shape))):
            return [calls.dot(a.shaped(left, gone), ones(calls, gone), out.shaped(left))]
        if list(axes) == list(range(len(axes))):
            return [calls.dot(ones(calls, gone), a.shaped(gone, left), out.shaped(left))]
    reduce = calls.objects.name(np.add.reduce)
    return [f"{reduce}({a.text}, {tuple(axes)!r}, None, {out.text})"]


def _squeezed(a: Ref, out: Ref, axes: Sequence[int]) -> Ref:
    """`out` without the axes of length 1 that keepdims left where `a` was summed over `axes`."""
    if len(out.shape) == len(a.shape):
        return out.view(lambda x: x.reshape([n for i, n in enumerate(x.shape) if i not in axes]))
    return out


@rule("sum")
def _sum(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
    (a,) = args
    axes = [k + a.lead for k in axes_of(a.inner, attrs.get("axis"))]
    return summed(calls, a, axes, _squeezed(a, out, axes))


@rule("mean")
def _mean(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
    lines = _sum(calls, attrs, out, args)
    count = math.prod(args[0].shape) / max(math.prod(out.shape), 1)
    return [*(lines or ()), f"{calls.ufunc('divide')}({out.text}, {calls.number(count).text}, {out.text})"]


@rule("sum_to")
def _sum_to(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
    (a,) = args
    extra = len(a.inner) - len(out.inner)
    gone = [i for i, n in enumerate(a.inner) if i < extra or (out.inner[i - extra] == 1 and n != 1)]
    axes = [i + a.lead for i in gone]
    left = tuple(n for i, n in enumerate(a.shape) if i not in axes)
    return summed(calls, a, axes, out.view(lambda x: x.reshape(left)))


def _extreme(ufunc: Any) -> Any:
    def write(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
        (a,) = args
        axes = tuple(k + a.lead for k in axes_of(a.inner, attrs.get("axis")))
        to = _squeezed(a, out, axes)
        return [f"{calls.objects.name(ufunc.reduce)}({a.text}, {axes!r}, None, {to.text})"]

    return write


rule("max")(_extreme(np.maximum))
rule("min")(_extreme(np.minimum))


# ---- softmax and its logarithms


def _parts(calls: Calls, a: Ref, axis: Any, *, log: bool) -> tuple[list[str], tuple[Ref, ...]] | None:
    """The exponentials that softmax and its logarithms share, row by row: low, e, their sum, its logarithm, the top.

    low is a minus its largest entry, so one e is exactly 1; the logarithm is taken of what the others add to that 1.
    """
    axes = axes_of(a.inner, axis)
    if not a.contiguous or list(axes) != list(range(len(a.inner) - len(axes), len(a.inner))) or not a.values:
        return None
    length = math.prod(a.inner[k] for k in axes)
    count = math.prod(a.shape) // max(length, 1)
    key = ("softmax", a.values, length)
    known = calls.shared.get(key)
    if known is not None and (len(known) == 5 or not log):
        return [], known
    rows = a.shaped(count, length)
    low, e = calls.buffer((count, length)), calls.buffer((count, length))
    at = calls.buffer((count,), np.intp)
    top, rest, total, logarithm = (calls.buffer((count,)) for _ in range(4))
    column = [r.view(lambda x: x[:, None]) for r in (top, rest)]
    flat = a.shaped(count * length), e.shaped(count * length)
    lines = [f"{rows.method('argmax')}(1, {at.text})"]
    if count > 1:
        starts = calls.memory(np.arange(count) * length)
        lines.append(f"{calls.ufunc('add')}({at.text}, {starts.text}, {at.text})")
    lines += [
        f"{flat[0].method('take')}({at.text}, None, {top.text}, 'clip')",
        f"{calls.ufunc('subtract')}({rows.text}, {column[0].text}, {low.text})",
        f"{calls.ufunc('exp')}({low.text}, {e.text})",
    ]
    if log:
        lines += [
            f"{flat[1].text}[{at.text}] = 0.0",
            calls.dot(e, ones(calls, length), rest),
            f"{flat[1].text}[{at.text}] = 1.0",
            f"{calls.ufunc('add')}({rest.text}, {calls.number(1.0).text}, {total.text})",
            f"{calls.ufunc('log1p')}({rest.text}, {logarithm.text})",
        ]
        parts: tuple[Ref, ...] = (low, e, total, logarithm, top)
    else:
        lines.append(calls.dot(e, ones(calls, length), total))
        parts = (low, e, total)
    calls.shared[key] = parts
    return lines, parts


def _rowwise(calls: Calls, ufunc: str, a: Ref, row: Ref, out: Ref) -> str | None:
    if not out.contiguous:
        return None
    column = row.view(lambda x: x[:, None])
    return f"{calls.ufunc(ufunc)}({a.text}, {column.text}, {out.shaped(*a.shape).text})"


@rule("softmax")
def _softmax(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
    found = _parts(calls, args[0], attrs.get("axis"), log=False) if out.contiguous else None
    if found is None:
        return _first_principles(calls, attrs, out, args[0])
    lines, parts = found
    return [*lines, _rowwise(calls, "divide", parts[1], parts[2], out) or ""]


def _first_principles(calls: Calls, attrs: Attributes, out: Ref, a: Ref) -> list[str] | None:
    """Softmax along any axes, by reductions that keep them."""
    axes = tuple(k + a.lead for k in axes_of(a.inner, attrs.get("axis")))
    row = calls.buffer(tuple(1 if i in axes else n for i, n in enumerate(a.shape)))
    reduce = f"({{}}, {axes!r}, None, {row.text}, True)"
    return [
        calls.objects.name(np.maximum.reduce) + reduce.format(a.text),
        f"{calls.ufunc('subtract')}({a.text}, {row.text}, {out.text})",
        f"{calls.ufunc('exp')}({out.text}, {out.text})",
        calls.objects.name(np.add.reduce) + reduce.format(out.text),
        f"{calls.ufunc('divide')}({out.text}, {row.text}, {out.text})",
    ]


@rule("log_softmax")
def _log_softmax(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
    found = _parts(calls, args[0], attrs.get("axis"), log=True) if out.contiguous else None
    if found is None:
        return None
    lines, parts = found
    return [*lines, _rowwise(calls, "subtract", parts[0], parts[3], out) or ""]


@rule("logsumexp")
def _logsumexp(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
    found = _parts(calls, args[0], attrs.get("axis"), log=True) if out.contiguous else None
    if found is None:
        return None
    lines, parts = found
    return [*lines, f"{calls.ufunc('add')}({parts[4].text}, {parts[3].text}, {out.shaped(*parts[3].shape).text})"]


# ---- choices


def positions(shape: Shape, index: Any, chosen: Sequence[Array]) -> Array:
    """Where, among the entries of an array of that shape, the index points."""
    return np.asarray(np.arange(math.prod(shape)).reshape(shape)[key_of(index, tuple(chosen))], dtype=np.intp)


@rule("index")
def _index(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
    """Entries chosen by constants: the place of each is known now."""
    a = args[0]
    place: Ref | None = attrs["places"]
    if place is None or not a.contiguous:
        return None
    flat = a.shaped(math.prod(a.shape))
    return [f"{flat.method('take')}({place.text}, None, {out.text}, 'clip')"]


@rule("put")
def _put(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
    """Entries sent back to where they were chosen; the others of `out` are 0 and stay so."""
    place: Ref | None = attrs["places"]
    if place is None or not out.contiguous:
        return None
    flat = out.shaped(math.prod(out.shape))
    if all(len(np.unique(where)) == where.size for where in place.arrays):
        return [f"{flat.text}[{place.text}] = {args[0].text}"]
    add_at = calls.objects.name(np.add.at)
    return [f"{flat.method('fill')}(0.0)", f"{add_at}({flat.text}, {place.text}, {args[0].text})"]


@rule("concatenate", "stack")
def _joined(calls: Calls, attrs: Attributes, out: Ref, args: Sequence[Ref]) -> list[str] | None:
    if out.lead or attrs.get("axis", 0) is None:
        return None
    lines = []
    start = 0
    for a in args:
        if attrs["stacked"]:
            k = attrs.get("axis", 0) % len(out.shape)
            place: tuple[Any, ...] = (*(slice(None),) * k, start)
            start += 1
        else:
            k = attrs.get("axis", 0) % len(out.shape)
            place = (*(slice(None),) * k, slice(start, start + a.shape[k]))
            start += a.shape[k]
        part = out.view(lambda x, at=place: x[(*at, ...)])  # type: ignore[misc]
        lines.append(f"{part.text}[...] = {a.text}")
    return lines
