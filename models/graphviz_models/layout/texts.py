"""Texts by the drawing: a place for every node's note and every edge's label, clear of boxes, edges and one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, pairwise
from math import cos, pi, sin

import numpy as np
import numpy.typing as npt

from graphviz_models.layout.curves import along, length
from graphviz_models.layout.grid import Grid
from graphviz_models.layout.matching import matched
from graphviz_models.layout.nodes import NOTE_GAP, hits
from graphviz_models.layout.parts import Point, Rect

_APART = 2.0  # between texts, and between a text and a box
_BETWEEN = 4.0  # beyond that, between the labels of two edges, which are not to be read as one
_LEAST = 1e-6  # how much rounding may change a distance
_SPARE = 0.06  # of a note, at its left and right, that may lie on edges rather than that the note stands far away
_NEAR = 0.25  # of how far a note is off its node: so near, a line takes it away from there
_OFF = 3.0  # between a text and an edge
_CLOSE = 13.0  # between a text and an edge to which it is close
_FROM_END = (14.0, 26.0, 40.0, 60.0)
_SHARES = (0.0, *(way * 0.04 * k for k in range(1, 11) for way in (1, -1)))  # of an edge's length, from its middle
_FEW = (0.0, *(way * 0.08 * k for k in range(1, 6) for way in (1, -1)))
_MANY = 40  # edges, from which on fewer places are looked at
#: How far off its edge a label may stand, how near to others, and whether no other may be nearer than its own: rather
#: than where it seems to be another's, a label stands on its edge.
_TRIES = (
    *((off, 1.5, True) for off in (_OFF, 6.0, 9.0, 13.0, 18.0, 0.0, 32.0, 50.0)),
    (0.0, 0.0, False),
    *((off, 1.5, False) for off in (9.0, 18.0, 32.0, 50.0)),
)
_RINGS = [(14 * ring * cos(k * pi / 6), 14 * ring * sin(k * pi / 6)) for ring in range(1, 16) for k in range(12)]

#: A point of a line, the unit normal there, and how far a label's middle is off when it touches the line.
Station = tuple[float, float, float, float, float]


class Texts:
    """Boxes and routes of a finished drawing, in its own frame; places are top left corners.

    Of the routes only what lies in `fields` is looked at, everything by default. `crowded` counts the texts that found
    no free place: they stand where they hurt least; `cramped` are the edges whose labels are among them. Where labels
    are to be `close`, so are those that stand far off their edges, or on them.
    """

    def __init__(
        self,
        boxes: Mapping[str, Rect],
        routes: Mapping[str, Sequence[Point]],
        fields: Sequence[Rect] | None = None,
        close: bool = False,
    ) -> None:
        self.crowded = 0
        self.cramped: list[str] = []
        self._boxes = boxes
        self._routes = routes
        self._fields = fields
        self._close = close
        self._number = {key: k for k, key in enumerate(routes)}
        self._taken: list[Rect] = []
        self._doubtful: set[str] = set()

    @cached_property
    def _segments(self) -> npt.NDArray[np.float64]:
        return np.array([pair for points in self._routes.values() for pair in pairwise(points)])

    @cached_property
    def _ends(self) -> list[tuple[Point, Point]]:
        return [(points[0], points[-1]) for points in self._routes.values()]

    @cached_property
    def _grid(self) -> Grid:
        grid = Grid()
        for box in (*self._boxes.values(), *self._taken):
            grid.add_rect(box, -1)
        for key, points in self._routes.items():
            grid.add_line(points, self._number[key], self._fields)
        return grid

    def keep(self, rect: Rect, key: str | None = None) -> bool:
        """Whether a text (of the edge `key`) can stay where it is; then its place is taken."""
        if not self._grid.free(rect, 0.0, 0.0, None if key is None else self._number[key]):
            return False
        self._take(rect)
        return True

    def note(self, body: Rect, size: tuple[float, float], beside: bool = False, sure: int = 0) -> Point:
        """A place for the note of the node with this shape: under it (`beside`: right of it), else where no edge comes
        from, farther away only where nothing else is as near. Rather than far from its node a note's ends lie on edges.

        Where `sure` is not 0, the place of that number in the order of preference is taken unseen.
        """
        if sure:
            place = next(islice(_around(body, *size, beside), sure - 1, None))
            self._taken.append((*place, *size))
            return place
        places = [(*at, *size) for at in _around(body, *size, beside)]
        second: Rect | None = None
        for rect in self._grid.free_among(places, _APART, 1.0):
            if self._nearest(rect, body):
                return self._take(rect, _BETWEEN if self._close else 0.0)
            second = second or rect
        self.crowded += second is None
        centred = [one for one in places if abs(one[0] + one[2] / 2 - body[0] - body[2] / 2) < 1.0 and not self._close]
        for rect in self._grid.free_among(centred, _APART, -max(size)):
            x, y, w, h = rect
            spare = _SPARE * w  # most numbers are narrower than the widest one
            if self._grid.free((x + spare, y, w - 2 * spare, h), _APART, 1.0) and self._nearest(rect, body):
                return self._take(rect)
        return self._anywhere(places[0]) if second is None else self._take(second, _BETWEEN if self._close else 0.0)

    def label(self, key: str, size: tuple[float, float], own: int | None = None) -> Point:
        """A place for the label of an edge: beside its middle, else beside another part of it, else on it.

        `own` is the end (0 or -1) near which the edge runs alone: there the label has to stand.
        """
        points, number = self._routes[key], self._number[key]
        total = length(points)
        w, h = size
        half = (w + h) / 4
        close = self._close
        if own is None:
            ats = [total * (0.5 + k) for k in (_SHARES if len(self._routes) < _MANY else _FEW)]
            ats += [at for d in _FROM_END for at in (total - half - d, half + d) if 0 < at < total]
        else:
            first = range(0, 500, 6) if close else range(12, 500, 12)
            ats = [half + d if own == 0 else total - half - d for d in first if half + d < total]
        known: list[Station] = []
        second: dict[tuple[float, float], Rect | None] = {}  # free places that may seem to be another edge's
        for off, clear, alone in _TRIES if len(self._routes) < _MANY else _TRIES[::2]:
            found = second.get((off, clear))
            if (off, clear) not in second:
                second[off, clear] = None
                several = _beside(_stations(points, ats, size, known), size, off)
                for rect in self._grid.free_among(several, _APART, clear, None if off else number):
                    if not alone or self._grid.free(rect, 0.0, off + close, number):
                        found = rect
                        break
                    second[off, clear] = second[off, clear] or rect
            if found is not None:
                if (off and not alone) or (close and not 0 < off <= _CLOSE) or key in self._doubtful:
                    self._cramp(key)  # it may be read as that of another edge
                return self._take(found, _BETWEEN)
        self._cramp(key)
        (x, y), _ = along(points, total / 2)
        return self._anywhere((x - w / 2, y - h / 2, w, h))

    def together(self, sizes: Mapping[str, tuple[float, float]]) -> dict[str, Point]:
        """Places for labels of edges by their keys, of those that are straight and find one from which every other edge
        is clearly farther than their own.
        """
        keys = [key for key in sizes if len(self._routes[key]) == 2]
        if not keys:
            return {}
        lines = np.array([self._routes[key] for key in keys])
        most = np.array([sizes[key] for key in keys]).max(0)
        segments = self._segments
        rects = np.array([*self._boxes.values(), *self._taken]).reshape(-1, 4)
        rects[:, 2:] += rects[:, :2]
        low, high = lines.min((0, 1)) - most, lines.max((0, 1)) + most
        segments = segments[(segments.min(1) < high).all(1) & (segments.max(1) > low).all(1)]
        rects = rects[(rects[:, :2] < high).all(1) & (rects[:, 2:] > low).all(1)]
        out = {}
        for n, (x, y) in matched(lines, most, segments, rects).items():
            w, h = sizes[keys[n]]
            out[keys[n]] = self._take((x - w / 2, y - h / 2, w, h), _BETWEEN)
        self._doubtful = self._doubtful.union(keys) - out.keys()
        return out

    def _nearest(self, rect: Rect, body: Rect) -> bool:
        """Whether a rectangle is at a shape, or clearly nearest to it: no other box is as near, and no line that does
        not end there nearly as near.
        """
        (x, y, w, h), (left, top, wide, high) = rect, body
        off = max(left - x - w, x - left - wide, top - y - h, y - top - high)
        if off <= NOTE_GAP + _LEAST:
            return True
        near = _NEAR * off
        field = x - near, y - near, w + 2 * near, h + 2 * near
        lines = {owner for p, q, owner in self._grid.segments_in(field) if hits(p, q, field)}
        ends = (self._ends[owner] for owner in lines)
        return self._grid.free(rect, off - _LEAST, 0.0) and all(any(_within(at, body) for at in two) for two in ends)

    def _cramp(self, key: str) -> None:
        self.crowded += 1
        self.cramped.append(key)

    def _anywhere(self, rect: Rect) -> Point:
        """The first free place in growing rings around a rectangle; the rectangle's own where there is none at all."""
        x, y, w, h = rect
        rings = ((x + dx, y + dy, w, h) for dx, dy in _RINGS)
        return self._take(next(self._grid.free_among(rings, _APART, 1.5), rect))

    def _take(self, rect: Rect, around: float = 0.0) -> Point:
        x, y, w, h = rect
        self._taken.append(rect)
        self._grid.add_rect((x - around, y - around, w + 2 * around, h + 2 * around), -1)
        return x, y


