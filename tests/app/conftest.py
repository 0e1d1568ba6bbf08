"""What holds for the tests of the application: one QApplication, made before any code under test makes a lesser one."""

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QGraphicsView


@pytest.fixture(scope="session", autouse=True)
def one_application(qapp: QApplication) -> QApplication:
    """The application that every test of a session shares."""
    return qapp


@pytest.fixture(autouse=True)
def no_window_left(one_application: QApplication) -> Iterator[None]:
    """A closed window is hidden, not gone: what a test has opened goes when it ends, with some 350 widgets each."""
    before = set(one_application.topLevelWidgets())
    yield
    for widget in one_application.topLevelWidgets():
        if shiboken6.isValid(widget) and widget.parent() is None and widget not in before:
            for view in widget.findChildren(QGraphicsView):
                view.scene().clear()  # pyqtgraph's items do not survive that Qt takes their scene apart
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
