"""What a picture shows: the annotations that can be switched on and off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Show:
    """Annotations of a picture. A switch may change where nodes lie; a step never does.

    `input_deltas`: the deltas of all inputs and targets, too, not just of those that the sheet names or asks for.
    `locals`: the local derivative on every edge, as a "symbol" or a "number", and in the backward pass the product that
    flows along it. `title` stands above the graph, "" is none.
    """

    values: bool = True
    deltas: bool = True
    input_deltas: bool = False
    locals: Literal["off", "symbol", "number"] = "off"
    shapes: bool = False
    legend: bool = False
    title: str = ""
