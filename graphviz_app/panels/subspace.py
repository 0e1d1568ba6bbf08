"""A linear autoencoder beside principal components: cost over iterations, learned subspace, what centring changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QTabBar, QVBoxLayout, QWidget

from graphviz_app.background import Background
from graphviz_app.panels.formula_page import SIZE, Equation, FormulaPage, Row, Text
from graphviz_app.panels.panel import Panel
from graphviz_app.session import State
from graphviz_app.training import Trainer
from graphviz_models.expr import Array
from graphviz_models.notation import Notation
from graphviz_models.program import Program
from graphviz_models.program.levels import parameters
from graphviz_models.read import array_latex, number, number_latex
from graphviz_models.subspace import (
    Autoencoder,
    Principal,
    angles,
    autoencoder,
    centred,
    cost,
    descend,
    principal,
    safe_rate,
    span,
)
from graphviz_models.theme import Theme

if TYPE_CHECKING:
    from graphviz_app.panels.chart import DescentChart, SubspaceChart

SHIFT = 3.0  # that the data are moved by, along the second axis
MOST_ITERATIONS = 2000  # of a training on other data than the file's
COST, PLANE = range(2)


@dataclass(frozen=True)
class Asked:
    """Whose autoencoder, and of what data: those of the file, moved, centred."""

    program: Program
    model: Autoencoder
    moved: bool
    centre: bool
    optimizer: str
    rate: float
    iterations: int

    @property
    def before(self) -> Array:
        """The data before they are centred, (d, N)."""
        data: Array = self.program.given[self.model.data].value
        if self.moved:
            data = data.copy()
            data[min(1, len(data) - 1)] += SHIFT
        return data

    @property
    def data(self) -> Array:
        """The data that are looked at, (d, N)."""
        return centred(self.before) if self.centre else self.before

    @property
    def as_given(self) -> bool:
        """Whether these are the data of the file, so that the training in the window is theirs."""
        return bool(np.array_equal(self.data, self.program.given[self.model.data].value))


@dataclass(frozen=True, eq=False)
class Learned:
    """A training: its losses, the matrices at the iteration `at` (None: the end), and the rate that was used."""

    iterations: Array
    losses: Array
    encoder: Array
    decoder: Array
    at: int | None
    rate: float


def trained_aside(asked: Asked) -> Learned:
    """The training on data that are not the file's, at a rate that does not diverge on them."""
    rate = safe_rate(asked.rate, principal(asked.data, asked.model.scale))
    count = min(asked.iterations, MOST_ITERATIONS)
    history = descend(asked.program, asked.model, asked.data, asked.optimizer, rate, count)
    found = history.parameters
    return Learned(
        np.arange(len(history.losses), dtype=np.float64), np.array(history.losses), found[asked.model.encoder],
        found[asked.model.decoder], None, rate,
    )  # fmt: skip


