"""What is said goes away by itself where it is mere information, and stays where it is a fault or a question."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from graphviz_app import status
from graphviz_app.window import Window


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What a screen reader is told from now on, and whether at once."""
    said: list[tuple[str, bool]] = []

    def hear(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            said.append((event.message(), event.politeness() == QAccessible.AnnouncementPoliteness.Assertive))

    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(QAccessible, "updateAccessibility", hear)
    return said


def test_information_passes_by_in_the_status_bar(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, heard: list[tuple[str, bool]]
) -> None:
    monkeypatch.setattr(status, "READ", (100, 1))
    canvas = window.canvas.geometry()
    window.session.select("w")
    qtbot.keyClick(window.canvas, Qt.Key.Key_U)
    said = "Around w there is nothing larger to be folded."
    assert window.statusBar().currentMessage() == f"ℹ {said}"
    assert heard == [(said, False)]
    qtbot.wait(20)
    assert window.message_bar.isHidden()
    assert window.canvas.geometry() == canvas, "the graph stays where it is"
    qtbot.waitUntil(lambda: not window.statusBar().currentMessage())
    qtbot.keyClick(window.canvas, Qt.Key.Key_U)
    assert window.statusBar().currentMessage() == f"ℹ {said}", "said again when it happens again"


@pytest.mark.parametrize("command", ["copy-picture", "copy-latex", "diagnostics", "check"])
def test_all_information_is_said_in_one_place(window: Window, qtbot: QtBot, command: str) -> None:
    window.session.go(6)
    window.commands.actions[command].trigger()
    qtbot.waitUntil(lambda: window.statusBar().currentMessage().startswith("ℹ "), timeout=20_000)
    assert window.message_bar.isHidden()


def test_a_file_that_was_written_is_said_in_passing(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    window.outputs.export(tmp_path / "picture.svg")
    qtbot.waitUntil(lambda: window.statusBar().currentMessage() == "ℹ picture.svg is written.", timeout=20_000)


@pytest.mark.parametrize(("kind", "choices"), [("error", ()), ("warning", ()), ("info", ("Retry",))])
def test_faults_and_questions_stay(
    window: Window,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    heard: list[tuple[str, bool]],
    kind: str,
    choices: tuple[str, ...],
) -> None:
    monkeypatch.setattr(status, "READ", (10, 0))
    done: list[str] = []
    window.session.tell("It did not work.", kind, *((label, lambda: done.append("again")) for label in choices))
    assert heard == [("It did not work.", True)]
    window.session.tell("By the way.", "info")
    qtbot.wait(60)
    assert window.message_bar.isVisible(), "neither time nor information closes it"
    assert not window.statusBar().currentMessage()
    for button in window.message_bar.findChildren(QPushButton):
        button.click()
        assert done == ["again"]
    window.session.apply(message=None)
    assert window.message_bar.isHidden()


def test_information_goes_with_the_document_it_was_about(window: Window) -> None:
    window.session.tell("By the way.", "info")
    window.session.open("practical1-ex2")
    assert window.session.wait()
    assert not window.statusBar().currentMessage()
