"""A page of rows: words and formulas, one beside the other where the page is wide enough, else one below the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from graphviz_app.formula_label import FormulaLabel
from graphviz_models.expr import Array
from graphviz_models.read import number
from graphviz_models.theme import Theme

SIZE = 15.0
GAP = 12  # pixels between what stands side by side
LARGEST_CELL = 18  # pixels of an entry in a heat-map, at most


@dataclass(frozen=True)
class Text:
    """Words with $mathematics$; `colour` is a field of the theme."""

    markdown: str
    colour: str = "text"


@dataclass(frozen=True)
class Equation:
    """LaTeX parts that equal one another."""

    parts: tuple[str, ...]
    colour: str = "text"


@dataclass(frozen=True, eq=False)
class Heat:
    """A matrix as a heat-map, with a name for readers of the screen."""

    values: Array
    name: str


@dataclass(frozen=True)
class Figure:
    """Something drawn: `make(parent)` makes its widget, anew where what it `shows` has changed."""

    shows: Hashable
    make: Callable[[QWidget], QWidget] = field(compare=False)


Cell = Text | Equation | Heat | Figure
Row = tuple[Cell, ...]


class FormulaPage(QScrollArea):
    """Shows rows; what is the same as before stays as it is."""

    symbol_hovered = Signal(str)
    symbol_clicked = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = QWidget(self)
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(8, 6, 8, 6)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self.setWidget(self._page)
        self._rows: list[_RowWidget] = []
        self._below: list[QWidget] = []
        self._theme: Theme | None = None
        self._size = SIZE
        self._lit = ""

    def add_below(self, widget: QWidget) -> None:
        """Put a widget under all rows."""
        self._below.append(widget)
        self._column.insertWidget(self._column.count() - 1, widget)

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        rows = [row.cells for row in self._rows]
        self.show_rows((), self._size)
        self.show_rows(rows, self._size)

    def show_rows(self, rows: Sequence[Row], size: float = SIZE) -> None:
        """Show these rows, formulas in `size` points."""
        if self._theme is None:
            return
        kept = self._rows if size == self._size else []
        self._size = size
        made: list[_RowWidget] = []
        for n, cells in enumerate(rows):
            if n < len(kept) and kept[n].cells == cells:
                made.append(kept[n])
            else:
                made.append(self._row(cells, self._theme))
        for row in self._rows:
            if row not in made:
                self._column.removeWidget(row)
                row.hide()
                row.deleteLater()
        for n, row in enumerate(made):
            if self._column.indexOf(row) != n:
                self._column.insertWidget(n, row)
        self._rows = made
        self.light(self._lit)

    def sources(self) -> list[str]:
        """What every formula and text would be copied as, in order."""
        return [label.source for row in self._rows for label in row.labels]

    def light(self, node: str) -> None:
        """Put a plate behind the symbols of a node."""
        self._lit = node
        for row in self._rows:
            for label in row.labels:
                label.light(node)

    def _row(self, cells: Row, theme: Theme) -> _RowWidget:
        row = _RowWidget(cells, theme, self._size, self._page)
        for label in row.labels:
            label.symbol_hovered.connect(self.symbol_hovered)
            label.symbol_clicked.connect(self.symbol_clicked)
        return row


class _RowWidget(QWidget):
    def __init__(self, cells: Row, theme: Theme, size: float, parent: QWidget) -> None:
        super().__init__(parent)
        self.cells = cells
        self.labels: list[FormulaLabel] = []
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(GAP)
        self._wide = -GAP
        for cell in cells:
            if isinstance(cell, Heat):
                self._add(HeatMap(cell, theme, self), 120)
                continue
            if isinstance(cell, Figure):
                self._add(cell.make(self), 120)
                continue
            label = FormulaLabel(self, size=size)
            colour = str(getattr(theme, cell.colour))
            if isinstance(cell, Text):
                label.set_markdown(cell.markdown, colour)
            else:
                label.set_latex(*cell.parts, colour=colour)
            self.labels.append(label)
            self._add(label, int(label.natural_width()) + 1)

    def _add(self, widget: QWidget, width: int) -> None:
        self._box.addWidget(widget, width)
        self._wide += width + GAP

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        fits = self._wide <= event.size().width()
        side = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        if len(self.cells) > 1 and side != self._box.direction():
            self._box.setDirection(side)


class HeatMap(QWidget):
    """A matrix as colours around 0; the largest entry, by its size, has the last colour."""

    def __init__(self, heat: Heat, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        values = np.nan_to_num(np.asarray(heat.values, dtype=np.float64), posinf=0.0, neginf=0.0)
        self._rows, self._columns = values.shape
        self.largest = float(np.max(np.abs(values), initial=0.0))
        scale = np.array([QColor(theme.heat_colour(k / 128 - 1)).rgb() for k in range(257)], dtype=np.uint32)
        places = np.rint(128 * (values / (self.largest or 1.0) + 1)).astype(np.int64)
        pixels = np.ascontiguousarray(scale[places])
        self._image = QImage(
            pixels.data, self._columns, self._rows, 4 * self._columns, QImage.Format.Format_RGB32
        ).copy()  # fmt: skip
        self._rim = QColor(theme.muted)
        self.setAccessibleName(heat.name)
        self.setToolTip(f"{heat.name}: ±{number(self.largest)}")

    def sizeHint(self) -> QSize:
        return QSize(LARGEST_CELL * self._columns, LARGEST_CELL * self._rows)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, min(LARGEST_CELL * self._rows, 160))

    def paintEvent(self, event: QPaintEvent) -> None:
        cell = min(LARGEST_CELL, (self.width() - 2) / self._columns, (self.height() - 2) / self._rows)
        area = QRectF(0.5, 0.5, cell * self._columns, cell * self._rows)
        with QPainter(self) as painter:
            painter.drawImage(area, self._image)
            painter.setPen(self._rim)
            painter.drawRect(area)
