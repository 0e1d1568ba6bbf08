"""A grid over the drawing: what lies near a line or a rectangle, without looking at everything."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import floor, sqrt
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from graphviz_models.layout.parts import Point, Rect

_CELL = 160.0
_FINE, _CELLS = 16.0, 1_000_000  # the side of a small cell, at least, and how many of them there are at most
Entry = TypeVar("Entry")
Segment = tuple[Point, Point, int]
_NOTHING: list[Any] = []


class Grid:
    """Rectangles and lines, each with the number of its owner, by the cells of a square grid."""

    def __init__(self) -> None:
        self._rects: dict[tuple[int, int], list[tuple[Rect, int]]] = defaultdict(list)
        self._segments: dict[tuple[int, int], list[Segment]] = defaultdict(list)

    def add_rect(self, rect: Rect, owner: int, margin: float = 8.0) -> None:
        """`margin`: how near to the rectangle a question may still come."""
        entry = rect, owner
        for cell in _cells(rect, margin):
            self._rects[cell].append(entry)

    def add_line(self, points: Sequence[Point], owner: int, fields: Sequence[Rect] | None = None) -> None:
        """Add the segments of a line, all of them or those parts that lie in `fields`."""
        if fields is None:
            self.add_segments(itertools.pairwise(points), owner)
            return
        for p, q in itertools.pairwise(points):
            parts = [part for field in fields if (part := _clipped(p, q, field)) is not None]
            for cell in dict.fromkeys(cell for part in parts for cell in _along(*part)):
                self._segments[cell].append((p, q, owner))

    def add_segments(self, segments: Iterable[tuple[Point, Point]], owner: int) -> None:
        cells = self._segments
        end: Point | None = None
        last = (0, 0)
        for p, q in segments:
            first = last if p is end else (floor(p[0] / _CELL), floor(p[1] / _CELL))
            end, last = q, (floor(q[0] / _CELL), floor(q[1] / _CELL))
            if first == last:
                cells[first].append((p, q, owner))
            else:
                for cell in _along(p, q):
                    cells[cell].append((p, q, owner))

    def rects_near(self, p: Point, q: Point) -> Sequence[tuple[Rect, int]]:
        """Rectangles in the cells of the segment, some perhaps twice."""
        return next(_near(self._rects, (p, q)))[2]

    def rects_along(self, line: Iterable[Point]) -> Iterator[tuple[Point, Point, Sequence[tuple[Rect, int]]]]:
        """The segments of a line, each with the rectangles in its cells, some perhaps twice."""
        return _near(self._rects, line)

    def segments_along(self, line: Iterable[Point]) -> Iterator[tuple[Point, Point, Sequence[Segment]]]:
        """The segments of a line, each with the segments in its cells, some perhaps twice."""
        return _near(self._segments, line)

    def rects_in(self, field: Rect) -> dict[int, Rect]:
        """The rectangles in the cells of a field, by their owners."""
        return {owner: rect for cell in _cells(field, 0.0) for rect, owner in self._rects.get(cell, ())}

    def segments_in(self, field: Rect) -> set[Segment]:
        return {segment for cell in _cells(field, 0.0) for segment in self._segments.get(cell, ())}

    def free(self, rect: Rect, margin: float, lines: float, but: int | None = None) -> bool:
        """True where no rectangle is nearer to `rect` than `margin`, and no line (other than that of `but`) nearer than
        `lines`.
        """
        return any(True for _ in self.free_among((rect,), margin, lines, but))

    def free_among(
        self, several: Iterable[Rect], margin: float, lines: float, but: int | None = None
    ) -> Iterator[Rect]:
        """Those of the rectangles that are `free`.

        What is in the way of one comes first in its cell from then on: it is in the way of those beside it, too.
        """
        further = max(margin, lines)
        for rect in several:
            x, y, w, h = rect
            left, top, right, bottom = x - lines, y - lines, x + w + lines, y + h + lines
            wide, high, across, down = right - left, bottom - top, left + right, top + bottom
            beyond, below = x + w + margin, y + h + margin
            for cell in _cells(rect, further):
                rects = self._rects.get(cell, _NOTHING)
                for k, ((ox, oy, ow, oh), _) in enumerate(rects):
                    if ox < beyond and x < ox + ow + margin and oy < below and y < oy + oh + margin:
                        rects.insert(0, rects.pop(k))
                        break
                else:
                    segments = self._segments.get(cell, _NOTHING) if min(wide, high) > 0.0 else _NOTHING
                    for k, ((px, py), (qx, qy), owner) in enumerate(segments):
                        if (
                            (px > left or qx > left)
                            and (px < right or qx < right)
                            and (py > top or qy > top)
                            and (py < bottom or qy < bottom)
                            and owner != but
                        ):
                            dx, dy = qx - px, qy - py  # and its line does not run past the corners
                            if (
                                dx == 0.0
                                or dy == 0.0
                                or abs(dx * (down - 2 * py) - dy * (across - 2 * px)) < wide * abs(dy) + high * abs(dx)
                            ):
                                segments.insert(0, segments.pop(k))
                                break
                    else:
                        continue
                break
            else:
                yield rect


def near(lines: Iterable[Sequence[Point]], rects: Sequence[Rect]) -> list[tuple[Point, Point]]:
    """The segments of lines that touch one of the rectangles, and few others: a table of sums over small cells says of
    every segment at once whether there is a rectangle in the cells around it.
    """
    several = list(lines)
    points = list(itertools.chain.from_iterable(several))
    if not rects or len(points) < 2:
        return []
    at = np.array(list(itertools.chain.from_iterable(points))).reshape(-1, 2)
    boxes = np.array(rects)
    first, last = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    origin = first.min(0)
    extent = last.max(0) - origin
    cell = max(_FINE, sqrt(extent.prod() / _CELLS))
    count = (extent // cell).astype(int) + 1

    def cells(places: npt.NDArray[np.float64], further: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        found = np.clip((places - origin) / cell + further, 0, count).astype(np.intp)
        return found[:, 0], found[:, 1]

    edges = np.zeros(count + 1, dtype=np.int32)
    (a, b), (c, d) = cells(first, 0), cells(last, 1)
    for i, j, change in ((a, b, 1), (c, d, 1), (a, d, -1), (c, b, -1)):
        np.add.at(edges.reshape(-1), i * edges.shape[1] + j, change)
    total = np.zeros(count + 1, dtype=np.int32)
    total[1:, 1:] = (edges.cumsum(0, out=edges).cumsum(1, out=edges) > 0)[:-1, :-1]
    total.cumsum(0, out=total).cumsum(1, out=total)
    (a, b), (c, d) = cells(np.minimum(at[:-1], at[1:]), 0), cells(np.maximum(at[:-1], at[1:]), 1)
    touching = total[c, d] - total[a, d] - total[c, b] + total[a, b] > 0
    touching[np.cumsum([len(line) for line in several])[:-1] - 1] = False  # from the end of a line to the next one
    return [(points[k], points[k + 1]) for k in touching.nonzero()[0].tolist()]


def _near(
    cells: Mapping[tuple[int, int], list[Entry]], line: Iterable[Point]
) -> Iterator[tuple[Point, Point, Sequence[Entry]]]:
    """The segments of a line, each with what is in its cells."""
    points = iter(line)
    p = next(points)
    seen = first = (floor(p[0] / _CELL), floor(p[1] / _CELL))
    inside = cells.get(first, ())
    for q in points:
        last = (floor(q[0] / _CELL), floor(q[1] / _CELL))
        if first != last:
            yield p, q, [entry for cell in _along(p, q) for entry in cells.get(cell, ())]
        else:
            if seen != last:
                seen, inside = last, cells.get(last, ())
            yield p, q, inside
        p, first = q, last


def _cells(rect: Rect, margin: float) -> Sequence[tuple[int, int]]:
    """The cells that a rectangle and what is around it touch."""
    x, y, w, h = rect
    left, right = floor((x - margin) / _CELL), floor((x + w + margin) / _CELL)
    top, bottom = floor((y - margin) / _CELL), floor((y + h + margin) / _CELL)
    if left == right and top == bottom:
        return ((left, top),)
    return list(itertools.product(range(left, right + 1), range(top, bottom + 1)))


def _along(p: Point, q: Point) -> list[tuple[int, int]]:
    """The cells that a segment passes through, each column of them by the heights that it has there."""
    (px, py), (qx, qy) = (p, q) if p[0] <= q[0] else (q, p)
    first, last = floor(px / _CELL), floor(qx / _CELL)
    row, end = floor(py / _CELL), floor(qy / _CELL)
    if row == end:
        return [(i, row) for i in range(first, last + 1)]
    if first == last:
        return [(first, j) for j in range(min(row, end), max(row, end) + 1)]
    slope = (qy - py) / (qx - px)
    out = []
    a = py
    for i in range(first, last + 1):
        b = py + slope * ((i + 1) * _CELL - px) if i < last else qy
        low, high = (a, b) if a <= b else (b, a)
        out += [(i, j) for j in range(floor(low / _CELL), floor(high / _CELL) + 1)]
        a = b
    return out


def _clipped(p: Point, q: Point, field: Rect) -> tuple[Point, Point] | None:
    """A part of the segment with everything of it that lies in the field, None where nothing does."""
    x0, y0, x1, y1 = field[0], field[1], field[0] + field[2], field[1] + field[3]
    if max(p[0], q[0]) < x0 or min(p[0], q[0]) > x1 or max(p[1], q[1]) < y0 or min(p[1], q[1]) > y1:
        return None
    dx, dy = q[0] - p[0], q[1] - p[1]
    low, high = 0.0, 1.0
    for start, way, least, most in ((p[0], dx, x0, x1), (p[1], dy, y0, y1)):
        if way:
            near, far = sorted(((least - start) / way, (most - start) / way))
            low, high = max(low, near), min(high, far)
    if low > high:
        return None
    return (p[0] + dx * low, p[1] + dy * low), (p[0] + dx * high, p[1] + dy * high)
