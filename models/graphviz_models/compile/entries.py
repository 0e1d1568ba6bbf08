"""Small arrays taken apart into their entries: a block in which every value is a scalar.

NumPy itself does the taking apart: its functions run over arrays of entries that answer + − × ÷ with new values of the
block. A 2-3-1 network becomes some 250 float operations, a quarter of the time of 30 calls on tiny arrays.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphviz_models.expr import Attrs
from graphviz_models.ops import OPS

from .instructions import PER_ENTRY
from .ssa import CONST, LEAF, Block

Entries = np.ndarray[Any, np.dtype[np.object_]]

#: Operations whose NumPy value only adds, multiplies and arranges entries, so that it runs over them as it stands.
POLYNOMIAL = (
    "matmul", "outer", "sum", "mean", "sum_to", "trace", "cumsum", "prod", "convolve", "correlate", "transpose",
    "reshape", "index", "put", "concatenate", "stack", "flip", "broadcast_to", "embed", "cumsum_back",
)  # fmt: skip


class NotExpandableError(Exception):
    """An operation that has no form on single entries, or more entries than are worth it."""


class Entry:
    """One entry of an array: value `v` of a block of scalars. NumPy computes with it as with a number."""

    __slots__ = ("block", "v")

    def __init__(self, block: Block, v: int) -> None:
        self.block = block
        self.v = v

    def _with(self, op: str, a: object, b: object) -> Entry:
        return Entry(self.block, self.block.apply(op, (self._value(a), self._value(b)), (), ()))

    def _value(self, x: object) -> int:
        return x.v if isinstance(x, Entry) else self.block.constant(x)

    def __add__(self, other: object) -> Entry:
        return self._with("add", self, other)

    def __radd__(self, other: object) -> Entry:
        return self._with("add", other, self)

    def __sub__(self, other: object) -> Entry:
        return self._with("sub", self, other)

    def __rsub__(self, other: object) -> Entry:
        return self._with("sub", other, self)

    def __mul__(self, other: object) -> Entry:
        return self._with("mul", self, other)

    def __rmul__(self, other: object) -> Entry:
        return self._with("mul", other, self)

    def __truediv__(self, other: object) -> Entry:
        return self._with("div", self, other)


def work(block: Block, live: Sequence[bool]) -> int:
    """About how many float operations the live values take, entry by entry."""
    count = 0
    for v, op in enumerate(block.ops):
        if live[v] and op not in (CONST, LEAF):
            size = math.prod(block.shapes[v])
            if op == "matmul":
                size *= 2 * block.shapes[block.args[v][0]][-1]
            elif op in ("convolve", "correlate"):
                size *= 2 * min(block.shapes[a][0] for a in block.args[v])
            elif op not in PER_ENTRY:
                size = max([size, *[math.prod(block.shapes[a]) for a in block.args[v]]])
            count += size
    return count


class Expansion:
    """The values of `block` that `live` marks, entry by entry, in a new block; `entries[v]` are those of value v."""

    def __init__(self, block: Block, live: Sequence[bool]) -> None:
        self.source = block
        self.block = Block()
        self.entries: dict[int, Entries] = {}
        for v, op in enumerate(block.ops):
            if live[v]:
                self.block.equation = block.origin[v]
                self.entries[v] = self._entries(v, op)

    def _entries(self, v: int, op: str) -> Entries:
        source, shape, attrs = self.source, self.source.shapes[v], self.source.attrs[v]
        if op == CONST:
            return self._array([self.block.constant(x) for x in np.ravel(source.constants[v])], shape)
        if op == LEAF:
            name = dict(attrs)["name"]
            return self._array([self.block.leaf(f"{name}[{i}]") for i in range(math.prod(shape))], shape)
        args = [self.entries[a] for a in source.args[v]]
        if op == "total":
            return self._by_entry("total", args, attrs, shape)
        if op in PER_ENTRY:
            return self._by_entry(op, args, attrs, shape)
        if op in ("index", "put"):
            chosen = [source.constants.get(a) for a in source.args[v][1:]]
            if any(c is None for c in chosen):
                raise NotExpandableError(op)
            return self._objects(OPS[op].value(args[0], *chosen, **dict(attrs)), shape)
        if op in POLYNOMIAL:
            return self._objects(OPS[op].value(*args, **dict(attrs)), shape)
        rule = REDUCED.get(op)
        if rule is None:
            raise NotExpandableError(op)
        return self._objects(rule(self, args[0], **dict(attrs)), shape)

    def _array(self, values: Sequence[int], shape: tuple[int, ...]) -> Entries:
        out = np.empty(len(values), dtype=object)
        out[:] = [Entry(self.block, v) for v in values]
        return out.reshape(shape)

    def _objects(self, found: object, shape: tuple[int, ...]) -> Entries:
        """`found` with every plain number made an entry; NumPy fills with the integer 0."""
        flat = found.ravel() if isinstance(found, np.ndarray) else [found]
        flat = [x.item() if isinstance(x, np.ndarray) else x for x in flat]  # a scalar put into an array of objects
        return self._array([x.v if isinstance(x, Entry) else self.block.constant(x) for x in flat], shape)

    def _by_entry(self, op: str, args: Sequence[Entries], attrs: Attrs, shape: tuple[int, ...]) -> Entries:
        flat = [np.broadcast_to(a, shape).ravel() for a in args]
        return self._array(
            [self.apply(op, tuple([e.v for e in each]), attrs) for each in zip(*flat, strict=True)], shape
        )

    def apply(self, op: str, args: tuple[int, ...], attrs: Attrs = ()) -> int:
        """The value of one operation on entries."""
        return self.block.apply(op, args, attrs, ())

    def map(self, op: str, *arrays: Entries) -> Entries:
        """An operation on every entry, with NumPy's broadcasting."""
        one = np.frompyfunc(lambda *each: Entry(self.block, self.apply(op, tuple(e.v for e in each))), len(arrays), 1)
        return np.asarray(one(*arrays), dtype=object)

    def fold(self, op: str, a: Entries, axis: Any, keepdims: bool = False) -> Entries:
        """A reduction along the axes with an operation on two entries."""
        if axis is None:
            both = functools.reduce(lambda x, y: Entry(self.block, self.apply(op, (x.v, y.v))), a.ravel())
            return self._array([both.v], (1,) * a.ndim if keepdims else ())
        pair = np.frompyfunc(lambda x, y: Entry(self.block, self.apply(op, (x.v, y.v))), 2, 1)
        out = a
        for k in sorted((axis,) if isinstance(axis, int) else axis, key=lambda k: k % a.ndim):
            out = pair.reduce(out, axis=k, keepdims=True)
        return out if keepdims else out.reshape(reduced(a.shape, axis))


