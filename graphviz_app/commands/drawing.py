"""export: the picture of one step as a file; the suffix names the format."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import model
from .result import Result, UnwrittenError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphviz_models.export import Format
    from graphviz_models.picture import Picture, Show
    from graphviz_models.program import Program
    from graphviz_models.theme import Theme
    from graphviz_models.trace import Trace

LEVELS = ("variables", "operations", "neurons")
DIRECTIONS = ("right", "down")
SWITCHES = ("values", "deltas", "input-deltas", "shapes", "legend", "locals")
MOST_DIGITS = 12
MOST_SCALE = 100
MOST_LISTED = 20
AUTO, NONE = "auto", "none"


def arguments(parser: ArgumentParser) -> None:
    """The arguments of `export`."""
    model.arguments(parser)
    parser.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="the file to write; its suffix names the format"
    )
    parser.add_argument("--step", metavar="K", help="the picture after K steps, from 0 (default: after the last)")
    parser.add_argument("--level", choices=LEVELS, default="variables", help="what is a node (default: %(default)s)")
    parser.add_argument(
        "--direction", choices=DIRECTIONS, default="right", help="where data and time run (default: %(default)s)"
    )
    parser.add_argument(
        "--theme", default="light", metavar="NAME", help="light, dark, contrast or print (default: %(default)s)"
    )
    parser.add_argument(
        "--digits", type=int, default=4, metavar="N", help="significant digits, 1 to 12 (default: %(default)s)"
    )
    parser.add_argument("--scale", type=float, default=None, metavar="S", help="pixels a point, for pixel formats")
    parser.add_argument("--width", type=int, default=None, metavar="W", help="the width in pixels, instead of --scale")
    parser.add_argument(
        "--fold",
        action="append",
        metavar="ID",
        help="draw this as one box: a call of a def (cell#1), a time step (t=2), steps (t=2..9), the recurrence (t); "
        "auto folds what the window folds when it opens (the default), none leaves everything unfolded",
    )
    parser.add_argument("--show", action="append", default=[], choices=SWITCHES, help="show this as well")
    parser.add_argument("--hide", action="append", default=[], choices=SWITCHES, help="leave this out")


def run(options: Namespace) -> Result:
    """Write the picture; a file that stands there stays whole until the new one is complete."""
    from graphviz_app.saving import write_whole
    from graphviz_models.trace import run as trace_of

    path = Path(options.output)
    written = _format(path)
    sheet = model.sheet(options)
    program = sheet.program if options.level == "variables" else sheet.program.at_level(options.level)
    picture = _picture(options, trace_of(program, sheet.notation))
    data = written.write(picture, **_scale(options, written, picture))
    try:
        write_whole(path, data)
    except OSError as error:
        raise UnwrittenError(f"{options.output}: error: {error.strerror or error}") from None
    return Result()


def _format(path: Path) -> Format:
    """The format that the suffix names; Qt is loaded where it is needed alone."""
    from graphviz_models.export import FORMATS

    suffix = path.suffix.lower()
    if suffix in FORMATS:
        return FORMATS[suffix]
    from graphviz_app import preflight

    if missing := preflight.drawing():
        raise UsageError(missing)
    from graphviz_app.export import FORMATS as ALL

    if suffix not in ALL:
        known = ", ".join(ALL)
        raise UsageError(f"{path.name} does not end in the suffix of a format: write one of {known}")
    _start_qt()
    return ALL[suffix]


def _start_qt() -> None:
    """Qt draws without a display; its application object lives as long as the process."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtGui import QGuiApplication

    if QGuiApplication.instance() is None:
        _applications.append(QGuiApplication(["graphviz-app"]))


_applications: list[object] = []


def _scale(options: Namespace, written: Format, picture: Picture) -> dict[str, float]:
    """The scale that is asked for, as an argument of the format's writer."""
    if options.scale is None and options.width is None:
        return {}
    if "scale" not in signature(written.write).parameters:
        raise UsageError(f"{written.name} has no pixels: leave out --scale and --width")
    if options.scale is not None and options.width is not None:
        raise UsageError("--scale and --width say the same: leave out one of them")
    scale = options.scale if options.width is None else options.width / picture.width
    if not 0 < scale <= MOST_SCALE:
        raise UsageError(f"the picture would be {scale:g} times its size: choose from 0 to {MOST_SCALE}")
    return {"scale": scale}


def _picture(options: Namespace, trace: Trace) -> Picture:
    from graphviz_models.picture import picture

    if not 1 <= options.digits <= MOST_DIGITS:
        raise UsageError(f"--digits {options.digits}: write a whole number from 1 to {MOST_DIGITS}")
    at = _step(options.step, len(trace.steps))
    folded = _folded(options.fold or [AUTO], trace.program)
    return picture(
        trace,
        at,
        theme=_theme(options.theme),
        show=_show(options),
        digits=options.digits,
        direction=options.direction,
        folded=folded,
    )


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


def _theme(name: str) -> Theme:
    from graphviz_models.theme import THEMES

    if name not in THEMES:
        raise UsageError(f"--theme {name}: write one of {', '.join(THEMES)}")
    return THEMES[name]


def _show(options: Namespace) -> Show:
    from dataclasses import replace

    from graphviz_models.picture import Show

    switched: dict[str, Any] = {**dict.fromkeys(options.show, True), **dict.fromkeys(options.hide, False)}
    switched = {switch.replace("-", "_"): on for switch, on in switched.items()}
    if "locals" in switched:
        switched["locals"] = "symbol" if switched["locals"] else "off"
    return replace(Show(), **switched)
