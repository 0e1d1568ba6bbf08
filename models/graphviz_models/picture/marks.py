"""The marks a picture is made of: boxes, edges, labels, tensors, pulses and plates.

All lengths are in points (1/72 inch), x to the right, y downwards, the origin at the picture's top left corner. All
colours are "#rrggbb" and final: whoever draws a mark needs neither the theme nor the program. Draw in this order:
background, plates, edges, boxes, tensors, labels, pulses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from graphviz_models.formula import Formula

Point = tuple[float, float]
Shape = Literal["rect", "ellipse", "diamond", "pill", "circle", "none"]
State = Literal["waiting", "active", "known"]


@dataclass(frozen=True, slots=True)
class Box:
    """A node's body; `x`, `y` is the top left of its bounding box, on which the stroke's middle runs.

    A "diamond" is a hexagon: its left and right corners lie `corner` points outwards of its flat top and bottom, so
    with `corner` = width/2 it is a rhombus. A "pill" and a "rect" are rounded with `corner`; a "pill" without one, with
    half its shorter side. The shape "none" has neither fill nor rim (a constant).
    `double`: a second rim of the same stroke runs 3 points inside the first.
    """

    id: str
    node: str
    role: str
    shape: Shape
    x: float
    y: float
    width: float
    height: float
    state: State
    fill: str
    stroke: str
    stroke_width: float
    dash: tuple[float, ...] = ()  # on, off, ... in points; empty is solid
    double: bool = False
    corner: float = 0.0
    selected: bool = False
    hatch: str = ""  # "", horizontal, vertical, rising, falling, grid or dots, drawn over the fill in `hatch_ink`
    hatch_ink: str = ""
    title: str = ""  # what a tool tip or a screen reader says


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge from `source` to `target` (box ids): `points` run rim to rim in the direction of the data.

    Painted are `shaft`, a polyline, and `head`, a filled polygon: while a delta comes back the head lies at the source.
    """

    id: str
    source: str
    target: str
    points: tuple[Point, ...]
    shaft: tuple[Point, ...]
    head: tuple[Point, ...]
    colour: str
    width: float
    dash: tuple[float, ...] = ()
    active: bool = False
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A formula on the picture: its glyphs are drawn from (`x`, `y` + `formula.ascent`), the baseline.

    `x`, `y`, `width`, `height` is the formula's box, `of` a box id or an edge's two box ids. A label with a `plate`
    colour has a rectangle of that colour, `PLATE` points larger on each side, behind it.
    """

    id: str
    of: str | tuple[str, str]
    kind: str  # symbol, value, delta, shape, local, product, weight, entry, legend, title, group
    text: str
    formula: Formula
    x: float
    y: float
    width: float
    height: float
    size: float
    colour: str
    plate: str | None = None
    node: str = ""  # whose value or delta stands on an edge: a parameter that has no box


PLATE = 1.5


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of a tensor, at `index`, filled with `fill`: in a heat-map, and grey where a unit's gate is shut."""

    index: tuple[int, ...]
    x: float
    y: float
    width: float
    height: float
    fill: str | None
    value: float


@dataclass(frozen=True, slots=True)
class Stroke:
    """A polyline: a bracket of a matrix, a stem, the axis of a signal."""

    points: tuple[Point, ...]
    colour: str
    width: float


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle around (`x`, `y`): the head of a stem, the gate of a unit."""

    x: float
    y: float
    radius: float
    colour: str


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array drawn entry by entry; drawn in this order: cells, strokes, dots, labels."""

    id: str
    of: str
    node: str
    quantity: Literal["value", "delta"]
    kind: Literal["matrix", "heat", "stems"]
    shape: tuple[int, ...]
    x: float
    y: float
    width: float
    height: float
    cells: tuple[Cell, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    dots: tuple[Dot, ...] = ()
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Pulse:
    """A value or a delta on its way along an edge: a filled circle around (`x`, `y`), and the number it carries."""

    id: str
    edge: str
    x: float
    y: float
    radius: float
    colour: str
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Plate:
    """A rounded rectangle behind other marks: a group, a time step, the legend."""

    id: str
    kind: str  # group, legend, selection
    of: str
    x: float
    y: float
    width: float
    height: float
    radius: float
    fill: str | None
    stroke: str | None
    stroke_width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Everything that is drawn for one moment of a trace.

    Rows of marks are tuples or Blocks: neither ever changes, and what two pictures share they share as the same object.
    """

    width: float
    height: float
    background: str
    boxes: Sequence[Box]
    edges: Sequence[Edge]
    labels: Sequence[Label]
    tensors: Sequence[Tensor] = ()
    pulses: tuple[Pulse, ...] = ()
    plates: tuple[Plate, ...] = ()
    title: str = ""
    description: str = ""  # the moment in one sentence, for screen readers and captions
    #: How far everything has been moved to make room for pinned nodes: pin a node where its box is, minus this.
    origin: Point = (0.0, 0.0)

    def every_label(self) -> Iterator[Label]:
        """All labels, also those of tensors and pulses."""
        yield from self.labels
        for tensor in self.tensors:
            yield from tensor.labels
        for pulse in self.pulses:
            if pulse.label is not None:
                yield pulse.label

    def box(self, node: str) -> Box | None:
        """The box of `node`, None where it has none of its own (a folded node, a weight on an edge)."""
        return next((box for box in self.boxes if box.node == node), None)
