"""The inspector: all that is known of one node at this step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from graphviz_app.folding import members
from graphviz_app.formula_label import FormulaLabel
from graphviz_app.panels.panel import Panel
from graphviz_app.session import State
from graphviz_models.formula import tag
from graphviz_models.program import Program
from graphviz_models.read import array_latex, latex
from graphviz_models.theme import Theme

SIZE = 16.0
MANY = 12  # nodes that are named in "used by"

Row = Callable[[State, str, Program], str]


def _symbols(state: State, nodes: tuple[str, ...]) -> str:
    if state.trace is None:
        return ""
    shown = ", ".join(f"${tag(n, state.trace.notation.symbol(n))}$" for n in nodes[:MANY])
    return f"{shown}, … ({len(nodes)})" if len(nodes) > MANY else shown


def _equation(state: State, node: str, program: Program) -> str:
    trace = state.trace
    if trace is None or node not in program.equation or node in program.spelled:  # its title says it
        return ""
    symbol = trace.notation.symbol
    right = latex(program.formula(node), lambda n: tag(n, symbol(n)), constants=symbol, spelled=program.spelled)
    return f"${symbol(node)} = {right}$"


def _value(state: State, node: str, program: Program) -> str:
    value = state.value(node)
    return "" if value is None else f"${array_latex(value, state.digits)}$"


def _delta(state: State, node: str, program: Program) -> str:
    delta = state.delta(node)
    if delta is None or state.trace is None:
        return ""
    return f"${state.trace.notation.delta(node)} = {array_latex(delta, state.digits)}$"


def _shape(state: State, node: str, program: Program) -> str:
    shape = program.shape(node)
    return " × ".join(map(str, shape)) if shape else ""


def _reads(state: State, node: str, program: Program) -> str:
    return _symbols(state, program.equation[node].reads) if node in program.equation else ""


def _used(state: State, node: str, program: Program) -> str:
    return _symbols(state, program.consumers[node])


def _check(state: State, node: str, program: Program) -> str:
    return state.checked.get(node, "")


def _members(state: State, node: str, program: Program) -> str:
    inside = members(program, state.folded, node)
    return _symbols(state, inside[1]) if inside is not None else ""


ROWS: tuple[tuple[str, Row], ...] = (
    ("Equation", _equation),
    ("Value", _value),
    ("Gradient", _delta),
    ("Shape", _shape),
    ("Computed from", _reads),
    ("Used by", _used),
    ("Check", _check),
    ("Takes in", _members),
)


class InspectorPanel(Panel):
    """Shows the selected node, or the one whose step it is."""

    symbol_hovered = Signal(str)
    symbol_clicked = Signal(str)
    edit_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(self.tr("Inspector"))
        around.addWidget(area)
        page = QWidget(area)
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 6, 8, 6)
        self._title = self._label(page)
        column.addWidget(self._title)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        self._rows: list[tuple[str, QLabel, FormulaLabel, Row]] = []
        for number, (name, read) in enumerate(ROWS):
            shown = QCoreApplication.translate("Inspector", name)
            caption, label = QLabel(shown, page), self._label(page)
            if read is _equation:  # needs all the width, and no name
                grid.addWidget(label, number, 0, 1, 2)
            else:
                grid.addWidget(caption, number, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(label, number, 1)
            self._rows.append((shown, caption, label, read))
        column.addLayout(grid)
        self._edit = QPushButton(self.tr("Edit value…"), page)
        self._edit.setAccessibleName(self.tr("Edit the value of this node"))
        self._edit.clicked.connect(self.edit_asked)
        column.addWidget(self._edit, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        area.setWidget(page)
        self._theme: Theme | None = None
        self._shown: tuple[object, ...] = ()

    def sizeHint(self) -> QSize:
        return QSize(320, 230)

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self._shown = ()
        if self.state is not None:
            self.show_state(self.state)

    def fill(self, state: State) -> None:
        """Show the node, with what is known of it after the steps done; nothing is shown before it is computed."""
        for _, _, label, _ in self._rows:
            label.light(state.hovered or "")
        node = state.selected or (state.step.node if state.step is not None else None)
        key = (state.trace, state.at, node, state.digits, state.text_scale, state.checked, state.folded)
        if key == self._shown or self._theme is None:
            return
        self._shown = key
        trace, program = state.trace, state.program
        known = trace is not None and program is not None and node is not None and node in program.names
        inside = None if known or program is None or node is None else members(program, state.folded, node)
        if trace is None or program is None or node is None or not (known or inside):
            self._title.set_markdown(self.tr("Click a node to see what is known of it."), self._theme.muted)
            for _, caption, label, _ in self._rows:
                caption.hide()
                label.hide()
            self._edit.hide()
            return
        self._title.set_size(SIZE * 1.15 * state.text_scale)
        if inside is not None:
            self._title.set_markdown(f"${inside[0]}$ — **{self.tr('folded')}**")
        else:
            role = QCoreApplication.translate("Roles", program.role(node))
            self._title.set_markdown(f"${trace.notation.symbol(node)}$ — **{role}** `{node}`")
        colours = {"Value": self._theme.forward_text, "Gradient": self._theme.backward_text}
        for (name, read), (shown, caption, label, _) in zip(ROWS, self._rows, strict=True):
            text = read(state, node, program) if known or read is _members else ""
            caption.setVisible(bool(text) and name != ROWS[0][0])
            label.setVisible(bool(text))
            if text:
                label.set_size(SIZE * state.text_scale)
                label.set_markdown(text, colours.get(name))
                label.setAccessibleName(f"{shown}: {label.accessibleName()}")
        self._edit.setVisible(state.sheet is not None and node in state.sheet.program.given and node == state.selected)

    def _label(self, page: QWidget) -> FormulaLabel:
        label = FormulaLabel(page, size=SIZE)
        label.symbol_hovered.connect(self.symbol_hovered)
        label.symbol_clicked.connect(self.symbol_clicked)
        return label
