"""Charts in panels: multiplications over depth and width, the cost of an autoencoder, data with a learned subspace."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget

from graphviz_app.panels.loss_plot import WholeNumbers
from graphviz_models.cost import Curves
from graphviz_models.expr import Array
from graphviz_models.theme import Theme

DASHED, DOTTED = Qt.PenStyle.DashLine, Qt.PenStyle.DotLine
FEW = 30  # points up to which each is marked
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Powers(pg.AxisItem):  # type: ignore[misc]
    """An axis of common logarithms: 10⁰, 10¹, 10², …"""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        return [(float(max(1, math.ceil((high - low) * 22 / max(size, 22.0)))), 0.0)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return ["10" + str(round(v)).translate(SUPERSCRIPT) for v in values]


class Chart(pg.PlotWidget):  # type: ignore[misc]
    """A plot that only shows: it takes no mouse, and leaves the wheel to the page it stands on."""

    def __init__(self, name: str, axes: dict[str, pg.AxisItem] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent, axisItems=axes or {})
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(170)
        self.theme: Theme | None = None
        self.plot = self.getPlotItem()
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setContentsMargins(0, 8, 10, 0)
        for side in ("left", "bottom"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)

    def sizeHint(self) -> QSize:
        return QSize(280, 200)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.theme = theme
        self.setBackground(theme.background)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(theme.muted)
            axis.setTextPen(theme.text)

    def line(self, x: object, y: object, colour: str, *, width: float = 1.5, style: Qt.PenStyle | None = None) -> None:
        """Draw a line through points."""
        pen = pg.mkPen(colour, width=width, style=style or Qt.PenStyle.SolidLine)
        self.plot.addItem(pg.PlotDataItem(x, y, pen=pen, connect="finite"))

    def points(self, x: object, y: object, colour: str, symbol: str, *, size: int = 8, hollow: bool = False) -> None:
        """Draw marks: "o", "s", "+", "x", "t"."""
        brush = None if hollow else pg.mkBrush(colour)
        self.plot.addItem(
            pg.ScatterPlotItem(x, y, symbol=symbol, size=size, pen=pg.mkPen(colour, width=1.5), brush=brush)
        )

    def say(self, text: str, x: float, y: float, colour: str, anchor: tuple[float, float]) -> None:
        """Write beside a point; `anchor` is the corner of the words that lies on it."""
        item = pg.TextItem(text, color=colour, anchor=anchor)
        item.setPos(x, y)
        self.plot.addItem(item, ignoreBounds=True)


class CostChart(Chart):
    """Multiplications of backpropagation and of the sum over paths, on a logarithmic scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", {"left": Powers("left"), "bottom": WholeNumbers("bottom")}, parent)
        self.setAccessibleName(self.tr("Multiplications over depth or width"))
        self.plot.setLabel("left", self.tr("multiplications"))

    def show_curves(self, curves: Curves, own: int, label: str, names: tuple[str, str]) -> None:
        """Both curves, each with its name; `own` is where the net itself stands."""
        if self.theme is None:
            return
        self.plot.clear()
        self.plot.setLabel("bottom", label)
        theme = self.theme
        rows = [(curves.backward, theme.forward, theme.forward_text, None, "o"),
                (curves.path_sum, theme.backward, theme.backward_text, DASHED, "s")]  # fmt: skip
        highest = max(math.log10(v) for v in (*curves.backward, *curves.path_sum))
        for (values, colour, ink, style, symbol), name in zip(rows, names, strict=True):
            heights = [math.log10(v) for v in values]
            self.line(curves.at, heights, colour, width=2, style=style)
            at = curves.at.index(own)
            self.points([own], [heights[at]], colour, symbol, size=10)
            place = 2 * len(heights) // 3 - 1
            self.say(name, curves.at[place], heights[place], ink, (1.0, 1.0) if name == names[1] else (0.0, 0.0))
        self.plot.setRange(xRange=(curves.at[0], curves.at[-1]), yRange=(0, highest * 1.08), padding=0.03)


