"""Finding a node by its name: one Return takes a completion, and the dialog leaves the graph in sight."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QLineEdit
from pytestqt.qtbot import QtBot

from graphviz_app.window import Window

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def asked(window: Window, qtbot: QtBot) -> tuple[QDialog, QLineEdit]:
    """The dialog that Ctrl+F opens, and its field."""
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = (one for one in window.findChildren(QDialog) if one.isVisible())
    (field,) = dialog.findChildren(QLineEdit)
    field.setFocus()
    return dialog, field


def test_a_completion_that_is_chosen_is_gone_to_at_once(window: Window, qtbot: QtBot) -> None:
    dialog, field = asked(window, qtbot)
    qtbot.keyClicks(field, "h")
    completer = field.completer()
    assert completer is not None
    qtbot.waitUntil(completer.popup().isVisible)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(completer.popup(), key)
    assert not dialog.isVisible()
    assert window.session.state.selected == "h[1]"


def test_a_name_that_is_typed_is_gone_to(window: Window, qtbot: QtBot) -> None:
    dialog, field = asked(window, qtbot)
    qtbot.keyClicks(field, "H2")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert window.session.state.selected == "h[2]"


def test_the_dialog_stands_at_the_upper_edge_of_the_graph(window: Window, qtbot: QtBot) -> None:
    dialog, _ = asked(window, qtbot)
    canvas = window.canvas
    top = canvas.mapToGlobal(QPoint(0, 0)).y()
    assert dialog.geometry().bottom() <= top + canvas.height() // 4
    left = canvas.mapToGlobal(QPoint(0, 0)).x()
    assert left <= dialog.geometry().left()
    assert dialog.geometry().right() <= left + canvas.width()
    dialog.reject()
