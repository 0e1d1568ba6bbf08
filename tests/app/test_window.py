"""The window as a user meets it: typing, keys, themes, docks, files, faults, presenting, closing."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from graphviz_app.faults import Faults
from graphviz_app.frame import LEAST
from graphviz_app.main import offer, opened
from graphviz_app.present import Presentation
from graphviz_app.recovery import Recovery
from graphviz_app.session import Session
from graphviz_app.settings import Settings
from graphviz_app.window import Window
from graphviz_models.theme import THEMES

from .sheets import SMALL

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def press(qtbot: QtBot, window: Window, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    target = QApplication.focusWidget() or window
    qtbot.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)


def test_a_first_start_shows_sheet_9_with_a_hint(window: Window) -> None:
    state = window.session.state
    assert (state.name, state.at) == ("sheet9-ex1", 0)
    assert window.derivation_line.label.source == "→ steps, Space plays, F5 presents"
    assert window.canvas.hasFocus()
    assert window.windowTitle() == "sheet9-ex1[*] — graphviz-app"


def test_keys_step_through_all(window: Window, qtbot: QtBot) -> None:
    session = window.session
    last = len(session.state.steps)
    for n in range(1, last + 1):
        press(qtbot, window, Qt.Key.Key_Right)
        assert session.state.at == n
        assert window.derivation_line.label.source
    press(qtbot, window, Qt.Key.Key_PageUp)
    assert session.state.at == last - 1
    press(qtbot, window, Qt.Key.Key_Home)
    assert session.state.at == 0
    press(qtbot, window, Qt.Key.Key_End)
    assert session.state.at == last
    press(qtbot, window, Qt.Key.Key_V)
    assert session.wait()
    assert not session.state.show.values


def test_single_keys_leave_a_text_field_alone(window: Window, qtbot: QtBot) -> None:
    editor = window.docks.equations.editor
    editor.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_Space, Qt.Key.Key_V, Qt.Key.Key_Minus):
        qtbot.keyClick(editor, key)
    assert window.session.state.at == 0
    assert window.session.state.speed == 1.0
    assert window.session.state.show.values
    assert editor.toPlainText().startswith(" v-h[1]")


def test_single_keys_leave_a_list_alone(window: Window, qtbot: QtBot) -> None:
    tree = window.docks.exercises.tree
    tree.setFocus()
    qtbot.keyClick(tree, Qt.Key.Key_Home)
    qtbot.keyClick(tree, Qt.Key.Key_Right)
    assert window.session.state.at == 0


def test_typing_is_read_after_a_pause_and_marked_where_wrong(window: Window, qtbot: QtBot) -> None:
    session, editor = window.session, window.docks.equations.editor
    session.go(5)
    trace = session.state.trace
    assert editor.toPlainText().startswith("h[1] = ")
    editor.moveCursor(editor.textCursor().MoveOperation.End)
    qtbot.keyClicks(editor, " + q")
    assert not session.state.problems
    qtbot.waitUntil(lambda: bool(session.state.problems), timeout=20_000)
    assert session.state.trace is trace
    assert window.veil.isVisible()
    assert window.docks.problems.rows.topLevelItemCount() == 1
    assert len(editor.extraSelections()) == 1
    assert editor.extraSelections()[0].cursor.selectedText() == "q"
    press_undo = window.commands.actions["undo"]
    assert press_undo.isEnabled()
    press_undo.trigger()
    assert session.wait()
    assert not session.state.problems
    assert not window.veil.isVisible()
    assert not editor.extraSelections()
    assert "q" not in editor.toPlainText()


def test_line_numbers_are_the_files(window: Window) -> None:
    session, editor = window.session, window.docks.equations.editor
    line = session.state.text.splitlines().index(editor.toPlainText().splitlines()[0]) + 1
    assert editor.first_line == line
    window.docks.equations.show_whole(True)
    assert editor.first_line == 1
    assert editor.toPlainText() == session.state.text


def test_a_problem_outside_the_equations_shows_the_whole_file(window: Window, qtbot: QtBot) -> None:
    session = window.session
    session.edit(session.state.text.replace("w = 0.8", "w = 0.8\nv = oops"))
    assert session.wait()
    row = window.docks.problems.rows.topLevelItem(0)
    window.docks.problems.rows.itemClicked.emit(row, 0)
    editor = window.docks.equations.editor
    assert editor.textCursor().block().text() == "v = oops"


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_colours_all_of_the_window(window: Window, qtbot: QtBot, name: str) -> None:
    window.choose_theme(name)
    theme = THEMES[name]
    assert window.session.wait()
    assert window.session.state.theme == name
    assert window.picture().background == theme.background
    qtbot.wait(30)
    assert window.palette().color(QPalette.ColorRole.Window) == QColor(theme.surface)
    image = window.grab().toImage()
    shown = image.pixelColor(window.canvas.mapTo(window, QPoint(12, 12)))
    assert shown == QColor(theme.background)


def test_the_window_is_never_smaller_than_its_least(window: Window, qtbot: QtBot) -> None:
    window.resize(200, 100)
    assert (window.width(), window.height()) == (LEAST.width(), LEAST.height())
    qtbot.wait(50)
    left = [window.docks.docks[id_] for id_ in ("exercises", "equations", "problems")]
    assert all(set(window.tabifiedDockWidgets(dock)) >= set(left) - {dock} for dock in left)
    assert window.canvas.width() > 300
    window.resize(1400, 800)
    qtbot.wait(50)
    assert not set(window.tabifiedDockWidgets(left[0])) & set(left[1:])


def test_everything_to_use_has_a_name(window: Window) -> None:
    nameless = []
    for widget in window.findChildren(QWidget):
        operable = isinstance(widget, QAbstractButton | QLineEdit) or widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        inside = widget.objectName().startswith("qt_") or type(widget).__name__ in ("QLineEdit", "QMenu", "QTabBar")
        text = widget.accessibleName() or getattr(widget, "text", lambda: "")() or widget.toolTip()
        if operable and widget.isVisible() and not text and not inside:
            nameless.append((type(widget).__name__, widget.parent().__class__.__name__))
    assert nameless == []


def test_panels_are_hidden_and_come_back(window: Window) -> None:
    shown = [id_ for id_, dock in window.docks.docks.items() if not dock.isHidden()]
    window.toggle_panels()
    assert all(dock.isHidden() for dock in window.docks.docks.values())
    window.toggle_panels()
    assert [id_ for id_, dock in window.docks.docks.items() if not dock.isHidden()] == shown


def test_docks_are_found_where_they_were(window: Window, qtbot: QtBot, settings: Settings) -> None:
    window.docks.docks["problems"].hide()
    window.docks.keep(settings)
    settings.sync()
    other = opened(Session(), Settings(settings.path), None)
    other.show()
    qtbot.waitUntil(other.isVisible)
    other.resize(1280, 720)
    qtbot.wait(50)
    assert other.docks.docks["problems"].isHidden()
    assert not other.docks.docks["equations"].isHidden()
    other.session.wait()
    other.close()


def test_an_uncaught_exception_is_said_and_the_window_lives(window: Window, caplog: pytest.LogCaptureFixture) -> None:
    faults = Faults(lambda text: window.session.tell(text, "error"))
    error = RuntimeError("the sky has fallen")
    faults._caught(RuntimeError, error, None)
    assert window.session.state.message is not None
    assert window.session.state.message.text == "RuntimeError: the sky has fallen"
    assert window.message_bar.isVisible()
    assert "uncaught exception" in caplog.text
    window.session.apply(message=None)
    assert not window.message_bar.isVisible()


def test_text_grows_within_its_bounds(window: Window) -> None:
    size = QApplication.font().pointSizeF()
    for _ in range(20):
        window.scale_text(1.1)
    assert window.session.state.text_scale == 3.0
    assert QApplication.font().pointSizeF() == pytest.approx(3 * size, rel=0.01)
    for _ in range(30):
        window.scale_text(1 / 1.1)
    assert window.session.state.text_scale == 0.75
    window.set_text_scale(1.0)


def test_a_value_is_changed_in_the_text(window: Window, qtbot: QtBot) -> None:
    session = window.session
    session.select("w")
    window.commands.actions["edit-value"].trigger()
    (dialog,) = window.findChildren(QDialog)
    (field,) = dialog.findChildren(QLineEdit)
    assert field.text() == "0.8"
    field.setText("0.25")
    dialog.accept()
    assert session.wait()
    assert "w = 0.25" in session.state.text
    assert session.state.trace is not None
    assert session.state.trace.values["w"] == 0.25


@pytest.mark.parametrize("typed", ["", "abc", "[1, 2]", "inf", "nan"])
def test_a_value_that_makes_no_sense_is_refused_in_a_sentence(window: Window, typed: str) -> None:
    session = window.session
    text = session.state.text
    session.select("w")
    window.commands.actions["edit-value"].trigger()
    (dialog,) = window.findChildren(QDialog)
    dialog.findChildren(QLineEdit)[0].setText(typed)
    dialog.accept()
    assert session.state.text == text
    assert session.state.message is not None
    assert session.state.message.text.startswith("w: ")


def test_a_picture_is_exported_as_it_is_shown(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    window.session.go(6)
    for suffix, begins in ((".svg", b"<svg"), (".png", b"\x89PNG"), (".pdf", b"%PDF"), (".json", b"{")):
        path = tmp_path / f"picture{suffix}"
        window.outputs.export(path)
        qtbot.waitUntil(path.exists, timeout=20_000)
        assert begins in path.read_bytes()[:200]


def test_a_picture_that_cannot_be_written_is_said(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    window.outputs.export(tmp_path / "gone" / "picture.svg")
    qtbot.waitUntil(lambda: window.session.state.message is not None, timeout=20_000)
    assert window.session.state.message is not None
    assert [label for label, _ in window.session.state.message.choices] == ["Retry", "Elsewhere…"]
    window.outputs.export(tmp_path / "picture.xyz")
    assert ".xyz" in window.session.state.message.text


def test_the_derivation_is_copied_as_latex(window: Window) -> None:
    window.session.go(len(window.session.state.steps) - 2)
    window.outputs.copy_latex()
    copied = QApplication.clipboard().text()
    assert copied.startswith(r"\frac{\partial")
    assert r"\htmlId" not in copied


def test_the_diagnostics_name_no_path_and_no_user(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "secret-folder" / "model.toml"
    path.parent.mkdir()
    path.write_text(SMALL, "utf-8")
    window.session.open(str(path))
    assert window.session.wait()
    text = window.outputs.diagnostics()
    assert "PySide6" in text
    assert "secret-folder" not in text
    assert str(Path.home()) not in text


def test_presenting_follows_the_keys_of_a_remote(window: Window, qtbot: QtBot) -> None:
    session = window.session
    session.go(3)
    window.present()
    show = window.presentation
    assert isinstance(show, Presentation)
    qtbot.waitUntil(show.isActiveWindow)
    assert session.state.at == 0
    qtbot.keyClick(show, Qt.Key.Key_PageDown)
    qtbot.keyClick(show, Qt.Key.Key_Space)
    assert session.state.at == 2
    qtbot.keyClick(show, Qt.Key.Key_PageUp)
    assert session.state.at == 1
    qtbot.keyClick(show, Qt.Key.Key_Period)
    assert not show.canvas.isVisible()
    assert show.grab().toImage().pixelColor(5, 5) == QColor("#000000")
    qtbot.keyClick(show, Qt.Key.Key_PageDown)
    assert show.canvas.isVisible()
    assert session.state.at == 1
    qtbot.keyClicks(show, "11")
    qtbot.keyClick(show, Qt.Key.Key_Return)
    assert session.state.at == 11
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    assert session.state.at == 12
    qtbot.keyClick(show, Qt.Key.Key_F5)
    assert window.presentation is None
    window.present(from_here=True)
    assert session.state.at == 12
    assert isinstance(window.presentation, Presentation)
    qtbot.waitUntil(window.presentation.isActiveWindow)
    qtbot.keyClick(window.presentation, Qt.Key.Key_Escape)
    assert window.presentation is None


def test_the_hint_and_the_pointer_hide(window: Window, qtbot: QtBot) -> None:
    window.present()
    show = window.presentation
    assert isinstance(show, Presentation)
    assert (show._hint_timer.interval(), show._cursor_timer.interval()) == (3000, 2000)
    show._hint_timer.start(1)
    show._cursor_timer.start(1)
    qtbot.waitUntil(lambda: show.cursor().shape() == Qt.CursorShape.BlankCursor and not show._hint, timeout=20_000)
    show.close()


def test_unsaved_text_is_offered_after_a_crash(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    crashed = Session()
    crashed.show_text(SMALL, "small.toml", None)
    assert crashed.wait()
    left = Recovery(crashed, tmp_path)
    crashed.edit(SMALL.replace("3.0", "7.0"))
    crashed.wait()
    left.keep()
    mine = Recovery(window.session, tmp_path)
    assert mine.leftovers() == ()  # the other copy is alive
    assert left._lock is not None
    left._lock.unlock()
    (found,) = mine.leftovers()
    assert found.text == SMALL.replace("3.0", "7.0")
    offer(mine, window.session)
    assert window.session.state.message is not None
    labels = [label for label, _ in window.session.state.message.choices]
    assert labels == ["Restore", "Discard", "Later"]
    window.session.state.message.choices[0][1]()
    assert window.session.wait()
    assert (window.session.state.name, window.session.state.unsaved) == ("small.toml", True)
    assert window.session.state.text == found.text
    assert not found.file.exists()
    mine.forget()


def test_closing_with_changes_asks(window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(window.documents, "may_close", lambda: asked.append(True) or False)
    window.session.edit(window.session.state.text + "# more\n")
    window.close()
    assert asked
    assert window.isVisible()
