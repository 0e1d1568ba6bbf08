"""Nodes that the user has moved stay moved when something else folds or unfolds: mouse, keys, undo, saving."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graphviz_app.folding import placed_as
from graphviz_app.window import Window
from graphviz_models.fold import folds
from graphviz_models.picture import Box

from .windows import opens, shown

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

UP = QPoint(0, -22)
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def boxes(window: Window) -> dict[str, Box]:
    """The boxes on the canvas, by what their places are kept under."""
    state = window.session.state
    assert state.program is not None
    return {placed_as(state.program, state.folded, box): box for box in shown(window).boxes}


def middle(window: Window, node: str) -> QPoint:
    """The pixel of the canvas in the middle of a box."""
    box = boxes(window)[node]
    return window.canvas.view.to_canvas(box.x + box.width / 2, box.y + box.height / 2).toPoint()


def drag(window: Window, node: str, by: QPoint) -> None:
    """Drag a box with the mouse."""
    spot = middle(window, node)
    QTest.mousePress(window.canvas, Qt.MouseButton.LeftButton, pos=spot)
    QTest.mouseMove(window.canvas, spot + by)
    QTest.mouseRelease(window.canvas, Qt.MouseButton.LeftButton, pos=spot + by)
    assert window.session.wait()


def press(window: Window, qtbot: QtBot, node: str, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Click a box and press U."""
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=middle(window, node))
    qtbot.keyClick(window.canvas, Qt.Key.Key_U, modifier)
    assert window.session.wait()


def places(window: Window) -> dict[str, tuple[float, float]]:
    """Where boxes stand, whatever has made room for others."""
    x, y = shown(window).origin
    return {node: (box.x - x, box.y - y) for node, box in boxes(window).items()}


def near(places: dict[str, tuple[float, float]]) -> object:
    """The same places, but for rounding to hundredths."""
    return {node: pytest.approx(place, abs=0.011) for node, place in places.items()}


def by(window: Window, way: QPoint) -> tuple[float, float]:
    """A way on the canvas in points of the picture."""
    return way.x() / window.canvas.zoom, way.y() / window.canvas.zoom


def test_a_dragged_node_moves_by_the_common_shift_when_its_neighbour_folds(window: Window, qtbot: QtBot) -> None:
    session = window.session
    session.apply(reduced_motion=True)
    press(window, qtbot, "h[1]")
    folded = places(window)
    press(window, qtbot, "k=1", SHIFT)
    assert session.state.folded == frozenset()
    free = places(window)
    up = by(window, UP)
    drag(window, "h[2]", UP)
    moved = places(window)
    assert moved["h[2]"] == pytest.approx((free["h[2]"][0] + up[0], free["h[2]"][1] + up[1]), abs=0.6)
    press(window, qtbot, "h[1]")
    assert session.state.folded == {"k=1"}
    now = places(window)
    shift = folded["h[2]"][0] - free["h[2]"][0], folded["h[2]"][1] - free["h[2]"][1]
    assert now["h[2]"] == pytest.approx((moved["h[2]"][0] + shift[0], moved["h[2]"][1] + shift[1]))
    assert {node: place for node, place in now.items() if node != "h[2]"} == near(
        {node: place for node, place in folded.items() if node != "h[2]"}
    ), "nothing else has gone anywhere else"
    press(window, qtbot, "k=1", SHIFT)
    assert session.state.folded == frozenset()
    assert places(window) == near(moved)


def test_what_is_dragged_in_a_fold_stays_so_when_it_unfolds(window: Window, qtbot: QtBot) -> None:
    window.session.apply(reduced_motion=True)
    free = places(window)
    press(window, qtbot, "h[1]")
    up = by(window, UP)
    drag(window, "y", UP)
    drag(window, "k=1", UP)
    before = places(window)
    press(window, qtbot, "k=1", SHIFT)
    assert places(window)["y"] == pytest.approx((free["y"][0] + up[0], free["y"][1] + up[1]), abs=0.6)
    press(window, qtbot, "h[1]")
    assert places(window) == near(before), "the box has its place again"


def test_a_node_that_a_fold_takes_in_comes_back_where_it_was_put(window: Window, qtbot: QtBot) -> None:
    window.session.apply(reduced_motion=True)
    drag(window, "h[2]", UP)
    before = places(window)
    for node in ("h[2]", "k=2"):  # a step, then the recurrence
        press(window, qtbot, node)
    assert window.session.state.folded >= {"k"}
    assert "h[2]" not in window.session.state.pinned
    assert window.session.state.moved.keys() == {"h[2]"}
    window.session.show_folded(frozenset())
    assert window.session.wait()
    assert places(window) == near(before)


def test_undo_of_a_move_goes_to_where_the_node_is_seen(window: Window, qtbot: QtBot) -> None:
    session = window.session
    session.apply(reduced_motion=True)
    free = places(window)
    drag(window, "y", UP)
    drag(window, "h[2]", UP)
    both = places(window)
    press(window, qtbot, "h[1]")
    window.undo()
    assert session.wait()
    assert session.state.folded == {"k=1"}, "it is seen here as well"
    assert session.state.moved.keys() == {"y"}
    session.show_folded(frozenset({"k=2"}))
    assert session.wait()
    window.redo()
    assert session.wait()
    assert session.state.folded == frozenset(), "it is not seen in the fold"
    assert places(window) == near(both)
    window.undo()
    window.undo()
    assert session.wait()
    assert places(window) == near(free)


def test_moves_and_folds_are_there_again_after_saving_and_opening(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    session = window.session
    session.apply(reduced_motion=True)
    drag(window, "h[2]", UP)
    free = places(window)
    press(window, qtbot, "h[1]")
    folded = places(window)
    assert session.save(tmp_path / "moved.toml")
    opens(window, "sheet9-ex1")
    opens(window, str(tmp_path / "moved.toml"))
    assert session.state.folded == {"k=1"}
    assert not session.state.unsaved
    assert places(window) == near(folded)
    press(window, qtbot, "k=1", SHIFT)
    assert places(window) == near(free)


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("model", ["assignment3-q1", "assignment3-q2", "sheet8-ex3"])
def test_every_fold_leaves_a_moved_node_as_far_from_its_place(window: Window, model: str, direction: str) -> None:
    session = window.session
    session.apply(reduced_motion=True)
    opens(window, model)
    session.look(direction=direction)
    assert session.wait()
    program = session.state.program
    assert program is not None
    session.show_folded(frozenset())
    assert session.wait()
    drag(window, program.loss, QPoint(30, -70))
    moved = session.state.moved[program.loss]
    for fold in (*folds(program), None):
        session.show_folded(frozenset({fold.id}) if fold is not None else frozenset())
        assert session.wait()
        home = session.state.homes.get(program.loss)
        assert home is None or places(window)[program.loss] == pytest.approx(
            (home[0] + moved[0], home[1] + moved[1]), abs=0.01
        )
