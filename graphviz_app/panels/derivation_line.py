"""The derivation of the step that is shown: the chain rule, the local derivatives, the numbers, the result."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from graphviz_app.announcing import announce
from graphviz_app.formula_label import FormulaLabel
from graphviz_app.session import State
from graphviz_app.typeset import equation_atoms
from graphviz_models.derivation import derivation
from graphviz_models.formula import tag
from graphviz_models.theme import Theme

SIZE = 19.0  # pixels an em of the formulas, at text scale 1
SPARE = 8  # pixels above and below
SIZES = (1.0, 0.85, 0.7, 0.65)  # of its size, to which a tall formula is reduced, until it fits
REDUCED = 0.7  # of its size: where the tallest one is as small as this, there need be no more room
MOST = 200  # steps that are measured
TALLEST = 0.24  # of the window's height that a long derivation may take


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
        self._parts: tuple[str, ...] = ()  # what is shown, where it is a formula
        self._room = 0  # pixels that the tallest derivation of this program needs, reduced, of those measured
        self._measured: tuple[object, ...] = ()  # what for
        self._next = 0  # the step that is measured next
        self._measuring = QTimer(self, interval=0)
        self._measuring.timeout.connect(self._measure)

    def announce(self) -> None:
        """Say the step to who listens."""
        announce(self, self.label.accessibleName())

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
            self._parts = ()
            self.label.set_markdown(state.hint, self._theme.muted)
        else:
            self._parts = derivation(state.trace, state.at - 1, state.digits, tag).parts
            self.label.set_latex(*self._parts, colour=self._theme.phase_text(state.step.phase))
        self.verticalScrollBar().setValue(0)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    def _bounds(self) -> tuple[int, int]:
        """Room for two fractions at least, and never so much that the graph suffers."""
        scale = self._state.text_scale if self._state is not None else 1.0
        least = int(SIZE * scale * 3.4)
        return least, max(least, int(self.window().height() * TALLEST))

    def _fit(self) -> None:
        """Take the room that the tallest derivation needs, so that the graph does not move from step to step.

        The tallest one is reduced for that, or every other step would leave most of the room empty.
        """
        state = self._state
        if state is None:
            return
        width = self.viewport().width()
        about = (state.program, width, state.text_scale, state.digits)
        if about != self._measured:
            self._measured, self._room, self._next = about, 0, 0
            self._measuring.start()
        size = SIZE * state.text_scale
        least, most = self._bounds()
        if self._parts:
            self._room = max(self._room, self._needed(self._parts))
            height = max(least, min(most, self._room))
            found = next((one for one in SIZES if self._height(self._parts, one) <= height), SIZES[-1])
            self.label.set_size(found * size)  # smaller before it has to be scrolled
        else:
            self._room = max(self._room, self.label.heightForWidth(width) + SPARE)
            height = max(least, min(most, self._room))
        if height != self.height():
            self.setFixedHeight(height)

    def _height(self, parts: tuple[str, ...], size: float) -> int:
        """The pixels that a derivation takes where it is as large as that, of its size."""
        scale = self._state.text_scale if self._state is not None else 1.0
        row = equation_atoms(parts, SIZE * scale * size)
        return self.label.height_of([row], self.viewport().width()) + SPARE

    def _needed(self, parts: tuple[str, ...]) -> int:
        """The room that a derivation needs: none beyond what there is, or that for a reduced one."""
        whole = self._height(parts, 1.0)
        return whole if whole <= self._room else min(whole, self._height(parts, REDUCED))

    def _measure(self) -> None:
        """Measure one step, between two events; the timer stops after the last one or the tallest there is room for."""
        state = self._state
        if state is None or state.trace is None or self._next >= min(len(state.steps), MOST):
            self._measuring.stop()
            return
        parts = derivation(state.trace, self._next, state.digits, tag).parts
        self._next += 1
        needed = self._needed(parts)
        if needed > self._room:
            self._room = needed
            if needed >= self._bounds()[1]:
                self._measuring.stop()
            self._fit()
