"""What is wrong with the text: line, column and what to write instead."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from graphviz_app.session import State

PLACE = Qt.ItemDataRole.UserRole


class Wrapped(QStyledItemDelegate):
    """Gives a row the height that its text needs at the width of its column."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        tree = self.parent()
        size = super().sizeHint(option, index)
        if not isinstance(tree, QTreeWidget):
            return size
        width = max(40, tree.columnWidth(index.column()) - 8)
        room = QRect(0, 0, width, 10_000)
        needed = option.fontMetrics.boundingRect(room, Qt.TextFlag.TextWordWrap, str(index.data()))
        return QSize(width, max(size.height(), needed.height() + 6))


class ProblemsPanel(QWidget):
    """One row a problem; `asked_for` tells the line and column to go to, `counted` how many there are."""

    asked_for = Signal(int, int)
    counted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.rows = QTreeWidget(self)
        self.rows.setAccessibleName(self.tr("Problems"))
        self.rows.setRootIsDecorated(False)
        self.rows.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.rows.setHeaderLabels([self.tr("Line"), self.tr("Column"), self.tr("Problem")])
        self.rows.setWordWrap(True)
        self.rows.setUniformRowHeights(False)
        self.rows.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._wrapped = Wrapped(self.rows)
        self.rows.setItemDelegateForColumn(2, self._wrapped)
        header = self.rows.header()
        header.sectionResized.connect(lambda *_: self.rows.scheduleDelayedItemsLayout())
        for section in (0, 1):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.rows.itemClicked.connect(self._go)
        self.rows.itemActivated.connect(self._go)
        column.addWidget(self.rows)
        self._shown: tuple[object, ...] | None = None

    def show_state(self, state: State) -> None:
        """List the problems."""
        if state.problems == self._shown:
            return
        self._shown = state.problems
        self.rows.clear()
        for problem in state.problems:
            row = QTreeWidgetItem(self.rows, [str(problem.line), str(problem.column), problem.message])
            row.setToolTip(2, problem.message)
            row.setTextAlignment(0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
            row.setTextAlignment(1, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
            row.setData(0, PLACE, (problem.line, problem.column))
        self.counted.emit(len(state.problems))

    def _go(self, row: QTreeWidgetItem) -> None:
        line, column = row.data(0, PLACE)
        self.asked_for.emit(line, column)
