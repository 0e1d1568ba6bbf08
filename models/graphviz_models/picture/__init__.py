"""Pictures: a trace at one moment, drawn as plain marks."""

from __future__ import annotations

from .draw import picture
from .marks import PLATE, Box, Cell, Dot, Edge, Label, Picture, Plate, Point, Pulse, Stroke, Tensor
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
