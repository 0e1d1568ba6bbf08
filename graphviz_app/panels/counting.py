"""The cost panel: what a gradient costs, counted and by formula, over depth and width, and the paths one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication, QSize, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from graphviz_app.background import Background
from graphviz_app.panels.bars import Bar, Bars, whole, whole_latex
from graphviz_app.panels.formula_page import SIZE, Equation, Figure, FormulaPage, Row, Text
from graphviz_app.panels.panel import Panel
from graphviz_app.session import State
from graphviz_models.cost import FORMULAS, Cost, Net, Path, Paths, cost, curves, fully_connected
from graphviz_models.formula import tag
from graphviz_models.picture.weights import weights
from graphviz_models.problem import Problems
from graphviz_models.program import Program
from graphviz_models.program.layers import between
from graphviz_models.program.levels import parameters
from graphviz_models.program.neurons import entry_name
from graphviz_models.read import number_latex
from graphviz_models.theme import Theme
from graphviz_models.trace import Trace

if TYPE_CHECKING:
    from graphviz_app.panels.chart import CostChart

MOST_LINKS = 12  # of a path that are written out
STRIDE = 0.6180339887498949  # of all paths lie between one that is shown and the next: they differ early


@dataclass(frozen=True, eq=False)
class Counted:
    """What was found of a program: its counts, the net that it is, or why it cannot be counted."""

    cost: Cost | None = None
    net: Net | None = None
    refused: str = ""


def counted(program: Program) -> Counted:
    """Count a program at the variables level."""
    try:
        return Counted(cost(program), fully_connected(program))
    except Problems as problems:
        return Counted(refused=problems.problems[0].message)


def path_parts(path: Path, trace: Trace, digits: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A path in LaTeX: its nodes with arrows, and its product with factors and result."""
    symbol = trace.notation.symbol
    nodes = [tag(origin, symbol(name)) for name, origin in zip(path.nodes, path.origins, strict=True)]
    factors = [number_latex(link.slope, digits) for link in path.links]
    factors = [f"({factor})" if factor.startswith("-") and n else factor for n, factor in enumerate(factors)]
    if len(factors) > MOST_LINKS:
        nodes = [*nodes[: MOST_LINKS - 2], r"\cdots", nodes[-1]]
        factors = [*factors[: MOST_LINKS - 2], r"\cdots", factors[-1]]
    product = (r" \cdot ".join(factors), number_latex(path.product, digits))
    return (r" \to ".join(nodes),), product if len(factors) > 1 else product[1:]