def _within(at: Point, rect: Rect) -> bool:
    """Whether a point lies in a rectangle, or on its rim."""
    return not (
        at[0] < rect[0] - _LEAST
        or at[1] < rect[1] - _LEAST
        or at[0] > rect[0] + rect[2] + _LEAST
        or at[1] > rect[1] + rect[3] + _LEAST
    )


def _stations(
    points: Sequence[Point], ats: Sequence[float], size: tuple[float, float], known: list[Station]
) -> Iterator[Station]:
    """What lies at these lengths of a line, for a label of this size; `known` are those found before."""
    w, h = size
    for n, at in enumerate(ats):
        if n == len(known):
            (x, y), (dx, dy) = along(points, at)
            nx, ny = (dy, -dx) if dx > 0 or (dx == 0 and dy < 0) else (-dy, dx)  # upwards, or to the left
            known.append((x, y, nx, ny, abs(nx) * w / 2 + abs(ny) * h / 2))
        yield known[n]


def _beside(stations: Iterable[Station], size: tuple[float, float], off: float) -> Iterator[Rect]:
    """Places for a label `off` a line, on both sides of it (on it, where that is 0)."""
    w, h = size
    for x, y, nx, ny, reach in stations:
        if off:
            u, v = nx * (reach + off), ny * (reach + off)
            yield x + u - w / 2, y + v - h / 2, w, h
            yield x - u - w / 2, y - v - h / 2, w, h
        else:
            yield x - w / 2, y - h / 2, w, h


