"""Tiles: of a long recurrence a few time steps are laid out, the others are repetitions of one of them."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from graphviz_models.layout.parts import Item, Layout, Link, Point

_KEPT = 3  # time steps kept on either side of those left out
_LEAST = 4  # time steps left out, or it is not worth it

Signature = tuple[object, ...]


@dataclass(slots=True)
class Tiling:
    """A recurrence with its time steps `first` … `last` left out; `items`, `links` and `kinds` are those that remain.

    The step before `first` is the tile. `same` maps every item left out to that of the tile, `like` every link that is
    missing to the link whose route it repeats; `steps` say how many steps further on they are.
    """

    first: int
    last: int
    items: list[Item] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    kinds: list[str | None] = field(default_factory=list)
    same: dict[str, tuple[str, int]] = field(default_factory=dict)
    like: dict[str, tuple[str, int, bool, bool]] = field(
        default_factory=dict
    )  # key: (key, steps, from outside, to outside)

    @property
    def count(self) -> int:
        return self.last - self.first + 1


def tiling(items: Sequence[Item], links: Sequence[Link], kinds: Sequence[str | None]) -> Tiling | None:
    """The longest run of time steps that are all alike, less the ends of the run; None where it is short."""
    columns = sorted({item.column for item in items if item.column is not None})
    if len(columns) < 2 * _KEPT + _LEAST or columns[-1] - columns[0] != len(columns) - 1:
        return None
    run = _run(columns, _signatures(items, links, kinds))
    if run[1] - run[0] + 1 < 2 * _KEPT + _LEAST:
        return None
    out = Tiling(run[0] + _KEPT, run[1] - _KEPT)
    tile = out.first - 1
    place: dict[str, tuple[int | None, str | None]] = {}
    at: dict[tuple[int, str], str] = {}
    for item, kind in zip(items, kinds, strict=True):
        place[item.id] = (item.column, kind)
        if item.column is not None and kind is not None:
            at[item.column, kind] = item.id
            if out.first <= item.column <= out.last:
                out.same[item.id] = (
                    (at[tile, kind], item.column - tile) if (tile, kind) in at else ("", item.column - tile)
                )
                continue
            if item.column > out.last:
                item = replace(item, column=item.column - out.count)
        out.items.append(item)
        out.kinds.append(kind)
    for key, (found, steps) in out.same.items():
        if not found:
            out.same[key] = (at[tile, str(place[key][1])], steps)
    patterns: dict[tuple[object, object, int], str] = {}
    missing: list[tuple[Link, tuple[object, object, int], int, bool, bool]] = []
    for link in links:
        (a, i), (b, j) = place[link.source], place[link.target]
        pattern: tuple[object, object, int]
        if a is not None and b is not None:
            low, high = (a, b) if a <= b else (b, a)
            pattern = (i, j, b - a)
        elif a is not None:
            low = high = a
            pattern = (i, link.target, 0)
        elif b is not None:
            low = high = b
            pattern = (link.source, j, 0)
        else:
            out.links.append(link)
            continue
        if out.first <= low <= out.last:
            missing.append((link, pattern, low - tile, a is None, b is None))
            continue
        if low <= tile and high >= out.first:
            # it ends in a step that is left out: in the remainder, in the one that takes its place
            if a is None or b is None or high - low >= _KEPT:
                return None
            ends = [at.get((c if c < out.first else c + out.count, str(kind)), "") for c, kind in ((a, i), (b, j))]
            if not all(ends):
                return None
            out.links.append(replace(link, source=ends[0], target=ends[1]))
        else:
            out.links.append(link)
        if low == tile:
            patterns[pattern] = link.key
    for link, wanted, steps, outside, beyond in missing:
        if wanted not in patterns:
            return None
        out.like[link.key] = (patterns[wanted], steps, outside, beyond)
    return out


def _signatures(items: Sequence[Item], links: Sequence[Link], kinds: Sequence[str | None]) -> dict[int, Signature]:
    """What a time step consists of, and how it hangs together with the others."""
    parts: dict[int, list[object]] = defaultdict(list)
    place: dict[str, tuple[int | None, str]] = {}
    for item, kind in zip(items, kinds, strict=True):
        place[item.id] = (item.column, kind or item.id)
        if item.column is not None:
            parts[item.column].append((kind, item.width, item.height, item.role, item.note, item.body))
    ties: dict[int, list[object]] = defaultdict(list)
    for link in links:
        (a, i), (b, j) = place[link.source], place[link.target]
        if a is not None:
            ties[a].append((i, j, None if b is None else b - a, True, link.label))
        if b is not None:
            ties[b].append((i, j, None if a is None else b - a, False, link.label))
    return {c: (frozenset(found), frozenset(ties[c]), len(ties[c])) for c, found in parts.items()}


def _run(columns: Sequence[int], signatures: Mapping[int, Signature]) -> tuple[int, int]:
    best, start = (columns[0], columns[0]), columns[0]
    for before, c in itertools.pairwise(columns):
        if signatures[c] != signatures[before]:
            start = c
        if c - start > best[1] - best[0]:
            best = (start, c)
    return best


def unfold(
    laid: Layout, tiling: Tiling, ids: Sequence[str], keys: Sequence[str], cut: float, pitch: float, down: bool
) -> Layout:
    """The whole recurrence from the layout of what remained.

    `cut` is where the step after the tile begins, along the direction of time, and `pitch` the length of a step. A
    route that comes from outside of the steps is drawn out before the tile, one that leads outside after it.
    """
    whole = tiling.count * pitch
    axis = 1 if down else 0
    start = cut - pitch

    def moved(p: Point, by: float) -> Point:
        return (p[0], p[1] + by) if down else (p[0] + by, p[1])

    def shifted(p: Point) -> Point:
        return moved(p, whole) if p[axis] > cut else p

    boxes, notes = {}, {}
    for i in ids:
        like = tiling.same.get(i)
        if like is None:
            boxes[i] = shifted(laid.boxes[i])
            if i in laid.notes:
                notes[i] = moved(laid.notes[i], whole) if boxes[i] is not laid.boxes[i] else laid.notes[i]
        else:
            by = like[1] * pitch
            boxes[i] = moved(laid.boxes[like[0]], by)
            if like[0] in laid.notes:
                notes[i] = moved(laid.notes[like[0]], by)
    routes, labels = {}, {}
    crossing = _crossing(tiling)
    for key in keys:
        like4 = tiling.like.get(key)
        if like4 is None:
            line = laid.routes[key]
            stays = key in crossing  # it ends in the step after the tile, wherever that is
            routes[key] = line if stays else tuple([shifted(p) for p in line])
            if key in laid.labels:
                labels[key] = laid.labels[key] if stays else shifted(laid.labels[key])
            continue
        source, steps, outside, beyond = like4
        by = steps * pitch
        line = laid.routes[source]
        if outside and down:
            routes[key] = tuple([(x, y + by) if y > start else (x, y) for x, y in line])
        elif outside:
            routes[key] = tuple([(x + by, y) if x > start else (x, y) for x, y in line])
        elif beyond and down:
            routes[key] = tuple([(x, y + (whole if y > cut else by)) for x, y in line])
        elif beyond:
            routes[key] = tuple([(x + (whole if x > cut else by), y) for x, y in line])
        elif down:
            routes[key] = tuple([(x, y + by) for x, y in line])
        else:
            routes[key] = tuple([(x + by, y) for x, y in line])
        if source in laid.labels:
            label = laid.labels[source]
            labels[key] = moved(label, whole if beyond and label[axis] > cut else by)
    width, height = (laid.width, laid.height + whole) if down else (laid.width + whole, laid.height)
    return Layout(boxes, routes, labels, notes, width, height)


def _crossing(tiling: Tiling) -> set[str]:
    """Links of the remainder that lead from the tile, or from a step before it, past the cut."""
    column = {item.id: item.column for item in tiling.items}
    found = set()
    for link in tiling.links:
        a, b = column[link.source], column[link.target]
        if a is not None and b is not None and min(a, b) < tiling.first <= max(a, b):
            found.add(link.key)
    return found
