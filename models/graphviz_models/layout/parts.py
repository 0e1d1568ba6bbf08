"""What goes into a layout and what comes out: items, links, boxes and routes, in points with y downwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Point = tuple[float, float]
Rect = tuple[float, float, float, float]  # x, y, width, height


@dataclass(frozen=True)
class Item:
    """A box to be placed.

    `body` is the rectangle (dx, dy, width, height) of the node's own shape inside the box of `width` and `height`
    (points), the whole box by default: edges end on its rim. The strips of the box above and below the body (beside it
    where there are none) are kept clear of edges, the node's own too. `note` is the size of the text that stands by the
    node, outside of the box: under it where no edge comes from there, else beside that edge; `Layout.notes` says where.
    `column` is the time step, None for what is shared by all steps or stands outside time; `order` the place in the
    program. `kind` is what it has in common with those of other steps, by its name by default. `nose` is how far the
    corners at the left and at the right of a diamond reach beyond its flat top and bottom; where it is 0, edges keep
    clear of the whole rectangle.
    """

    id: str
    width: float
    height: float
    role: str = "activation"
    column: int | None = None
    group: str | None = None
    order: int = 0
    body: Rect | None = None
    note: tuple[float, float] | None = None
    kind: str | None = None
    nose: float = 0.0


@dataclass(frozen=True)
class Link:
    """An edge to be routed; `label` is the size (points) of the text that it carries, `key` names it uniquely."""

    source: str
    target: str
    label: tuple[float, float] | None = None
    key: str = ""


@dataclass(frozen=True)
class Layout:
    """Where everything goes: top left corners of boxes, edge labels and notes, routes flattened from rim to rim, the
    size.
    """

    boxes: Mapping[str, Point] = field(default_factory=dict)
    routes: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    labels: Mapping[str, Point] = field(default_factory=dict)
    notes: Mapping[str, Point] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0
