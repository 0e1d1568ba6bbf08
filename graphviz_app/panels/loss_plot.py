"""The plot of the loss over the iterations; its line can be dragged to any of them."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from graphviz_models.expr import Array
from graphviz_models.theme import Theme

FEWEST = 5.0  # iterations that the axis shows at least
FEW = 30  # iterations up to which each has a dot


class WholeNumbers(pg.AxisItem):  # type: ignore[misc]
    """An axis that has ticks at whole numbers only: there is no half iteration."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        return [row for row in super().tickSpacing(low, high, size) if row[0] >= 1] or [(1.0, 0.0)]


class LossPlot(pg.PlotWidget):  # type: ignore[misc]
    """A curve and a line; `iteration_chosen` tells where the line was dragged or put by a click."""

    iteration_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, axisItems={"bottom": WholeNumbers("bottom")})
        self.setAccessibleName(self.tr("Loss over iterations"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(90)
        self.setToolTip(self.tr("Drag the line, or click, to see the graph of any iteration"))
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.setContentsMargins(0, 8, 10, 0)  # the outermost numbers of the axes stick out
        plot.setLabel("bottom", self.tr("iteration"))
        plot.setLabel("left", self.tr("loss"))
        plot.getAxis("left").enableAutoSIPrefix(False)
        plot.getAxis("bottom").enableAutoSIPrefix(False)
        self._curve = plot.plot([], [])
        self._line = pg.InfiniteLine(0.0, angle=90, movable=True)
        self._line.setZValue(10)
        plot.addItem(self._line)
        self._line.sigPositionChanged.connect(self._dragged)
        self.scene().sigMouseClicked.connect(self._clicked)
        self._revision = -1
        self._done = 0
        self._iteration = 0

    def sizeHint(self) -> QSize:
        return QSize(280, 180)

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.setBackground(theme.background)
        for side in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(theme.muted)
            axis.setTextPen(theme.text)
        self._curve.setPen(pg.mkPen(theme.forward, width=1))
        self._curve.setSymbolPen(None)
        self._curve.setSymbolBrush(theme.forward)
        self._curve.setSymbolSize(5)
        dashes = Qt.PenStyle.DashLine
        self._line.setPen(pg.mkPen(theme.backward, width=1.5, style=dashes))
        self._line.setHoverPen(pg.mkPen(theme.backward, width=3))

    def show_losses(self, iterations: Array, losses: Array, revision: int) -> None:
        """Show the curve; `revision` says whether it is another one than before."""
        if revision == self._revision:
            return
        self._revision = revision
        self._curve.setData(iterations, losses, skipFiniteCheck=bool(np.isfinite(losses).all()), connect="finite")
        self._curve.setSymbol("o" if len(losses) <= FEW else None)
        finite = losses[np.isfinite(losses)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        spare = 0.06 * (high - low) or 0.06 * max(abs(high), 1e-9)
        last = float(iterations[-1]) if len(iterations) else 0.0
        self.setRange(xRange=(0.0, max(last, FEWEST)), yRange=(low - spare, high + spare), padding=0.02)

    def show_iteration(self, iteration: int, done: int) -> None:
        """Put the line at an iteration; it can be dragged up to the last one done."""
        self._iteration, self._done = iteration, done
        self._line.blockSignals(True)
        self._line.setBounds((0, max(done, 0)))
        self._line.setValue(iteration)
        self._line.blockSignals(False)
        self.setAccessibleDescription(
            self.tr("iteration {0} of {1}").replace("{0}", str(iteration)).replace("{1}", str(done))
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in moves:
            self._choose(self._iteration + moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _choose(self, iteration: int) -> None:
        iteration = max(0, min(self._done, iteration))
        if iteration != self._iteration:
            self._iteration = iteration
            self.iteration_chosen.emit(iteration)

    def _dragged(self) -> None:
        self._choose(round(self._line.value()))

    def _clicked(self, event: object) -> None:
        place = self.getPlotItem().vb.mapSceneToView(event.scenePos())  # type: ignore[attr-defined]
        self._choose(round(place.x()))
