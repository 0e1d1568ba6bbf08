"""What an exercise claims about its model: answers to questions, tables of printed numbers, errors of the print."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """What a question asks for, or what a table holds.

    `of` alone is a node's value. With `wrt` it is the derivative of `of` by `wrt`, of shape ``[*of, *wrt]``;
    `immediate` holds every other node fixed (∂⁺).
    """

    of: str
    wrt: str | None = None
    immediate: bool = False

    def __str__(self) -> str:
        if self.wrt is None:
            return self.of
        return f"d{'+' if self.immediate else ''}{self.of}/d{self.wrt}"


@dataclass(frozen=True)
class Question:
    """One sub-question of a sheet, with its answer.

    `of` is ``d<loss>/d<node>`` as typed, empty where the answer is none of the gradients; `quantity` is its meaning, or
    the Jacobian that is asked for. `given` names the deltas that `answer` may use. `answer_text` answers in words.
    `printed` is what the sheet prints instead of the right answer (an expression beside `answer`, Markdown beside
    `answer_text`), `erratum` what is wrong with it. `line` is where the question stands in its file, from 1.
    """

    label: str
    text: str
    of: str = ""
    given: tuple[str, ...] = ()
    answer: str = ""
    printed: str | None = None
    erratum: str | None = None
    line: int = 0
    quantity: Quantity | None = None
    answer_text: str | None = None
    erratum_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Numbers as a sheet prints them, of one iteration of gradient descent.

    `printed` holds the digits as printed, nested as the array is. The values are those before the update of
    `iteration` (from 1), or a parameter's after it where `update` is set.
    """

    title: str
    iteration: int
    of: str
    quantity: Quantity
    printed: tuple[object, ...] | str
    update: bool = False
    erratum: str | None = None
    erratum_ids: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Erratum:
    """An error of the print that no question tells, with what is printed and what is right where that can be said."""

    id: str
    kind: str
    text: str
    printed: str | None = None
    right: str | None = None
    line: int = 0


ERRATUM_KINDS = ("math", "index", "data", "notation", "concept")
