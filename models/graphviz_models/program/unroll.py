"""Statements to equations: loops unrolled, groups inlined, every mistake with its place."""

from __future__ import annotations

import ast
import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphviz_models.expr import Expr, Var
from graphviz_models.parse import DEEPEST, NAME, read, whole
from graphviz_models.problem import MistakeError, Problem, SilentError
from graphviz_models.stable import TrueForms

from .homes import Homes
from .names import Names, member
from .repeated import Readings
from .types import Equation, Given

MOST_NODES, MOST_TURNS, MOST_CALLS = 100_000, 1_000_000, 30_000
MOST_PROBLEMS = 2000
MOST_SYMBOLS, MOST_ENTRIES = 2_000_000, 10**7


class StopError(Exception):
    """Nothing more can be read: a limit is passed."""


class Unroller(Names):
    """Reads statements in order into equations."""

    def __init__(
        self, given: dict[str, Given], constants: Mapping[str, Any], families: set[str], taken: set[str]
    ) -> None:
        super().__init__(given, constants, families)
        self.given_names = taken
        self.problems: dict[tuple[int, int], Problem] = {}
        self.bad_statements: set[int] = set()
        self.turns = self.symbols = self.entries = 0
        self._homes = Homes()
        self._true_forms = TrueForms(self._meaning)
        self._readings = Readings(self)

    def _meaning(self, name: str) -> Expr | None:
        found = self.equations.get(name)
        return found.computed if found else None

    def call(self, place: ast.Call, name: str, args: list[Expr]) -> Expr:
        body = self.defs[name]
        parameters = [a.arg for a in body.args.args]
        if len(args) != len(parameters):
            count = f"{len(parameters)} argument{'s' * (len(parameters) != 1)}"
            raise MistakeError(place, f"{name} takes {count}: write {name}({', '.join(parameters)})")
        if any(group.split("#")[0] == name for group, _, _ in self.frames):
            raise MistakeError(place, f"{name} calls itself: write a for loop instead")
        if len(self.frames) >= DEEPEST:
            raise MistakeError(place, f"calls nested more than {DEEPEST} deep: write fewer")
        if sum(self.calls.values()) >= MOST_CALLS:
            self.report(
                MistakeError(place, f"the model calls its defs more than {MOST_CALLS:,} times: write fewer steps")
            )
            raise StopError
        for arg in args:
            self._homes.settle(arg, self.groups)
        self.calls[name] = self.calls.get(name, 0) + 1
        group = f"{name}#{self.calls[name]}"
        self.frames.append((group, dict(zip(parameters, args, strict=True)), {}))
        outer_groups, self.groups = self.groups, (*self.groups, group)
        try:
            result = self._body(body)
            if result is not None:
                self._homes.settle(result, self.groups)
        finally:
            self.frames.pop()
            self.groups = outer_groups
        if result is None:
            raise SilentError
        return result

    def _body(self, body: ast.FunctionDef) -> Expr | None:
        for statement in body.body:
            if isinstance(statement, ast.Return):
                if statement.value is None:
                    raise MistakeError(statement, "return needs an expression: write return h")
                return self._counted(statement, self._read(statement.value))
            self.statement(statement)
        return None

    def run(self, statements: Iterable[ast.stmt]) -> None:
        """Reads statements in order; raises StopError where a limit is passed."""
        for statement in statements:
            self.statement(statement)

    def statement(self, s: ast.stmt) -> None:
        if id(s) in self.bad_statements:
            self._break(s)
            return
        try:
            self._statement(s)
        except MistakeError as mistake:
            self.report(mistake)
            self.bad_statements.add(id(s))
            self._break(s)
        except SilentError:
            self._break(s)

    def report(self, mistake: MistakeError) -> None:
        """Keeps one problem for each place."""
        self.problems.setdefault((mistake.line, mistake.column), Problem(mistake.line, mistake.column, mistake.message))
        if len(self.problems) >= MOST_PROBLEMS:
            raise StopError

    def _break(self, s: ast.stmt) -> None:
        if isinstance(s, ast.FunctionDef):
            self.broken.add(s.name)
        targets = [part for t in getattr(s, "targets", []) for part in getattr(t, "elts", [t])]
        for target in targets:
            base = target.value if isinstance(target, ast.Subscript) else target
            if isinstance(base, ast.Name):
                self.broken.add(base.id)
                if self.frames:
                    self.frames[-1][1].pop(base.id, None)
                if isinstance(target, ast.Subscript):
                    self.families.add(base.id)

    def _statement(self, s: ast.stmt) -> None:
        match s:
            case ast.Assign(targets=[ast.Name() as target], value=value):
                self._assign(target, target.id, None, value)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=base), slice=index) as target], value=value):
                if isinstance(index, ast.Slice | ast.Tuple):
                    raise MistakeError(
                        target, f"{base}[...] on the left is a member of a family: write one integer index"
                    )
                self._assign(target, base, whole(index, self), value)
            case ast.For():
                self._for(s)
            case ast.FunctionDef():
                self._define(s)
            case ast.Pass():
                pass
            case ast.If() if getattr(s, "skipped", False):
                for inner in ast.walk(s):
                    if isinstance(inner, ast.Assign):
                        self._break(inner)
            case _:
                raise MistakeError(s, _refusal(s))

    def _assign(self, target: ast.expr, base: str, index: int | None, value: ast.expr) -> None:
        base = unicodedata.normalize("NFKC", base)
        if not NAME.match(base):
            raise MistakeError(target, f"{base} is no name: use ASCII or Greek letters, digits and _")
        name = self._left(target, base, index)
        rhs = self._counted(value, self._read(value))
        self._add(target, name, rhs)
        if index is None:
            if self.frames:
                self.frames[-1][1][base] = self.vars[name]
        else:
            self.families.add(base)

    def _read(self, node: ast.expr) -> Expr:
        """What a right-hand side says."""
        if not (self.loop or self.frames):
            return read(node, self)
        e = self._readings.again(node)
        if e is None:
            e = read(node, self)
            self._readings.remember(node, e)
        return e

    def _left(self, target: ast.expr, base: str, index: int | None) -> str:
        """The name of the node that a left side defines; raises MistakeError where it is taken."""
        if self.frames:
            group, locals_, turns = self.frames[-1]
            if index is not None:
                raise MistakeError(target, "a def has no families: give each value a name of its own")
            if base in locals_ or base in turns:
                raise MistakeError(target, f"{base} is assigned twice in this def: give the second one another name")
            return f"{group}.{base}"
        if self._loop_value(base) is not None:
            raise MistakeError(target, f"{base} is a loop variable: give the variable another name")
        if base in self.constants or (base in self.given_names and (index is None or base not in self.families)):
            raise MistakeError(target, f"{base} is given a value already: leave out one of the two")
        if index is None and base in self.families:
            raise MistakeError(target, f"{base} is a family: assign a member, {base}[1], or choose another name")
        name = base if index is None else member(base, index)
        if index is not None and base in self.vars:
            raise MistakeError(target, f"{base} is no family: choose another name for {base}[{index}]")
        if name in self.vars:
            above = target.lineno - self.equations[name].line if name in self.equations else 0
            first = f" (first {above} line{'s'[: above - 1]} above)" if above > 0 else ""
            raise MistakeError(
                target, f"{name} is assigned twice{first}: give the second one another name, or use a family, "
                "h[1], h[2]")  # fmt: skip
        return name

    def _counted(self, place: ast.AST, e: Expr) -> Expr:
        self.symbols += e.size
        self.entries += math.prod(e.shape)
        if self.symbols > MOST_SYMBOLS:
            self.report(MistakeError(place, f"the formulas have more than {MOST_SYMBOLS:,} symbols in all: write fewer "
                                            "steps, or arrays"))  # fmt: skip
            raise StopError
        if self.entries > MOST_ENTRIES:
            self.report(
                MistakeError(place, f"the values have more than {MOST_ENTRIES:,} entries in all: write smaller arrays")
            )
            raise StopError
        return e

    def _add(self, target: ast.AST, name: str, rhs: Expr) -> None:
        if len(self.vars) >= MOST_NODES:
            self.report(
                MistakeError(target, f"the model has more than {MOST_NODES:,} nodes: write fewer steps, or arrays")
            )
            raise StopError
        local, computed, resolved = self._true_forms.of(rhs)
        self.equations[name] = Equation(
            name, rhs, local, computed, resolved, getattr(target, "lineno", 0), getattr(target, "col_offset", 0) + 1,
            self._homes.of(rhs, self.groups), tuple(self.loop), name, self._homes.within(rhs),
        )  # fmt: skip
        self.vars[name] = Var(name, rhs.shape, integer=rhs.integer)

    def _for(self, s: ast.For) -> None:
        if s.orelse:
            raise MistakeError(s, "for … else is not known: leave else out")
        if not isinstance(s.target, ast.Name):
            raise MistakeError(s.target, "a loop has one variable: write for t in range(1, T + 1):")
        call = s.iter
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"):
            raise MistakeError(call, "a loop runs over range(...): write for t in range(1, T + 1):")
        if call.keywords or not 1 <= len(call.args) <= 3:
            raise MistakeError(call, "range takes one to three integers: write range(1, T + 1)")
        bounds = [whole(a, self) for a in call.args]
        if len(bounds) == 3 and bounds[2] == 0:
            raise MistakeError(call, "the step of range must not be 0")
        variable = s.target.id
        if not self.frames and (variable in self.vars or variable in self.constants or variable in self.families):
            raise MistakeError(s.target, f"{variable} is the name of something else: choose another loop variable")
        for turn in self._turns(s, range(*bounds)):
            if self.frames:
                self.frames[-1][2][variable] = turn
                self.run(s.body)
                del self.frames[-1][2][variable]
            else:
                self.loop.append((variable, turn))
                self.run(s.body)
                self.loop.pop()

    def _turns(self, place: ast.AST, turns: range) -> Iterator[int]:
        for turn in turns:
            self.turns += 1
            if self.turns > MOST_TURNS:
                self.report(
                    MistakeError(place, f"the loops run more than {MOST_TURNS:,} times in all: choose smaller bounds")
                )
                raise StopError
            yield turn

    def _define(self, s: ast.FunctionDef) -> None:
        if self.frames or self.loop:
            raise MistakeError(s, "a def stands at the top, not inside a loop or another def")
        a = s.args
        if a.defaults or a.kw_defaults or a.kwonlyargs or a.vararg or a.kwarg or a.posonlyargs:
            raise MistakeError(s, "a def takes plain names: write def cell(a, b):")
        if len({x.arg for x in a.args}) < len(a.args):
            raise MistakeError(s, "a def takes every name once: give one of the two another name")
        if s.decorator_list or s.returns or any(x.annotation for x in a.args):
            raise MistakeError(s, "a def has no decorators or annotations: write def cell(a, b):")
        if s.name in self.defs or s.name in self.vars or s.name in self.constants or s.name in self.families:
            raise MistakeError(s, f"{s.name} is the name of something else: choose another name for this def")
        inner = next((x for x in s.body if isinstance(x, ast.FunctionDef)), None)
        if inner is not None:
            raise MistakeError(inner, "a def stands at the top, not inside a loop or another def")
        returns = [x for x in ast.walk(s) if isinstance(x, ast.Return)]
        if len(returns) != 1 or s.body[-1] is not returns[0]:
            raise MistakeError(s, f"{s.name} needs one return, as its last line")
        for statement in s.body[:-1]:
            if not isinstance(statement, ast.Assign | ast.For | ast.Pass):
                raise MistakeError(statement, f"a def holds assignments and one return: {_refusal(statement)}")
        self.defs[s.name] = s


def _refusal(s: ast.stmt) -> str:
    match s:
        case ast.AugAssign():
            return "every name is assigned once: write a new name, or a family, S[t] = S[t-1] + ..."
        case ast.Assign():
            return "one name stands on the left of =: write one equation a line"
        case ast.AnnAssign():
            return "an equation has no annotation: write name = expression"
        case ast.Import() | ast.ImportFrom():
            return "nothing is imported: all functions are there by their names"
        case ast.If() | ast.While():
            return "if and while are not known: write where(condition, a, b) or a for loop over range"
        case ast.Return():
            return "return stands only in a def"
        case ast.Expr():
            return "this is no equation: write name = expression"
    return "only equations, for loops over range and defs are known: write name = expression"
