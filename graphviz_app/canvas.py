"""The canvas: shows a picture, zooms, pans, and tells what the pointer does on it. It changes nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import ceil, floor, log2
from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from graphviz_app import painting
from graphviz_app.scene import BEHIND, LAYERS, Bounds, Scene
from graphviz_models.picture import Box, Picture

SMALLEST, LARGEST = 0.02, 16.0  # zoom
STEPS = 4  # of the wheel to double the size
KEPT = 48  # pixels of the picture that stay in sight however far it is panned
HALO = 5.0  # points from a box to the ring around it

Entries = Mapping[tuple[str, str], Iterable[tuple[int, ...]]]  # (node, "value" or "delta"): indices


class Canvas(QWidget):
    """Shows pictures. One point of the picture is `zoom` logical pixels.

    A fitted picture stays fitted when the canvas is resized, until the user zooms or pans.
    """

    node_clicked = Signal(str)  # "" beside all nodes
    node_double_clicked = Signal(str)
    node_hovered = Signal(str)
    node_moved = Signal(str, float, float)  # the top left of its box, in points, where it was dropped
    symbol_hovered = Signal(str)
    entry_hovered = Signal(str, str, object)  # node, "value" or "delta", index; "", "", () beside all entries
    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene()
        self.largest_fit = 1.6  # a fitted picture is not enlarged beyond this
        self.margin = 12  # pixels around a fitted picture
        self._zoom = 1.0
        self._origin = QPointF(0, 0)  # where the picture's top left lies, in logical pixels
        self._fitted = True
        self._behind: QPixmap | None = None  # the layers BEHIND, as they are in this view
        self._press: QPointF | None = None
        self._pressed: Box | None = None
        self._dragging = ""  # "", node or view
        self._shift = QPointF(0, 0)  # of the dragged node, in points
        self._hovered: tuple[str, str, tuple[str, str, tuple[int, ...]]] = ("", "", ("", "", ()))
        self._lit: frozenset[str] = frozenset()
        self._path: tuple[str, ...] = ()
        self._lit_entries: dict[tuple[str, str], frozenset[tuple[int, ...]]] = {}
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Computation graph"))

    # What is shown

    def show_picture(self, picture: Picture) -> None:
        """Show a picture; what is the same as in the one before is not painted again."""
        before = self.scene.picture
        behind, others = self.scene.show(picture)
        self.setAccessibleDescription(picture.description)
        if self._fitted and (before is None or (before.width, before.height) != (picture.width, picture.height)):
            self.fit()
        if behind is None:
            self._behind = None
        else:
            self._repaint_behind(behind)
        if behind is None or others is None:
            self.update()
            return
        for area in (*behind, *others):
            self.update(self._on_screen(area))

    def light(self, nodes: Iterable[str]) -> None:
        """Draw a ring around these nodes, and around no others."""
        lit = frozenset(nodes)
        for node in lit ^ self._lit:
            self._update_boxes(node)
        self._lit = lit

    def light_path(self, nodes: Iterable[str]) -> None:
        """Draw a ring around each of these nodes, and the edge from each to the next."""
        path = tuple(nodes)
        if path != self._path:
            self._path = path
            self.update()

    def light_entries(self, entries: Entries) -> None:
        """Draw a frame around these entries of arrays, and around no others."""
        self._lit_entries = {key: frozenset(indices) for key, indices in entries.items()}
        self.update()

    # View

    @property
    def zoom(self) -> float:
        """Logical pixels a point."""
        return self._zoom

    @property
    def fitted(self) -> bool:
        """Whether the picture is kept fitted."""
        return self._fitted

    def fit(self) -> None:
        """Show the whole picture, and keep it so."""
        self._fitted = True
        picture = self.scene.picture
        if picture is None or picture.width <= 0 or picture.height <= 0:
            return
        room = QSize(max(1, self.width() - 2 * self.margin), max(1, self.height() - 2 * self.margin))
        zoom = min(room.width() / picture.width, room.height() / picture.height, self.largest_fit)
        self._set_view(zoom, self._centred(zoom))

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Enlarge (above 1) or reduce, the point `around` (the middle, if not given) staying where it is."""
        self.zoom_to(self._zoom * factor, around)

    def zoom_to(self, zoom: float, around: QPointF | None = None) -> None:
        """Show the picture in `zoom` logical pixels a point."""
        self._fitted = False
        fixed = around if around is not None else QPointF(self.rect().center())
        zoom = min(max(zoom, SMALLEST), LARGEST)
        self._set_view(zoom, fixed - (fixed - self._origin) * (zoom / self._zoom))

    def centre_on(self, node: str) -> None:
        """Bring a node to the middle, where the picture is larger than the canvas."""
        boxes = self.scene.boxes_of(node)
        if boxes and not self._fitted:
            box = boxes[0]
            middle = QPointF(box.x + box.width / 2, box.y + box.height / 2) * self._zoom
            self._set_view(self._zoom, QPointF(self.rect().center()) - middle)

    def to_picture(self, point: QPointF) -> QPointF:
        """Where a point of the canvas lies on the picture."""
        return (point - self._origin) / self._zoom

    def to_canvas(self, x: float, y: float) -> QPointF:
        """Where a point of the picture lies on the canvas."""
        return QPointF(x, y) * self._zoom + self._origin

    def sizeHint(self) -> QSize:
        return QSize(720, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 150)

    def _centred(self, zoom: float) -> QPointF:
        picture = self.scene.picture
        assert picture is not None
        return QPointF((self.width() - picture.width * zoom) / 2, (self.height() - picture.height * zoom) / 2)

    def _set_view(self, zoom: float, origin: QPointF) -> None:
        picture = self.scene.picture
        if picture is not None:
            kept_x, kept_y = min(KEPT, self.width() / 2), min(KEPT, self.height() / 2)
            x = min(max(origin.x(), kept_x - picture.width * zoom), self.width() - kept_x)
            y = min(max(origin.y(), kept_y - picture.height * zoom), self.height() - kept_y)
            origin = QPointF(x, y)
        origin = QPointF(round(origin.x()), round(origin.y()))
        if zoom == self._zoom and origin == self._origin:
            return
        changed = zoom != self._zoom
        self._zoom, self._origin, self._behind = zoom, origin, None
        self.update()
        if changed:
            self.zoom_changed.emit(zoom)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        behind = self._painted_behind()
        with QPainter(self) as painter:  # an error while painting must not leave it open
            if self.scene.picture is None:
                painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.Base))
                return
            for rect in cast(Iterable[QRect], event.region()):
                self._paint_part(painter, rect, behind)
            if self.hasFocus():
                painter.setClipping(False)
                painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _paint_part(self, painter: QPainter, rect: QRect, behind: QPixmap) -> None:
        dpr = self.devicePixelRatioF()
        painter.setClipRect(rect)
        source = QRectF(rect.x() * dpr, rect.y() * dpr, rect.width() * dpr, rect.height() * dpr)
        painter.drawPixmap(QRectF(rect), behind, source)
        painter.translate(self._origin)
        painter.scale(self._zoom, self._zoom)
        self.scene.paint(painter, self._area(rect), self._zoom * dpr, LAYERS[len(BEHIND) :])
        self._paint_lit(painter)
        if self._dragging == "node" and self._pressed is not None:
            self.scene.paint_moved(painter, self._pressed, self._shift)
        painter.resetTransform()

    def _painted_behind(self) -> QPixmap:
        dpr = self.devicePixelRatioF()
        size = QSize(ceil(self.width() * dpr), ceil(self.height() * dpr))
        if self._behind is None or self._behind.size() != size or self._behind.devicePixelRatio() != dpr:
            self._behind = QPixmap(size)
            self._behind.setDevicePixelRatio(dpr)
            self._paint_behind(self.rect())
        return self._behind

    def _repaint_behind(self, areas: Iterable[Bounds]) -> None:
        if self._behind is not None:
            for area in areas:
                self._paint_behind(self._on_screen(area) & self.rect())

    def _paint_behind(self, rect: QRect) -> None:
        picture, pixmap = self.scene.picture, self._behind
        if picture is None or pixmap is None or rect.isEmpty():
            return
        with QPainter(pixmap) as painter:
            painter.setClipRect(rect)
            painter.fillRect(rect, painting.colour_of(picture.background))
            painter.translate(self._origin)
            painter.scale(self._zoom, self._zoom)
            self.scene.paint(painter, self._area(rect), self._zoom * self.devicePixelRatioF(), BEHIND)

    def _paint_lit(self, painter: QPainter) -> None:
        colour = self.palette().color(QPalette.ColorRole.Highlight)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 2.5))
        ids = [[box.id for box in self.scene.boxes_of(node)] for node in self._path]
        pairs = {(a, b) for first, second in pairwise(ids) for a in first for b in second}
        for edge in self.scene.layer("edges").marks if pairs else ():
            if (edge.source, edge.target) in pairs:
                painter.drawPolyline([QPointF(x, y) for x, y in edge.points])
        for node in self._lit.union(self._path):
            for box in self.scene.boxes_of(node):
                painter.drawRoundedRect(_ring(box), HALO + 3, HALO + 3)
        if self._lit_entries:
            painter.setPen(QPen(colour, 1.75))
            for tensor in self.scene.layer("tensors").marks:
                for cell in tensor.cells if (tensor.node, tensor.quantity) in self._lit_entries else ():
                    if cell.index in self._lit_entries[tensor.node, tensor.quantity]:
                        painter.drawRect(QRectF(cell.x, cell.y, cell.width, cell.height))

    def _area(self, rect: QRect) -> QRectF:
        """What of the picture lies in a rectangle of the canvas."""
        corner = self.to_picture(QPointF(rect.topLeft()))
        return QRectF(corner.x(), corner.y(), rect.width() / self._zoom, rect.height() / self._zoom)

    def _on_screen(self, area: Bounds) -> QRect:
        """The pixels that an area of the picture covers, and one more on each side for smoothing."""
        first, last = self.to_canvas(area[0], area[1]), self.to_canvas(area[2], area[3])
        left, top = floor(first.x()) - 1, floor(first.y()) - 1
        return QRect(left, top, ceil(last.x()) + 1 - left, ceil(last.y()) + 1 - top)

    def _update_boxes(self, node: str) -> None:
        for box in self.scene.boxes_of(node):
            ring = _ring(box).adjusted(-3, -3, 3, 3)
            self.update(self._on_screen((ring.left(), ring.top(), ring.right(), ring.bottom())))

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._behind = None
        if self._fitted:
            self.fit()
        else:  # the middle stays in the middle
            grown = event.size() - event.oldSize() if event.oldSize().isValid() else QSize(0, 0)
            self._set_view(self._zoom, self._origin + QPointF(grown.width() / 2, grown.height() / 2))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            # Zooms fall on a fixed ladder, so that formulas drawn for a step serve again.
            step = turned / 120.0 if abs(turned) >= 120 else (1 if turned > 0 else -1) * 0.25
            ladder = round((log2(self._zoom) * STEPS + step) * 4) / 4
            self.zoom_to(2.0 ** (ladder / STEPS), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            box = self._box_under(QPointF(event.pos()))
            if box is not None and box.title:
                area = (box.x, box.y, box.x + box.width, box.y + box.height)
                QToolTip.showText(event.globalPos(), box.title, self, self._on_screen(area))
            else:
                QToolTip.hideText()
            return True
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_by(1.0 + event.value(), event.position())
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        self._press = event.position()
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = self._box_under(event.position()) if left else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            self._hover(event.position())
            return
        moved = event.position() - self._press
        if not self._dragging and moved.manhattanLength() >= QApplication.startDragDistance():
            self._dragging = "node" if self._pressed is not None else "view"
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._dragging == "node":
            self._shift = moved / self._zoom
            self.update()
        elif self._dragging == "view":
            self._fitted = False
            self._press = event.position()
            self._set_view(self._zoom, self._origin + moved)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            return
        dragged, box, shift = self._dragging, self._pressed, self._shift
        self._press, self._pressed, self._dragging, self._shift = None, None, "", QPointF(0, 0)
        self.unsetCursor()
        self.update()
        if dragged == "node" and box is not None:
            self.node_moved.emit(box.node, box.x + shift.x(), box.y + shift.y())
        elif not dragged and event.button() == Qt.MouseButton.LeftButton:
            self.node_clicked.emit(box.node if box is not None else "")

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        box = self._box_under(event.position())
        if box is not None and event.button() == Qt.MouseButton.LeftButton:
            self.node_double_clicked.emit(box.node)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._tell("", "", ("", "", ()))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.LanguageChange):
            self.setAccessibleName(self.tr("Computation graph"))
            self.update()

    def _box_under(self, point: QPointF) -> Box | None:
        at = self.to_picture(point)
        return self.scene.box_at(at.x(), at.y())

    def _hover(self, point: QPointF) -> None:
        at = self.to_picture(point)
        box = self.scene.box_at(at.x(), at.y())
        found = self.scene.entry_at(at.x(), at.y())
        entry = (found[0].node, str(found[0].quantity), found[1].index) if found is not None else ("", "", ())
        self._tell(box.node if box is not None else "", self.scene.symbol_at(at.x(), at.y()), entry)

    def _tell(self, node: str, symbol: str, entry: tuple[str, str, tuple[int, ...]]) -> None:
        """Emit what has changed under the pointer."""
        before, self._hovered = self._hovered, (node, symbol, entry)
        if before[1] != symbol:
            self.symbol_hovered.emit(symbol)
        if before[0] != node:
            self.setCursor(Qt.CursorShape.PointingHandCursor if node else Qt.CursorShape.ArrowCursor)
        if before[0] != node or (before[1] and not symbol):  # behind a symbol, its box has the word again
            self.node_hovered.emit(node)
        if before[2] != entry:
            self.entry_hovered.emit(*entry)


def _ring(box: Box) -> QRectF:
    return QRectF(box.x - HALO, box.y - HALO, box.width + 2 * HALO, box.height + 2 * HALO)
