"""The chain rule, once: deltas of every node as sums over its consumers, programs of gradients.

Where an equation is computed through names it looked behind (see `stable`), the deltas of those names are still what
the sheet says, but what flows further down goes the true way: `reported` is the sum a sheet writes for dL/dp, `carried`
the part of it that is passed on, and what bypasses p arrives with the consumer that the sheet would name.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from graphviz_models.expr import Apply, Expr, Var, uncollected, variables
from graphviz_models.forms import names_in
from graphviz_models.program import Equation, Program

from .products import ONE, Products, total
from .written import as_written

#: A longer product has the name of the consumer in it where it can.
MOST_SPELLED = 24


@dataclass(frozen=True, eq=False)
class Term:
    """What one consumer sends back: `product` in the deltas' names (∂h[2]); `source` is the consumer, `local` its
    formula.
    """

    source: str
    product: Expr
    local: Expr | None = None

    @property
    def written(self) -> Expr:
        """The product as a lecturer writes it: a long one with the consumer's name, where its value is a factor."""
        full = as_written(self.product)
        if self.local is None or full.size <= MOST_SPELLED:
            return full
        brief = as_written(self.product, (self.local,))
        return brief if _symbols(brief, self.local) < _symbols(full, self.local) else full


@dataclass(frozen=True, eq=False)
class Delta:
    """The gradient of the loss by one node, a sum with one term for each consumer.

    `carried` is None where it equals the sum of the terms; else the terms of what is passed on below. `exact` has the
    same sum as `terms`, true at any size but not consumer by consumer: where a consumer is looked through by another
    one that reads the node itself. Else it is None. `typed` has the terms, consumer by consumer, in the deltas of the
    sheet's own names, where `terms` look through some of them.
    """

    of: str
    terms: tuple[Term, ...]
    carried: tuple[Expr, ...] | None = None
    exact: tuple[Term, ...] | None = None
    typed: tuple[Term, ...] | None = None

    @property
    def written(self) -> tuple[Term, ...]:
        """The terms as a lecturer writes them, each through the names that make it short."""
        typed = {t.source: t.written for t in self.typed or ()}
        found = []
        for term in self.terms:
            true, said = term.written, typed.get(term.source)
            if said is not None and (said.size < true.size or (said.size == true.size and _read(said) == _read(true))):
                true = said
            found.append(Term(term.source, true))
        return tuple(found)

    @property
    def true_terms(self) -> tuple[Term, ...]:
        """The terms that are true at any size."""
        return self.terms if self.exact is None else self.exact


def _read(e: Expr) -> set[str]:
    """The deltas in a product."""
    return {name for name in variables(e) if name.startswith("∂")}


def _symbols(e: Expr, named: Expr) -> int:
    """The number of symbols where one part has a name."""
    if e == named or not isinstance(e, Apply):
        return 1
    return 1 + sum(_symbols(a, named) for a in e.args)


def delta_name(node: str) -> str:
    """The name of a node's delta in expressions."""
    return "∂" + node


