"""Pins: nodes that have been put somewhere by hand, and what has to give way to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import cos, pi, sin

from graphviz_models.layout.detour import detour
from graphviz_models.layout.grid import Grid
from graphviz_models.layout.lines import straight
from graphviz_models.layout.nodes import CLEAR, around, hits, node
from graphviz_models.layout.parts import Item, Layout, Link, Point, Rect
from graphviz_models.layout.rims import towards
from graphviz_models.layout.routes import best_loop
from graphviz_models.layout.scene import ALONG, Scene
from graphviz_models.layout.texts import Texts

_APART = 8.0  # between a pinned box and one that gives way to it


def pin(
    laid: Layout, items: Sequence[Item], links: Sequence[Link], shapes: Mapping[str, str], pinned: Mapping[str, Point], down: bool
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
    scene = Scene(nodes, centres, ends)
    barriers = [nodes[number[i]].box(centres[number[i]]) for i in moved]
    anew = []
    for k, link in enumerate(links):
        line = laid.routes[link.key]
        own = link.source in moved or link.target in moved
        if own or any(hits(p, q, b, CLEAR) for b in barriers for p, q in pairwise(line)):
            anew.append(k)
        else:
            scene.draw(k, line)
    for k in anew:
        u, v = ends[k]
        if u == v:
            scene.draw(k, best_loop(scene, u, 0))
            continue
        points = _anew(scene, u, v)
        scene.draw(k, points)
    lines = {link.key: scene.routes[k] for k, link in enumerate(links)}
    texts = Texts(boxes, lines)
    changed = {links[k].key for k in anew}
    notes: dict[str, Rect] = {}
    labels: dict[str, Rect] = {}
    for item in items:
        if item.note is not None and item.id not in moved and texts.keep(rect := (*laid.notes[item.id], *item.note)):
            notes[item.id] = rect
    for link in links:
        if link.label and link.key not in changed and texts.keep(rect := (*laid.labels[link.key], *link.label), link.key):
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


def _anew(scene: Scene, a: int, b: int) -> list[Point]:
    """A line that is straight or a detour, clear of all boxes; where boxes stand too close for that, as clear as may be."""
    line = straight(scene, a, b)
    if line is not None and scene.crossed(line[1], a, b) < ALONG:
        return line[1]
    for clear in (CLEAR, 2.0):
        aside = detour(scene, a, b, clear)
        if aside is not None:
            return aside
    if line is not None:
        return line[1]
    (ax, ay), (bx, by) = scene.centres[a], scene.centres[b]
    first, second = scene.nodes[a], scene.nodes[b]
    u, v = towards(first.shape, first.w, first.h, bx - ax, by - ay), towards(second.shape, second.w, second.h, ax - bx, ay - by)
    return [(ax + u[0], ay + u[1]), (bx + v[0], by + v[1])]


def _body(item: Item, boxes: Mapping[str, Rect]) -> Rect:
    dx, dy, w, h = item.body or (0.0, 0.0, item.width, item.height)
    return (boxes[item.id][0] + dx, boxes[item.id][1] + dy, w, h)


def _give_way(boxes: dict[str, Rect], pinned: Mapping[str, Point]) -> set[str]:
    """Set the pinned boxes, and move every other one that they cover to the nearest free place; those that have moved."""
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
