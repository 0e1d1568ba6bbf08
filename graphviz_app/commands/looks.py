"""How a picture is to look, as arguments of a command, and the file that it is written to."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphviz_models.views import DIRECTIONS

from .result import UnwrittenError, UsageError

if TYPE_CHECKING:
    from graphviz_models.export import Format
    from graphviz_models.picture import Picture, Show
    from graphviz_models.theme import Theme
    from graphviz_models.trace import Trace

SWITCHES = ("values", "deltas", "input-deltas", "shapes", "legend", "locals")
MOST_DIGITS = 12
MOST_SCALE = 100


def output_argument(parser: ArgumentParser) -> None:
    """Add --output to a command's arguments."""
    parser.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="the file to write; its suffix names the format"
    )


def arguments(parser: ArgumentParser) -> None:
    """Add the looks, which all commands that draw share."""
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
    parser.add_argument("--show", action="append", default=[], choices=SWITCHES, help="show this as well")
    parser.add_argument("--hide", action="append", default=[], choices=SWITCHES, help="leave this out")


def format_of(path: Path) -> Format:
    """The format that the suffix names; Qt is loaded where it is needed alone. Raises UsageError."""
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


def write(options: Namespace, written: Format, picture: Picture) -> None:
    """Write the file; one that stands there stays whole until the new one is complete.

    Raises UsageError, UnwrittenError, Problems.
    """
    from graphviz_app.saving import write_whole

    data = written.write(picture, **_scale(options, written, picture))
    try:
        write_whole(Path(options.output), data)
    except OSError as error:
        raise UnwrittenError(f"{options.output}: error: {error.strerror or error}") from None


def drawn(options: Namespace, trace: Trace, at: int, folded: frozenset[str]) -> Picture:
    """The picture of a trace after `at` steps, with this folded, in the looks that are asked for.

    Nodes that were moved in the window are where the file beside the model has them. Raises UsageError, Problems.
    """
    from graphviz_models.picture import picture

    show, digits = _show(options), _digits(options)
    return picture(
        trace,
        at,
        theme=theme(options),
        show=show,
        digits=digits,
        direction=options.direction,
        pinned=_moved(options, trace, show, digits, folded),
        folded=folded,
    )


def _moved(
    options: Namespace, trace: Trace, show: Show, digits: int, folded: frozenset[str]
) -> dict[str, tuple[float, float]]:
    """The places of moved nodes; where the file beside the model makes no sense, that is said and none are."""
    from graphviz_app import arrangement
    from graphviz_app.state import Viewpoint, put
    from graphviz_models.picture.plan import plan

    path = Path(options.model)
    try:
        found = arrangement.beside(path) if path.is_file() else None
    except ValueError as error:
        if sys.stderr is not None:
            sys.stderr.write(f"{arrangement.sidecar(path)}: warning: {error}\n")
        return {}
    seen = Viewpoint(trace.program.level, options.direction, folded)
    moves, places = (found.moves.get(seen.plane, {}), found.places.get(seen, {})) if found is not None else ({}, {})
    if not moves and not places:
        return {}
    homes = plan(trace.program, trace.notation, show, digits, options.direction, {}, folded).corners
    return put(homes, moves) | {box: place for box, place in places.items() if box in homes}


def theme(options: Namespace) -> Theme:
    """The theme that is asked for. Raises UsageError."""
    from graphviz_models.theme import THEMES

    if options.theme not in THEMES:
        raise UsageError(f"--theme {options.theme}: write one of {', '.join(THEMES)}")
    return THEMES[options.theme]


def _digits(options: Namespace) -> int:
    if not 1 <= options.digits <= MOST_DIGITS:
        raise UsageError(f"--digits {options.digits}: write a whole number from 1 to {MOST_DIGITS}")
    return int(options.digits)


def _show(options: Namespace) -> Show:
    from dataclasses import replace

    from graphviz_models.picture import Show

    switched: dict[str, Any] = {**dict.fromkeys(options.show, True), **dict.fromkeys(options.hide, False)}
    switched = {switch.replace("-", "_"): on for switch, on in switched.items()}
    if "locals" in switched:
        switched["locals"] = "symbol" if switched["locals"] else "off"
    return replace(Show(), **switched)
