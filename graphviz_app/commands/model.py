"""The arguments that every command with a model shares, and the sheet they name."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .result import UsageError

if TYPE_CHECKING:
    from argparse import _ActionsContainer

    from graphviz_models.sheet import Sheet


def arguments(parser: ArgumentParser) -> None:
    """Add MODEL and --set to a command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="a path to a model file, or the id of a built-in exercise")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="give a node or a constant another value, as in TOML; as often as needed",
    )


def json_argument(parser: _ActionsContainer) -> None:
    """Add --json to a command's arguments."""
    parser.add_argument("--json", action="store_true", help="write JSON, for programs")


def sheet(options: Namespace) -> Sheet:
    """The sheet that MODEL names, with the values of --set. Raises Problems, OSError, UsageError."""
    from graphviz_models.sheet import load

    settings: dict[str, str] = {}
    for setting in options.set:
        name, equals, value = setting.partition("=")
        if not (equals and name.strip()):
            raise UsageError(f"--set {setting}: write --set NAME=VALUE, such as --set w=0.5")
        settings[name.strip()] = value.strip()
    return load(options.model, settings)


def node(options: Namespace, name: str, names: Iterable[str]) -> str:
    """The node that an argument names. Raises UsageError with the nearest name."""
    import difflib
    import unicodedata

    known = list(names)
    found = unicodedata.normalize("NFKC", name)
    if found in known:
        return found
    close = difflib.get_close_matches(found, known[:2000], 1)
    hint = f"did you mean {close[0]}?" if close else f"graphviz-app evaluate {options.model} names all nodes"
    raise UsageError(f"{options.model} has no node {name}: {hint}")
