"""How much a model costs: parameters, multiplications of backpropagation against the sum over paths, paths.

Counted on the scalar graph by dynamic programming over whole numbers, so that any number of paths is exact (Assignment
3, question 3). Given are the deltas of what the loss's own equation reads; the gradients of the parameters alone are
wanted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from graphviz_models.expr import Apply, Expr, Var
from graphviz_models.problem import Problem, Problems
from graphviz_models.program import Program
from graphviz_models.program.neurons import MOST_NODES, scalars

#: Operations whose local derivatives are 1 or -1.
FREE = frozenset({"add", "sub", "neg"})


@dataclass(frozen=True)
class Cost:
    """Whole numbers, however large.

    parameters  scalar entries under [parameters]
    backward    multiplications with every delta stored: one for each scalar edge whose local derivative is not ±1
    path_sum    multiplications where every delta of an activation is the sum over its paths of the product of the
                edges' derivatives, then two for each use of a weight
    paths       paths from parameters to the loss
    """

    parameters: int
    backward: int
    path_sum: int
    paths: int


def cost(program: Program) -> Cost:
    """The cost of one gradient of all parameters; raises Problems where the scalar graph passes 100,000 nodes."""
    entries = sum(math.prod(program.shape(name)) for name in program.names)
    try:
        if entries > MOST_NODES:
            raise Problems
        graph = _Scalars(scalars(program))
    except Problems:
        said = f"the scalar graph has more than {MOST_NODES:,} nodes, too many to count: give the arrays fewer entries"
        raise Problems(Problem(0, 0, said)) from None
    parameters = sum(math.prod(g.shape) for g in program.given.values() if g.role == "parameter")
    return Cost(parameters, graph.backward(), graph.path_sum(), graph.paths())


class _Scalars:
    """The scalar graph of a program, as far as parameters reach the loss."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.weights = {n for n, g in program.given.items() if g.role == "parameter"}
        self.live = set(self.weights)
        for e in program.equations:
            if any(n in self.live for n in e.reads):
                self.live.add(e.name)
        self.live &= program.ancestors
        self.loss = program.equation[program.loss]
        self.below = [e for e in program.equations if e.name in self.live and e.name != program.loss]
        self.reads = {e.name: times_read(e.rhs) for e in [*self.below, self.loss]}
        self.joined = self._joined()

    def _joined(self) -> frozenset[str]:
        """Pre-activations: read once, by a function of nothing else. Their edge counts with the activation's own."""
        users: dict[str, list[str]] = {}
        for e in self.below:
            for n, times in self.reads[e.name].items():
                users.setdefault(n, []).extend([e.name] * times)
        at_loss = self.reads[self.loss.name]
        found = set()
        for e in self.below:
            by = users.get(e.name, [])
            if len(by) == 1 and e.name not in at_loss:
                others = [n for n in self.reads[by[0]] if n in self.live]
                if others == [e.name]:
                    found.add(e.name)
        return frozenset(found)

    def backward(self) -> int:
        return sum(_edges(e.rhs, self.live) for e in self.below)

    def _counts(self, at_loss: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
        """For every node the paths from it to what the loss reads, with their edges in all."""
        paths: dict[str, int] = dict(at_loss)
        lengths: dict[str, int] = {}
        for e in reversed(self.below):
            own, own_length = paths.get(e.name, 0), lengths.get(e.name, 0)
            for n, times in self.reads[e.name].items():
                if n in self.live:
                    step = 0 if n in self.joined else own
                    paths[n] = paths.get(n, 0) + times * own
                    lengths[n] = lengths.get(n, 0) + times * (own_length + step)
        return paths, lengths

    def path_sum(self) -> int:
        _, lengths = self._counts(dict.fromkeys(self.reads[self.loss.name], 1))
        deltas = sum(lengths.get(e.name, 0) for e in self.below if e.name not in self.joined)
        uses = sum(times for e in self.below for n, times in self.reads[e.name].items() if n in self.weights)
        return deltas + 2 * uses

    def paths(self) -> int:
        paths, _ = self._counts(self.reads[self.loss.name])
        return sum(paths.get(n, 0) for n in self.weights)


def times_read(e: Expr) -> dict[str, int]:
    """How often each name stands in `e`."""
    found: dict[str, int] = {}
    stack = [e]
    while stack:
        top = stack.pop()
        if isinstance(top, Var):
            found[top.name] = found.get(top.name, 0) + 1
        elif isinstance(top, Apply):
            stack.extend(top.args)
    return found


def _edges(e: Expr, live: set[str]) -> int:
    """The edges inside one equation that a delta passes and is multiplied at."""
    count = 0

    def reaches(x: Expr) -> bool:
        nonlocal count
        if isinstance(x, Var):
            return x.name in live
        if not isinstance(x, Apply):
            return False
        below = [reaches(a) for a in x.args]
        if x.op.name not in FREE:
            count += sum(below)
        return any(below)

    reaches(e)
    return count


__all__ = ["FREE", "Cost", "cost", "times_read"]
