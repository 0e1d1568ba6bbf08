"""Small dialogs: find a node, go to a step, change a value, train, and the pages of Help. None of them blocks."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QSpinBox,
    QTextBrowser,
    QVBoxLayout,
)

from graphviz_app import language
from graphviz_models import __version__
from graphviz_models.problem import Problems
from graphviz_models.sheet import with_value

if TYPE_CHECKING:
    from graphviz_app.window import Window


def tr(text: str) -> str:
    """A text of the dialogs in the user's language."""
    return QCoreApplication.translate("Dialogs", text)


def find_node(window: Window) -> None:
    """Ask for a node's name, with completion, and select it: in one line at the upper edge of the graph."""
    program = window.session.state.program
    if program is None:
        return
    dialog = QDialog(window)
    dialog.setWindowTitle(tr("Find a node"))
    row = QHBoxLayout(dialog)
    label = QLabel(tr("Node"), dialog)
    field = QLineEdit(dialog)
    field.setMinimumWidth(220)
    label.setBuddy(field)
    field.setAccessibleName(tr("Name of the node"))
    field.setPlaceholderText(program.loss)
    completer = QCompleter(list(program.names), field)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    field.setCompleter(completer)

    def choose(name: str) -> None:
        field.setText(name)
        dialog.accept()

    completer.activated.connect(choose)
    for widget in (label, field, _buttons(dialog)):
        row.addWidget(widget)

    def accept() -> None:
        wanted = field.text().strip()
        found = next((n for n in program.names if n == wanted), None) or next(
            (n for n in program.names if n.replace("[", "").replace("]", "").lower() == wanted.lower()), None
        )
        if found is None:
            window.session.tell(tr("There is no node {0}.").replace("{0}", wanted or "–"))
        else:
            window.show_node(found)
            window.canvas.setFocus()

    dialog.adjustSize()
    canvas = window.canvas
    dialog.move(canvas.mapToGlobal(QPoint(max(0, (canvas.width() - dialog.width()) // 2), 0)))
    _open(dialog, accept)


def ask_step(window: Window) -> None:
    """Ask for the number of a step and go there."""
    state = window.session.state
    dialog = QInputDialog(window)
    dialog.setWindowTitle(tr("Go to a step"))
    dialog.setLabelText(tr("Step (0 to {0})").replace("{0}", str(len(state.steps))))
    dialog.setInputMode(QInputDialog.InputMode.IntInput)
    dialog.setIntRange(0, len(state.steps))
    dialog.setIntValue(state.at)
    dialog.intValueSelected.connect(window.player.go)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def ask_run(window: Window) -> None:
    """Ask how many iterations to train, and begin."""
    training = window.session.state.training
    dialog, form = _form(window, tr("Train"))
    count = QSpinBox(dialog)
    count.setRange(1, 1_000_000_000)
    count.setGroupSeparatorShown(True)
    count.setValue(max(1, training.iterations))
    count.setAccessibleName(tr("Iterations"))
    form.addRow(tr("Iterations"), count)
    form.addRow(QLabel(tr("Esc stops the training; every iteration can be looked at afterwards."), dialog))
    _ask(dialog, form, lambda: window.trainer.run(count.value()))


def edit_value(window: Window) -> None:
    """Ask for another value of the selected node and write it into the text."""
    state = window.session.state
    node = state.selected
    if state.sheet is None or node is None or node not in state.sheet.program.given:
        return
    value = state.sheet.program.given[node].value
    dialog, form = _form(window, tr("Value of {0}").replace("{0}", node))
    field = QLineEdit(_typed(value), dialog)
    field.setAccessibleName(tr("Value of {0}").replace("{0}", node))
    field.setMinimumWidth(320)
    field.selectAll()
    form.addRow(node, field)

    def accept() -> None:
        try:
            wanted = read_value(field.text(), value.shape)
            window.session.edit(with_value(state.text, node, wanted), tr("value of {0}").replace("{0}", node))
        except Problems as error:
            window.session.tell(f"{error.problems[0].message}.")
        except ValueError as error:
            window.session.tell(f"{node}: {error}.")

    _ask(dialog, form, accept)


def read_value(text: str, shape: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A typed number or nested list as an array of `shape`; raises ValueError with what to write instead."""
    import tomllib

    try:
        made = np.array(tomllib.loads(f"value = {text}")["value"], dtype=np.float64)
    except (ValueError, TypeError, RecursionError):
        raise ValueError(tr("write a number such as 0.5, or a list such as [0.5, -1.0]")) from None
    if made.shape != shape:
        raise ValueError(tr("the shape is {0}, write {1}").replace("{0}", str(made.shape)).replace("{1}", str(shape)))
    if not np.isfinite(made).all():
        raise ValueError(tr("a given value must be finite"))
    return made


def show_language(window: Window) -> None:
    """What can be written in the equations."""
    page(window, tr("Equation language"), language.text())


def show_about(window: Window) -> None:
    """What this program is."""
    page(
        window,
        tr("About"),
        f"<h2>graphviz-app {html.escape(__version__)}</h2><p>"
        + tr("Computation graphs and backpropagation, step by step, in the letters of the exercise sheet.")
        + "</p><p>"
        + tr(
            "Drawn with Qt for Python, formulas set by mathra in STIX Two Math, graphs by NetworkX, plots by pyqtgraph."
        )
        + "</p>",
    )


def _typed(value: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return str(value.tolist())


def _form(window: Window, title: str) -> tuple[QDialog, QFormLayout]:
    dialog = QDialog(window)
    dialog.setWindowTitle(title)
    return dialog, QFormLayout(dialog)


def _ask(dialog: QDialog, form: QFormLayout, accept: object) -> None:
    form.addRow(_buttons(dialog))
    _open(dialog, accept)


def _buttons(dialog: QDialog) -> QDialogButtonBox:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, dialog)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    return buttons


def _open(dialog: QDialog, accept: object) -> None:
    dialog.accepted.connect(accept)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def page(window: Window, title: str, body: str) -> None:
    """A page of text to read, in a dialog that is closed again."""
    dialog = QDialog(window)
    dialog.setWindowTitle(title)
    column = QVBoxLayout(dialog)
    browser = QTextBrowser(dialog)
    browser.setAccessibleName(title)
    browser.setOpenLinks(False)
    browser.setHtml(body)
    column.addWidget(browser)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    buttons.rejected.connect(dialog.reject)
    column.addWidget(buttons)
    dialog.resize(620, 560)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
