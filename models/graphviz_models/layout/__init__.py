"""Layout: where the nodes of a computation graph go and how its edges run, drawn as a lecturer would draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from graphviz_models.layout.nodes import around, node
from graphviz_models.layout.parts import Item, Layout, Link, Point, Rect
from graphviz_models.layout.period import kinds
from graphviz_models.layout.pins import pin
from graphviz_models.layout.routes import route
from graphviz_models.layout.rows import feed_forward
from graphviz_models.layout.steps import recurrent
from graphviz_models.layout.texts import Texts
from graphviz_models.layout.tiles import tiling, unfold

__all__ = ["Item", "Layout", "Link", "Point", "arrange"]

_NONE: Mapping[str, Point] = MappingProxyType({})
_SHAPES: Mapping[str, str] = MappingProxyType({})
_STRETCHES = (
    1.0,
    1.25,
    1.6,
    2.2,
    3.0,
    4.2,
)  # of the gaps between ranks, tried in turn while a text finds no free place


def arrange(
    items: Sequence[Item],
    links: Sequence[Link],
    *,
    direction: str = "right",
    pinned: Mapping[str, Point] = _NONE,
    shapes: Mapping[str, str] = _SHAPES,
) -> Layout:
    """Place `items` and route `links`.

    The drawing runs to the right, or where `direction` is "down" from the top to the bottom. `pinned` boxes have their
    top left corners there, in the coordinates of the layout without pins, whose top left corner is the origin.
    `shapes` are rect, ellipse, diamond, pill or circle by item; an edge meets a diamond in its corners. The
    result depends on nothing but the arguments.
    Raises KeyError where a link names an item that is none.
    """
    down = direction == "down"
    names = kinds(items)
    few = tiling(items, links, names)
    found: tuple[Layout, int, dict[int, float]] | None = None
    drawn_items, drawn_links = (items, links) if few is None else (few.items, few.links)
    for stretch in _STRETCHES if len(drawn_items) <= 150 else _STRETCHES[:1]:
        made = _attempt(
            drawn_items, drawn_links, names if few is None else few.kinds, down, shapes, stretch, few is None
        )
        if found is None or made[1] < found[1]:
            found = made
        if not made[1]:
            break
    assert found is not None
    laid, _, starts = found
    if few is not None:
        pitch = starts[few.first] - starts[few.first - 1]
        laid = unfold(laid, few, [i.id for i in items], [k.key for k in links], starts[few.first], pitch, down)
    return pin(laid, items, links, shapes, pinned, down) if pinned else laid


def _attempt(
    items: Sequence[Item],
    links: Sequence[Link],
    names: Sequence[str | None],
    turned: bool,
    shapes: Mapping[str, str],
    stretch: float,
    few: bool,
) -> tuple[Layout, int, dict[int, float]]:
    """The layout with this much room, how many texts and edges found no free place in it, and where each time step
    begins.
    """
    nodes = [node(item, shapes.get(item.id, "rect"), turned, kind) for item, kind in zip(items, names, strict=True)]
    number = {item.id: i for i, item in enumerate(items)}
    ends = []
    for link in links:
        w, h = link.label or (0.0, 0.0)
        ends.append((number[link.source], number[link.target], (h, w) if turned else (w, h)))
    timed = len({n.column for n in nodes if n.column is not None}) > 1
    plan = recurrent(nodes, ends, stretch, few) if timed else feed_forward(nodes, ends, stretch)
    scene, shut = route(nodes, ends, plan)
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
            notes[item.id] = (*texts.note((x + dx, y + dy, w, h), item.note, turned), *item.note)
    labels = {
        link.key: (*texts.label(link.key, link.label, plan.own.get(k)), *link.label)
        for k, link in enumerate(links)
        if link.label
    }
    dots = [(x, y, 0.0, 0.0) for line in lines.values() for x, y in line]
    x0, y0, width, height = around([*boxes.values(), *notes.values(), *labels.values(), *dots])
    laid = Layout(
        {key: (x - x0, y - y0) for key, (x, y, _, _) in boxes.items()},
        {key: tuple((x - x0, y - y0) for x, y in line) for key, line in lines.items()},
        {key: (x - x0, y - y0) for key, (x, y, _, _) in labels.items()},
        {key: (x - x0, y - y0) for key, (x, y, _, _) in notes.items()},
        width,
        height,
    )
    return laid, texts.crowded + shut, {column: x - (y0 if turned else x0) for column, x in plan.starts.items()}
