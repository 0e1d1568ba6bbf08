"""The chain rule, once: deltas of every node as sums over its consumers, programs of gradients.

Where an equation is computed through names it looked behind (see `stable`), the deltas of those names are still what
the sheet says, but what flows further down goes the true way: `reported` is the sum a sheet writes for dL/dp, `carried`
the part of it that is passed on, and what bypasses p arrives with the consumer that the sheet would name.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from graphviz_models.expr import Apply, Const, Expr, Var, apply, uncollected, variables
from graphviz_models.program import Equation, Program

ONE = Const(1.0)
MOST_IN_A_ROW = 30


@dataclass(frozen=True, eq=False)
class Term:
    """What one consumer sends back: `product` in the deltas' names (∂h[2]); `source` is the consumer."""

    source: str
    product: Expr


@dataclass(frozen=True, eq=False)
class Delta:
    """The gradient of the loss by one node, a sum with one term for each consumer.

    `carried` is None where it equals the sum of the terms; else the terms of what is passed on below. `exact` has the
    same sum as `terms`, true at any size but not consumer by consumer: where a consumer is looked through by another
    one that reads the node itself. Else it is None.
    """

    of: str
    terms: tuple[Term, ...]
    carried: tuple[Expr, ...] | None = None
    exact: tuple[Term, ...] | None = None

    @property
    def true_terms(self) -> tuple[Term, ...]:
        """The terms that are true at any size."""
        return self.terms if self.exact is None else self.exact


def delta_name(node: str) -> str:
    """The name of a node's delta in expressions."""
    return "∂" + node


def carried_name(node: str) -> str:
    """The name of the part of a node's delta that is passed on, where it differs."""
    return "∂~" + node


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
CHOICES = frozenset({"where", "maximum", "minimum", "relu", "clip", "max", "min"})
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
    return _summed(pull(e, g, wanted))


def _summed(products: Iterable[tuple[str, Expr, bool]]) -> dict[str, Expr]:
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


class _Backward:
    """One backward pass over a program, from `top` down."""

    def __init__(self, program: Program, top: str, seed: Expr | None, needed: Container[str] | None = None) -> None:
        self.program = program
        self.top = top
        self.seed = seed
        self.needed = needed
        self.reported: dict[str, list[Term]] = {}
        self.carried: dict[str, list[Expr]] = {}
        self.bypassed: set[str] = set()
        self.exact: dict[str, list[Term]] = {}
        self.mixed: set[str] = set()
        self.sifted: dict[str, bool] = {}
        self.steep: dict[frozenset[str], set[str]] = {}

    def _beyond(self, e: Expr, kinds: frozenset[str]) -> bool:
        """Whether the value of `e` may be beyond float64 because of operations of these kinds, through names too."""
        if kinds not in self.steep:
            names: set[str] = set()
            for each in self.program.equations:
                if uses(each.computed, kinds, names):
                    names.add(each.name)
            self.steep[kinds] = names
        return uses(e, kinds, self.steep[kinds])

    def run(self) -> list[Delta]:
        deltas: list[Delta] = []
        reach = _reach(self.program, self.top)
        if self.needed is not None:
            reach = {name for name in reach if name in self.needed or name == self.top}
        self.bypassed = {name for e in self.program.equations if e.name in reach for name in e.resolved}
        for e in reversed(self.program.equations):
            if e.name not in reach:
                continue
            deltas.append(self._delta(e.name))
            self._descend(e, e.name == self.top)
        leaves = [n for n in reversed(tuple(self.program.given)) if n in reach and self.program.is_real(n)]
        return deltas + [self._delta(name) for name in leaves]

    def _delta(self, name: str) -> Delta:
        terms, exact = (_merged(found.get(name, [])) for found in (self.reported, self.exact))
        if name in self.bypassed:
            return Delta(name, terms, tuple(self.carried.get(name, [])))
        return Delta(name, terms, exact=exact) if name in self.mixed else Delta(name, exact)

    def _descend(self, e: Equation, top: bool) -> None:
        shape = e.rhs.shape
        own: Expr = (self.seed or ONE) if top else Var(delta_name(e.name), shape)
        flow = own if top or e.name not in self.bypassed else Var(carried_name(e.name), shape)
        nothing = e.name in self.bypassed and not self.carried.get(e.name) and not top
        sifted = not top and self.sifted.get(e.name, False)
        if not e.resolved and e.name not in self.bypassed:
            for name, term in self._gathered(e.computed, own, sifted).items():
                self.reported.setdefault(name, []).append(Term(e.name, term))
                self.exact.setdefault(name, []).append(Term(e.name, term))
                self.carried.setdefault(name, []).append(term)
            return
        said = self._gathered(e.local, own, sifted)
        true = {} if nothing else self._gathered(e.computed, flow, sifted)
        for name in dict.fromkeys((*said, *true)):
            if name in said:
                self.reported.setdefault(name, []).append(Term(e.name, said[name]))
            if name in true and name in self.bypassed:
                self.carried.setdefault(name, []).append(true[name])
            elif name in true:
                ways = self._ways(e, name)
                self.exact.setdefault(name, []).append(Term(ways[0], true[name]))
                if len(ways) > 1:
                    self.mixed.add(name)

    def _gathered(self, e: Expr, g: Expr, sifted: bool) -> dict[str, Expr]:
        """The products by name; a name stays sifted as long as all that arrives there is."""
        products = list(pull(e, g, self._wanted, sifted, self._beyond))
        for name, _, kept in products:
            self.sifted[name] = kept and self.sifted.get(name, True)
        return _summed(products)

    def _ways(self, e: Equation, name: str) -> list[str]:
        """The consumers of a deeper name from which, as the sheet has it, arrives what `e` sends there."""
        behind = self._looked_through(e)
        return [c for c in self.program.consumers[name] if c == e.name or c in behind] or [e.name]

    def _looked_through(self, e: Equation) -> set[str]:
        """The names that `e` is computed without, also those that their own equations looked through."""
        found: set[str] = set()
        waiting = list(e.resolved)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self.program.equation[name].resolved)
        return found

    def _wanted(self, name: str) -> bool:
        return self.program.is_real(name) and (self.needed is None or name in self.needed)