class DescentChart(Chart):
    """J over the iterations, and the least it can be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", {"bottom": WholeNumbers("bottom")}, parent)
        self.setAccessibleName(self.tr("Cost over iterations against the sum of eigenvalues"))
        self.plot.setLabel("bottom", self.tr("iteration"))

    def show_descent(
        self, iterations: Array, losses: Array, least: float, names: tuple[str, str], at: int | None
    ) -> None:
        """The curve, the line at `least`, and where the graph stands; `names` are of the axis and of the line."""
        if self.theme is None:
            return
        theme = self.theme
        self.plot.clear()
        self.plot.setLabel("left", names[0])
        self.line(iterations, losses, theme.forward, width=2)
        if len(losses) <= FEW:
            self.points(iterations, losses, theme.forward, "o", size=5)
        last = max(float(iterations[-1]) if len(iterations) else 0.0, 5.0)
        self.line([0.0, last], [least, least], theme.backward, width=2, style=DASHED)
        self.say(names[1], last, least, theme.backward_text, (1.0, 1.0))
        if at is not None:
            here = int(np.argmin(np.abs(iterations - at))) if len(iterations) else 0
            self.points(
                iterations[here : here + 1], losses[here : here + 1], theme.selection, "o", size=10, hollow=True
            )
        finite = losses[np.isfinite(losses)]
        high = max([least, *finite.tolist()])
        low = min([least, *finite.tolist()])
        spare = 0.06 * (high - low) or 0.1 * max(high, 1e-9)
        self.plot.setRange(xRange=(0.0, last), yRange=(low - 2 * spare, high + 2 * spare), padding=0.02)


class SubspaceChart(Chart):
    """Data, their reconstructions, the learned subspace and the principal axes, seen along the other axes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", None, parent)
        self.setAccessibleName(self.tr("Data with the learned subspace and the principal axes"))
        self.setMinimumHeight(220)
        self.plot.setAspectLocked(True)

    def show_plane(
        self, data: Array, restored: Array, learned: Array, covariance: tuple[Array, Array] | None, names: Sequence[str]
    ) -> None:
        """Everything of two rows: data and reconstructions (2, N), directions (2, k), the axes are the unit vectors.

        `covariance` is (mean, direction) of the first axis of the covariance matrix, where that is another one.
        """
        if self.theme is None:
            return
        theme = self.theme
        self.plot.clear()
        marks = np.hstack([data, restored, np.zeros((2, 1))])
        low, high = marks.min(axis=1), marks.max(axis=1)
        spare = 0.08 * max(float(np.max(high - low)), 1e-9)
        reach = 100 * spare
        for side, axis, name in ((0, "bottom", names[0]), (1, "left", names[1])):
            self.plot.setLabel(axis, name)
            ends = np.zeros((2, 2))
            ends[side] = (-reach, reach)
            self.line(ends[0], ends[1], theme.muted, width=1.5 if side == 0 else 1, style=DASHED)
        for first, second in zip(data.T, restored.T, strict=True):
            self.line([first[0], second[0]], [first[1], second[1]], theme.edge, width=1)
        for direction in learned.T:
            x, y = (np.array([-reach, reach]) * part for part in direction)
            self.line(x, y, theme.backward, width=2.5)
        if covariance is not None:
            mean, direction = covariance
            x, y = (mean[k] + np.array([-reach, reach]) * direction[k] for k in (0, 1))
            self.line(x, y, theme.right, width=2, style=DOTTED)
            self.points(mean[:1], mean[1:], theme.right, "x", size=11)
        self.points(restored[0], restored[1], theme.backward, "s", size=7, hollow=True)
        self.points(data[0], data[1], theme.forward, "o", size=8)
        self.plot.setRange(
            xRange=(low[0] - spare, high[0] + spare), yRange=(low[1] - spare, high[1] + spare), padding=0
        )
