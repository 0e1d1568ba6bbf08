"""Finds model files: the built-in exercises by their ids, any other by its path."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

from .characters import FILE_LIMIT, decoded
from .contents import Sheet
from .findings import nearest
from .reader import read

_FOLDER = resources.files("graphviz_models") / "exercises"


@cache
def exercises() -> tuple[tuple[str, str, str], ...]:
    """Id, title and source of every built-in exercise, in the order of their ids."""
    found = []
    for entry in _FOLDER.iterdir():
        if entry.name.endswith(".toml"):
            data = tomllib.loads(entry.read_text(encoding="utf-8"))
            found.append((entry.name.removesuffix(".toml"), data["title"], data.get("source", "")))
    return tuple(sorted(found))


def source(model: str) -> tuple[str, Path | None]:
    """The text of a model, and its path where it is no built-in exercise.

    Raises:
        OSError: the file cannot be read; the message says why, and which exercise may have been meant.
        Problems: it is no UTF-8 text, or too large.
    """
    if not model:
        raise FileNotFoundError("this is no path: name a model file")
    path = Path(model)
    built_in = _FOLDER / f"{model}.toml"
    if path.name == model and "\0" not in model and built_in.is_file():
        return decoded(built_in.read_bytes()), None
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except FileNotFoundError:
        close = None if path.suffix else nearest(model, [name for name, _, _ in exercises()])
        hint = f": did you mean {close}?" if close else ": graphviz-app list names the built-in exercises"
        raise FileNotFoundError(f"there is no such file, and no built-in exercise of that name{hint}") from None
    except IsADirectoryError:
        raise IsADirectoryError("this is a folder: name a model file in it") from None
    except ValueError:
        raise FileNotFoundError("this is no path: name a model file") from None
    return decoded(data), path


def load(model: str, settings: Mapping[str, str] | None = None) -> Sheet:
    """The sheet of a model file by its path, or of a built-in exercise by its id; `settings` as in `read`.

    Raises:
        OSError: the file cannot be read.
        Problems: everything that is wrong in it.
    """
    text, path = source(model)
    return replace(read(text, model, settings), path=path)