def reduced(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """The shape that is left when those axes are gone."""
    gone = {k % len(shape) for k in ((axis,) if isinstance(axis, int) else axis)}
    return tuple(n for i, n in enumerate(shape) if i not in gone)


def _shifted(x: Expansion, a: Entries, axis: Any) -> tuple[Entries, Entries, Entries]:
    top = x.fold("maximum", a, axis, keepdims=True)
    low = x.map("sub", a, top)
    return low, x.map("exp", low), top


def _sum(a: Entries, axis: Any) -> Entries:
    return np.asarray(np.sum(a, axis=axis, keepdims=True), dtype=object)


def _log_rest(x: Expansion, e: Entries, axis: Any) -> Entries:
    """log Σ e where the largest entry is exactly 1: of what the others add to it, without cancellation."""
    axes = tuple(range(e.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    moved = np.moveaxis(e, axes, range(-len(axes), 0)) if e.ndim else e
    kept = moved.shape[: moved.ndim - len(axes)]
    rows = moved.reshape((*kept, math.prod(moved.shape[len(kept) :])))
    out = np.empty(kept, dtype=object)
    for i in np.ndindex(kept):
        rest = x.block.apply("beyond_one", tuple([each.v for each in rows[i]]), (), ())
        out[i] = Entry(x.block, x.block.apply("log1p", (rest,), (), ()))
    return out.reshape(tuple(1 if k in {j % e.ndim for j in axes} else n for k, n in enumerate(e.shape)))


def _softmax(x: Expansion, a: Entries, axis: Any = None) -> Entries:
    e = _shifted(x, a, axis)[1]
    return x.map("div", e, _sum(e, axis))


def _log_softmax(x: Expansion, a: Entries, axis: Any = None) -> Entries:
    low, e, _ = _shifted(x, a, axis)
    return x.map("sub", low, _log_rest(x, e, axis))


def _logsumexp(x: Expansion, a: Entries, axis: Any = None, keepdims: bool = False) -> Entries:
    _, e, top = _shifted(x, a, axis)
    out = x.map("add", top, _log_rest(x, e, axis))
    return out if keepdims else out.reshape(() if axis is None else reduced(a.shape, axis))


def _extreme(op: str) -> Callable[..., Entries]:
    return lambda x, a, axis=None, keepdims=False: x.fold(op, a, axis, keepdims)


def _share(op: str) -> Callable[..., Entries]:
    def share(x: Expansion, a: Entries, axis: Any = None) -> Entries:
        best = x.map("equal", a, x.fold(op, a, axis, keepdims=True))
        return x.map("div", best, _sum(best, axis))

    return share


def _var(x: Expansion, a: Entries, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Entries:
    total = _sum(a, axis)
    count = a.size // max(total.size, 1)
    apart = a - total / float(count)
    out = np.asarray(np.sum(apart * apart, axis=axis, keepdims=keepdims), dtype=object)
    return np.asarray(out / float(count - ddof), dtype=object)


def _std(x: Expansion, a: Entries, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Entries:
    return x.map("sqrt", _var(x, a, axis, keepdims, ddof))


REDUCED: dict[str, Callable[..., Entries]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "max": _extreme("maximum"),
    "min": _extreme("minimum"),
    "max_share": _share("maximum"),
    "min_share": _share("minimum"),
    "var": _var,
    "std": _std,
}
