"""The outline: every node in order with its role, value and delta, the graph as a table that can be read aloud."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from graphviz_app.panels.panel import Panel
from graphviz_app.session import State
from graphviz_models.read import number

MOST = 2000  # rows


def short_value(value: np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None, digits: int) -> str:
    """A number, or the shape and the size of an array; nothing where it is not computed yet."""
    if value is None:
        return ""
    if value.ndim == 0:
        return number(value, digits)
    if value.size <= 4:
        return f"[{', '.join(number(v, digits) for v in value.ravel())}]"
    return "×".join(map(str, value.shape))


class OutlinePanel(Panel):
    """Mirrors the graph and its selection."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.rows = QTreeWidget(self)
        self.rows.setAccessibleName(self.tr("Outline of the graph"))
        self.rows.setRootIsDecorated(False)
        self.rows.setUniformRowHeights(True)
        self.rows.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.rows.setHeaderLabels([self.tr("Node"), self.tr("Role"), self.tr("Value"), self.tr("Gradient")])
        self.rows.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.rows.header().setResizeContentsPrecision(0)  # what is in sight: each text that changes measures anew
        self.rows.currentItemChanged.connect(self._choose)
        column.addWidget(self.rows)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._program: object = None
        self._shown: tuple[object, ...] = ()

    def fill(self, state: State) -> None:
        """List the nodes with what is known of them."""
        key = (state.trace, state.at, state.digits, state.selected)
        if key == self._shown:
            return
        self._shown = key
        self.rows.blockSignals(True)
        if state.program is not self._program:
            self._program = state.program
            self._list(state)
        for node, row in self._items.items():
            for column, value in ((2, state.value(node)), (3, state.delta(node))):
                text = short_value(value, state.digits)
                if text != row.text(column):
                    row.setText(column, text)
        current = self._items.get(state.selected or "")
        self.rows.setCurrentItem(current)  # type: ignore[arg-type]
        self.rows.blockSignals(False)

    def _list(self, state: State) -> None:
        self.rows.clear()
        self._items = {}
        program = state.program
        if program is None:
            return
        for node in program.names[:MOST]:
            row = QTreeWidgetItem([node, QCoreApplication.translate("Roles", program.role(node)), "", ""])
            row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
            row.setTextAlignment(3, Qt.AlignmentFlag.AlignRight)
            self._items[node] = row
        self.rows.addTopLevelItems(list(self._items.values()))

    def _choose(self, row: QTreeWidgetItem | None) -> None:
        if row is not None:
            self.chosen.emit(row.text(0))
