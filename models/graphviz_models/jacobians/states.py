"""Derivatives with states held fixed: ∂⁺ as the sheets of recurrent networks mean it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

import numpy as np

from graphviz_models.calculus import jacobian
from graphviz_models.expr import Array
from graphviz_models.program import Program
from graphviz_models.program.types import Given


def held_fixed(program: Program, nodes: Iterable[str], values: Mapping[str, Array]) -> Program:
    """`program` with these nodes given at `values`, as inputs: no derivative passes through them."""
    held = {name for name in nodes if name in program.equation}
    given = {**program.given, **{name: Given(name, "input", values[name]) for name in program.equation if name in held}}
    equations = tuple(
        replace(e, computed=e.local, resolved=()) if _looks_behind(program, e.resolved, held) else e
        for e in program.equations
        if e.name not in held
    )
    return replace(program, equations=equations, given=given)


def immediate_in_step(program: Program, of: str, wrt: str, before: Iterable[str], values: Mapping[str, Array]) -> Array:
    """∂⁺of/∂wrt of shape (*of, *wrt) with the nodes `before`, the state before the step, held fixed.

    What lies between the two states within the step, as pre-activations do, is not held. Source: Exercise Sheet 8, 3 d.
    """
    with np.errstate(all="ignore"):
        return jacobian(held_fixed(program, before, values), of, wrt, values)


def _looks_behind(program: Program, resolved: Iterable[str], held: Container[str]) -> bool:
    """Whether something that is computed without these names was computed without a held one."""
    waiting, seen = list(resolved), set()
    while waiting:
        name = waiting.pop()
        if name in held:
            return True
        if name not in seen:
            seen.add(name)
            waiting.extend(program.equation[name].resolved)
    return False
