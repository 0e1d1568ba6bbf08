"""A veil over a graph that belongs to an older text, so that it is seen to be old."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget


class Veil(QWidget):
    """Dims what it covers; the pointer goes through."""

    OPACITY = 0.6

    def __init__(self, covered: QWidget) -> None:
        super().__init__(covered)
        self.colour = QColor("#ffffff")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("The graph belongs to an older text"))
        covered.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(event, QResizeEvent):
            self.resize(event.size())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setOpacity(self.OPACITY)
        painter.fillRect(event.rect(), self.colour)
        painter.end()
