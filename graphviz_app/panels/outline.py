"""The outline: every node in order with its role, value and delta, the graph as a table that can be read aloud."""

from __future__ import annotations

from typing import Any

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


class _Row(QTreeWidgetItem):
    """A node; its numbers are read when they come into sight, for most of a large graph never do."""

    def __init__(self, panel: OutlinePanel, node: str, role: str) -> None:
        super().__init__([node, role])
        self.node = node
        self._panel = panel
        for column in (2, 3):
            self.setTextAlignment(column, Qt.AlignmentFlag.AlignRight)

    def data(self, column: int, role: int) -> Any:
        state = self._panel.state
        if column < 2 or role != Qt.ItemDataRole.DisplayRole or state is None:
            return super().data(column, role)
        return short_value(state.value(self.node) if column == 2 else state.delta(self.node), state.digits)


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
        self.rows.header().setResizeContentsPrecision(0)  # what is in sight
        self.rows.currentItemChanged.connect(self._choose)
        column.addWidget(self.rows)
        self._items: dict[str, _Row] = {}
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
        current = self._items.get(state.selected or "")
        self.rows.setCurrentItem(current)  # type: ignore[arg-type]
        self.rows.blockSignals(False)
        self.rows.header().resizeSections()
        self.rows.viewport().update()

    def _list(self, state: State) -> None:
        self.rows.clear()
        self._items = {}
        program = state.program
        if program is None:
            return
        for node in program.names[:MOST]:
            self._items[node] = _Row(self, node, QCoreApplication.translate("Roles", program.role(node)))
        self.rows.addTopLevelItems(list(self._items.values()))

    def _choose(self, row: QTreeWidgetItem | None) -> None:
        if row is not None:
            self.chosen.emit(row.text(0))
