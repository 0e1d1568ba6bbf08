"""The marks that a canvas shows: what a step changes, what is at a point, and painting a part of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from graphviz_app import painting
from graphviz_app.atlas import Atlas
from graphviz_app.distant import Distant, far
from graphviz_app.layer import MANY, Bounds, Layer, bounds, cells_of, joined, touch
from graphviz_app.overview import Kept, Overview, made_of, paint_rects, rects_of
from graphviz_app.sprites import Sprites
from graphviz_models.picture import Box, Cell, Edge, Label, Picture, Tensor

LAYERS = ("plates", "edges", "boxes", "tensors", "labels", "pulses")  # the order of painting
BEHIND = LAYERS[:2]  # what a step seldom changes
SMALLEST = 4.0  # device pixels an em, below which letters are left out
COARSE = 0.3  # zoom below which the many boxes of a large graph are plain rectangles
THINNEST = 0.75  # device pixels, of a line
PREPARED = 2000  # marks that are entered in an index between two events


class Scene:
    """A picture, mark by mark. Coordinates are the picture's points; nothing here knows a widget."""

    def __init__(self) -> None:
        self.picture: Picture | None = None
        self.atlas = Atlas()
        self._overview = Overview()
        self._distant = Distant()
        self._sprites: Sprites | None = None  # while everything moves
        self._layers = {name: Layer() for name in LAYERS}
        self._by_node: Kept[Box, dict[str, list[Box]]] = []
        self._naming: Kept[Label, dict[str, list[Label]]] = []

    def show(self, picture: Picture) -> tuple[list[Bounds] | None, list[Bounds] | None]:
        """Take a picture for the one before: where the layers BEHIND and the others have changed; None: everywhere."""
        old, self.picture = self.picture, picture
        self._sprites = None
        dirty = [layer.show(getattr(picture, name)) for name, layer in self._layers.items()]
        if old is None or _frame(old) != _frame(picture):
            return None, None
        return _merged(dirty[: len(BEHIND)]), _merged(dirty[len(BEHIND) :])

    def show_moving(self, picture: Picture, scale: float) -> None:
        """Take a picture of a transition, which is painted with at most `scale` device pixels a point."""
        self.picture = picture
        if self._sprites is None:
            self._sprites = Sprites(scale)
        for name, layer in self._layers.items():
            layer.replace(getattr(picture, name))

    @property
    def writing(self) -> painting.Writing:
        """How formulas are written: from the atlas, or while everything moves as sprites."""
        return self.atlas.write if self._sprites is None else self._sprites.write

    def layer(self, name: str) -> Layer:
        """One of the LAYERS."""
        return self._layers[name]

    def paint(self, painter: QPainter, area: QRectF, zoom: float, layers: Sequence[str] = LAYERS) -> None:
        """Paint what touches an area; `zoom` is device pixels a point, for how much detail there is a use."""
        where = (area.left(), area.top(), area.right(), area.bottom())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=self._sprites is not None)
        picture = self.picture
        whole = picture is not None and _holds(where, (0.0, 0.0, picture.width, picture.height))
        part = None if whole else where
        if far(self._layers["boxes"].marks, zoom):
            self._paint_far(painter, None if whole else where, zoom, layers)
            return
        coarse, wide = zoom < COARSE and self._sprites is None, cells_of(where) is None
        for name in layers:
            layer = self._layers[name]
            afar = coarse and (wide or not layer.indexed)
            if afar and name == "edges":
                self._overview.paint_edges(painter, layer.blocks(), part, zoom)
            elif afar and name == "boxes":
                self._overview.paint_boxes(painter, layer.blocks(), part)
            elif afar and name == "labels":
                legible = self._overview.legible(layer.blocks(), part, SMALLEST / zoom)
                _paint_layer(painter, name, legible, zoom, self.writing)
            elif marks := layer.marks if whole else layer.within(where):
                _paint_layer(painter, name, marks, zoom, self.writing)

    def _paint_far(self, painter: QPainter, area: Bounds | None, zoom: float, layers: Sequence[str]) -> None:
        """What touches an area of a picture that has few boxes: in their shapes, each with its symbol at least."""
        least, pixels = THINNEST / zoom, zoom / painter.device().devicePixelRatio()
        boxes, tensors, labels = (self._layers[name].marks for name in ("boxes", "tensors", "labels"))
        for name in layers:
            layer = self._layers[name]
            if name in ("tensors", "labels"):
                marks: Sequence[Any] = self._distant.seen(boxes, tensors, labels, pixels)[name == "labels"]
                marks = marks if area is None else [one for one in marks if touch(bounds(one), area)]
            else:
                marks = layer.marks if area is None else layer.within(area)
            if name == "edges":
                painting.paint_edges(painter, marks, least)
            elif name == "boxes":
                painting.paint_boxes(painter, marks, least)
            else:
                _paint_layer(painter, name, marks, zoom, self.writing)

    def reach(self, area: Bounds, zoom: float) -> Bounds:
        """Where what has changed in an area is painted: from afar a box has its symbol where its label is not."""
        boxes = self._layers["boxes"]
        if far(boxes.marks, zoom):
            for box in boxes.within(area):
                area = joined(area, (box.x, box.y, box.x + box.width, box.y + box.height))
        return area

    def prepare(self) -> bool:
        """Find out where some of the marks lie, before somebody has to wait for it; whether there were any left."""
        left = next((layer for layer in self._layers.values() if not layer.indexed), None)
        if left is not None:
            left.prepare(PREPARED)
        return left is not None

    def crowd(self, area: QRectF) -> float:
        """About how many marks lie within an area; of an array, every entry counts."""
        if self.picture is None:
            return 0.0
        where = (area.left(), area.top(), area.right(), area.bottom())
        part = min(1.0, area.width() / max(self.picture.width, 1.0))
        part *= min(1.0, area.height() / max(self.picture.height, 1.0))
        cells = sum(len(tensor.cells) for tensor in self._layers["tensors"].marks)
        return cells * part + sum(layer.crowd(where, part) for layer in self._layers.values())

    def box_at(self, x: float, y: float) -> Box | None:
        """The node's box at a point; its labels and arrays count as part of it."""
        here = (x, y, x, y)
        for box in reversed(self._layers["boxes"].within(here)):
            if box.node and painting.body_path(box).contains(QPointF(x, y)):
                return box  # type: ignore[no-any-return]
        for mark in (*self._layers["labels"].within(here), *self._layers["tensors"].within(here)):
            if isinstance(mark.of, str) and (box := self._layers["boxes"].get(mark.of)) is not None and box.node:
                return box  # type: ignore[no-any-return]
        return None

    def entry_at(self, x: float, y: float) -> tuple[Tensor, Cell] | None:
        """The array and the place of its entry at a point."""
        for tensor in self._layers["tensors"].within((x, y, x, y)):
            for cell in tensor.cells:
                if cell.x <= x < cell.x + cell.width and cell.y <= y < cell.y + cell.height:
                    return tensor, cell
        return None

    def weight_at(self, x: float, y: float) -> str:
        """The parameter whose value or delta stands on an edge at a point; "" where there is none."""
        near = self._layers["labels"].within((x, y, x, y))
        return next((label.node for label in near if label.node and _contains(label, x, y)), "")

    def number_at(self, x: float, y: float) -> tuple[str, str]:
        """The node whose number is at a point, with "value" or "delta"; "", "" where there is none."""
        for label in self._layers["labels"].within((x, y, x, y)):
            if label.node and _contains(label, x, y):
                return label.node, "delta" if label.kind == "delta" else "value"
            if label.kind in ("value", "delta") and isinstance(label.of, str):
                box = self._layers["boxes"].get(label.of)
                if box is not None and box.node:
                    return box.node, label.kind
        return "", ""

    def symbol_at(self, x: float, y: float) -> str:
        """The node whose symbol in a formula is at a point; "" where there is none."""
        for label in self._layers["labels"].within((x, y, x, y)):
            for node, left, top, width, height in label.formula.symbols:
                dx, dy = x - label.x - left, y - label.y - label.formula.ascent - top
                if 0 <= dx < width and 0 <= dy < height:
                    return str(node)
        return ""

    def boxes_of(self, node: str) -> list[Box]:
        """The boxes of a node: one; several where a parameter is drawn at every step; none where it is folded."""
        by_node = made_of(self._by_node, self._layers["boxes"].blocks(), _nodes)
        return [box for boxes in by_node for box in boxes.get(node, ())]

    def labels_naming(self, node: str) -> list[Label]:
        """The labels on edges that are about a node, and those in which its symbol stands."""
        naming = made_of(self._naming, self._layers["labels"].blocks(), _named)
        return [label for labels in naming for label in labels.get(node, ())]

    def edge_of(self, label: Label) -> Edge | None:
        """The edge that a label stands on."""
        return self._layers["edges"].get(label.id.rpartition(".")[0])

    def paint_moved(self, painter: QPainter, box: Box, shift: QPointF) -> None:
        """Paint a box and what belongs to it `shift` points away, a little transparent, its edges as straight lines."""
        painter.setOpacity(0.85)
        middle = QPointF(box.x + box.width / 2, box.y + box.height / 2) + shift
        for edge in self._layers["edges"].marks:
            if box.id in (edge.source, edge.target):
                other = self._layers["boxes"].get(edge.target if edge.source == box.id else edge.source)
                if other is not None:
                    painter.setPen(painting.pen_of(edge.colour, edge.width, (2.0, 3.0)))
                    painter.drawLine(middle, QPointF(other.x + other.width / 2, other.y + other.height / 2))
        painter.translate(shift)
        painting.paint_boxes(painter, [box])
        tensors = (one for one in self._layers["tensors"].marks if one.of == box.id)
        painting.paint_tensors(painter, tensors, self.atlas.write)
        labels = (one for one in self._layers["labels"].marks if one.of == box.id)
        painting.paint_labels(painter, labels, self.atlas.write)
        painter.translate(-shift)
        painter.setOpacity(1.0)


