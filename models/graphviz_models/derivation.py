"""The line that a step writes on the board: the rule, what is put in, the numbers, the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .calculus import Term, as_written, gathered
from .expr import SUM, Apply, Array, Const, Expr, evaluate, variables
from .notation import operand
from .optimizers import LETTERS
from .read import LONGEST, Formula, Symbol, array_latex
from .trace import Step, Trace

#: A sum of more terms than this is shown by its first ones and its last.
MOST_TERMS = 6
MOST_ENTRIES = 12
#: Operations that let a delta through or not.
GATES = ("step", "above", "within")


@dataclass(frozen=True)
class Derivation:
    """One step in LaTeX.

    formal       what is computed, by its rule: δ₁ = ∂L/∂h₁ = g·∂y/∂h₁ + δ₂·∂h₂/∂h₁
    substituted  the local derivatives put in: g + δ₂(1 - tanh²(h₁))
    numeric      the numbers put in, empty where there would be too many
    result       the value
    """

    formal: str
    substituted: str
    numeric: str
    result: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that are there, each once."""
        return tuple(dict.fromkeys(p for p in (self.formal, self.substituted, self.numeric, self.result) if p))

    @property
    def line(self) -> str:
        """All of it, in one line."""
        return " = ".join(self.parts)


Tag = Callable[[str, str], str]


def derivation(trace: Trace, index: int, digits: int = 4, tag: Tag | None = None) -> Derivation:
    """The derivation of step `index`; `tag(node, latex)` may mark every symbol with its node (for hovering)."""
    step = trace.steps[index]
    writer = _Writer(trace, digits, tag or (lambda node, latex: latex))
    if step.phase == "forward":
        return writer.forward(step)
    return writer.backward(step) if step.phase == "backward" else writer.update(step)


def local_latex(trace: Trace, source: str, node: str) -> str | None:
    """The local derivative ∂source/∂node as a formula, where it is one factor: scalars, entry by entry; else None."""
    e = trace.program.equation[source]
    shape = trace.program.shape(node)
    if e.rhs.shape != shape or not _entrywise(e.local):
        return None
    factor = gathered(e.local, Const(np.ones(shape)) if shape else Const(1.0)).get(node)
    if factor is None:
        return None
    symbol, known = trace.notation.symbol, _known(trace, source)
    formula = Formula(symbol, known, None, symbol, trace.program.spelled)
    text = formula.text(Term(source, factor, e.local).written, SUM)
    return text if len(text) <= LONGEST else None


def _entrywise(e: Expr) -> bool:
    return not isinstance(e, Apply) or (e.op.elementwise and all(map(_entrywise, e.args)))


def _known(trace: Trace, *nodes: str) -> Mapping[Expr, str]:
    """The nodes by their formulas; of an entry of a softmax, the other entries, too."""
    found: dict[Expr, str] = {}
    for n in nodes:
        e = trace.program.equation.get(n)
        if e is not None and isinstance(e.local, Apply):
            found |= {**trace.program.shares(n), e.local: n}
    return found


