"""Sums over the steps: chains of additions behind a recurrence that add up one of its nodes, step by step."""

from __future__ import annotations

from collections.abc import Mapping

from graphviz_models.expr import Apply, Var
from graphviz_models.program import Program

from .recurrence import Recurrence


def sums(program: Program, steps: Recurrence) -> dict[str, tuple[str, ...]]:
    """The last addition of every chain that adds up a node in all steps, each step once, with those before it.

    Where the recurrence is folded such a chain is one node: the sum over t of what every one of its additions reads.
    """
    if program.level != "operations":
        return {}
    chains: dict[str, tuple[str, ...]] = {}  # by an addition: those before it
    added: dict[str, tuple[str, frozenset[str]]] = {}  # the slot, and which of its members have been added up
    for equation in program.equations:
        rhs = equation.rhs
        if equation.name in steps.turn or not isinstance(rhs, Apply) or rhs.op.name != "add" or len(rhs.args) != 2:
            continue
        parts = [_part(arg.name, program, steps, added) for arg in rhs.args if isinstance(arg, Var)]
        if len(parts) < 2 or None in parts:
            continue
        (slot, some), (same, others) = (part for part in parts if part is not None)
        if slot == same and not some & others:
            added[equation.name] = slot, some | others
            before = [name for name in equation.reads if name in chains]
            chains[equation.name] = (*(one for name in before for one in chains[name]), *before)
    wholes = {slot.name: len(slot.members) for slot in steps.slots}
    return {name: before for name, before in chains.items() if len(added[name][1]) == wholes[added[name][0]]}


def _part(
    name: str, program: Program, steps: Recurrence, added: Mapping[str, tuple[str, frozenset[str]]]
) -> tuple[str, frozenset[str]] | None:
    """What a summand is a sum of: itself, where it is a node of a step, or what has been added up before."""
    if name in steps.slot:
        return steps.slot[name].name, frozenset({name})
    return added.get(name) if program.role(name) == "operation" and len(program.consumers[name]) == 1 else None
