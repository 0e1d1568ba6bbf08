"""The canvas: shows a picture, zooms, pans, and tells what the pointer does on it. It changes nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log2
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
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

from graphviz_app.backing import Backing
from graphviz_app.rings import lit_areas, lit_marks, paint_lit
from graphviz_app.scene import BEHIND, LAYERS, Scene
from graphviz_app.viewing import Viewing
from graphviz_models.picture import Box, Picture

if TYPE_CHECKING:
    from graphviz_app.lit_entries import Meetings

STEPS = 4  # of the wheel to double the size
FRAME = 2  # pixels, of the frame of a canvas in focus

Entries = Mapping[tuple[str, str], Iterable[tuple[int, ...]]]  # (node, "value" or "delta"): indices


class Canvas(QWidget):
    """Shows pictures. One point of the picture is `zoom` logical pixels.

    A fitted picture stays fitted when the canvas is resized, until the user zooms or pans.
    """

    node_clicked = Signal(str)  # "" beside all nodes
    node_double_clicked = Signal(str)
    node_hovered = Signal(str)
    box_moved = Signal(str, float, float)  # its id; its top left, in points, where it was dropped
    symbol_hovered = Signal(str)
    entry_hovered = Signal(str, str, object)  # node, "value" or "delta", index; "", "", () beside all entries
    menu_asked = Signal(str, QPoint)  # the node under the pointer, "" where there is none; where on the screen
    disturbed = Signal()  # the user is about to change the view
    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene()
        self.largest_fit = 1.6  # a fitted picture is not enlarged beyond this
        self.margin = 12  # pixels around a fitted picture
        self._view = Viewing()
        self._fitted = True
        self._backing = Backing(self, self.scene)
        self._press: QPointF | None = None
        self._pressed: Box | None = None
        self._dragging = ""  # "", node or view
        self._shift = QPointF(0, 0)  # of the dragged node, in points
        self._dropped: tuple[Box, QPointF] | None = None  # a dragged node, until the picture has it there
        self._hovered: tuple[str, str, tuple[str, str, tuple[int, ...]]] = ("", "", ("", "", ()))
        self._pointer: QPointF | None = None
        self._again = QTimer(self, singleShot=True, interval=0)  # not while others are being told of a picture
        self._again.timeout.connect(self._hover_again)
        self._lit: frozenset[str] = frozenset()
        self._path: tuple[str, ...] = ()
        self._lit_entries: dict[tuple[str, str], frozenset[tuple[int, ...]]] = {}
        self._meetings: Meetings = ()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Computation graph"))

    # What is shown

    def show_picture(self, picture: Picture) -> None:
        """Show a picture; what is the same as in the one before is not painted again."""
        before, lit = self.scene.picture, self._lit_marks()
        self._let_go()
        behind, others = self.scene.show(picture)
        if self._pointer is not None:
            self._again.start()
        self.setAccessibleDescription(picture.description)
        if self._fitted and (before is None or (before.width, before.height) != (picture.width, picture.height)):
            self.set_view(self.fitting(picture), fitted=True)
        if behind is None:
            self._backing.renew(self._view)
        else:
            self._backing.repaint_behind(behind, self._view)
        if behind is None or others is None or self._lit_marks() != lit:
            self.update()
            return
        for area in (*behind, *others):
            self.update(self._view.pixels(*self.scene.reach(area, self.zoom * self.devicePixelRatioF())))

    def light(self, nodes: Iterable[str]) -> None:
        """Draw a ring around these nodes, and around no others."""
        lit = frozenset(nodes)
        for node in lit ^ self._lit:
            for around in lit_areas(self.scene, node):
                area = around.adjusted(-3, -3, 3, 3)
                self.update(self._view.pixels(area.left(), area.top(), area.right(), area.bottom()))
        self._lit = lit

    def light_path(self, nodes: Iterable[str]) -> None:
        """Draw a ring around each of these nodes, and the edge from each to the next."""
        path = tuple(nodes)
        if path != self._path:
            self._path = path
            self.update()

    def light_entries(self, entries: Entries, meetings: Meetings = ()) -> None:
        """Draw a frame around these entries, and around no others; those that meet have the same numeral."""
        lit = {key: frozenset(indices) for key, indices in entries.items()}
        if lit != self._lit_entries or meetings != self._meetings:
            self._lit_entries, self._meetings = lit, meetings
            self.update()

    def show_moving(self, picture: Picture, view: Viewing, largest: float) -> None:
        """Show a picture of a transition, between two of which everything may move; `largest` is its largest zoom."""
        self.scene.show_moving(picture, largest * self.devicePixelRatioF())
        self._view, self._dropped = view, None
        self._backing.renew(view)
        self.update()

    # View

    @property
    def zoom(self) -> float:
        """Logical pixels a point."""
        return self._view.zoom

    @property
    def view(self) -> Viewing:
        """Where the picture lies."""
        return self._view

    @property
    def fitted(self) -> bool:
        """Whether the picture is kept fitted."""
        return self._fitted

    def fitting(self, picture: Picture) -> Viewing:
        """The view on the whole of a picture."""
        made = Viewing.fitting(picture, self.width(), self.height(), self.margin, self.largest_fit)
        return made.in_sight(picture, self.width(), self.height())

    def fit(self) -> None:
        """Show the whole picture, and keep it so."""
        self.disturbed.emit()
        self._fitted = True
        if self.scene.picture is not None:
            self.set_view(self.fitting(self.scene.picture), fitted=True)

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Enlarge (above 1) or reduce, the point `around` (the middle, if not given) staying where it is."""
        self.disturbed.emit()
        self.zoom_to(self.zoom * factor, around)

    def zoom_to(self, zoom: float, around: QPointF | None = None) -> None:
        """Show the picture in `zoom` logical pixels a point."""
        self.disturbed.emit()
        self.set_view(self._view.zoomed(zoom, around if around is not None else QPointF(self.rect().center())))

    def centre_on(self, node: str) -> None:
        """Bring a node to the middle, where the picture is larger than the canvas."""
        boxes = self.scene.boxes_of(node)
        if boxes and not self._fitted:
            box = boxes[0]
            middle = QPointF(box.x + box.width / 2, box.y + box.height / 2)
            self.set_view(self._view.holding(middle, QPointF(self.rect().center())))

    def sees(self, node: str) -> bool:
        """Whether a node's box lies on the canvas, as a whole."""
        seen = self._view.area(QRectF(self.rect()))
        return any(seen.contains(QRectF(b.x, b.y, b.width, b.height)) for b in self.scene.boxes_of(node))

    def set_view(self, view: Viewing, *, fitted: bool = False) -> None:
        """Show the picture there, as far as some of it stays in sight; `fitted`: it will stay fitted."""
        self._fitted = fitted
        picture = self.scene.picture
        view = view if picture is None else view.in_sight(picture, self.width(), self.height())
        if view == self._view:
            return
        before = self._view
        if view.zoom != before.zoom:
            self._backing.zoom(before, view, self._paint_part)
        self._view = view
        if self._pointer is not None:
            self._again.start()
        if view.zoom != before.zoom:
            self.update()
            self.zoom_changed.emit(view.zoom)
        else:
            self._backing.scroll(view.x - before.x, view.y - before.y, view, FRAME if self.hasFocus() else 0)

    def sizeHint(self) -> QSize:
        return QSize(720, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 150)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:  # an error while painting must not leave it open
            if self.scene.picture is None:
                painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.Base))
                return
            self._backing.paint(painter, event.region(), self._view, self._paint_part)
            if self.hasFocus():
                painter.setClipping(False)
                painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), FRAME))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _paint_part(self, painter: QPainter, rect: QRect, behind: QPixmap) -> None:
        dpr = self.devicePixelRatioF()
        painter.setClipRect(rect)
        self._backing.copy(painter, rect, behind)
        painter.translate(self._view.origin)
        painter.scale(self.zoom, self.zoom)
        self.scene.paint(painter, self._view.area(QRectF(rect)), self.zoom * dpr, LAYERS[len(BEHIND) :])
        colour = self.palette().color(QPalette.ColorRole.Highlight)
        paint_lit(painter, self.scene, colour, self._lit, self._path)
        if self._lit_entries:
            from graphviz_app.lit_entries import paint_entries  # the first painting does without

            paint_entries(painter, self.scene, colour, self._lit_entries, self._meetings)
        if self._dropped is not None:
            self.scene.paint_moved(painter, *self._dropped)
        elif self._dragging == "node" and self._pressed is not None:
            self.scene.paint_moved(painter, self._pressed, self._shift)
        painter.resetTransform()

    def _lit_marks(self) -> object:
        """What is painted of what is lit: it reaches beyond the marks that a picture changes."""
        if not (self._lit or self._path or self._lit_entries):
            return None
        if not self._lit_entries:
            return lit_marks(self.scene, self._lit, self._path)
        from graphviz_app.lit_entries import frames

        return lit_marks(self.scene, self._lit, self._path), frames(self.scene, self._lit_entries)

    def _let_go(self) -> None:
        """Paint a node that was dragged where the picture has it."""
        if self._dropped is not None:
            self._dropped = None
            self.update()

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._backing.resize(fitted=self._fitted)
        if self._fitted and self.scene.picture is not None:
            self.set_view(self.fitting(self.scene.picture), fitted=True)
        else:  # the middle stays in the middle
            grown = event.size() - event.oldSize() if event.oldSize().isValid() else QSize(0, 0)
            self.set_view(self._view.moved(QPointF(grown.width() / 2, grown.height() / 2)), fitted=self._fitted)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            # Zooms fall on a fixed ladder, so that formulas drawn for a step serve again.
            step = turned / 120.0 if abs(turned) >= 120 else (1 if turned > 0 else -1) * 0.25
            ladder = round((log2(self.zoom) * STEPS + step) * 4) / 4
            self.zoom_to(2.0 ** (ladder / STEPS), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            box = self._box_under(QPointF(event.pos()))
            if box is not None and box.title and not self._hovered[2][0]:
                area = (box.x, box.y, box.x + box.width, box.y + box.height)
                QToolTip.showText(event.globalPos(), box.title, self, self._view.pixels(*area))
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
        self.disturbed.emit()
        self._let_go()
        self._press = event.position()
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = self._box_under(event.position()) if left else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if self._press is None:
            self.hover(event.position())
            return
        moved = event.position() - self._press
        if not self._dragging and moved.manhattanLength() >= QApplication.startDragDistance():
            self._dragging = "node" if self._pressed is not None else "view"
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._dragging == "node":
            self._shift = moved / self.zoom
            self.update()
        elif self._dragging == "view":
            self._press = event.position()
            self.set_view(self._view.moved(moved))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        press = self._press
        if press is None:
            return
        dragged, box, shift = self._dragging, self._pressed, self._shift
        self._press, self._pressed, self._dragging, self._shift = None, None, "", QPointF(0, 0)
        self.unsetCursor()
        self.update()
        if dragged == "node" and box is not None:
            self._dropped = box, shift
            self.box_moved.emit(box.id, box.x + shift.x(), box.y + shift.y())
        elif not dragged and event.button() == Qt.MouseButton.LeftButton:
            self.node_clicked.emit(box.node if box is not None else self._node_under(press))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        node = self._node_under(event.position())
        if node and event.button() == Qt.MouseButton.LeftButton:
            self.node_double_clicked.emit(node)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        self.menu_asked.emit(self._node_under(QPointF(event.pos())) if mouse else "", event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._pointer = None
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
        at = self._view.to_picture(point)
        return self.scene.box_at(at.x(), at.y())

    def _node_under(self, point: QPointF) -> str:
        """The node whose box, or whose value on an edge, is at a point of the canvas; "" where there is none."""
        box, at = self._box_under(point), self._view.to_picture(point)
        return box.node if box is not None else self.scene.weight_at(at.x(), at.y())

    def hover(self, point: QPointF) -> None:
        """Tell what is at a point of the canvas, where the pointer is."""
        at = self._view.to_picture(point)
        box = self.scene.box_at(at.x(), at.y())
        cell = self.scene.entry_at(at.x(), at.y())
        found = (cell[0].node, str(cell[0].quantity), cell[1].index) if cell is not None else None
        entry = found or (*self.scene.number_at(at.x(), at.y()), ())
        node = box.node if box is not None else self.scene.weight_at(at.x(), at.y())
        self._tell(node, self.scene.symbol_at(at.x(), at.y()), entry)

    def _hover_again(self) -> None:
        """Tell what is under the pointer now, which has not moved."""
        if self._pointer is not None and self._press is None:
            self.hover(self._pointer)

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
