"""What is wrong in a model, where, with what to write instead."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One mistake of a model file: one sentence with its place.

    `line` and `column` count from 1, in the text that was read. Where the mistake lies outside the equations, `key`
    names the entry of the model file it belongs to (`"loss"`) and the place is 0, 0.
    """

    line: int
    column: int
    message: str
    key: str | None = None

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: error: {self.message}"


class Problems(ValueError):  # noqa: N818 - the plural of Problem
    """Everything that is wrong in a text, in the order of its lines."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class MistakeError(Exception):
    """What is wrong at one place of the text."""

    def __init__(self, place: ast.AST, message: str) -> None:
        super().__init__(message)
        self.line: int = getattr(place, "lineno", 1)
        self.column: int = getattr(place, "col_offset", 0) + 1
        self.message = message


class SilentError(Exception):
    """A name whose own equation is already reported as wrong."""
