"""Sizes: nodes of a long recurrence that are nearly of one size are laid out as if they were, h[111] as h[188]."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from graphviz_models.layout.parts import Item, Layout, Link, Point

Levels = dict[float, float]

_STEPS = 10  # time steps, at least
_NEAR, _NOTE = 1.0, 4.0  # sizes of shapes, and of notes, that are farther apart are different


def evened(items: Sequence[Item], kinds: Sequence[str | None]) -> Sequence[Item]:
    """The items, those of a kind with nearly the same size all with the greatest of these."""
    if len({item.column for item in items if item.column is not None}) < _STEPS:
        return items
    sizes: dict[str, set[tuple[float, float, Point | None]]] = defaultdict(set)
    for item, kind in zip(items, kinds, strict=True):
        if kind is not None and item.body is None:
            sizes[kind].add((item.width, item.height, item.note))
    even: dict[str, tuple[Levels, Levels, Levels, Levels]] = {}
    for kind, found in sizes.items():
        if len(found) > 1:
            noted = [note for _, _, note in found if note is not None]
            wide, high = (_levels([note[k] for note in noted], _NOTE) for k in (0, 1))
            even[kind] = _levels([w for w, _, _ in found], _NEAR), _levels([h for _, h, _ in found], _NEAR), wide, high
    if not even:
        return items
    return [
        item if kind is None or kind not in even or item.body is not None else _evened(item, *even[kind])
        for item, kind in zip(items, kinds, strict=True)
    ]


def _evened(item: Item, widths: Levels, heights: Levels, wide: Levels, high: Levels) -> Item:
    note = None if item.note is None else (wide[item.note[0]], high[item.note[1]])
    size = widths[item.width], heights[item.height], note
    if size == (item.width, item.height, item.note):
        return item
    return Item(  # there are thousands: `replace` takes several times as long
        item.id, size[0], size[1], item.role, item.column, item.group, item.order, item.body, note, item.kind, item.nose
    )


def _levels(sizes: Sequence[float], near: float) -> Levels:
    """For every size the greatest of those that hang together with it by steps of `near` at most."""
    out: Levels = {}
    last = greatest = 0.0
    for size in sorted(set(sizes), reverse=True):
        if not out or last - size > near:
            greatest = size
        out[size] = greatest
        last = size
    return out


def own(laid: Layout, items: Sequence[Item], even: Sequence[Item], links: Sequence[Link]) -> Layout:
    """The layout of the evened items with everyone's own size again: in the middle of its place, edges on its rim."""
    share: dict[str, tuple[Point, float, float]] = {}
    boxes, notes = dict(laid.boxes), dict(laid.notes)
    for item, wide in zip(items, even, strict=True):
        if item is wide:
            continue
        x, y = laid.boxes[item.id]
        boxes[item.id] = (x + (wide.width - item.width) / 2, y + (wide.height - item.height) / 2)
        middle = (x + wide.width / 2, y + wide.height / 2)
        share[item.id] = middle, item.width / wide.width, item.height / wide.height
        if item.note is not None and wide.note is not None:
            notes[item.id] = _aligned(laid.notes[item.id], item.note, wide.note, (x, wide.width, middle[0]))
    routes = dict(laid.routes)
    for link in links:
        if link.source in share or link.target in share:
            line = list(routes[link.key])
            line[0], line[-1] = _on_rim(line[0], share.get(link.source)), _on_rim(line[-1], share.get(link.target))
            routes[link.key] = tuple(line)
    return replace(laid, boxes=boxes, notes=notes, routes=routes)


def _on_rim(at: Point, share: tuple[Point, float, float] | None) -> Point:
    if share is None:
        return at
    (x, y), across, down = share
    return x + (at[0] - x) * across, y + (at[1] - y) * down


def _aligned(at: Point, note: tuple[float, float], room: Sequence[float], beside: tuple[float, float, float]) -> Point:
    """Where a note stands in its room: in the middle of one that is in the middle, else at the side of the node."""
    left, width, middle = beside
    spare = room[0] - note[0]
    if abs(at[0] + room[0] / 2 - middle) < 1.0:
        return at[0] + spare / 2, at[1]
    return (at[0] + spare, at[1]) if at[0] + room[0] / 2 < left + width / 2 else at
