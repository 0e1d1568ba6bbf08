"""The same model seen closer: every operation, or every scalar entry, a node of its own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from graphviz_models.expr import Apply, Array, Const, Expr, Var
from graphviz_models.problem import Problem, Problems
from graphviz_models.stable import TrueForms
from graphviz_models.views import Level

from .types import Equation, Program, put_in

MOST_NODES = 100_000
#: Second operands that belong to the sign of their operation: the 2 of a square is no node.
FOLDED = {"pow": 1}


def at_level(program: Program, level: Level) -> Program:
    """`program` with every operation (`operations`) or every scalar entry (`neurons`) as a node.

    Nodes of the variables level keep their names; the operations inside h[1] are h[1]#1, h[1]#2, …; the entries of s
    are s[0,2]. Raises Problems where more than 100,000 nodes would come out.
    """
    if level == program.level:
        return program
    if program.level != "variables":
        raise ValueError("levels are taken from the variables level")
    if level == "operations":
        return _operations(program)
    from .neurons import neurons

    return neurons(program)


class _Splitter:
    """Names every application inside the equations, and every largest part that reads no node: a constant."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.done: dict[str, Equation] = {}
        self.constants: dict[str, Expr] = {}
        self.true_forms = TrueForms(self._meaning)

    def _meaning(self, name: str) -> Expr | None:
        found = self.done.get(name)
        return found.computed if found else None

    def split(self, e: Equation) -> None:
        count = 0
        within = {id(part): groups for part, groups in e.within}

        def name_it(x: Expr, outer: tuple[str, ...]) -> Expr:
            nonlocal count
            groups = within.get(id(x), outer)
            if isinstance(x, Apply) and x.op.name == "transpose" and len(x.shape) == 1:
                return name_it(x.args[0], groups)  # of a vector, no operation but a way to write it
            if isinstance(x, Var):
                return x
            count += 1
            name = f"{e.name}#{count}"
            if fixed(x):
                self.constants[name] = x
                self.add(e, name, x, groups)
            else:
                assert isinstance(x, Apply)
                self.add(e, name, flat(x, groups), groups)
            return Var(name, x.shape, integer=x.integer)

        def fixed(x: Expr) -> bool:
            if isinstance(x, Apply) and id(x) not in known:
                known[id(x)] = all(map(fixed, x.args))
            return isinstance(x, Const) or (isinstance(x, Apply) and known[id(x)])

        def flat(x: Apply, groups: tuple[str, ...]) -> Apply:
            keep = FOLDED.get(x.op.name)
            args = tuple(
                a if (i == keep or x.op.name in ("clip", "index")) and fixed(a) else name_it(a, groups)
                for i, a in enumerate(x.args)
            )
            return Apply(x.op, args, x.attrs, x.shape, integer=x.integer)

        known: dict[int, bool] = {}
        rhs = flat(e.rhs, e.groups) if isinstance(e.rhs, Apply) and not fixed(e.rhs) else e.rhs
        self.add(e, e.name, rhs, e.groups)

    def add(self, e: Equation, name: str, rhs: Expr, groups: tuple[str, ...]) -> None:
        if len(self.done) >= MOST_NODES:
            raise Problems(
                Problem(e.line, e.column, f"this level has more than {MOST_NODES:,} nodes: choose variables")
            )
        local, computed, resolved = self.true_forms.of(put_in(rhs, self.constants))
        self.done[name] = Equation(
            name, rhs, local, computed, resolved, e.line, e.column, groups, e.loop, e.origin or e.name
        )


def _operations(program: Program) -> Program:
    splitter = _Splitter(program)
    for e in program.equations:
        splitter.split(e)
    return Program(
        tuple(splitter.done.values()), program.given, program.constants, program.loss, "operations", program.families,
        compared=program.outputs,
    )  # fmt: skip


def parameters(program: Program, values: Mapping[str, Array]) -> dict[str, Array]:
    """The parameters of the variables level, whole, from the values of a program at any level."""
    found: dict[str, Array] = {}
    entries: dict[str, dict[tuple[int, ...], Array]] = {}
    for node, g in (*program.given.items(), *program.unread.items()):
        if g.role != "parameter":
            continue
        if program.level != "neurons":
            found[node] = values[node]
        else:
            name, at = program.entries[node]
            entries.setdefault(name, {})[at] = g.value if node in program.unread else values[node]
    for name, cells in entries.items():
        shape = tuple(last + 1 for last in max(cells))
        found[name] = np.array([cells[at] for at in np.ndindex(*shape)]).reshape(shape)
    return found


def sign(e: Equation) -> str:
    """The LaTeX sign of an operation node: +, \\cdot, \\tanh."""
    rhs = e.rhs
    if not isinstance(rhs, Apply):
        return "="
    if rhs.op.name == "mul" and all(arg.shape for arg in rhs.args):
        return r"\odot"
    return SIGNS.get(rhs.op.name, rf"\operatorname{{{rhs.op.plain or rhs.op.name}}}".replace("_", r"\_"))


SIGNS = {
    "add": "+", "sub": "-", "neg": "-", "mul": r"\cdot", "div": "/", "matmul": r"\cdot", "transpose": r"(\cdot)^{\top}",
    "exp": r"\exp", "log": r"\log", "tanh": r"\tanh", "sum": r"\sum", "prod": r"\prod", "sigmoid": r"\sigma",
    "square": r"(\cdot)^2", "sqrt": r"\sqrt{\cdot}", "abs": r"|\cdot|", "convolve": "*", "correlate": r"\star",
    "outer": r"\otimes", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan", "sinh": r"\sinh", "cosh": r"\cosh",
    "max": r"\max", "min": r"\min", "maximum": r"\max", "minimum": r"\min", "norm": r"\|\cdot\|",
}  # fmt: skip

__all__ = ["at_level", "parameters", "sign"]
