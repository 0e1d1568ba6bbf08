"""Layers that a sheet does not name: the logits of softmax(W @ x + b), the hidden units of v @ tanh(W @ x).

At the neurons level they are nodes, as a lecturer draws them; without them every entry of the result would read every
weight.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from graphviz_models.expr import Apply, Expr, Var, variables
from graphviz_models.notation import Notation, symbol

from .types import Equation, Program

#: Operations that weigh the entries of one operand with those of another.
PRODUCTS = frozenset({"matmul", "convolve", "correlate"})
#: Functions every entry of whose result reads many entries.
MIXING = frozenset("softmax log_softmax logsumexp logsumexp_weighted norm var std max min prod cumsum".split())
STRUCTURE = frozenset("transpose reshape concatenate stack diag broadcast_to flip index".split())
#: The last operations of a pre-activation; any other one makes an activation of it.
AFFINE = frozenset({"add", "sub", "neg", "mul", "div", "sum", "mean"}) | PRODUCTS
PRE_ACTIVATION, ACTIVATION = ("z", "s", "u", "v"), ("a", "h", "r", "q")
IN_STEPS = PRE_ACTIVATION[1:]  # beside delays z means another thing
_WORDS = re.compile(r"\\(?:mathrm|text|operatorname)\{[^{}]*\}|\\[A-Za-z]+")


def with_layers(program: Program) -> Program:
    """`program` with its unnamed layers as equations of their own: those of p are p#1, p#2, …"""
    found: list[Equation] = []
    unnamed: dict[str, tuple[str, ...]] = {}
    for e in program.equations:
        split = _Split(program, e)
        rhs = split.rhs()
        found += split.layers
        unnamed.update((layer.name, _letters(layer)) for layer in split.layers)
        found.append(replace(e, rhs=rhs) if split.layers else e)
    if not unnamed:
        return program
    return replace(program, equations=tuple(found), unnamed=unnamed, compared=program.outputs)


def lettered(notation: Notation, program: Program) -> Notation:
    """The notation with a letter for every unnamed layer of the program, as far as there are any that are free.

    Layers of one kind, those of the members of a family and of the calls of a function, have one letter; where an
    equation has several, they are numbered: a^{(1)}, a^{(2)}.
    """
    if not program.unnamed:
        return notation
    arrays = {program.entries[name][0] for name in program.names} - program.unnamed.keys()
    used = [*map(notation.symbol, arrays), *map(symbol, program.constants), *notation.deltas.values()]
    taken = set(re.findall(r"[A-Za-z]", _WORDS.sub("", " ".join(used))))
    kinds: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
    for name, letters in program.unnamed.items():
        owner, _, number = name.rpartition("#")
        kinds.setdefault((_parts(owner)[0], letters), {})[number] = None
    chosen: dict[tuple[str, tuple[str, ...]], str] = {}
    for kind in kinds:
        letter = next((one for one in kind[1] if one not in taken), None)
        if letter is not None:
            taken.add(letter)
            chosen[kind] = letter
    symbols: dict[str, str] = {}
    for name, letters in program.unnamed.items():
        owner, _, number = name.rpartition("#")
        base, index = _parts(owner)
        kind = base, letters
        if kind in chosen:
            numbers = list(kinds[kind])
            raised = rf"^{{({numbers.index(number) + 1})}}" if len(numbers) > 1 else ""
            symbols[name.rpartition(".")[2]] = symbol(chosen[kind] + index) + raised
    return replace(notation, symbols={**symbols, **notation.symbols})


def between(program: Program, start: str, end: str) -> tuple[str, ...]:
    """The neurons of unnamed layers on a shortest way from one node to another; none where there is no such way."""
    after: dict[str, str] = {}
    waiting = [end]
    for node in waiting:
        reads = program.equation[node].reads if node in program.equation else ()
        if start in reads:
            way: list[str] = []
            at = node
            while at != end:
                way.append(at)
                at = after[at]
            return tuple(way)
        for read in reads:
            if read not in after and program.entries[read][0] in program.unnamed:
                after[read] = node
                waiting.append(read)
    return ()


def _parts(owner: str) -> tuple[str, str]:
    """The name of a variable without the call that it is inside of, and its index as a member: h and [1]."""
    base, bracket, index = owner.rpartition(".")[2].partition("[")
    return base, bracket + index


def _letters(layer: Equation) -> tuple[str, ...]:
    if isinstance(layer.rhs, Apply) and layer.rhs.op.name in AFFINE:
        return IN_STEPS if layer.loop else PRE_ACTIVATION
    return ACTIVATION


