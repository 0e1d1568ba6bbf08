"""A large graph seen from afar: boxes as rectangles, edges as thin lines, those that look alike painted in one stroke.

What a block of marks comes to is kept, so that zooming and panning make nothing anew and a step only what it changes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from PySide6.QtCore import QByteArray, QDataStream, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from graphviz_app.layer import Bounds, touch
from graphviz_app.painting import brush_of, pen_of
from graphviz_models.picture import Box, Edge, Label, Point

THINNEST = 0.75  # device pixels, of a line
RIM = 2.0  # points
MOVE, LINE = 0, 1  # elements of a path

Lines = dict[tuple[bool, str, float], QPainterPath]  # active, colour, width
Rects = dict[tuple[str, str], list[QRectF]]  # fill, stroke
Mark = TypeVar("Mark")
Made = TypeVar("Made")
_NOWHERE: Bounds = (1.0, 1.0, 0.0, 0.0)
Kept = list[tuple[Sequence[Mark], Made]]


class Overview:
    """Paints one picture after the other; marks come in blocks, which stay the same objects while nothing changes.

    An `area` that is None is the whole picture; what is made to leave out what lies elsewhere is then not needed.
    """

    def __init__(self) -> None:
        self._lines: Kept[Edge, Lines] = []
        self._rects: Kept[Box, Rects] = []
        self._sizes: Kept[Label, float] = []
        self._extents: tuple[Kept[Edge, Bounds], Kept[Box, Bounds], Kept[Label, Bounds]] = [], [], []

    def paint_edges(
        self, painter: QPainter, blocks: Sequence[Sequence[Edge]], area: Bounds | None, zoom: float
    ) -> None:
        """Edges without heads, the active ones over the others; `zoom` is device pixels a point."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        made = [*_near(self._extents[0], blocks, made_of(self._lines, blocks, lines_of), _around_lines, area)]
        for wanted in (False, True):
            for lines in made:
                for (active, colour, width), path in lines.items():
                    if active == wanted:
                        painter.setPen(pen_of(colour, max(width, THINNEST / zoom)))
                        painter.drawPath(path)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def paint_boxes(self, painter: QPainter, blocks: Sequence[Sequence[Box]], area: Bounds | None) -> None:
        """Boxes without what is written on them."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for rects in _near(self._extents[1], blocks, made_of(self._rects, blocks, rects_of), _around, area):
            paint_rects(painter, rects)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def legible(self, blocks: Sequence[Sequence[Label]], area: Bounds | None, size: float) -> list[Label]:
        """The labels of this size, in points, and above."""
        largest = made_of(self._sizes, blocks, lambda labels: max((one.size for one in labels), default=0.0))
        large = [block for block, most in zip(blocks, largest, strict=True) if most >= size]
        if area is None or not large:
            return [one for block in large for one in block if one.size >= size]
        left, top, right, bottom = area
        return [
            one
            for block in _near(self._extents[2], blocks, blocks, _around, area)
            for one in block
            if one.size >= size
            and one.x <= right
            and one.y <= bottom
            and one.x + one.width >= left
            and one.y + one.height >= top
        ]


def _around(marks: Iterable[Box | Label]) -> Bounds:
    """The rectangle around the marks of a block."""
    corners = [(one.x, one.y, one.x + one.width, one.y + one.height) for one in marks]
    if not corners:
        return _NOWHERE
    left, top, right, bottom = zip(*corners, strict=True)
    return min(left) - RIM, min(top) - RIM, max(right) + RIM, max(bottom) + RIM


def _around_lines(edges: Iterable[Edge]) -> Bounds:
    points: list[Point] = [point for edge in edges for point in edge.shaft]
    if not points:
        return _NOWHERE
    xs, ys = zip(*points, strict=True)
    return min(xs) - RIM, min(ys) - RIM, max(xs) + RIM, max(ys) + RIM


def _near(
    kept: Kept[Mark, Bounds],
    blocks: Sequence[Sequence[Mark]],
    made: Sequence[Made],
    around: Callable[[Sequence[Mark]], Bounds],
    area: Bounds | None,
) -> Iterator[Made]:
    """What was made of those blocks that touch an area."""
    if area is None:
        return iter(made)
    extents = made_of(kept, blocks, around)
    return (one for extent, one in zip(extents, made, strict=True) if touch(extent, area))


def made_of(
    kept: Kept[Mark, Made], blocks: Sequence[Sequence[Mark]], make: Callable[[Sequence[Mark]], Made]
) -> list[Made]:
    """What `make` makes of each block, as `kept` where the block is the same as before."""
    del kept[len(blocks) :]
    for k, block in enumerate(blocks):
        if k == len(kept):
            kept.append((block, make(block)))
        elif kept[k][0] is not block:
            kept[k] = block, make(block)
    return [made for _, made in kept]


def lines_of(edges: Sequence[Edge]) -> Lines:
    """The edges' courses, one path for all that look alike."""
    shafts: dict[tuple[bool, str, float], list[Sequence[Point]]] = {}
    for edge in edges:
        shafts.setdefault((edge.active, edge.colour, edge.width), []).append(edge.shaft)
    return {key: path_of(several) for key, several in shafts.items()}


def path_of(lines: Sequence[Sequence[Point]]) -> QPainterPath:
    """Polylines as one path, read from the bytes of Qt's own format: a call for every point would take far longer."""
    elements: list[float] = []  # what an element is, a move or a line, and its place
    for line in lines:
        kind = MOVE
        for x, y in line:
            elements += (kind, x, y)
            kind = LINE
    count = len(elements) // 3
    raw = struct.pack(">i" + "idd" * count + "ii", count, *elements, 0, 0)  # the first element, the fill rule
    path = QPainterPath()
    QDataStream(QByteArray(raw)) >> path
    return path


def rects_of(boxes: Sequence[Box]) -> Rects:
    """The boxes' bounding boxes, one list for all that look alike."""
    rects: Rects = {}
    for box in boxes:
        if box.shape != "none":
            rects.setdefault((box.fill, box.stroke), []).append(QRectF(box.x, box.y, box.width, box.height))
    return rects


def paint_rects(painter: QPainter, rects: Rects) -> None:
    """Rectangles, those that look alike in one stroke."""
    for (fill, stroke), alike in rects.items():
        painter.setBrush(brush_of(fill))
        painter.setPen(pen_of(stroke, RIM))
        painter.drawRects(alike)