def _contains(label: Label, x: float, y: float) -> bool:
    return label.x <= x < label.x + label.width and label.y <= y < label.y + label.height


def _named(labels: Iterable[Label]) -> dict[str, list[Label]]:
    """The labels on edges by the nodes that they name."""
    found: dict[str, list[Label]] = {}
    for label in labels:
        if not isinstance(label.of, str):
            for node in dict.fromkeys((label.node, *(symbol[0] for symbol in label.formula.symbols))):
                found.setdefault(node, []).append(label)
    return found


def _nodes(boxes: Iterable[Box]) -> dict[str, list[Box]]:
    """The boxes by their nodes."""
    found: dict[str, list[Box]] = {}
    for box in boxes:
        found.setdefault(box.node, []).append(box)
    return found


def _paint_layer(painter: QPainter, name: str, marks: Sequence[Any], zoom: float, write: painting.Writing) -> None:
    if name == "plates":
        painting.paint_plates(painter, marks)
    elif name == "edges" and zoom < COARSE:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for edge in marks:
            painter.setPen(painting.pen_of(edge.colour, max(edge.width, 0.75 / zoom)))
            painter.drawPolyline(painting.polygon(edge.shaft))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    elif name == "edges":
        painting.paint_edges(painter, marks)
    elif name == "boxes" and zoom < COARSE:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        paint_rects(painter, rects_of(marks))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    elif name == "boxes":
        painting.paint_boxes(painter, marks)
    elif name == "tensors":
        painting.paint_tensors(painter, marks if zoom >= COARSE else _filled(marks), write)
    elif name == "labels":
        painting.paint_labels(painter, (one for one in marks if one.size * zoom >= SMALLEST), write)
    else:
        painting.paint_pulses(painter, marks, write)


def _filled(tensors: Iterable[Tensor]) -> list[Tensor]:
    return [one for one in tensors if one.kind != "matrix"]


def _merged(several: Iterable[list[Bounds] | None]) -> list[Bounds] | None:
    """All areas as few that do not cover much more; None if any is everywhere or there are very many."""
    out: list[Bounds] = []
    for areas in several:
        if areas is None or len(areas) > MANY:
            return None
        for area in areas:
            for i, other in enumerate(out):
                both = joined(area, other)
                if _size(both) <= 1.5 * (_size(area) + _size(other)):
                    out[i] = both
                    break
            else:
                out.append(area)
    return out


def _size(area: Bounds) -> float:
    return (area[2] - area[0]) * (area[3] - area[1])


def _frame(picture: Picture) -> tuple[float, float, str]:
    return picture.width, picture.height, picture.background


def _holds(a: Bounds, b: Bounds) -> bool:
    return a[0] <= b[0] and a[1] <= b[1] and a[2] >= b[2] and a[3] >= b[3]
