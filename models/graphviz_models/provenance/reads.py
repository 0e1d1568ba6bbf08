"""Which entries of its operands an entry of an operation reads: by its formula, whatever the numbers are.

A set of entries is a mask, an array of booleans of the value's shape. Masks go backwards through an expression as
deltas do, so that a whole set costs what one entry costs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from graphviz_models.expr import Apply, Array, Expr, Shape, Var, evaluate
from graphviz_models.ops.arrays import key_of
from graphviz_models.ops.signals import correlate_start, span
from graphviz_models.ops.table import axes_of

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Rule = Callable[..., tuple[Mask, ...]]

#: Entries of arrays that are looked at for one answer; an operation costs as much as so many entries.
MOST_WORK, OPERATION = 3_000_000, 400


def sources(e: Expr, mask: Mask, values: Mapping[str, Array]) -> dict[str, Mask] | None:
    """The entries of every name that the entries of `e` in `mask` read; None where that would take too long.

    `values` are those of names that choose entries, `a[y]`.
    """
    order = _consumers_first(e)
    if sum(math.prod(x.shape) + OPERATION for x in order) > MOST_WORK:
        return None
    wanted: dict[int, Mask] = {id(e): mask}
    found: dict[str, Mask] = {}
    for x in order:
        own = wanted.get(id(x))
        if own is None or not own.any():
            continue
        if isinstance(x, Var):
            found[x.name] = found[x.name] | own if x.name in found else own
        elif isinstance(x, Apply):
            for a, below in zip(x.args, reads(x, own, values), strict=True):
                wanted[id(a)] = wanted[id(a)] | below if id(a) in wanted else below
    return found


def reads(e: Apply, mask: Mask, values: Mapping[str, Array]) -> tuple[Mask, ...]:
    """For every operand of one operation, the entries that the entries in `mask` read."""
    if e.op.elementwise:
        return tuple(_narrowed(mask, a.shape) for a in e.args)
    shapes = [a.shape for a in e.args]
    attrs = dict(e.attrs)
    if e.op.name in ("index", "put"):
        chosen = tuple(evaluate(a, values) for a in e.args[1:])
        return _CHOOSING[e.op.name](mask, shapes, chosen, **attrs)
    if e.op.name in MOVES:
        return _moved(e, mask, attrs)
    rule: Rule = RULES.get(e.op.name, _all)
    return rule(mask, *shapes, **attrs)


def _consumers_first(e: Expr) -> list[Expr]:
    """Every subtree once, each after all that read it."""
    order: list[Expr] = []
    seen: set[int] = set()
    stack: list[tuple[Expr, bool]] = [(e, False)]
    while stack:
        top, done = stack.pop()
        if done:
            order.append(top)
        elif id(top) not in seen:
            seen.add(id(top))
            stack.append((top, True))
            if isinstance(top, Apply):
                stack.extend((a, False) for a in top.args)
    return order[::-1]


def _narrowed(mask: Mask, shape: Shape) -> Mask:
    """The entries of an operand of `shape` that NumPy's broadcasting repeats into the mask."""
    if mask.shape == shape:
        return mask
    lead = mask.ndim - len(shape)
    axes = (*range(lead), *(lead + i for i, n in enumerate(shape) if n == 1 and mask.shape[lead + i] != 1))
    return np.asarray(mask.any(axis=axes, keepdims=True).reshape(shape))


def _all(mask: Mask, *shapes: Shape, **_: Any) -> tuple[Mask, ...]:
    return tuple(np.full(s, bool(mask.any())) for s in shapes)


def _kept(mask: Mask, shape: Shape, axis: Any, keepdims: bool) -> Mask:
    """The mask of a reduction's result with the axes that it summed over as axes of length 1."""
    if keepdims:
        return mask
    gone = axes_of(shape, axis)
    return mask.reshape(tuple(1 if i in gone else n for i, n in enumerate(shape)))


