"""check, cost: whether gradients, answers and printed numbers are right, and what backpropagation costs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from . import model
from .notation import document, jsonable
from .result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphviz_models.check import AnswerCheck, Entry, NodeCheck, Report, TableCheck

_SHOWN = 5


def arguments(parser: ArgumentParser) -> None:
    """The arguments of `check`."""
    model.arguments(parser)
    model.json_argument(parser)


def check(options: Namespace) -> Result:
    """Status 1 where a gradient, an answer or a printed number without an erratum is wrong."""
    from graphviz_models.check import report

    sheet = model.sheet(options)
    training = sheet.training
    found = report(
        sheet.program,
        sheet.questions,
        sheet.tables,
        deltas=sheet.deltas,
        optimizer=training.optimizer,
        learning_rate=training.learning_rate,
    )
    output = document(_content(found)) if options.json else "\n".join(_lines(found)) + "\n"
    return Result(output, 0 if found.passed else 1)


def _lines(found: Report) -> Iterator[str]:
    loss = found.trace.program.loss
    for node in found.gradients:
        yield from _gradient_lines(node, loss)
    for answer in found.answers:
        yield from _answer_lines(answer)
    for table in found.tables:
        yield from _table_lines(table)
    right, total = found.numbers
    if total:
        yield f"{right} of {total} printed numbers"
    count, failed = len(found.parts), found.failed
    yield f"failed: {failed} of {count} checks" if failed else f"passed: {count} checks"


def _gradient_lines(node: NodeCheck, loss: str) -> Iterator[str]:
    some = "" if node.checked == node.entries else f", a sample of {node.checked:,} of {node.entries:,} entries"
    doubt = f", {len(node.doubtful):,} not checkable here" if node.doubtful else ""
    sure = node.checked > len(node.doubtful) + len(node.wrong)
    agreement = f" within {node.deviation:.0e} of its largest entry" if sure and node.passed else ""
    yield f"{_mark(node.passed)} d{loss}/d{node.node}{agreement}{some}{doubt}"
    for entry in (*node.wrong[:_SHOWN], *node.doubtful[:_SHOWN]):
        yield f"      {_entry(node.node, entry)}"
    for kind, entries in (("wrong", node.wrong), ("not checkable", node.doubtful)):
        if len(entries) > _SHOWN:
            yield f"      … and {len(entries) - _SHOWN:,} more {kind}"


def _entry(node: str, entry: Entry) -> str:
    at = f"{node}{list(entry.index)}" if entry.index else node
    said = f"{at}: gradient {entry.gradient:.10g}, difference {entry.difference:.10g}"
    if not entry.doubt:
        return said
    return f"{said}: {entry.doubt} (slope {entry.left:.6g} from the left, {entry.right:.6g} from the right)"


def _answer_lines(answer: AnswerCheck) -> Iterator[str]:
    question = answer.question
    name = " ".join(part for part in (question.label, str(question.quantity)) if part)
    yield f"{_mark(answer.passed)} {name} = {question.answer}"
    if answer.fault:
        yield f"      line {question.line}: the answer is wrong: {answer.fault}"


def _table_lines(table: TableCheck) -> Iterator[str]:
    name = table.table.title or table.table.of
    yield f"{_mark(table.passed)} {name}: {table.right} of {table.total} printed numbers"
    for misprint in table.misprints[:_SHOWN]:
        at = f" at {list(misprint.index)}" if misprint.index else ""
        yield f"      printed {misprint.printed}{at}, true {misprint.value:.10g}"


def _mark(passed: bool) -> str:
    return "ok   " if passed else "WRONG"


def _content(found: Report) -> dict[str, Any]:
    right, total = found.numbers
    return {
        "passed": found.passed,
        "gradients": [
            {
                "node": node.node,
                "passed": node.passed,
                "entries": node.entries,
                "checked": node.checked,
                "deviation": jsonable(node.deviation),
                "wrong": list(map(_entry_content, node.wrong)),
                "not_checkable": list(map(_entry_content, node.doubtful)),
            }
            for node in found.gradients
        ],
        "answers": [
            {
                "label": answer.question.label,
                "of": str(answer.question.quantity),
                "answer": answer.question.answer,
                "passed": answer.passed,
                "expected": jsonable(answer.expected),
                "value": None if answer.value is None else jsonable(answer.value),
                "fault": answer.fault,
            }
            for answer in found.answers
        ],
        "tables": [
            {
                "title": table.table.title,
                "passed": table.passed,
                "right": table.right,
                "total": table.total,
                "values": jsonable(table.values),
            }
            for table in found.tables
        ],
        "printed_numbers": {"right": right, "total": total},
    }


def _entry_content(entry: Entry) -> dict[str, Any]:
    return {
        "index": list(entry.index),
        "gradient": jsonable(entry.gradient),
        "difference": jsonable(entry.difference),
        "left": jsonable(entry.left),
        "right": jsonable(entry.right),
        "why": entry.doubt,
    }


def cost_arguments(parser: ArgumentParser) -> None:
    """The arguments of `cost`."""
    model.arguments(parser)
    model.json_argument(parser)


def cost(options: Namespace) -> Result:
    """Whole numbers, however large."""
    from graphviz_models.cost import cost as counted_cost

    counted = counted_cost(model.sheet(options).program)
    if options.json:
        content = {
            "parameters": counted.parameters,
            "multiplications": {"backward": counted.backward, "path_sum": counted.path_sum},
            "paths": counted.paths,
        }
        return Result(document(content))
    return Result(
        f"parameters                             {counted.parameters:,}\n"
        f"multiplications of backpropagation     {counted.backward:,}\n"
        f"multiplications of the sum over paths  {counted.path_sum:,}\n"
        f"paths from parameters to the loss      {counted.paths:,}\n"
    )
