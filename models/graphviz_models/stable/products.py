"""Products with a logarithm, which are 0 where the other factor is 0; formulas that are equal behind their names."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from graphviz_models.expr import Apply, Const, Expr, Var, make
from graphviz_models.stable.weighted import Weighted

#: How deep a sum of logarithms, or two formulas that may be equal, are followed.
MOST_LEVELS = 8


class Products(Weighted):
    """Takes a factor to the logarithms that it multiplies; compares what names stand for."""

    def times_log(self, factor: Expr, e: Expr, depth: int = 0) -> Expr | None:
        """factor·e where a logarithm that may be of 0 stands in the sum or product `e`; else None."""
        if depth > MOST_LEVELS or (isinstance(factor, Const) and bool(np.all(factor.value != 0))):
            return None
        mark = len(self._trial)
        seen = self._see(e)
        found = self._times_log(factor, seen, depth + 1) if isinstance(seen, Apply) else None
        if found is None:
            del self._trial[mark:]
        return found

    def _times_log(self, factor: Expr, e: Apply, depth: int) -> Expr | None:
        match e.op.name:
            case "log":
                return make("xlogy", factor, e.args[0]) if self._log_rule(e) is None else None
            case "neg":
                inner = self.times_log(factor, e.args[0], depth)
                return None if inner is None else -inner
            case "add" | "sub":
                parts = [self.times_log(factor, a, depth) for a in e.args]
                if parts == [None, None]:
                    return None
                first, second = (factor * a if part is None else part for part, a in zip(parts, e.args, strict=True))
                return first + second if e.op.name == "add" else first - second
            case "mul":
                a, b = e.args
                return self.times_log(factor * a, b, depth) or self.times_log(factor * b, a, depth)
            case "div":
                inner = self.times_log(factor, e.args[0], depth)
                return None if inner is None else inner / e.args[1]
        return None

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