class _Writer:
    def __init__(self, trace: Trace, digits: int, tag: Tag) -> None:
        self.trace = trace
        self.digits = digits
        self.tag = tag
        self.rows = False  # whether vectors are rows
        self.turned: frozenset[str] = frozenset()  # but for these, which are transposed

    def symbol(self, name: str) -> str:
        node = name.removeprefix("∂").removeprefix("~")
        if name.startswith("∂"):
            return self.tag(node, self.trace.notation.delta(node))
        return self.tag(node, self.trace.notation.symbol(node))

    def _held(self, name: str) -> Array:
        node = name.removeprefix("∂").removeprefix("~")
        return np.asarray(self.trace.delta_shown(node) if name.startswith("∂") else self.trace.values[node])

    def number(self, name: str) -> str:
        """The number that stands for a name; a large array keeps its symbol."""
        value = self._held(name)
        return self._array(value, name) if value.size <= MOST_ENTRIES else self.symbol(name)

    def _array(self, value: Array, name: str = "") -> str:
        row = self.rows and value.ndim == 1 and name not in self.turned
        return array_latex(value[None] if row else value, self.digits)

    def _delta(self, node: str) -> str:
        return self.symbol("∂" + node)

    def _fraction(self, of: str, by: str, kind: str = "") -> str:
        return rf"\frac{{\partial{kind} {operand(self.symbol(of))}}}{{\partial {operand(self.symbol(by))}}}"

    def _below(self, node: str, sources: Sequence[str]) -> frozenset[str]:
        """The nodes that depend on a node, as far as the last of its consumers."""
        order = self.trace.forward_index
        first, last = order.get(node, -1) + 1, max(order[source] for source in sources)
        found = {node}
        for step in self.trace.steps[first:last]:
            if any(n in found for n in step.reads):
                found.add(step.node)
        return frozenset(found - {node})

    def forward(self, step: Step) -> Derivation:
        e = self.trace.program.formula(step.node)
        unnamed = step.node in self.trace.program.spelled
        formal = self._text(e, self.symbol) if unnamed else f"{self.symbol(step.node)} = {self._text(e, self.symbol)}"
        self.rows, self.turned = _from_the_left(e), _turned(e)
        numeric = "" if isinstance(e, Const) else self._numbers(e)
        return Derivation(formal, "", numeric, self._array(step.value))

    def backward(self, step: Step) -> Derivation:
        node, program = step.node, self.trace.program
        own, fraction = self._delta(node), self._fraction(program.loss, node)
        head = (
            own
            if self.trace.notation.delta(node) == self.trace.notation.delta_fraction(node)
            else f"{own} = {fraction}"
        )
        found = self.trace.deltas.get(node)
        if node == program.loss:
            return Derivation(head, "", "", "1")
        if found is None or not found.terms:
            return Derivation(head, "", "", array_latex(step.shown, self.digits))
        below = self._below(node, [t.source for t in found.terms])
        chain = self._elided([self._link(t.source, node, below) for t in found.terms])
        formal = head if chain == fraction else f"{head} = {chain}"
        known = _known(self.trace, *(t.source for t in _ends(list(found.terms))))
        shown = [
            self._shown(typed, true, step) for typed, true in _ends(list(zip(found.written, found.terms, strict=True)))
        ]
        put_in = self._sum(shown, self.symbol, len(found.terms), known)
        gated = [self._gated(p) for p in shown]
        numbers = self._sum(gated, self.number, len(found.terms), known, self.digits)
        few = sum(int(np.prod(p.shape)) for p in shown) <= 4 * MOST_ENTRIES
        return Derivation(
            formal, put_in, numbers if few and len(numbers) <= LONGEST * 4 else "",
            array_latex(step.shown, self.digits),
        )  # fmt: skip

    def _shown(self, typed: Term, true: Term, step: Step) -> Expr:
        """A term in the sheet's own names, as long as their numbers make what it really is."""
        with np.errstate(all="ignore"):
            made = evaluate(typed.product, {name: self._held(name) for name in variables(typed.product)})
        sent = next((part.product for part in step.contributions if part.source == true.source), made)
        return typed.product if np.allclose(made, sent, rtol=1e-6, atol=1e-12) else as_written(true.product)

    def _link(self, source: str, node: str, below: frozenset[str]) -> str:
        """One summand of the formal chain rule: δ₂·∂h₂/∂h₁; ∂⁺ where the node reaches the consumer otherwise, too."""
        reads = self.trace.program.equation[source].reads
        immediate = any(n != node and n in below for n in reads)
        fraction = self._fraction(source, node, "^{+}" if immediate else "")
        if source == self.trace.program.loss:
            return fraction
        return rf"{self._delta(source)} \cdot {fraction}"

    def _elided(self, terms: list[str]) -> str:
        if len(terms) > MOST_TERMS:
            return " + ".join([*terms[:3], r"\cdots", terms[-1]])
        return " + ".join(terms)

    def _sum(
        self, shown: list[Expr], symbol: Symbol, total: int, known: Mapping[Expr, str], digits: int | None = None
    ) -> str:
        texts = [self._text(p, symbol, known, digits) for p in shown]
        if total > MOST_TERMS:
            texts.insert(3, r"\cdots")
        out = texts[0]
        for text in texts[1:]:
            out += f" - {text[1:].lstrip()}" if text.startswith("-") else f" + {text}"
        return out

    def _gated(self, e: Expr) -> Expr:
        """The expression with the gates of small arrays, 𝟙{s > 0}, as the zeros and ones that they are."""
        if not isinstance(e, Apply) or not e.shape:
            return e
        if e.op.name in GATES and int(np.prod(e.shape)) <= MOST_ENTRIES:
            with np.errstate(all="ignore"):
                return Const(evaluate(e, {name: self._held(name) for name in variables(e)}))
        args = tuple(self._gated(a) for a in e.args)
        return e if args == e.args else Apply(e.op, args, e.attrs, e.shape, integer=e.integer)

    def _text(self, e: Expr, symbol: Symbol, known: Mapping[Expr, str] | None = None, digits: int | None = None) -> str:
        if e.size > LONGEST:
            return r"\ldots"
        constants, spelled, known = self.trace.notation.symbol, self.trace.program.spelled, known or {}
        if digits is None:
            return Formula(symbol, known, None, constants, spelled).text(e, SUM)
        said = Formula(self.symbol, known, None, constants, spelled)
        return Formula(symbol, known, digits, constants, {}, said).text(e, SUM)  # numbers are those of the nodes

    def _numbers(self, e: Expr) -> str:
        text = self._text(e, self.number, digits=self.digits)
        return "" if len(text) > 4 * LONGEST else text

    def update(self, step: Step) -> Derivation:
        """The optimizer's rule for a parameter: w ← w - α ∂L/∂w."""
        node, descent = step.node, self.trace.descent
        assert descent is not None
        value, gradient = self.trace.values[node], self.trace.gradients[node]
        rule, given = descent.rule(value.shape), descent.given(node, value, gradient)
        letters = {**LETTERS, "p": self.symbol(node), "g": self._delta(node)}

        def number(name: str) -> str:
            large = given[name].size > MOST_ENTRIES
            return letters[name] if large else array_latex(given[name], self.digits)

        formal = rf"{letters['p']} \leftarrow {self._text(rule, letters.__getitem__)}"
        numeric = self._text(rule, number, digits=self.digits)
        shown = "" if len(numeric) > 4 * LONGEST else numeric
        return Derivation(formal, "", shown, array_latex(step.value, self.digits))


def _from_the_left(e: Expr) -> bool:
    """Whether a vector is multiplied by a matrix from the left, x W: it is a row then, and so is all that is added."""
    if not isinstance(e, Apply):
        return False
    row = e.op.name == "matmul" and len(e.args[0].shape) == 1 and len(e.shape) == 1
    return row or any(map(_from_the_left, e.args))


def _turned(e: Expr) -> frozenset[str]:
    """The vectors that are transposed."""
    if not isinstance(e, Apply):
        return frozenset()
    if e.op.name == "transpose" and len(e.shape) == 1:
        return frozenset(variables(e))
    return frozenset().union(*map(_turned, e.args))


def _ends(terms: list[Expr] | list) -> list:  # type: ignore[type-arg]
    """The terms that are shown of a long sum."""
    return terms if len(terms) <= MOST_TERMS else [*terms[:3], terms[-1]]
