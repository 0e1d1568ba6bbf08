"""Whole numbers as bars on a logarithmic scale, each with its name and its digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from graphviz_models.theme import Theme

SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
DIGITS = 15  # up to which a number is written out
MARGIN, BAR, GAP = 2, 9, 7  # pixels
MOST_TICKS = 8


def powers(value: int) -> tuple[str, int]:
    """The first four digits of a large whole number, as 1.234, and its power of ten."""
    exponent = math.floor(math.log10(value))
    exponent -= value < 10**exponent  # the logarithm was rounded up
    return f"{value // 10 ** (exponent - 3) / 1000:.3f}", exponent


def whole(value: int) -> str:
    """All digits of a whole number; of a very large one the first four and the power of ten."""
    if value < 10**DIGITS:
        return f"{value:,}"
    first, exponent = powers(value)
    return f"{first} × 10{str(exponent).translate(SUPERSCRIPT)}"


def whole_latex(value: int) -> str:
    """The same in LaTeX."""
    if value < 10**DIGITS:
        return f"{value:,}".replace(",", "{,}")
    first, exponent = powers(value)
    return rf"{first} \cdot 10^{{{exponent}}}"


@dataclass(frozen=True)
class Bar:
    """One number; `colour` is a field of the theme, `hatched` tells it apart without colour."""

    name: str
    value: int
    colour: str
    hatched: bool = False


class Bars(QWidget):
    """Bars one below the other."""

    def __init__(self, name: str, bars: Sequence[Bar], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars = tuple(bars)
        self._theme = theme
        told = "; ".join(f"{bar.name} {whole(bar.value)}" for bar in bars)
        self.setAccessibleName(f"{name}: {told}")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(260, len(self._bars) * (line + BAR + GAP) + line + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        metrics = self.fontMetrics()
        line, width = metrics.height(), self.width() - 2 * MARGIN
        decades = max(1, math.ceil(max(math.log10(max(bar.value, 1)) for bar in self._bars)))
        bottom = len(self._bars) * (line + BAR + GAP)
        with QPainter(self) as painter:
            painter.translate(MARGIN, 0)
            self._paint_scale(painter, decades, width, bottom)
            for n, bar in enumerate(self._bars):
                top = n * (line + BAR + GAP)
                number = whole(bar.value)
                room = width - metrics.horizontalAdvance(number) - GAP
                painter.setPen(QColor(theme.text))
                name = metrics.elidedText(bar.name, Qt.TextElideMode.ElideRight, room)
                painter.drawText(QPointF(0, top + metrics.ascent()), name)
                painter.drawText(QPointF(width - metrics.horizontalAdvance(number), top + metrics.ascent()), number)
                length = max(2.0, width * math.log10(max(bar.value, 1)) / decades)
                area = QRectF(0, top + line, length, BAR)
                colour = QColor(str(getattr(theme, bar.colour)))
                pattern = Qt.BrushStyle.BDiagPattern if bar.hatched else Qt.BrushStyle.SolidPattern
                painter.fillRect(area, QColor(theme.background))
                painter.setPen(QPen(colour, 1))
                painter.setBrush(QBrush(colour, pattern))
                painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_scale(self, painter: QPainter, decades: int, width: int, bottom: int) -> None:
        """Fine lines at powers of ten, named below."""
        every = max(1, math.ceil(decades / MOST_TICKS))
        metrics = self.fontMetrics()
        for power in range(0, decades + 1, every):
            x = width * power / decades
            painter.setPen(QPen(QColor(self._theme.edge), 0.5))
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
            text = "10" + str(power).translate(SUPERSCRIPT)
            wide = metrics.horizontalAdvance(text)
            painter.setPen(QColor(self._theme.muted))
            place = min(max(0.0, x - wide / 2), width - wide)
            painter.drawText(QPointF(place, bottom + metrics.ascent()), text)
