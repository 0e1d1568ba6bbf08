"""What one formula sends back: the vector-Jacobian products from its value down to its names.

Of many equations of one form the products are derived once, then written again over each one's own names.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from graphviz_models.expr import Apply, Const, Expr, Var, apply
from graphviz_models.forms import LARGEST, Template, applied, form, names_in
from graphviz_models.program import Equation

ONE = Const(1.0)
MOST_IN_A_ROW = 30


def fit(term: Expr, shape: tuple[int, ...]) -> Expr:
    """`term` with the argument's shape: summed over the axes along which the argument was repeated."""
    if term.shape == shape:
        return term
    wide = tuple(np.broadcast_shapes(term.shape, shape))
    if wide != term.shape:
        term = apply("broadcast_to", term, shape=wide)
    return apply("sum_to", term, shape=shape)


Beyond = Callable[[Expr, frozenset[str]], bool]
#: Operations that choose: what flows back through them is exactly 0 where another branch was taken.
CHOICES = frozenset({"where", "maximum", "minimum", "relu", "clip", "max", "min", "largest", "smallest"})
#: Operations whose value or derivative can be beyond float64 where their operands are not.
STEEP = frozenset(
    "exp expm1 sinh cosh tan div pow log log1p sqrt log1mexp power_slope power_log xlogy arcsin arccos".split()
)
#: Operations that come to rest where an operand of theirs, by its place, grows beyond float64.
RESTING = {**dict.fromkeys("exp expm1 tanh sigmoid softplus erf sech2 arctan log1mexp".split(), 0), "div": 1}
GROWING = frozenset({"exp", "expm1", "sinh", "cosh"})
#: Operations through which every entry's own product passes unmixed.
UNMIXED = frozenset("index reshape transpose stack concatenate flip broadcast_to sum mean diag".split())


def pull(
    e: Expr,
    g: Expr,
    wanted: Callable[[str], bool] = lambda _: True,
    chosen: bool = False,
    beyond: Beyond = lambda e, kinds: uses(e, kinds),
) -> Iterator[tuple[str, Expr, bool]]:
    """The vector-Jacobian products from `e` down to each place where a wanted name stands in it.

    With each comes whether it passed an operation that chooses, as `g` itself has where `chosen` is set: a 0 in it then
    stays 0 below, also where the branch that was not taken overflows.
    """
    stack: list[tuple[Expr, Expr, bool]] = [(e, g, chosen)]
    while stack:
        top, seed, sifted = stack.pop()
        if isinstance(top, Var):
            if wanted(top.name):
                yield top.name, fit(seed, top.shape), sifted
        elif isinstance(top, Apply) and top.op.vjp is not None:
            terms = top.op.vjp(seed, top, *top.args, **dict(top.attrs))
            if sifted and top.op.elementwise:
                terms = _sifted(top, seed, terms, beyond)
            sifted = _sifts(top, beyond) or (sifted and (top.op.elementwise or top.op.name in UNMIXED))
            below = [
                (a, fit(term, a.shape), sifted)
                for a, term in zip(top.args, terms, strict=True)
                if term is not None and not isinstance(a, Const) and not (isinstance(a, Var) and not wanted(a.name))
            ]
            stack.extend(reversed(below))


def _sifts(top: Apply, beyond: Beyond) -> bool:
    """Whether a 0 that flows out of this operation is exact."""
    if top.op.name in CHOICES:
        return True
    place = RESTING.get(top.op.name)
    return place is not None and beyond(top.args[place], GROWING)


def _sifted(top: Apply, seed: Expr, terms: tuple[Expr | None, ...], beyond: Beyond) -> tuple[Expr | None, ...]:
    """The products of an elementwise operation, 0 where `seed` is 0 though the local derivative be infinite."""
    assert top.op.vjp is not None
    slopes = top.op.vjp(ONE, top, *top.args, **dict(top.attrs))
    return tuple(
        apply("zero_safe_mul", seed, slope) if slope is not None and beyond(slope, STEEP) else term
        for slope, term in zip(slopes, terms, strict=True)
    )


def uses(e: Expr, kinds: Container[str], names: Container[str] = ()) -> bool:
    """Whether an operation of these kinds stands in `e`, or one of these names."""
    seen: set[int] = set()
    stack = [e]
    while stack:
        top = stack.pop()
        if isinstance(top, Var) and top.name in names:
            return True
        if isinstance(top, Apply) and id(top) not in seen:
            if top.op.name in kinds:
                return True
            seen.add(id(top))
            stack.extend(top.args)
    return False


