"""A large graph seen from afar: boxes as rectangles, edges as thin lines, those that look alike painted in one stroke.

What a block of marks comes to is kept, so that zooming and panning make nothing anew and a step only what it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from graphviz_app.painting import brush_of, pen_of, polygon
from graphviz_models.picture import Box, Edge, Label

THINNEST = 0.75  # device pixels, of a line
RIM = 2.0  # points

Lines = dict[tuple[bool, str, float], QPainterPath]  # active, colour, width
Rects = dict[tuple[str, str], list[QRectF]]  # fill, stroke
Mark = TypeVar("Mark")
Made = TypeVar("Made")
Kept = list[tuple[Sequence[Mark], Made]]


class Overview:
    """Paints one picture after the other; marks come in blocks, which stay the same objects while nothing changes."""

    def __init__(self) -> None:
        self._lines: Kept[Edge, Lines] = []
        self._rects: Kept[Box, Rects] = []
        self._sizes: Kept[Label, float] = []

    def paint_edges(self, painter: QPainter, blocks: Sequence[Sequence[Edge]], zoom: float) -> None:
        """Edges without heads, the active ones over the others; `zoom` is device pixels a point."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        made = _made(self._lines, blocks, lines_of)
        for wanted in (False, True):
            for lines in made:
                for (active, colour, width), path in lines.items():
                    if active == wanted:
                        painter.setPen(pen_of(colour, max(width, THINNEST / zoom)))
                        painter.drawPath(path)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def paint_boxes(self, painter: QPainter, blocks: Sequence[Sequence[Box]]) -> None:
        """Boxes without what is written on them."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for rects in _made(self._rects, blocks, rects_of):
            paint_rects(painter, rects)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def legible(self, blocks: Sequence[Sequence[Label]], size: float) -> list[Label]:
        """The labels of this size, in points, and above."""
        largest = _made(self._sizes, blocks, lambda labels: max((label.size for label in labels), default=0.0))
        near = (block for block, most in zip(blocks, largest, strict=True) if most >= size)
        return [label for block in near for label in block if label.size >= size]


def _made(
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
    lines: Lines = {}
    for edge in edges:
        key = edge.active, edge.colour, edge.width
        if key not in lines:
            lines[key] = QPainterPath()
        lines[key].addPolygon(polygon(edge.points))
    return lines


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
