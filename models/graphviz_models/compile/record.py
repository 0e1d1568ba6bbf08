"""What one training iteration computed: every node's value and gradient, as a trace of it would have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graphviz_models.calculus import Delta, carried_name, delta_name, deltas, sum_of
from graphviz_models.expr import Array, evaluate
from graphviz_models.program import Program


@dataclass(frozen=True, eq=False)
class Recorded:
    """Values and gradients by node, in the nodes' shapes, at the parameters before the update."""

    program: Program
    values: Mapping[str, Array]
    gradients: Mapping[str, Array]


def completed(program: Program, found: Mapping[str, Array]) -> Recorded:
    """The record of all nodes from what an iteration kept: values by node, deltas by their names in expressions."""
    env: dict[str, Array] = {name: given.value for name, given in program.given.items()}
    env.update(found)
    with np.errstate(all="ignore"):
        for e in program.equations:
            if e.name not in env:
                env[e.name] = np.asarray(evaluate(e.computed, env))
        for d in deltas(program):
            _complete(program, d, env)
    zero = {n: np.zeros(program.shape(n)) for n in program.names if program.is_real(n)}
    return Recorded(
        program, {n: env[n] for n in program.names}, {n: env.get(delta_name(n), nothing) for n, nothing in zero.items()}
    )


def _complete(program: Program, d: Delta, env: dict[str, Array]) -> None:
    own = delta_name(d.of)
    if d.of == program.loss:
        env[own] = np.ones(())
    elif own not in env:
        terms = [t.product for t in d.true_terms]
        env[own] = sum_of(terms, env) if terms else np.zeros(program.shape(d.of))
    if d.carried is not None and carried_name(d.of) not in env:
        env[carried_name(d.of)] = sum_of(d.carried, env) if d.carried else np.zeros(program.shape(d.of))
