"""Pins: nodes that have been put somewhere by hand, and what has to give way to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import cos, hypot, pi, sin

from graphviz_models.layout.curves import along, length, rounded, tidy
from graphviz_models.layout.detour import bypass, renewed
from graphviz_models.layout.grid import Grid
from graphviz_models.layout.nodes import CLEAR, around, hits, node, overlap
from graphviz_models.layout.parts import Item, Layout, Link, Point, Rect
from graphviz_models.layout.rims import towards
from graphviz_models.layout.routes import best_loop
from graphviz_models.layout.scene import Scene
from graphviz_models.layout.texts import Texts

_LONG = 900.0  # a longer line keeps what of its course it can
_BEFORE = 40.0  # how far from a moved box it leaves its course
_APART = 8.0  # between a pinned box and one that gives way to it


def pin(
    laid: Layout,
    items: Sequence[Item],
    links: Sequence[Link],
    shapes: Mapping[str, str],
    pinned: Mapping[str, Point],
    down: bool,
) -> Layout:
    """The layout with the top left corners of boxes as `pinned` says; boxes under them give way.

    Edges of what has moved, and edges that would run through it, are drawn anew; everything else stays where it is.
    """
    boxes = {item.id: (*laid.boxes[item.id], item.width, item.height) for item in items}
    moved = _give_way(boxes, pinned)
    if not moved:
        return laid
    nodes = [node(item, shapes.get(item.id, "rect"), False) for item in items]
    number = {item.id: i for i, item in enumerate(items)}
    centres = {i: (boxes[n.id][0] - n.corner[0], boxes[n.id][1] - n.corner[1]) for i, n in enumerate(nodes)}
    ends = [(number[link.source], number[link.target]) for link in links]
    fields = [_grown(box) for i in moved for box in ((*laid.boxes[i], *boxes[i][2:]), boxes[i])]
    close = {i: at for i, at in centres.items() if any(overlap(nodes[i].box(at), field) for field in fields)}
    scene = Scene(nodes, centres, ends, close)
    barriers = {number[i]: nodes[number[i]].box(centres[number[i]]) for i in moved}
    anew = []
    for k, link in enumerate(links):
        route = laid.routes[link.key]
        own = link.source in moved or link.target in moved
        if own or any(hits(p, q, b, CLEAR) for b in barriers.values() for p, q in pairwise(route)):
            anew.append(k)
        else:
            scene.draw(k, route, fields)
    parts: dict[tuple[Point, Point | int], list[Point] | None] = {}
    for k in anew:
        u, v = ends[k]
        if u == v:
            scene.draw(k, best_loop(scene, u, 0))
            continue
        line = list(laid.routes[links[k].key])
        points = None
        if length(line) > _LONG and not {u, v} <= barriers.keys():
            points = _mended(scene, k, line, barriers, parts)
        scene.draw(k, points or _anew(scene, u, v), fields)
    lines = {link.key: scene.routes[k] for k, link in enumerate(links)}
    texts = Texts({i: boxes[i] for i in boxes if number[i] in close}, lines, fields)
    changed = {links[k].key for k in anew}
    notes: dict[str, Rect] = {}
    labels: dict[str, Rect] = {}
    for item in items:
        if (
            item.note is not None
            and item.id not in moved
            and _stays(texts, rect := (*laid.notes[item.id], *item.note), fields)
        ):
            notes[item.id] = rect
    for link in links:
        if (
            link.label
            and link.key not in changed
            and _stays(texts, rect := (*laid.labels[link.key], *link.label), fields, link.key)
        ):
            labels[link.key] = rect
    for item in items:
        if item.note is not None and item.id not in notes:
            notes[item.id] = (*texts.note(_body(item, boxes), item.note, down), *item.note)
    for link in links:
        if link.label and link.key not in labels:
            labels[link.key] = (*texts.label(link.key, link.label), *link.label)
    dots = [(x, y, 0.0, 0.0) for line in lines.values() for x, y in line]
    x, y, w, h = around([*boxes.values(), *notes.values(), *labels.values(), *dots, (0.0, 0.0, 0.0, 0.0)])
    corners = {key: (box[0], box[1]) for key, box in boxes.items()}
    return Layout(
        corners,
        {key: tuple(line) for key, line in lines.items()},
        {key: (rect[0], rect[1]) for key, rect in labels.items()},
        {key: (rect[0], rect[1]) for key, rect in notes.items()},
        x + w,
        y + h,
    )


def _stays(texts: Texts, rect: Rect, fields: Sequence[Rect], key: str | None = None) -> bool:
    return not any(overlap(rect, field) for field in fields) or texts.keep(rect, key)


def _grown(box: Rect) -> Rect:
    return (box[0] - _LONG, box[1] - _LONG, box[2] + 2 * _LONG, box[3] + 2 * _LONG)


def _anew(scene: Scene, a: int, b: int) -> list[Point]:
    """A line that is straight or a detour, clear of all boxes, or as clear as may be where boxes stand too close."""
    line = renewed(scene, a, b)
    if line is not None:
        return line
    (ax, ay), (bx, by) = scene.centres[a], scene.centres[b]
    first, second = scene.nodes[a], scene.nodes[b]
    u, v = (
        towards(first.shape, first.w, first.h, bx - ax, by - ay),
        towards(second.shape, second.w, second.h, ax - bx, ay - by),
    )
    return [(ax + u[0], ay + u[1]), (bx + v[0], by + v[1])]


def _mended(
    scene: Scene,
    k: int,
    line: list[Point],
    barriers: Mapping[int, Rect],
    parts: dict[tuple[Point, Point | int], list[Point] | None],
) -> list[Point] | None:
    """A long line that keeps its course but for the part before a moved end, or past moved boxes; None where that does
    not do.

    `parts` remembers the ways found between two points of rails, which many links share.
    """
    u, v = scene.ends[k]
    if u in barriers or v in barriers:
        turned = u in barriers
        if turned:
            line = line[::-1]
        total = length(line)
        keep = min(total - _BEFORE, max(0.0, total - _LONG / 2))
        head, split = _until(line, keep)
        split, end = (round(split[0], 3), round(split[1], 3)), u if turned else v
        if (split, end) not in parts:
            parts[split, end] = bypass(scene, k, split, end)
        way = parts[split, end]
        if way is None:
            return None
        line = tidy([*head[:-1], *rounded([head[-1], *way], 14.0)])
        if scene.blocked(line, u if not turned else v, v if not turned else u, 1.0):
            return None
        return line[::-1] if turned else line
    inside = [n for n, (p, q) in enumerate(pairwise(line)) if any(hits(p, q, b, CLEAR) for b in barriers.values())]
    begins, ends = float(length(line[: inside[0] + 1])), float(length(line[: inside[-1] + 2]))
    x, y, w, h = around([b for b in barriers.values() if any(hits(p, q, b, CLEAR) for p, q in pairwise(line))])
    first = next(d for d in _steps(begins, ends) if _near(line, d, (x, y, w, h)))
    last = next(d for d in _steps(ends, begins) if _near(line, d, (x, y, w, h)))
    total = length(line)
    if first < _BEFORE or last > total - _BEFORE:
        return None
    head, p = _until(line, first - _BEFORE / 2)
    back, q = _until(line[::-1], total - last - _BEFORE / 2)
    if (p, q) not in parts:
        parts[p, q] = bypass(scene, k, p, q)
    way = parts[p, q]
    if way is None:
        return None
    line = tidy([*head[:-1], *rounded([head[-1], *way, back[-1]], 14.0), *back[:-1][::-1]])
    return None if scene.blocked(line, u, v, 1.0) else line


def _steps(start: float, end: float) -> Iterator[float]:
    count = max(1, int(abs(end - start) / 8))
    return (start + (end - start) * k / count for k in range(count + 1))


def _near(line: Sequence[Point], at: float, rect: Rect) -> bool:
    (x, y), _ = along(line, at)
    m = CLEAR + 10.0
    return rect[0] - m < x < rect[0] + rect[2] + m and rect[1] - m < y < rect[1] + rect[3] + m


def _until(line: Sequence[Point], at: float) -> tuple[list[Point], Point]:
    """The corners of a line up to `at` points along it, and the point there."""
    head, left = [line[0]], at
    for p, q in pairwise(line):
        step = hypot(q[0] - p[0], q[1] - p[1])
        if left <= step:
            break
        left -= step
        head.append(q)
    return head, along(line, at)[0]


def _body(item: Item, boxes: Mapping[str, Rect]) -> Rect:
    dx, dy, w, h = item.body or (0.0, 0.0, item.width, item.height)
    return (boxes[item.id][0] + dx, boxes[item.id][1] + dy, w, h)


def _give_way(boxes: dict[str, Rect], pinned: Mapping[str, Point]) -> set[str]:
    """Set the pinned boxes, move every other one that they cover to the nearest free place; those that have moved."""
    moved = {i for i, at in pinned.items() if i in boxes and boxes[i][:2] != at}
    for i in moved:
        boxes[i] = (*pinned[i], *boxes[i][2:])
    fixed = Grid()
    for i in pinned:
        if i in boxes:
            fixed.add_rect(boxes[i], 0)
    covered = [i for i in boxes if i not in pinned and not fixed.free(boxes[i], _APART, 0.0)]
    if covered:
        standing = Grid()
        hidden = set(covered)
        for i, box in boxes.items():
            if i not in hidden:
                standing.add_rect(box, 0)
        for i in covered:
            x, y, w, h = boxes[i]
            boxes[i] = next(r for dx, dy in _rings() if standing.free(r := (x + dx, y + dy, w, h), _APART, 0.0))
            standing.add_rect(boxes[i], 0)
            moved.add(i)
    return moved


def _rings() -> Iterator[Point]:
    radius = 10.0
    while True:
        for k in range(16):
            yield (radius * cos(k * pi / 8), radius * sin(k * pi / 8))
        radius += 10.0
