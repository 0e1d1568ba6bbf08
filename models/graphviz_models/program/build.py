"""The equations' text to a Program: read line by line, unrolled, its loss found."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from typing import Any

from graphviz_models.expr import Expr, Shape, Var
from graphviz_models.parse import DEEPEST, check_depth, nearest, read
from graphviz_models.problem import MistakeError, Problem, Problems, SilentError
from graphviz_models.stable import Stable

from .names import is_integer, member
from .types import Given, Program, read_only
from .unroll import StopError, Unroller

LONGEST_LINE = 10_000
HIDDEN = {*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0x061C, 0x00AD}


def _givens(inputs: Mapping[str, Any], targets: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Given]:
    found: dict[str, Given] = {}
    for role, values in (("input", inputs), ("target", targets), ("parameter", parameters)):
        for base, value in values.items():
            parts = {member(base, i): v for i, v in value.items()} if isinstance(value, dict) else {base: value}
            integer = role == "target" and all(map(is_integer, parts.values()))
            for name, v in parts.items():
                found[name] = Given(name, role, read_only(v), integer, name)  # type: ignore[arg-type]
    return found


def _parsed(text: str, problems: list[Problem]) -> list[ast.stmt]:
    """The statements of the text; a line that cannot be read is reported, left out, and the rest read."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        for column, character in enumerate(line, 1):
            if ord(character) in HIDDEN:
                problems.append(Problem(number, column, f"an invisible character (U+{ord(character):04X}): delete it"))
                return []
        if len(line) > LONGEST_LINE:
            problems.append(
                Problem(number, 1, f"a line of more than {LONGEST_LINE:,} characters: break it into equations")
            )
            return []
    for _ in range(20):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse("\n".join(lines)).body
        except SyntaxError as mistake:
            at = min(max(mistake.lineno or 1, 1), len(lines))
            problems.append(Problem(at, max(mistake.offset or 1, 1), _syntax(mistake, lines[at - 1])))
            blank = lines[at - 1]
            if blank.strip() in ("", "pass"):
                return []
            indent = blank[: len(blank) - len(blank.lstrip())]
            lines[at - 1] = indent + "pass"
        except (ValueError, MemoryError, RecursionError, UnicodeError):
            problems.append(
                Problem(1, 1, "the equations cannot be read: they nest too deeply or hold a null character")
            )
            return []
    return []


def _syntax(mistake: SyntaxError, line: str) -> str:
    said = str(mistake.msg)
    word = line.split("=")[0].strip()
    if word in ("lambda", "in", "is", "as", "if", "or", "and", "not", "from", "with", "del", "pass", "class", "def"):
        return f"{word} is a reserved word: write another name, such as {word}_"
    if "lambda" in line:
        return "lambda is a reserved word: write another name, such as lam or λ"
    if "indent" in said:
        return f"{said}: indent the lines of a loop or def by four spaces, the others not at all"
    if "never closed" in said or "unmatched" in said or "does not match" in said:
        return f"{said}: every bracket needs its partner"
    if "cannot assign" in said or "Maybe you meant '=='" in said:
        return "one name stands on the left of =: write name = expression"
    if "too many nested" in said or "too complex" in said:
        return f"nested more than {DEEPEST} levels deep: give parts of it names of their own"
    return "this cannot be read: write name = expression, for t in range(...): or def name(a, b):"


def _assigned_names(statements: list[ast.stmt]) -> set[str]:
    found: set[str] = set()
    for top in statements:
        for s in ast.walk(top):
            if isinstance(s, ast.Assign) and not isinstance(top, ast.FunctionDef):
                for target in s.targets:
                    base = target.value if isinstance(target, ast.Subscript) else target
                    if isinstance(base, ast.Name):
                        found.add(base.id)
    return found


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
    problems: list[Problem] = []
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    statements = _parsed(text, problems)
    given = _givens(inputs, targets, parameters)
    sections = (inputs, targets, parameters, constants)
    taken = {base for section in sections[:3] for base in section}
    families = {base for section in sections[:3] for base, value in section.items() if isinstance(value, dict)}
    unroller = Unroller(given, constants, families, taken)
    unroller.assigned = _assigned_names(statements)
    try:
        for statement in statements:
            check_depth(statement)
        unroller.run(statements)
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
        raise Problems(Problem(0, 0, _missing_reduction(program, last, program.shape(last)), "loss"))
    raise Problems(Problem(0, 0, f"{', '.join(scalars[:5])} are scalars that feed nothing else: name one, loss = "
                                 f'"{scalars[-1]}"', "loss"))  # fmt: skip


def _missing_reduction(program: Program, name: str, shape: Shape) -> str:
    size = "×".join(map(str, shape))
    return f"the loss must be a scalar, {name} has {size} entries: reduce it with sum({name}) or mean({name})"


def expression(text: str, program: Program, extra: Mapping[str, Shape] | None = None) -> Expr:
    """One expression over a program's names and `extra` names (deltas) of known shapes; raises Problems."""
    problems: list[Problem] = []
    indent = len(text) - len(text.lstrip())
    statements = _parsed("(" + text.strip() + "\n)", problems)
    unroller = Unroller(dict(program.given), program.constants, set(program.families), set())
    unroller.vars = {n: program.var(n) for n in program.names}
    unroller.equations = dict(program.equation)
    for name, shape in (extra or {}).items():
        unroller.vars[name] = Var(name, shape)
    if not problems:
        try:
            if len(statements) != 1 or not isinstance(statements[0], ast.Expr):
                raise MistakeError(ast.Pass(), "one expression is wanted: leave out the name and =")
            check_depth(statements[0])
            return Stable(lambda _: None).rewrite(read(statements[0].value, unroller))
        except MistakeError as mistake:
            problems.append(Problem(mistake.line, mistake.column, mistake.message))
        except SilentError:
            problems.append(Problem(1, 1, "this cannot be read"))
    raise Problems(*(Problem(p.line, max(1, p.column - 1) + indent, p.message) for p in problems))
