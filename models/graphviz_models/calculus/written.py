"""Products of the chain rule as a lecturer writes them: the delta before a bracket, no fraction within a fraction.

What is computed stays as it was derived; these are other ways of writing the same value: (1 - η) δ for δ - η δ,
a/b² for (a/b)/b, δ (z - e_k) for δ z - δ e_k, c for the sum over c e_k, aᵀb for the sum over a ⊙ b.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from graphviz_models.expr import Apply, Const, Expr, Var, apply, make, variables

from .products import ONE

#: Formulas of more symbols are left as they are: nobody reads them.
MOST_SYMBOLS = 200

_Product = tuple[bool, list[Expr]]  # whether it is negative, and its factors


def as_written(e: Expr) -> Expr:
    """The same value, as it is written; its shape is the same."""
    if e.size > MOST_SYMBOLS:
        return e
    found = _written(e)
    return found if found.shape == e.shape else e


def _written(e: Expr) -> Expr:
    if not isinstance(e, Apply):
        return e
    args = tuple(map(_written, e.args))
    name = e.op.name
    if name == "sum":
        return _sum(e, args[0])
    if name == "div":
        return _quotient(*args)
    if name in ("add", "sub"):
        return _factored(apply(name, *args))
    if name == "put":
        return _signed(*_factors(_again(e, args)))
    if name == "mul":
        return _product(*args)
    return apply("neg", *args) if name == "neg" else _again(e, args)


def _again(e: Apply, args: tuple[Expr, ...]) -> Apply:
    if all(new is old for new, old in zip(args, e.args, strict=True)):
        return e
    return make(e.op.name, *args, **dict(e.attrs))


def _sum(e: Apply, inside: Expr) -> Expr:
    """The sum over all entries of c e_k is c; that over a ⊙ b is aᵀ b."""
    negative, factors = _factors(inside)
    chosen = [f for f in factors if f.shape]
    if dict(e.attrs).get("axis") is not None or len(inside.shape) != 1 or any(f.shape != inside.shape for f in chosen):
        return _again(e, (inside,))
    if len(chosen) == 1 and isinstance(chosen[0], Apply) and chosen[0].op.name == "put" and _one_entry(chosen[0]):
        return _signed(negative, [f for f in factors if f is not chosen[0]])  # what is put there is a factor, or 1
    if len(chosen) == 2:
        a, b = sorted(chosen, key=_is_delta)
        product = make("matmul", make("transpose", a), b)
        return _signed(negative, [*(f for f in factors if not f.shape), product])
    return _again(e, (inside,))


def _one_entry(e: Apply) -> bool:
    """Whether one entry of a vector is set, and all others are 0."""
    index = dict(e.attrs)["index"]
    chosen = all(a.shape == () for a in e.args[1:])
    return isinstance(index, tuple) and len(index) == 1 and index[0][0] in ("int", "arg") and chosen


def _is_delta(e: Expr) -> bool:
    return isinstance(e, Var) and e.name.startswith("∂")


def _is_ones(e: Expr) -> bool:
    return isinstance(e, Apply) and e.op.name == "broadcast_to" and e.args[0] == ONE


def _is_part(e: Expr) -> bool:
    """Whether `e` is one part of so many, 1/12."""
    below = e.args[1] if isinstance(e, Apply) and e.op.name == "div" and e.args[0] == ONE else None
    return isinstance(below, Const) and not below.shape and not below.name and float(below.value).is_integer()


def _factors(e: Expr) -> _Product:
    """`e` as a product: through signs, quotients, and what is put into one entry."""
    if isinstance(e, Apply):
        if e.op.name == "neg":
            negative, factors = _factors(e.args[0])
            return not negative, factors
        if e.op.name == "mul":
            (minus, left), (other, right) = map(_factors, e.args)
            return minus != other, [*left, *right]
        if e.op.name == "div" and not isinstance(e.args[0], Const):
            negative, factors = _factors(e.args[0])
            apart = [f for f in factors if _is_delta(f) or _is_ones(f)]
            rest = [f for f in factors if not (_is_delta(f) or _is_ones(f))]
            return negative, [*apart, make("div", _multiplied(rest), e.args[1])]
        if e.op.name == "broadcast_to" and not e.args[0].shape and not _is_ones(e):
            negative, factors = _factors(e.args[0])
            return negative, [*factors, make("broadcast_to", ONE, shape=e.shape)]
        if e.op.name == "put" and e.args[0].shape == () and e.args[0] != ONE and _one_entry(e):
            negative, factors = _factors(e.args[0])
            return negative, [*factors, make("put", ONE, *e.args[1:], **dict(e.attrs))]
    return False, [e]


def _product(a: Expr, b: Expr) -> Expr:
    """Constants first; where a mean sends its part to every entry, 1/n once and no ones."""
    if isinstance(b, Const) and not b.shape and b.name:
        a, b = b, a
    found = apply("mul", a, b)
    negative, factors = _factors(found)
    cancelled = _cancelled(factors)
    if cancelled is not None:
        return _signed(negative, cancelled)
    ones, parts = [f for f in factors if _is_ones(f)], [f for f in factors if isinstance(f, Apply) and _is_part(f)]
    arrays = [f for f in factors if f.shape and f not in ones]
    numbers = [f for f in factors if isinstance(f, Const) and not f.shape and not f.name and f.value == int(f.value)]
    if not parts or not arrays or not (ones or numbers):
        return found
    rest = [f for f in factors if not any(f is g for g in (*ones, *parts, *numbers))]
    return _signed(negative, [_fraction(numbers, parts), *rest])


def _cancelled(factors: list[Expr]) -> list[Expr] | None:
    """The factors without a number that stands before and below: 1/n for 2 · 1/(2 n); None where there is none."""
    for place, factor in enumerate(factors):
        if not isinstance(factor, Apply) or factor.op.name != "div":
            continue
        above, below = factor.args
        if isinstance(below, Apply) and below.op.name == "mul" and isinstance(below.args[0], Const):
            number, rest = below.args
            if number.shape == () and number in factors:
                left = [*factors[:place], make("div", above, rest), *factors[place + 1 :]]
                left.remove(number)
                return left
    return None


def _fraction(numbers: Iterable[Const], parts: Iterable[Apply]) -> Expr:
    """The product as one fraction in lowest terms."""
    found = Fraction(1)
    for number in numbers:
        found *= Fraction(float(number.value))
    for part in parts:
        below = part.args[1]
        assert isinstance(below, Const)
        found /= Fraction(float(below.value))
    above = Const(float(found.numerator))
    return above if found.denominator == 1 else make("div", above, Const(float(found.denominator)))


def _signed(negative: bool, factors: Iterable[Expr]) -> Expr:
    found = _multiplied(factors)
    return apply("neg", found) if negative else found


def _multiplied(factors: Iterable[Expr]) -> Expr:
    found: Expr = ONE
    for factor in factors:
        found = apply("mul", found, factor)
    return found


def _quotient(a: Expr, b: Expr) -> Expr:
    """a/b² for (a/b)/b, and a delta beside the fraction, not in it."""
    negative, factors = _factors(a)
    deltas = [f for f in factors if _is_delta(f)]
    rest = [f for f in factors if not _is_delta(f)]
    below, above = b, []
    for factor in rest:
        if isinstance(factor, Apply) and factor.op.name == "div" and factor.args[1] == b and below is b:
            below = make("pow", b, Const(2.0))
            factor = factor.args[0]
        above.append(factor)
    if not deltas and below is b:
        return apply("div", a, b)
    fraction = make("div", _multiplied(above), below)
    if not deltas:
        return apply("neg", fraction) if negative else fraction
    return _signed(negative, [*deltas, fraction] if fraction.shape else [fraction, *deltas])


def _terms(e: Expr, negative: bool = False) -> list[_Product]:
    if isinstance(e, Apply) and e.op.name in ("add", "sub"):
        a, b = e.args
        return [*_terms(a, negative), *_terms(b, negative != (e.op.name == "sub"))]
    minus, factors = _factors(e)
    return [(minus != negative, factors)]


def _factored(e: Expr) -> Expr:
    """What all terms have before a bracket, a delta among it; the first term without a minus, if there is one."""
    terms = _terms(e)
    common = [f for f in terms[0][1] if all(factors.count(f) == 1 for _, factors in terms)]
    if sum(map(_is_delta, common)) != 1:
        return e
    inner: Expr | None = None
    for minus, factors in sorted(terms, key=lambda term: term[0]):
        one = _multiplied(f for f in factors if f not in common)
        inner = (-one if minus else one) if inner is None else apply("sub" if minus else "add", inner, one)
    assert inner is not None
    common.sort(key=lambda f: (bool(variables(f)), bool(f.shape)))
    found = _multiplied([*common, inner] if variables(inner) else [inner, *common])
    return found if found.shape == e.shape else e


__all__ = ["as_written"]