class SubspacePanel(Panel):
    """Two charts, one at a time, and below them what they show in numbers."""

    def __init__(self, trainer: Trainer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trainer = trainer
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.views = QTabBar(self)
        self.views.setAccessibleName(self.tr("What is shown of the autoencoder"))
        self.views.addTab(self.tr("Cost"))
        self.views.addTab(self.tr("Data and subspace"))
        self.views.setDrawBase(False)
        self.views.setExpanding(False)
        self.views.currentChanged.connect(lambda _: self._show())
        column.addWidget(self.views)
        column.addLayout(self._switches())
        self._charts = QVBoxLayout()
        column.addLayout(self._charts, 3)
        self.page = FormulaPage(self.tr("Autoencoder and principal components"), self)
        self.page.setMinimumHeight(70)
        column.addWidget(self.page, 2)
        self.descent: DescentChart | None = None
        self.plane: SubspaceChart | None = None
        self._work = Background(self)
        self._theme: Theme | None = None
        self._program: Program | None = None
        self._model: Autoencoder | None = None
        self._aside: tuple[Asked, Learned] | None = None
        self._plots = False
        self._shown: tuple[object, ...] = ()

    def sizeHint(self) -> QSize:
        return QSize(320, 300)

    def applies(self, state: State) -> bool:
        """Only a linear autoencoder has principal components."""
        return state.sheet is not None and self._recognised(state.sheet.program) is not None

    def allow_plots(self) -> None:
        """Say that the library of the plots is loaded."""
        self._plots = True
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.page.set_theme(theme)
        for chart in (self.descent, self.plane):
            if chart is not None:
                chart.set_theme(theme)
        self._shown = ()
        self._show()

    def fill(self, state: State) -> None:
        """Show the training as far as it has come; the switches show other data."""
        if state.sheet is None or self._recognised(state.sheet.program) is None:
            return
        self._show()

    def close_work(self) -> None:
        """Forget what is being trained."""
        self._work.drop(2.0)

    def _recognised(self, program: Program) -> Autoencoder | None:
        if program is not self._program:
            self._program, self._model = program, autoencoder(program)
        return self._model

    def _show(self) -> None:
        state, model, program = self.state, self._model, self._program
        if state is None or state.trace is None or model is None or program is None or self._theme is None:
            return
        if not self.seen or state.sheet is None or state.sheet.program is not program:
            return
        training = state.training
        asked = Asked(program, model, self.moved.isChecked(), self.centre.isChecked(), training.optimizer,
                      training.learning_rate, training.iterations)  # fmt: skip
        own = asked.as_given
        self.train.setVisible(own and training.done == 0)
        key = (asked, self.views.currentIndex(), self._theme.name, state.digits, state.text_scale, self._plots,
               (state.trace, training.iteration, training.revision) if own else None)  # fmt: skip
        if key == self._shown:
            return
        self._shown = key
        if own:
            held = parameters(state.trace.program, state.trace.values)
            points = self._trainer.points()
            self._present(asked, Learned(*points, held[model.encoder], held[model.decoder], training.iteration,
                                         training.learning_rate))  # fmt: skip
        elif self._aside is not None and self._aside[0] == asked:
            self._present(asked, self._aside[1])
        else:

            def then(found: Learned) -> None:
                self._aside = (asked, found)
                if self._shown == key:
                    self._present(asked, found)

            self._work.submit(lambda: trained_aside(asked), then)

    def _present(self, asked: Asked, learned: Learned) -> None:
        state, theme = self.state, self._theme
        if state is None or state.trace is None or theme is None:
            return
        notation, digits = state.trace.notation, state.digits
        found = principal(asked.data, asked.model.scale)
        own = asked.as_given
        self._make_charts(theme)
        view = self.views.currentIndex()
        if self.descent is not None and self.plane is not None:
            self.descent.setVisible(view == COST)
            self.plane.setVisible(view == PLANE)
            if view == COST:
                loss = asked.program.loss
                least = found.least_cost(asked.model.width)
                names = (loss, f"Σ λᵢ, i > {asked.model.width}: {number(least, digits)}")
                self.descent.show_descent(learned.iterations, learned.losses, least, names, learned.at)
            else:
                self._draw_plane(asked, learned, found)
        make = self._cost_rows if view == COST else self._plane_rows
        rows = [*make(asked, learned, found, notation, digits), *self._centring_rows(asked, notation, digits)]
        if not own:
            words = self.tr(
                "Computed aside: {0} iterations of {1}, learning rate {2}. The graph keeps the file's data."
            )
            words = words.replace("{0}", str(len(learned.losses) - 1)).replace("{1}", asked.optimizer)
            rows.append((Text(words.replace("{2}", number(learned.rate, 3)), "muted"),))
        self.page.show_rows(rows, SIZE * state.text_scale)

    def _make_charts(self, theme: Theme) -> None:
        if self._plots and self.descent is None:
            from graphviz_app.panels.chart import DescentChart, SubspaceChart

            self.descent, self.plane = DescentChart(self), SubspaceChart(self)
            for chart in (self.descent, self.plane):
                chart.setMinimumHeight(110)
                chart.set_theme(theme)
                self._charts.addWidget(chart)

    def _draw_plane(self, asked: Asked, learned: Learned, found: Principal) -> None:
        """Everything along the first two principal axes; a space of one dimension gets an empty second one."""
        if self.plane is None:
            return
        axes = np.zeros((found.vectors.shape[0], 2))
        axes[:, : min(2, found.vectors.shape[1])] = found.vectors[:, :2]
        data = asked.data
        restored = learned.decoder @ (learned.encoder @ data)
        mean = np.mean(data, axis=1)
        other = None
        if _moved_from_0(data):
            covariance = principal(centred(data), asked.model.scale)
            other = (axes.T @ mean, axes.T @ covariance.vectors[:, 0])
        names = [f"v{'₁₂'[k]}, λ{'₁₂'[k]} = {number(value, 4)}" for k, value in enumerate([*found.values, 0.0][:2])]
        self.plane.show_plane(axes.T @ data, axes.T @ restored, axes.T @ span(learned.decoder), other, names)

    def _cost_rows(
        self, asked: Asked, learned: Learned, found: Principal, notation: Notation, digits: int
    ) -> list[Row]:
        model = asked.model
        now = cost(model, asked.data, learned.encoder, learned.decoder)
        least = found.least_cost(model.width)
        symbol = notation.symbol(asked.program.loss)
        above = rf"{symbol} - \sum_{{i>{model.width}}} \lambda_i = {number_latex(max(0.0, now - least), digits)}"
        bound = rf"\sum_{{i>{model.width}}} \lambda_i = {number_latex(least, digits)}"
        return [(Equation((f"{symbol} = {number_latex(now, digits)}",), "forward_text"),
                 Equation((bound,), "backward_text")),
                (Equation((above,)),)]  # fmt: skip

    def _plane_rows(
        self, asked: Asked, learned: Learned, found: Principal, notation: Notation, digits: int
    ) -> list[Row]:
        model = asked.model
        size = angles(learned.decoder, found.vectors[:, : model.width])
        told = ", ".join(f"{number(a, 3)}°" for a in size)
        decoder = notation.symbol(model.decoder)
        words = self.tr("Angle between the columns of ${0}$ and the first {1} eigenvectors: **{2}**")
        if model.width == 1:
            words = self.tr("Angle between ${0}$ and the first eigenvector: **{2}**")
        words = words.replace("{0}", decoder).replace("{1}", str(model.width)).replace("{2}", told)
        legend = self.tr("● data  □ reconstructions  — learned subspace  - - eigenvectors")
        if _moved_from_0(asked.data):
            legend += "  " + self.tr("··· first eigenvector of the covariance, through the mean ×")
        basis = span(learned.decoder)
        rows: list[Row] = [(Text(words),), (Text(legend, "muted"),)]
        if basis.shape[1] == 1 and len(basis) <= 6:
            v = found.vectors[:, 0]
            turned = basis[:, 0] * (1.0 if basis[:, 0] @ v >= 0 else -1.0)
            norm = rf"\frac{{{decoder}}}{{\|{decoder}\|}}"
            rows.append((Equation((norm, array_latex(turned, digits, 6)), "backward_text"),
                         Equation(("v_1", array_latex(v, digits, 6)))))  # fmt: skip
        return rows

    def _centring_rows(self, asked: Asked, notation: Notation, digits: int) -> list[Row]:
        """Eigenvalues with and without the mean, and what the difference means for a net without biases."""
        model, data = asked.model, asked.before
        x = notation.symbol(model.data)
        share = r"\tfrac{1}{N}" if np.isclose(model.scale * data.shape[1], 1.0) else number_latex(model.scale, digits)
        if not _moved_from_0(data):
            words = self.tr(
                "**Centring**: the mean of these data is 0, it changes nothing. Move the data to see what it does."
            )
            return [(Text(words),)]
        plain, free = principal(data, model.scale), principal(centred(data), model.scale)
        mean = ", ".join(number(v, digits) for v in np.mean(data, axis=1)[:6])
        rows: list[Row] = [(Text(self.tr("**Centring** — the mean is ({0}):").replace("{0}", mean)),)]
        for name, found, matrix in ((self.tr("as they are"), plain, rf"{share} {x} {x}^{{\top}}"),
                                    (self.tr("centred"), free, "S")):  # fmt: skip
            values = r",\; ".join(number_latex(v, digits) for v in found.values[:6])
            least = number_latex(found.least_cost(model.width), digits)
            line = rf"\lambda({matrix}) = {values}"
            rows.append((Text(name, "muted"),))
            rows.append((Equation((line,)), Equation((rf"\textstyle\sum_{{i>{model.width}}} \lambda_i = {least}",))))
        v = free.vectors[:, : model.width]
        words = self.tr(
            "${0}$ has no bias: its subspace goes through 0. On the data as they are the best one points to the mean;"
            " that of the covariance would leave {1}. Centred data, or biases, reach {2}."
        )
        words = words.replace("{0}", rf"{notation.symbol(model.decoder)} {notation.symbol(model.encoder)} {x}")
        words = words.replace("{1}", number(cost(model, data, v.T, v), digits))
        rows.append((Text(words.replace("{2}", number(free.least_cost(model.width), digits)), "muted"),))
        return rows

    def _switches(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 2)
        self.centre = QCheckBox(self.tr("Centre the data"), self)
        self.centre.setToolTip(self.tr("Take the mean away from every sample"))
        self.moved = QCheckBox(self.tr("Move them by {0}").replace("{0}", f"{SHIFT:g}"), self)
        self.moved.setToolTip(self.tr("Add {0} to the second row").replace("{0}", f"{SHIFT:g}"))
        for box in (self.moved, self.centre):
            box.setAccessibleName(box.text())
            box.toggled.connect(lambda _: self._show())
            row.addWidget(box)
        row.addStretch(1)
        self.train = QPushButton(self.tr("Train"), self)
        self.train.setAccessibleName(self.tr("Train the autoencoder"))
        self.train.clicked.connect(lambda _: self._trainer.run())
        row.addWidget(self.train)
        return row


def _moved_from_0(data: Array) -> bool:
    """Whether the mean of the samples is another than 0, beyond rounding."""
    mean = np.max(np.abs(np.mean(data, axis=1)), initial=0.0)
    return bool(mean > 1e-12 * max(float(np.max(np.abs(data), initial=0.0)), 1e-300))
