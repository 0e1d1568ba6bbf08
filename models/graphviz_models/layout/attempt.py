"""An attempt at a layout: the plan, the routes and the places of texts, with what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphviz_models.layout.flow import DENSE, HUGE
from graphviz_models.layout.nodes import Node, around, node
from graphviz_models.layout.parts import Item, Layout, Link, Point, Rect
from graphviz_models.layout.routes import route
from graphviz_models.layout.rows import Ends, Plan, feed_forward
from graphviz_models.layout.scene import Patience
from graphviz_models.layout.stages import recurrent
from graphviz_models.layout.texts import Texts

_FURTHER, _LEAST = 24.0, 1.0  # steps in which labels get room, and the least that one is taken to be wide


@dataclass(frozen=True, slots=True)
class Attempt:
    """A layout; how many of its edges run through boxes (`shut`), how many texts and edges found no place of their own
    (`crowded`), the keys of the links whose labels are among these (`cramped`), and where each time step begins.
    """

    layout: Layout
    shut: int
    crowded: int
    cramped: frozenset[str]
    starts: dict[int, float]

    @property
    def faults(self) -> tuple[int, int]:
        return self.shut, self.crowded


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be laid out: `names` are the kinds of the items, `turned` where the drawing runs downwards, `few`
    where no time steps are left out, `snug` where labels are to get no more room than they need.
    """

    items: Sequence[Item]
    links: Sequence[Link]
    names: Sequence[str | None]
    shapes: Mapping[str, str]
    turned: bool
    few: bool
    snug: bool = False

    @property
    def timed(self) -> bool:
        """Whether there are time steps to be drawn as columns.

        Dense layers that share nothing are none, whatever their numbers.
        """
        column = {item.id: item.column for item in self.items}
        if len({c for c in column.values() if c is not None}) < 2:
            return False
        if len(self.links) < DENSE * len(self.items):
            return True
        feeds: dict[str, set[int | None]] = {}
        for link in self.links:
            if column[link.source] is None:
                feeds.setdefault(link.source, set()).add(column[link.target])
        return any(len(columns - {None}) > 1 for columns in feeds.values())


def attempt(
    task: Task, stretch: float, timed: bool, patience: Patience, room: Mapping[str, int] | None = None
) -> Attempt:
    """The layout with gaps of `stretch` times the usual ones; in columns of time where `timed`.

    Where `room` is given, gaps and rails have room for labels as it says by the links' keys: none where it is 0, for
    the bare width where it is 1, for every further 1 more by `_FURTHER`. And all labels are to stand close to their
    edges, not on them; where the task is not to be snug, those of straight edges find their places together.
    """
    items, links, turned = task.items, task.links, task.turned
    together = room is not None and not task.snug
    nodes = [
        node(item, task.shapes.get(item.id, "rect"), turned, kind) for item, kind in zip(items, task.names, strict=True)
    ]
    number = {item.id: i for i, item in enumerate(items)}
    ends = []
    for link in links:
        w, h = link.label or (0.0, 0.0)
        ends.append((number[link.source], number[link.target], (h, w) if turned else (w, h)))
    wanted, bare = ends, frozenset[int]()
    if room is not None:
        wanted = [
            (u, v, (_planned(w, room[link.key]) if link.label else w, h))
            for link, (u, v, (w, h)) in zip(links, ends, strict=True)
        ]
        bare = frozenset(k for k, link in enumerate(links) if not room.get(link.key))
    plan = recurrent(nodes, wanted, stretch, task.few, bare) if timed else None
    if plan is None:
        plan = feed_forward(nodes, wanted, stretch, together)
    drawn = route(nodes, ends, plan, patience)
    corners = [(plan.centres[i][0] + n.corner[0], plan.centres[i][1] + n.corner[1]) for i, n in enumerate(nodes)]
    lines = {link.key: drawn.lines[k] for k, link in enumerate(links)}
    if turned:
        corners = [(y, x) for x, y in corners]
        lines = {key: [(y, x) for x, y in line] for key, line in lines.items()}
    boxes = {item.id: (x, y, item.width, item.height) for item, (x, y) in zip(items, corners, strict=True)}
    texts = Texts(boxes, lines, close=room is not None)
    sure = _level(nodes, ends, drawn.lines, plan.centres) if drawn.plain and not plan.starts else frozenset()
    huge = len(links) > HUGE
    notes: dict[str, Rect] = {}
    for i, item in sorted(enumerate(items), key=lambda pair: pair[0] not in sure):
        if item.note is not None:
            dx, dy, w, h = item.body or (0.0, 0.0, item.width, item.height)
            x, y, _, _ = boxes[item.id]
            notes[item.id] = (
                *texts.note((x + dx, y + dy, w, h), item.note, turned, 1 if i in sure else 2 if huge else 0),
                *item.note,
            )
    places = _together(texts, links, ends, plan) if together else {}
    labels = {
        link.key: (*(places.get(link.key) or texts.label(link.key, link.label, plan.own.get(k))), *link.label)
        for k, link in enumerate(links)
        if link.label
    }
    x0, y0, width, height = around([*boxes.values(), *notes.values(), *labels.values(), *_extent(lines.values())])
    laid = Layout(
        {key: (x - x0, y - y0) for key, (x, y, _, _) in boxes.items()},
        {key: tuple([(x - x0, y - y0) for x, y in line]) for key, line in lines.items()},
        {key: (x - x0, y - y0) for key, (x, y, _, _) in labels.items()},
        {key: (x - x0, y - y0) for key, (x, y, _, _) in notes.items()},
        width,
        height,
    )
    starts = {column: x - (y0 if turned else x0) for column, x in plan.starts.items()}
    return Attempt(laid, drawn.shut, texts.crowded + drawn.beside, frozenset(texts.cramped), starts)


def _planned(width: float, room: int) -> float:
    """How wide a label is taken to be for a gap, which is made wider than that by more than `_FURTHER`."""
    return max(_LEAST, width + _FURTHER * (room - 2)) if room else _LEAST


def _together(texts: Texts, links: Sequence[Link], ends: Sequence[Ends], plan: Plan) -> dict[str, Point]:
    """Places for the labels of the straight links that leave one rank, of each rank in turn."""
    ranks: dict[tuple[float, float] | None, dict[str, tuple[float, float]]] = {}
    for k, (link, (source, _, _)) in enumerate(zip(links, ends, strict=True)):
        if link.label and k not in plan.own:
            ranks.setdefault(plan.extents.get(source), {})[link.key] = link.label
    return {key: place for sizes in ranks.values() for key, place in texts.together(sizes).items()}


def _extent(lines: Iterable[Sequence[Point]]) -> list[Rect]:
    """The rectangle around all lines, if there are any."""
    xs = [x for line in lines for x, _ in line]
    ys = [y for line in lines for _, y in line]
    return [(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))] if xs else []


def _level(
    nodes: Sequence[Node], ends: Sequence[Ends], lines: Mapping[int, Sequence[Point]], centres: Mapping[int, Point]
) -> frozenset[int]:
    """The nodes that links meet on their left and right sides alone."""
    out = set(range(len(nodes)))
    for k, (u, v, _) in enumerate(ends):
        for i, (x, y), (_, to) in ((u, lines[k][0], lines[k][1]), (v, lines[k][-1], lines[k][-2])):
            if y != to or abs(x - centres[i][0]) < 0.25 * nodes[i].w:
                out.discard(i)
    return frozenset(out)
