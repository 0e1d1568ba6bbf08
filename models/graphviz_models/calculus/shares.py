"""Shares of a sum of exponentials: σ(ln(eᵃ + eᵇ) - c) σ(a - b) is eᵃ/(eᵃ + eᵇ + eᶜ), an entry of a softmax.

The logarithm of the sum is taken two summands at a time, and so are its derivatives; a sheet has the entry's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from graphviz_models.expr import Apply, Expr, make
from graphviz_models.read import difference

Powers = dict[Expr, Fraction]


def shared(powers: Mapping[Expr, Fraction]) -> Powers:
    """The factors with their powers, those together that are one entry's share; their product is the same."""
    found = dict(powers)
    while (pair := _pair(found)) is not None:
        small, large, share, rest = pair
        made: Powers = {}
        for base, k in found.items():
            kept = k - 1 if base in (small, large) else k
            if base == small:
                made[share] = found.get(share, Fraction(0)) + 1
            if base == large and rest is not None:
                made[rest] = found.get(rest, Fraction(0)) + 1
            if kept and base not in made:
                made[base] = kept
        found = made
    return found


def _pair(powers: Powers) -> tuple[Expr, Expr, Expr, Expr | None] | None:
    """A share of part of a sum, that part's share of the whole, their product, and what else the second one holds."""
    parts = {part: (base, whole, rest) for base, k in powers.items() if k >= 1 for part, whole, rest in _parts(base)}
    if not parts:
        return None
    for base, k in powers.items():
        for one, part in _shares(base) if k >= 1 else ():
            if part in parts:
                large, whole, rest = parts[part]
                share = make("exp", make("sub", one, whole))
                if large.shape == base.shape == share.shape:
                    return base, large, share, rest
    return None


def _difference(e: Expr, function: str) -> tuple[Expr, Expr] | None:
    """a and b of f(a - b)."""
    if not isinstance(e, Apply) or e.op.name != function:
        return None
    return difference(e.args[0])


def _shares(e: Expr) -> Iterator[tuple[Expr, Expr]]:
    """a with ln(eᵃ + …) for the share of eᵃ in that sum."""
    if (ends := _difference(e, "sigmoid")) is not None:
        a, b = ends
        yield a, make("logaddexp", a, b)
        yield a, make("logaddexp", b, a)
    elif (ends := _difference(e, "exp")) is not None and _is_sum(ends[1]):
        yield ends


def _parts(e: Expr) -> Iterator[tuple[Expr, Expr, Expr | None]]:
    """The logarithms of a sum and of a larger one, and what else there is, for the share of the one in the other."""
    if (ends := _difference(e, "exp")) is not None and all(map(_is_sum, ends)):
        yield *ends, None
    elif (ends := _difference(e, "sigmoid")) is not None and _is_sum(ends[0]):
        yield ends[0], make("logaddexp", *ends), None
    elif (ends := _difference(e, "sigmoid_slope")) is not None:
        for part, other in (ends, ends[::-1]):
            if _is_sum(part):
                yield part, make("logaddexp", part, other), make("sigmoid", make("sub", other, part))


def _is_sum(e: Expr) -> bool:
    return isinstance(e, Apply) and e.op.name == "logaddexp"


__all__ = ["shared"]
