"""Reads what a file asks and shows: questions with their answers, tables of printed numbers, errors of the print."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from graphviz_models.check import ERRATUM_KINDS, Erratum, Quantity, Question, Table
from graphviz_models.problem import Problems
from graphviz_models.program import Program, expression
from graphviz_models.signatures import FUNCTIONS

from . import keys
from .findings import Findings, shown
from .positions import Path

_DERIVATIVE = re.compile(r"\s*d(?P<of>[^/]+?)\s*/\s*d(?P<wrt>[^/]+?)\s*")
_ITERATIONS = 10_000
_WRITTEN = (
    ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.Subscript, ast.Attribute, ast.Tuple, ast.List,
    ast.Slice, ast.Compare, ast.Load, ast.keyword, ast.operator, ast.unaryop, ast.cmpop, ast.Expression,
)  # fmt: skip


class Reader:
    """Reads the questions, tables and errata of one file; mistakes go to `findings`.

    `deltas` maps the sheet's name of a gradient to its node; `faulty` are names that [deltas] gives by mistake.
    """

    def __init__(self, program: Program, deltas: Mapping[str, str], faulty: set[str], findings: Findings) -> None:
        self._program = program
        self._deltas = deltas
        self._faulty = faulty
        self._findings = findings

    def question(self, table: Mapping[str, Any], path: Path, line: int) -> Question | None:
        """One [[questions]] section, None where it cannot be used."""
        findings = self._findings
        keys.known(table, path, keys.QUESTION, findings)
        label, text, of, answer, answer_text, printed, erratum = (
            keys.text(table, key, path, findings)
            for key in ("label", "text", "of", "answer", "answer_text", "printed", "erratum")
        )
        given = keys.texts(table, "given", path, findings)
        ids = keys.texts(table, "erratum_ids", path, findings)
        quantity = self._asked(table, path, of)
        unknown = [name for name in given if name not in self._deltas and name not in self._faulty]
        for name in unknown:
            hint = findings.nearest(name, self._deltas) or ": write one of the names under [deltas]"
            findings.add((*path, "given"), f"{shown(name)} is no name of a gradient{hint}")
        if answer is not None:
            if quantity is None and "of" not in table and "jacobian" not in table:
                loss = self._program.loss
                findings.add(
                    (*path, "answer"), f'the question does not say which gradient is asked for: write of = "d{loss}/d…"'
                )
            if not unknown and not self._faulty.intersection(given):
                sound = isinstance(table.get("given", []), list)
                self._answer(answer, (*path, "answer"), given if sound else self._deltas)
        elif "answer" not in table and ("of" in table or "jacobian" in table):
            findings.add(path, 'the question has no answer: write answer = "…", an expression for what is asked')
        elif "answer" not in table and answer_text is None and "answer_text" not in table:
            findings.add(path, "the question has no answer: write of and answer, or answer_text in words")
        if printed is not None and answer is not None:
            self._printed(printed, (*path, "printed"))
        return Question(
            label or "", text or "", of or "", given, answer or "", printed, erratum, line, quantity, answer_text, ids
        )

    def table(self, table: Mapping[str, Any], path: Path, line: int) -> Table | None:
        """One [[tables]] section, None where it cannot be used."""
        findings = self._findings
        keys.known(table, path, keys.TABLE, findings)
        title, of, erratum = (keys.text(table, key, path, findings) for key in ("title", "of", "erratum"))
        ids = keys.texts(table, "erratum_ids", path, findings)
        iteration, update = table.get("iteration", 1), table.get("update", False)
        if type(iteration) is not int or not 1 <= iteration <= _ITERATIONS:
            findings.add((*path, "iteration"), f"iteration must be a whole number from 1 to {_ITERATIONS:,}")
            iteration = 1
        if not isinstance(update, bool):
            findings.add((*path, "update"), "update must be true or false")
            update = False
        if of is None:
            if "of" not in table:
                findings.add(
                    path, f'the table does not say what it holds: write of = "y" or of = "d{self._program.loss}/dy"'
                )
            return None
        quantity = self._quantity(of, (*path, "of"), value=True)
        if quantity is None:
            return None
        if update and (quantity.wrt is not None or self._program.role(quantity.of) != "parameter"):
            findings.add(
                (*path, "of"),
                f"{shown(of)} is no parameter, and only parameters have a value after the update: delete update",
            )
        printed = self._digits(table, path, quantity)
        if printed is None:
            return None
        return Table(title or "", iteration, of, quantity, printed, update, erratum, ids, line)

    def erratum(self, table: Mapping[str, Any], path: Path, line: int) -> Erratum:
        """One [[errata]] section."""
        findings = self._findings
        keys.known(table, path, keys.ERRATUM, findings)
        name, kind, text, printed, right = (keys.text(table, key, path, findings) for key in keys.ERRATUM)
        if kind is not None and kind not in ERRATUM_KINDS:
            findings.add((*path, "kind"), f"unknown kind {shown(kind)}: write one of {', '.join(ERRATUM_KINDS)}")
        if (printed is None) != (right is None):
            findings.add(path, "printed and right stand together: write both, or neither")
        for key, formula in (("printed", printed), ("right", right)):
            if formula is not None and "$" not in formula:
                self._printed(formula, (*path, key))
        return Erratum(name or "", kind or "", text or "", printed, right, line)

    def _asked(self, table: Mapping[str, Any], path: Path, of: str | None) -> Quantity | None:
        if "jacobian" not in table:
            return None if of is None else self._quantity(of, (*path, "of"), value=False)
        inner, here = table["jacobian"], (*path, "jacobian")
        if "of" in table:
            self._findings.add((*path, "of"), "of and jacobian ask for two things: keep one of them")
        if not isinstance(inner, dict):
            self._findings.add(here, 'jacobian must be a table, such as {of = "x[1]", wrt = "x[0]", immediate = true}')
            return None
        keys.known(inner, here, keys.JACOBIAN, self._findings)
        ends = [keys.text(inner, key, here, self._findings) for key in ("of", "wrt")]
        for key, end in zip(("of", "wrt"), ends, strict=True):
            if end is not None:
                self._node(end, (*here, key))
            elif key not in inner:
                self._findings.add(here, f'the Jacobian lacks {key}: write {{of = "x[1]", wrt = "x[0]"}}')
        immediate = inner.get("immediate", False)
        if not isinstance(immediate, bool):
            self._findings.add((*here, "immediate"), "immediate must be true or false")
        return Quantity(ends[0], ends[1], bool(immediate)) if ends[0] is not None else None

    def _quantity(self, of: str, path: Path, *, value: bool) -> Quantity | None:
        """What `of` names: the loss's derivative by a node, or (where `value` allows) a node's own value."""
        loss = self._program.loss
        match = _DERIVATIVE.fullmatch(of)
        if match is None:
            if value:
                return Quantity(of) if self._node(of, path) else None
            self._findings.add(path, f'{shown(of)} names no gradient: write of = "d{loss}/dw" for the gradient of w')
            return None
        numerator, wrt = match["of"].strip(), match["wrt"].strip()
        if unicodedata.normalize("NFKC", numerator) != loss:
            self._findings.add(path, f"{shown(numerator)} is not the loss: write d{loss}/d{shown(wrt)}")
            return None
        if not self._node(wrt, path):
            return None
        wrt = unicodedata.normalize("NFKC", wrt)
        given = self._program.given.get(wrt)
        if given is not None and given.integer:
            self._findings.add(
                path, f"{wrt} is an integer and has no gradient: write its value with a decimal point, 1.0"
            )
            return None
        return Quantity(loss, wrt)

    def _node(self, name: str, path: Path) -> bool:
        names = self._program.names
        if unicodedata.normalize("NFKC", name) in names:
            return True
        hint = self._findings.nearest(name, names) or ": write a name of the equations, such as " + self._program.loss
        self._findings.add(path, f"there is no node {shown(name)}{hint}")
        return False

    def _answer(self, text: str, path: Path, given: Collection[str]) -> None:
        """An answer may use the model's names, constants, functions and the deltas that are given."""
        allowed = {name: self._program.shape(self._deltas[name]) for name in given if name in self._deltas}
        try:
            expression(text, self._program, allowed)
        except Problems as problems:
            for problem in problems.problems[:1]:
                name, _, said = problem.message.partition(" ")
                message = problem.message
                if said.startswith("is not defined") and name in self._deltas:
                    message = f'{name} is not among what is given: add "{name}" to given, or leave it out'
                self._findings.add_inside(path, problem.line, problem.column, message)

    def _printed(self, text: str, path: Path) -> None:
        """A wrong formula may name what does not exist and multiply what does not fit, but it must be one."""
        stripped = text.strip()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(stripped, mode="eval")
        except SyntaxError as error:
            line, column = error.lineno or 1, error.offset or 1
            message = f"this formula cannot be read ({error.msg}): write it as an answer, or leave it out"
        except (ValueError, MemoryError, RecursionError):
            line, column, message = (
                1,
                1,
                "this formula nests too deeply or holds a null character: write a shorter one",
            )
        else:
            wrong = next((node for node in ast.walk(tree) if not _belongs(node)), None)
            if wrong is None:
                return
            line, column = getattr(wrong, "lineno", 1), getattr(wrong, "col_offset", 0) + 1
            message = "this does not belong to the equation language: write numbers, names, operators or its functions"
        indent = len(text) - len(text.lstrip()) if line == 1 else 0
        self._findings.add_inside(path, line, column + indent, message)

    def _digits(self, table: Mapping[str, Any], path: Path, quantity: Quantity) -> tuple[object, ...] | str | None:
        here = (*path, "printed")
        if "printed" not in table:
            self._findings.add(
                path, 'the table has no numbers: write printed = [["0.458", "0.1205"]], each between quotation marks'
            )
            return None
        shape: list[int] = []
        level: list[Any] = [table["printed"]]
        while level and all(isinstance(entry, list) for entry in level) and len({len(entry) for entry in level}) == 1:
            shape.append(len(level[0]))
            level = [inner for entry in level for inner in entry]
        wrong = [entry for entry in level if not (isinstance(entry, str) and is_number(entry))]
        if wrong:
            what = shown(wrong[0]) if isinstance(wrong[0], str) else "one entry"
            self._findings.add(
                here, f'{what} is no printed number: write rows of texts such as "0.458", all of one length'
            )
            return None
        expected = self._program.shape(quantity.wrt or quantity.of)
        if tuple(shape) != expected:
            self._findings.add(
                here, f"the table has the shape {tuple(shape)}, and {quantity} has {expected}: write it in that shape"
            )
            return None
        return _frozen(table["printed"])


def _belongs(node: ast.AST) -> bool:
    """Whether a part of a formula could stand in an equation, whatever its names and shapes."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
    return isinstance(node, _WRITTEN) and (not isinstance(node, ast.Attribute) or node.attr == "T")


def is_number(text: str) -> bool:
    """Whether a printed text is one finite decimal number; a true minus is one."""
    try:
        return len(text) <= 100 and Decimal(text.strip().replace("\N{MINUS SIGN}", "-")).is_finite()
    except InvalidOperation:
        return False


def _frozen(rows: Any) -> tuple[object, ...] | str:
    return tuple(map(_frozen, rows)) if isinstance(rows, list) else str(rows)
