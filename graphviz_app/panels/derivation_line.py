"""The derivation of the step that is shown: the chain rule, the local derivatives, the numbers, the result."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from graphviz_app.formula_label import FormulaLabel
from graphviz_app.session import State
from graphviz_models.derivation import derivation
from graphviz_models.formula import tag
from graphviz_models.theme import Theme

SIZE = 19.0  # pixels an em of the formulas, at text scale 1
TALLEST = 0.28  # of the window's height that a long derivation may take


class DerivationLine(QScrollArea):
    """One formula, as wide as the graph; what does not fit on a line goes to the next."""

    symbol_hovered = Signal(str)
    symbol_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = FormulaLabel(self, size=SIZE)
        self.label.symbol_hovered.connect(self.symbol_hovered)
        self.label.symbol_clicked.connect(self.symbol_clicked)
        self.setWidget(self.label)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewportMargins(10, 2, 8, 4)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Derivation of this step"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        copy = QAction(self.tr("Copy LaTeX"), self)
        copy.triggered.connect(lambda: QApplication.clipboard().setText(self.label.source))
        self.addAction(copy)
        self._theme: Theme | None = None
        self._shown: tuple[object, ...] = ()
        self._state: State | None = None
        self.label.installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self._shown = ()
        if self._state is not None:
            self.show_state(self._state)

    def show_state(self, state: State) -> None:
        """Show the last step's derivation; before the first step, how to begin."""
        self._state = state
        self.label.light(state.hovered or "")
        key = (state.trace, state.at, state.digits, state.text_scale, state.hint)
        if key == self._shown or self._theme is None:
            return
        self._shown = key
        self.label.set_size(SIZE * state.text_scale)
        if state.trace is None or state.step is None:
            self.label.set_markdown(state.hint, self._theme.muted)
        else:
            made = derivation(state.trace, state.at - 1, state.digits, tag)
            self.label.set_latex(*made.parts, colour=self._theme.phase_text(state.step.phase))
        self.verticalScrollBar().setValue(0)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return False

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    def _fit(self) -> None:
        """Room for the formula, but never so much that the graph suffers; at least for two fractions."""
        scale = self._state.text_scale if self._state is not None else 1.0
        least = int(SIZE * scale * 3.4)
        most = max(least, int(self.window().height() * TALLEST))
        wanted = self.label.heightForWidth(self.viewport().width()) + 8
        height = max(least, min(most, wanted))
        if height != self.height():
            self.setFixedHeight(height)
