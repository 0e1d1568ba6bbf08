"""Paints the marks of a picture with QPainter: one way of painting for the screen, for PNG and for PDF.

All functions expect a painter whose coordinates are the picture's points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from graphviz_app.glyphs import glyph_path
from graphviz_models.formula import Formula
from graphviz_models.picture import PLATE, Box, Edge, Label, Picture, Plate, Point, Pulse, Tensor

Writing = Callable[[QPainter, Formula, float, float, str], None]  # formula, its left end, its baseline, colour

HATCH = 5.0  # points between two lines or dots of a hatch
DOUBLE = 3.0  # points from a rim to the second one inside it


def paint(painter: QPainter, picture: Picture) -> None:
    """Everything on a picture, its background too, every glyph as a filled outline."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(0, 0, picture.width, picture.height), colour_of(picture.background))
    paint_plates(painter, picture.plates)
    paint_edges(painter, picture.edges)
    paint_boxes(painter, picture.boxes)
    paint_tensors(painter, picture.tensors, write_outlines)
    paint_labels(painter, picture.labels, write_outlines)
    paint_pulses(painter, picture.pulses, write_outlines)


def paint_plates(painter: QPainter, plates: Iterable[Plate]) -> None:
    """Rounded rectangles behind everything else."""
    for plate in plates:
        painter.setBrush(brush_of(plate.fill))
        painter.setPen(pen_of(plate.stroke, plate.stroke_width, plate.dash))
        painter.drawRoundedRect(QRectF(plate.x, plate.y, plate.width, plate.height), plate.radius, plate.radius)


def paint_edges(painter: QPainter, edges: Iterable[Edge], least: float = 0.0) -> None:
    """Shafts, at `least` so many points wide, and arrowheads."""
    for edge in edges:
        painter.setPen(pen_of(edge.colour, max(edge.width, least), edge.dash))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(polygon(edge.shaft))
        if edge.head:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(brush_of(edge.colour))
            painter.drawPolygon(polygon(edge.head))


def paint_boxes(painter: QPainter, boxes: Iterable[Box], least: float = 0.0) -> None:
    """The bodies of nodes, with rims that are at `least` so many points wide."""
    for box in boxes:
        if box.shape == "none":
            continue
        rect, rim = QRectF(box.x, box.y, box.width, box.height), max(box.stroke_width, least)
        painter.setBrush(brush_of(box.fill))
        painter.setPen(pen_of(None if box.hatch else box.stroke, rim, box.dash))
        _body(painter, box, rect)
        if box.hatch:
            _hatch(painter, box, rect)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(pen_of(box.stroke, rim, box.dash))
            _body(painter, box, rect)
        if box.double:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(pen_of(box.stroke, box.stroke_width))
            _body(painter, box, rect.adjusted(DOUBLE, DOUBLE, -DOUBLE, -DOUBLE))


def paint_tensors(painter: QPainter, tensors: Iterable[Tensor], write: Writing) -> None:
    """Arrays: filled cells first, without smoothing, so that no seams show between them."""
    for tensor in tensors:
        filled = [cell for cell in tensor.cells if cell.fill is not None]
        if filled:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            for cell in filled:
                painter.fillRect(QRectF(cell.x, cell.y, cell.width, cell.height), colour_of(cell.fill or ""))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for stroke in tensor.strokes:
            painter.setPen(pen_of(stroke.colour, stroke.width))
            painter.drawPolyline(polygon(stroke.points))
        painter.setPen(Qt.PenStyle.NoPen)
        for dot in tensor.dots:
            painter.setBrush(brush_of(dot.colour))
            painter.drawEllipse(QPointF(dot.x, dot.y), dot.radius, dot.radius)
        paint_labels(painter, tensor.labels, write)


def paint_labels(painter: QPainter, labels: Iterable[Label], write: Writing) -> None:
    """Formulas, and the plates behind them."""
    for label in labels:
        if label.plate is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(brush_of(label.plate))
            room = QRectF(label.x, label.y, label.width, label.height).adjusted(-PLATE, -PLATE, PLATE, PLATE)
            painter.drawRoundedRect(room, PLATE, PLATE)
        write(painter, label.formula, label.x, label.y + label.formula.ascent, label.colour)


def paint_pulses(painter: QPainter, pulses: Iterable[Pulse], write: Writing) -> None:
    """Values and deltas on their way."""
    for pulse in pulses:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(brush_of(pulse.colour))
        painter.drawEllipse(QPointF(pulse.x, pulse.y), pulse.radius, pulse.radius)
        if pulse.label is not None:
            paint_labels(painter, [pulse.label], write)


