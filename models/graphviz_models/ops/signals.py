"""Convolution of signals, full or cut, with the correlations that are its derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphviz_models.expr import PRODUCT, Expr, MismatchError, Shape, apply

from .table import op, written


def span(n: int, m: int, mode: str) -> tuple[int, int]:
    """Where `mode` begins in the full convolution of lengths n and m, and how long it is (NumPy's rule)."""
    if mode == "full":
        return 0, n + m - 1
    if mode == "same":
        return (min(n, m) - 1) // 2, max(n, m)
    return min(n, m) - 1, max(n, m) - min(n, m) + 1


def _shape(a: Shape, b: Shape, mode: str = "full") -> Shape:
    if len(a) != 1 or len(b) != 1:
        raise MismatchError(f"convolve and correlate need two vectors, here {written(a)} and {written(b)}")
    if not a[0] or not b[0]:
        raise MismatchError("convolve and correlate need at least one entry on both sides")
    if mode not in ("full", "same", "valid"):
        raise MismatchError(f"mode={mode!r} is unknown: write 'full', 'same' or 'valid'")
    return (span(a[0], b[0], mode)[1],)


def _full(g: Expr, n: int, m: int, mode: str) -> Expr:
    start, length = span(n, m, mode)
    return g if length == n + m - 1 else apply("embed", g, start=start, length=n + m - 1)


def _convolve_vjp(g: Expr, out: Expr, a: Expr, b: Expr, mode: str = "full") -> tuple[Expr | None, ...]:
    whole = _full(g, a.shape[0], b.shape[0], mode)
    return (apply("correlate", whole, b, mode="valid"), apply("correlate", whole, a, mode="valid"))


def correlate_start(n: int, m: int, mode: str) -> int:
    """Where np.correlate's result begins in the full convolution of a with b reversed."""
    if mode == "same" and n < m:
        return span(n, m, mode)[0] + (1 - min(n, m) % 2)
    return span(n, m, mode)[0]


def _correlate_vjp(g: Expr, out: Expr, a: Expr, b: Expr, mode: str = "valid") -> tuple[Expr | None, ...]:
    n, m = a.shape[0], b.shape[0]
    if mode == "valid" and n >= m:
        return (apply("convolve", g, b, mode="full"), apply("correlate", a, g, mode="valid"))
    length = span(n, m, mode)[1]
    start = correlate_start(n, m, mode)
    whole = g if length == n + m - 1 else apply("embed", g, start=start, length=n + m - 1)
    return (
        apply("correlate", whole, apply("flip", b), mode="valid"),
        apply("flip", apply("correlate", whole, a, mode="valid")),
    )


def _convolve(a: Any, b: Any, mode: str = "full") -> Any:
    return np.convolve(a, b, mode)  # type: ignore[call-overload]


def _correlate(a: Any, b: Any, mode: str = "valid") -> Any:
    return np.correlate(a, b, mode)  # type: ignore[call-overload]


op("convolve", _convolve, _convolve_vjp, "{0} * {1}", shape=_shape, binds=PRODUCT, operands=(PRODUCT, PRODUCT), cost=1,
   domain=((-2, 2), (-2, 2)), plain="convolve")  # fmt: skip
op("correlate", _correlate, _correlate_vjp, r"{0} \star {1}",
   shape=lambda a, b, mode="valid": _shape(a, b, mode), binds=PRODUCT, operands=(PRODUCT, PRODUCT), cost=1,
   domain=((-2, 2), (-2, 2)), plain="correlate")  # fmt: skip
