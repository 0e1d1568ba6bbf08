"""Formulas in motion: each drawn once, as large as it gets, and then copied at any place and in any smaller size."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from graphviz_app.painting import write_outlines
from graphviz_models.formula import Formula

MARGIN = 2  # device pixels around a formula
LARGEST = 1_000_000  # pixels of one formula; a larger one is filled anew each time


class Sprites:
    """Writes the formulas of one transition; `scale` is the most device pixels a point that it comes to."""

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._drawn: dict[tuple[int, str], tuple[Formula, QPixmap]] = {}  # a formula kept alive is its own key

    def write(self, painter: QPainter, formula: Formula, x: float, baseline: float, colour: str) -> None:
        """Copy the formula to where (`x`, `baseline`) falls, between pixels too: what is moving must not tremble."""
        scale = self._scale
        lean = 0.25 * formula.size * scale  # italic letters reach beyond their advance
        found = self._drawn.get((id(formula), colour))
        if found is None:
            if formula.width * formula.height * scale * scale > LARGEST:
                write_outlines(painter, formula, x, baseline, colour)
                return
            found = self._drawn[id(formula), colour] = formula, _draw(formula, colour, scale, lean)
        pixmap = found[1]
        corner = QPointF(x - (MARGIN + lean) / scale, baseline - formula.ascent - MARGIN / scale)
        room = QRectF(corner.x(), corner.y(), pixmap.width() / scale, pixmap.height() / scale)
        painter.drawPixmap(room, pixmap, QRectF(pixmap.rect()))


def _draw(formula: Formula, colour: str, scale: float, lean: float) -> QPixmap:
    width = ceil(formula.width * scale + 2 * (MARGIN + lean))
    pixmap = QPixmap(width, ceil(formula.height * scale) + 2 * MARGIN)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(MARGIN + lean, MARGIN + formula.ascent * scale)
        painter.scale(scale, scale)
        write_outlines(painter, formula, 0.0, 0.0, colour)
    return pixmap
