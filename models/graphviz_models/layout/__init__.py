"""Layout: where the nodes of a computation graph go and how its edges run, drawn as a lecturer would draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from graphviz_models.layout.nodes import around, node
from graphviz_models.layout.parts import Item, Layout, Link, Point, Rect
from graphviz_models.layout.routes import route
from graphviz_models.layout.rows import feed_forward
from graphviz_models.layout.steps import recurrent
from graphviz_models.layout.texts import Texts

__all__ = ["Item", "Layout", "Link", "Point", "arrange"]

_NONE: Mapping[str, Point] = MappingProxyType({})
_SHAPES: Mapping[str, str] = MappingProxyType({})
_STRETCHES = (1.0, 1.3, 1.7, 2.4)  # of the gaps between ranks, tried in turn while a text finds no free place


def arrange(
    items: Sequence[Item],
    links: Sequence[Link],
    *,
    direction: str = "right",
    pinned: Mapping[str, Point] = _NONE,
    shapes: Mapping[str, str] = _SHAPES,
) -> Layout:
    """Place `items` and route `links`."""
    found = None
    for stretch in _STRETCHES if len(items) <= 150 else _STRETCHES[:1]:
        layout, crowded = _attempt(items, links, direction == "down", shapes, stretch)
        if found is None or crowded < found[1]:
            found = layout, crowded
        if not crowded:
            break
    assert found is not None
    return found[0]


def _attempt(
    items: Sequence[Item], links: Sequence[Link], turned: bool, shapes: Mapping[str, str], stretch: float
) -> tuple[Layout, int]:
    """The layout with this much room, and how many texts found no free place in it."""
    nodes = [node(item, shapes.get(item.id, "rect"), turned) for item in items]
    number = {item.id: i for i, item in enumerate(items)}
    ends = []
    for link in links:
        w, h = link.label or (0.0, 0.0)
        ends.append((number[link.source], number[link.target], (h, w) if turned else (w, h)))
    timed = len({n.column for n in nodes if n.column is not None}) > 1
    plan = (recurrent if timed else feed_forward)(nodes, ends, stretch)
    scene = route(nodes, ends, plan)
    corners = [(plan.centres[i][0] + n.corner[0], plan.centres[i][1] + n.corner[1]) for i, n in enumerate(nodes)]
    lines = {link.key: scene.routes[k] for k, link in enumerate(links)}
    if turned:
        corners = [(y, x) for x, y in corners]
        lines = {key: [(y, x) for x, y in line] for key, line in lines.items()}
    boxes = {item.id: (x, y, item.width, item.height) for item, (x, y) in zip(items, corners, strict=True)}
    texts = Texts(boxes, lines)
    notes: dict[str, Rect] = {}
    for item in items:
        if item.note is not None:
            dx, dy, w, h = item.body or (0.0, 0.0, item.width, item.height)
            x, y, _, _ = boxes[item.id]
            notes[item.id] = (*texts.note((x + dx, y + dy, w, h), item.note), *item.note)
    labels = {link.key: (*texts.label(link.key, link.label), *link.label) for link in links if link.label}
    dots = [(x, y, 0.0, 0.0) for line in lines.values() for x, y in line]
    x0, y0, width, height = around([*boxes.values(), *notes.values(), *labels.values(), *dots])
    return Layout(
        {key: (x - x0, y - y0) for key, (x, y, _, _) in boxes.items()},
        {key: tuple((x - x0, y - y0) for x, y in line) for key, line in lines.items()},
        {key: (x - x0, y - y0) for key, (x, y, _, _) in labels.items()},
        {key: (x - x0, y - y0) for key, (x, y, _, _) in notes.items()},
        width,
        height,
    ), texts.crowded
