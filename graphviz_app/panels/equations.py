"""The text of the model: its equations, or the whole file, with line numbers and a wave line under what is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPlainTextEdit, QTextEdit, QToolButton, QVBoxLayout, QWidget

from graphviz_app.highlighting import Colours, Highlighting
from graphviz_app.session import Session, State
from graphviz_models.problem import Problem

DELAY = 300  # milliseconds after the last key
_BLOCK = re.compile(r"^[ \t]*equations[ \t]*=[ \t]*(\"{3}|'{3})(?:[ \t]*\r?\n)?(.*?)\1", re.S | re.M)


def equations_part(text: str) -> tuple[int, int] | None:
    """Where the equations stand in a model file, as offsets; None where they are not written between triple quotes."""
    found = _BLOCK.search(text)
    return found.span(2) if found else None


class _Numbers(QWidget):
    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:
        return QSize(self._editor.numbers_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._editor.paint_numbers(event)


class Editor(QPlainTextEdit):
    """A plain text field whose line numbers begin at `first_line`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first_line = 1
        self._numbers = _Numbers(self)
        font = QFont()  # as large as all other text is, and becomes
        font.setFamilies(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).families())
        self.setFont(font)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)  # Tab must lead out of the field again, for the keyboard
        self.setUndoRedoEnabled(False)  # undo covers more than the text: the session does it
        self.blockCountChanged.connect(lambda _: self._make_room())
        self.updateRequest.connect(self._scrolled)
        self._make_room()

    def numbers_width(self) -> int:
        """Room for the numbers, in pixels."""
        digits = len(str(self.first_line + self.blockCount()))
        return 14 + self.fontMetrics().horizontalAdvance("9") * max(2, digits)

    def number_from(self, line: int) -> None:
        """Begin the numbers at a line of the file."""
        self.first_line = line
        self._make_room()
        self._numbers.update()

    def paint_numbers(self, event: QPaintEvent) -> None:
        """Paint the line numbers beside the text."""
        painter = QPainter(self._numbers)
        painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.AlternateBase))
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= event.rect().bottom():
            height = self.blockBoundingRect(block).height()
            box = QRect(0, int(top), self._numbers.width() - 6, int(height))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, str(self.first_line + block.blockNumber()))
            top += height
            block = block.next()
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        inside = self.contentsRect()
        self._numbers.setGeometry(QRect(inside.left(), inside.top(), self.numbers_width(), inside.height()))

    def _make_room(self) -> None:
        self.setViewportMargins(self.numbers_width(), 0, 0, 0)
        inside = self.contentsRect()
        self._numbers.setGeometry(QRect(inside.left(), inside.top(), self.numbers_width(), inside.height()))

    def _scrolled(self, box: QRect, dy: int) -> None:
        if dy:
            self._numbers.scroll(0, dy)
        else:
            self._numbers.update(0, box.y(), self._numbers.width(), box.height())