def _reduced(mask: Mask, *shapes: Shape, axis: Any = None, keepdims: bool = False, **_: Any) -> tuple[Mask, ...]:
    whole = tuple(np.broadcast_shapes(*shapes))
    wide = np.broadcast_to(_kept(mask, whole, axis, keepdims), whole)
    return tuple(_narrowed(wide, s) for s in shapes)


def _along(mask: Mask, shape: Shape, axis: Any = None) -> tuple[Mask]:
    """Every entry reads all that lie along the axes with it."""
    return (np.broadcast_to(mask.any(axis=axes_of(shape, axis), keepdims=True), shape),)


def _others(mask: Mask, shape: Shape, axis: Any = None) -> tuple[Mask]:
    """Every entry reads all that lie along the axes with it, but not itself."""
    count = mask.sum(axis=axes_of(shape, axis), keepdims=True)
    return (np.asarray(count - mask > 0),)


def _cumsum(mask: Mask, shape: Shape, axis: int | None = None) -> tuple[Mask]:
    if axis is None:
        return (np.logical_or.accumulate(mask[::-1])[::-1].reshape(shape),)
    return (np.flip(np.logical_or.accumulate(np.flip(mask, axis), axis), axis),)


def _cumsum_back(mask: Mask, g: Shape, axis: int | None = None, shape: Shape = ()) -> tuple[Mask]:
    return (np.logical_or.accumulate(mask.reshape(-1) if axis is None else mask, axis or 0),)


def _matmul(mask: Mask, a: Shape, b: Shape) -> tuple[Mask, Mask]:
    wide = mask
    if len(a) == 1:
        wide = np.expand_dims(wide, -1 if len(b) == 1 else -2)
    if len(b) == 1:
        wide = np.expand_dims(wide, -1)
    rows, columns = wide.any(axis=-1, keepdims=True), wide.any(axis=-2, keepdims=True)
    of_a = (1, *a) if len(a) == 1 else a
    of_b = (*b, 1) if len(b) == 1 else b
    to_a = np.broadcast_to(rows, (*rows.shape[:-1], a[-1]))
    to_b = np.broadcast_to(columns, (*columns.shape[:-2], of_b[-2], columns.shape[-1]))
    return _narrowed(to_a, of_a).reshape(a), _narrowed(to_b, of_b).reshape(b)


def _outer(mask: Mask, a: Shape, b: Shape) -> tuple[Mask, Mask]:
    return mask.any(axis=1).reshape(a), mask.any(axis=0).reshape(b)


def _trace(mask: Mask, a: Shape, offset: int = 0) -> tuple[Mask]:
    return (np.eye(a[0], a[1], k=offset, dtype=bool) & mask,)


def _convolve(mask: Mask, a: Shape, b: Shape, mode: str = "full") -> tuple[Mask, Mask]:
    return _met(mask, a[0], b[0], span(a[0], b[0], mode)[0])


def _correlate(mask: Mask, a: Shape, b: Shape, mode: str = "valid") -> tuple[Mask, Mask]:
    to_a, to_b = _met(mask, a[0], b[0], correlate_start(a[0], b[0], mode))
    return to_a, to_b[::-1]


def _met(mask: Mask, n: int, m: int, start: int) -> tuple[Mask, Mask]:
    """What meets in the entries of a convolution of lengths n and m that `mask` cuts out from `start` on."""
    before = np.zeros(n + m, dtype=np.int64)  # how many entries of the full convolution are wanted before each
    before[start + 1 : start + 1 + len(mask)] = np.cumsum(mask)
    before[start + 1 + len(mask) :] = before[start + len(mask)]
    return before[m:] > before[:n], before[n:] > before[:m]