class CountingPanel(Panel):
    """Bars, one path, formulas beside the counts, curves; everything is counted aside, when it is looked at."""

    symbol_hovered = Signal(str)
    symbol_clicked = Signal(str)
    path_lit = Signal(object)  # the nodes of the graph that lie on it, in order

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._buttons())
        self.page = FormulaPage(self.tr("Counting multiplications"), self)
        self.page.symbol_hovered.connect(self.symbol_hovered)
        self.page.symbol_clicked.connect(self.symbol_clicked)
        column.addWidget(self.page, 1)
        self.chart: CostChart | None = None
        self._work, self._walk = Background(self), Background(self)
        self._theme: Theme | None = None
        self._program: Program | None = None
        self._found = Counted()
        self._paths: tuple[Trace, Paths] | None = None
        self._path: Path | None = None
        self._number = 0
        self._plots = False
        self._shown: tuple[object, ...] = ()

    def sizeHint(self) -> QSize:
        return QSize(320, 260)

    def applies(self, state: State) -> bool:
        """There is something to count where there are parameters."""
        return state.sheet is not None and any(g.role == "parameter" for g in state.sheet.program.given.values())

    def allow_plots(self) -> None:
        """Say that the library of the plots is loaded."""
        self._plots = True
        self._shown = ()
        if self.state is not None:
            self.show_state(self.state)

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.page.set_theme(theme)
        if self.chart is not None:
            self.chart.set_theme(theme)
        self._shown = ()
        if self.state is not None:
            self.show_state(self.state)

    def fill(self, state: State) -> None:
        """Count the sheet's program, once; the shape of the cost does not depend on the values."""
        self.page.light(state.hovered or "")
        if state.sheet is None or self._theme is None:
            return
        program = state.sheet.program
        if program is not self._program:
            self._program, self._found, self._paths, self._path, self._number = program, Counted(), None, None, 0

            def then(found: Counted) -> None:
                if self._program is program:
                    self._found = found
                    self._show()

            self._work.submit(lambda: counted(program), then)
        if self._path is not None and self._paths is not None and self._paths[0] is not state.trace:
            self._path, self._paths = None, None
        self._show()

    def close_work(self) -> None:
        """Forget what is being counted."""
        self._work.drop(2.0)
        self._walk.drop(2.0)

    def _show(self) -> None:
        state, theme = self.state, self._theme
        if state is None or theme is None or state.trace is None:
            return
        key = (self._found, self._path, state.digits, state.text_scale, self.over.currentData())
        if key == self._shown:
            return
        self._shown = key
        found = self._found
        self.button.setEnabled(found.cost is not None and found.cost.paths > 0)
        self.over.setVisible(found.net is not None)
        rows = [
            *self._path_rows(state.trace, state.digits),
            *self._count_rows(found, theme),
            *self._formula_rows(found),
        ]
        if found.refused:
            rows = [(Text(f"{found.refused}.", "muted"),)]
        elif found.cost is None:
            rows = [(Text(self.tr("Counting…"), "muted"),)]
        self.page.show_rows(rows, SIZE * state.text_scale)
        self._draw(found.net, theme)

    def _count_rows(self, found: Counted, theme: Theme) -> list[Row]:
        counts = found.cost
        if counts is None:
            return []
        bars = (
            Bar(self.tr("Parameters"), counts.parameters, "muted"),
            Bar(self.tr("Multiplications, backward"), counts.backward, "forward"),
            Bar(self.tr("Multiplications, sum over paths"), counts.path_sum, "backward", hatched=True),
            Bar(self.tr("Paths from parameters to the loss"), counts.paths, "muted"),
        )
        name = self.tr("Cost of one gradient")
        return [(Figure((bars, theme.name), lambda parent: Bars(name, bars, theme, parent)),)]

    def _formula_rows(self, found: Counted) -> list[Row]:
        net, counts = found.net, found.cost
        if net is None or counts is None:
            return []
        words = self.tr("**A fully connected net** with $d = {0}$, $n = {1}$, $L = {2}$, $c = {3}$:")
        for n, value in enumerate((net.d, net.n, net.layers, net.c)):
            words = words.replace(f"{{{n}}}", str(value))
        rows: list[Row] = [(Text(words),)]
        for formula in FORMULAS:
            title = QCoreApplication.translate("Cost", formula.title)
            value = formula.value(net)
            said = ""
            if formula.counted is not None:
                right = formula.counted(counts) == value
                said = " — " + self.tr("counted {0} {1}").replace("{0}", whole(formula.counted(counts))).replace(
                    "{1}", "✓" if right else "✗"
                )
            rows.append((Text(f"{title}{said}", "muted"),))
            rows.append((Equation((formula.latex, whole_latex(value))),))
        return rows

    def _path_rows(self, trace: Trace, digits: int) -> list[Row]:
        path = self._path
        if path is None or self._paths is None:
            return []
        start = tag(path.origins[0], trace.notation.symbol(path.nodes[0]))
        told = self.tr("**Path {0} of {1}**, and its product:")
        told = told.replace("{0}", whole(self._number + 1)).replace("{1}", whole(self._paths[1].total))
        nodes, product = path_parts(path, trace, digits)
        if path.beside == 1:
            words = self.tr("It is the only path from ${0}$: the product is the gradient.")
        else:
            words = self.tr("It is one of {1} paths from ${0}$; the sum of their products is the gradient, ${2}$.")
        words = words.replace("{0}", start).replace("{1}", whole(path.beside))
        words = words.replace("{2}", number_latex(path.gradient, digits))
        return [
            (Text(told, "backward_text"),),
            (Equation(nodes, "backward_text"),),
            (Equation(product, "backward_text"),),
            (Text(words, "muted"),),
        ]

    def _draw(self, net: Net | None, theme: Theme) -> None:
        if net is not None and self.chart is None and self._plots:
            from graphviz_app.panels.chart import CostChart

            self.chart = CostChart(self)
            self.chart.set_theme(theme)
            self.page.add_below(self.chart)
        if self.chart is None:
            return
        self.chart.setVisible(net is not None)
        if net is not None:
            over: Literal["depth", "width"] = self.over.currentData()
            own, label = (
                (net.layers, self.tr("hidden layers L")) if over == "depth" else (net.n, self.tr("units n of a layer"))
            )
            names = (self.tr("backpropagation"), self.tr("sum over paths"))
            self.chart.show_curves(curves(net, over), own, label, names)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(8, 2, 8, 4)
        self.button = QPushButton(self.tr("Show a path"), self)
        self.button.setAccessibleName(self.button.text())
        self.button.setToolTip(self.tr("Light up a path from a parameter to the loss, another one each time"))
        self.button.clicked.connect(self._next_path)
        row.addWidget(self.button)
        row.addStretch(1)
        self.over = QComboBox(self)
        self.over.setAccessibleName(self.tr("What the curves are drawn over"))
        self.over.addItem(self.tr("Curves over depth"), "depth")
        self.over.addItem(self.tr("Curves over width"), "width")
        self.over.currentIndexChanged.connect(lambda _: self._show())
        row.addWidget(self.over)
        return row

    def _next_path(self) -> None:
        state, program = self.state, self._program
        if state is None or state.trace is None or program is None:
            return
        trace, kept = state.trace, self._paths

        def work() -> tuple[Paths, int, Path] | None:
            try:
                paths = kept[1] if kept is not None else Paths(program, parameters(trace.program, trace.values))
            except Problems:
                return None
            stride = max(1, round(paths.total * STRIDE)) if paths.total < 2**53 else paths.total * 618 // 1000
            number = (self._number + stride) % paths.total if kept is not None else 0
            return paths, number, paths.path(number)

        def then(made: tuple[Paths, int, Path] | None) -> None:
            if self.state is None or self.state.trace is not trace:
                return
            if made is None:
                self.page.show_rows([(Text(self.tr("The scalar graph is too large to follow paths in it."), "muted"),)])
                return
            paths, self._number, self._path = made
            self._paths = (trace, paths)
            self._show()
            self.page.verticalScrollBar().setValue(0)
            self.path_lit.emit(_seen(self._path, trace.program))

        self._walk.submit(work, then)


def _seen(path: Path, shown: Program) -> tuple[str, ...]:
    """The nodes of the graph as it is shown that lie on a path; a weight that is drawn on an edge brings its edge."""
    if shown.level != "neurons":
        return tuple(dict.fromkeys(path.origins))
    on_edge = weights(shown).get(path.nodes[0])
    found = [on_edge.source] if on_edge is not None else []
    rest = list(zip(path.nodes, path.origins, strict=True))[len(found) :]
    if on_edge is not None and shown.entries[on_edge.target][0] in shown.unnamed:
        found.append(on_edge.target)
    for name, origin in rest:
        index = name[len(origin) :].strip("[]")
        at = tuple(int(part) for part in index.split(",")) if index else ()
        # A graph of neurons may keep its samples in one node: their axis is the first or the last.
        places = (entry_name(origin, at), entry_name(origin, at[:-1]), entry_name(origin, at[1:]))
        place = next((place for place in places if place in shown.given or place in shown.equation), None)
        if place is not None:
            found += [*(between(shown, found[-1], place) if found else ()), place]
    return tuple(found)
