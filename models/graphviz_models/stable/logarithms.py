"""Logarithms taken before their argument is built, which may not fit in a float64.

`log_of(e)` is an expression for log(e) wherever e is made of exponentials: log Σ e^u is logsumexp(u), log(1 + e^u) is
softplus(u), log softmax(u)[k] is log_softmax(u)[k].
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from graphviz_models.expr import Apply, Const, Expr, Var, apply, make
from graphviz_models.ops.table import axes_of, is_

Lookup = Callable[[str], Expr | None]
ONE = Const(1.0)
LOG2 = Const(np.log(2.0))
#: Entries times classes up to which log(1 - softmax) is the sum of all the others for every entry.
MOST_OTHERS = 250_000

DEEPEST = 20  # operations within one another, below which nothing is looked at
#: Operations that only rearrange entries: the logarithm passes through them.
REARRANGE = ("index", "transpose", "reshape", "stack", "concatenate", "broadcast_to", "flip")


class Logarithms(ABC):
    """Sees expressions through their names; `lookup` gives the computed form of a name, else None."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._trial: list[str] = []
        self._positive = False
        self.forget()

    def forget(self) -> None:
        """Begins anew: what is kept of a name, so that it is not looked at again and again, is of one equation."""
        self._overflowing: dict[str, bool] = {}
        self._logs: dict[tuple[str, bool], tuple[int, Expr | None, list[str]]] = {}

    def _see(self, e: Expr) -> Expr:
        """`e`, or what its name stands for."""
        for _ in range(50):
            if not isinstance(e, Var):
                return _power_of_number(e)
            meant = self._lookup(e.name)
            if meant is None:
                return e
            self._trial.append(e.name)
            e = meant
        return e

    def _kind(self, e: Expr, name: str) -> Apply | None:
        mark = len(self._trial)
        seen = self._see(e)
        if isinstance(seen, Apply) and seen.op.name == name:
            return seen
        del self._trial[mark:]
        return None

    def _square_of(self, e: Expr, name: str) -> Apply | None:
        root = self._squared(e)
        return None if root is None else self._kind(root, name)

    def _squared(self, e: Expr) -> Expr | None:
        """What `e` is the square of."""
        mark = len(self._trial)
        seen = self._see(e)
        if isinstance(seen, Apply):
            if seen.op.name == "square" or (seen.op.name == "pow" and is_(seen.args[1], 2)):
                return seen.args[0]
            if seen.op.name == "mul" and seen.args[0] == seen.args[1]:
                return seen.args[0]
        del self._trial[mark:]
        return None

    def _inner(self, e: Apply) -> Expr:
        return self._clean(e.args[0])

    def _exponential(self, e: Expr) -> bool:
        """Whether exponentials that may overflow make up `e`."""
        if not isinstance(e, Var):
            return self._exponentials(e)
        if e.name not in self._overflowing:
            self._overflowing[e.name] = self._exponentials(e)
        return self._overflowing[e.name]

    def _exponentials(self, e: Expr) -> bool:
        """Level by level, so that each name is looked at once however many ways lead to it."""
        level: list[Expr] = [e]
        names: set[str] = set()
        for _ in range(DEEPEST + 1):
            below: list[Expr] = []
            for one in level:
                if isinstance(one, Var) and one.name in names:
                    continue
                names |= {one.name} if isinstance(one, Var) else set()
                mark = len(self._trial)
                seen = self._see(one)
                del self._trial[mark:]
                if not isinstance(seen, Apply):
                    continue
                if seen.op.name in ("exp", "cosh"):
                    return True
                if seen.op.name in (*REARRANGE, "sqrt", "root", "sum", "mean", "add", "mul", "div", "pow", "neg"):
                    below += seen.args
            level = below
        return False

    def _surely(self, e: Expr, depth: int = 0) -> Expr | None:
        """log(e) where e is positive whatever its names are worth, so that e may be rebuilt from it."""
        before, self._positive = self._positive, True
        found = self.log_of(e, depth)
        self._positive = before
        return found

    def log_of(self, e: Expr, depth: int = 0) -> Expr | None:
        """log(e) without building e, where e is positive for a reason that can be seen; else None."""
        if depth > DEEPEST:
            return None
        mark = len(self._trial)
        if isinstance(e, Var):
            known = self._logs.get((e.name, self._positive))
            if known is not None and (known[0] <= depth or known[1] is not None):
                self._trial += known[2]
                return known[1]
        seen = self._see(e)
        found = self._log_of(seen, depth) if isinstance(seen, Apply) else None
        if found is None:
            del self._trial[mark:]
        if isinstance(e, Var):
            self._logs[e.name, self._positive] = depth, found, self._trial[mark:]
        return found

    def _log_of(self, e: Apply, depth: int) -> Expr | None:
        name, attrs = e.op.name, dict(e.attrs)
        match name:
            case "exp":
                return self._inner(e)
            case "sigmoid":
                return -make("softplus", -self._inner(e))
            case "softmax":
                return make("log_softmax", self._inner(e), **attrs)
            case "cosh":
                return make("logcosh", self._inner(e))
            case "sech2":
                return -2.0 * make("logcosh", self._inner(e))
            case "sub" if is_(e.args[0], 1):
                return self._log_complement(e.args[1]) or self._log_signed(e)
            case "add":
                return self._log_sum(e.args[0], e.args[1], depth) or self._log_signed(e)
            case "sub":
                return self._log_difference(e) or self._log_signed(e)
            case "expm1":
                return None if self._positive else _log_expm1(self._inner(e))
            case "mul" | "div":
                return self._log_product(e, depth)
            case "pow":
                base = self._surely(e.args[0], depth + 1)
                return None if base is None else self._clean(e.args[1]) * base
            case "sqrt" | "root":
                inside = self.log_of(e.args[0], depth + 1)
                return None if inside is None else 0.5 * inside
            case "sum" | "mean" | "matmul":
                return self._log_total(e, attrs, depth)
            case "prod":
                inside = self._surely(e.args[0], depth + 1)
                return None if inside is None else make("sum", inside, **attrs)
            case "max" | "min":
                inside = self._surely(e.args[0], depth + 1)
                return None if inside is None else make(name, inside, **attrs)
            case "where":
                yes, no = (self.log_of(a, depth + 1) or self._log_constant(a) for a in e.args[1:])
                return None if yes is None or no is None else make("where", e.args[0], yes, no)
            case "index":
                inside = self.log_of(e.args[0], depth + 1)
                return None if inside is None else make("index", inside, *e.args[1:], **attrs)
            case _ if name in REARRANGE:
                logs = [self.log_of(a, depth + 1) for a in e.args]
                return (
                    None if any(x is None for x in logs) else make(name, *[x for x in logs if x is not None], **attrs)
                )
        return None

    def _log_complement(self, e: Expr) -> Expr | None:
        """log(1 - e)."""
        if (s := self._kind(e, "sigmoid")) is not None:
            return -make("softplus", self._inner(s))
        if (p := self._kind(e, "exp")) is not None:
            inner = self._inner(p)
            if (loss := _of_minus_softplus(inner)) is not None:
                return -make("softplus", -loss)
            if not self._positive:
                return make("log1mexp", inner)
        if (t := self._kind(e, "tanh")) is not None:
            return LOG2 - make("softplus", 2.0 * self._inner(t))
        if (t := self._square_of(e, "tanh")) is not None:
            return -2.0 * make("logcosh", self._inner(t))
        if (root := self._squared(e)) is not None and (rest := self._log_complement(root)) is not None:
            return rest + apply("log1p", self._clean(root))
        quotient = self._kind(e, "div")
        if quotient is not None and (plain := self._div_rule(quotient)) is not None:
            return self._log_complement(plain)
        return self._log_others(e) or self._log_rest(e)

    def _log_difference(self, e: Apply) -> Expr | None:
        """log(e^u - 1)."""
        power = None if self._positive or not is_(e.args[1], 1) else self._kind(e.args[0], "exp")
        return None if power is None else _log_expm1(self._inner(power))

    def _log_others(self, e: Expr) -> Expr | None:
        """log(1 - p), p = softmax(u): for each entry the logarithm of the sum of all the others."""
        chosen = self._kind(e, "index")
        if chosen is not None:
            p = self._kind(chosen.args[0], "softmax")
            if p is None:
                return None
            if chosen.shape == () and p.ndim == 1:
                entry = make("put", ONE, *chosen.args[1:], shape=p.shape, **dict(chosen.attrs))
                return make("logsumexp_weighted", make("log_softmax", self._inner(p), **dict(p.attrs)), ONE - entry)
            all_of_them = _log_all_others(make("log_softmax", self._inner(p), **dict(p.attrs)), p)
            return None if all_of_them is None else make("index", all_of_them, *chosen.args[1:], **dict(chosen.attrs))
        p = self._kind(e, "softmax")
        return None if p is None else _log_all_others(make("log_softmax", self._inner(p), **dict(p.attrs)), p)

    def _log_rest(self, e: Expr) -> Expr | None:
        inside = None if self._positive else self._surely(e)  # 1 - e itself may be negative
        return None if inside is None else make("log1mexp", inside)

    def _log_constant(self, e: Expr) -> Expr | None:
        if isinstance(e, Const) and bool(np.all(e.value > 0)):
            return Const(np.log(e.value))
        return None

    def _log_sum(self, a: Expr, b: Expr, depth: int) -> Expr | None:
        for one, other in ((a, b), (b, a)):
            if is_(one, 1) and (minus := self._kind(other, "neg")) is not None:
                return self._log_complement(minus.args[0])
            if is_(one, 1) and (less := self._kind(other, "expm1")) is not None:
                return self._inner(less)
            if is_(one, 1) and (t := self._kind(other, "tanh")) is not None:
                return LOG2 - make("softplus", -2.0 * self._inner(t))
        left = self._surely(a, depth + 1)
        right = self._surely(b, depth + 1)
        if left is None and right is None:
            return None
        if is_(a, 1) and right is not None:
            return make("softplus", right)
        if is_(b, 1) and left is not None:
            return make("softplus", left)
        left, right = left or self._log_constant(a), right or self._log_constant(b)
        if left is None or right is None:
            return None
        if left == -right or right == -left:
            return LOG2 + make("logcosh", left)
        return make("logaddexp", left, right)

    def _log_product(self, e: Apply, depth: int) -> Expr | None:
        a, b = e.args
        left, right = self.log_of(a, depth + 1), self.log_of(b, depth + 1)
        if left is None and right is None:
            return None
        if left is not None and e.op.name == "div" and (share := self._log_share(left, b, depth)) is not None:
            return share
        if left is not None and is_(b, 2) and e.op.name == "div" and (half := _without_log2(left)) is not None:
            return half
        if left is not None and e.op.name == "div" and right is not None and is_total_of(right, left):
            return make("log_softmax", left, axis=dict(right.attrs).get("axis"))  # type: ignore[attr-defined]
        left, right = left or self._log_constant(a), right or self._log_constant(b)
        if self._positive and (left is None or right is None):
            return None
        left, right = left or apply("log", self._clean(a)), right or apply("log", self._clean(b))
        return left + right if e.op.name == "mul" else left - right

    def _log_share(self, left: Expr, total: Expr, depth: int) -> Expr | None:
        """log(e^a/(e^a + e^b)) = -log(1 + e^(b - a))."""
        both = self._kind(total, "add")
        if both is None:
            return None
        first, second = (self._surely(x, depth + 1) or self._log_constant(x) for x in both.args)
        if first is None or second is None:
            return None
        if left == first:
            return -make("softplus", second - first)
        return -make("softplus", first - second) if left == second else None

    def _log_total(self, e: Apply, attrs: dict[str, Hashable], depth: int) -> Expr | None:
        """The logarithm of a sum, a weighted sum, an inner product or a mean of exponentials."""
        if e.op.name == "matmul":
            if e.args[0].ndim != 1 or e.args[1].ndim != 1:
                return None
            return self._log_weighted(e.args[0], e.args[1], {}, depth)
        inner = e.args[0]
        logs = self._surely(inner, depth + 1) if self._surely_log(inner, depth) else None
        if logs is not None:
            total: Expr = make("logsumexp", logs, **attrs)
            return total - Const(np.log(inner_count(e))) if e.op.name == "mean" else total
        product = self._kind(inner, "mul")
        if product is not None and e.op.name == "sum":
            return self._log_weighted(product.args[0], product.args[1], attrs, depth)
        return None

    def _surely_log(self, e: Expr, depth: int) -> bool:
        """Whether e is positive by itself: a product with an unsigned factor is a weighted sum instead."""
        mark = len(self._trial)
        seen = self._see(e)
        del self._trial[mark:]
        if isinstance(seen, Apply) and seen.op.name in ("mul", "div"):
            return all(self.log_of(a, depth + 1) is not None or self._log_constant(a) is not None for a in seen.args)
        return True

    def _log_weighted(self, a: Expr, b: Expr, attrs: dict[str, Any], depth: int) -> Expr | None:
        if self._positive:
            return None
        for weight, other in ((a, b), (b, a)):
            logs = self._surely(other, depth + 1)
            if logs is not None:
                return make("logsumexp_weighted", logs, self._clean(weight), **attrs)
        return None

    @abstractmethod
    def _log_signed(self, e: Apply) -> Expr | None:
        """log of a sum of exponentials with weights of any sign."""

    @abstractmethod
    def _clean(self, e: Expr) -> Expr:
        """The true form of a part of what is being rewritten."""

    @abstractmethod
    def _div_rule(self, e: Apply) -> Expr | None:
        """The true form of a quotient, None where it is true as it stands."""


