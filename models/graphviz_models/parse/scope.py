"""What the names of an expression mean where it stands, with the nearest name to a wrong one."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable
from typing import Protocol

from graphviz_models.expr import Array, Expr


class Scope(Protocol):
    """What the names of an expression mean where it stands.

    `broken` are names whose own statements are wrong: what is missed of them is no second mistake.
    """

    broken: set[str]

    def value(self, place: ast.Name) -> Expr:
        """The expression that a name stands for; raises MistakeError."""

    def member(self, place: ast.Subscript, base: str, index: int) -> Expr:
        """A member of a family; raises MistakeError."""

    def is_family(self, name: str) -> bool:
        """Whether brackets on the name choose a member."""

    def whole(self, place: ast.Name) -> int | None:
        """The integer that a constant or a loop variable stands for, if it does."""

    def call(self, place: ast.Call, name: str, args: list[Expr]) -> Expr | None:
        """The result of a group that the model defines, None where it defines no such name."""

    def suggestions(self) -> Iterable[str]:
        """Names that could have been meant."""

    def nearest(self, name: str, among: Iterable[str]) -> str:
        """As `nearest`; after many mistakes nothing."""

    def known(self, e: Expr) -> Array | None:
        """The value of an integer expression, where it is known beforehand."""


def nearest(name: str, among: Iterable[str]) -> str:
    """`: did you mean …?` with the nearest name, or nothing."""
    names = list(among)
    swapped = [n for n in names if sorted(n) == sorted(name)]
    found = swapped or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f": did you mean {found[0]}?" if found else ""
