"""Keys and clicks that come before the window is furnished: none is lost, and all are done in their order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graphviz_app import main, reading
from graphviz_app.main import Start, prepare
from graphviz_app.opening import Look, Opening
from graphviz_app.settings import Settings
from graphviz_app.state import State
from graphviz_app.window import Window
from graphviz_models.picture import picture
from graphviz_models.sheet import Sheet
from tests.models.sources import traced

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
CONTROL = Qt.KeyboardModifier.ControlModifier


Furnish = Callable[[], None]


@pytest.fixture
def furnish(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> Furnish:
    """Lets a start go on behind its first painting, which it does not by itself."""
    pieces: list[tuple[Window, Iterator[object]]] = []
    monkeypatch.setattr(main, "in_pieces", lambda window, work: pieces.append((window, work)))

    def furnish() -> None:
        qtbot.waitUntil(lambda: bool(pieces))
        for _ in pieces[0][1]:
            pass

    return furnish


@pytest.fixture
def start(
    settings: Settings, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, furnish: Furnish
) -> Iterator[Start]:
    """A start whose window is shown, with the graph that was kept and nothing around it yet."""
    monkeypatch.setenv("GRAPHVIZ_APP_SETTINGS", str(tmp_path))
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    prepare(app)
    settings.remember(theme="light")
    kept = Opening(picture(traced("sheet9-ex1"), 0), Look("light", 4, "right"), (200, 60, 300, 150))
    made = Start(settings, "sheet9-ex1", kept)
    made.window.resize(1280, 720)
    made.window.show()
    qtbot.waitUntil(made.window.isActiveWindow)
    yield made
    made.window.close()
    made.end()


def press(start: Start, *keys: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Type on the window as the system does, which knows nothing of its widgets."""
    for key in keys:
        QTest.keyClick(start.window.windowHandle(), key, modifier)


def ready(start: Start, qtbot: QtBot) -> State:
    """The state of a furnished window, once everything that waited is done."""
    qtbot.waitUntil(lambda: not shiboken6.isValid(start._early))
    assert start.window.furnished
    assert not start.window.session.state.reading
    return start.window.session.state


def test_keys_are_not_lost(start: Start, furnish: Furnish, qtbot: QtBot) -> None:
    press(start, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Right)
    furnish()
    assert ready(start, qtbot).at == 3
    press(start, Qt.Key.Key_Left)  # as ever, from now on
    assert start.window.session.state.at == 2


@pytest.mark.parametrize("third", [Qt.Key.Key_End, Qt.Key.Key_Home])
def test_keys_keep_their_order(start: Start, furnish: Furnish, qtbot: QtBot, third: Qt.Key) -> None:
    press(start, Qt.Key.Key_End, Qt.Key.Key_Home, third, Qt.Key.Key_Left, Qt.Key.Key_Right)
    furnish()
    state = ready(start, qtbot)
    assert state.at == (len(state.steps) if third == Qt.Key.Key_End else 1)


def test_keys_wait_for_a_model_that_is_being_read(
    start: Start, furnish: Furnish, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = reading.read

    def slowly(text: str, name: str) -> Sheet:
        time.sleep(0.3)
        return read(text, name)

    monkeypatch.setattr(reading, "read", slowly)
    press(start, Qt.Key.Key_Right)
    furnish()
    assert start.window.session.state.reading
    press(start, Qt.Key.Key_Right)
    assert ready(start, qtbot).at == 2


def test_letters_and_keys_with_control(start: Start, furnish: Furnish, qtbot: QtBot) -> None:
    press(start, Qt.Key.Key_Right, Qt.Key.Key_V)
    press(start, Qt.Key.Key_1, modifier=CONTROL)
    furnish()
    assert not ready(start, qtbot).show.values
    assert start.window.canvas.zoom == 1.0


def test_shift_is_used_up_by_signs_alone(start: Start, furnish: Furnish, qtbot: QtBot) -> None:
    """Control makes a sign without a shape of a letter: Ctrl+Shift+W is still not the Ctrl+W that closes the window."""
    shifted = CONTROL | Qt.KeyboardModifier.ShiftModifier
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_W, shifted, "\x17")
    QApplication.sendEvent(start.window.windowHandle(), key)
    furnish()
    ready(start, qtbot)
    assert start.window.isVisible()


def test_a_presentation_gets_the_keys_behind_it(start: Start, furnish: Furnish, qtbot: QtBot) -> None:
    press(start, Qt.Key.Key_F5, Qt.Key.Key_Right, Qt.Key.Key_Right)
    furnish()
    assert ready(start, qtbot).at == 2
    assert start.window.presentation is not None
    start.window.presentation.close()


def test_a_dialog_gets_what_is_typed_behind_it(start: Start, furnish: Furnish, qtbot: QtBot) -> None:
    press(start, Qt.Key.Key_G, modifier=CONTROL)
    press(start, Qt.Key.Key_5, Qt.Key.Key_Return)
    press(start, Qt.Key.Key_Right)
    furnish()
    assert ready(start, qtbot).at == 6
    assert QApplication.activeModalWidget() is None


def test_a_node_that_is_clicked_is_selected(start: Start, furnish: Furnish, qtbot: QtBot) -> None:
    canvas = start.window.canvas
    box = canvas.scene.boxes_of("h[1]")[0]
    place = canvas.view.pixels(box.x, box.y, box.x + box.width, box.y + box.height).center()
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place)
    press(start, Qt.Key.Key_Right)
    furnish()
    state = ready(start, qtbot)
    assert (state.selected, state.at) == ("h[1]", 1)


def test_a_window_closed_early_does_nothing_more(start: Start, furnish: Furnish, qtbot: QtBot) -> None:
    press(start, Qt.Key.Key_Right, Qt.Key.Key_F5)
    start.window.close()
    furnish()
    state = ready(start, qtbot)
    assert (state.at, start.window.presentation) == (0, None)
