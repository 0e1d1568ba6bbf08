"""What is lit on a canvas: rings around nodes, the edges of a path."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from graphviz_app.scene import Scene
from graphviz_models.picture import Box

HALO = 5.0  # points from a box to the ring around it


def paint_lit(
    painter: QPainter,
    scene: Scene,
    colour: QColor,
    nodes: Collection[str],
    path: Sequence[str],
) -> None:
    """Rings around nodes and around those of a path with its edges."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 2.5))
    ids = [[box.id for box in scene.boxes_of(node)] for node in path]
    pairs = {(a, b) for first, second in pairwise(ids) for a in first for b in second}
    for edge in scene.layer("edges").marks if pairs else ():
        if (edge.source, edge.target) in pairs:
            painter.drawPolyline([QPointF(x, y) for x, y in edge.points])
    for node in {*nodes, *path}:
        for box in scene.boxes_of(node):
            painter.drawRoundedRect(ring(box), HALO + 3, HALO + 3)


def ring(box: Box) -> QRectF:
    """The ring around a box."""
    return QRectF(box.x - HALO, box.y - HALO, box.width + 2 * HALO, box.height + 2 * HALO)
