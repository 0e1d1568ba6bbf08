"""Outputs: which nodes are what the model computes in the end, as opposed to states before and terms of the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphviz_models.expr import Apply, Expr, Var, variables

if TYPE_CHECKING:
    from .types import Program

_OF_SUM = frozenset({"neg", "relu", "sqrt", "log", "exp"})  # a loss may be one of these of the sum of its terms


def outputs(program: Program) -> frozenset[str]:
    """The variables compared with a target: those read together with one, rather by what reads no parameter.

    Where none is, what the loss reads; for scalars that it adds up, the arrays that these terms are computed from, the
    last of them, as x̂ and not the mean of the code. A state before the loss, of one family with it, is none.
    """
    return _compared(program) or _before_loss(program)


def _compared(program: Program) -> frozenset[str]:
    """What is read together with a target; a step that reads the target before it has parameters, a comparison none."""
    comparing: set[str] = set()
    stepping: set[str] = set()
    for e in program.equations:
        roles = {program.given[name].role for name in e.reads if name in program.given}
        if "target" in roles and e.name in program.ancestors:
            (stepping if "parameter" in roles else comparing).update(_computed(program, e.name))
    return frozenset(comparing or stepping)


def _before_loss(program: Program) -> frozenset[str]:
    if program.loss not in program.equation:
        return frozenset()
    last = _computed(program, program.loss)
    terms = {program.loss}
    leading: dict[str, None] = {}  # what the terms are computed from
    stack = [program.loss]
    while stack:
        of = stack.pop()
        added = _addends(program.equation[of].rhs)
        for name in _computed(program, of):
            if name not in terms and name in added and _is_term(program, name):
                terms.add(name)
                stack.append(name)
            elif name not in terms:
                leading[name] = None
    arrays = {name for name in leading if program.shape(name)}
    if not arrays:
        return frozenset(last)
    later = _last_ones(program, arrays)
    return frozenset(later | {name for name in last if name not in terms and not program.shape(name)})


def _computed(program: Program, name: str) -> list[str]:
    """The variables that an equation reads, without those of one family with the loss."""
    base, bracket, _ = program.loss.partition("[")
    return [n for n in program.equation[name].reads if n in program.equation and not (bracket and _family(n) == base)]


def _family(name: str) -> str:
    return name.partition("[")[0]


def _is_term(program: Program, name: str) -> bool:
    """Whether it is a scalar without parameters, as a distance or a divergence, or with nothing else: a penalty."""
    reads = program.equation[name].reads
    weighted = any(n in program.given and program.given[n].role == "parameter" for n in reads)
    return program.shape(name) == () and not (weighted and _computed(program, name))


def _addends(e: Expr) -> set[str]:
    """The names that a formula adds up, with factors that are numbers."""
    found: set[str] = set()
    stack = [e]
    while stack:
        top = stack.pop()
        if isinstance(top, Var):
            found.add(top.name)
        elif isinstance(top, Apply) and (top.op.name in _OF_SUM or top.op.name in ("add", "sub")):
            stack.extend(top.args)
        elif isinstance(top, Apply):
            moving = [a for a in top.args if variables(a)]
            if len(moving) == 1 and _scaled(top, moving[0]):
                stack.extend(moving)
    return found


def _scaled(e: Apply, part: Expr) -> bool:
    """Whether it is a part times or divided by a number, or at least as large as one."""
    return e.op.name in ("mul", "maximum") or (e.op.name == "div" and e.args[0] is part)


def _last_ones(program: Program, arrays: set[str]) -> set[str]:
    """Those from which no other one is computed, and the members of their families."""
    before: set[str] = set()
    for e in reversed(program.equations):
        if e.name in arrays or e.name in before:
            before.update(e.reads)
    families = {_family(name) for name in arrays - before}
    return {name for name in arrays if _family(name) in families}
