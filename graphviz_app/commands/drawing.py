"""export: the picture of one step as a file; the suffix names the format."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from graphviz_models.views import LEVELS

from . import looks, model
from .result import Result, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphviz_models.picture import Picture
    from graphviz_models.program import Program
    from graphviz_models.trace import Trace

MOST_LISTED = 20
AUTO, NONE = "auto", "none"


def arguments(parser: ArgumentParser) -> None:
    """The arguments of `export`."""
    model.arguments(parser)
    looks.output_argument(parser)
    parser.add_argument("--step", metavar="K", help="the picture after K steps, from 0 (default: after the last)")
    parser.add_argument("--level", choices=LEVELS, default="variables", help="what is a node (default: %(default)s)")
    parser.add_argument(
        "--fold",
        action="append",
        metavar="ID",
        help="draw this as one box: a call of a def (cell#1), a time step (t=2), steps (t=2..9), the recurrence (t); "
        "auto folds what the window folds when it opens (the default), none leaves everything unfolded",
    )
    looks.arguments(parser)


def run(options: Namespace) -> Result:
    """Write the picture; a file that stands there stays whole until the new one is complete."""
    from graphviz_models.trace import run as trace_of

    path = Path(options.output)
    written = looks.format_of(path)
    sheet = model.sheet(options)
    program = sheet.program if options.level == "variables" else sheet.program.at_level(options.level)
    looks.write(options, written, _picture(options, trace_of(program, sheet.notation)))
    return Result()


def _picture(options: Namespace, trace: Trace) -> Picture:
    at = _step(options.step, len(trace.steps))
    folded = _folded(options.fold or [AUTO], trace.program)
    return looks.drawn(options, trace, at, folded)


def _folded(asked: Sequence[str], program: Program) -> frozenset[str]:
    """The ids of what is to be folded; auto stands for what the window folds when it opens, none for nothing."""
    from graphviz_models.fold import folds, initial, known

    folded = initial(program) if AUTO in asked else frozenset()
    for one in asked:
        if one not in (AUTO, NONE) and not known(program, {one}):
            ids = [fold.id for fold in folds(program)]
            listed = ", ".join(ids[:MOST_LISTED]) + (", …" if len(ids) > MOST_LISTED else "")
            raise UsageError(
                f"--fold {one}: there is no such group, time step or recurrence at this level: write {AUTO}, {NONE}"
                + (f" or one of {listed}" if ids else ", as nothing can be folded here")
            )
    return folded | {one for one in asked if one not in (AUTO, NONE)}


def _step(text: str | None, steps: int) -> int:
    try:
        at = steps if text is None else int(text)
    except ValueError:
        at = -1
    if not 0 <= at <= steps:
        raise UsageError(f"--step {text}: write a whole number from 0 to {steps}, the number of steps of this model")
    return at
