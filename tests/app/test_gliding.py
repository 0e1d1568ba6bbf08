"""Gliding: from one layout to the next every node goes its way, no key waits for it, and the window stays free."""

from __future__ import annotations

import gc
import time

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graphviz_app.viewing import Viewing
from graphviz_app.window import Window
from graphviz_models import timeline

from .sheets import wide
from .windows import shown

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


class Clock:
    """A clock that stands still: the progress of every animation is what it says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.progress = 0.0
        monkeypatch.setattr(timeline, "progress", lambda elapsed, seconds: self.progress)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def look(window: Window, **view: object) -> None:
    window.session.look(**view)
    assert window.session.wait()


def test_nodes_glide_to_another_level_and_arrive(window: Window, clock: Clock) -> None:
    before, start = shown(window), window.canvas.view
    window.session.set_level("operations")
    assert window.session.wait()
    assert window.player.gliding
    assert shown(window) is before
    assert not gc.isenabled()
    clock.progress = 0.5
    window.player.tick()
    middle = shown(window)
    assert {box.node for box in before.boxes} < {box.node for box in middle.boxes}
    halfway = window.canvas.view
    clock.progress = 1.0
    window.player.tick()
    assert not window.player.gliding
    assert shown(window).boxes == window.picture().boxes
    assert window.canvas.fitted
    end = window.canvas.view
    assert min(start.zoom, end.zoom) < halfway.zoom < max(start.zoom, end.zoom)


def test_the_area_that_is_seen_goes_straight_from_one_view_to_another() -> None:
    one, other = Viewing(1.0, 2.0, 3.0), Viewing(4.0, -6.0, 8.0)
    for progress in (0.0, 0.25, 1.0):
        between = one.towards(other, progress).area(QRectF(0, 0, 100, 50))
        for side in ("left", "top", "right", "bottom"):
            ends = [getattr(view.area(QRectF(0, 0, 100, 50)), side)() for view in (one, other)]
            assert getattr(between, side)() == pytest.approx(ends[0] + (ends[1] - ends[0]) * progress)


@pytest.mark.parametrize("key", [Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Space])
def test_the_next_key_brings_it_to_its_end(window: Window, clock: Clock, qtbot: QtBot, key: Qt.Key) -> None:
    look(window, direction="down")
    assert window.player.gliding
    qtbot.keyClick(window.canvas, key)
    assert not window.player.gliding
    assert window.session.state.at >= 1
    y, loss = shown(window).box("y"), shown(window).box(window.session.state.program.loss)  # type: ignore[union-attr]
    assert y is not None
    assert loss is not None
    assert y.y < loss.y


def test_a_turn_of_the_wheel_brings_it_to_its_end(window: Window, clock: Clock) -> None:
    look(window, direction="down")
    window.canvas.zoom_by(2.0)
    assert not window.player.gliding
    assert not window.canvas.fitted


def test_another_change_goes_on_from_where_the_nodes_are(window: Window, clock: Clock) -> None:
    look(window, direction="down")
    clock.progress = 0.5
    window.player.tick()
    middle = shown(window)
    clock.progress = 0.0
    look(window, level="operations")
    assert shown(window) is middle
    clock.progress = 1.0
    window.player.tick()
    assert shown(window).boxes == window.picture().boxes


def test_reduced_motion_and_other_models_jump(window: Window, clock: Clock) -> None:
    window.session.open("practical1-ex2")
    window.session.wait()
    assert not window.player.gliding
    window.session.apply(reduced_motion=True)
    look(window, level="neurons")
    assert not window.player.gliding
    assert shown(window).boxes == window.picture().boxes


def test_large_pictures_jump(window: Window, clock: Clock) -> None:
    window.session.show_text(wide(310), "m", None)
    assert window.session.wait(30)
    assert len(shown(window).boxes) > 300
    look(window, direction="down")
    assert not window.player.gliding


def test_steps_wait_for_the_end_of_a_glide(window: Window, clock: Clock) -> None:
    window.player.next()
    look(window, direction="down")
    assert window.player.gliding
    clock.progress = 0.3
    window.player.tick()
    assert (window.session.state.at, window.session.state.progress) == (1, 0.0)
    clock.progress = 1.0
    window.player.tick()
    window.player.tick()
    assert window.session.state.progress == 1.0


def test_a_dragged_node_stays_where_it_was_dropped_and_undo_glides(window: Window, clock: Clock) -> None:
    canvas = window.canvas
    box = shown(window).box("y")
    assert box is not None
    spot = canvas.view.to_canvas(box.x + box.width / 2, box.y + box.height / 2).toPoint()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=spot)
    QTest.mouseMove(canvas, spot + QPoint(30, 80))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=spot + QPoint(30, 80))
    assert window.session.wait()
    assert not window.player.gliding
    assert window.session.state.pinned.keys() == {"y"}
    moved = shown(window).box("y")
    assert moved is not None
    there = canvas.view.to_canvas(moved.x + moved.width / 2, moved.y + moved.height / 2).toPoint()
    assert (there - spot - QPoint(30, 80)).manhattanLength() <= 3
    window.undo()
    assert window.session.wait()
    assert window.player.gliding
    clock.progress = 1.0
    window.player.tick()
    back = shown(window).box("y")
    assert back is not None
    assert (back.x, back.y) == (box.x, box.y)


def drag(window: Window, node: str, way: QPoint) -> None:
    """Drag a node so many pixels away, and wait for the picture that follows."""
    box = shown(window).box(node)
    assert box is not None
    spot = window.canvas.view.to_canvas(box.x + box.width / 2, box.y + box.height / 2).toPoint()
    QTest.mousePress(window.canvas, Qt.MouseButton.LeftButton, pos=spot)
    QTest.mouseMove(window.canvas, spot + way)
    QTest.mouseRelease(window.canvas, Qt.MouseButton.LeftButton, pos=spot + way)
    assert window.session.wait()


def test_undoing_a_move_leaves_all_other_nodes_where_they_are(window: Window, clock: Clock) -> None:
    """Also where the picture had to grow to the left and upwards for the move."""
    canvas = window.canvas
    assert canvas.fitted
    before = {box.node: canvas.view.to_canvas(box.x, box.y) for box in shown(window).boxes}
    drag(window, "w", QPoint(-200, -150))
    window.undo()
    assert window.session.wait()
    for progress in (0.5, 1.0):
        clock.progress = progress
        window.player.tick()
        for node, place in before.items():
            now = shown(window).box(node)
            assert now is not None
            if node != "w" or progress == 1.0:
                assert (canvas.view.to_canvas(now.x, now.y) - place).manhattanLength() < 3.0, (node, progress)
    assert canvas.fitted, "as before the move"


def test_a_fold_after_a_move_shows_the_whole_graph_again(window: Window) -> None:
    """Who has never zoomed sees all of it, though the picture has grown for the move, unless he pans it then."""
    canvas, session = window.canvas, window.session
    session.apply(reduced_motion=True)
    session.move("w", (-300.0, -200.0))
    assert session.wait()
    session.move("w", (-350.0, -200.0))
    assert session.wait()
    assert not canvas.fitted
    session.show_folded(frozenset({"k"}))
    assert session.wait()
    assert canvas.fitted
    session.show_folded(frozenset())
    assert session.wait()
    session.move("w", (-400.0, -250.0))
    assert session.wait()
    canvas.set_view(canvas.view.moved(QPointF(20, 10)))
    session.show_folded(frozenset({"k"}))
    assert session.wait()
    assert not canvas.fitted


def test_a_node_dragged_out_of_the_picture_leaves_all_others_where_they_are(window: Window) -> None:
    canvas = window.canvas
    before = {box.node: canvas.view.to_canvas(box.x, box.y) for box in shown(window).boxes}
    drag(window, "w", QPoint(-200, -150))
    for box in shown(window).boxes:
        moved = canvas.view.to_canvas(box.x, box.y) - before[box.node]
        wanted = QPoint(-200, -150) if box.node == "w" else QPoint(0, 0)
        assert (moved.toPoint() - wanted).manhattanLength() <= 3, box.node


def test_zoomed_in_the_selected_node_stays_under_the_eyes(window: Window, clock: Clock) -> None:
    canvas = window.canvas
    clock.progress = 1.0
    canvas.zoom_to(3.0)
    window.session.select("h[2]")
    canvas.centre_on("h[2]")
    box = shown(window).box("h[2]")
    assert box is not None
    before = canvas.view.to_canvas(box.x, box.y)
    window.session.move("w", (400.0, -300.0))
    window.session.wait()
    window.player.settle()
    box = shown(window).box("h[2]")
    assert box is not None
    assert (canvas.view.to_canvas(box.x, box.y) - before).manhattanLength() <= 2
    assert canvas.zoom == 3.0


def test_a_frame_of_a_glide_takes_little_of_the_windows_time(window: Window, clock: Clock) -> None:
    window.session.open("practical1-ex2")
    window.session.wait()
    look(window, level="neurons")
    spent = []
    for clock.progress in (0.1, 0.3, 0.5, 0.7, 0.9):
        began = time.process_time()
        window.player.tick()
        window.canvas.repaint()
        spent.append(time.process_time() - began)
    assert sorted(spent)[2] < 0.05
