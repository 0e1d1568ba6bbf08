"""What a start shows at once: the graph of the last start, where nothing that it was made from has changed since.

Reading a model, laying it out and typesetting it take longer than everything else before the first painting. So the
marks of the last start's graph are kept, with all that they came from: the model's text, what lies beside its file, the
program itself, the looks. Where any of it is another one, or the file makes no sense, there is nothing to show at once.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import graphviz_models
from graphviz_app.place import CACHE, place
from graphviz_models.picture import Picture
from graphviz_models.picture.stored import restored, stored

FIRST = "sheet9-ex1"  # what is shown where nothing is asked for
LARGEST = 4_000_000  # bytes of what is kept; a larger graph is not
LONGEST = 1_000_000  # bytes of a model's text

Margins = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class Look:
    """What of the preferences a graph's marks depend on."""

    theme: str
    digits: int
    direction: str


@dataclass(frozen=True, eq=False)
class Opening:
    """A graph to show, the looks that it was made for, and the pixels that were around it in the window."""

    picture: Picture
    look: Look
    around: Margins


def found(model: str) -> Opening | None:
    """What was kept of a built-in exercise or a file, if it would come out the same today."""
    try:
        with open(opening_file(), "rb") as file:
            raw = file.read(LARGEST + 1)
        check, _, body = raw.partition(b"\n")
        if len(raw) > LARGEST or int(check) != zlib.crc32(body):
            return None
        kept = json.loads(body)
        if kept["of"] != _sources(model):
            return None
        theme, digits, direction = kept["look"]
        left, top, right, bottom = (int(side) for side in kept["around"])
        return Opening(restored(kept), Look(theme, digits, direction), (left, top, right, bottom))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def keep(model: str, text: str, opening: Opening) -> bool:
    """Keep a graph for the next start; whether there is anything new to keep. Raises OSError.

    `text` is what the graph was made from: where the model's file holds something else by now, nothing is kept.
    """
    of = _sources(model)
    if of["text"] != text:
        return False
    look = [opening.look.theme, opening.look.digits, opening.look.direction]
    kept = {"of": of, "look": look, "around": list(opening.around), **stored(opening.picture)}
    body = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
    raw = b"%d\n%s" % (zlib.crc32(body), body)
    file = opening_file()
    from graphviz_app.saving import write_whole  # long after the start, which this would make longer

    if len(raw) > LARGEST or (file.is_file() and file.read_bytes() == raw):
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, raw)
    return True


def opening_file() -> Path:
    """The file it is kept in, in this user's cache."""
    return place(CACHE) / "opening.json"


def _sources(model: str) -> dict[str, Any]:
    """Everything that a model's graph comes from, but for the preferences. Raises OSError, ValueError."""
    package = Path(graphviz_models.__file__).parent
    file = package / "exercises" / f"{model}.toml"
    beside = ""
    if not (model.replace("-", "").isalnum() and file.is_file()):
        file = Path(model)
        aside = file.with_name(f"{file.stem}.layout.json")
        beside = _text(aside) if aside.is_file() else ""
    return {"program": _program(package), "text": _text(file), "beside": beside}


def _text(file: Path) -> str:
    with open(file, "rb") as opened:
        raw = opened.read(LONGEST + 1)
    if len(raw) > LONGEST:
        raise ValueError(f"{file.name} is too large")
    return raw.decode("utf-8")


def _program(package: Path) -> list[str | int]:
    """The version of the engine and of what sets formulas: a checkout's files change without a number of their own."""
    typesetter = find_spec("mathra")
    files = [*_files(package)]
    if typesetter is not None and typesetter.origin is not None:
        files.append(os.stat(typesetter.origin).st_mtime_ns)
    return [graphviz_models.__version__, len(files), sum(files)]


def _files(folder: str | Path) -> Iterator[int]:
    """When each source file in a folder was changed last."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            elif entry.name.endswith(".py"):
                yield entry.stat().st_mtime_ns
