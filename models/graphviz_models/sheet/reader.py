"""Reads one model file's text: keys, values, equations, notation, training and questions, all mistakes at once."""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, TypeVar

from graphviz_models import notation
from graphviz_models.expr import uncollected
from graphviz_models.notation import Notation
from graphviz_models.optimizers import OPTIMIZERS
from graphviz_models.parse import NAME
from graphviz_models.problem import Problems
from graphviz_models.program import Program, build
from graphviz_models.signatures import FUNCTIONS

from . import keys
from .characters import inspect
from .contents import Sheet, Training
from .findings import Findings, shown
from .positions import Path, Positions
from .questions import Reader
from .setting import set_values
from .toml import parsed
from .values import Entries, Value, value

_ITERATIONS = 10**9
_LATEX_LIMIT = 500
_MISSED = re.compile(r"(\w+)(?:\[[^\]]*\])? is (?:not defined|used before)")
T = TypeVar("T")


@dataclass
class Given:
    """The values of a file by section, and where each name is given."""

    values: dict[str, dict[str, Value]] = field(default_factory=lambda: {section: {} for section in keys.VALUES})
    places: dict[str, Path] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)


@uncollected()
def read(text: str, name: str = "", settings: Mapping[str, str] | None = None) -> Sheet:
    """The sheet that a TOML text describes; `name` is its exercise's id or its path as given.

    `settings` replaces values before the equations are read: a given node or a constant by a TOML value, as text.

    Raises:
        Problems: everything that is wrong, with line and column in the text.
    """
    text = text.removeprefix("\ufeff")
    if problems := inspect(text):
        raise Problems(*problems)
    data = parsed(text)
    positions = Positions(text)
    findings = Findings(positions)
    sound = keys.top(data, findings)
    findings.prefixes = set_values(sound, settings or {}, findings)
    given = _given(sound, findings)
    if "equations" not in sound and "equations" not in data:
        findings.add_at(1, 1, 'the model has no equations: write equations = """…""" above the first [section]')
    program = _program(sound, given, findings) if "equations" in sound else None
    training = _training(sound.get("training", {}), findings)
    if program is None:
        for section, names in (("questions", keys.QUESTION), ("tables", keys.TABLE), ("errata", keys.ERRATUM)):
            for index, entry in enumerate(sound.get(section, [])):
                keys.known(entry, (section, index), names, findings)
        findings.raise_if_any()
        raise AssertionError("a file without a program has a mistake")
    deltas, faulty = _deltas(sound.get("deltas", {}), program, findings)
    symbols = _symbols(sound.get("latex", {}), program, deltas, findings)
    reader = Reader(program, {called: node for node, called in deltas.items()}, faulty, findings)

    def sections(section: str, one: Callable[[Mapping[str, Any], Path, int], T | None]) -> tuple[T, ...]:
        entries = [(entry, (section, index)) for index, entry in enumerate(sound.get(section, []))]
        return tuple(r for entry, path in entries if (r := one(entry, path, findings.place(path)[0])) is not None)

    questions = sections("questions", reader.question)
    tables = sections("tables", reader.table)
    errata = sections("errata", reader.erratum)
    findings.raise_if_any()
    quantities = [question.quantity for question in questions if question.quantity is not None]
    asked = frozenset(one.wrt for one in quantities if one.of == program.loss and one.wrt is not None)
    letters = {node: symbols.get(called) or notation.symbol(called) for node, called in deltas.items()}
    groups = {group for equation in program.equations for group in equation.groups}
    repeated = frozenset(group.removesuffix("#2") for group in groups if group.endswith("#2"))
    return Sheet(
        name=name,
        path=None,
        text=text,
        title=sound.get("title", PurePath(name).name),
        source=sound.get("source", ""),
        description=sound.get("description", ""),
        notes=sound.get("notes", ""),
        equations=sound["equations"],
        program=program,
        notation=Notation(program.loss, symbols, letters, asked, repeated),
        training=training,
        deltas=deltas,
        questions=questions,
        tables=tables,
        errata=errata,
    )


def _given(sound: Mapping[str, Any], findings: Findings) -> Given:
    given = Given()
    entries = Entries()
    for section in keys.VALUES:
        for key, raw in sound.get(section, {}).items():
            path: Path = (section, key)
            if key in keys.TEXTS and isinstance(raw, str):
                findings.add(path, f"{key} belongs above the first [section]: move this line up")
                continue
            name = _name(key, path, findings)
            if name is not None and name in given.places:
                line, _ = findings.place(given.places[name])
                findings.add(path, f"{name} is given in line {line} already: delete one of the two")
                name = None
            if name is not None:
                given.places[name] = path
            read = value(raw, path, findings, entries, integers=section in ("targets", "constants"))
            if name is None or read is None:
                given.faulty.add(name or unicodedata.normalize("NFKC", key).partition("[")[0])
            else:
                given.values[section][name] = read
    return given


def _name(key: str, path: Path, findings: Findings) -> str | None:
    """The name that a key gives a value to, None where it is none (a finding)."""
    name = unicodedata.normalize("NFKC", key)
    if member := re.fullmatch(r"(\w+)\[\s*(-?\d+)\s*\]", name):
        findings.add(path, f"members are given as one family: write {member[1]} = {{{member[2]} = 1.0}}")
    elif not NAME.match(name):
        findings.add(path, f"{shown(key)} is no name: write letters, digits and _, beginning with a letter")
    elif keyword.iskeyword(name):
        findings.add(path, f"{name} is a word of the equation language: write another name, such as {name}_")
    else:
        return name
    return None


