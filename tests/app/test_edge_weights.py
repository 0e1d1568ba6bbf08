"""Weights that stand on edges: the pointer on one lights its edge and its symbols, a symbol lights the weight."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from graphviz_app.rings import frames
from graphviz_app.window import Window
from graphviz_models.picture import Label

from .windows import opens

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def show(window: Window, model: str, level: str) -> None:
    opens(window, model)
    window.session.apply(reduced_motion=True)
    window.session.set_level(level)
    assert window.session.wait()


def weights(window: Window) -> list[Label]:
    return [label for label in window.canvas.scene.layer("labels").marks if label.node]


def spot(window: Window, label: Label) -> QPoint:
    at = window.canvas.view.to_canvas(label.x + label.width / 2, label.y + label.height / 2)
    return at.toPoint()


def grabbed(window: Window) -> QImage:
    return window.canvas.grab().toImage()


@pytest.mark.parametrize("model", ["practical1-ex1", "practical1-ex2"])
def test_the_pointer_on_a_weight_lights_it_its_edge_and_its_symbols(window: Window, model: str) -> None:
    show(window, model, "neurons")
    session, canvas = window.session, window.canvas
    first = weights(window)[0]
    step = next(k for k, one in enumerate(session.state.steps, 1) if first.node in one.reads)
    session.go(step)
    label = next(one for one in weights(window) if one.node == first.node)
    before = grabbed(window)
    canvas.hover(QPointF(spot(window, label)))
    assert session.state.hovered == label.node
    assert window.derivation_line.label._lit == label.node
    assert label.node in {tag for tag, _ in window.derivation_line.label.setting(2000).symbols()}
    assert canvas._lit == {label.node}
    edge = canvas.scene.edge_of(label)
    assert edge is not None
    assert [edge for _, edge in frames(canvas.scene, label.node) if edge is not None] == [edge]
    assert (edge.source, edge.target) == label.of
    assert grabbed(window) != before
    canvas.hover(QPointF(-100, -100))
    assert session.state.hovered is None
    assert grabbed(window) == before


def test_a_symbol_in_a_derivation_lights_the_weight_on_its_edge(window: Window) -> None:
    show(window, "practical1-ex1", "neurons")
    label = weights(window)[0]
    before = grabbed(window)
    window.derivation_line.symbol_hovered.emit(label.node)
    assert window.canvas._lit == {label.node}
    assert grabbed(window) != before
    window.derivation_line.symbol_hovered.emit("")
    assert grabbed(window) == before


def test_a_click_on_a_weight_selects_it(window: Window) -> None:
    show(window, "practical1-ex1", "neurons")
    label = weights(window)[0]
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window, label))
    assert window.session.state.selected == label.node
    assert window.docks.inspector._title.source
    rings = [one for one in window.picture().plates if one.kind == "selection"]
    assert len(rings) == 1
    assert rings[0].x <= label.x
    assert label.x + label.width <= rings[0].x + rings[0].width


def test_a_weight_is_dragged_as_little_as_the_ground_is(window: Window) -> None:
    show(window, "practical1-ex1", "neurons")
    at, view = spot(window, weights(window)[0]), window.canvas.view
    QTest.mousePress(window.canvas, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(window.canvas, at + QPoint(40, 30))
    QTest.mouseRelease(window.canvas, Qt.MouseButton.LeftButton, pos=at + QPoint(40, 30))
    assert window.session.state.pinned == {}
    assert window.session.state.selected is None
    assert window.canvas.view == view.moved(QPointF(40, 30))


def test_the_delta_on_an_edge_says_where_it_comes_from(window: Window) -> None:
    show(window, "practical1-ex1", "neurons")
    window.session.go(len(window.session.state.steps))
    label = next(one for one in weights(window) if one.kind == "delta")
    told: list[tuple[str, str, tuple[int, ...]]] = []
    window.canvas.entry_hovered.connect(lambda *entry: told.append(entry))
    window.canvas.hover(QPointF(spot(window, label)))
    assert told == [(label.node, "delta", ())]
    assert window.canvas._lit_entries, "what it is the product of"


def test_symbols_in_local_derivatives_and_their_nodes_light_one_another(window: Window) -> None:
    show(window, "sheet9-ex1", "variables")
    window.commands.actions["locals"].trigger()
    assert window.session.wait()
    labels = [one for one in window.canvas.scene.layer("labels").marks if one.kind == "local" and one.formula.symbols]
    assert labels
    label = labels[0]
    node, left, top, width, height = label.formula.symbols[0]
    x, y = label.x + left + width / 2, label.y + label.formula.ascent + top + height / 2
    window.canvas.hover(window.canvas.view.to_canvas(x, y))
    assert window.session.state.hovered == node
    assert window.canvas.scene.boxes_of(node)
    before = grabbed(window)
    window.canvas.hover(QPointF(-100, -100))
    assert grabbed(window) != before
    assert all(edge is None for _, edge in frames(window.canvas.scene, node))
    assert frames(window.canvas.scene, node)
    assert "htmlId" not in label.text
