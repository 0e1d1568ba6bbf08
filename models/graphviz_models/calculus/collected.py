"""A product with its numbers and powers collected: 1/(2 x) for (1/2)/x, u for √u √u, -(t - o) for -2 (1/2) (t - o).

One product has one number in front, the names of constants, at most one fraction, the deltas, and all else.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite

from graphviz_models.expr import Apply, Const, Expr, Var, apply, make, variables

from .products import ONE
from .shares import shared

#: Numbers with more figures than this stay beside the others.
MOST_FIGURES = 9
MOST_PARTS = 1000
#: Operations whose square is no shorter.
_SINGLE = ("put", "broadcast_to", "step", "above", "within")
_OPEN = ("neg", "mul", "div", "pow", "square")


def is_delta(e: Expr) -> bool:
    """Whether `e` is the delta of a node."""
    return isinstance(e, Var) and e.name.startswith("∂")


def is_ones(e: Expr) -> bool:
    """Whether `e` is an array of ones that a sum has spread."""
    return isinstance(e, Apply) and e.op.name == "broadcast_to" and e.args[0] == ONE


def one_entry(e: Expr) -> bool:
    """Whether one entry of a vector is set, and all others are 0."""
    if not isinstance(e, Apply) or e.op.name != "put":
        return False
    index = dict(e.attrs)["index"]
    chosen = all(a.shape == () for a in e.args[1:])
    return isinstance(index, tuple) and len(index) == 1 and index[0][0] in ("int", "arg") and chosen


@dataclass
class Product:
    """A sign, a number, and the powers of all other factors in the order of their first use."""

    negative: bool = False
    number: Fraction = Fraction(1)
    decimal: bool = False  # whether a number with a decimal point is among those of `number`
    powers: dict[Expr, Fraction] = field(default_factory=dict)
    whole: Collection[Expr] = ()  # what has a name and is not taken apart

    @property
    def factors(self) -> list[Expr]:
        """What stands above a fraction's line, the powers of 1 as they are."""
        return [_power(base, k) for base, k in self.powers.items() if k > 0]

    def without(self, common: Container[Expr], number: Fraction) -> Product:
        """The product divided by a number and once by factors of it."""
        rest = {base: k - 1 if base in common else k for base, k in self.powers.items()}
        kept = {base: k for base, k in rest.items() if k}
        return Product(self.negative, self.number / number, self.decimal and number == 1, kept)

    def multiply(self, base: Expr, k: Fraction = Fraction(1)) -> None:
        """Multiplies by the power k of a factor; one that is cancelled then is left out."""
        self.powers[base] = self.powers.get(base, Fraction(0)) + k
        if not self.powers[base]:
            del self.powers[base]

    def expression(self) -> Expr:
        """The product, its sign in front."""
        found = _multiplied(self._parts())
        return apply("neg", found) if self.negative else found

    def _parts(self) -> list[Expr]:
        above = {base: k for base, k in self.powers.items() if k > 0}
        below = [_power(base, -k) for base, k in self.powers.items() if k < 0]
        names = [_power(base, k) for base, k in above.items() if isinstance(base, Const) and not base.shape]
        rest = [_power(base, k) for base, k in above.items() if not (isinstance(base, Const) and not base.shape)]
        if not below or not any(map(variables, below)):
            return [*self._front(names, below), *rest]
        apart = [f for f in rest if is_delta(f) or is_ones(f) or one_entry(f)]
        inside = [f for f in rest if not (is_delta(f) or is_ones(f) or one_entry(f))]
        arrays = [f for f in inside if f.shape]
        if any(f.shape for f in below):
            fraction = make("div", _multiplied([*names, *inside]), _multiplied(below))
            deltas = [f for f in apart if is_delta(f)]
            return [*self._front([], []), *deltas, fraction, *(f for f in apart if not is_delta(f))]
        if len(arrays) > 1 or (arrays and any(f.shape for f in apart)):
            inside, apart = [f for f in inside if not f.shape], [f for f in rest if f.shape or is_delta(f)]
        above_line, below_line = self._halves()
        fraction = make("div", _multiplied([*above_line, *names, *inside]), _multiplied([*below_line, *below]))
        if fraction.shape:
            return [*(f for f in apart if is_delta(f)), fraction, *(f for f in apart if not is_delta(f))]
        return [fraction, *apart]

    def _front(self, names: list[Expr], below: list[Expr]) -> list[Expr]:
        """The number and the names of constants, one fraction where something is divided by: λ/2, 1/√d."""
        above_line, below_line = self._halves()
        if below_line or below:
            return [make("div", _multiplied([*above_line, *names]), _multiplied([*below_line, *below]))]
        return [*above_line, *names]

    def _halves(self) -> tuple[list[Expr], list[Expr]]:
        """The number above and below a fraction's line, where it is not 1."""
        number = self.number
        if self.decimal and number.denominator > 1 and len(repr(float(number))) <= MOST_FIGURES:
            return [Const(float(number))], []
        above, below = Const(float(number.numerator)), Const(float(number.denominator))
        return [above] * (number.numerator != 1), [below] * (number.denominator != 1)

    def take(self, e: Expr, k: Fraction = Fraction(1)) -> bool:
        """Multiplies by e^k; False for numbers that no fraction has."""
        if e in self.whole:
            return self._raise(e, k)
        if isinstance(e, Const):
            return self._take_constant(e, k)
        if not isinstance(e, Apply) or k.denominator > 1:
            return self._raise(e, k)
        name, args = e.op.name, e.args
        if name == "neg":
            self.negative ^= bool(k.numerator % 2)
            return self.take(args[0], k)
        if name in ("mul", "zero_safe_mul"):
            return self.take(args[0], k) and self.take(args[1], k)
        if name in ("div", "safe_div"):
            return self.take(args[0], k) and self.take(args[1], -k)
        if name == "square":
            return self.take(args[0], 2 * k)
        if name == "sqrt":
            return self._raise(args[0], k / 2)
        if name == "pow" and (n := _exponent(args[1])) is not None:
            return self.take(args[0], n * k)
        if name == "broadcast_to" and not args[0].shape and args[0] != ONE and k == 1:
            return self.take(args[0]) and self._raise(make("broadcast_to", ONE, shape=e.shape), k)
        if name == "norm" and e.shape and set(e.shape) == {1}:  # kept as wide as what is divided by it
            return self._raise(make("norm", args[0]), k)
        if name == "put" and args[0].shape == () and args[0] != ONE and one_entry(e) and k == 1:
            return self.take(args[0]) and self._raise(make("put", ONE, *args[1:], **dict(e.attrs)), k)
        return self._raise(e, k)

    def opened(self) -> bool:
        """Takes apart what stood below a root, and stands there no more."""
        for base, k in tuple(self.powers.items()):
            if k.denominator == 1 and isinstance(base, Apply) and base.op.name in _OPEN and base not in self.whole:
                del self.powers[base]
                if not self.take(base, k):
                    return False
        return True

    def name(self, local: Expr, parts: Product) -> None:
        """Puts a node's formula in the place of all its parts, where they are there."""
        own = self.powers
        if any(k * own.get(base, 0) < k * k for base, k in parts.powers.items()):
            return
        for base, k in parts.powers.items():
            own[base] -= k
            if not own[base]:
                del own[base]
        self.number /= parts.number
        self.negative ^= parts.negative
        self.powers = {local: own.pop(local, Fraction(0)) + 1, **own}

    def _take_constant(self, e: Const, k: Fraction) -> bool:
        if e.name or e.shape:
            return self._raise(e, k)
        value = float(e.value)
        if value == 0 or not isfinite(value) or (k.denominator > 1 and value < 0) or abs(k) > 16:
            return False
        if k.denominator > 1:
            return self._raise(e, k)
        typed = Fraction(repr(abs(value)))
        if len(repr(value)) > MOST_FIGURES:  # 2/3 of a mean over three entries
            typed = typed.limit_denominator(MOST_PARTS)
            if float(typed) != abs(value):
                return self._raise(e, k)
        self.negative ^= value < 0 and bool(k.numerator % 2)
        self.number *= typed**k.numerator
        self.decimal = self.decimal or (not value.is_integer() and len(repr(value)) <= MOST_FIGURES)
        return True

    def _raise(self, base: Expr, k: Fraction) -> bool:
        if base in self.powers and (is_delta(base) or (isinstance(base, Apply) and base.op.name in _SINGLE)):
            return False
        self.multiply(base, k)
        return base in self.powers or not base.shape  # else it made the product as large as it is