class _Split:
    """The right-hand side of one equation, taken apart at its layers."""

    def __init__(self, program: Program, equation: Equation) -> None:
        self.program = program
        self.equation = equation
        self.layers: list[Equation] = []
        self.named: dict[Expr, Var] = {}
        self.done: dict[int, Expr] = {}
        self.weighed: dict[int, bool] = {}
        self.times = Counter(self._distinct(equation.rhs))
        self.calls = _calls(equation)

    def rhs(self) -> Expr:
        """What is left of it; `layers` are the equations that it was taken apart into."""
        return self._taken(self.equation.rhs)

    def _distinct(self, e: Expr) -> Iterator[Expr]:
        """Every place where a layer stands, those within a layer that has stood before left out."""
        seen: set[Expr] = set()
        stack = [e]
        while stack:
            top = stack.pop()
            if not isinstance(top, Apply) or not self._weighs(top):
                continue
            if _several(top):
                yield top
            if top not in seen:
                seen.add(top)
                stack.extend(top.args)

    def _weighs(self, e: Expr) -> bool:
        """Whether an entry of it is a sum of products, or reads many entries otherwise."""
        if not isinstance(e, Apply):
            return False
        if id(e) not in self.weighed:
            name = e.op.name
            own = name in PRODUCTS or (name in (*MIXING, "sum", "mean") and _several(e))
            self.weighed[id(e)] = own or any(map(self._weighs, e.args))
        return self.weighed[id(e)]

    def _taken(self, e: Expr) -> Expr:
        if not isinstance(e, Apply) or not e.args:
            return e
        if id(e) not in self.done:
            mixes = e.op.name in MIXING or e.op.name in PRODUCTS
            args: list[Expr] = []
            for place, a in enumerate(e.args):
                args.append(self._peeled(e, place, a) if mixes else self._repeated(a))
            same = all(a is b for a, b in zip(args, e.args, strict=True))
            self.done[id(e)] = e if same else Apply(e.op, tuple(args), e.attrs, e.shape, integer=e.integer)
        return self.done[id(e)]

    def _repeated(self, a: Expr) -> Expr:
        """A layer that stands in the equation more than once: e^u of e^u/Σe^u."""
        if isinstance(a, Apply) and self.times.get(a, 0) > 1 and a.op.name not in STRUCTURE:
            return self._named(a)
        return self._taken(a)

    def _peeled(self, e: Apply, place: int, a: Expr) -> Expr:
        """An operand, what moves its entries about left as it is."""
        if isinstance(a, Apply) and a.op.name in STRUCTURE:
            moved = len(a.args) if a.op.name != "index" else 1
            args = tuple(self._peeled(e, place, x) if i < moved else x for i, x in enumerate(a.args))
            return Apply(a.op, args, a.attrs, a.shape, integer=a.integer)
        return self._named(a) if isinstance(a, Apply) and self._is_layer(e, place, a) else self._repeated(a)

    def _is_layer(self, e: Apply, place: int, a: Apply) -> bool:
        if not _several(a):
            return False
        if e.op.name in MIXING:
            whole = sum(math.prod(v.shape) == math.prod(a.shape) for v in variables(a).values())
            return self._weighs(a) or (e.op.name in ("softmax", "log_softmax") and whole > 1)
        if not self._weighs(a):
            return False
        return a.op.name not in AFFINE or (_uses(e, place) > 1 and self._is_signal(a))

    def _is_signal(self, a: Expr) -> bool:
        """Whether it depends on more than parameters: a product of weights is a weight."""
        given = self.program.given
        return any(name not in given or given[name].role != "parameter" for name in variables(a))

    def _named(self, a: Apply) -> Var:
        if a not in self.named:
            rhs = self._taken(a)
            e = self.equation
            name = f"{e.name}#{len(self.layers) + 1}"
            groups = self.calls.get(id(a), e.groups)
            self.layers.append(replace(e, name=name, rhs=rhs, groups=groups, within=(), origin=e.origin or e.name))
            self.named[a] = Var(name, a.shape, integer=a.integer)
        return self.named[a]


def _calls(e: Equation) -> dict[int, tuple[str, ...]]:
    """The calls that parts of a right-hand side lie in, by the part's id, where these are others than its own."""
    inside = {id(part): groups for part, groups in e.within}
    found: dict[int, tuple[str, ...]] = {}
    stack = [(e.rhs, e.groups)] if inside else []
    while stack:
        top, outer = stack.pop()
        groups = inside.get(id(top), outer)
        if id(top) not in found and isinstance(top, Apply):
            found[id(top)] = groups
            stack.extend((a, groups) for a in top.args)
    return found


def _several(e: Expr) -> bool:
    return math.prod(e.shape) > 1


def _uses(e: Apply, place: int) -> int:
    """In how many entries of a product an entry of one of its operands stands."""
    if e.op.name != "matmul":
        return 2
    other = e.args[1 - place].shape
    return 1 if len(other) < 2 else other[-1] if place == 0 else other[-2]
