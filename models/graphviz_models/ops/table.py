"""How an operation enters the table, with the shape rules that many of them share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphviz_models.expr import OPS, Apply, Const, Expr, MismatchError, Op, Shape, apply


def op(
    name: str,
    value: Callable[..., Any],
    vjp: Callable[..., tuple[Expr | None, ...]] | None,
    latex: str | Callable[..., str],
    *,
    shape: Callable[..., Shape] | None = None,
    **rest: Any,
) -> Op:
    """Adds one operation to OPS; without a `shape` rule it is elementwise with NumPy's broadcasting."""
    OPS[name] = new = Op(name, value, shape or broadcast, vjp, latex, elementwise=shape is None, **rest)
    return new


#: Axes that a value may have: NumPy's broadcasting knows 32, of which derivatives and true forms take a few.
MOST_AXES = 24


def written(shape: Shape) -> str:
    """A shape as a lecturer reads it: `3`, `2×3`, `scalar`."""
    return "×".join(map(str, shape)) if shape else "a scalar"


def broadcast(*shapes: Shape, **_: Any) -> Shape:
    """NumPy's broadcasting of any number of shapes."""
    first = shapes[0]
    if all(s == first for s in shapes):
        return first
    try:
        return tuple(np.broadcast_shapes(*shapes))
    except ValueError:
        raise MismatchError(
            f"the shapes {' and '.join(map(written, shapes))} do not fit together: make them equal, or 1 along an axis"
        ) from None


def is_(e: Expr, value: float) -> bool:
    """Whether `e` is the scalar constant `value`, as a number rather than a name."""
    return isinstance(e, Const) and not e.name and e.shape == () and float(e.value) == value


def is_a(e: Expr, name: str) -> bool:
    """Whether `e` is that operation applied."""
    return isinstance(e, Apply) and e.op.name == name


def axes_of(shape: Shape, axis: Any) -> tuple[int, ...]:
    """The axes that `axis=` (None, a number or a tuple) names, counted from 0, in order; raises MismatchError."""
    if axis is None:
        return tuple(range(len(shape)))
    chosen = (axis,) if isinstance(axis, int) else tuple(axis)
    for a in chosen:
        if not -len(shape) <= a < len(shape):
            raise MismatchError(f"axis={a} does not exist: the array has {len(shape)} axes, counted from 0")
    found = tuple(sorted(a % len(shape) for a in chosen))
    if len(set(found)) < len(found):
        raise MismatchError("axis= names an axis twice")
    return found


def reduced(shape: Shape, axis: Any = None, keepdims: bool = False, **_: Any) -> Shape:
    """The shape that is left when the named axes are summed over."""
    gone = axes_of(shape, axis)
    if keepdims:
        return tuple(1 if i in gone else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in gone)


def spread(g: Expr, a: Expr, axis: Any = None, keepdims: bool = False) -> Expr:
    """What a reduction sends back to each entry: `g` repeated along the axes that were summed over."""
    if axis is not None and not keepdims:
        g = apply("reshape", g, shape=reduced(a.shape, axis, True))
    return apply("broadcast_to", g, shape=a.shape)
