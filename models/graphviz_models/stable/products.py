"""Products with a logarithm, which are 0 where the other factor is 0; formulas that are equal behind their names."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from graphviz_models.expr import Apply, Const, Expr, Var, make
from graphviz_models.stable.weighted import Weighted

#: How deep two formulas that may be equal are followed, and how many parts of one are looked at for a logarithm.
MOST_LEVELS, MOST_LOOKS = 8, 10


#: Operations through which a factor reaches a logarithm.
CARRYING = frozenset({"log", "neg", "add", "sub", "mul", "div"})


class Products(Weighted):
    """Takes a factor to the logarithms that it multiplies; compares what names stand for."""

    _looks = 0

    def times_log(self, factor: Expr, e: Expr) -> Expr | None:
        """factor·e where a logarithm that may be of 0 stands in the sum or product `e`; else None."""
        if isinstance(factor, Const) and bool(np.all(factor.value != 0)):
            return None
        self._looks = MOST_LOOKS
        return self._to_log((factor,), e)

    def _to_log(self, factors: tuple[Expr, ...], e: Expr) -> Expr | None:
        """The product of the factors with `e`, of which a part is a logarithm."""
        mark = len(self._trial)
        seen = self._see(e)
        self._looks -= 1
        found = None
        if isinstance(seen, Apply) and seen.op.name in CARRYING and self._looks > 0:
            found = self._through(factors, seen)
        if found is None:
            del self._trial[mark:]
        return found

    def _through(self, factors: tuple[Expr, ...], e: Apply) -> Expr | None:
        match e.op.name:
            case "log":
                return make("xlogy", _product(factors), e.args[0]) if self._log_rule(e) is None else None
            case "neg":
                inner = self._to_log(factors, e.args[0])
                return None if inner is None else -inner
            case "mul":
                a, b = e.args
                return self._to_log((*factors, a), b) or self._to_log((*factors, b), a)
            case "div":
                inner = self._to_log(factors, e.args[0])
                return None if inner is None else inner / e.args[1]
        parts = [self._to_log(factors, a) for a in e.args]
        if parts == [None, None]:
            return None
        whole = [_product((*factors, a)) if part is None else part for part, a in zip(parts, e.args, strict=True)]
        return whole[0] + whole[1] if e.op.name == "add" else whole[0] - whole[1]

    def _common(self, a: Expr, b: Expr, depth: int = 0) -> Expr | None:
        """What both stand for where that is the same, the names that differ looked through; else None."""
        if a == b:
            return a
        if depth > MOST_LEVELS:
            return None
        mark = len(self._trial)
        first, second = (self._see(e) if isinstance(e, Var) else e for e in (a, b))
        both: Expr | None = None
        if isinstance(first, Apply) and isinstance(second, Apply):
            if first.op is second.op and first.attrs == second.attrs and len(first.args) == len(second.args):
                args = [self._common(x, y, depth + 1) for x, y in zip(first.args, second.args, strict=True)]
                if all(x is not None for x in args):
                    known = tuple(x for x in args if x is not None)
                    both = Apply(first.op, known, first.attrs, first.shape, integer=first.integer)
        elif first == second:
            both = first
        if both is None:
            del self._trial[mark:]
        return both

    @abstractmethod
    def _log_rule(self, e: Apply) -> Expr | None:
        """The true form of a logarithm, None where it is true as it stands."""


def _product(factors: tuple[Expr, ...]) -> Expr:
    whole = factors[0]
    for factor in factors[1:]:
        whole = whole * factor
    return whole
