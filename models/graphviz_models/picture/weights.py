"""Weights drawn on edges: scalar parameters that do nothing but multiply what comes along one edge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from graphviz_models.expr import Apply, Expr, Var
from graphviz_models.program import Program


@dataclass(frozen=True, slots=True)
class Weight:
    """`parameter` multiplies `source` in the equation of `target`, and is used nowhere else."""

    parameter: str
    source: str
    target: str


def weights(program: Program) -> dict[str, Weight]:
    """At the level of neurons every parameter entry that only multiplies one node, once; {} at other levels."""
    if program.level != "neurons":
        return {}
    found: dict[str, Weight] = {}
    taken: set[tuple[str, str]] = set()
    for name, given in program.given.items():
        if given.role != "parameter" or program.shape(name) != ():
            continue
        consumers = program.consumers.get(name, ())
        if len(consumers) != 1:
            continue
        partners = _partners(program.equation[consumers[0]].rhs, name)
        if len(partners) != 1 or partners[0] is None or (partners[0], consumers[0]) in taken:
            continue
        if program.role(partners[0]) != "parameter":
            taken.add((partners[0], consumers[0]))
            found[name] = Weight(name, partners[0], consumers[0])
    return found


def largest(program: Program, weights: Iterable[str]) -> int:
    """How many of these weights the array has that has the most of them."""
    return max(Counter(program.given[name].origin for name in weights).values(), default=0)


def settled(program: Program) -> frozenset[str]:
    """Integer targets that nothing reads at the level of neurons: the entries that they choose are in the formulas."""
    if program.level != "neurons":
        return frozenset()
    return frozenset(name for name, given in program.given.items() if given.integer and not program.consumers.get(name))


def _partners(expression: Expr, name: str) -> list[str | None]:
    """For every use of `name`: the node it is multiplied with, None where it is used otherwise."""
    found: list[str | None] = []
    stack: list[tuple[Expr, str | None]] = [(expression, None)]
    while stack:
        top, partner = stack.pop()
        if isinstance(top, Var):
            if top.name == name:
                found.append(partner)
        elif isinstance(top, Apply):
            names = [part.name if isinstance(part, Var) else None for part in top.args]
            product = top.op.name == "mul"
            stack.extend((part, names[1 - k] if product else None) for k, part in enumerate(top.args))
    return found
