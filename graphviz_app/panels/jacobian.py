"""Jacobians: any two nodes, immediate beside total; along a recurrence step by step, and gradients as they grow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, QStringListModel, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QTabBar, QVBoxLayout, QWidget

from graphviz_app.background import Background
from graphviz_app.panels.formula_page import FormulaPage, Row
from graphviz_app.panels.jacobian_rows import SIZE, Asked, default_pair, growing, stepwise, two_nodes
from graphviz_app.panels.panel import Panel
from graphviz_app.session import State
from graphviz_models.jacobians import Recurrence, recurrences, shared
from graphviz_models.program import Program
from graphviz_models.theme import Theme

TWO, STEPS, GROWTH = range(3)


class JacobianPanel(Panel):
    """What is asked for above, the formulas below."""

    symbol_hovered = Signal(str)
    symbol_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.views = QTabBar(self)
        self.views.setAccessibleName(self.tr("What is shown of Jacobians"))
        for title in (self.tr("Two nodes"), self.tr("Each step"), self.tr("Growing gradients")):
            self.views.addTab(title)
        self.views.setDrawBase(False)
        self.views.setExpanding(False)
        self.views.currentChanged.connect(lambda _: self._choose())
        column.addWidget(self.views)
        column.addWidget(self._pair_row())
        column.addWidget(self._step_row())
        self.page = FormulaPage(self.tr("Jacobians"), self)
        self.page.symbol_hovered.connect(self.symbol_hovered)
        self.page.symbol_clicked.connect(self.symbol_clicked)
        column.addWidget(self.page, 1)
        self._work = Background(self)
        self._program: Program | None = None
        self._recurrences: tuple[Recurrence, ...] = ()
        self._selected: str | None = None
        self._shown: tuple[object, ...] = ()

    def sizeHint(self) -> QSize:
        return QSize(320, 260)

    def applies(self, state: State) -> bool:
        """Every model has derivatives."""
        return state.program is not None

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.page.set_theme(theme)
        self._shown = ()
        if self.state is not None:
            self.show_state(self.state)

    def fill(self, state: State) -> None:
        """Show the Jacobians at the values of the state; while training runs, those of its end."""
        self.page.light(state.hovered or "")
        trace = state.trace
        if trace is None or state.training.running:
            return
        if trace.program is not self._program:
            self._offer(trace.program)
        if state.selected != self._selected:
            self._selected = state.selected
            self._take(default_pair(trace.program, state.selected, self._recurrences))
        view = self.views.currentIndex()
        at = state.at if view == GROWTH else 0  # nothing else depends on the step
        asked = Asked(trace, self.of.currentText(), self.wrt.currentText(), self._chosen(), self.step.value(), at,
                      state.digits)  # fmt: skip
        key = (asked, view, state.text_scale)
        if key == self._shown:
            return
        self._shown = key
        make = (two_nodes, stepwise, growing)[view]
        size = SIZE * state.text_scale

        def then(rows: Sequence[Row]) -> None:
            if self._shown == key:
                self.page.show_rows(rows, size)

        self._work.submit(lambda: make(asked), then)

    def close_work(self) -> None:
        """Forget what is being computed."""
        self._work.drop(2.0)

    def _offer(self, program: Program) -> None:
        """Take the nodes and recurrences of another program."""
        before = self._program
        self._program = program
        self._recurrences = recurrences(program) if program.level == "variables" else ()
        self.views.setTabVisible(STEPS, bool(self._recurrences))
        self.views.setTabVisible(GROWTH, program.level == "variables" and bool(shared(program)))
        kept = (self.of.currentText(), self.wrt.currentText())
        for box, names in ((self.of, tuple(program.equation)), (self.wrt, program.names)):
            box.blockSignals(True)
            box.setModel(QStringListModel([n for n in names if program.is_real(n)], box))
            box.blockSignals(False)
        alike = before is not None and before.names == program.names
        self._selected = self.state.selected if self.state is not None else None
        self._take(kept if alike else default_pair(program, self._selected, self._recurrences))
        self.family.blockSignals(True)
        self.family.clear()
        self.family.addItems([r.family for r in self._recurrences])
        self.family.blockSignals(False)
        self._bound_step()
        self._show_rows_of_view()

    def _take(self, pair: tuple[str, str]) -> None:
        for box, name in zip((self.of, self.wrt), pair, strict=True):
            box.blockSignals(True)
            box.setCurrentIndex(max(0, box.findText(name)))
            box.blockSignals(False)

    def _chosen(self) -> Recurrence | None:
        at = self.family.currentIndex()
        return self._recurrences[at] if 0 <= at < len(self._recurrences) else None

    def _bound_step(self) -> None:
        chosen = self._chosen()
        last = len(chosen.steps) if chosen is not None else 1
        self.step.blockSignals(True)
        self.step.setRange(1, last)
        self.step.setSuffix(self.tr(" of {0}").replace("{0}", f"{last:,}"))
        self.step.blockSignals(False)

    def _choose(self) -> None:
        self._bound_step()
        self._show_rows_of_view()
        if self.state is not None and self._program is not None:
            self.show_state(self.state)

    def _show_rows_of_view(self) -> None:
        view = self.views.currentIndex()
        self._pair.setVisible(view == TWO)
        self._steps.setVisible(view == STEPS)
        self.family.setVisible(len(self._recurrences) > 1)

    def _pair_row(self) -> QWidget:
        self._pair = QWidget(self)
        row = QHBoxLayout(self._pair)
        row.setContentsMargins(8, 4, 8, 0)
        self.of, self.wrt = QComboBox(self._pair), QComboBox(self._pair)
        for box, sign, name in (
            (self.of, "∂", self.tr("Node that is differentiated")),
            (self.wrt, "/ ∂", self.tr("Node by which it is differentiated")),
        ):
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(5)
            box.setMaxVisibleItems(20)
            box.currentIndexChanged.connect(lambda _: self._choose())
            row.addWidget(QLabel(sign, self._pair))
            row.addWidget(box, 1)
        return self._pair

    def _step_row(self) -> QWidget:
        self._steps = QWidget(self)
        row = QHBoxLayout(self._steps)
        row.setContentsMargins(8, 4, 8, 0)
        self.family = QComboBox(self._steps)
        self.family.setAccessibleName(self.tr("State"))
        self.family.setToolTip(self.tr("State"))
        self.family.currentIndexChanged.connect(lambda _: self._choose())
        self.step = QSpinBox(self._steps)
        self.step.setAccessibleName(self.tr("Step of the recurrence"))
        self.step.setToolTip(self.tr("Step of the recurrence"))
        self.step.valueChanged.connect(lambda _: self._choose())
        row.addWidget(self.family)
        row.addWidget(QLabel(self.tr("Step"), self._steps))
        row.addWidget(self.step)
        row.addStretch(1)
        return self._steps
