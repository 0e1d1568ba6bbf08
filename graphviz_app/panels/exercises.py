"""The list of built-in exercises, grouped by the sheet they come from."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from graphviz_app.panels.panel import Panel
from graphviz_app.session import State
from graphviz_models.sheet import exercises

ID = Qt.ItemDataRole.UserRole


def split_source(source: str) -> tuple[str, str]:
    """A source, "Exercise Sheet 9, Exercise 1 (f)", as the sheet and what of it."""
    sheet, comma, part = source.partition(",")
    return (sheet.strip() or "Other", part.strip()) if comma else (source.strip() or "Other", "")


def short(part: str, title: str) -> str:
    """One row of the list: "Ex 1 (a)-(e) · Gradients in a recurrent network"."""
    number = re.sub(r"^Exercise\b", "Ex", part).replace("-", "–")
    return f"{number} · {title}" if number else title


class ExercisesPanel(Panel):
    """A tree of sheets and their exercises; `chosen` tells the id of the one to open."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.tree = QTreeWidget(self)
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName(self.tr("Exercises"))
        self.tree.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.tree.setIndentation(14)
        column.addWidget(self.tree)
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._name = ""
        self.tree.itemActivated.connect(self._choose)
        self.tree.itemClicked.connect(self._choose)

    def fill(self, state: State) -> None:
        """Mark the exercise that is open."""
        if not self._rows:
            self._list()
        name = state.name if state.path is None else ""
        if name == self._name:
            return
        self._name = name
        row = self._rows.get(name)
        if row is None:
            self.tree.clearSelection()
        else:
            self.tree.setCurrentItem(row)

    def _list(self) -> None:
        sheets: dict[str, QTreeWidgetItem] = {}
        for id_, title, source in exercises():
            sheet, part = split_source(source)
            if sheet not in sheets:
                sheets[sheet] = QTreeWidgetItem(self.tree, [sheet])
                sheets[sheet].setFlags(Qt.ItemFlag.ItemIsEnabled)
            row = QTreeWidgetItem(sheets[sheet], [short(part, title)])
            row.setToolTip(0, f"{title}\n{source}")
            row.setData(0, ID, id_)
            self._rows[id_] = row
        self.tree.expandAll()

    def _choose(self, row: QTreeWidgetItem) -> None:
        id_ = row.data(0, ID)
        if id_ and id_ != self._name:
            self.chosen.emit(id_)
