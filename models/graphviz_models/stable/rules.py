"""Which formula is replaced by which, by the operation at its top."""

from __future__ import annotations

import numpy as np

from graphviz_models.expr import OPS, Apply, Const, Expr, MismatchError, Var, apply, make
from graphviz_models.ops.table import is_
from graphviz_models.stable.logarithms import LOG2, ONE, Lookup, is_total_of
from graphviz_models.stable.products import Products

WATCHED = ("log", "log1p", "sub", "div", "mul", "pow", "sqrt", "matmul", "add", "exp")


class Stable(Products):
    """Rewrites one equation at a time; `lookup` gives the computed form of a name, None for what is no equation."""

    def __init__(self, lookup: Lookup) -> None:
        super().__init__(lookup)
        self.resolved: dict[str, None] = {}
        self._budget = 0

    def rewrite(self, e: Expr) -> Expr:
        """The true form of `e`; the names it looked through are added to `resolved`."""
        self._budget = 200
        self.forget()
        return self._rewrite(e, {})

    def _rewrite(self, e: Expr, done: dict[int, tuple[Expr, Expr]]) -> Expr:
        if not isinstance(e, Apply):
            return e
        if id(e) in done:
            return done[id(e)][1]
        self._trial = []
        replaced = self._replacement(e)
        if replaced is not None:
            for name in self._trial:
                self.resolved[name] = None
            self._budget -= 1
            out = self._rewrite(replaced, done) if self._budget > 0 and replaced != e else replaced
        else:
            args = tuple(self._rewrite(a, done) for a in e.args)
            unchanged = all(x is y for x, y in zip(args, e.args, strict=True))
            out = e if unchanged else Apply(e.op, args, e.attrs, e.shape, integer=e.integer)
            if not unchanged:
                self._trial = []
                again = self._replacement(out)
                if again is not None:
                    for name in self._trial:
                        self.resolved[name] = None
                    out = again
        done[id(e)] = (e, out)  # holding e keeps its id from being given to another expression
        return out

    def _replacement(self, e: Apply) -> Expr | None:
        rule = getattr(self, f"_{e.op.name}_rule", None) if e.op.name in WATCHED else None
        if rule is None:
            return None
        mark, positive = len(self._trial), self._positive
        try:
            found: Expr | None = rule(e)
        except MismatchError:  # of nothing there is no softmax, but a sum of exponentials
            found, self._positive = None, positive
        if found is None:
            del self._trial[mark:]
            return None
        if found.shape != e.shape:
            found = apply("broadcast_to", found, shape=e.shape)
        return found

    # ---- the rules, by the operation at the top

    def _log_rule(self, e: Apply) -> Expr | None:
        return self.log_of(e.args[0])

    def _log1p_rule(self, e: Apply) -> Expr | None:
        a = e.args[0]
        minus = self._kind(a, "neg")
        if minus is not None:
            return self._log_complement(minus.args[0])
        power = self._kind(a, "exp")
        return None if power is None else make("softplus", self._inner(power))

    def _sub_rule(self, e: Apply) -> Expr | None:
        a, b = e.args
        if is_(a, 1):
            return self._complement(b)
        if is_(b, 1):
            if (power := self._kind(a, "exp")) is not None:
                return make("expm1", self._inner(power))
            flipped = self._complement(a)
            return None if flipped is None else -flipped
        return None

    def _complement(self, b: Expr) -> Expr | None:
        """1 - b without cancellation."""
        if (s := self._kind(b, "sigmoid")) is not None:
            return make("sigmoid", -self._inner(s))
        if (power := self._kind(b, "exp")) is not None:
            return -make("expm1", self._inner(power))
        if (t := self._kind(b, "tanh")) is not None:
            return 2.0 * make("sigmoid", -2.0 * self._inner(t))
        if (tanh := self._square_of(b, "tanh")) is not None:
            return make("sech2", self._inner(tanh))
        double = self._kind(b, "mul")
        if double is not None and is_(double.args[0], 2) and (s := self._kind(double.args[1], "sigmoid")) is not None:
            return -make("tanh", 0.5 * self._inner(s))
        return None

    def _add_rule(self, e: Apply) -> Expr | None:
        a, b = e.args
        for one, other in ((a, b), (b, a)):
            if not is_(one, 1):
                continue
            if (tanh := self._kind(other, "tanh")) is not None:
                return 2.0 * make("sigmoid", 2.0 * self._inner(tanh))
            minus = self._kind(other, "neg")
            if minus is not None:
                return self._complement(minus.args[0])
        return None

    def _exp_rule(self, e: Apply) -> Expr | None:
        """exp(log softmax) and exp(-softplus), which a likelihood undone gives."""
        inner = e.args[0]
        if isinstance(inner, Apply) and inner.op.name == "log_softmax":
            return Apply(OPS["softmax"], inner.args, inner.attrs, inner.shape)
        if isinstance(inner, Apply) and inner.op.name == "neg":
            loss = inner.args[0]
            if isinstance(loss, Apply) and loss.op.name == "softplus":
                return make("sigmoid", -loss.args[0])
        return None

    def _sqrt_rule(self, e: Apply) -> Expr | None:
        inside = self._surely(e.args[0]) if self._exponential(e.args[0]) else None
        return None if inside is None else make("exp", 0.5 * inside)

    def _div_rule(self, e: Apply) -> Expr | None:
        a, b = e.args
        special = self._tanh_quotient(a, b)
        if special is not None:
            return special
        if not self._exponential(b):
            return None
        below = self._surely(b)
        if below is None:
            return self._weighted_ratio(a, b, e.shape)
        if isinstance(below, Apply) and below.op.name == "softplus":
            return _times(a, make("sigmoid", -below.args[0])) if not self._exponential(a) else self._ratio(a, below)
        return self._ratio(a, below) or self._weighted_ratio(a, b, e.shape)

    def _ratio(self, a: Expr, below: Expr) -> Expr | None:
        above = self._surely(a)
        if above is None:
            return self._signed_ratio(a, below)
        if is_total_of(below, above):
            return make("softmax", above, axis=dict(below.attrs).get("axis"))  # type: ignore[attr-defined]
        if isinstance(below, Apply) and below.op.name == "softplus" and below.args[0] == above:
            return make("sigmoid", above)
        if isinstance(below, Apply) and below.op.name == "logaddexp" and above in below.args:
            other = below.args[1] if above == below.args[0] else below.args[0]
            return make("sigmoid", above - other)
        if isinstance(below, Apply) and below.op.name == "add" and below.args[0] == LOG2:
            cosh = below.args[1]
            if isinstance(cosh, Apply) and cosh.op.name == "logcosh" and above in (cosh.args[0], -cosh.args[0]):
                return make("sigmoid", 2.0 * above)
        return make("exp", above - below)

    def _signed_ratio(self, a: Expr, below: Expr) -> Expr | None:
        """A quotient whose numerator has a factor of unknown sign: the exponential meets the denominator first."""
        seen = self._see(a) if self._exponential(a) else a
        if isinstance(seen, Apply) and seen.op.name == "neg":
            inner = self._ratio(seen.args[0], below)
            return None if inner is None else -inner
        if isinstance(seen, Apply) and seen.op.name in ("mul", "div"):
            x, y = seen.args
            if self._exponential(x) and not self._exponential(y):
                inner = self._ratio(x, below)
                return None if inner is None else make(seen.op.name, inner, self._clean(y))
            if seen.op.name == "mul" and self._exponential(y) and not self._exponential(x):
                inner = self._ratio(y, below)
                return None if inner is None else _times(self._clean(x), inner)
        if isinstance(seen, Apply) and seen.op.name in ("sum", "mean", "matmul"):
            return self._sum_ratio(seen, below)
        return None if self._exponential(a) else _times(a, make("exp", -below))

    def _tanh_quotient(self, a: Expr, b: Expr) -> Expr | None:
        top, bottom = self._see(a), self._see(b)
        if not (isinstance(top, Apply) and isinstance(bottom, Apply)):
            return None
        if top.op.name == "neg" and (inside := self._kind(top.args[0], "expm1")) is not None:
            below = self._tanh_quotient(inside, bottom)
            return None if below is None else -below
        if top.op.name == "sinh" and bottom.op.name == "cosh":
            both = self._common(top.args[0], bottom.args[0])
            return None if both is None else make("tanh", both)
        if top.op.name == "expm1" and bottom.op.name == "add" and ONE in bottom.args:
            power = self._kind(bottom.args[0] if bottom.args[1] == ONE else bottom.args[1], "exp")
            both = None if power is None else self._common(self._inner(power), self._inner(top))
            if both is not None:
                return make("tanh", 0.5 * both)
        if top.op.name == "sub" and bottom.op.name == "add":
            x, y = top.args
            if {x, y} == set(bottom.args) or self._common(apply("add", x, y), bottom) is not None:
                first, second = self._kind(x, "exp"), self._kind(y, "exp")
                if first is not None and second is not None:
                    return make("tanh", 0.5 * (self._inner(first) - self._inner(second)))
                if is_(x, 1) and second is not None:
                    return make("tanh", -0.5 * self._inner(second))
                if is_(y, 1) and first is not None:
                    return make("tanh", 0.5 * self._inner(first))
        return None

    def _pow_rule(self, e: Apply) -> Expr | None:
        base, n = e.args
        if (power := self._kind(e, "exp")) is not None:
            return make("exp", self._inner(power)) if float(base.value) == np.e else None  # type: ignore[attr-defined]
        if isinstance(n, Const) and (n.shape != () or float(n.value) >= 1 or not self._exponential(base)):
            return None
        if is_(n, -1):
            return self._div_rule(Apply(OPS["div"], (ONE, base), (), e.shape))
        log = self._surely(base)
        return None if log is None else make("exp", self._clean(n) * log)

    def _mul_rule(self, e: Apply) -> Expr | None:
        """a·log(p), which is 0 where a is 0, however small p is; a product of exponentials in one."""
        a, b = e.args
        if self._exponential(a) and self._exponential(b):
            left, right = self._surely(a), self._surely(b)
            if left is not None and right is not None:
                return make("exp", left + right)
            product = self._part(e)
            return None if product is None else _times(product[0], make("exp", product[1]))
        return self.times_log(a, b) or self.times_log(b, a)

    def _matmul_rule(self, e: Apply) -> Expr | None:
        a, b = e.args
        if a.ndim == b.ndim == 1:
            product = self._mul_rule(Apply(OPS["mul"], (a, b), (), a.shape))
            return None if product is None else make("sum", product)
        if (a.ndim, b.ndim) == (2, 1):
            product = self.times_log(a, b) or self.times_log(b, a)
            return None if product is None else make("sum", product, axis=1)
        if (a.ndim, b.ndim) == (1, 2):
            column = apply("reshape", a, shape=(*a.shape, 1))
            product = self.times_log(column, b) or (None if isinstance(a, Var) else self.times_log(b, column))
            return None if product is None else make("sum", product, axis=0)
        return None

    def _clean(self, e: Expr) -> Expr:
        trial, self._trial = self._trial, []
        out = self._rewrite(e, {})
        self._trial = trial
        return out


def _times(a: Expr, b: Expr) -> Expr:
    return b if is_(a, 1) else a * b
