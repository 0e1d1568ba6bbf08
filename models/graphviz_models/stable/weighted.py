"""Sums of exponentials with weights of any sign: mixtures such as w·e^a + (1 - w)·e^b, which no logarithm rebuilds."""

from __future__ import annotations

from abc import abstractmethod

from graphviz_models.expr import Apply, Const, Expr, Shape, apply, make
from graphviz_models.ops.table import is_a, reduced
from graphviz_models.stable.logarithms import ONE, Logarithms

ZERO = Const(0.0)
MOST_PARTS = 64
Part = tuple[Expr, Expr]


class Weighted(Logarithms):
    """Takes a formula apart into weight·e^log."""

    def _parts(self, e: Expr, depth: int = 0) -> list[Part] | None:
        """The terms of a sum, each as (weight, log); None where one of them is neither."""
        if depth > MOST_PARTS:
            return None
        seen = self._see(e) if self._exponential(e) else e
        if isinstance(seen, Apply) and seen.op.name in ("add", "sub", "neg"):
            found: list[Part] = []
            for place, a in enumerate(seen.args):
                below = self._parts(a, depth + 1)
                if below is None or len(found) + len(below) > MOST_PARTS:
                    return None
                minus = seen.op.name == "neg" or (seen.op.name == "sub" and place == 1)
                found += [(-w, log) for w, log in below] if minus else below
            return found
        one = self._part(seen, depth)
        return None if one is None else [one]

    def _part(self, e: Expr, depth: int = 0) -> Part | None:
        """One product as (weight, log), the weight free of exponentials."""
        if not self._exponential(e):
            return self._clean(e), ZERO
        log = self._surely(e)
        if log is not None:
            return ONE, log
        seen = self._see(e)
        if not (isinstance(seen, Apply) and seen.op.name in ("mul", "div", "neg")) or depth > MOST_PARTS:
            return None
        below = [self._part(a, depth + 1) for a in seen.args]
        first = below[0]
        if first is None:
            return None
        if seen.op.name == "neg":
            return -first[0], first[1]
        second = below[1]
        if second is None:
            return None
        if seen.op.name == "mul":
            return first[0] * second[0], first[1] + second[1]
        return first[0] / second[0], first[1] - second[1]

    def _log_signed(self, e: Apply) -> Expr | None:
        if self._positive:
            return None
        parts = self._parts(e)
        if parts is None or len(parts) < 2 or all(log == ZERO for _, log in parts):
            return None
        weights, logs = (_stacked(column, e.shape) for column in zip(*parts, strict=True))
        return make("logsumexp_weighted", logs, weights, axis=0)

    def _weighted_ratio(self, a: Expr, b: Expr, shape: Shape) -> Expr | None:
        """A quotient by such a sum, both scaled by its largest exponential."""
        total = self._see(b)
        if isinstance(total, Apply) and total.op.name == "sum":
            return self._total_ratio(a, total)
        below = self._parts(b)
        above = self._parts(a) if below is not None else None
        if below is None or above is None or all(log == ZERO for _, log in below) or any(map(_is_scaled, below)):
            return None
        peak = make("peak", *(log for _, log in below))
        return _scaled(above, peak) / _scaled(below, peak)

    def _total_ratio(self, a: Expr, total: Apply) -> Expr | None:
        """A quotient by Σ w·e^log, w of any sign."""
        below, above = self._part(total.args[0]), self._parts(a)
        if below is None or above is None or below[1] == ZERO or _is_scaled(below):
            return None
        attrs = dict(total.attrs)
        peak = make("peak_along", below[1], axis=attrs.get("axis"), keepdims=True)
        outside = make("peak_along", below[1], **attrs)
        return _scaled(above, outside) / make("sum", _scaled([below], peak), **attrs)

    def _sum_ratio(self, top: Apply, below: Expr) -> Expr | None:
        """A sum of weighted exponentials over e^below: every term meets the denominator by itself."""
        attrs = dict(top.attrs)
        if top.op.name == "matmul":
            return self._matmul_ratio(top, below)
        inside = top.args[0]
        axis, keepdims = attrs.get("axis"), attrs.get("keepdims", False)
        kept = reduced(inside.shape, axis, keepdims=True)
        if below.shape == top.shape and not keepdims:
            below = apply("reshape", below, shape=kept)
        if below.shape not in ((), kept):
            return None
        each = self._ratio(inside, below)
        return None if each is None else make(top.op.name, each, **attrs)

    def _matmul_ratio(self, top: Apply, below: Expr) -> Expr | None:
        a, b = top.args
        if a.ndim > 2 or b.ndim > 2:
            return None
        if self._exponential(a) and below.shape in ((), (a.shape[0], 1)[: 2 * (a.ndim - 1)] or ()):
            each = self._ratio(a, below)
            return None if each is None else make("matmul", each, self._clean(b))
        if self._exponential(b) and below.shape in ((), b.shape[1:], (1, *b.shape[1:])[: 2 * (b.ndim - 1)]):
            each = self._ratio(b, below)
            return None if each is None else make("matmul", self._clean(a), each)
        return None

    @abstractmethod
    def _ratio(self, a: Expr, below: Expr) -> Expr | None:
        """The true form of a/e^below."""


def _scaled(parts: list[Part], peak: Expr) -> Expr:
    terms = [w * apply("exp", log - peak) for w, log in parts]
    return sum(terms[1:], terms[0])


def _is_scaled(part: Part) -> bool:
    """Whether this is what a quotient was scaled to already."""
    log = part[1]
    return (
        isinstance(log, Apply)
        and log.op.name in ("sub", "neg")
        and any(is_a(log.args[-1], name) for name in ("peak", "peak_along"))
    )


def _stacked(parts: tuple[Expr, ...], shape: Shape) -> Expr:
    return make("stack", *(apply("broadcast_to", part, shape=shape) for part in parts), axis=0)
