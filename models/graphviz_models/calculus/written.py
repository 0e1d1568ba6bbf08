"""Products of the chain rule as a lecturer writes them: the delta before a bracket, no fraction within a fraction.

What is computed stays as it was derived; these are other ways of writing the same value: (1 - η) δ for δ - η δ,
a/b² for (a/b)/b, δ (z - e_k) for δ z - δ e_k, c for the sum over c e_k, aᵀb for the sum over a ⊙ b.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from graphviz_models.expr import Apply, Expr, apply, make, variables

from .collected import Product, is_delta, is_ones, one_entry, product
from .products import ONE

#: Formulas of more symbols are left as they are: nobody reads them.
MOST_SYMBOLS = 200
_PRODUCTS = ("mul", "zero_safe_mul", "div", "put", "pow")


def as_written(e: Expr, whole: Collection[Expr] = ()) -> Expr:
    """The same value, as it is written; its shape is the same. What is `whole` has a name and is not taken apart."""
    if e.size > MOST_SYMBOLS:
        return e
    found = _Writing(whole).top(e)
    return found if found.shape == e.shape else e


class _Writing:
    def __init__(self, whole: Collection[Expr]) -> None:
        self.whole = whole

    def top(self, e: Expr) -> Expr:
        """What is no part of another formula: numbers and names stand before its brackets, too."""
        found = self.written(e)
        if isinstance(found, Apply) and found.op.name in ("add", "sub"):
            return self.factored(found, bare=True)
        return found

    def written(self, e: Expr) -> Expr:
        if (
            not isinstance(e, Apply)
            or e in self.whole
            or (e.op.elementwise and len(e.args) == 1 and e.op.name != "neg")
        ):
            return e  # what a function is of stays as it was typed
        name = e.op.name
        if name in _PRODUCTS:
            return self.collected(self.factor(e))
        args = tuple(map(self.written, e.args))
        if name == "safe_div" and args[0] == args[1]:  # of p log p, which is 0 where p is
            return make("broadcast_to", ONE, shape=e.shape) if e.shape else ONE
        if name in ("sum", "sum_to"):
            return self.summed(e, args[0])
        if name in ("add", "sub"):
            a, b = args
            if is_ones(b) and a.shape == e.shape and not is_ones(a):
                b = ONE  # log p + 1
            return self.factored(apply(name, a, b))
        if name in ("matmul", "outer", "transpose"):
            return self.pulled(_again(e, args))
        return apply("neg", *args) if name == "neg" else _again(e, args)

    def pulled(self, e: Apply) -> Expr:
        """A product of matrices, or a transpose, with the numbers and scalars in it before it."""
        before, inside = Product(), []
        for a in e.args:
            found = product(a, self.whole) if isinstance(a, Apply) and a.op.name in ("mul", "div", "neg") else None
            shaped = {base: k for base, k in found.powers.items() if base.shape} if found is not None else {}
            within = Product(powers=shaped).expression()
            if found is None or within.shape != a.shape or any(k < 0 for k in shaped.values()):
                inside.append(a)
                continue
            inside.append(within)
            before.negative ^= found.negative
            before.number *= found.number
            before.decimal |= found.decimal
            for base, k in found.powers.items():
                if base not in shaped:
                    before.multiply(base, k)
        made = _again(e, tuple(inside))
        if made is e:
            return e
        before.multiply(made)
        return before.expression()

    def factor(self, e: Expr) -> Expr:
        """A product as it was derived, what is multiplied there as it is written."""
        if isinstance(e, Apply) and e not in self.whole and e.op.name in (*_PRODUCTS, "neg"):
            return _again(e, tuple(map(self.factor, e.args)))
        return self.written(e)

    def collected(self, e: Expr) -> Expr:
        """A product with its numbers collected; where a mean sends its part to every entry, no ones."""
        found = product(e, self.whole)
        if found is None:
            return e
        if any(base.shape and not is_ones(base) for base in found.powers):
            powers, found.powers = found.powers, {}
            for base, k in powers.items():
                if not is_ones(base):
                    found.multiply(_inner(base), k)
        shown = found.expression()
        return shown if shown.shape == e.shape else e

    def summed(self, e: Apply, inside: Expr) -> Expr:
        """The sum over all entries of c e_k is c; that over a ⊙ b is aᵀ b; signs and numbers stand before it."""
        found = product(inside, self.whole)
        if found is None:
            return _again(e, (inside,))
        chosen = [base for base in found.powers if base.shape]
        outside = Product(found.negative, found.number, found.decimal)
        outside.powers = {base: k for base, k in found.powers.items() if not base.shape}
        plain = e.op.name == "sum" and dict(e.attrs).get("axis") is None and len(inside.shape) == 1
        if plain and all(base.shape == inside.shape and found.powers[base] == 1 for base in chosen):
            if len(chosen) == 1 and one_entry(chosen[0]):
                return outside.expression()  # what is put there is a factor, or 1
            if len(chosen) == 2:
                a, b = sorted(chosen, key=is_delta)
                outside.multiply(make("matmul", make("transpose", a), b))
                return outside.expression()
        within = Product(powers={base: found.powers[base] for base in chosen}).expression()
        if within.shape != inside.shape:
            return _again(e, (inside,))
        outside.multiply(_again(e, (within,)))
        return outside.expression()

    def terms(self, e: Expr, negative: bool = False) -> list[Product] | None:
        """The summands as products; None where one is none."""
        if isinstance(e, Apply) and e.op.name in ("add", "sub"):
            left, right = self.terms(e.args[0], negative), self.terms(e.args[1], negative != (e.op.name == "sub"))
            return None if left is None or right is None else [*left, *right]
        found = product(e, self.whole)
        if found is None:
            return None
        found.negative ^= negative
        return [found]

    def factored(self, e: Expr, bare: bool = False) -> Expr:
        """What all terms have before a bracket, a delta among it; the first term without a minus, if there is one.

        A `bare` sum, which has no delta, has its numbers and names there, too. Like terms are added up.
        """
        every = self.terms(e)
        if every is None or len(every) < 2:
            return e
        terms = _added(every)
        if len(terms) < 2:
            found = terms[0].expression() if terms else e
            return found if found.shape == e.shape else e
        first = terms[0]
        common = [b for b, k in first.powers.items() if k == 1 and all(t.powers.get(b) in _times(b) for t in terms)]
        number = first.number if all(t.number == first.number for t in terms) else Fraction(1)
        deltas = sum(map(is_delta, common))
        if deltas != 1 and not (bare and not any(is_delta(b) for t in terms for b in t.powers)):
            if len(terms) == len(every):
                return e
            common, number = [], Fraction(1)
        below = all(t.negative for t in terms)
        ordered = sorted(terms, key=lambda t: t.negative)
        if not common and number == 1 and not below and ordered == every:
            return e
        inner: Expr | None = None
        for term in ordered:
            rest = term.without(common, number)
            minus, rest.negative = rest.negative and not below, False
            one = rest.expression()
            inner = (-one if minus else one) if inner is None else apply("sub" if minus else "add", inner, one)
        assert inner is not None
        front = Product(below, number, first.decimal and number != 1)
        common.sort(key=lambda b: (bool(variables(b)), bool(b.shape)))
        if not variables(inner):
            found = apply("mul", inner, Product(powers=dict.fromkeys(common, Fraction(1))).expression())
            if number != 1:
                found = apply("mul", Product(number=number, decimal=front.decimal).expression(), found)
            found = apply("neg", found) if below else found
        else:
            front.powers = dict.fromkeys(common, Fraction(1))
            before = front.expression()
            found = apply("mul", before, inner)
        return found if found.shape == e.shape else e


def _added(terms: Sequence[Product]) -> list[Product]:
    """One term for all that have the same factors; none for those that cancel."""
    found: list[Product] = []
    for term in terms:
        like = next((one for one in found if one.powers == term.powers), None)
        if like is None:
            found.append(replace(term))
            continue
        number = sum((-one.number if one.negative else one.number for one in (like, term)), Fraction(0))
        like.negative, like.number, like.decimal = number < 0, abs(number), like.decimal or term.decimal
    return [one for one in found if one.number]


def _inner(factor: Expr) -> Expr:
    """aᵀb for a sum over a ⊙ b, which no other array may seem to be a part of."""
    if not isinstance(factor, Apply) or factor.op.name != "sum_to" or factor.shape:
        return factor
    inside = product(factor.args[0])
    vectors = [b for b, k in inside.powers.items() if k == 1 and len(b.shape) == 1] if inside is not None else []
    if inside is None or len(vectors) != 2 or inside.expression() != make("mul", *vectors):
        return factor
    a, b = sorted(vectors, key=is_delta)
    return make("matmul", make("transpose", a), b)


def _times(factor: Expr) -> tuple[int, ...]:
    """How often a factor may stand in the terms that have it before a bracket: p (1 - p), yet y + y²."""
    return (1, 2) if isinstance(factor, Apply) and factor.op.name == "exp" else (1,)


def _again(e: Apply, args: tuple[Expr, ...]) -> Apply:
    if all(new is old for new, old in zip(args, e.args, strict=True)):
        return e
    return make(e.op.name, *args, **dict(e.attrs))


__all__ = ["as_written"]