def product(e: Expr, whole: Collection[Expr] = ()) -> Product | None:
    """`e` as a product, what is `whole` as one factor; None where its numbers cannot be collected."""
    found = Product(whole=whole)
    if not (found.take(e) and found.opened()):
        return None
    found.powers = shared(found.powers)
    for local in whole:
        if (parts := product(local)) is not None and len(parts.powers) > 1:
            found.name(local, parts)
    return found


def _exponent(n: Expr) -> Fraction | None:
    """A typed exponent, as far as it is a small whole number or a half of one."""
    if not isinstance(n, Const) or n.shape or n.name or not abs(float(n.value)) <= 16:
        return None
    found = Fraction(float(n.value))
    return found if found.denominator <= 2 and found else None


def _power(base: Expr, k: Fraction) -> Expr:
    if k == 1:
        return base
    if k == Fraction(1, 2):
        return make("sqrt", base)
    if k.denominator == 1:
        return make("pow", base, Const(float(k)))
    return make("pow", base, make("div", Const(float(k.numerator)), Const(float(k.denominator))))


def _multiplied(factors: Iterable[Expr]) -> Expr:
    found: Expr = ONE
    for factor in factors:
        found = apply("mul", found, factor)
    return found


__all__ = ["Product", "is_delta", "is_ones", "one_entry", "product"]
