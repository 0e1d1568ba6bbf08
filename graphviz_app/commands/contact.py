"""contact: models at several levels side by side, as one picture."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from graphviz_models.views import LEVELS

from . import looks
from .result import Result, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphviz_models.picture.contact import Strip
    from graphviz_models.views import Level


def arguments(parser: ArgumentParser) -> None:
    """The arguments of `contact`."""
    parser.add_argument(
        "models",
        nargs="*",
        metavar="MODEL",
        help="paths to model files, or ids of built-in exercises (default: all of these)",
    )
    looks.output_argument(parser)
    parser.add_argument(
        "--level", action="append", choices=LEVELS, help="what is a node; as often as needed (default: each of them)"
    )
    parser.add_argument(
        "--at",
        type=float,
        default=100.0,
        metavar="PERCENT",
        help="how many of the steps are taken: 0 none, 100 all (default: %(default)g)",
    )
    looks.arguments(parser)


def run(options: Namespace) -> Result:
    """Write the contact sheet; what the window folds when it opens is folded."""
    from graphviz_models.picture.contact import contact
    from graphviz_models.sheet import exercises

    written = looks.format_of(Path(options.output))
    if not 0 <= options.at <= 100:
        raise UsageError(f"--at {options.at:g}: write a number from 0 to 100")
    models = options.models or [exercise for exercise, _, _ in exercises()]
    strips = [_strip(model, options) for model in models]
    options.model = options.output  # mistakes are said of it from here
    looks.write(options, written, contact(strips, looks.theme(options)))
    return Result()


def _strip(model: str, options: Namespace) -> Strip:
    """A model's heading, and its pictures by level."""
    from graphviz_models.fold import initial
    from graphviz_models.picture.contact import Strip
    from graphviz_models.sheet import load
    from graphviz_models.trace import run as trace_of

    options.model = model  # mistakes are said of it
    sheet = load(model)
    pictures = []
    levels: Sequence[Level] = options.level or LEVELS
    for level in levels:
        trace = trace_of(sheet.program.at_level(level), sheet.notation)
        drawn = looks.drawn(options, trace, round(options.at / 100 * len(trace.steps)), initial(trace.program))
        pictures.append((level, drawn))
    return Strip(f"{sheet.title} ({model})" if sheet.title else model, tuple(pictures))
