"""Equations with what is given: the program of one model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from graphviz_models.expr import Apply, Array, Expr, Shape, Var
from graphviz_models.forms import names_in
from graphviz_models.views import Level

if TYPE_CHECKING:
    import networkx as nx

#: Symbols of an operation that is called by its formula, r - x, and not by its place.
LONGEST_SPELLED = 7
Role = Literal["input", "target", "parameter", "activation", "output", "loss", "operation", "constant"]

MOST_SHARES = 100  # entries of a softmax that have their names in one another's derivatives


@dataclass(frozen=True, eq=False)
class Equation:
    """One node with its right-hand side.

    rhs       as typed
    local     its true form over the same names: the formula that the deltas of these names are read from
    computed  its true form, which may look through names: what is evaluated (see `stable`)
    resolved  the names that `computed` looked through
    groups    the calls of `def` it lies in, outermost first: ("cell#1",)
    within    parts of rhs that lie in other calls, each with the calls it lies in: what another def returns
    loop      the loop variables with their values, outermost first: (("t", 2),)
    origin    the node of the variables level that it belongs to
    choosers  the integer targets that have chosen entries in rhs, which does not name them
    """

    name: str
    rhs: Expr
    local: Expr
    computed: Expr
    resolved: tuple[str, ...] = ()
    line: int = 0
    column: int = 0
    groups: tuple[str, ...] = ()
    loop: tuple[tuple[str, int], ...] = ()
    origin: str = ""
    within: tuple[tuple[Expr, tuple[str, ...]], ...] = ()
    choosers: tuple[str, ...] = ()

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The distinct nodes that the right-hand side names, in order, then those that have chosen entries in it."""
        return tuple(dict.fromkeys((*names_in(self.rhs), *self.choosers)))


@dataclass(frozen=True, eq=False)
class Given:
    """A node whose value the model file gives; an integer one has no gradient."""

    name: str
    role: Literal["input", "target", "parameter"]
    value: Array
    integer: bool = False
    origin: str = ""

    @property
    def shape(self) -> Shape:
        """The shape of the value."""
        return tuple(self.value.shape)