def _log_all_others(logs: Expr, p: Apply) -> Expr | None:
    """For each entry the logarithm of the sum of the other entries along the axis of a softmax; `logs` is log p."""
    axis = dict(p.attrs).get("axis")
    axis = 0 if axis is None and p.ndim == 1 else axis
    if not isinstance(axis, int) or int(np.prod(p.shape)) * p.shape[axis] > MOST_OTHERS:
        return _log_rest_of_largest(logs, axis)
    n, k = p.shape[axis], axis % p.ndim
    order = (*(i for i in range(p.ndim) if i != k), k)
    last = logs if k == p.ndim - 1 else make("transpose", logs, axes=order)
    rows = make("reshape", last, shape=(*last.shape[:-1], 1, n))
    out = make("logsumexp_weighted", rows, Const(1.0 - np.eye(n)), axis=-1)
    return out if k == p.ndim - 1 else make("transpose", out, axes=tuple(int(i) for i in np.argsort(order)))


def _log_rest_of_largest(logs: Expr, axis: Any) -> Expr:
    """The same, summed for the largest entry alone: of 1 - p where p is at most 1/2 nothing cancels."""
    largest = make("max", logs, axis=axis, keepdims=True)
    rest = make("logsumexp_weighted", logs, make("less", logs, largest), axis=axis, keepdims=True)
    return make("where", make("greater", logs, -LOG2), rest, make("log1mexp", logs))


