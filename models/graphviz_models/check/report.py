"""The whole check of a model as one report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphviz_models.program import Program
from graphviz_models.trace import Trace, run

from .answers import AnswerCheck, answers
from .claims import Question, Table
from .gradients import NodeCheck, gradients
from .printed import TableCheck, printed


@dataclass(frozen=True, eq=False)
class Report:
    """What was checked, at the values of `trace`."""

    trace: Trace
    gradients: tuple[NodeCheck, ...]
    answers: tuple[AnswerCheck, ...] = ()
    tables: tuple[TableCheck, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing fails; an entry that cannot be checked does not fail."""
        return not self.failed

    @property
    def parts(self) -> tuple[NodeCheck | AnswerCheck | TableCheck, ...]:
        """Everything that was checked, one part a node, an answer, a table."""
        return (*self.gradients, *self.answers, *self.tables)

    @property
    def failed(self) -> int:
        """How many parts fail."""
        return sum(not part.passed for part in self.parts)

    @property
    def numbers(self) -> tuple[int, int]:
        """How many printed numbers agree, of how many."""
        return sum(table.right for table in self.tables), sum(table.total for table in self.tables)


def report(
    program: Program,
    questions: tuple[Question, ...] = (),
    tables: tuple[Table, ...] = (),
    *,
    deltas: Mapping[str, str] | None = None,
    optimizer: str = "sgd",
    learning_rate: float = 0.1,
) -> Report:
    """Checks the gradients of a program, the answers to its questions and the tables of its printed numbers.

    `deltas` maps nodes to the sheet's names of their gradients; the tables' iterations use `optimizer` and
    `learning_rate`. Raises Problems for an answer that cannot be read.
    """
    trace = run(program)
    return Report(
        trace,
        gradients(trace),
        answers(trace, questions, deltas or {}),
        printed(trace, tables, optimizer, learning_rate),
    )
