"""Colours of the equations: which word has which, and that a long text is coloured piece by piece."""

from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graphviz_app.highlighting import LATER, PIECE, Highlighting, colours_of
from graphviz_models.theme import LIGHT

LINES = 5 * PIECE // 2


def colours(document: QTextDocument, line: int) -> dict[str, str]:
    """The words of a line that have a colour of their own."""
    block = document.findBlockByNumber(line)
    return {
        block.text()[span.start : span.start + span.length]: span.format.foreground().color().name()
        for span in block.layout().formats()
    }


def test_a_name_has_the_colour_of_its_role(qtbot: QtBot) -> None:
    document = QTextDocument("h[1] = tanh(w*x)  # a state")
    shown = Highlighting(document)
    shown.set_colours(colours_of(LIGHT))
    shown.set_roles({"h[1]": "activation", "w": "parameter", "x": "input"})
    found = colours(document, 0)
    wanted = colours_of(LIGHT)
    assert found["w"] == wanted.roles["parameter"].lower()
    assert found["x"] == wanted.roles["input"].lower()
    assert found["tanh"] == wanted.function.lower()
    assert found["# a state"] == wanted.comment.lower()


def test_a_long_text_is_coloured_between_events(qtbot: QtBot) -> None:
    document = QTextDocument("\n".join(["y = w"] * LINES))
    shown = Highlighting(document)
    shown.set_colours(colours_of(LIGHT))
    QApplication.processEvents()
    shown.set_roles({"w": "parameter"})
    assert "w" in colours(document, PIECE - 1)
    assert "w" not in colours(document, LINES - 1)
    qtbot.waitUntil(lambda: "w" in colours(document, LINES - 1))
    shown.set_roles({"w": "input"})
    qtbot.waitUntil(lambda: colours(document, LINES - 1)["w"] == colours_of(LIGHT).roles["input"].lower())


def test_many_lines_that_come_at_once_are_coloured_between_events(qtbot: QtBot) -> None:
    document = QTextDocument("y = w")
    shown = Highlighting(document)
    shown.set_colours(colours_of(LIGHT))
    shown.set_roles({"w": "parameter"})
    QApplication.processEvents()
    shown.wait()
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.insertText("\n".join(["y = w"] * LINES))
    assert "w" in colours(document, 0)
    assert "w" not in colours(document, LINES - 1)
    qtbot.waitUntil(lambda: "w" in colours(document, LINES - 1))


def test_a_long_text_is_not_coloured_while_it_is_held_back(qtbot: QtBot) -> None:
    document = QTextDocument("\n".join(["y = w"] * LINES))
    shown = Highlighting(document)
    shown.set_colours(colours_of(LIGHT))
    shown.hold(True)
    shown.set_roles({"w": "parameter"})
    qtbot.wait(3 * LATER)
    assert "w" in colours(document, PIECE - 1), "the first lines are seen"
    assert "w" not in colours(document, LINES - 1)
    shown.hold(False)
    qtbot.waitUntil(lambda: "w" in colours(document, LINES - 1))
