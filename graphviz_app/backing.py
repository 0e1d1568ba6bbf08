"""The pixels of a canvas that are kept: what a step seldom changes, and of a crowded view the whole frame.

While such a view is zoomed its last frame is shown larger or smaller, and sharp again as soon as the zoom rests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import ceil
from typing import cast

from PySide6.QtCore import QRect, QRectF, QSize, QTimer
from PySide6.QtGui import QPainter, QPixmap, QRegion
from PySide6.QtWidgets import QWidget

from graphviz_app import painting
from graphviz_app.layer import Bounds
from graphviz_app.scene import BEHIND, COARSE, Scene
from graphviz_app.scrolling import scrolled
from graphviz_app.viewing import Viewing

CROWDED = 300  # marks in sight, beyond which a frame takes longer than the eye waits for
REST = 120  # milliseconds after the last change of zoom until it is painted sharp
IDLE = 300  # milliseconds after a picture is another one until there is time for what will be needed of it
FAR = ("plates", "edges", "boxes")  # what is painted beside the last frame, without detail

PaintPart = Callable[[QPainter, QRect, QPixmap], None]


class Backing:
    """Paints a widget that shows a scene, part by part."""

    def __init__(self, widget: QWidget, scene: Scene) -> None:
        self._widget, self._scene = widget, scene
        self._behind: QPixmap | None = None  # the layers BEHIND, as they are in this view
        self._frame: QPixmap | None = None  # all layers
        self._old: list[QPixmap] = []  # pixmaps to be painted over: making one takes longer than painting much
        self._held: tuple[QPixmap, Viewing] | None = None  # the frame that is shown scaled, and its view
        self._crowded = False
        self._rest = QTimer(widget, singleShot=True, interval=REST)
        self._rest.timeout.connect(self.settle)
        self._idle = QTimer(widget, singleShot=True)
        self._idle.timeout.connect(self._prepare)

    def settle(self) -> None:
        """Paint sharp what has been scaled."""
        self._rest.stop()
        if self._held is not None:
            self._held = None
            self._widget.update()

    def renew(self, view: Viewing) -> None:
        """Everything is another picture, or lies elsewhere in sight."""
        self._drop()
        self._crowded = self._crowd(view) > CROWDED
        self._idle.start(IDLE)
        self.settle()

    def _prepare(self) -> None:
        if self._scene.prepare():
            self._idle.start(0)

    def resize(self, *, fitted: bool) -> None:
        """The widget is about to be painted in another size; what is `fitted` will be zoomed."""
        self._behind = None
        self._old.clear()
        if not fitted:
            self._frame = None

    def _drop(self) -> None:
        """What is kept is worth nothing any more."""
        self._old += [one for one in (self._behind, self._frame) if one is not None]
        del self._old[:-2]
        self._behind = self._frame = None

    def zoom(self, before: Viewing, view: Viewing, paint: PaintPart) -> None:
        """Another zoom; `paint` paints a part of the widget in the view before."""
        crowded = self._crowd(view) > CROWDED
        if crowded and view.zoom * self._widget.devicePixelRatioF() >= COARSE:
            if self._held is None:
                frame = self._frame
                if frame is None:
                    frame = self._pixmap()
                    with QPainter(frame) as painter:
                        paint(painter, self._widget.rect(), self.behind(before))
                self._held, self._frame = (frame, before), None
            self._rest.start()
        else:
            self.settle()
        self._drop()
        self._crowded = crowded

    def paint(self, painter: QPainter, region: QRegion, view: Viewing, paint: PaintPart) -> None:
        """Paint a part of the widget."""
        if self._held is not None:
            self._paint_held(painter, *self._held, view)
            return
        behind = self.behind(view)
        if not self._crowded:
            for rect in cast(Iterable[QRect], region):
                paint(painter, rect, behind)
            return
        new = QRegion()
        if self._frame is None or self._frame.size() != self._size():
            self._frame, new = self._pixmap(), QRegion(self._widget.rect())
        with QPainter(self._frame) as onto:
            for rect in cast(Iterable[QRect], new or region):
                paint(onto, rect, behind)
        for rect in cast(Iterable[QRect], region):
            self.copy(painter, rect, self._frame)

    def copy(self, painter: QPainter, rect: QRect, pixmap: QPixmap) -> None:
        """Copy a part of a pixmap that is as large as the widget."""
        dpr = self._widget.devicePixelRatioF()
        source = QRectF(rect.x() * dpr, rect.y() * dpr, rect.width() * dpr, rect.height() * dpr)
        painter.drawPixmap(QRectF(rect), pixmap, source)

    def behind(self, view: Viewing) -> QPixmap:
        """The layers BEHIND in a view."""
        dpr = self._widget.devicePixelRatioF()
        if self._behind is None or self._behind.size() != self._size() or self._behind.devicePixelRatio() != dpr:
            self._behind = self._pixmap()
            self._paint_behind(self._widget.rect(), view)
        return self._behind

    def repaint_behind(self, areas: Iterable[Bounds], view: Viewing) -> None:
        """Paint the layers BEHIND anew in some areas."""
        if self._behind is not None:
            for area in areas:
                self._paint_behind(view.pixels(*area) & self._widget.rect(), view)

    def scroll(self, across: float, down: float, view: Viewing, rim: int) -> None:
        """Move what is shown by so many pixels, but for a `rim` of the widget, and paint what comes into sight."""
        strips = (
            [] if self._held is not None else scrolled(self._widget, (self._behind, self._frame), across, down, rim)
        )
        if not strips:
            self._drop()
            self._crowded = self._crowd(view) > CROWDED
            self._widget.update()
        for strip in strips:
            self._paint_behind(strip, view)

    def _crowd(self, view: Viewing) -> float:
        """About how many marks are in sight."""
        return self._scene.crowd(view.area(QRectF(self._widget.rect())))

    def _size(self) -> QSize:
        dpr = self._widget.devicePixelRatioF()
        return QSize(ceil(self._widget.width() * dpr), ceil(self._widget.height() * dpr))

    def _pixmap(self) -> QPixmap:
        dpr, size = self._widget.devicePixelRatioF(), self._size()
        if self._old:
            old = self._old.pop()
            if (old.size(), old.devicePixelRatio()) == (size, dpr):
                return old
        made = QPixmap(size)
        made.setDevicePixelRatio(dpr)
        return made

    def _paint_behind(self, rect: QRect, view: Viewing) -> None:
        picture, pixmap = self._scene.picture, self._behind
        if picture is None or pixmap is None or rect.isEmpty():
            return
        with QPainter(pixmap) as painter:
            painter.setClipRect(rect)
            painter.fillRect(rect, painting.colour_of(picture.background))
            painter.translate(view.origin)
            painter.scale(view.zoom, view.zoom)
            zoom = view.zoom * self._widget.devicePixelRatioF()
            self._scene.paint(painter, view.area(QRectF(rect)), zoom, BEHIND)

    def _paint_held(self, painter: QPainter, frame: QPixmap, before: Viewing, view: Viewing) -> None:
        """An older frame where it lies in this view; beside it what can be painted at once."""
        picture, widget = self._scene.picture, self._widget
        assert picture is not None
        size = frame.deviceIndependentSize()
        corner = before.to_picture(QRectF(widget.rect()).topLeft())
        scale = view.zoom / before.zoom
        shown = QRectF(view.to_canvas(corner.x(), corner.y()), size * scale)
        covered = shown.toAlignedRect().adjusted(1, 1, -1, -1)
        if not covered.contains(widget.rect()):
            painter.setClipRegion(QRegion(widget.rect()) - QRegion(covered))
            painter.fillRect(widget.rect(), painting.colour_of(picture.background))
            painter.translate(view.origin)
            painter.scale(view.zoom, view.zoom)
            self._scene.paint(painter, view.area(QRectF(widget.rect())), COARSE / 2, FAR)
            painter.resetTransform()
            painter.setClipping(False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(shown, frame, QRectF(frame.rect()))