def _program(sound: Mapping[str, Any], given: Given, findings: Findings) -> Program | None:
    """The program, None where it cannot be built; a name whose value is faulty already is not missed once more."""
    values = given.values
    try:
        program = build(
            sound["equations"],
            values["inputs"],
            values["targets"],
            values["parameters"],
            values["constants"],
            sound.get("loss"),
        )
    except Problems as problems:
        for problem in problems.problems:
            if problem.key is not None and not given.faulty:
                findings.add((problem.key if problem.key in sound else "equations",), problem.message)
            missed = _MISSED.match(problem.message)
            if problem.key is None and not (missed and missed[1] in given.faulty):
                findings.add_inside(("equations",), problem.line, problem.column, problem.message)
        return None
    return None if given.faulty else program


def _training(table: Mapping[str, Any], findings: Findings) -> Training:
    path: Path = ("training",)
    keys.known(table, path, keys.TRAINING, findings)
    default = Training()
    optimizer = table.get("optimizer", default.optimizer)
    rate = table.get("learning_rate", default.learning_rate)
    iterations = table.get("iterations", default.iterations)
    if not isinstance(optimizer, str) or optimizer not in OPTIMIZERS:
        hint = findings.nearest(optimizer, OPTIMIZERS, '"{}"') if isinstance(optimizer, str) else ""
        findings.add((*path, "optimizer"), f"optimizer must be one of {', '.join(OPTIMIZERS)}{hint}")
    if type(rate) not in (int, float) or not math.isfinite(rate) or rate < 0:
        findings.add((*path, "learning_rate"), "learning_rate must be a finite number of at least 0, such as 0.1")
        rate = default.learning_rate
    if type(iterations) is not int or not 0 <= iterations <= _ITERATIONS:
        findings.add((*path, "iterations"), f"iterations must be a whole number from 0 to {_ITERATIONS:,}")
    return Training(optimizer, float(rate), iterations)


def _deltas(table: Mapping[str, Any], program: Program, findings: Findings) -> tuple[dict[str, str], set[str]]:
    """The sheet's names of gradients by node, and the names that cannot be used."""
    bases = {node.partition("[")[0] for node in program.names}
    deltas: dict[str, str] = {}
    for key, called in table.items():
        path: Path = ("deltas", key)
        node = unicodedata.normalize("NFKC", key)
        known = node in program.names
        if not known:
            hint = findings.nearest(node, program.names) or f": write a node of the equations, such as {program.loss}"
            findings.add(path, f"there is no node {shown(key)}{hint}")
        elif node in program.given and program.given[node].integer:
            findings.add(
                path, f"{shown(key)} is an integer and has no gradient: write its value with a decimal point, 1.0"
            )
        name = unicodedata.normalize("NFKC", called) if isinstance(called, str) else ""
        if not NAME.match(name) or keyword.iskeyword(name):
            findings.add(path, f'the gradient of {shown(key)} needs a name of letters, digits and _, such as "delta_2"')
        elif name in bases or name in program.constants or name in FUNCTIONS:
            findings.add(
                path,
                f"{name} already means something else in the model: give the gradient of {shown(key)} another name",
            )
        elif name in deltas.values():
            findings.add(path, f"{name} is the gradient of two nodes: give one of them another name")
        elif known:
            deltas[node] = name
    return deltas, {called for called in table.values() if isinstance(called, str)}.difference(deltas.values())


def _symbols(
    table: Mapping[str, Any], program: Program, deltas: Mapping[str, str], findings: Findings
) -> dict[str, str]:
    """LaTeX by node, family, constant or name of a gradient."""
    bases = {node.partition("[")[0] for node in program.names}
    locals_ = {node.rpartition(".")[2] for node in program.names if "#" in node}
    known = {*program.names, *bases, *locals_, *program.constants, *deltas.values()}
    symbols: dict[str, str] = {}
    for key, symbol in table.items():
        path: Path = ("latex", key)
        name = unicodedata.normalize("NFKC", key)
        beyond = name.endswith("]") and name.partition("[")[0] in program.families  # a member for another T
        if name not in known and not beyond:
            hint = findings.nearest(name, known) or ": write a node or a family of the equations"
            findings.add(path, f"there is no node {shown(key)}{hint}")
        elif (
            not isinstance(symbol, str) or not symbol.strip() or len(symbol) > _LATEX_LIMIT or not symbol.isprintable()
        ):
            findings.add(path, f"the symbol of {shown(key)} must be LaTeX on one line, such as 'W_{{hh}}'")
        elif not _balanced(symbol):
            findings.add(path, f"the braces in the symbol of {shown(key)} do not match: write one }} for every {{")
        else:
            symbols[name] = symbol
    return {**_as_typed(program, symbols), **symbols}


def _as_typed(program: Program, symbols: Mapping[str, str]) -> dict[str, str]:
    """Names set as they are typed since they would look like a member of a family, x0 beside x[0], or like a name that
    is shorter: w_ beside w, x_1 beside x1.
    """
    found: dict[str, str] = {}
    plainest: dict[str, str] = {}
    names = dict.fromkeys(name.partition("[")[0] for name in (*program.names, *program.constants) if "#" not in name)
    for name in sorted(names, key=lambda name: (name.count("_"), len(name))):
        like = re.fullmatch(r"([^\W\d]\w*?)_?(\d+)", name)
        member = like and f"{like[1]}[{like[2]}]" in program.vars and like[1] not in symbols
        if name not in symbols and (member or plainest.setdefault(notation.symbol(name), name) != name):
            found[name] = rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"
    return found


def _balanced(latex: str) -> bool:
    depth = 0
    for brace in re.findall(r"\\.|[{}]", latex):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0