def gathered(e: Expr, g: Expr, wanted: Callable[[str], bool] = lambda _: True) -> dict[str, Expr]:
    """The products of `pull`, those of one name added up."""
    return summed(pull(e, g, wanted))


def summed(products: Iterable[tuple[str, Expr, bool]]) -> dict[str, Expr]:
    found: dict[str, list[Expr]] = {}
    for name, term, _ in products:
        found.setdefault(name, []).append(term)
    return {name: total(terms) for name, terms in found.items()}


def total(terms: Sequence[Expr]) -> Expr:
    """The sum of the terms; of many as a shallow tree, so that no walk over it goes deep."""
    if len(terms) > MOST_IN_A_ROW:
        half = len(terms) // 2
        return total(terms[:half]) + total(terms[half:])
    return sum(terms[1:], terms[0])


@dataclass(frozen=True, eq=False)
class _Derived:
    """The products of one form; `asked` is what was to be known of its parts: do operations of these kinds stand in
    it, at which places are its names, and the answer then.
    """

    template: Template
    to: tuple[int, ...]
    kept: tuple[bool, ...]
    asked: tuple[tuple[frozenset[str], bool, tuple[int, ...], bool], ...]


class Products:
    """The products of one equation after the other, for the nodes that are `wanted`."""

    def __init__(self, equations: Sequence[Equation], wanted: Container[str]) -> None:
        self._equations = equations
        self._wanted = wanted
        self._steep: dict[frozenset[str], set[str]] = {}
        self._known: dict[Hashable, _Derived] = {}

    def of(self, e: Expr, g: Expr, sifted: bool) -> tuple[dict[str, Expr], tuple[bool, ...]]:
        """The sum of the products by name, and of each whether a 0 in it is exact (see `pull`)."""
        if type(e) is not Apply or type(g) is not Var or e.size > LARGEST:
            return _by_name(pull(e, g, self._wanted.__contains__, sifted, self._beyond))
        key, names, places = form(e)
        wanted = tuple([v.name in self._wanted for v in names])
        known = self._known.get((key, wanted, sifted))
        if known is None or not all(
            answer == (inside or self._any_steep(kinds, [names[i].name for i in at]))
            for kinds, inside, at, answer in known.asked
        ):
            known = self._known[key, wanted, sifted] = self._derived(e, g, names, sifted)
        sums = known.template.over((g, *names), applied(e), places)
        return {names[i].name: term for i, term in zip(known.to, sums, strict=True)}, known.kept

    def _derived(self, e: Apply, g: Var, names: Sequence[Var], sifted: bool) -> _Derived:
        place = {v.name: i for i, v in enumerate(names)}
        asked = []

        def beyond(part: Expr, kinds: frozenset[str]) -> bool:
            answer = self._beyond(part, kinds)
            asked.append((kinds, uses(part, kinds), tuple(place[name] for name in names_in(part)), answer))
            return answer

        found, kept = _by_name(pull(e, g, self._wanted.__contains__, sifted, beyond))
        template = Template(tuple(found.values()), (g, *names), applied(e), form(e).places)
        return _Derived(template, tuple(place[name] for name in found), kept, tuple(asked))

    def _beyond(self, e: Expr, kinds: frozenset[str]) -> bool:
        """Whether the value of `e` may be beyond float64 because of operations of these kinds, through names too."""
        return uses(e, kinds) or self._any_steep(kinds, names_in(e))

    def _any_steep(self, kinds: frozenset[str], names: Iterable[str]) -> bool:
        steep = self._steep.get(kinds)
        if steep is None:
            steep = self._steep[kinds] = set()
            inside: dict[Hashable, bool] = {}
            for each in self._equations:
                e = each.computed
                if type(e) is not Apply or e.size > LARGEST:
                    found = uses(e, kinds, steep)
                else:
                    key, own, _ = form(e)
                    if key not in inside:
                        inside[key] = uses(e, kinds)
                    found = inside[key] or any(v.name in steep for v in own)
                if found:
                    steep.add(each.name)
        return not steep.isdisjoint(names)


def _by_name(products: Iterator[tuple[str, Expr, bool]]) -> tuple[dict[str, Expr], tuple[bool, ...]]:
    """The sums, and whether all that arrives at a name is kept at 0."""
    every = list(products)
    kept: dict[str, bool] = {}
    for name, _, sifted in every:
        kept[name] = sifted and kept.get(name, True)
    return summed(every), tuple(kept.values())
