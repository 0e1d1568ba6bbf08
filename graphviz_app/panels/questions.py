"""The exercise as the sheet asks it: description, sub-questions with answers on demand, and the errors of the print."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from graphviz_app.answers import answer_text, erratum_text
from graphviz_app.formula_label import FormulaLabel
from graphviz_app.panels.panel import Panel
from graphviz_app.session import State
from graphviz_models.sheet import Sheet
from graphviz_models.theme import Theme

SIZE = 15.0


@dataclass
class _Answer:
    button: QPushButton
    label: FormulaLabel
    text: str
    label_text: str

    def toggle(self, shown: bool) -> None:
        """Show or hide the answer; it is typeset when it is first asked for."""
        if shown and not self.label.source:
            self.label.set_markdown(self.text)
        self.label.setVisible(shown)
        self.button.setText(self.label_text.split("|")[1 if shown else 0])


class QuestionsPanel(Panel):
    """A page of text and formulas; every answer stays hidden until its button is pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(self.tr("Questions of the exercise"))
        column.addWidget(self._area)
        self._answers: list[_Answer] = []
        self._theme: Theme | None = None
        self._shown: tuple[object, ...] = ()

    def sizeHint(self) -> QSize:
        return QSize(320, 260)

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self._shown = ()
        if self.state is not None:
            self.show_state(self.state)

    def fill(self, state: State) -> None:
        """Show the sheet's questions."""
        key = (state.sheet, state.text_scale)
        if key == self._shown or self._theme is None:
            return
        opened = [a.label.isVisibleTo(self) for a in self._answers]
        same = bool(self._shown) and self._alike(self._shown[0], state.sheet)
        self._shown = key
        place = self._area.verticalScrollBar().value()
        self._area.setWidget(self._page(state.sheet, self._theme, SIZE * state.text_scale))
        if same:  # the text was edited elsewhere: what was open stays open
            for answer, was in zip(self._answers, opened, strict=False):
                answer.button.setChecked(was)
            self._area.verticalScrollBar().setValue(place)

    @staticmethod
    def _alike(old: object, new: Sheet | None) -> bool:
        return (
            isinstance(old, Sheet)
            and new is not None
            and [q.text for q in old.questions] == [q.text for q in new.questions]
        )

    def _page(self, sheet: Sheet | None, theme: Theme, size: float) -> QWidget:
        page = QWidget(self._area)
        rows = QVBoxLayout(page)
        rows.setContentsMargins(8, 6, 8, 8)
        rows.setSpacing(6)
        self._answers = []
        if sheet is not None:
            self._text(rows, page, f"**{sheet.title}**" if sheet.title else "", size)
            self._text(rows, page, sheet.source, size, theme.muted)
            self._text(rows, page, sheet.description, size)
            for question in sheet.questions:
                self._text(rows, page, f"**{question.label}** {question.text}", size)
                self._answer(rows, page, answer_text(question, sheet), size, theme, question.label)
            if sheet.errata:
                self._text(rows, page, f"**{self.tr('Other errors of the print')}**", size)
            for erratum in sheet.errata:
                self._text(rows, page, erratum_text(erratum, sheet), size)
        rows.addStretch(1)
        return page

    def _text(self, rows: QVBoxLayout, page: QWidget, text: str, size: float, colour: str | None = None) -> None:
        if text.strip():
            label = FormulaLabel(page, size=size)
            label.set_markdown(text, colour)
            rows.addWidget(label)

    def _answer(self, rows: QVBoxLayout, page: QWidget, text: str, size: float, theme: Theme, which: str) -> None:
        if not text:
            return
        button = QPushButton(self.tr("Show answer"), page)
        button.setCheckable(True)
        button.setAccessibleName(self.tr("Answer to {0}").replace("{0}", which))
        label = FormulaLabel(page, size=size)
        label.hide()
        answer = _Answer(button, label, text, f"{self.tr('Show answer')}|{self.tr('Hide answer')}")
        button.toggled.connect(answer.toggle)
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch(1)
        rows.addLayout(row)
        rows.addWidget(label)
        self._answers.append(answer)
