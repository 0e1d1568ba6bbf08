"""Hovering an entry: what it comes from lights up, what meets is numbered, a card says the formula; then all goes."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graphviz_app.canvas import Canvas
from graphviz_app.lit_entries import Lit, Meetings, frames, merged, numerals
from graphviz_app.provenance import DELAY, GRACE, EntryProvenance, _corners, _covered
from graphviz_app.session import Session
from graphviz_app.window import Window
from graphviz_models.picture import picture
from graphviz_models.program import build
from graphviz_models.trace import Trace, run

from .windows import opens

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
Seen = list[tuple[Lit, Meetings]]


def show(window: Window, model: str, at: int = 10**6, level: str = "variables") -> None:
    session = window.session
    opens(window, model)
    if level != session.state.level:
        session.set_level(level)
        assert session.wait()
    window.player.go(min(at, len(session.state.steps)))
    window.player.settle()
    session.apply(progress=1.0)


def watch(canvas: Canvas, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """All that is lit from now on."""
    seen: Seen = []
    light: Callable[..., None] = canvas.light_entries

    def watched(entries: Lit, meetings: Meetings = ()) -> None:
        seen.append((entries, meetings))
        light(entries, meetings)

    monkeypatch.setattr(canvas, "light_entries", watched)
    return seen


def place(canvas: Canvas, node: str, quantity: str, index: tuple[int, ...] = ()) -> QPoint:
    """The middle of an entry on the canvas."""
    (frame,) = frames(canvas.scene, {(node, quantity): frozenset({index})})
    return canvas.view.to_canvas(frame.center().x(), frame.center().y()).toPoint()


def hover(window: Window, node: str, quantity: str, *index: int) -> None:
    window.canvas.hover(QPointF(place(window.canvas, node, quantity, index)))


def leave(canvas: Canvas) -> None:
    canvas.hover(QPointF(-1000, -1000))


def test_what_meets_in_a_convolution(window: Window, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    show(window, "sheet8-ex2")
    seen = watch(window.canvas, monkeypatch)
    card = window.provenance.card
    written = window.derivation_line.label.source
    hover(window, "y", "value", 3)
    lit, meetings = seen[-1]
    assert lit == {("w", "value"): {(0,), (1,), (2,)}, ("x", "value"): {(1,), (2,), (3,)}, ("y", "value"): {(3,)}}
    assert numerals(meetings)["w", "value", (0,)] == numerals(meetings)["x", "value", (3,)] == [1]
    assert not card.isVisible(), "a pointer that passes calls no card"
    qtbot.waitUntil(card.isVisible, timeout=20 * DELAY)
    assert card.label.source.startswith(r"y_3 = w_0 \, x_3 + w_1 \, x_2 + w_2 \, x_1 = 0.5")
    hover(window, "w", "delta", 1)
    assert card.isVisible()
    assert card.label.source.startswith(r"\frac{\partial E}{\partial w_1} = g_1 \, x_0 + g_2 \, x_1")
    assert seen[-1][0]["y", "delta"] == {(1,), (2,), (3,), (4,)}
    leave(window.canvas)
    assert seen[-1][0] == {}
    qtbot.waitUntil(card.isHidden, timeout=20 * GRACE)
    assert window.derivation_line.label.source == written


def test_the_card_covers_nothing_that_is_lit(window: Window, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    show(window, "sheet7-ex2")
    card, canvas = window.provenance.card, window.canvas
    seen = watch(canvas, monkeypatch)
    entries = [("z", "value", (0, 2)), ("z", "delta", (1, 1)), ("w", "delta", (0, 1, 2)), ("f", "value", ())]
    for node, quantity, index in entries:
        hover(window, node, quantity, *index)
        qtbot.waitUntil(card.isVisible, timeout=20 * DELAY)
        assert canvas.rect().contains(card.geometry())
        for frame in frames(canvas.scene, seen[-1][0]):
            left, right = (
                canvas.view.to_canvas(frame.left(), frame.top()),
                canvas.view.to_canvas(frame.right(), frame.bottom()),
            )
            assert not QRectF(left, right).intersects(QRectF(card.geometry())), (node, quantity, index)


def test_a_step_back_takes_the_light_with_it(window: Window, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    show(window, "sheet8-ex2")
    hover(window, "x", "delta", 0)
    qtbot.waitUntil(window.provenance.card.isVisible, timeout=20 * DELAY)
    seen = watch(window.canvas, monkeypatch)
    window.player.go(0)
    window.session.apply(progress=1.0)
    assert seen[-1][0] == {}
    qtbot.waitUntil(window.provenance.card.isHidden, timeout=20 * GRACE)


def test_an_updated_parameter_shows_its_step(window: Window, qtbot: QtBot) -> None:
    show(window, "sheet8-ex2")
    hover(window, "w", "value", 0)
    qtbot.waitUntil(window.provenance.card.isVisible, timeout=20 * DELAY)
    assert r"w_0 \leftarrow w_0 - \alpha" in window.provenance.card.label.source


def test_a_formula_says_that_it_reads_parameters_as_they_were(window: Window, qtbot: QtBot) -> None:
    show(window, "sheet9-ex1")
    steps = len(window.session.state.steps)
    card = window.provenance.card
    for at, quantity, words in (
        (steps, "value", True),
        (steps - 1, "value", False),
        (steps, "delta", False),
    ):
        window.player.go(at)
        window.player.settle()
        hover(window, "h[1]", quantity)
        qtbot.waitUntil(card.isVisible, timeout=20 * DELAY)
        source = card.label.source
        assert source.startswith(r"h_1 = w" if quantity == "value" else r"\delta_1 = g"), source
        assert source.endswith(r"0.4 \quad (w \text{ before the update})") is words, source
        assert ("update" in source) is words
        leave(window.canvas)
        qtbot.waitUntil(lambda: not card.isVisible(), timeout=20 * GRACE)


def test_over_a_scalar_node_what_it_reads(window: Window, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    show(window, "sheet8-ex2")
    seen = watch(window.canvas, monkeypatch)
    box = window.canvas.scene.boxes_of("E")[0]
    window.canvas.hover(window.canvas.view.to_canvas(box.x + 5, box.y + 5))
    assert len(seen[-1][0]["y", "value"]) == len(seen[-1][0]["d", "value"]) == 6
    qtbot.wait(2 * DELAY)
    assert window.provenance.card.isHidden(), "the card is for numbers"
    hover(window, "E", "value")
    qtbot.waitUntil(window.provenance.card.isVisible, timeout=20 * DELAY)


def test_weights_on_edges_light_up_where_they_stand(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    show(window, "practical1-ex2", level="neurons")
    seen = watch(window.canvas, monkeypatch)
    hover(window, "s1[0]", "value", 2)
    lit, meetings = seen[-1]
    labels = {key for key in lit if key[1] == "label"}
    kinds = {label.id: label.kind for label in window.canvas.scene.layer("labels").marks}
    assert [kinds[id_] for id_, _ in labels] == ["weight", "weight"]
    assert len(frames(window.canvas.scene, {key: lit[key] for key in labels})) == 2
    assert {entry[:2] for met in meetings for entry in met} == labels | {("x[0]", "value"), ("x[1]", "value")}


def test_keys_go_from_entry_to_entry(window: Window, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    show(window, "sheet8-ex2")
    window.session.select("w")
    seen = watch(window.canvas, monkeypatch)
    window.canvas.setFocus()
    for _ in range(4):
        qtbot.keyClick(window.canvas, Qt.Key.Key_E)
    assert ("y", "delta") in seen[-1][0], "three entries of the value, then the first of the delta"
    qtbot.waitUntil(window.provenance.card.isVisible, timeout=20 * DELAY)
    assert r"\frac{\partial E}{\partial w_0}" in window.provenance.card.label.source
    qtbot.keyClick(window.canvas, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    assert set(seen[-1][0]) == {("w", "value"), ("w", "delta")}
    for _ in range(4):
        qtbot.keyClick(window.canvas, Qt.Key.Key_E)
    assert seen[-1][0] == {}


def test_presenting_it_is_the_same(window: Window, qtbot: QtBot) -> None:
    show(window, "sheet8-ex2")
    window.present(from_here=True)
    presentation = window.presentation
    assert presentation is not None
    presentation.resize(1280, 800)
    canvas = presentation.canvas
    canvas.fit()
    at = QPointF(canvas.mapTo(presentation, place(canvas, "y", "value", (3,))))
    none, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(presentation, QMouseEvent(QEvent.Type.MouseMove, at, at, none, none, keys))
    qtbot.waitUntil(presentation.provenance.card.isVisible, timeout=20 * DELAY)
    assert presentation.provenance.card.label.source.startswith("y_3 = w_0")
    presentation.close()


def test_what_is_lit_is_seen_and_figures_stay(window: Window, qtbot: QtBot) -> None:
    show(window, "sheet8-ex2")
    canvas = window.canvas
    leave(canvas)
    before = canvas.grab().toImage()
    hover(window, "y", "value", 3)
    after = canvas.grab().toImage()
    (frame,) = frames(canvas.scene, {("w", "value"): frozenset({(0,), (1,), (2,)})})
    left = canvas.view.to_canvas(frame.left(), frame.center().y()).toPoint()
    assert before.pixel(left) != after.pixel(left)
    (tensor,) = [t for t in canvas.scene.layer("tensors").marks if (t.node, t.quantity) == ("w", "value")]
    for label in tensor.labels:
        x, y = (
            canvas.view.to_canvas(label.x, label.y),
            canvas.view.to_canvas(label.x + label.width, label.y + label.height),
        )
        assert ink(before, QRectF(x, y)) == pytest.approx(ink(after, QRectF(x, y)), abs=0.08)


def ink(image: QImage, area: QRectF) -> float:
    """How much of an area stands out against its own ground."""
    gray = image.convertToFormat(QImage.Format.Format_Grayscale8).copy(area.toRect())
    levels = np.array([[gray.pixelColor(i, j).value() for i in range(gray.width())] for j in range(gray.height())])
    return float(np.mean(levels < np.max(levels) - 60))


def test_neighbours_are_framed_together() -> None:
    cells = [QRectF(10 * i, 20 * j, 10, 20) for i in range(3) for j in range(2)]
    assert merged(cells) == [QRectF(0, 0, 30, 40)]
    assert merged([cells[0], cells[4]]) == [cells[0], cells[4]]
    assert merged([]) == []


def test_a_plate_hides_the_areas_that_it_shares() -> None:
    plate = QRectF(0, 0, 10, 10)
    boxes = [QRectF(5, 5, 10, 10), QRectF(-2, 1, 4, 3), QRectF(10, 0, 5, 5), QRectF(20, 20, 5, 5)]
    assert _covered(plate, _corners(boxes)) == 5 * 5 + 2 * 3
    assert _covered(plate, _corners([])) == 0


def test_large_heat_maps_light_the_cells_that_hold_an_entry(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    text = "y = W @ x\nz = y[1:]\nL = sum(z**2)"
    program = build(text, {"x": rng.normal(size=120)}, {}, {"W": rng.normal(size=(100, 120))}, {})
    canvas = shown(qtbot, run(program))
    seen = watch(canvas, monkeypatch)
    canvas.hover(QPointF(place(canvas, "y", "value", (9,))))
    lit = seen[-1][0]
    assert {index[0] for index in lit["W", "value"]} == {9}
    assert len(lit["W", "value"]) == len({c.index[1] for c in cells(canvas, "W")}) == 40
    canvas.hover(QPointF(place(canvas, "z", "value", (9,))))
    assert seen[-1][0]["y", "value"] == {(9,)}, "the cell of y[9] to y[11]"


def cells(canvas: Canvas, node: str) -> list:  # type: ignore[type-arg]
    return [c for t in canvas.scene.layer("tensors").marks if (t.node, t.quantity) == (node, "value") for c in t.cells]


def shown(qtbot: QtBot, trace: Trace) -> Canvas:
    """A canvas with the last picture of a trace, followed by the pointer."""
    session = Session()
    session.state = session.state.__class__(trace=trace, at=len(trace.steps))
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(900, 700)
    canvas.show_picture(picture(trace, len(trace.steps), 1.0))
    canvas.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    canvas.show()
    EntryProvenance(canvas).show_state(session.state)
    return canvas
