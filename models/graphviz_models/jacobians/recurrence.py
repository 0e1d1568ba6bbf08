"""Recurrences in a program: their states, step by step, and gradients of shared parameters as they grow."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from graphviz_models.expr import Array
from graphviz_models.program import Program
from graphviz_models.program.types import Equation, read_only
from graphviz_models.trace import Trace

_MEMBER = re.compile(r"(.+)\[(\d+)\]")


@dataclass(frozen=True)
class Recurrence:
    """A family whose members follow from one another: x[0], x[1], …, in order."""

    family: str
    states: tuple[str, ...]

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """(state before, state after) of each step."""
        return tuple(zip(self.states, self.states[1:], strict=False))


@dataclass(frozen=True, eq=False)
class Part:
    """What one consumer adds to a parameter's gradient: `product`, from `source`; `total` is the sum so far."""

    source: str
    product: Array
    total: Array


@dataclass(frozen=True, eq=False)
class Growth:
    """The gradient of a shared parameter in the order in which it is summed: the last step first."""

    parameter: str
    parts: tuple[Part, ...]


def recurrences(program: Program) -> tuple[Recurrence, ...]:
    """Every family that is a state: member t - 1 is read in step t, and member t depends on it.

    Pre-activations, which depend on one another by way of the state, are none. The steps need not be alike: the layers
    of a network are a recurrence, too, where they are as wide as one another.
    """
    members: dict[str, dict[int, str]] = {}
    for name in program.names:
        found = _MEMBER.fullmatch(name)
        if found and program.is_real(name):
            members.setdefault(found[1], {})[int(found[2])] = name
    place = {e.name: n for n, e in enumerate(program.equations)}
    chains = []
    for family, each in members.items():
        chain: list[str] = []
        longest: list[str] = []
        for t in sorted(each):
            linked = t - 1 in each and _follows(program, place, each[t - 1], each[t], t)
            chain = [*chain, each[t]] if linked and chain else ([each[t - 1], each[t]] if linked else [])
            longest = max(longest, chain, key=len)
        if longest:
            chains.append(Recurrence(family, tuple(longest)))
    return tuple(chains)


def _follows(program: Program, place: dict[str, int], before: str, after: str, t: int) -> bool:
    if after not in place or program.shape(before) != program.shape(after):
        return False
    if not any(_step(program.equation[c]) == t for c in program.consumers[before]):
        return False
    reached = {before}
    for e in program.equations[place.get(before, -1) + 1 : place[after] + 1]:
        if any(name in reached for name in e.reads):
            reached.add(e.name)
    return after in reached


def _step(e: Equation) -> int | None:
    """The step that an equation belongs to: its loop's, else its own index."""
    if e.loop:
        return e.loop[-1][1]
    found = _MEMBER.fullmatch(e.name)
    return int(found[2]) if found else None


def shared(program: Program) -> tuple[str, ...]:
    """The parameters that several equations read, in order."""
    return tuple(n for n, g in program.given.items() if g.role == "parameter" and len(program.consumers[n]) > 1)


def growth(trace: Trace, parameter: str) -> Growth:
    """The gradient of the loss by a parameter, one part for each consumer that the loss depends on."""
    step = trace.steps[trace.backward_index[parameter]]
    total = np.zeros(step.value.shape)
    parts = []
    for c in step.contributions:
        if c.source in trace.program.ancestors:
            total = total + c.product
            parts.append(Part(c.source, c.product, read_only(total)))
    return Growth(parameter, tuple(parts))
