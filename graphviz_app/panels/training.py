"""Training: how, how long, and the loss over the iterations, in whose plot every iteration can be looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QAction, QDoubleValidator
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from graphviz_app.session import Session, State
from graphviz_app.training import Trainer
from graphviz_models.optimizers import OPTIMIZERS
from graphviz_models.read import number
from graphviz_models.theme import Theme

if TYPE_CHECKING:
    from graphviz_app.panels.loss_plot import LossPlot

BUTTONS = ("one-iteration", "run", "stop", "to-start")
MOST = 1_000_000_000


class TrainingPanel(QWidget):
    """Controls above, the plot of the loss below."""

    def __init__(
        self, session: Session, trainer: Trainer, actions: Mapping[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._trainer = session, trainer
        self._theme: Theme | None = None
        self._state: State | None = None
        self._shown: object = None
        self.plot: LossPlot | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(4)
        column.addLayout(self._buttons(actions))
        column.addLayout(self._fields())
        self._progress = QProgressBar(self)
        self._progress.setAccessibleName(self.tr("Progress of the training"))
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(5)
        self._progress.setRange(0, 1000)
        keep = self._progress.sizePolicy()
        keep.setRetainSizeWhenHidden(True)  # the plot does not jump when training begins
        self._progress.setSizePolicy(keep)
        column.addWidget(self._progress)
        self._where = QLabel(self)
        self._where.setWordWrap(True)
        column.addWidget(self._where)
        self._place = QVBoxLayout()
        self._waiting = QWidget(self)
        self._waiting.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._place.addWidget(self._waiting)
        column.addLayout(self._place, 1)

    def sizeHint(self) -> QSize:
        return QSize(320, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 190)

    def set_plot(self, plot: LossPlot) -> None:
        """Put the plot in its place; it comes after the first paint, as its library takes long to load."""
        self._place.replaceWidget(self._waiting, plot)
        self._waiting.deleteLater()
        self.plot = plot
        plot.iteration_chosen.connect(self._trainer.show)
        if self._theme is not None:
            plot.set_theme(self._theme)
        self._shown = None
        if self._state is not None:
            self.show_state(self._state)

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        if self.plot is not None:
            self.plot.set_theme(theme)

    def show_state(self, state: State) -> None:
        """Show how far training has come."""
        self._state = state
        training = state.training
        if (training, state.trace) == self._shown:
            return
        self._shown = (training, state.trace)
        if not self._iterations.hasFocus():
            self._iterations.setValue(training.iterations)
        if not self._rate.hasFocus():
            self._rate.setText(f"{training.learning_rate:g}")
        self._optimizer.setCurrentIndex(max(0, self._optimizer.findData(training.optimizer)))
        for field in (self._optimizer, self._rate, self._iterations):
            field.setEnabled(not training.running)
        self._progress.setVisible(training.running)
        if training.running and training.goal > training.begun:
            self._progress.setValue(int(1000 * (training.done - training.begun) / (training.goal - training.begun)))
        words = (
            self.tr("Iteration {0} of {1}")
            .replace("{0}", f"{training.iteration:,}")
            .replace("{1}", f"{training.done:,}")
        )
        if state.trace is not None:
            words += f" · {self.tr('loss')} {number(state.trace.loss, state.digits)}"
        if training.ended:
            words += f" · {training.ended}"
        self._where.setText(words)
        if self.plot is not None:
            self.plot.show_losses(*self._trainer.points(), training.revision)
            self.plot.show_iteration(training.iteration, training.done)

    def _buttons(self, actions: Mapping[str, QAction]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        for id_ in BUTTONS:
            button = QToolButton(self)
            button.setDefaultAction(actions[id_])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setIconSize(QSize(18, 18))
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(actions[id_].toolTip())
            row.addWidget(button)
        row.addSpacing(6)
        self._iterations = QSpinBox(self)
        self._iterations.setAccessibleName(self.tr("Iterations of one run"))
        self._iterations.setToolTip(self.tr("Iterations of one run"))
        self._iterations.setRange(1, MOST)
        self._iterations.setGroupSeparatorShown(True)
        self._iterations.setSuffix(self.tr(" iterations"))
        self._iterations.setMinimumWidth(110)
        self._iterations.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._iterations.valueChanged.connect(self._iterations_typed)
        row.addWidget(self._iterations, 1)
        return row

    def _fields(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        self._optimizer = QComboBox(self)
        self._optimizer.setAccessibleName(self.tr("Optimizer"))
        self._optimizer.setToolTip(self.tr("Optimizer"))
        self._optimizer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._optimizer.setMinimumContentsLength(8)
        for name, optimizer in OPTIMIZERS.items():
            self._optimizer.addItem(QCoreApplication.translate("Optimizers", optimizer.title), name)
        self._optimizer.activated.connect(lambda _: self._trainer.choose(optimizer=self._optimizer.currentData()))
        self._rate = QLineEdit(self)
        self._rate.setAccessibleName(self.tr("Learning rate"))
        self._rate.setToolTip(self.tr("Learning rate"))
        self._rate.setValidator(QDoubleValidator(0.0, 1e6, 12, self._rate))
        self._rate.setMaximumWidth(90)
        self._rate.editingFinished.connect(self._rate_typed)
        row.addWidget(self._optimizer, 3)
        row.addWidget(QLabel(self.tr("Rate"), self))
        row.addWidget(self._rate, 1)
        return row

    def _rate_typed(self) -> None:
        try:
            rate = float(self._rate.text())
        except ValueError:
            return
        if rate != self._session.state.training.learning_rate:
            self._trainer.choose(learning_rate=rate)

    def _iterations_typed(self, count: int) -> None:
        if count != self._session.state.training.iterations:
            self._trainer.choose(iterations=count)
