"""The window: opened once the model has been read and Qt has what it needs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from graphviz_app import collector

from .result import Result, UsageError


def arguments(parser: ArgumentParser) -> None:
    """The arguments of the program without a command."""
    from graphviz_models import __version__

    parser.add_argument("--version", action="version", version=f"graphviz-app {__version__}")
    parser.add_argument("model", metavar="MODEL", nargs="?", help="the model file or exercise to open")


@collector.starting()
def run(options: Namespace) -> Result:
    """Open the window on a model; a mistake in its file is said before anything is drawn."""
    from graphviz_app import preflight

    missing, first = preflight.window(), None
    if not missing:
        from graphviz_app import imports

        imports.plainly()
        from graphviz_app import opening

        first = opening.found(options.model or opening.FIRST)
    if first is None and options.model is not None:
        from graphviz_models.sheet import load

        load(options.model)
    if missing:
        raise UsageError(missing)
    from graphviz_app.main import main

    return Result(status=main(options.model, first))
