"""train: gradient descent on the parameters, the loss by iteration."""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from . import model
from .notation import document, jsonable, line
from .result import Result, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graphviz_models.expr import Array

_SHOWN = 20


def arguments(parser: ArgumentParser) -> None:
    """The arguments of `train`."""
    model.arguments(parser)
    parser.add_argument("--iterations", metavar="N", help="how many updates (default: what the model file says)")
    parser.add_argument("--learning-rate", metavar="A", help="the step size (default: what the model file says)")
    parser.add_argument("--optimizer", metavar="NAME", help="sgd, momentum, nesterov, rmsprop or adam")
    form = parser.add_mutually_exclusive_group()
    model.json_argument(form)
    form.add_argument("--csv", action="store_true", help="write iteration,loss, for spreadsheets")


def run(options: Namespace) -> Result:
    """N + 1 losses for N updates: before the first, after each.

    Once the loss is not finite nothing changes any more: the remaining losses are that one, and a last line says where
    it began.
    """
    from graphviz_models.compile import compile_step

    sheet = model.sheet(options)
    training = sheet.training
    count = training.iterations if options.iterations is None else _count(options.iterations)
    rate = training.learning_rate if options.learning_rate is None else _rate(options.learning_rate)
    step = compile_step(
        sheet.program, training.optimizer if options.optimizer is None else _optimizer(options.optimizer)
    )
    losses: list[float] = []
    step.advance(count, rate, losses)
    if len(losses) == count and all(map(math.isfinite, losses[-1:])):
        losses.append(step.loss())
    stopped = None if math.isfinite(losses[-1]) else len(losses) - 1
    losses += losses[-1:] * (count + 1 - len(losses))
    parameters = step.parameters()
    if options.json:
        content = {
            "loss": jsonable(losses),
            "parameters": {name: jsonable(value) for name, value in parameters.items()},
            "stopped": stopped,
        }
        return Result(document(content))
    if options.csv:
        return Result("iteration,loss\n" + "".join(f"{number},{loss!r}\n" for number, loss in enumerate(losses)))
    return Result("\n".join(_lines(losses, parameters, stopped)) + "\n")


def _lines(losses: Sequence[float], parameters: Mapping[str, Array], stopped: int | None) -> Iterator[str]:
    last = len(losses) - 1
    shown = sorted({round(last * part / _SHOWN) for part in range(_SHOWN + 1)})
    width = len(f"{last:,}")
    yield f"{'iteration':>{max(width, 9)}}  loss"
    for number in shown:
        yield f"{number:>{max(width, 9)},}  {losses[number]:.10g}"
    yield ""
    for name, value in parameters.items():
        yield line(name, value)
    if stopped is not None:
        yield f"\nthe loss is not finite from iteration {stopped:,} on: take a smaller --learning-rate"


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = -1
    if not 0 <= count <= 10**9:
        raise UsageError(f"--iterations {text}: write a whole number from 0 to 1,000,000,000")
    return count


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not (math.isfinite(rate) and rate >= 0):
        raise UsageError(f"--learning-rate {text}: write a finite number of at least 0, such as 0.1")
    return rate


def _optimizer(name: str) -> str:
    from graphviz_models.optimizers import OPTIMIZERS

    if name not in OPTIMIZERS:
        raise UsageError(f"--optimizer {name}: write one of {', '.join(OPTIMIZERS)}")
    return name
