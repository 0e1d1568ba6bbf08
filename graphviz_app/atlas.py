"""Formulas as pixmaps: drawn once for a scale and a colour, then copied, which is far faster than filling outlines."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPixmap

from graphviz_app.painting import write_outlines
from graphviz_models.formula import Formula

MOST_PIXELS = 16_000_000  # kept at once: 64 MB
LARGEST = 1_000_000  # pixels of one formula; a larger one is filled anew each time
MARGIN = 2  # device pixels around a formula, for letters that lean out


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A formula's pixmap, and where in it the formula's origin lies, in device pixels."""

    formula: Formula  # kept alive, for its identity is its key
    pixmap: QPixmap
    left: int
    top: int

    @property
    def pixels(self) -> int:
        """How many pixels it takes."""
        return self.pixmap.width() * self.pixmap.height()


class Atlas:
    """Writes formulas for one canvas. What was drawn for other zooms is kept while there is room; the oldest goes."""

    def __init__(self) -> None:
        self.pixels = 0
        self._drawn: OrderedDict[tuple[int, str, float], Drawn] = OrderedDict()

    def __len__(self) -> int:
        return len(self._drawn)

    def write(self, painter: QPainter, formula: Formula, x: float, baseline: float, colour: str) -> None:
        """Copy the formula to where (`x`, `baseline`) falls, rounded to whole device pixels.

        The painter may move and scale alike in both directions, not turn.
        """
        world = painter.worldTransform()
        dpr = painter.device().devicePixelRatio()
        scale = world.m11() * dpr
        key = (id(formula), colour, scale)
        found = self._drawn.get(key)
        if found is not None:
            self._drawn.move_to_end(key)
        elif formula.width * formula.height * scale * scale > LARGEST:
            write_outlines(painter, formula, x, baseline, colour)
            return
        else:
            found = self._drawn[key] = _draw(formula, colour, scale, dpr)
            self.pixels += found.pixels
            while self.pixels > MOST_PIXELS:
                self.pixels -= self._drawn.popitem(last=False)[1].pixels
        spot = world.map(QPointF(x, baseline))
        painter.resetTransform()
        at = QPointF((round(spot.x() * dpr) - found.left) / dpr, (round(spot.y() * dpr) - found.top) / dpr)
        painter.drawPixmap(at, found.pixmap)
        painter.setWorldTransform(world)


def _draw(formula: Formula, colour: str, scale: float, dpr: float) -> Drawn:
    lean = ceil(0.25 * formula.size * scale)  # italic letters reach beyond their advance
    left, top = MARGIN + lean, MARGIN + ceil(formula.ascent * scale)
    pixmap = QPixmap(left + ceil(formula.width * scale) + lean + MARGIN, top + ceil(formula.descent * scale) + MARGIN)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(left, top)
        painter.scale(scale, scale)
        write_outlines(painter, formula, 0.0, 0.0, colour)
    pixmap.setDevicePixelRatio(dpr)
    return Drawn(formula, pixmap, left, top)
