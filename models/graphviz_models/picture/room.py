"""Room for what stands on edges and beside nodes: what would lie on something else is left out, or gets a plate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from graphviz_models.layout.grid import Grid, near

from .geometry import Rect
from .lines import Line
from .marks import Point

_TOUCH = -0.25  # rectangles and lines that come nearer than this to a label touch it


def settle(
    bodies: Iterable[Rect],
    routes: Iterable[Sequence[Point]],
    notes: Mapping[str, Rect],
    labels: Mapping[str, Sequence[Line]],
) -> tuple[set[str], dict[str, tuple[Line, ...]], set[str]]:
    """The notes that lie on something, the lines of every label that are drawn, and the labels that lie on something.

    A weight, or what stands beside a node, is drawn in any case. A local derivative with its product is left out where
    there is no room for it: the derivation has it, too.
    """
    grid = Grid()
    for rect in bodies:
        grid.add_rect(rect, 0)
    texts = [*notes.values(), *(_around(lines) for lines in labels.values() if lines)]
    grid.add_segments(_merged(near(routes, texts)), 0)
    crossed_notes = set()
    for name, rect in notes.items():
        if not grid.free(rect, _TOUCH, _TOUCH):
            crossed_notes.add(name)
        grid.add_rect(rect, 0)
    drawn: dict[str, tuple[Line, ...]] = {}
    crossed = set()
    for key in sorted(labels, key=lambda key: not any(one.node for one in labels[key])):  # weights come first
        lines = tuple(labels[key])
        if lines and not grid.free(_around(lines), _TOUCH, _TOUCH):
            lines = tuple(one for one in lines if one.node)
            if lines and not grid.free(_around(lines), _TOUCH, _TOUCH):
                crossed.add(key)
        if lines:
            grid.add_rect(_around(lines), 0)
        drawn[key] = lines
    return crossed_notes, drawn, crossed


def _merged(segments: Iterable[tuple[Point, Point]]) -> Iterator[tuple[Point, Point]]:
    """What the segments cover: of those that run along one rail, the rail once."""
    level: dict[float, list[tuple[float, float]]] = defaultdict(list)
    upright: dict[float, list[tuple[float, float]]] = defaultdict(list)
    for (px, py), (qx, qy) in segments:
        if py == qy:
            level[py].append((px, qx) if px <= qx else (qx, px))
        elif px == qx:
            upright[px].append((py, qy) if py <= qy else (qy, py))
        else:
            yield (px, py), (qx, qy)
    for y, spans in level.items():
        yield from (((a, y), (b, y)) for a, b in _united(spans))
    for x, spans in upright.items():
        yield from (((x, a), (x, b)) for a, b in _united(spans))


def _united(spans: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Spans that together cover the same, none touching another."""
    spans.sort()
    first, last = spans[0]
    for a, b in spans[1:]:
        if a > last:
            yield first, last
            first = a
        last = max(last, b) if a <= last else b
    yield first, last


def _around(lines: Sequence[Line]) -> Rect:
    left, top = min(one.place[0] for one in lines), lines[0].place[1]
    right = max(one.place[0] + one.place[2] for one in lines)
    return left, top, right - left, lines[-1].place[1] + lines[-1].place[3] - top
