"""What a name means where it stands: nodes, members of families, constants, loop variables, groups."""

from __future__ import annotations

import ast
import math
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import numpy as np

from graphviz_models.expr import Apply, Array, Const, Expr, Var
from graphviz_models.parse import NAME, nearest
from graphviz_models.problem import MistakeError, SilentError
from graphviz_models.signatures import FUNCTIONS

from .text import no_name
from .types import Equation, Given

#: Mistakes for which a name that may be meant is looked for, and names among which.
MOST_HINTS, MOST_NAMES = 30, 1000
NUMBERS = {"pi": math.pi, "e": math.e}


def member(base: str, index: int) -> str:
    """The node name of a family's member."""
    return f"{base}[{index}]"


class Names(ABC):
    """The scope of every expression of a model, as far as its equations are read (see parse.Scope)."""

    def __init__(self, given: dict[str, Given], constants: Mapping[str, Any], families: set[str]) -> None:
        self.given = given
        self.constants = constants
        self.families = set(families)
        self.equations: dict[str, Equation] = {}
        self.vars: dict[str, Var] = {n: Var(n, g.shape, integer=g.integer) for n, g in given.items()}
        self.defs: dict[str, ast.FunctionDef] = {}
        self.calls: dict[str, int] = {}
        self.loop: list[tuple[str, int]] = []
        self.frames: list[tuple[str, dict[str, Expr], dict[str, int]]] = []
        self.groups: tuple[str, ...] = ()
        self.broken: set[str] = set()
        self.assigned: set[str] = set()
        self.assigned_families: set[str] = set()
        self._hints = 0

    def _loop_value(self, name: str) -> int | None:
        for variable, value in reversed(self.loop):
            if variable == name:
                return value
        return None

    def turn(self, name: str) -> int | None:
        """The value of a loop variable; None for any other name."""
        return self.frames[-1][2].get(name) if self.frames else self._loop_value(name)

    def value(self, place: ast.Name) -> Expr:
        name = unicodedata.normalize("NFKC", place.id)
        if not NAME.match(name):
            raise MistakeError(place, no_name(name))
        if self.frames:
            _, locals_, turns = self.frames[-1]
            if name in locals_:
                return locals_[name]
            if name in turns:
                return Const(float(turns[name]), integer=True)
        else:
            turn = self._loop_value(name)
            if turn is not None:
                return Const(float(turn), integer=True)
        if name in self.vars:
            return self.vars[name]
        if name in self.broken:
            raise SilentError
        if name in self.constants:
            held = self.constants[name]
            if isinstance(held, dict):
                raise MistakeError(place, f"{name} is a family: choose one member with an integer, {name}[1]")
            return Const(held, name, integer=is_integer(held))
        if name in self.families:
            raise MistakeError(place, f"{name} is a family: choose one member with an integer, {name}[1]")
        if name in NUMBERS and name not in self.assigned:
            return Const(NUMBERS[name], name)
        if name in self.assigned:
            raise MistakeError(
                place,
                f"{name} is used before it is assigned: move its equation up, or where they need each other "
                f"write steps, {name}[t] from {name}[t-1]",
            )
        if name in FUNCTIONS or name in self.defs:
            raise MistakeError(place, f"{name} is a function: write {name}(...)")
        raise MistakeError(place, f"{name} is not defined{self._suggest(name)}")

    def _suggest(self, name: str) -> str:
        return self.nearest(name, self.suggestions()) or (
            ": give it a value under [inputs], [targets], [parameters] or [constants], or an equation above"
        )

    def nearest(self, name: str, among: Iterable[str]) -> str:
        self._hints += 1
        return nearest(name, islice(among, MOST_NAMES)) if self._hints <= MOST_HINTS else ""

    def suggestions(self) -> Iterable[str]:
        yield from (n for n in self.vars if "#" not in n)
        yield from self.constants
        yield from self.families
        yield from self.defs

    def is_family(self, name: str) -> bool:
        if self.frames and name in self.frames[-1][1]:
            return False
        if name in self.assigned_families and name not in self.vars and name not in self.constants:
            return True  # of which no member is there yet
        return name in self.families or isinstance(self.constants.get(name), dict)

    def member(self, place: ast.Subscript, base: str, index: int) -> Expr:
        name = member(base, index)
        if name in self.vars:
            return self.vars[name]
        if name in self.broken or base in self.broken:
            raise SilentError
        held = self.constants.get(base)
        if isinstance(held, dict):
            if index in held:
                whole_family = all(is_integer(v) for v in held.values())
                return Const(held[index], name, integer=whole_family)
            raise MistakeError(place, f"{name} is not given: [constants] has {listed(base, sorted(held))}")
        have = sorted(int(n[len(base) + 1 : -1]) for n in self.vars if n.startswith(base + "["))
        hint = f"there are {listed(base, have)}" if have else "no member is assigned yet"
        raise MistakeError(place, f"{name} is used before it is assigned or given: {hint}")

    def whole(self, place: ast.Name) -> int | None:
        name = place.id
        if self.frames:
            _, locals_, turns = self.frames[-1]
            if name in turns:
                return turns[name]
            if name in locals_:
                held = locals_[name]
                if isinstance(held, Const) and held.integer and held.shape == ():
                    return int(held.value)
                return None
        else:
            turn = self._loop_value(name)
            if turn is not None:
                return turn
        held_constant = self.constants.get(name)
        if isinstance(held_constant, dict) or not is_integer(held_constant) or name in self.vars:
            return None
        array = np.asarray(held_constant)
        return int(array) if array.shape == () else None

    def known(self, e: Expr) -> Array | None:
        """The value of an integer expression of what is given."""
        if isinstance(e, Const):
            return e.value
        if isinstance(e, Var):
            held = self.given.get(e.name)
            if held is not None:
                return held.value
            found = self.equations.get(e.name)
            return self.known(found.computed) if found else None
        if isinstance(e, Apply) and e.size < 200:
            args = [self.known(a) for a in e.args]
            if all(a is not None for a in args):
                return np.asarray(e.op.value(*args, **dict(e.attrs)))
        return None

    @abstractmethod
    def call(self, place: ast.Call, name: str, args: list[Expr]) -> Expr | None:
        """The result of a def."""

    def defines(self, name: str) -> bool:
        """Whether the model has a def of that name."""
        return name in self.defs


def listed(base: str, indices: list[int]) -> str:
    shown = indices if len(indices) <= 6 else [*indices[:3], *indices[-1:]]
    text = ", ".join(member(base, i) for i in shown)
    return (
        text
        if len(indices) <= 6
        else text.replace(f", {member(base, indices[-1])}", f", …, {member(base, indices[-1])}")
    )


def is_integer(value: object) -> bool:
    """Whether a value of the file is made of integers only."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "iu"
    if isinstance(value, list | tuple):
        return bool(value) and all(map(is_integer, value))
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
