"""Single paths from a parameter to the loss, each with the product of its edges' derivatives.

On the scalar graph; edges between the same two nodes count as one, whose derivative is the sum of theirs. The products
of all paths from a parameter then add up to its gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from graphviz_models.calculus import jacobian
from graphviz_models.problem import Problem, Problems
from graphviz_models.program import Program
from graphviz_models.program.neurons import neurons
from graphviz_models.trace import run


@dataclass(frozen=True)
class Link:
    """One edge: the derivative of `target` by `source`, all other nodes held fixed."""

    source: str
    target: str
    slope: float


@dataclass(frozen=True)
class Path:
    """A path of scalar nodes, from a parameter to the loss.

    nodes      their names, as the neurons level has them: W[1][0,2], h[1][0], …
    origins    the variables they are entries of
    product    of all slopes
    beside     how many paths there are from this parameter, this one included
    gradient   of this parameter: the sum of the products of all these paths
    """

    nodes: tuple[str, ...]
    origins: tuple[str, ...]
    links: tuple[Link, ...]
    product: float
    beside: int
    gradient: float


class Paths:
    """All paths from parameters to the loss, in an order; none of them is written down before it is asked for."""

    def __init__(self, program: Program, values: Mapping[str, Any] | None = None) -> None:
        """From a program at the variables level; `values` replaces those of given nodes.

        Raises Problems where the scalar graph passes 100,000 nodes.
        """
        given = {name: np.asarray((values or {}).get(name, g.value)) for name, g in program.given.items()}
        self._program = neurons(program, apart=True)
        entries = self._program.entries
        scalar = {name: given[entries[name][0]][entries[name][1]] for name in self._program.given}
        self._trace = run(self._program, values=scalar)
        self._counts = self._counted()
        weights = [name for name, g in self._program.given.items() if g.role == "parameter"]
        self._starts = [name for name in weights if self._counts.get(name)]

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self._counts[name] for name in self._starts)

    def path(self, number: int) -> Path:
        """Path `number`, counted from 0. Raises Problems beyond the last one."""
        rest = number
        for start in self._starts:
            if 0 <= rest < self._counts[start]:
                return self._from(start, rest)
            rest -= self._counts[start]
        raise Problems(Problem(0, 0, f"there is no path {number}: choose one from 0 to {self.total - 1}"))

    def _counted(self) -> dict[str, int]:
        """For every node the paths from it to the loss."""
        counts = {self._program.loss: 1}
        for e in reversed(self._program.equations):
            own = counts.get(e.name, 0)
            for name in e.reads if own else ():
                if self._program.is_real(name):
                    counts[name] = counts.get(name, 0) + own
        return counts

    def _from(self, start: str, rest: int) -> Path:
        nodes = [start]
        while nodes[-1] != self._program.loss:
            for target in self._program.consumers[nodes[-1]]:
                count = self._counts.get(target, 0)
                if rest < count:
                    nodes.append(target)
                    break
                rest -= count
        links = tuple(Link(a, b, self._slope(b, a)) for a, b in pairwise(nodes))
        product = 1.0
        for link in links:
            product *= link.slope
        entries = self._program.entries
        return Path(
            tuple(nodes),
            tuple(entries[name][0] for name in nodes),
            links,
            product,
            self._counts[start],
            float(self._trace.gradients[start]),
        )

    def _slope(self, of: str, wrt: str) -> float:
        with np.errstate(all="ignore"):
            return float(jacobian(self._program, of, wrt, self._trace.values, immediate=True))


__all__ = ["Link", "Path", "Paths"]
