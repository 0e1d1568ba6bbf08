"""A crowded view: while it is zoomed its last frame is scaled, and in the end it looks as one that is painted anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graphviz_app.backing import CROWDED, REST
from graphviz_app.canvas import Canvas
from graphviz_app.scene import LAYERS
from graphviz_models.picture import Picture

from .marks import grid

CROWD = grid(600, 30)
RIM = 4


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    return shown(qtbot, CROWD)


def shown(qtbot: QtBot, picture: Picture) -> Canvas:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(900, 600)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.show_picture(picture)
    QApplication.processEvents()
    return canvas


def pixels(canvas: Canvas) -> QImage:
    """What the canvas shows, without the frame of its focus."""
    QApplication.processEvents()
    image = canvas.grab().toImage()
    image.setDevicePixelRatio(1.0)
    return image.copy(image.rect().adjusted(RIM, RIM, -RIM, -RIM))


def anew(qtbot: QtBot, canvas: Canvas) -> QImage:
    """The same view, painted by another canvas."""
    assert canvas.scene.picture is not None
    other = shown(qtbot, canvas.scene.picture)
    other.resize(canvas.size())
    other.set_view(canvas.view)
    qtbot.wait(REST + 80)
    return pixels(other)


def test_a_zoomed_crowd_is_scaled_and_then_sharp(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.zoom_to(0.4)
    qtbot.wait(REST + 80)
    painted: list[str] = []
    canvas.scene.atlas.write, write = lambda *formula: painted.append("formula"), canvas.scene.atlas.write  # type: ignore[assignment, method-assign]
    for _ in range(3):
        canvas.zoom_by(1.05, QPointF(300, 200))
        moving = pixels(canvas)
    assert not painted, "no letter is written while it is zoomed"
    canvas.scene.atlas.write = write  # type: ignore[method-assign]
    fresh = anew(qtbot, canvas)
    assert moving != fresh
    assert pixels(canvas) == fresh
    box = canvas.scene.boxes_of("h200")[0]
    inside = canvas.view.to_canvas(box.x + 6, box.y + 6).toPoint() - QPoint(RIM, RIM)
    assert moving.pixelColor(inside) == fresh.pixelColor(inside), "what is scaled lies where it will lie"


def test_beside_the_last_frame_there_is_more_of_the_graph(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.zoom_to(0.8)
    qtbot.wait(REST + 80)
    canvas.zoom_to(0.4)
    moving = pixels(canvas)
    corners = [canvas.view.to_canvas(box.x, box.y + box.height / 2) for box in CROWD.boxes]
    beside = [at for at in corners if 20 < at.x() < 150 and 20 < at.y() < 550]
    rim = beside[0].toPoint() - QPoint(RIM, RIM)
    across = [moving.pixelColor(rim.x() + dx, rim.y()).name() for dx in range(-2, 3)]
    assert set(across) != {CROWD.background}


def test_a_step_is_there_when_the_zoom_rests(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.zoom_to(0.4)
    pixels(canvas)
    box = replace(CROWD.boxes[300], fill="#c24700")
    canvas.show_picture(replace(CROWD, boxes=(*CROWD.boxes[:300], box, *CROWD.boxes[301:])))
    qtbot.wait(REST + 80)
    assert pixels(canvas) == anew(qtbot, canvas)


def test_few_marks_are_sharp_at_once(qtbot: QtBot) -> None:
    canvas = shown(qtbot, grid(12))
    assert sum(len(getattr(grid(12), name)) for name in LAYERS) < CROWDED
    canvas.zoom_to(1.3)
    sharp = pixels(canvas)
    qtbot.wait(REST + 80)
    assert pixels(canvas) == sharp


def test_a_panned_crowd_looks_as_painted_anew(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.zoom_to(0.5)
    qtbot.wait(REST + 80)
    for across, down in ((-40, 13), (7, -60), (-3, -3)):
        canvas.set_view(canvas.view.moved(QPointF(across, down)))
        QApplication.processEvents()
    assert pixels(canvas) == anew(qtbot, canvas)


def test_a_crowd_in_a_window_of_another_size(qtbot: QtBot, canvas: Canvas) -> None:
    assert canvas.fitted
    for width, height in ((700, 500), (1100, 700), (1000, 650)):
        canvas.resize(width, height)
        QApplication.processEvents()
    qtbot.wait(REST + 80)
    assert canvas.fitted
    assert pixels(canvas) == anew(qtbot, canvas)


def test_what_lies_where_is_known_before_it_is_asked_for(qtbot: QtBot, canvas: Canvas) -> None:
    assert not canvas.scene.layer("labels").indexed
    qtbot.waitUntil(lambda: all(canvas.scene.layer(name).indexed for name in LAYERS), timeout=20_000)