@dataclass(frozen=True, eq=False)
class Program:
    """The equations in the order in which they run, what is given, and the name of the loss.

    `compared`, at another level than the variables: the outputs of the variables level, which have their role there.
    At the level of neurons `unread` has the entries of given arrays that nothing reads and that therefore are no nodes,
    `entries` the array and the index of every node and of those, and `unnamed` the arrays that the equations do not
    name, each with the letters that it could have.
    """

    equations: tuple[Equation, ...]
    given: Mapping[str, Given]
    constants: Mapping[str, object]
    loss: str
    level: Level = "variables"
    families: frozenset[str] = frozenset()
    entries: Mapping[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    compared: frozenset[str] | None = None
    unread: Mapping[str, Given] = field(default_factory=dict)
    unnamed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def equation(self) -> Mapping[str, Equation]:
        """Every equation by the node it defines."""
        return MappingProxyType({e.name: e for e in self.equations})

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every node: what is given, then the variables in order."""
        return (*self.given, *self.equation)

    @cached_property
    def consumers(self) -> Mapping[str, tuple[str, ...]]:
        """The equations that name each node, in order."""
        used: dict[str, list[str]] = {name: [] for name in self.names}
        for e in self.equations:
            for name in e.reads:
                used[name].append(e.name)
        return MappingProxyType({name: tuple(by) for name, by in used.items()})

    @cached_property
    def ancestors(self) -> frozenset[str]:
        """The nodes that the loss depends on, itself included."""
        found = {self.loss}
        for e in reversed(self.equations):
            if e.name in found:
                found.update(e.reads)
        return frozenset(found)

    @cached_property
    def outputs(self) -> frozenset[str]:
        """What the model computes in the end: the variables compared with a target, or what the loss is made of."""
        from .outputs import outputs

        return outputs(self) if self.compared is None else self.compared

    @cached_property
    def _softmaxes(self) -> Mapping[str, Mapping[Expr, str]]:
        found: dict[str, dict[Expr, str]] = {}
        for e in self.equations:
            if e.name in self.entries and _is_share(e.local):
                found.setdefault(self.entries[e.name][0], {})[e.local] = e.name
        return found

    def shares(self, name: str) -> Mapping[Expr, str]:
        """The entries of the softmax that the node is an entry of, by their formulas; none where there are many."""
        found = self._softmaxes.get(self.entries.get(name, ("", ()))[0], {})
        return found if len(found) <= MOST_SHARES else {}

    def shape(self, name: str) -> Shape:
        """The NumPy shape of a node's value."""
        if name in self.given:
            return self.given[name].shape
        return self.equation[name].rhs.shape

    @cached_property
    def vars(self) -> Mapping[str, Var]:
        """Every node as an expression."""
        found = {name: Var(name, g.shape, integer=g.integer) for name, g in self.given.items()}
        found.update((e.name, Var(e.name, e.rhs.shape, integer=e.rhs.integer)) for e in self.equations)
        return MappingProxyType(found)

    def var(self, name: str) -> Var:
        """The node as an expression; KeyError where there is none."""
        return self.vars[name]

    def role(self, name: str) -> Role:
        """How the node is drawn."""
        if name in self.given:
            return self.given[name].role
        if name == self.loss:
            return "loss"
        e = self.equation[name]
        if e.origin and e.origin != name and self.level == "operations":
            return "operation" if e.reads else "constant"
        if self.entries.get(name, (name, ()))[0] in self.outputs:
            return "output"
        return "activation" if e.reads else "input"  # an initial value is one, wherever the file writes it

    @cached_property
    def numbers(self) -> Mapping[str, Expr]:
        """What the constants among the operations stand for, as typed; at other levels formulas hold them."""
        if self.level != "operations":
            return MappingProxyType({})
        return MappingProxyType({e.name: e.rhs for e in self.equations if self.role(e.name) == "constant"})

    @cached_property
    def spelled(self) -> Mapping[str, Expr]:
        """What stands for nodes without a name of their own: constants, and operations as far as they are short."""
        found = dict(self.numbers)
        named: set[str] = set(self.given)
        for e in self.equations if self.level == "operations" else ():
            if not e.origin or e.origin == e.name:
                named.add(e.name)
            elif e.name not in found and all(name in named or name in found for name in e.reads):
                whole = put_in(e.rhs, found)
                if whole.size <= LONGEST_SPELLED:
                    found[e.name] = whole
        return MappingProxyType(found)

    def formula(self, name: str) -> Expr:
        """The right-hand side of a node as it is written: with the constants that it reads, not their names."""
        return put_in(self.equation[name].rhs, self.numbers)

    def is_real(self, name: str) -> bool:
        """Whether the node has a gradient."""
        return not (name in self.given and self.given[name].integer) and name not in self.numbers

    def graph(self) -> nx.DiGraph[str]:
        """The graph as NetworkX has it: nodes with `role`, `shape`, edges with `multiplicity`, times read."""
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        for name in self.names:
            graph.add_node(name, role=self.role(name), shape=self.shape(name))
        for e in self.equations:
            for name, times in {**dict.fromkeys(e.choosers, 1), **_counted(e.rhs)}.items():
                graph.add_edge(name, e.name, multiplicity=times)
        return graph

    def at_level(self, level: Level) -> Program:
        """The same model with every operation, or every scalar entry, a node of its own."""
        from .levels import at_level

        return at_level(self, level)


def put_in(e: Expr, numbers: Mapping[str, Expr]) -> Expr:
    """An operation over these expressions where it reads their names; a name alone is what it stands for."""
    if isinstance(e, Var):
        return numbers.get(e.name, e)
    if not isinstance(e, Apply) or not any(isinstance(a, Var) and a.name in numbers for a in e.args):
        return e
    args = tuple(numbers.get(a.name, a) if isinstance(a, Var) else a for a in e.args)
    return Apply(e.op, args, e.attrs, e.shape, integer=e.integer)


def _is_share(e: Expr) -> bool:
    """Whether `e` is a summand of a sum of exponentials over the sum."""
    inside = e.args[0] if isinstance(e, Apply) and e.op.name in ("exp", "sigmoid") else None
    ends = inside.args if isinstance(inside, Apply) and inside.op.name == "sub" else ()
    return any(isinstance(end, Apply) and end.op.name == "logaddexp" for end in ends)


def _counted(e: Expr) -> dict[str, int]:
    """How often each name stands in `e`; shared subtrees count each time they stand there."""
    memo: dict[int, dict[str, int]] = {}

    def count(x: Expr) -> dict[str, int]:
        if isinstance(x, Var):
            return {x.name: 1}
        if not isinstance(x, Apply):
            return {}
        if id(x) not in memo:
            total: dict[str, int] = {}
            for a in x.args:
                for name, times in count(a).items():
                    total[name] = total.get(name, 0) + times
            memo[id(x)] = total
        return memo[id(x)]

    return count(e)


def read_only(value: object) -> Array:
    """A float64 copy that cannot be written to."""
    array = np.array(value, dtype=np.float64)
    array.flags.writeable = False
    return array
