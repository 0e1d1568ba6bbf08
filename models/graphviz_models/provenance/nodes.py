"""Where an entry of a node's value or delta comes from: what enters it, what meets what, and its formula."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from graphviz_models.calculus import ONE, Delta
from graphviz_models.derivation import GATES
from graphviz_models.expr import SUM, Apply, Const, Expr, Var, evaluate, lift, make, variables
from graphviz_models.optimizers import LETTERS
from graphviz_models.read import Formula, number_latex
from graphviz_models.trace import Trace

from .entry import COMMA_DOTS, DOTS, Entries, Entry, Quantity, entry_of
from .reads import Mask, sources

#: Terms of a sum that are written, in the order in which they are tried until the formula is short enough.
TERMS = (8, 5, 3)
LONGEST = 420
#: Terms of a sum whose entries are told to meet, and entries in each of them.
MOST_MEETINGS, MOST_MEETING = 20, 4
#: Consumers of a node whose delta is followed back.
MOST_TERMS = 2000
#: Consumers whose equations are looked at for the letters of a delta's formula.
MOST_CONSUMERS = 50
DEEPEST = 150


@dataclass(frozen=True, eq=False)
class Provenance:
    """Where one entry comes from.

    sources   by node and quantity, a mask of its shape: the entries that enter the formula
    meetings  the entries that meet in each term of its sum, in the order of the terms: (w₀, x₃), (w₁, x₂), …; none
              where there is no such sum, or a very long one
    formal    its formula in the sheet's letters: y_3 = w_0 x_3 + w_1 x_2
    numeric   the numbers put in; empty where nothing is to be put in
    result    its value
    """

    of: Entry
    sources: Mapping[tuple[str, Quantity], Mask]
    meetings: tuple[tuple[Entry, ...], ...] = ()
    formal: str = ""
    numeric: str = ""
    result: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The formula's parts, each equal to the next."""
        return tuple(dict.fromkeys(p for p in (self.formal, self.numeric, self.result) if p))


def provenance(
    trace: Trace, node: str, quantity: Quantity, index: tuple[int, ...], *, updated: bool = False, digits: int = 4
) -> Provenance | None:
    """Where the entry `index` of a node's value or delta comes from; of a scalar the index is ().

    With `updated` the value is a parameter's after its update. None where arrays are so large, or consumers so many,
    that it would take long.
    Raises KeyError for an unknown node or one without a gradient, IndexError for an entry that is not there.
    """
    held = trace.gradients[node] if quantity == "delta" else trace.values[node]
    of = Entry(node, quantity, index)
    writer = _Writer(trace, digits)
    value = float(held[index])
    if updated and quantity == "value":
        return writer.update(of)
    if quantity == "delta" and node in trace.deltas and len(trace.deltas[node].terms) > MOST_TERMS:
        return None
    e = _value(trace, node) if quantity == "value" else _delta(trace, node)
    if e is None:
        own = writer.symbol(of)
        return Provenance(of, {}, (), own, "", number_latex(value, digits))
    mask = np.zeros(e.shape, dtype=bool)
    mask[index] = True
    found = sources(e, mask, trace.values)
    return None if found is None else writer.written(of, e, found, value)


def _value(trace: Trace, node: str) -> Expr | None:
    """The right-hand side of a node's equation as typed; None for what is given."""
    return trace.program.formula(node) if node in trace.program.equation else None


def _delta(trace: Trace, node: str) -> Expr | None:
    """A node's delta as the sheet writes it, the sum of what its consumers send; None where it is a number."""
    found = trace.deltas.get(node)
    if node == trace.program.loss or found is None or not found.terms:
        return None
    letters = _Letters(trace, found)
    total: Expr | None = None
    for term in found.terms:
        one = letters.put(term.product)
        total = one if total is None else make("add", total, one)
    return total


class _Letters:
    """Puts the sheet's letters into a derivative: h for tanh(v), 1 − h² for its slope."""

    def __init__(self, trace: Trace, delta: Delta) -> None:
        self.known: dict[tuple[object, ...], Var] = {}
        for term in delta.terms[:MOST_CONSUMERS]:
            equation = trace.program.equation.get(term.source)
            if equation is not None and isinstance(equation.local, Apply):
                self.known[_key(equation.local)] = trace.program.var(term.source)
        self._put: dict[int, Expr] = {}

    def put(self, e: Expr) -> Expr:
        """The same expression in those letters."""
        if not self.known or not isinstance(e, Apply) or e.depth > DEEPEST:
            return e
        if id(e) not in self._put:
            self._put[id(e)] = self._letter(e)
        return self._put[id(e)]

    def _letter(self, e: Apply) -> Expr:
        own = self.known.get(_key(e))
        if own is not None:
            return own
        if e.op.name in _SLOPES and not (e.op.name == "step" and isinstance(e.args[0], Var)):
            of, slope = _SLOPES[e.op.name]
            own = self.known.get((of, e.args, ()))
            if own is not None:
                return slope(own)
        args = tuple(self.put(a) for a in e.args)
        if all(new is old for new, old in zip(args, e.args, strict=True)):
            return e
        return Apply(e.op, args, e.attrs, e.shape, integer=e.integer)


def _key(e: Apply) -> tuple[object, ...]:
    """What two spellings of the same operation share: softmax(u) is softmax(u, axis=None)."""
    return e.op.name, e.args, tuple(pair for pair in e.attrs if pair[1] is not None)