def write_outlines(painter: QPainter, formula: Formula, x: float, baseline: float, colour: str) -> None:
    """The formula's glyphs as filled outlines, true at every scale."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush_of(colour))
    painter.translate(x, baseline)
    painter.drawPath(formula_path(formula))
    if formula.rules:
        painter.drawRects([QRectF(*rule) for rule in formula.rules])
    painter.translate(-x, -baseline)


def formula_path(formula: Formula) -> QPainterPath:
    """All glyphs of a formula as one path."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for g in formula.glyphs:
        path.addPath(QTransform(g.scale, 0.0, 0.0, g.scale, g.x, g.y).map(glyph_path(g.outline)))
    return path


def body_path(box: Box) -> QPainterPath:
    """The outline of a box's shape; of a constant, which has none, its bounding box."""
    path = QPainterPath()
    rect = QRectF(box.x, box.y, box.width, box.height)
    if box.shape in ("ellipse", "circle"):
        path.addEllipse(rect)
    elif box.shape == "diamond":
        path.addPolygon(_diamond(rect, box.corner))
        path.closeSubpath()
    else:
        radius = _radius(box, rect)
        path.addRoundedRect(rect, radius, radius)
    return path


@lru_cache(maxsize=512)
def colour_of(name: str) -> QColor:
    """The colour "#rrggbb"."""
    return QColor(name)


@lru_cache(maxsize=512)
def brush_of(name: str | None) -> QBrush:
    """A plain brush; without a colour, none."""
    return QBrush(Qt.BrushStyle.NoBrush) if name is None else QBrush(QColor(name))


@lru_cache(maxsize=512)
def pen_of(name: str | None, width: float, dash: Sequence[float] = ()) -> QPen:
    """A pen `width` points wide with dashes in points; without a colour, none."""
    if name is None or width <= 0:
        return QPen(Qt.PenStyle.NoPen)
    pen = QPen(QColor(name), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin)
    if dash:
        pen.setDashPattern([part / width for part in dash])  # Qt counts in pen widths
    return pen


@lru_cache(maxsize=32768)
def polygon(points: tuple[Point, ...]) -> QPolygonF:
    """Points as Qt has them."""
    return QPolygonF([QPointF(x, y) for x, y in points])


def _body(painter: QPainter, box: Box, rect: QRectF) -> None:
    if box.shape in ("ellipse", "circle"):
        painter.drawEllipse(rect)
    elif box.shape == "diamond":
        painter.drawPolygon(_diamond(rect, box.corner))
    else:
        radius = _radius(box, rect)
        painter.drawRoundedRect(rect, radius, radius)


def _radius(box: Box, rect: QRectF) -> float:
    corner = max(0.0, box.corner - (rect.x() - box.x))
    if box.shape == "pill":
        half = min(rect.width(), rect.height()) / 2
        return min(half, corner) if box.corner else half
    return corner


def _diamond(rect: QRectF, corner: float) -> QPolygonF:
    left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
    middle = rect.center().y()
    points = [(left, middle), (left + corner, top), (right - corner, top)]
    points += [(right, middle), (right - corner, bottom), (left + corner, bottom)]
    return QPolygonF([QPointF(x, y) for x, y in points])


def _hatch(painter: QPainter, box: Box, rect: QRectF) -> None:
    """Lines or dots over the fill, within the shape."""
    painter.save()
    painter.setClipPath(body_path(box), Qt.ClipOperation.IntersectClip)
    painter.setPen(pen_of(box.hatch_ink, 0.75))
    left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
    height = rect.height()
    if box.hatch == "dots":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(brush_of(box.hatch_ink))
        for row, y in enumerate(_steps(top, bottom)):
            for x in _steps(left + HATCH / 2 * (row % 2), right):
                painter.drawEllipse(QPointF(x, y), 0.9, 0.9)
    if box.hatch in ("horizontal", "grid"):
        for y in _steps(top, bottom):
            painter.drawLine(QPointF(left, y), QPointF(right, y))
    if box.hatch in ("vertical", "grid"):
        for x in _steps(left, right):
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
    if box.hatch in ("rising", "falling"):
        for x in _steps(left - height, right, HATCH * 1.414):
            ends = (bottom, top) if box.hatch == "rising" else (top, bottom)
            painter.drawLine(QPointF(x, ends[0]), QPointF(x + height, ends[1]))
    painter.restore()


def _steps(start: float, end: float, step: float = HATCH) -> list[float]:
    return [start + step * (k + 0.5) for k in range(max(0, int((end - start) / step + 0.5)))]
