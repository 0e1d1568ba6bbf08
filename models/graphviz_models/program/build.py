"""The equations' text to a Program: read line by line, unrolled, its loss found."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from graphviz_models.expr import Expr, Shape, Var, uncollected
from graphviz_models.parse import check_depth, nearest, read
from graphviz_models.problem import MistakeError, Problem, Problems, SilentError
from graphviz_models.stable import Stable

from .names import is_integer, member
from .text import statements
from .types import Given, Program, read_only
from .unroll import StopError, Unroller


def _givens(inputs: Mapping[str, Any], targets: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Given]:
    found: dict[str, Given] = {}
    for role, values in (("input", inputs), ("target", targets), ("parameter", parameters)):
        for base, value in values.items():
            parts = {member(base, i): v for i, v in value.items()} if isinstance(value, dict) else {base: value}
            integer = role == "target" and all(map(is_integer, parts.values()))
            for name, v in parts.items():
                found[name] = Given(name, role, read_only(v), integer, name)  # type: ignore[arg-type]
    return found


def _assigned_names(statements: list[ast.stmt]) -> tuple[set[str], set[str]]:
    """The names that the equations assign, and those of them that are families."""
    found: set[str] = set()
    families: set[str] = set()
    waiting = list(statements)
    while waiting:
        s = waiting.pop()
        if isinstance(s, ast.Assign):
            for target in s.targets:
                base = target.value if isinstance(target, ast.Subscript) else target
                if isinstance(base, ast.Name):
                    found.add(base.id)
                    if base is not target:
                        families.add(base.id)
        elif not isinstance(s, ast.FunctionDef):
            waiting += [*getattr(s, "body", ()), *getattr(s, "orelse", ())]
    return found, families


def build(
    text: str,
    inputs: Mapping[str, Any],
    targets: Mapping[str, Any],
    parameters: Mapping[str, Any],
    constants: Mapping[str, Any],
    loss: str | None = None,
) -> Program:
    """The program of a model.

    `inputs`, `targets`, `parameters`, `constants` map names to numbers, nested lists, arrays, or for a family a dict
    from integers to those. Raises Problems with every mistake, its line and column in `text` (0, 0 and `key="loss"`
    where the loss itself is wrong).
    """
    found = statements(text)
    problems = found.problems
    given = _givens(inputs, targets, parameters)
    sections = (inputs, targets, parameters, constants)
    taken = {base for section in sections[:3] for base in section}
    families = {base for section in sections[:3] for base, value in section.items() if isinstance(value, dict)}
    unroller = Unroller(given, constants, families, taken)
    unroller.broken |= found.broken
    unroller.families |= found.broken_families
    unroller.assigned, unroller.assigned_families = _assigned_names(found.statements)
    try:
        for statement in found.statements:
            check_depth(statement)
        with uncollected():
            unroller.run(found.statements)
    except MistakeError as mistake:
        unroller.report(mistake)
    except StopError:
        pass
    problems += unroller.problems.values()
    if problems:
        raise Problems(*sorted(problems, key=lambda p: (p.line, p.column)))
    program = Program(
        tuple(unroller.equations.values()), given, dict(constants), "", families=frozenset(unroller.families)
    )
    return Program(program.equations, given, program.constants, _loss(program, loss), families=program.families)


def _loss(program: Program, named: str | None) -> str:
    if not program.equations:
        raise Problems(Problem(0, 0, "there is no equation: write name = expression", "equations"))
    if named is not None:
        if named not in program.equation:
            what = "given, not computed" if named in program.given else "not a variable of the equations"
            hint = nearest(named, program.equation) or ": name the variable that is to be made small"
            raise Problems(Problem(0, 0, f"the loss {named} is {what}{hint}", "loss"))
        if (shape := program.shape(named)) != ():
            raise Problems(Problem(0, 0, _missing_reduction(program, named, shape), "loss"))
        return named
    ends = [e.name for e in program.equations if not program.consumers[e.name]]
    scalars = [n for n in ends if program.shape(n) == ()]
    if len(scalars) == 1:
        return scalars[0]
    if not scalars:
        last = ends[-1] if ends else program.equations[-1].name
        e = program.equation[last]
        raise Problems(Problem(e.line, e.column, _missing_reduction(program, last, e.rhs.shape)))
    e = program.equation[scalars[-1]]
    raise Problems(Problem(e.line, e.column, f"{', '.join(scalars[:5])} are scalars that feed nothing else: name one, "
                                             f'loss = "{e.name}"'))  # fmt: skip


def _missing_reduction(program: Program, name: str, shape: Shape) -> str:
    size = "×".join(map(str, shape))
    return f"the loss must be a scalar, {name} has {size} entries: reduce it with sum({name}) or mean({name})"


def expression(text: str, program: Program, extra: Mapping[str, Shape] | None = None) -> Expr:
    """One expression over a program's names and `extra` names (deltas) of known shapes; raises Problems."""
    if not text.strip():
        raise Problems(Problem(1, 1, "there is no expression: write one, or leave this out"))
    blank = text[: len(text) - len(text.lstrip())]
    down, indent = blank.count("\n"), len(blank) - blank.rfind("\n") - 1
    found = statements("(" + text.strip() + "\n)")
    problems = found.problems
    unroller = Unroller(dict(program.given), program.constants, set(program.families), set())
    unroller.vars = dict(program.vars)
    unroller.equations = dict(program.equation)
    for name, shape in (extra or {}).items():
        unroller.vars[name] = Var(name, shape)
    if not problems:
        try:
            if len(found.statements) != 1 or not isinstance(found.statements[0], ast.Expr):
                raise MistakeError(ast.Pass(), "one expression is wanted: leave out the name and =")
            check_depth(found.statements[0])
            return Stable(lambda _: None).rewrite(read(found.statements[0].value, unroller))
        except MistakeError as mistake:
            problems.append(Problem(mistake.line, mistake.column, mistake.message))
        except SilentError:
            problems.append(Problem(1, 1, "this cannot be read"))
    for i, p in enumerate(problems):  # the first line begins behind the bracket and the blanks that were left out
        column = max(1, p.column - 1) + indent if p.line == 1 else p.column
        problems[i] = Problem(p.line + down, column, p.message)
    raise Problems(*problems)