def carried_name(node: str) -> str:
    """The name of the part of a node's delta that is passed on, where it differs."""
    return "∂~" + node


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
        self.otherwise: set[str] = set()  # names whose terms are not those of the sheet's own names
        self.sifted: dict[str, bool] = {}
        self.products = Products(program.equations, _wanted(program, needed))

    def run(self) -> list[Delta]:
        deltas: list[Delta] = []
        reach = _reach(self.program, self.top)
        if self.needed is not None:
            reach = {name for name in reach if name in self.needed or name == self.top}
        self.bypassed = {name for e in self.program.equations if e.name in reach for name in e.resolved}
        for e in reversed(self.program.equations):
            if e.name not in reach or e.name in self.program.numbers:
                continue
            deltas.append(self._delta(e.name))
            self._descend(e, e.name == self.top)
        leaves = [n for n in reversed(tuple(self.program.given)) if n in reach and self.program.is_real(n)]
        return deltas + [self._delta(name) for name in leaves]

    def _delta(self, name: str) -> Delta:
        if name in self.bypassed:
            return Delta(name, _merged(self.reported.get(name, [])), tuple(self.carried.get(name, [])))
        exact = _merged(self.exact.get(name, []))
        if name in self.mixed:
            return Delta(name, _merged(self.reported.get(name, [])), exact=exact)
        typed = _merged(self.reported.get(name, [])) if name in self.otherwise else None
        return Delta(name, exact, typed=typed)

    def _descend(self, e: Equation, top: bool) -> None:
        shape = e.rhs.shape
        own: Expr = (self.seed or ONE) if top else Var(delta_name(e.name), shape)
        bypassed = e.name in self.bypassed
        flow = Var(carried_name(e.name), shape) if bypassed and not top else own
        arrives = top or bool((self.reported if bypassed else self.exact).get(e.name))  # else it is only compared with
        passes = top or bool(self.carried.get(e.name)) if bypassed else arrives
        sifted = not top and self.sifted.get(e.name, False)
        if not e.resolved and not bypassed and arrives:
            for name, term in self._gathered(e.computed, own, sifted).items():
                sent = Term(e.name, term, e.local)
                self.reported.setdefault(name, []).append(sent)
                self.exact.setdefault(name, []).append(sent)
                if name in self.bypassed:
                    self.carried.setdefault(name, []).append(term)
            return
        said = self._gathered(e.local, own, sifted) if arrives else {}
        true = self._gathered(e.computed, flow, sifted) if passes else {}
        for name in dict.fromkeys((*said, *true)):
            if name in said:
                self.reported.setdefault(name, []).append(Term(e.name, said[name], e.local))
            if name in true and name in self.bypassed:
                self.carried.setdefault(name, []).append(true[name])
            elif name in true:
                ways = self._ways(e, name)
                self.exact.setdefault(name, []).append(Term(ways[0], true[name], self.program.equation[ways[0]].local))
                self.otherwise.add(name)
                if len(ways) > 1:
                    self.mixed.add(name)

    def _gathered(self, e: Expr, g: Expr, sifted: bool) -> dict[str, Expr]:
        """The products by name; a name stays sifted as long as all that arrives there is."""
        found, kept = self.products.of(e, g, sifted)
        for name, exact in zip(found, kept, strict=True):
            self.sifted[name] = exact and self.sifted.get(name, True)
        return found

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


def _wanted(program: Program, needed: Container[str] | None) -> set[str]:
    """The nodes whose delta is asked for."""
    real = [e.name for e in program.equations] + [n for n, g in program.given.items() if not g.integer]
    return set(real) if needed is None else {name for name in real if name in needed}


def _merged(terms: list[Term]) -> tuple[Term, ...]:
    """One term for each consumer."""
    if len({t.source for t in terms}) == len(terms):
        return tuple(terms)
    by_source: dict[str, list[Expr]] = {}
    for t in terms:
        by_source.setdefault(t.source, []).append(t.product)
    local = {t.source: t.local for t in terms}
    return tuple(Term(source, total(products), local[source]) for source, products in by_source.items())


def _reach(program: Program, top: str) -> set[str]:
    found = {top}
    for e in reversed(program.equations):
        if e.name in found:
            found.update(e.reads)
    return found


#: The deltas of a program's loss, as long as the program is there.
_known: WeakKeyDictionary[Program, tuple[Delta, ...]] = WeakKeyDictionary()


def deltas(
    program: Program, top: str | None = None, seed: Expr | None = None, needed: Container[str] | None = None
) -> tuple[Delta, ...]:
    """The backward pass: the delta of `top` (the loss) first, then of every node it depends on, what is given last.

    Shapes: a delta has its node's shape. Integer targets have none. Source: the chain rule as the sheets write it,
    δ_n = Σ over the consumers c of δ_c·∂c/∂n. With `needed`, only the deltas of those nodes.
    """
    whole = top in (None, program.loss) and seed is None and needed is None
    found = _known.get(program) if whole else None
    if found is None:
        with uncollected():
            found = tuple(_Backward(program, top or program.loss, seed, needed).run())
        if whole:
            _known[program] = found
    return found


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
                used.update(names_in(t))
    return tuple(reversed(kept))


def feeding(program: Program, wrt: set[str]) -> set[str]:
    """The nodes that depend on one of `wrt`, those included."""
    found = set(wrt)
    for e in program.equations:
        if any(n in found for n in e.reads):
            found.add(e.name)
    return found