class EquationsPanel(QWidget):
    """Edits the document: its equations alone, or all of the file. What is typed is read 300 ms after the last key."""

    typed = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._text = ""
        self._whole = False
        self._problems: Sequence[Problem] | None = None
        self._sheet: object = None
        self._wrong = QColor("#c00000")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(4, 2, 4, 2)
        row.setSpacing(2)
        self._choices = QButtonGroup(self)
        for number, (text, tip) in enumerate(
            (
                (self.tr("Equations"), self.tr("Show the equations alone")),
                (self.tr("Whole file"), self.tr("Show the whole model file: values, targets, training, questions")),
            )
        ):
            button = QToolButton(self)
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(text)
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setChecked(number == 0)
            self._choices.addButton(button, number)
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self.editor = Editor(self)
        self.editor.setAccessibleName(self.tr("Equations of the model"))
        self.editor.setPlaceholderText(self.tr("y = w*x"))
        column.addWidget(self.editor)
        self._highlighting = Highlighting(self.editor.document())
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self.commit)
        self._choices.idClicked.connect(lambda n: self.show_whole(bool(n)))
        self.editor.textChanged.connect(self._timer.start)

    def set_colours(self, colours: Colours, wrong: str) -> None:
        """Take a theme's colours."""
        self._wrong = QColor(wrong)
        self._highlighting.set_colours(colours)
        self._mark()

    def show_state(self, state: State) -> None:
        """Show the text and its problems; where the cursor stands is left alone."""
        if state.text != self._text:
            self._text = state.text
            self._fill()
        self._highlighting.hold(state.reading)
        if state.sheet is not self._sheet:
            self._sheet = state.sheet
            program = state.sheet.program if state.sheet is not None else None
            self._highlighting.set_roles({n: program.role(n) for n in program.names} if program is not None else {})
        if state.problems is not self._problems:
            self._problems = state.problems
            self._mark()

    def show_whole(self, whole: bool) -> None:
        """Show all of the file, or its equations."""
        self.commit()
        self._whole = whole
        if button := self._choices.button(int(whole)):
            button.setChecked(True)
        self._fill()
        self._mark()

    def go_to(self, line: int, column: int) -> None:
        """Put the cursor at a place of the file; where it lies outside the equations the whole file is shown."""
        first, last = self._lines()
        if not first <= line <= last:
            self.show_whole(True)
            first, last = self._lines()
        block = self.editor.document().findBlockByNumber(max(0, line - first))
        cursor = QTextCursor(block)
        cursor.movePosition(
            QTextCursor.MoveOperation.Right,
            QTextCursor.MoveMode.MoveAnchor,
            max(0, min(column - 1, block.length() - 1)),
        )
        self.editor.setTextCursor(cursor)
        self.editor.centerCursor()
        self.editor.setFocus()

    def commit(self) -> None:
        """Hand over at once what was typed."""
        self._timer.stop()
        part = self._part()
        shown = self.editor.toPlainText()
        if shown != self._shown_text():
            text = shown if part is None else self._text[: part[0]] + shown + self._text[part[1] :]
            self._text = text
            self._session.edit(text)

    def _part(self) -> tuple[int, int] | None:
        if self._whole:
            return None
        found = equations_part(self._text)
        if found is None:
            return None
        start, end = found
        # The newline that ends the last equation stays outside, or the field would end in an empty line.
        if end > start and self._text[end - 1] == "\n":
            end -= 1
        return start, end

    def _shown_text(self) -> str:
        part = self._part()
        text = self._text if part is None else self._text[part[0] : part[1]]
        return text.replace("\r\n", "\n")

    def _lines(self) -> tuple[int, int]:
        part = self._part()
        first = 1 if part is None else self._text.count("\n", 0, part[0]) + 1
        return first, first + self.editor.blockCount() - 1

    def _fill(self) -> None:
        shown, old = self._shown_text(), self.editor.toPlainText()
        self.editor.blockSignals(True)
        if shown != old:
            self._highlighting.wait()
            # Only what differs is replaced, so that the cursor and the place in the text stay.
            start = 0
            while start < min(len(shown), len(old)) and shown[start] == old[start]:
                start += 1
            end = 0
            while end < min(len(shown), len(old)) - start and shown[-1 - end] == old[-1 - end]:
                end += 1
            cursor = QTextCursor(self.editor.document())
            cursor.setPosition(_units(old[:start]))
            cursor.setPosition(_units(old[: len(old) - end]), QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(shown[start : len(shown) - end])
            if not old:
                self.editor.moveCursor(QTextCursor.MoveOperation.Start)
        self.editor.number_from(self._lines()[0])
        self.editor.blockSignals(False)
        self.editor.viewport().update()
        self._timer.stop()

    def _mark(self) -> None:
        first, last = self._lines()
        marks = []
        for problem in self._problems or ():
            if not first <= problem.line <= last:
                continue
            block = self.editor.document().findBlockByNumber(problem.line - first)
            cursor = QTextCursor(block)
            line = block.text()
            at = max(0, min(problem.column - 1, max(0, len(line) - 1)))
            cursor.setPosition(block.position() + at)
            word = re.compile(r"[A-Za-z_Α-ω]\w*|\d+(?:\.\d*)?|\S").match(line, at)
            length = max(1, word.end() - at if word else 1)
            cursor.setPosition(block.position() + min(at + length, max(len(line), at)), QTextCursor.MoveMode.KeepAnchor)
            selection = QTextEdit.ExtraSelection()
            wave = QTextCharFormat()
            wave.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            wave.setUnderlineColor(self._wrong)
            wave.setToolTip(problem.message)
            selection.format = wave
            selection.cursor = cursor
            marks.append(selection)
        self.editor.setExtraSelections(marks)


def _units(text: str) -> int:
    """How many of Qt's UTF-16 units a text takes."""
    return len(text.encode("utf-16-le")) // 2
