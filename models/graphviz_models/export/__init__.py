"""Ways to write a picture, one module a format: each has NAME, SUFFIXES and write(picture) -> bytes.

FORMATS is the table of the formats that need neither Qt nor a codec, by suffix (".svg").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType

from graphviz_models.picture import Picture

from . import marks_json, svg

__all__ = ["FORMATS", "Format", "table"]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its name, its suffixes with the dot, and what turns a picture into the file's bytes."""

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[Picture], bytes]


def table(modules: Iterable[ModuleType]) -> dict[str, Format]:
    """The formats of some modules by suffix."""
    formats = (Format(module.NAME, module.SUFFIXES, module.write) for module in modules)
    return {suffix: entry for entry in formats for suffix in entry.suffixes}


FORMATS = table((svg, marks_json))
