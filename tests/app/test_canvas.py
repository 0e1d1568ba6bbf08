"""The canvas: what it shows, how it zooms and pans, and what it tells of the pointer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QImage, QPaintEvent, QRegion, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graphviz_app.canvas import Canvas
from graphviz_app.viewing import KEPT, LARGEST
from graphviz_models.picture import Picture

from .marks import everything, grid

GREY = QImage.Format.Format_Grayscale8


class Watched(Canvas):
    """A canvas that remembers which parts were painted."""

    painted: list[QRegion]

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted.append(event.region())
        super().paintEvent(event)


@pytest.fixture
def canvas(qtbot: QtBot) -> Watched:
    made = Watched()
    made.painted = []
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    qtbot.waitExposed(made)
    show(made, grid(12))
    return made


def show(canvas: Watched, picture: Picture) -> QRegion:
    """Show a picture; the region that was painted for it."""
    QApplication.processEvents()
    canvas.painted.clear()
    canvas.show_picture(picture)
    QApplication.processEvents()
    region = QRegion()
    for part in canvas.painted:
        region |= part
    return region


def middle(canvas: Canvas, node: str) -> QPoint:
    box = canvas.scene.boxes_of(node)[0]
    return canvas.view.to_canvas(box.x + box.width / 2, box.y + box.height / 2).toPoint()


def wheel(canvas: Canvas, at: QPoint, turned: int) -> None:
    place = QPointF(at)
    event = QWheelEvent(
        place,
        QPointF(canvas.mapToGlobal(at)),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def grabbed(canvas: Canvas) -> QImage:
    return canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def test_fits_and_stays_fitted(canvas: Watched) -> None:
    picture = canvas.scene.picture
    assert picture is not None
    assert canvas.fitted
    for width, height in ((700, 500), (400, 600), (1000, 300)):
        canvas.resize(width, height)
        QApplication.processEvents()
        corner, end = canvas.view.to_canvas(0, 0), canvas.view.to_canvas(picture.width, picture.height)
        assert corner.x() >= 0
        assert corner.y() >= 0
        assert end.x() <= width
        assert end.y() <= height
        expected = min((width - 24) / picture.width, (height - 24) / picture.height, 1.6)
        assert canvas.zoom == pytest.approx(expected)


def test_zooming_ends_the_fit(canvas: Watched, qtbot: QtBot) -> None:
    with qtbot.waitSignal(canvas.zoom_changed):
        canvas.zoom_to(2.0)
    assert not canvas.fitted
    canvas.resize(500, 400)
    assert canvas.zoom == 2.0
    show(canvas, grid(20))
    assert canvas.zoom == 2.0
    canvas.fit()
    assert canvas.fitted
    assert canvas.zoom < 2.0


def test_zoom_keeps_the_point_under_the_pointer(canvas: Watched) -> None:
    at = QPoint(200, 150)
    before = canvas.view.to_picture(QPointF(at))
    wheel(canvas, at, 120)
    wheel(canvas, at, 120)
    after = canvas.view.to_picture(QPointF(at))
    assert (after - before).manhattanLength() < 2 / canvas.zoom
    zoom = canvas.zoom
    wheel(canvas, at, 120)
    wheel(canvas, at, -120)
    assert canvas.zoom == pytest.approx(zoom)
    for _ in range(60):
        wheel(canvas, at, 240)
    assert canvas.zoom == LARGEST


def test_a_fine_wheel_gets_there_too(canvas: Watched) -> None:
    zoom = canvas.zoom
    for _ in range(8):
        wheel(canvas, QPoint(100, 100), 15)
    assert canvas.zoom > 1.2 * zoom


def test_pan_keeps_something_in_sight(canvas: Watched) -> None:
    picture = canvas.scene.picture
    assert picture is not None
    canvas.zoom_to(1.0)
    before = canvas.view.to_canvas(0, 0)
    empty = QPoint(2, 2)
    under = canvas.view.to_picture(QPointF(empty))
    assert canvas.scene.box_at(under.x(), under.y()) is None
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=empty)
    QTest.mouseMove(canvas, QPoint(60, 40))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(60, 40))
    assert canvas.view.to_canvas(0, 0) - before == QPointF(58, 38)
    QTest.mousePress(canvas, Qt.MouseButton.MiddleButton, pos=QPoint(300, 300))
    QTest.mouseMove(canvas, QPoint(9000, 9000))
    QTest.mouseRelease(canvas, Qt.MouseButton.MiddleButton, pos=QPoint(9000, 9000))
    assert canvas.view.to_canvas(0, 0) == QPointF(canvas.width() - KEPT, canvas.height() - KEPT)


def test_clicks(canvas: Watched, qtbot: QtBot) -> None:
    heard: list[str] = []
    canvas.node_clicked.connect(heard.append)
    canvas.node_double_clicked.connect(lambda node: heard.append("twice " + node))
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle(canvas, "h5"))
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=middle(canvas, "h2"))
    assert heard == ["h5", "", "h2", "twice h2"] or heard == ["h5", "", "twice h2"]


def test_hovering(canvas: Watched) -> None:
    show(canvas, everything())
    heard: list[tuple[object, ...]] = []
    canvas.node_hovered.connect(lambda node: heard.append(("node", node)))
    canvas.symbol_hovered.connect(lambda node: heard.append(("symbol", node)))
    canvas.entry_hovered.connect(lambda *entry: heard.append(("entry", *entry)))
    symbol, tensor = canvas.scene.layer("labels").marks[0], canvas.scene.layer("tensors").marks[0]
    QTest.mouseMove(canvas, canvas.view.to_canvas(symbol.x + 4, symbol.y + symbol.height / 2).toPoint())
    assert heard == [("symbol", "h0"), ("node", "h0")]
    heard.clear()
    QTest.mouseMove(canvas, canvas.view.to_canvas(tensor.x + 13, tensor.y + 6).toPoint())
    assert heard == [("symbol", ""), ("node", "h3"), ("entry", "h3", "value", (1,))]
    heard.clear()
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert heard == [("node", ""), ("entry", "", "", ())]


def test_dragging_a_node(canvas: Watched) -> None:
    moves: list[tuple[str, float, float]] = []
    clicks: list[str] = []
    canvas.box_moved.connect(lambda *move: moves.append(move))
    canvas.node_clicked.connect(clicks.append)
    box = canvas.scene.boxes_of("h6")[0]
    start = middle(canvas, "h6")
    before = grabbed(canvas)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas, start + QPoint(80, 50))
    assert grabbed(canvas) != before
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(80, 50))
    assert clicks == []
    assert moves == [("b6", pytest.approx(box.x + 80 / canvas.zoom), pytest.approx(box.y + 50 / canvas.zoom))]
    assert canvas.fitted
    assert grabbed(canvas) != before  # it stays where it was dropped, until a picture says where it lies
    show(canvas, grid(12))
    assert grabbed(canvas) == before


def test_a_shaky_click_is_a_click(canvas: Watched) -> None:
    clicks: list[str] = []
    canvas.node_clicked.connect(clicks.append)
    start = middle(canvas, "h6")
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas, start + QPoint(2, 1))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(2, 1))
    assert clicks == ["h6"]


def test_a_step_paints_one_node(canvas: Watched) -> None:
    before = canvas.scene.picture
    assert before is not None
    changed = replace(before.boxes[5], fill="#ffe0aa")
    region = show(canvas, replace(before, boxes=(*before.boxes[:5], changed, *before.boxes[6:])))
    corner, end = canvas.view.to_canvas(changed.x, changed.y), canvas.view.to_canvas(changed.x + 96, changed.y + 44)
    assert region.contains(middle(canvas, "h5"))
    assert region.boundingRect().width() <= end.x() - corner.x() + 12
    assert region.boundingRect().height() <= end.y() - corner.y() + 12
    assert show(canvas, replace(before, boxes=(*before.boxes[:5], changed, *before.boxes[6:]))).isEmpty()


@pytest.mark.parametrize("zoom", [0.2, 1.0, 1.7])
def test_what_is_seen_is_what_a_fresh_canvas_shows(canvas: Watched, qtbot: QtBot, zoom: float) -> None:
    """Whatever pictures came before, and however little was painted for each."""
    first, full = canvas.scene.picture, everything()
    assert first is not None
    canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    canvas.clearFocus()
    canvas.zoom_to(zoom)
    seen = grabbed(canvas)
    active = replace(first.edges[0], colour="#c24700", active=True)
    some = replace(first, labels=first.labels[::2], edges=(active, *first.edges[1:]))
    pulsing = replace(some, pulses=full.pulses, plates=full.plates)
    for picture in (some, first, full, some, pulsing, first, pulsing, replace(pulsing, boxes=full.boxes), some):
        region = show(canvas, picture)
        if not region.isEmpty():
            canvas.render(seen, region.boundingRect().topLeft(), region)
        fresh = Watched()
        fresh.painted = []
        qtbot.addWidget(fresh)
        fresh.resize(canvas.size())
        fresh.show_picture(first)
        fresh.zoom_to(zoom)
        fresh.show_picture(picture)
        assert seen == grabbed(fresh)


def test_light(canvas: Watched) -> None:
    before = grabbed(canvas)
    canvas.light(["h3"])
    lit = grabbed(canvas)
    assert lit != before
    canvas.light([])
    assert grabbed(canvas) == before
    show(canvas, everything())
    plain = grabbed(canvas)
    canvas.light_entries({("h3", "value"): [(1,)]})
    assert grabbed(canvas) != plain
    canvas.light_entries({("h3", "delta"): [(1,)]})
    assert grabbed(canvas) == plain


def test_tool_tip_and_accessible_words(canvas: Watched) -> None:
    assert canvas.accessibleName()
    show(canvas, everything())
    assert canvas.accessibleDescription() == "Step 1 of 2."


def test_focus_is_seen(canvas: Watched, qtbot: QtBot) -> None:
    canvas.clearFocus()
    before = grabbed(canvas)
    canvas.activateWindow()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    assert grabbed(canvas) != before


def test_empty(qtbot: QtBot) -> None:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(300, 200)
    canvas.fit()
    canvas.centre_on("h1")
    canvas.light(["h1"])
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    QTest.mouseMove(canvas, QPoint(30, 20))
    assert not canvas.grab().isNull()
    canvas.show_picture(Picture(0.0, 0.0, "#ffffff", (), (), ()))
    assert not canvas.grab().isNull()


def test_centre_on(canvas: Watched) -> None:
    canvas.zoom_to(3.0)
    canvas.centre_on("h10")
    assert (middle(canvas, "h10") - canvas.rect().center()).manhattanLength() <= 2


def test_it_carries_actions(canvas: Watched) -> None:
    """Keys that hold for the graph alone hang on the canvas."""
    action = QAction("values", canvas)
    canvas.addAction(action)
    assert action in canvas.actions()


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_device_pixels(canvas: Watched, ratio: float) -> None:
    """On a finer screen the same is painted, finer."""
    image = QImage(round(canvas.width() * ratio), round(canvas.height() * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    canvas.render(image, QPoint())
    small = [
        one.scaled(70, 50, mode=Qt.TransformationMode.SmoothTransformation).convertToFormat(
            QImage.Format.Format_Grayscale8
        )
        for one in (grabbed(canvas), image)
    ]
    rows = [[bytes(one.constScanLine(y))[:70] for y in range(50)] for one in small]
    differences = [abs(a - b) for first, second in zip(*rows, strict=True) for a, b in zip(first, second, strict=True)]
    assert max(differences) < 80
    assert sum(differences) / len(differences) < 3


@pytest.mark.parametrize("focus", [False, True])
@pytest.mark.parametrize("zoom", [0.15, 0.9])
def test_what_is_panned_is_on_the_screen_as_if_it_were_painted_there(
    canvas: Watched, qtbot: QtBot, zoom: float, focus: bool
) -> None:
    """Also where something has changed that has not been painted yet; a short way costs a strip."""
    if not focus:
        canvas.clearFocus()
    qtbot.waitUntil(lambda: canvas.hasFocus() == focus)
    pictures = grid(400), everything()
    show(canvas, pictures[0])
    canvas.zoom_to(zoom)
    for k, (across, down) in enumerate([(7, 0), (0, -5), (-40, 23), (13, 200), (2000, 0), (-3, 4)]):
        QApplication.processEvents()
        canvas.painted.clear()
        if k == 2:
            canvas.show_picture(pictures[1])
        if k == 4:
            canvas.light(["h1", "h2"])
        canvas.set_view(canvas.view.moved(QPointF(across, down)))
        QApplication.processEvents()
        if k < 2:
            pixels = sum(rect.width() * rect.height() for region in canvas.painted for rect in region)
            assert 0 < pixels < 0.05 * 700 * 500
        on_screen = canvas.screen().grabWindow(canvas.winId()).toImage()
        canvas._behind = None  # painted anew
        assert len(differing(on_screen, canvas.grab().toImage())) < 100  # dashes may begin elsewhere


def differing(a: QImage, b: QImage) -> list[int]:
    """The places of the grey values in which two images of one size clearly differ."""
    values = (bytes(image.convertToFormat(GREY).constBits()) for image in (a, b))
    return [i for i, (p, q) in enumerate(zip(*values, strict=True)) if abs(p - q) > 32]
