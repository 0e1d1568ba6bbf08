"""Pictures: a trace at one moment, drawn as plain marks.

The marks are there at once; what draws them, and the whole engine below it, is imported when it is first asked for, so
that a program can show marks that it has kept before that.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .marks import PLATE, Box, Cell, Dot, Edge, Label, Picture, Plate, Point, Pulse, Stroke, Tensor

if TYPE_CHECKING:
    from .draw import picture
    from .show import Show

__all__ = [
    "PLATE",
    "Box",
    "Cell",
    "Dot",
    "Edge",
    "Label",
    "Picture",
    "Plate",
    "Point",
    "Pulse",
    "Show",
    "Stroke",
    "Tensor",
    "picture",
]


_ROOMS = {"picture": "draw", "Show": "show"}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f".{_ROOMS[name]}", __name__), name)
    return found
