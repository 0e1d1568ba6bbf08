"""The status bar: whether the model is in order, how large it is, its loss at this step; and passing information."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from graphviz_app.announcing import announce
from graphviz_app.formula_label import FormulaLabel
from graphviz_app.state import Message, State
from graphviz_models.read import number_latex

LOSS_SIZE = 15.0
READ = (4000, 60)  # milliseconds that information stays, and as many more a character
LATE = 300  # milliseconds after which it is said that something takes its time


class Status(QStatusBar):
    """One line at the bottom of the window."""

    became_late = Signal()  # what is being read or laid out takes its time, or no longer does

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.late = False
        self._lateness = QTimer(self, singleShot=True, interval=LATE)
        self._lateness.timeout.connect(lambda: self._set_late(True))
        self._model = QLabel(self)
        self._model.setAccessibleName(self.tr("State of the model"))
        self._loss = FormulaLabel(self, size=LOSS_SIZE)
        self.addWidget(self._model, 1)
        self.addPermanentWidget(self._loss)
        self._words = ""
        self._message: Message | None = None
        self._told: tuple[object, ...] = ()
        self._known: tuple[object, ...] = ()

    def scale_text(self, scale: float) -> None:
        """Set the size of its text; 1 is the system's."""
        self._loss.set_size(LOSS_SIZE * scale)

    def show_state(self, state: State) -> None:
        """Show the model, its loss, and information that has come up: the graph stays where it is for that."""
        self._pass_by(state.message)
        if not state.reading:
            self._lateness.stop()
            self._set_late(False)
        elif not self.late and not self._lateness.isActive():
            self._lateness.start()
        told = (state.problems, state.program, state.training.iteration)
        if told != self._told:
            self._told = told
            self._words = self._summary(state)
            self._show_words()
        known = (state.trace, state.at, state.digits, state.theme)
        if known != self._known and state.trace is not None:
            self._known = known
            self._show_loss(state)

    def _pass_by(self, message: Message | None) -> None:
        if message is self._message:
            return
        self._message = message
        if message is None or not message.passing:
            self.clearMessage()
        else:
            self.showMessage(f"ℹ {message.text}", READ[0] + READ[1] * len(message.text))
            announce(self, message.text)

    def _set_late(self, late: bool) -> None:
        if late != self.late:
            self.late = late
            self._show_words()
            self.became_late.emit()

    def _show_words(self) -> None:
        working = self.tr("Working…") if self.late else ""
        self._model.setText(" · ".join(words for words in (working, self._words) if words))

    def _summary(self, state: State) -> str:
        if state.problems:
            count = len(state.problems)
            words = self.tr("1 problem") if count == 1 else self.tr("{0} problems").replace("{0}", str(count))
            return f"✗ {words}"
        program = state.program
        if program is None:
            return ""
        edges = sum(len(e.reads) for e in program.equations)
        parameters = sum(g.value.size for g in program.given.values() if g.role == "parameter")
        counts = (
            _counted(len(program.names), self.tr("node"), self.tr("nodes")),
            _counted(edges, self.tr("edge"), self.tr("edges")),
            _counted(parameters, self.tr("parameter"), self.tr("parameters")),
        )
        words = f"{self.tr('Model OK')} · {', '.join(counts)}"
        if state.training.iteration:
            words += " · " + self.tr("iteration {0}").replace("{0}", f"{state.training.iteration:,}")
        return words

    def _show_loss(self, state: State) -> None:
        if state.trace is None:
            return
        value = state.value(state.trace.program.loss)
        symbol = state.trace.notation.symbol(state.trace.program.loss)
        if value is None or value.ndim:
            self._loss.set_latex(rf"{symbol} = \text{{?}}")
        else:
            self._loss.set_latex(f"{symbol} = {number_latex(value, state.digits)}")
        self._loss.setMinimumWidth(int(self._loss.natural_width()) + 8)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
