"""The commands of the command line, one entry each; what is heavy is imported when a command runs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from . import checks, contact, drawing, training, values, window
from .result import Result, UnwrittenError, UsageError

__all__ = ["COMMANDS", "WINDOW", "Command", "Result", "UnwrittenError", "UsageError"]


@dataclass(frozen=True)
class Command:
    """One command: what it does, its arguments, and the function that does it."""

    name: str
    summary: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], Result]


WINDOW = Command(
    "", "Computation graphs and backpropagation, step by step: opens the window.", window.arguments, window.run
)

COMMANDS = {
    command.name: command
    for command in (
        Command("list", "the built-in exercises: id, title, source", values.listing_arguments, values.listing),
        Command("evaluate", "one forward and one backward pass", values.evaluate_arguments, values.evaluate),
        Command("trace", "every step of the forward and the backward pass", values.trace_arguments, values.trace),
        Command("train", "gradient descent, the loss by iteration", training.arguments, training.run),
        Command(
            "check", "gradients against finite differences, answers against the engine", checks.arguments, checks.check
        ),
        Command("jacobian", "the Jacobian between any two nodes", values.jacobian_arguments, values.jacobian),
        Command("cost", "parameters, multiplications and paths of backpropagation", checks.cost_arguments, checks.cost),
        Command("export", "a picture or a document; the suffix names the format", drawing.arguments, drawing.run),
        Command("contact", "models at several levels side by side, on one picture", contact.arguments, contact.run),
    )
}
