"""Jacobians between any two nodes, total or immediate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from graphviz_models.calculus.chain import carried_name, delta_name, deltas, feeding
from graphviz_models.calculus.products import gathered
from graphviz_models.expr import Array, Expr, Var, evaluate, variables
from graphviz_models.problem import Problem, Problems
from graphviz_models.program import Program

MOST_JACOBIAN = 10**7


def jacobian(program: Program, of: str, wrt: str, values: Mapping[str, Array], *, immediate: bool = False) -> Array:
    """The derivative of node `of` by node `wrt` at `values`, of shape (*of, *wrt).

    Total by default; `immediate` (∂⁺) holds all other nodes fixed. Raises Problems for an unknown node, an integer one,
    or more than 10^7 entries.
    """
    for name in (of, wrt):
        if name not in program.names:
            raise Problems(Problem(0, 0, f"{name} is no node of the model: {_some(program)}"))
        if not program.is_real(name):
            raise Problems(
                Problem(0, 0, f"{name} is {_fixed(program, name)} and has no derivative: choose a real node")
            )
    shape = (*program.shape(of), *program.shape(wrt))
    rows, columns = int(np.prod(program.shape(of))), int(np.prod(program.shape(wrt)))
    if rows * columns > MOST_JACOBIAN:
        raise Problems(
            Problem(0, 0, f"this Jacobian has {rows * columns:,} entries: choose nodes with at most {MOST_JACOBIAN:,}")
        )
    if of == wrt:
        return np.eye(rows).reshape(shape)
    out = np.zeros((rows, columns))
    if of not in program.equation:
        return out.reshape(shape)
    seed = Var("∂seed", program.shape(of))
    e = program.equation[of]
    if immediate:
        term = gathered(e.local, seed).get(wrt)
        lines: list[tuple[str, tuple[Expr, ...]]] = [] if term is None else [(delta_name(wrt), (term,))]
        values = {} if term is None else {name: values[name] for name in variables(term) if name in values}
    else:
        lines = _backward_lines(program, of, wrt, seed)
    with np.errstate(all="ignore"):
        for row in range(rows if lines else 0):
            env: dict[str, Array] = dict(values)
            env["∂seed"] = np.eye(1, rows, row).reshape(program.shape(of))
            for name, terms in lines:
                env[name] = sum_of(terms, env)
            out[row] = env[lines[-1][0]].reshape(-1)
    return out.reshape(shape)


def _backward_lines(program: Program, of: str, wrt: str, seed: Expr) -> list[tuple[str, tuple[Expr, ...]]]:
    """What must be computed for one row of a total Jacobian, `wrt` last."""
    needed = feeding(program, {wrt})
    lines: list[tuple[str, tuple[Expr, ...]]] = []
    for d in deltas(program, of, seed, needed):
        if d.of == of:
            continue
        if d.true_terms:
            lines.append((delta_name(d.of), tuple(t.product for t in d.true_terms)))
        if d.carried and d.of != wrt:
            lines.append((carried_name(d.of), d.carried))
        if d.of == wrt:
            return lines if d.true_terms else []
    return []


def sum_of(terms: Sequence[Expr], env: Mapping[str, Array]) -> Array:
    """The sum of the terms' values."""
    total = np.asarray(evaluate(terms[0], env), dtype=np.float64)
    for t in terms[1:]:
        total = total + evaluate(t, env)
    return total


def _fixed(program: Program, name: str) -> str:
    return "a constant" if name in program.numbers else "an integer target"


def _some(program: Program) -> str:
    shown = program.names[:12]
    return f"there are {', '.join(shown)}{', …' if len(program.names) > len(shown) else ''}"
