"""Printed numbers beside the computed ones, digit by digit; what the print has wrong is marked."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from graphviz_app.background import Background
from graphviz_app.panels.panel import Panel
from graphviz_app.session import State
from graphviz_app.typeset import Setting, paint_setting, set_lines, text_atoms
from graphviz_models.check import TableCheck
from graphviz_models.check.printed import agrees, printed
from graphviz_models.sheet import Sheet, Table
from graphviz_models.theme import Theme
from graphviz_models.trace import run

SOURCE = Qt.ItemDataRole.UserRole
NOTE = Qt.ItemDataRole.UserRole + 1
RIGHT, WRONG = "✓", "✗"
Index = QModelIndex | QPersistentModelIndex


def rounded(value: float, like: str) -> str:
    """The value with two digits more than are printed, so that it is seen which way it rounds."""
    exponent = Decimal(like.replace("−", "-")).as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    return f"{value:.{places + 2}f}".replace("-", "−")


def entries(rows: object, index: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], str]]:
    """Every printed number with its place in the array."""
    if isinstance(rows, str):
        yield index, rows
    elif isinstance(rows, tuple | list):
        for place, row in enumerate(rows):
            yield from entries(row, (*index, place))


def symbol(table: Table, sheet: Sheet) -> str:
    """What a table holds, in the sheet's letters: a value, a gradient, an updated parameter with a prime."""
    node, wrt = table.quantity.of, table.quantity.wrt
    if wrt is not None:
        return sheet.notation.delta(wrt)
    return f"{{{sheet.notation.symbol(node)}}}'" if table.update else sheet.notation.symbol(node)


class TypesetColumn(QStyledItemDelegate):
    """Draws rows whose text has $mathematics$."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        source = index.data(SOURCE)
        super().paint(painter, option, index)
        if source:
            setting = self._set(source, option, index)
            rect, palette = option.rect, option.palette
            painter.save()
            painter.setClipRect(rect)
            y = rect.top() + (rect.height() - setting.height) / 2
            paint_setting(painter, setting, rect.left() + 4, y, palette.color(QPalette.ColorRole.Text))
            painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        source = index.data(SOURCE)
        size = super().sizeHint(option, index)
        if not source:
            return size
        setting = self._set(source, option, index)
        return QSize(int(setting.width) + 10, max(size.height(), int(setting.height) + 8))

    def _set(self, source: str, option: QStyleOptionViewItem, index: Index) -> Setting:
        """The text set in one line; a note, which spans all columns, in as many as it needs."""
        tree, width = self.parent(), 10_000.0
        if index.data(NOTE) and isinstance(tree, QTreeWidget):
            width = max(80.0, tree.viewport().width() - 3.0 * tree.indentation() - 12.0)
        return set_lines(text_atoms(source, option.font, float(option.fontMetrics.height()) * 0.9), width)


class TablesPanel(Panel):
    """A tree: iterations, their tables, and in each the printed and the computed numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setContentsMargins(8, 6, 8, 4)
        column.addWidget(self.summary)
        self.tree = QTreeWidget(self)
        self.tree.setAccessibleName(self.tr("Printed tables"))
        self.tree.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.tree.setIndentation(14)
        self.tree.setHeaderLabels([self.tr("Table"), self.tr("Print"), self.tr("Truth"), ""])
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for section in (1, 2, 3):
            self.tree.header().setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        self._delegate = TypesetColumn(self.tree)
        self.tree.setItemDelegateForColumn(0, self._delegate)
        self.tree.header().sectionResized.connect(lambda *_: self.tree.scheduleDelayedItemsLayout())
        column.addWidget(self.tree, 1)
        self._work = Background(self)
        self._theme: Theme | None = None
        self._sheet: Sheet | None = None
        self._checks: tuple[TableCheck, ...] = ()

    def sizeHint(self) -> QSize:
        return QSize(320, 260)

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self._list()

    def fill(self, state: State) -> None:
        """Compare the sheet's tables with the engine; it is computed when they are looked at."""
        if state.sheet is self._sheet or state.sheet is None:
            return
        self._sheet = sheet = state.sheet
        self.tree.clear()
        self.summary.setText(self.tr("Comparing…") if sheet.tables else self.tr("This exercise prints no tables."))

        def work() -> tuple[TableCheck, ...]:
            training = sheet.training
            return printed(run(sheet.program, sheet.notation), sheet.tables, training.optimizer, training.learning_rate)

        def then(found: tuple[TableCheck, ...]) -> None:
            if self._sheet is sheet:
                self._checks = found
                self._list()

        if sheet.tables:
            self._work.submit(work, then)

    def _list(self) -> None:
        self.tree.clear()
        if self._theme is None or self._sheet is None or not self._checks:
            return
        right, total = sum(c.right for c in self._checks), sum(c.total for c in self._checks)
        words = self.tr("{0} of {1} printed numbers agree with the computed ones to the last printed digit.")
        words = words.replace("{0}", str(right)).replace("{1}", str(total))
        if right < total:
            words += " " + self.tr("The other {0} are marked ✗.").replace("{0}", str(total - right))
        self.summary.setText(words)
        iterations: dict[int, QTreeWidgetItem] = {}
        for check in self._checks:
            number = check.table.iteration
            if number not in iterations:
                name = self.tr("Iteration {0}").replace("{0}", str(number))
                iterations[number] = QTreeWidgetItem(self.tree, [name])
                iterations[number].setExpanded(True)
            self._add(iterations[number], check, self._sheet, self._theme)

    def _add(self, above: QTreeWidgetItem, check: TableCheck, sheet: Sheet, theme: Theme) -> None:
        wrong = {m.index for m in check.misprints}
        title = f"${symbol(check.table, sheet)}$"
        row = QTreeWidgetItem(above, ["", "", f"{check.right} / {check.total}", WRONG if wrong else RIGHT])
        row.setData(0, SOURCE, title)
        row.setData(0, Qt.ItemDataRole.AccessibleTextRole, check.table.title)
        self._ink(row, theme.wrong if wrong else theme.right)
        for index, text in entries(check.table.printed):
            value = float(check.values[index])
            good = agrees(text, value)
            name = "[" + ", ".join(map(str, index)) + "]"
            one = QTreeWidgetItem(row, [name, text.replace("-", "−"), rounded(value, text), RIGHT if good else WRONG])
            for section in (1, 2):
                one.setTextAlignment(section, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._ink(one, theme.right if good else theme.wrong)
        if check.table.erratum:
            note = QTreeWidgetItem(row, [""])
            note.setData(0, SOURCE, check.table.erratum.strip())
            note.setData(0, NOTE, True)
            note.setFirstColumnSpanned(True)
            note.setToolTip(0, check.table.erratum.strip())
        row.setExpanded(bool(wrong))

    @staticmethod
    def _ink(row: QTreeWidgetItem, colour: str) -> None:
        row.setForeground(3, QBrush(QColor(colour)))