def _merged(terms: list[Term]) -> tuple[Term, ...]:
    """One term for each consumer."""
    by_source: dict[str, list[Expr]] = {}
    for t in terms:
        by_source.setdefault(t.source, []).append(t.product)
    return tuple(Term(source, total(products)) for source, products in by_source.items())


def _reach(program: Program, top: str) -> set[str]:
    found = {top}
    for e in reversed(program.equations):
        if e.name in found:
            found.update(e.reads)
    return found


def deltas(
    program: Program, top: str | None = None, seed: Expr | None = None, needed: Container[str] | None = None
) -> tuple[Delta, ...]:
    """The backward pass: the delta of `top` (the loss) first, then of every node it depends on, what is given last.

    Shapes: a delta has its node's shape. Integer targets have none. Source: the chain rule as the sheets write it,
    δ_n = Σ over the consumers c of δ_c·∂c/∂n. With `needed`, only the deltas of those nodes.
    """
    return tuple(_Backward(program, top or program.loss, seed, needed).run())


Lines = tuple[tuple[str, tuple[Expr, ...]], ...]


def gradient_program(program: Program, wrt: Sequence[str]) -> Lines:
    """The training iteration as straight-line code: (name, terms), each name bound once to the sum of its terms.

    First the equations that the loss depends on, then the deltas ("∂h[2]") that `wrt` needs, those of `wrt` among them;
    a node of `wrt` that the loss does not depend on has no line.
    """
    with uncollected():
        return _gradient_lines(program, wrt)


def _gradient_lines(program: Program, wrt: Sequence[str]) -> Lines:
    forward = [(e.name, (e.computed,)) for e in program.equations]
    needed = feeding(program, set(wrt))
    backward: list[tuple[str, tuple[Expr, ...]]] = []
    for d in deltas(program, needed=needed):
        if d.of == program.loss:
            backward.append((delta_name(d.of), (ONE,)))
        else:
            terms = d.carried if d.carried is not None else tuple(t.product for t in d.true_terms)
            name = carried_name(d.of) if d.carried is not None else delta_name(d.of)
            if terms:
                backward.append((name, terms))
    lines = [*forward, *backward]
    used = {program.loss, *(delta_name(n) for n in wrt), *(carried_name(n) for n in wrt)}
    kept: list[tuple[str, tuple[Expr, ...]]] = []
    for name, terms in reversed(lines):
        if name in used:
            kept.append((name, terms))
            for t in terms:
                used.update(variables(t))
    return tuple(reversed(kept))


def feeding(program: Program, wrt: set[str]) -> set[str]:
    """The nodes that depend on one of `wrt`, those included."""
    found = set(wrt)
    for e in program.equations:
        if any(n in found for n in e.reads):
            found.add(e.name)
    return found
