"""What is lit on a canvas: rings around nodes, frames around what edges say of them, the edges of a path."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from graphviz_app.scene import Scene
from graphviz_models.picture import Box, Edge, Point

HALO = 3.0  # points from a box to the ring around it: less than to the delta beside it
RING = 2.0  # points, of its line
SNUG = 3.0  # points from a weight on an edge to the frame around it


def paint_lit(
    painter: QPainter,
    scene: Scene,
    colour: QColor,
    nodes: Collection[str],
    path: Sequence[str],
) -> None:
    """Rings around nodes and around those of a path with its edges, and what stands on edges of such nodes."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, RING))
    lines, rects = lit_marks(scene, nodes, path)
    for line in lines:
        painter.drawPolyline([QPointF(x, y) for x, y in line])
    for rect, radius in rects:
        painter.drawRoundedRect(rect, radius, radius)


def lit_marks(
    scene: Scene, nodes: Collection[str], path: Sequence[str]
) -> tuple[list[tuple[Point, ...]], list[tuple[QRectF, float]]]:
    """The lines that are lit, and the rectangles with the radius of their corners."""
    ids = [[box.id for box in scene.boxes_of(node)] for node in path]
    pairs = {(a, b) for first, second in pairwise(ids) for a in first for b in second}
    lines = [edge.points for edge in scene.layer("edges").marks if (edge.source, edge.target) in pairs] if pairs else []
    rects = [(ring(box), HALO + 3) for node in dict.fromkeys((*nodes, *path)) for box in scene.boxes_of(node)]
    for node in nodes:
        for frame, edge in frames(scene, node):
            if edge is not None:
                lines.append(edge.points)
            rects.append((frame, SNUG))
    return lines, rects


def frames(scene: Scene, node: str) -> list[tuple[QRectF, Edge | None]]:
    """The frames around what is said of a node on edges: a weight with its edge, or its symbol in a formula."""
    found: list[tuple[QRectF, Edge | None]] = []
    for label in scene.labels_naming(node):
        whole = QRectF(label.x, label.y, label.width, label.height)
        if label.node == node:
            found.append((whole.adjusted(-SNUG, -SNUG, SNUG, SNUG), scene.edge_of(label)))
            continue
        for of, left, top, width, height in label.formula.symbols:
            if of == node:
                symbol = QRectF(label.x + left, label.y + label.formula.ascent + top, width, height)
                found.append((symbol.adjusted(-1.5, -1.5, 1.5, 1.5), None))
    return found


def lit_areas(scene: Scene, node: str) -> list[QRectF]:
    """Where something is painted when a node is lit."""
    areas = [ring(box) for box in scene.boxes_of(node)]
    for frame, edge in frames(scene, node):
        areas.append(frame)
        if edge is not None:
            xs, ys = zip(*edge.points, strict=True)
            areas.append(QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys))))
    return areas


def ring(box: Box) -> QRectF:
    """The ring around a box."""
    return QRectF(box.x - HALO, box.y - HALO, box.width + 2 * HALO, box.height + 2 * HALO)