def _around(body: Rect, w: float, h: float, beside: bool) -> Iterator[Point]:
    """Places about a shape, the best first: under it, above it, at its sides; at its sides first where it shall be
    `beside`.
    """
    x, y, bw, bh = body
    cx, cy = x + bw / 2, y + bh / 2
    if beside:
        for level in (cy - h / 2, cy + 4, cy - h - 4):
            yield x + bw + NOTE_GAP, level
        for level in (cy - h / 2, cy + 4, cy - h - 4):
            yield x - w - NOTE_GAP, level
    for top in (y + bh + NOTE_GAP, y - h - NOTE_GAP):
        yield cx - w / 2, top
        yield cx + 5, top
        yield cx - w - 5, top
        if top > y:
            reach = bw / 2 + w / 2
            steps = int(reach // 8)
            for k in range(1, steps + 1):
                yield cx - w / 2 + 8 * k, top
                yield cx - w / 2 - 8 * k, top
    for level in (cy + 4, cy - h - 4, cy - h / 2, y + bh - h, y + bh - h / 2, y, y - h / 2):
        yield x + bw + NOTE_GAP, level
        yield x - w - NOTE_GAP, level
    for further in (8.0, 16.0, 26.0, 40.0):
        for level in (cy - h / 2, cy + 4, cy - h - 4, y + bh, y - h):
            yield x + bw + NOTE_GAP + further, level
            yield x - w - NOTE_GAP - further, level
        for top in (y + bh + NOTE_GAP + further, y - h - NOTE_GAP - further):
            yield cx - w / 2, top
            yield cx + 5, top
            yield cx - w - 5, top