_SLOPES: Mapping[str, tuple[str, Callable[[Expr], Expr]]] = {
    "step": ("relu", lambda h: make("step", h)),  # what comes out of an open gate is above 0 as well
    "sech2": ("tanh", lambda h: make("sub", ONE, make("pow", h, lift(2.0)))),
    "sigmoid_slope": ("sigmoid", lambda h: make("mul", h, make("sub", ONE, h))),
}


@dataclass
class _Writer:
    trace: Trace
    digits: int
    met: dict[str, Entry] = field(default_factory=dict)

    def symbol(self, entry: Entry) -> str:
        """An entry in the sheet's letters."""
        notation = self.trace.notation
        if entry.quantity == "delta":
            return notation.delta_entry(entry.node, entry.index)
        return notation.entry(entry.node, entry.index)

    def number(self, entry: Entry) -> str:
        """An entry's number."""
        return number_latex(self._held(entry), self.digits)

    def _held(self, entry: Entry) -> float:
        held = self.trace.gradients if entry.quantity == "delta" else self.trace.values
        return float(held[entry.node][entry.index])

    def update(self, of: Entry) -> Provenance:
        """A parameter's entry after the optimizer's update."""
        delta, descent = Entry(of.node, "delta", of.index), self.trace.descent
        assert descent is not None
        value, gradient = self.trace.values[of.node], self.trace.gradients[of.node]
        mask = np.zeros(value.shape, dtype=bool)
        mask[of.index] = True
        read = descent.given(of.node, value, gradient)
        given = {name: array[of.index] if array.shape else array for name, array in read.items()}
        letters = {**LETTERS, "p": self.symbol(of), "g": self.symbol(delta)}
        rule = descent.rule(())
        formal = Formula(letters.__getitem__, {}).text(rule, SUM)
        numeric = Formula(lambda name: number_latex(given[name], self.digits), {}, self.digits).text(rule, SUM)
        new = float(descent.updated(of.node, value, gradient)[of.index])
        return Provenance(
            of, {(of.node, "delta"): mask}, (), rf"{letters['p']} \leftarrow {formal}", numeric,
            number_latex(new, self.digits),
        )  # fmt: skip

    def written(self, of: Entry, e: Expr, found: Mapping[str, Mask], value: float) -> Provenance:
        """The answer, from the entry's expression and what it reads."""
        by: dict[tuple[str, Quantity], Mask] = {}
        for name, mask in found.items():
            entry = entry_of(name, ())
            key = entry.node, entry.quantity
            by[key] = by[key] | mask if key in by else mask
        formal, numeric = self._formula(e, of)
        return Provenance(of, by, self._meetings(e, of), formal, numeric, number_latex(value, self.digits))

    def _formula(self, e: Expr, of: Entry) -> tuple[str, str]:
        """The formula in letters and in numbers, with as many terms as there is room for."""
        own = self.symbol(of)
        for most in TERMS:
            one = self._expanded(e, of, most)
            if one.depth > DEEPEST:
                continue
            if isinstance(one, Const):
                return own, ""
            text = self._text(one, self.symbol)
            if len(text) <= LONGEST:
                return f"{own} = {text}", self._text(self._gated(one), self.number, self.digits)
        return rf"{own} = \ldots", ""

    def _expanded(self, e: Expr, of: Entry, most: int) -> Expr:
        entries = Entries(self.trace.values, most, tidy=of.quantity == "delta")
        one = entries.entry(e, of.index)
        self.met.update(entries.met)
        return one

    def _text(self, e: Expr, shown: Callable[[Entry], str], digits: int | None = None) -> str:
        dots = {DOTS.name: r"\cdots", COMMA_DOTS.name: r"\ldots"}
        constants = self.trace.notation.symbol
        return Formula(lambda name: dots.get(name) or shown(self.met[name]), {}, digits, constants).text(e, SUM)

    def _gated(self, e: Expr) -> Expr:
        """The expression with its gates, 𝟙{s > 0}, as the 0 or 1 that they are."""
        if not isinstance(e, Apply):
            return e
        if e.op.name in GATES and all(name in self.met for name in variables(e)):
            return Const(evaluate(e, {name: np.asarray(self._held(self.met[name])) for name in variables(e)}))
        args = tuple(self._gated(a) for a in e.args)
        return e if args == e.args else Apply(e.op, args, e.attrs, e.shape, integer=e.integer)

    def _meetings(self, e: Expr, of: Entry) -> tuple[tuple[Entry, ...], ...]:
        """The entries of each term of the first sum in which entries meet."""
        waiting = deque([self._expanded(e, of, MOST_MEETINGS)])
        while waiting:
            top = waiting.popleft()
            if not isinstance(top, Apply):
                continue
            terms = _terms(top)
            if len(terms) > 1:
                if any(term is DOTS for term in terms):
                    return ()
                met = [self._leaves(term) for term in terms]
                several = [one for one in met if len(one) > 1]
                if len(several) > 1:
                    return tuple(several) if max(map(len, several)) <= MOST_MEETING else ()
                waiting.extend(terms)
            else:
                waiting.extend(top.args)
        return ()

    def _leaves(self, e: Expr) -> tuple[Entry, ...]:
        found: dict[Entry, None] = {}
        stack = [e]
        while stack:
            top = stack.pop()
            if isinstance(top, Var) and top.name in self.met:
                found[self.met[top.name]] = None
            elif isinstance(top, Apply):
                stack.extend(reversed(top.args))
        return tuple(found)


def _terms(e: Expr) -> list[Expr]:
    """What is added and subtracted in an expression."""
    found: list[Expr] = []
    stack = [e]
    while stack:
        top = stack.pop()
        if isinstance(top, Apply) and top.op.name in ("add", "sub"):
            stack.extend(reversed(top.args))
        else:
            found.append(top)
    return found
