"""What holds for the tests of the application: one QApplication, made before any code under test makes a lesser one.

A test that names `settings`, `session`, `window` or `open_window` is given one of its own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QGraphicsView
from pytestqt.qtbot import QtBot

from graphviz_app.main import opened, prepare
from graphviz_app.session import Session
from graphviz_app.settings import Settings
from graphviz_app.window import Window

from .windows import OpenWindow


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


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of this test alone."""
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    """A session on sheet9-ex1."""
    made = Session()
    made.open("sheet9-ex1")
    assert made.wait()
    yield made
    made.close()


@pytest.fixture
def open_window(qapp: QApplication, qtbot: QtBot, settings: Settings) -> Iterator[OpenWindow]:
    """Opens windows that stand still with all their panels; they are closed, unsaved changes and all, at the end."""
    prepare(qapp)
    windows: list[Window] = []

    def open_window(model: str | None = None, size: tuple[int, int] = (1280, 720)) -> Window:
        made = opened(Session(), settings, model)
        windows.append(made)
        made.resize(*size)
        made.show()
        qtbot.waitUntil(lambda: made.docks.awake)
        assert made.session.wait()
        qtbot.waitUntil(lambda: not made.player.gliding)
        return made

    yield open_window
    for made in windows:
        made.player.settle()
        made.docks.equations.commit()
        made.session.apply(saved=made.session.state.text, kept=made.session.state.moves)  # or closing would ask
        made.close()


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    """The window of a first start."""
    return open_window()