def _moved(e: Apply, mask: Mask, attrs: dict[str, Any]) -> tuple[Mask, ...]:
    """Operations that put entries elsewhere: numbers sent through them tell where each entry came from."""
    numbered, first = [], 1
    for a in e.args:
        count = math.prod(a.shape)
        numbered.append(np.arange(first, first + count, dtype=np.float64).reshape(a.shape))
        first += count
    came = np.zeros(first, dtype=bool)
    came[np.asarray(e.op.value(*numbered, **attrs))[mask].astype(np.int64)] = True  # 0 is what none has filled
    parts, first = [], 1
    for a in e.args:
        count = math.prod(a.shape)
        parts.append(came[first : first + count].reshape(a.shape))
        first += count
    return tuple(parts)


def _index(mask: Mask, shapes: list[Shape], chosen: tuple[Array, ...], index: Any) -> tuple[Mask, ...]:
    key = key_of(index, chosen)
    found = np.zeros(math.prod(shapes[0]), dtype=bool)
    found[np.arange(found.size).reshape(shapes[0])[key][mask]] = True
    return (found.reshape(shapes[0]), *_choosers(mask, shapes, chosen, index, key))


def _put(mask: Mask, shapes: list[Shape], chosen: tuple[Array, ...], index: Any, shape: Shape) -> tuple[Mask, ...]:
    return (np.asarray(mask[key_of(index, chosen)]), *(np.full(s, bool(mask.any())) for s in shapes[1:]))


def _choosers(
    mask: Mask, shapes: list[Shape], chosen: tuple[Array, ...], index: Any, key: tuple[Any, ...]
) -> list[Mask]:
    """The entries of integer arrays that have chosen the entries in `mask`."""
    arrays = [k for k in key if isinstance(k, np.ndarray)]
    if not arrays:
        return [np.full(s, bool(mask.any())) for s in shapes[1:]]
    together = tuple(np.broadcast_shapes(*(k.shape for k in arrays)))
    place = np.arange(math.prod(together)).reshape(together)
    # An array that holds, along its first chosen axis, the number of the choice: chosen from, it shows where each went.
    at = next(i for i, k in enumerate(key) if isinstance(k, np.ndarray))
    axis = _axis(key, at, len(shapes[0]))
    lengths = [place.size if i == axis else max(1, n) for i, n in enumerate(shapes[0])]
    carrier = np.broadcast_to(
        np.arange(place.size).reshape([-1 if i == axis else 1 for i in range(len(lengths))]), lengths
    )
    numbered = tuple(
        place if i == at else np.zeros(k.shape, dtype=np.int64) if isinstance(k, np.ndarray) else k
        for i, k in enumerate(key)
    )
    used = np.zeros(place.size, dtype=bool)
    used[carrier[numbered][mask]] = True
    wide = used.reshape(together)
    return [_narrowed(wide, s) if s else np.full(s, bool(mask.any())) for s in shapes[1:]]


def _axis(key: tuple[Any, ...], at: int, axes: int) -> int:
    """The axis of the array that item `at` of an index runs over."""
    taken = sum(k is not None and k is not Ellipsis for k in key)
    before = sum(k is not None and k is not Ellipsis for k in key[:at])
    return before + (axes - taken if any(k is Ellipsis for k in key[:at]) else 0)


#: Operations whose every entry is an entry of an operand, or 0.
MOVES = frozenset("transpose reshape concatenate stack diag put_diag broadcast_to embed flip".split())
_CHOOSING: dict[str, Callable[..., tuple[Mask, ...]]] = {"index": _index, "put": _put}
#: The entries that are read, for operations that are not elementwise: (mask, *shapes, **attrs) -> masks.
RULES: dict[str, Rule] = {
    **dict.fromkeys("sum mean prod max min var std norm peak_along logsumexp logsumexp_weighted".split(), _reduced),
    **dict.fromkeys("softmax log_softmax max_share min_share".split(), _along),
    "prod_others": _others, "cumsum": _cumsum, "cumsum_back": _cumsum_back, "matmul": _matmul, "outer": _outer,
    "trace": _trace, "convolve": _convolve, "correlate": _correlate,
    "sum_to": lambda mask, a, shape: (np.broadcast_to(mask, a),),
}  # fmt: skip
