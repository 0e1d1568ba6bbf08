"""All derivations up to the step that is shown, to be read in one go and copied as LaTeX."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from graphviz_app.formula_label import FormulaLabel
from graphviz_app.panels.panel import Panel
from graphviz_app.session import State
from graphviz_models.derivation import derivation
from graphviz_models.formula import tag
from graphviz_models.theme import Theme
from graphviz_models.trace import Trace

LINES = 40  # shown; copying takes all
SIZE = 15.0
DELAY = 100  # milliseconds after the last change of all values


def as_latex(trace: Trace, at: int, digits: int) -> str:
    """The derivations of the first `at` steps as an align* environment, for a document that loads amsmath."""
    rows = [f"  {_aligned(derivation(trace, index, digits).line)}" for index in range(at)]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}\n" if rows else ""


def _aligned(line: str) -> str:
    depth = 0
    for n, character in enumerate(line):
        depth += (character == "{") - (character == "}")
        if character == "=" and depth == 0:
            return f"{line[:n]}&{line[n:]}"
    return f"&{line}"


class DerivationsPanel(Panel):
    """A column of formulas, the newest at the end."""

    symbol_hovered = Signal(str)
    symbol_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setAccessibleName(self.tr("Derivations so far"))
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = QWidget(self._area)
        self._lines = QVBoxLayout(self._page)
        self._lines.setContentsMargins(8, 6, 8, 6)
        self._lines.setSpacing(8)
        self._before = QLabel(self._page)
        self._lines.addWidget(self._before)
        self._lines.addStretch(1)
        self._area.setWidget(self._page)
        column.addWidget(self._area, 1)
        row = QHBoxLayout()
        row.setContentsMargins(6, 0, 6, 6)
        self._copy = QPushButton(self.tr("Copy all as LaTeX"), self)
        self._copy.setAccessibleName(self._copy.text())
        self._copy.clicked.connect(self._copy_all)
        row.addWidget(self._copy)
        row.addStretch(1)
        column.addLayout(row)
        self._labels: list[_Line] = []
        self._later = QTimer(self, singleShot=True, interval=DELAY)
        self._later.timeout.connect(self._list_all)
        self._theme: Theme | None = None
        self._shown: tuple[object, ...] = ()

    def sizeHint(self) -> QSize:
        return QSize(320, 240)

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self._shown = ()
        if self.state is not None:
            self.show_state(self.state)

    def fill(self, state: State) -> None:
        """List the derivations of all steps done; while training runs, those of its end."""
        for label in self._labels:
            label.light(state.hovered or "")
        if self._theme is None or state.training.running:
            return
        key = (state.trace, state.at, state.digits, state.text_scale)
        if key == self._shown:
            return
        if self._shown and self._shown[0] is state.trace and self._shown[2:] == key[2:]:
            self._shown = key
            self._list(state, self._theme, same_trace=True)
        else:  # while the line in the plot is dragged every pixel brings another trace: list the one it stops at
            self._later.start()

    def _list_all(self) -> None:
        if self.state is not None and self._theme is not None:
            state = self.state
            self._shown = (state.trace, state.at, state.digits, state.text_scale)
            self._list(state, self._theme, same_trace=False)

    def _list(self, state: State, theme: Theme, *, same_trace: bool) -> None:
        trace = state.trace
        first = max(0, state.at - LINES)
        wanted = range(first, state.at) if trace is not None else range(0)
        while len(self._labels) < len(wanted):
            label = _Line(self._page)
            label.symbol_hovered.connect(self.symbol_hovered)
            label.symbol_clicked.connect(self.symbol_clicked)
            self._lines.insertWidget(len(self._labels) + 1, label)
            self._labels.append(label)
        for label, index in zip(self._labels, wanted, strict=False):
            if trace is not None and not (same_trace and label.index == index):
                label.set_size(SIZE * state.text_scale)
                made = derivation(trace, index, state.digits, tag)
                label.set_latex(*made.parts, colour=theme.phase_text(trace.steps[index].phase))
                label.index = index
            label.show()
        for label in self._labels[len(wanted) :]:
            label.hide()
        self._before.setText(self.tr("{0} earlier lines").replace("{0}", str(first)))
        self._before.setVisible(first > 0)
        self._copy.setEnabled(state.at > 0)
        # The new line has its place only after the layout has run.
        QTimer.singleShot(0, self, self._to_end)

    def _to_end(self) -> None:
        bar = self._area.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _copy_all(self) -> None:
        state = self.state
        if state is not None and state.trace is not None:
            QApplication.clipboard().setText(as_latex(state.trace, state.at, state.digits))


class _Line(FormulaLabel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, size=SIZE)
        self.index = -1  # of the step that it derives