def _log_expm1(u: Expr) -> Expr:
    """log(e^u - 1) = u + log(1 - e^-u)."""
    return u + make("log1mexp", -u)


def _of_minus_softplus(e: Expr) -> Expr | None:
    """u where `e` is -log(1 + e^u)."""
    if isinstance(e, Apply) and e.op.name == "neg":
        inner = e.args[0]
        if isinstance(inner, Apply) and inner.op.name == "softplus":
            return inner.args[0]
    return None


def _power_of_number(e: Expr) -> Expr:
    """c^x, c a positive number, as the exponential that it is."""
    if not (isinstance(e, Apply) and e.op.name == "pow") or isinstance(e.args[1], Const):
        return e
    base, n = e.args
    if not (isinstance(base, Const) and base.shape == () and base.value > 0):
        return e
    return make("exp", n if float(base.value) == np.e else n * Const(np.log(base.value)))


def _without_log2(log: Expr) -> Expr | None:
    """What is left of a logarithm that begins with log 2, where that is taken off."""
    if not isinstance(log, Apply) or log.op.name not in ("add", "sub") or log.args[0] != LOG2:
        return None
    return log.args[1] if log.op.name == "add" else -log.args[1]


def is_total_of(below: Expr, above: Expr) -> bool:
    """Whether e^below is the sum of e^above, lying beside it so that a quotient pairs every entry with its own sum."""
    if not (isinstance(below, Apply) and below.op.name == "logsumexp" and below.args[0] == above):
        return False
    attrs = dict(below.attrs)
    axes = axes_of(above.shape, attrs.get("axis"))
    return bool(attrs.get("keepdims")) or axes == tuple(range(len(axes)))


def inner_count(e: Apply) -> float:
    """How many entries a mean is taken over."""
    before, after = int(np.prod(e.args[0].shape)), int(np.prod(e.shape))
    return before / max(after, 1)
